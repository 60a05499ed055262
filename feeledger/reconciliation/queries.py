"""What reconciliation knows: batches and their lines, differences, and days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, undefer

from feeledger.errors import Text
from feeledger.money import Money
from feeledger.payments.reversal_tables import ReconDayRow
from feeledger.payments.tables import PaymentRow
from feeledger.reconciliation.difference import SETTLED
from feeledger.reconciliation.matching import MONEY_DIFFERS
from feeledger.reconciliation.refusals import BatchUnknown, DifferenceUnknown
from feeledger.reconciliation.tables import (
    ReconBatchRow,
    ReconDifferenceRow,
    ReconLineRow,
)
from feeledger.unmatched.tables import FundsArrivalRow


@dataclass(frozen=True, slots=True)
class BankDay:
    """One bank's day: what we booked, and its batches that stand."""

    bank: str
    booked_count: int
    booked_total: Money
    batches: tuple[ReconBatchRow, ...]

    @property
    def without_file(self) -> bool:
        """Say whether money was booked and no file came."""
        return self.booked_count > 0 and not self.batches


@dataclass(frozen=True, slots=True)
class DayOverview:
    """A bank day of a region: each bank, how many differences hold it up, whether it is closed."""

    day: date
    banks: tuple[BankDay, ...]
    held_up: int
    closed: ReconDayRow | None


@dataclass(frozen=True, slots=True)
class BatchPage:
    """One batch with its differences and a page of its lines."""

    batch: ReconBatchRow
    differences: tuple[ReconDifferenceRow, ...]
    lines: tuple[ReconLineRow, ...]


@dataclass(frozen=True, slots=True)
class DifferencesWanted:
    """Which differences are looked for; None or "" narrows nothing."""

    day: date | None = None
    state: str = ""
    result: str = ""
    unsettled: bool = False


def day_overview(session: Session, region: str, day: date) -> DayOverview:
    """Give everything of one bank day, banks in order of their code."""
    booked = _booked_by_bank(session, region, day)
    batches = standing_batches(session, region, day)
    codes = sorted({*booked, *(batch.bank for batch in batches)})
    return DayOverview(
        day=day,
        banks=tuple(
            BankDay(
                code,
                *booked.get(code, (0, Money(0))),
                tuple(batch for batch in batches if batch.bank == code),
            )
            for code in codes
        ),
        held_up=len(held_up_differences(session, region, day)),
        closed=day_closed(session, region, day),
    )


def recent_batches(
    session: Session, region: str, *, limit: int, offset: int
) -> tuple[ReconBatchRow, ...]:
    """Give batches, the latest bank day first."""
    rows = session.scalars(
        select(ReconBatchRow)
        .where(ReconBatchRow.region == region)
        .order_by(ReconBatchRow.day.desc(), ReconBatchRow.imported_at.desc(), ReconBatchRow.id)
        .limit(limit)
        .offset(offset)
    )
    return tuple(rows)


def count_batches(session: Session, region: str) -> int:
    """Count the batches of a region."""
    query = select(func.count()).select_from(ReconBatchRow).where(ReconBatchRow.region == region)
    return session.scalar(query) or 0


def batch_of_id(session: Session, region: str, batch: int) -> ReconBatchRow:
    """Find a batch. Raises BatchUnknown."""
    found = session.get(ReconBatchRow, (region, batch))
    if found is None:
        raise BatchUnknown(Text(f"没有编号 {batch} 的批次。", f"There is no batch {batch}."))
    return found


def batch_page(session: Session, region: str, batch: int, *, limit: int, offset: int) -> BatchPage:
    """Give a batch, all its differences and a page of its lines. Raises BatchUnknown."""
    found = batch_of_id(session, region, batch)
    differences = session.scalars(
        select(ReconDifferenceRow)
        .where(ReconDifferenceRow.region == region, ReconDifferenceRow.batch == batch)
        .order_by(ReconDifferenceRow.result, ReconDifferenceRow.line_no, ReconDifferenceRow.id)
    )
    lines = session.scalars(
        select(ReconLineRow)
        .where(ReconLineRow.region == region, ReconLineRow.batch == batch)
        .order_by(ReconLineRow.line_no)
        .limit(limit)
        .offset(offset)
    )
    return BatchPage(found, tuple(differences), tuple(lines))


def raw_of_batch(session: Session, region: str, batch: int) -> bytes:
    """Give a bank's file as it came. Raises BatchUnknown."""
    found = session.get(ReconBatchRow, (region, batch), options=[undefer(ReconBatchRow.raw)])
    if found is None:
        raise BatchUnknown(Text(f"没有编号 {batch} 的批次。", f"There is no batch {batch}."))
    return found.raw


def difference_of_id(session: Session, region: str, difference: int) -> ReconDifferenceRow:
    """Find a difference, locked for a change. Raises DifferenceUnknown."""
    found = session.scalar(
        select(ReconDifferenceRow)
        .where(ReconDifferenceRow.region == region, ReconDifferenceRow.id == difference)
        .with_for_update()
    )
    if found is None:
        raise DifferenceUnknown(
            Text(f"没有编号 {difference} 的差异。", f"There is no difference {difference}.")
        )
    return found


