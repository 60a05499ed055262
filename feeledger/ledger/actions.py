"""Writing the ledger: opening a book, posting entries, closing days. Nothing is ever changed.

A payment reads its book's open day ``FOR SHARE`` and writes that day into its entry; closing a day
updates the row, so it waits for those who have read it, and no entry lands in a closed day.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from feeledger.errors import Conflict, Missing, Text
from feeledger.ledger.journal import Entry, Posting, reverse_postings
from feeledger.ledger.queries import Balance, balances_in, postings_of_entry
from feeledger.ledger.tables import BookRow, ClosedDayRow, EntryRow, PostingRow, SnapshotRow
from feeledger.store import new_id, table_of
from feeledger.trail import record_act

_INSERT_ENTRY = insert(table_of(EntryRow))
_INSERT_POSTING = insert(table_of(PostingRow))


class BookMissing(Missing):
    """The region has no book."""

    code = "book-missing"
    title = Text("该区划没有账簿", "The region has no book")


class BookKnown(Conflict):
    """The region's book is open already."""

    code = "book-known"
    title = Text("账簿已开立", "The book is open already")


class DayNotOpen(Conflict):
    """The day to close is not the open day, or the next one does not follow it."""

    code = "day-not-open"
    title = Text("该日未开账或已关账", "The day is not open")


def open_book(session: Session, region: str, *, first_day: date, by: str, now: datetime) -> None:
    """Open a region's book on its first day. Raises BookKnown."""
    if session.get(BookRow, region) is not None:
        raise BookKnown(Text(f"{region} 的账簿已开立。", f"The book of {region} is open already."))
    session.execute(
        insert(BookRow), {"region": region, "opened_on": first_day, "open_day": first_day}
    )
    record_act(
        session,
        region=region,
        actor=by,
        act="open-book",
        subject=f"book:{region}",
        reason="",
        now=now,
        details={"first_day": first_day.isoformat()},
    )


def open_day_held(session: Session, region: str) -> date:
    """Give the open day and keep it open until the transaction ends. Raises BookMissing."""
    day = session.scalar(
        select(BookRow.open_day).where(BookRow.region == region).with_for_update(read=True)
    )
    if day is None:
        raise BookMissing(
            Text(f"{region} 没有账簿，请先开立。", f"{region} has no book; open one first.")
        )
    return day


def post_entry(session: Session, region: str, entry: Entry, *, now: datetime) -> int:
    """Post an entry on the open day and give its id. Raises BookMissing."""
    return post_on_day(session, region, entry, day=open_day_held(session, region), now=now)


def post_on_day(session: Session, region: str, entry: Entry, *, day: date, now: datetime) -> int:
    """Post an entry on a day that the caller holds open (``open_day_held`` or its lock)."""
    entry_id = new_id(now)
    session.execute(
        _INSERT_ENTRY,
        {
            "region": region,
            "id": entry_id,
            "day": day,
            "kind": entry.kind,
            "subject": entry.subject,
            "reason": entry.reason,
            "reverses": entry.reverses,
            "posted_at": now,
        },
    )
    session.execute(_INSERT_POSTING, posting_rows(region, entry_id, entry.postings))
    return entry_id


def posting_rows(
    region: str, entry_id: int, postings: Sequence[Posting]
) -> list[dict[str, object]]:
    """Write the postings of an entry as rows, legs counted from 1."""
    return [
        {
            "region": region,
            "entry": entry_id,
            "leg": leg,
            "debit": str(posting.debit),
            "credit": str(posting.credit),
            "fen": posting.amount.fen,
        }
        for leg, posting in enumerate(postings, start=1)
    ]


def reverse_entry(
    session: Session, region: str, entry_id: int, *, reason: str, now: datetime
) -> int:
    """Post the reverse of an entry; the database lets each entry be reversed once."""
    postings = postings_of_entry(session, region, entry_id)
    reverse = Entry(
        kind="reversal",
        subject=f"entry:{entry_id}",
        postings=reverse_postings(postings),
        reason=reason,
        reverses=entry_id,
    )
    return post_entry(session, region, reverse, now=now)


def close_day(
    session: Session, region: str, day: date, *, next_day: date, by: str, now: datetime
) -> None:
    """Close the open day for good and open the next; what every account has come to is kept.

    Waits for payments that hold the day. Raises BookMissing, DayNotOpen.
    """
    book = session.get(BookRow, region, with_for_update=True, populate_existing=True)
    if book is None:
        raise BookMissing(Text(f"{region} 没有账簿。", f"{region} has no book."))
    if book.open_day != day or next_day <= day:
        raise DayNotOpen(
            Text(
                f"{region} 开账的是 {book.open_day}；不能关 {day} 而开 {next_day}。",
                f"The open day of {region} is {book.open_day}: {day} cannot be closed in favour "
                f"of {next_day}.",
            ),
            open_day=book.open_day.isoformat(),
        )
    book.open_day = next_day
    session.flush()
    balances = balances_in(session, region, day)  # from the snapshot of the day closed before
    _keep_closed_day(session, region, day, next_day=next_day, by=by, now=now)
    _keep_snapshot(session, region, day, balances)
    record_act(
        session,
        region=region,
        actor=by,
        act="close-day",
        subject=f"day:{day.isoformat()}",
        reason="",
        now=now,
        details={"next_day": next_day.isoformat()},
    )


def _keep_closed_day(
    session: Session, region: str, day: date, *, next_day: date, by: str, now: datetime
) -> None:
    entries = session.scalar(
        select(func.count())
        .select_from(EntryRow)
        .where(EntryRow.region == region, EntryRow.day == day)
    )
    fen = session.scalar(
        select(func.coalesce(func.sum(PostingRow.fen), 0))
        .join(EntryRow, (EntryRow.region == PostingRow.region) & (EntryRow.id == PostingRow.entry))
        .where(EntryRow.region == region, PostingRow.region == region, EntryRow.day == day)
    )
    session.execute(
        insert(ClosedDayRow),
        {
            "region": region,
            "day": day,
            "next_day": next_day,
            "entries": entries,
            "fen": int(fen or 0),
            "closed_at": now,
            "closed_by": by,
        },
    )


def _keep_snapshot(
    session: Session, region: str, day: date, balances: Mapping[str, Balance]
) -> None:
    rows = [
        {
            "region": region,
            "day": day,
            "account": account,
            "debit_fen": balance.debit_fen,
            "credit_fen": balance.credit_fen,
        }
        for account, balance in balances.items()
    ]
    if rows:
        session.execute(insert(SnapshotRow), rows)
