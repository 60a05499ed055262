"""The chart of accounts: what kinds there are, and how an account is written.

An account is a kind and what it is kept for: ``designated/<account id>`` is the money in a
designated account, ``income/<unit>/<item>`` what was collected for a unit's item. Kinds whose
normal side is debit are what the bureau has; credit, where it came from or whom it is owed to.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from feeledger.errors import Text

Side = Literal["debit", "credit"]
SIGNS: Final = re.compile(r"[0-9A-Za-z_.-]{1,80}")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of account: its normal side, how many parts name one, and its name."""

    name: str
    side: Side
    parts: int
    label: Text


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("designated", "debit", 1, Text("指定账户存款", "money in the designated account")),
        Kind("income", "credit", 2, Text("非税收入", "non-tax revenue")),
        Kind("late_fee", "credit", 2, Text("滞纳金收入", "late fees")),
        Kind("unmatched", "credit", 1, Text("待查收入", "unmatched receipts")),
        Kind("refund_due", "credit", 1, Text("应退款", "refunds due")),
        Kind("treasury", "debit", 1, Text("已划缴国库", "passed on to the treasury")),
    )
}


class AccountMalformed(ValueError):
    """An account is not of the chart: our own mistake, never a caller's."""


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """One account: its kind, and the parts that say what it is kept for."""

    kind: str
    parts: tuple[str, ...]

    def __post_init__(self) -> None:
        """Hold the account against the chart."""
        kind = KINDS.get(self.kind)
        if kind is None or len(self.parts) != kind.parts:
            raise AccountMalformed(f"no account {self.kind}/{'/'.join(self.parts)}")
        if not all(SIGNS.fullmatch(part) for part in self.parts):
            raise AccountMalformed(f"no account {self.kind}/{'/'.join(self.parts)}")

    def __str__(self) -> str:
        """Write the account as the database keeps it."""
        return "/".join((self.kind, *self.parts))

    @property
    def side(self) -> Side:
        """The side on which the account grows."""
        return KINDS[self.kind].side


def account_of(text: str) -> Account:
    """Read an account as the database keeps it. Raises AccountMalformed."""
    kind, *parts = text.split("/")
    return Account(kind, tuple(parts))


def designated(account_id: int) -> Account:
    """Name the money in a designated account."""
    return Account("designated", (str(account_id),))


def income(unit_code: str, item_id: str) -> Account:
    """Name what was collected for a unit's item."""
    return Account("income", (unit_code, item_id))


def late_fees(unit_code: str, item_id: str) -> Account:
    """Name the late fees on a unit's item."""
    return Account("late_fee", (unit_code, item_id))


def unmatched(account_id: int) -> Account:
    """Name the money in a designated account that belongs to no payment yet."""
    return Account("unmatched", (str(account_id),))


def refund_due(refund_id: int) -> Account:
    """Name what is owed to a payer by an approved refund until it is paid."""
    return Account("refund_due", (str(refund_id),))


def treasury(level: str) -> Account:
    """Name what was passed on to a level's treasury, less what it gave back."""
    return Account("treasury", (level,))
