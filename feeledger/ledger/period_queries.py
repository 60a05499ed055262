"""What moved in a span of ledger days: sums by kind of entry, and the entries themselves as a selection."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from feeledger.ledger.tables import EntryRow, PostingRow


@dataclass(frozen=True, slots=True)
class Moved:
    """What entries of one kind moved between two accounts, in fen."""

    kind: str
    debit: str
    credit: str
    fen: int


def moved_between(session: Session, region: str, *, since: date, until: date) -> list[Moved]:
    """Add up what moved from one ledger day to another, both included, by kind and accounts."""
    query = (
        select(EntryRow.kind, PostingRow.debit, PostingRow.credit, func.sum(PostingRow.fen))
        .join(
            PostingRow,
            and_(PostingRow.region == EntryRow.region, PostingRow.entry == EntryRow.id),
        )
        .where(
            EntryRow.region == region,
            PostingRow.region == region,
            EntryRow.day >= since,
            EntryRow.day <= until,
        )
        .group_by(EntryRow.kind, PostingRow.debit, PostingRow.credit)
    )
    return [
        Moved(kind, debit, credit, int(fen)) for kind, debit, credit, fen in session.execute(query)
    ]


def entries_within(region: str, *, since: date, until: date) -> Select[int]:
    """Select the entries of the ledger days from one to another, both included."""
    return select(EntryRow.id).where(
        EntryRow.region == region, EntryRow.day >= since, EntryRow.day <= until
    )
