"""Reading the ledger: open day, entries, balances. A balance is the last snapshot and the tail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from feeledger.ledger.chart import account_of
from feeledger.ledger.journal import Entry, Posting
from feeledger.ledger.tables import BookRow, ClosedDayRow, EntryRow, PostingRow, SnapshotRow
from feeledger.money import Money

Moved = tuple[str, str, int]
DAY_ONE = date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account has been debited and credited since ever, in fen."""

    debit_fen: int = 0
    credit_fen: int = 0

    def plus(self, *, debit_fen: int = 0, credit_fen: int = 0) -> "Balance":
        """Add to either side."""
        return Balance(self.debit_fen + debit_fen, self.credit_fen + credit_fen)

    @property
    def net_fen(self) -> int:
        """Debits less credits; below zero for accounts that grow on the credit side."""
        return self.debit_fen - self.credit_fen


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """An entry as it stands in the ledger."""

    id: int
    day: date
    posted_at: datetime
    entry: Entry


def open_day_of(session: Session, region: str) -> date | None:
    """Give the open day of a region's book, or None where it has none."""
    return session.scalar(select(BookRow.open_day).where(BookRow.region == region))


def regions_with_books(session: Session) -> tuple[str, ...]:
    """Give the regions that have a book, in order."""
    return tuple(session.scalars(select(BookRow.region).order_by(BookRow.region)))


def closed_days_of(session: Session, region: str, *, limit: int = 31) -> tuple[ClosedDayRow, ...]:
    """Give the latest closed days of a region, the latest first."""
    query = (
        select(ClosedDayRow)
        .where(ClosedDayRow.region == region)
        .order_by(ClosedDayRow.day.desc())
        .limit(limit)
    )
    return tuple(session.scalars(query))


def postings_of_entry(session: Session, region: str, entry_id: int) -> tuple[Posting, ...]:
    """Give the postings of an entry, in order of leg."""
    query = (
        select(PostingRow)
        .where(PostingRow.region == region, PostingRow.entry == entry_id)
        .order_by(PostingRow.leg)
    )
    return tuple(_posting_of(row) for row in session.scalars(query))


def entries_about(session: Session, region: str, subject: str, day: date) -> tuple[KeptEntry, ...]:
    """Give the entries of a ledger day about a subject ("payment:…")."""
    query = select(EntryRow).where(
        EntryRow.region == region, EntryRow.day == day, EntryRow.subject == subject
    )
    return tuple(_kept(session, row) for row in session.scalars(query))


def reversing_entries(session: Session, region: str) -> dict[int, int]:
    """Give the entry that takes each reversed entry back, by the one taken back."""
    query = select(EntryRow.reverses, EntryRow.id).where(
        EntryRow.region == region, EntryRow.reverses.is_not(None)
    )
    return {taken: entry for taken, entry in session.execute(query) if taken is not None}


def entry_of_id(session: Session, region: str, entry_id: int) -> KeptEntry | None:
    """Find an entry by its id."""
    row = session.get(EntryRow, (region, entry_id))
    return None if row is None else _kept(session, row)


def entries_of_day(
    session: Session, region: str, day: date, *, limit: int, offset: int
) -> tuple[KeptEntry, ...]:
    """Give a page of a ledger day's entries, by time, each with its postings."""
    query = (
        select(EntryRow)
        .where(EntryRow.region == region, EntryRow.day == day)
        .order_by(EntryRow.posted_at, EntryRow.id)
        .limit(limit)
        .offset(offset)
    )
    return tuple(_kept(session, row) for row in session.scalars(query).all())


def count_entries(session: Session, region: str, day: date) -> int:
    """Count the entries of a ledger day."""
    query = (
        select(func.count())
        .select_from(EntryRow)
        .where(EntryRow.region == region, EntryRow.day == day)
    )
    return session.scalar(query) or 0


def balances_on(session: Session, region: str, on: date | None = None) -> dict[str, Balance]:
    """Give every account's balance at the end of a ledger day (None: now), by account."""
    return balances_in(session, region, on or date.max)


def balances_in(session: Session, region: str, day: date) -> dict[str, Balance]:
    """Give balances from the last snapshot up to a day and the entries after it, to its end."""
    since: date | None = session.scalar(
        select(func.max(ClosedDayRow.day)).where(
            ClosedDayRow.region == region, ClosedDayRow.day <= day
        )
    )
    balances = _snapshot(session, region, since) if since is not None else {}
    rows = _moved(session, region, after=since or DAY_ONE, until=day)
    return add_up(rows, balances)


def add_up(rows: Iterable[Moved], balances: dict[str, Balance]) -> dict[str, Balance]:
    """Add (debit, credit, fen) rows to balances."""
    for debit, credit, fen in rows:
        balances[debit] = balances.get(debit, Balance()).plus(debit_fen=fen)
        balances[credit] = balances.get(credit, Balance()).plus(credit_fen=fen)
    return balances


def _snapshot(session: Session, region: str, day: date) -> dict[str, Balance]:
    query = select(SnapshotRow.account, SnapshotRow.debit_fen, SnapshotRow.credit_fen).where(
        SnapshotRow.region == region, SnapshotRow.day == day
    )
    return {row.account: Balance(row.debit_fen, row.credit_fen) for row in session.execute(query)}


def _moved(session: Session, region: str, *, after: date, until: date) -> Iterable[Moved]:
    """Add up what moved between each pair of accounts in the days after one, to the end of one."""
    query = (
        select(PostingRow.debit, PostingRow.credit, func.sum(PostingRow.fen))
        .join(
            EntryRow,
            and_(EntryRow.region == PostingRow.region, EntryRow.id == PostingRow.entry),
        )
        .where(
            EntryRow.region == region,
            PostingRow.region == region,
            EntryRow.day > after,
            EntryRow.day <= until,
        )
        .group_by(PostingRow.debit, PostingRow.credit)
    )
    for debit, credit, fen in session.execute(query):
        yield debit, credit, int(fen)


def _kept(session: Session, row: EntryRow) -> KeptEntry:
    entry = Entry(
        kind=row.kind,
        subject=row.subject,
        postings=postings_of_entry(session, row.region, row.id),
        reason=row.reason,
        reverses=row.reverses,
    )
    return KeptEntry(row.id, row.day, row.posted_at, entry)


def _posting_of(row: PostingRow) -> Posting:
    return Posting(account_of(row.debit), account_of(row.credit), Money(row.fen))
