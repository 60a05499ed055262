"""The audit of a region's ledger: everything is added up again; every fault is returned.

The first two walls are grants and triggers. This one trusts neither: it reads what is there.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from feeledger.errors import Text
from feeledger.ledger.chart import AccountMalformed, account_of
from feeledger.ledger.queries import Balance, Moved, add_up
from feeledger.ledger.tables import BookRow, ClosedDayRow, EntryRow, PostingRow, SnapshotRow


@dataclass(frozen=True, slots=True)
class LedgerFault:
    """One fault: a stable code, what it is about, what is wrong."""

    code: str
    subject: str
    detail: Text


@dataclass(frozen=True, slots=True)
class EntrySum:
    """What an entry says: its kind, its subject, its day and the sum of its postings."""

    id: int
    kind: str
    subject: str
    day: date
    fen: int


SAME_ENTRY = and_(EntryRow.region == PostingRow.region, EntryRow.id == PostingRow.entry)


def verify_ledger(session: Session, region: str) -> tuple[LedgerFault, ...]:
    """Give every fault of a region's ledger; an empty tuple is a clean one."""
    book = session.get(BookRow, region)
    if book is None:
        return (LedgerFault("no-book", region, Text("没有账簿", "the region has no book")),)
    checks = (
        _malformed_postings(session, region),
        _malformed_entries(session, region),
        _days_out_of_book(session, region, book),
        _days_that_do_not_follow(session, region, book),
        _closed_days_that_changed(session, region),
        _snapshots_that_differ(session, region),
        _reversals_that_differ(session, region),
    )
    return tuple(fault for check in checks for fault in check)


def entry_sums(session: Session, region: str, kind: str) -> Iterator[EntrySum]:
    """Give the entries of a kind with the sum of their postings, for whoever owns the subject."""
    query = (
        select(
            EntryRow.id,
            EntryRow.kind,
            EntryRow.subject,
            EntryRow.day,
            func.coalesce(func.sum(PostingRow.fen), 0),
        )
        .outerjoin(PostingRow, SAME_ENTRY)
        .where(EntryRow.region == region, EntryRow.kind == kind)
        .group_by(EntryRow.region, EntryRow.id, EntryRow.kind, EntryRow.subject, EntryRow.day)
    )
    for entry_id, its_kind, subject, day, fen in session.execute(query):
        yield EntrySum(entry_id, its_kind, subject, day, int(fen))


def stray_entries(
    session: Session, region: str, kind: str, wanted: dict[Any, tuple[str, int]], owner: Text
) -> Iterator[LedgerFault]:
    """Match entries of a kind one to one with what stands behind them, by id, subject and amount.

    ``wanted`` gives, by entry, its subject and fen, and is used up; ``owner`` names what stands
    behind.
    """
    for entry in entry_sums(session, region, kind):
        if wanted.pop(entry.id, None) != (entry.subject, entry.fen):
            yield LedgerFault(
                f"entry-without-{owner.en}",
                f"entry:{entry.id}",
                Text(
                    f"分录 {entry.subject}、{entry.fen} 分没有相应{owner.zh}",
                    f"no {owner.en} stands behind {entry.subject}, {entry.fen} fen",
                ),
            )
    for entry_id, (subject, fen) in wanted.items():
        yield LedgerFault(
            f"{owner.en}-without-entry",
            subject,
            Text(f"没有分录 {entry_id}（{fen} 分）", f"entry {entry_id} of {fen} fen is not there"),
        )


def account_sums(
    session: Session, region: str, *, apart_from: tuple[str, ...] = ()
) -> dict[str, Balance]:
    """Add every posting of a region up again, by account; no snapshot is used.

    ``apart_from`` leaves out entries of some kinds: those that a higher storey posts and proves.
    """
    query = (
        select(PostingRow.debit, PostingRow.credit, func.sum(PostingRow.fen))
        .where(PostingRow.region == region)
        .group_by(PostingRow.debit, PostingRow.credit)
    )
    if apart_from:
        query = query.join(EntryRow, SAME_ENTRY).where(EntryRow.kind.not_in(apart_from))
    return add_up(((d, c, int(fen)) for d, c, fen in session.execute(query)), {})


