"""S09: what a unit collects for its permits drops by more than half against the six months before. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from hashlib import sha256
from typing import Final

from feeledger.errors import Text
from feeledger.money import Money
from feeledger.supervision.charge import Evidence, ReportedCharge, inputs_of
from feeledger.supervision.signals import Signal, rule_of

MONTHS_BEFORE: Final = 6
PERMITS_LEAST: Final = 10


@dataclass(frozen=True, slots=True)
class UnitMonth:
    """What a unit granted and collected in a month; ``first`` is the month's first day."""

    first: date
    permits: int
    collected: Money

    @property
    def fen_a_permit(self) -> Fraction:
        """What was collected a permit, exact, in fen."""
        return Fraction(self.collected.fen, self.permits)


@dataclass(frozen=True, slots=True)
class Drop:
    """A drop: the unit, the months with the judged one last, the mean before it in fen a permit."""

    unit_code: str
    unit_name: str
    months: tuple[UnitMonth, ...]
    mean: Fraction
    last_act: int
    edition_sha256: str

    @property
    def month(self) -> UnitMonth:
        """The month that is judged."""
        return self.months[-1]

    @property
    def missing(self) -> Money:
        """What the mean would have brought more, in whole fen, the rest of a fen left out."""
        return Money(int(self.mean * self.month.permits) - self.month.collected.fen)


def months_judged(today: date) -> tuple[date, ...]:
    """Give the first days of the last full month and of the six before it, the earliest first."""
    days = [today.replace(day=1)]
    for _ in range(MONTHS_BEFORE + 1):
        days.append((days[-1] - timedelta(days=1)).replace(day=1))
    return tuple(reversed(days[1:]))


def month_after(first: date) -> date:
    """Give the first day of the next month."""
    return (first + timedelta(days=31)).replace(day=1)


def mean_dropped_from(months: Sequence[UnitMonth]) -> Fraction | None:
    """Give the mean a permit of the months before, where the last is under half of it; else None.

    Exactly half is no drop. Fewer than ten permits, or a month without any among the six before,
    tell nothing.
    """
    *before, last = months
    if last.permits < PERMITS_LEAST or not all(month.permits for month in before):
        return None
    mean = sum((month.fen_a_permit for month in before), Fraction(0)) / len(before)
    return mean if last.fen_a_permit * 2 < mean else None


def thing_of_month(unit_code: str, first: date) -> str:
    """Name a unit's month as the thing of a case."""
    return sha256(f"drop|{unit_code}|{first.isoformat()}".encode()).hexdigest()


def charge_of_drop(drop: Drop) -> tuple[ReportedCharge, Evidence]:
    """Put a drop as a report would tell of it: no payer, no single item."""
    last = month_after(drop.month.first) - timedelta(days=1)
    name = f"{drop.month.first:%Y-%m} 收缴下降"
    charge = ReportedCharge(
        payer="",
        department=drop.unit_name,
        unit_code=drop.unit_code,
        item=name,
        amount=drop.missing,
        charged_on=last,
        arose_on=last,
        how_paid="other",
    )
    return charge, Evidence(item_name=name, edition_sha256=drop.edition_sha256)


def signal_of_drop(drop: Drop) -> Signal:
    """S09: the unit's month against the six before it."""
    rule, month = rule_of("S09"), drop.month
    mean = Money(int(drop.mean))
    said = Text(
        f"“{drop.unit_name}”{month.first:%Y 年 %m 月}办理应收费审批 {month.permits} 件、收缴 {month.collected:,} 元，"
        f"每件不到此前六个月平均（每件约 {mean:,} 元）的一半。标准变动、项目停征的已排除；减免请说明。",
        f"{drop.unit_name!r} granted {month.permits} permits that are charged for in "
        f"{month.first:%Y-%m} and collected {month.collected:,}: less than half a permit of the mean of "
        f"the six months before (about {mean:,} a permit). Changed prices and ended items are left out.",
    )
    more = {
        "months": {
            f"{each.first:%Y-%m}": {"permits": each.permits, "collected": str(each.collected)}
            for each in drop.months
        }
    }
    return Signal("S09", rule.level, rule.version, said, inputs_of(*charge_of_drop(drop)) | more)
