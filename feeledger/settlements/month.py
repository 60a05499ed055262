"""The month's account (收支月报, R-R7): per unit and item, and the designated account as a whole.

Two identities, both to the fen. Each row: opening + paid - reversed - refunded - settled = closing.
The account: what the ledger says it holds = what all rows hold + unmatched receipts. A row's opening
and closing are worked out from balances, its flows from what moved: so the identity is a check.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from feeledger.errors import Text

Key = tuple[str, str]  # unit, item
DECEMBER: Final = 12
KIND_TEXTS: Final[Mapping[str, Text]] = {
    "payment": Text("缴款", "paid into the account"),
    "arrival": Text("到账待查", "unmatched money arrived"),
    "reversal": Text("冲正", "reversed"),
    "return": Text("待查退回", "unmatched money returned"),
    "refund-payment": Text("退付", "refunded"),
    "settlement": Text("划解", "settled"),
}


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month."""

    first: date

    @property
    def next(self) -> date:
        """The first day of the month after it."""
        year, month = self.first.year, self.first.month
        return date(year + month // DECEMBER, month % DECEMBER + 1, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return date.fromordinal(self.next.toordinal() - 1)

    @property
    def before(self) -> date:
        """The day before it begins."""
        return date.fromordinal(self.first.toordinal() - 1)

    def __str__(self) -> str:
        """Write it as 2026-11."""
        return f"{self.first.year:04d}-{self.first.month:02d}"


@dataclass(frozen=True, slots=True)
class Sums:
    """What one query found, by unit and item, in fen."""

    opening: Mapping[Key, int] = field(default_factory=dict)
    issued: Mapping[Key, int] = field(default_factory=dict)
    voided: Mapping[Key, int] = field(default_factory=dict)
    relieved: Mapping[Key, int] = field(default_factory=dict)
    unpaid: Mapping[Key, int] = field(default_factory=dict)
    paid: Mapping[Key, int] = field(default_factory=dict)
    reversed: Mapping[Key, int] = field(default_factory=dict)
    other: Mapping[Key, int] = field(default_factory=dict)
    refunded: Mapping[Key, int] = field(default_factory=dict)
    from_treasury: Mapping[Key, int] = field(default_factory=dict)
    settled: Mapping[Key, Mapping[str, int]] = field(default_factory=dict)
    closing: Mapping[Key, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One unit's item in the month, in fen.

    ``unpaid`` is what is open at the month's end after the reliefs approved by then, ``relieved`` what
    those of the month took off. ``refunded`` left the designated account; ``from_treasury`` was given
    back by the levels after settlement and never touches it. ``other``: revenue moved by no payment,
    reversal or refund.
    """

    unit: str
    item: str
    opening: int
    issued: int
    voided: int
    relieved: int
    unpaid: int
    paid: int
    reversed: int
    other: int
    refunded: int
    from_treasury: int
    settled: Mapping[str, int]
    closing: int

    @property
    def settled_fen(self) -> int:
        """What was settled to all levels."""
        return sum(self.settled.values())

    @property
    def difference(self) -> int:
        """By how much the row does not add up; zero where it does."""
        flows = self.paid - self.reversed + self.other - self.refunded - self.settled_fen
        return self.opening + flows - self.closing


@dataclass(frozen=True, slots=True)
class MonthAccount:
    """A region's month: rows by unit and item, the account's flows by kind (signed), balances."""

    month: Month
    rows: Sequence[MonthRow]
    opening: int
    flows: Mapping[str, int]
    closing: int
    unmatched_opening: int
    unmatched_closing: int

    @property
    def held(self) -> int:
        """What the rows say the account holds at the month's end."""
        return sum(row.closing for row in self.rows)

    @property
    def flow_difference(self) -> int:
        """By how much opening and flows miss the closing balance of the ledger."""
        return self.opening + sum(self.flows.values()) - self.closing

    @property
    def difference(self) -> int:
        """By how much the ledger's balance misses what rows and unmatched receipts come to."""
        return self.closing - self.held - self.unmatched_closing

    @property
    def holds(self) -> bool:
        """Say whether every identity holds to the fen."""
        return not (
            self.difference or self.flow_difference or any(row.difference for row in self.rows)
        )


def month_of(day: date) -> Month:
    """Give the month of a day."""
    return Month(day.replace(day=1))


def rows_of(sums: Sums) -> tuple[MonthRow, ...]:
    """Put the sums together, by unit and item; what never moved is left out."""
    flat = (
        sums.opening,
        sums.issued,
        sums.voided,
        sums.relieved,
        sums.unpaid,
        sums.paid,
        sums.reversed,
        sums.other,
        sums.refunded,
        sums.from_treasury,
        sums.closing,
    )
    keys = {key for found in flat for key, fen in found.items() if fen} | sums.settled.keys()
    return tuple(_row(key, sums) for key in sorted(keys))


def add_rows(rows: Sequence[MonthRow], unit: str = "") -> MonthRow:
    """Add rows up into one: the totals."""
    settled: dict[str, int] = {}
    for row in rows:
        for level, fen in row.settled.items():
            settled[level] = settled.get(level, 0) + fen

    def total(name: str) -> int:
        return sum(getattr(row, name) for row in rows)

    names = (
        "opening",
        "issued",
        "voided",
        "relieved",
        "unpaid",
        "paid",
        "reversed",
        "other",
        "refunded",
    )
    return MonthRow(
        unit,
        "",
        **{name: total(name) for name in names},
        from_treasury=total("from_treasury"),
        settled=settled,
        closing=total("closing"),
    )


def _row(key: Key, sums: Sums) -> MonthRow:
    return MonthRow(
        unit=key[0],
        item=key[1],
        opening=sums.opening.get(key, 0),
        issued=sums.issued.get(key, 0),
        voided=sums.voided.get(key, 0),
        relieved=sums.relieved.get(key, 0),
        unpaid=sums.unpaid.get(key, 0),
        paid=sums.paid.get(key, 0),
        reversed=sums.reversed.get(key, 0),
        other=sums.other.get(key, 0),
        refunded=sums.refunded.get(key, 0),
        from_treasury=sums.from_treasury.get(key, 0),
        settled=sums.settled.get(key, {}),
        closing=sums.closing.get(key, 0),
    )