def _malformed_postings(session: Session, region: str) -> Iterator[LedgerFault]:
    wrong = select(PostingRow.entry, PostingRow.leg).where(
        PostingRow.region == region,
        or_(PostingRow.debit == PostingRow.credit, PostingRow.fen <= 0),
    )
    for entry, leg in session.execute(wrong):
        yield LedgerFault(
            "posting-moves-nothing",
            f"entry:{entry}",
            Text(f"第 {leg} 笔没有移动金额", f"leg {leg} moves nothing"),
        )
    orphans = (
        select(PostingRow.entry)
        .outerjoin(EntryRow, SAME_ENTRY)
        .where(PostingRow.region == region, EntryRow.id.is_(None))
        .distinct()
    )
    for entry in session.scalars(orphans):
        yield LedgerFault(
            "posting-without-entry",
            f"entry:{entry}",
            Text("借贷对没有分录", "postings without their entry"),
        )
    for account in account_sums(session, region):
        try:
            account_of(account)
        except AccountMalformed:
            yield LedgerFault(
                "account-unknown",
                f"account:{account}",
                Text("不在科目表中", "the account is not in the chart"),
            )


def _malformed_entries(session: Session, region: str) -> Iterator[LedgerFault]:
    query = (
        select(EntryRow.id, func.count(PostingRow.leg), func.max(PostingRow.leg))
        .outerjoin(PostingRow, SAME_ENTRY)
        .where(EntryRow.region == region)
        .group_by(EntryRow.region, EntryRow.id)
        .having(
            or_(
                func.count(PostingRow.leg) == 0,
                func.count(PostingRow.leg) != func.max(PostingRow.leg),
            )
        )
    )
    for entry, legs, last in session.execute(query):
        yield LedgerFault(
            "entry-incomplete",
            f"entry:{entry}",
            Text(
                f"应有连续的借贷对，实有 {legs} 个，末笔序号 {last}",
                f"its postings do not run from 1: {legs} of them, the last is {last}",
            ),
        )


def _days_out_of_book(session: Session, region: str, book: BookRow) -> Iterator[LedgerFault]:
    query = select(EntryRow.id, EntryRow.day).where(
        EntryRow.region == region,
        or_(EntryRow.day < book.opened_on, EntryRow.day > book.open_day),
    )
    for entry, day in session.execute(query):
        yield LedgerFault(
            "day-out-of-book",
            f"entry:{entry}",
            Text(f"记账日 {day} 不在账簿期内", f"its day {day} lies outside the book"),
        )


def _days_that_do_not_follow(session: Session, region: str, book: BookRow) -> Iterator[LedgerFault]:
    """Follow the closed days from the first to the open one; every entry lies on one of them."""
    expected = book.opened_on
    days: set[date] = {book.open_day}
    query = select(ClosedDayRow).where(ClosedDayRow.region == region).order_by(ClosedDayRow.day)
    for row in session.scalars(query):
        if row.day != expected:
            yield _broken_chain(row.day, expected)
        days.add(row.day)
        expected = row.next_day
    if expected != book.open_day:
        yield _broken_chain(book.open_day, expected)
    used = select(EntryRow.day).where(EntryRow.region == region).distinct()
    for day in session.scalars(used):
        if day not in days:
            yield LedgerFault(
                "day-never-open",
                f"day:{day}",
                Text("该日从未开账，却有分录", "entries lie on a day that was never open"),
            )


def _broken_chain(found: date, expected: date) -> LedgerFault:
    return LedgerFault(
        "days-do-not-follow",
        f"day:{found}",
        Text(f"应为 {expected}，实为 {found}", f"{expected} should follow, not {found}"),
    )


