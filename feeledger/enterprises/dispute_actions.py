"""分歧, disputes: two sources say different things of one fact; the bureau decides between them.

A dispute opens when a word contradicts what stands, and closes when the words agree or when the
bureau has decided. A decision is one more statement, with its reason; nothing is taken away.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from feeledger.enterprises.statements import Statement, disagreeing, latest_of_each
from feeledger.enterprises.tables import FactDisputeRow
from feeledger.errors import Conflict, Missing, Text
from feeledger.store import new_id

CLOSED_AT_ONCE: Final = 500


class DisputeUnknown(Missing):
    """No dispute of the region has this number."""

    code = "dispute-unknown"
    title = Text("没有这个分歧", "There is no such dispute")


class DisputeSettled(Conflict):
    """The dispute was settled already."""

    code = "dispute-settled"
    title = Text("该分歧已了结", "The dispute is settled already")


@dataclass(frozen=True, slots=True)
class DisputesWanted:
    """Which disputes are looked for; "" narrows nothing."""

    uscc: str = ""
    open_only: bool = True


@dataclass(frozen=True, slots=True)
class DisputeSteps:
    """What new words do to disputes: rows to open, numbers to close, and how many facts disagree."""

    opening: tuple[dict[str, object], ...]
    closing: tuple[int, ...]
    disagreeing: int


def steps_of_disputes(
    session: Session,
    region: str,
    fresh: Iterable[Statement],
    known: Mapping[tuple[str, str], list[Statement]],
    *,
    now: datetime,
) -> DisputeSteps:
    """Say what is to be opened, where a new word contradicts, and closed, where all agree now."""
    opening, agreed = [], []
    for each in fresh:
        before = known.get((each.uscc, each.name))
        if not before:
            continue
        voices = latest_of_each([*before, each], each.valid_from)
        if disagreeing(voices):
            opening.append(each)
        elif len(voices) > 1:
            agreed.append(each)
    return DisputeSteps(
        _opening(session, region, opening, now=now),
        _closing(session, region, agreed),
        len(opening),
    )


def close_disputes(session: Session, region: str, ids: Sequence[int], *, now: datetime) -> None:
    """Close the disputes of facts whose voices agree now; nobody decided them."""
    row = FactDisputeRow
    for start in range(0, len(ids), CLOSED_AT_ONCE):
        some = ids[start : start + CLOSED_AT_ONCE]
        session.execute(
            update(row)
            .where(row.region == region, row.id.in_(some), row.settled_at.is_(None))
            .values(settled_at=now)
        )


def dispute_of(session: Session, region: str, dispute: int) -> FactDisputeRow:
    """Find a dispute. Raises DisputeUnknown."""
    row = session.get(FactDisputeRow, (region, dispute))
    if row is None:
        raise DisputeUnknown(
            Text(
                f"区划 {region[:12]} 没有编号为 {dispute} 的分歧。",
                f"Region {region[:12]} has no dispute {dispute}.",
            )
        )
    return row


def lock_dispute(session: Session, region: str, dispute: int) -> FactDisputeRow:
    """Find a dispute, locked for whoever decides it. Raises DisputeUnknown."""
    dispute_of(session, region, dispute)
    query = select(FactDisputeRow).where(
        FactDisputeRow.region == region, FactDisputeRow.id == dispute
    )
    locked = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(locked).one()


def find_disputes(
    session: Session, region: str, wanted: DisputesWanted, *, limit: int, offset: int
) -> tuple[FactDisputeRow, ...]:
    """Give the disputes that fit, the longest open first."""
    row = FactDisputeRow
    query = select(row).where(*_where(region, wanted)).order_by(row.opened_at, row.uscc, row.id)
    return tuple(session.scalars(query.limit(limit).offset(offset)))


def count_disputes(session: Session, region: str, wanted: DisputesWanted) -> int:
    """Count the disputes that fit."""
    query = select(func.count()).select_from(FactDisputeRow).where(*_where(region, wanted))
    return session.scalar(query) or 0


def _where(region: str, wanted: DisputesWanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [FactDisputeRow.region == region]
    if wanted.uscc:
        where.append(FactDisputeRow.uscc == wanted.uscc)
    if wanted.open_only:
        where.append(FactDisputeRow.settled_at.is_(None))
    return where


def _opening(
    session: Session, region: str, words: Sequence[Statement], *, now: datetime
) -> tuple[dict[str, object], ...]:
    """Give the disputes to open; one enterprise's fact is in dispute once at a time."""
    if not words:
        return ()
    rounds = _rounds(session, region, words)
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for word in words:
        last, is_open = rounds.get((word.uscc, word.name), (0, False))
        if not is_open:
            rows[word.uscc, word.name] = {
                "region": region,
                "id": new_id(now),
                "uscc": word.uscc,
                "name": word.name,
                "round": last + 1,
                "day": word.valid_from,
                "opened_at": now,
                "settled_at": None,
                "settled_by": None,
                "decision": None,
            }
    return tuple(rows[key] for key in sorted(rows))  # one order: no deadlock


def _rounds(
    session: Session, region: str, words: Sequence[Statement]
) -> dict[tuple[str, str], tuple[int, bool]]:
    """Give how often a fact was in dispute so far, and whether it is now."""
    row = FactDisputeRow
    query = (
        select(row.uscc, row.name, row.round, row.settled_at)
        .where(row.region == region, row.uscc.in_({word.uscc for word in words}))
        .order_by(row.round)
    )
    return {
        (each.uscc, each.name): (each.round, each.settled_at is None)
        for each in session.execute(query)
    }


def _closing(session: Session, region: str, words: Sequence[Statement]) -> tuple[int, ...]:
    row = FactDisputeRow
    agreed = {(word.uscc, word.name) for word in words}
    if not agreed:
        return ()
    query = select(row.id, row.uscc, row.name).where(
        row.region == region,
        row.uscc.in_({uscc for uscc, _ in agreed}),
        row.settled_at.is_(None),
    )
    return tuple(each.id for each in session.execute(query) if (each.uscc, each.name) in agreed)
