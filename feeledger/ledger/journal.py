"""Postings and entries, as values that cannot be wrong.

A posting is a pair: the account debited, the account credited, an amount above zero. An entry is
one or more pairs, so it is balanced whatever it holds. Nothing is taken back but by its reverse.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from feeledger.ledger.chart import Account
from feeledger.money import Money


class NothingMoved(ValueError):
    """A posting moves no money: our own mistake, never a caller's."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One amount moved from the account credited to the account debited."""

    debit: Account
    credit: Account
    amount: Money

    def __post_init__(self) -> None:
        """Refuse a posting that moves nothing."""
        if self.debit == self.credit or not self.amount:
            raise NothingMoved(f"{self.debit} against {self.credit}, {self.amount}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One or more postings that belong together: what happened, to what, and why.

    ``kind`` is a word such as payment or reversal, ``subject`` "kind:key". ``reverses`` is the id
    of the entry that this one takes back.
    """

    kind: str
    subject: str
    postings: tuple[Posting, ...]
    reason: str = ""
    reverses: int | None = None

    def __post_init__(self) -> None:
        """Refuse an entry without postings."""
        if not self.postings:
            raise NothingMoved(f"{self.kind} {self.subject} has no postings")


def reverse_postings(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    """Turn postings round: what was debited is credited, in the same order."""
    return tuple(Posting(each.credit, each.debit, each.amount) for each in postings)