def _closed_days_that_changed(session: Session, region: str) -> Iterator[LedgerFault]:
    """Hold each closed day against what it held when it was closed: no entry came late."""
    counted = dict(
        session.execute(
            select(EntryRow.day, func.count())
            .where(EntryRow.region == region)
            .group_by(EntryRow.day)
        ).all()
    )
    added = dict(
        session.execute(
            select(EntryRow.day, func.sum(PostingRow.fen))
            .join(PostingRow, SAME_ENTRY)
            .where(EntryRow.region == region)
            .group_by(EntryRow.day)
        ).all()
    )
    for row in session.scalars(select(ClosedDayRow).where(ClosedDayRow.region == region)):
        entries, fen = counted.get(row.day, 0), int(added.get(row.day, 0))
        if (entries, fen) != (row.entries, row.fen):
            yield LedgerFault(
                "closed-day-changed",
                f"day:{row.day}",
                Text(
                    f"关账时 {row.entries} 张、{row.fen} 分，现为 {entries} 张、{fen} 分",
                    f"closed with {row.entries} entries, {row.fen} fen; "
                    f"now {entries} entries, {fen} fen",
                ),
            )


def _snapshots_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Hold every snapshot against all that was posted up to its day, added up day by day."""
    moved = _moved_by_day(session, region)
    added: dict[str, Balance] = {}
    for day in _closed_days(session, region):
        while moved and moved[0][0] <= day:
            add_up([moved.popleft()[1]], added)
        kept = _snapshot_of(session, region, day)
        for account in sorted(kept.keys() | added.keys()):
            if kept.get(account) != added.get(account):
                yield LedgerFault(
                    "snapshot-differs",
                    f"account:{account}",
                    Text(f"{day} 的余额与借贷对不符", f"its balance of {day} is not its postings'"),
                )


def _closed_days(session: Session, region: str) -> list[date]:
    query = select(ClosedDayRow.day).where(ClosedDayRow.region == region).order_by(ClosedDayRow.day)
    return list(session.scalars(query))


def _snapshot_of(session: Session, region: str, day: date) -> dict[str, Balance]:
    query = select(SnapshotRow).where(SnapshotRow.region == region, SnapshotRow.day == day)
    return {row.account: Balance(row.debit_fen, row.credit_fen) for row in session.scalars(query)}


def _moved_by_day(session: Session, region: str) -> deque[tuple[date, Moved]]:
    query = (
        select(EntryRow.day, PostingRow.debit, PostingRow.credit, func.sum(PostingRow.fen))
        .join(PostingRow, SAME_ENTRY)
        .where(PostingRow.region == region, EntryRow.region == region)
        .group_by(EntryRow.day, PostingRow.debit, PostingRow.credit)
        .order_by(EntryRow.day)
    )
    return deque(
        (day, (debit, credit, int(fen))) for day, debit, credit, fen in session.execute(query)
    )


def _reversals_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Hold a reversal against what it reverses: the same legs, each turned round, no more."""
    for forwards in (True, False):
        for entry in session.scalars(_unmirrored(region, forwards=forwards)):
            yield LedgerFault(
                "reversal-differs",
                f"entry:{entry}",
                Text("与被冲分录不相反", "it does not mirror the entry it reverses"),
            )


def _unmirrored(region: str, *, forwards: bool) -> Select[int]:
    """Select reversals with a leg on one side that the other side does not mirror."""
    near, far = aliased(PostingRow), aliased(PostingRow)
    near_entry: InstrumentedAttribute[Any] = EntryRow.id
    far_entry: InstrumentedAttribute[Any] = EntryRow.reverses
    if not forwards:
        near_entry, far_entry = far_entry, near_entry
    return (
        select(EntryRow.id)
        .join(near, and_(near.region == EntryRow.region, near.entry == near_entry))
        .outerjoin(
            far,
            and_(
                far.region == near.region,
                far.entry == far_entry,
                far.leg == near.leg,
                far.debit == near.credit,
                far.credit == near.debit,
                far.fen == near.fen,
            ),
        )
        .where(EntryRow.region == region, EntryRow.reverses.is_not(None), far.leg.is_(None))
        .distinct()
    )