def difference_seen(session: Session, region: str, difference: int) -> ReconDifferenceRow:
    """Find a difference to look at. Raises DifferenceUnknown."""
    found = session.get(ReconDifferenceRow, (region, difference))
    if found is None:
        raise DifferenceUnknown(
            Text(f"没有编号 {difference} 的差异。", f"There is no difference {difference}.")
        )
    return found


def money_difference_of(session: Session, region: str, payment: int) -> ReconDifferenceRow | None:
    """Give the latest 14002 of a payment: the day's file listed it, and other money had come."""
    query = (
        select(ReconDifferenceRow)
        .where(
            ReconDifferenceRow.region == region,
            ReconDifferenceRow.payment == payment,
            ReconDifferenceRow.result == MONEY_DIFFERS,
        )
        .order_by(ReconDifferenceRow.opened_at.desc(), ReconDifferenceRow.id.desc())
    )
    return session.scalars(query.limit(1)).first()


def money_come(session: Session, region: str, bank: str, serials: Sequence[str]) -> dict[str, int]:
    """Give the fen that came under each serial of a bank, where its money was told (R-R6)."""
    query = select(FundsArrivalRow.trade_no, FundsArrivalRow.amount_fen).where(
        FundsArrivalRow.region == region,
        FundsArrivalRow.bank == bank,
        FundsArrivalRow.trade_no.in_(serials),
    )
    return dict(session.execute(query).all()) if serials else {}


def find_differences(
    session: Session, region: str, wanted: DifferencesWanted, *, limit: int, offset: int
) -> tuple[ReconDifferenceRow, ...]:
    """Give differences, the oldest day first: they are a work list."""
    rows = session.scalars(
        select(ReconDifferenceRow)
        .where(*_differences_where(region, wanted))
        .order_by(ReconDifferenceRow.day, ReconDifferenceRow.opened_at, ReconDifferenceRow.id)
        .limit(limit)
        .offset(offset)
    )
    return tuple(rows)


def count_differences(session: Session, region: str, wanted: DifferencesWanted) -> int:
    """Count the differences that are looked for."""
    query = (
        select(func.count())
        .select_from(ReconDifferenceRow)
        .where(*_differences_where(region, wanted))
    )
    return session.scalar(query) or 0


def held_up_differences(session: Session, region: str, day: date) -> tuple[ReconDifferenceRow, ...]:
    """Give the differences of a day that are neither settled nor carried on."""
    rows = session.scalars(
        select(ReconDifferenceRow)
        .where(
            ReconDifferenceRow.region == region,
            ReconDifferenceRow.day == day,
            ReconDifferenceRow.state.not_in(SETTLED),
            ReconDifferenceRow.carried_to.is_(None),
        )
        .order_by(ReconDifferenceRow.opened_at, ReconDifferenceRow.id)
    )
    return tuple(rows)


def day_closed(session: Session, region: str, day: date) -> ReconDayRow | None:
    """Give the closing of a bank day, None while it is open."""
    return session.get(ReconDayRow, (region, day))


def standing_batches(session: Session, region: str, day: date) -> tuple[ReconBatchRow, ...]:
    """Give the batches of a day that no other one replaced."""
    rows = session.scalars(
        select(ReconBatchRow)
        .where(
            ReconBatchRow.region == region,
            ReconBatchRow.day == day,
            ReconBatchRow.replaced_by.is_(None),
        )
        .order_by(ReconBatchRow.bank, ReconBatchRow.imported_at, ReconBatchRow.id)
    )
    return tuple(rows)


def unreconciled_banks(session: Session, region: str, day: date) -> tuple[str, ...]:
    """Name the banks with payments of a day that no file was held against.

    A payment confirmed after its day's file came in is one of them.
    """
    listed = select(ReconDifferenceRow.id).where(
        ReconDifferenceRow.region == PaymentRow.region,
        ReconDifferenceRow.payment == PaymentRow.id,
        ReconDifferenceRow.state != "auto_closed",
    )
    rows = session.scalars(
        select(PaymentRow.bank)
        .where(
            PaymentRow.region == region,
            PaymentRow.bank_day == day,
            PaymentRow.kind == "confirmation",  # a claim's money is in no day file
            PaymentRow.state.in_(("confirmed", "arrived", "difference")),
            ~listed.exists(),
        )
        .distinct()
    )
    return tuple(sorted(rows))


def _booked_by_bank(session: Session, region: str, day: date) -> dict[str, tuple[int, Money]]:
    rows = session.execute(
        select(PaymentRow.bank, func.count(), func.sum(PaymentRow.amount_fen))
        .where(
            PaymentRow.region == region,
            PaymentRow.bank_day == day,
            PaymentRow.kind == "confirmation",
            PaymentRow.state != "reversed",
        )
        .group_by(PaymentRow.bank)
    )
    return {bank: (count, Money(int(fen))) for bank, count, fen in rows}


def _differences_where(region: str, wanted: DifferencesWanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [ReconDifferenceRow.region == region]
    if wanted.day is not None:
        where.append(ReconDifferenceRow.day == wanted.day)
    if wanted.state:
        where.append(ReconDifferenceRow.state == wanted.state)
    if wanted.result:
        where.append(ReconDifferenceRow.result == wanted.result)
    if wanted.unsettled:
        where.append(ReconDifferenceRow.state.not_in(SETTLED))
    return where
