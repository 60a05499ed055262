"""重新测算, re-assessments that are due: an enterprise and a cause, until somebody has done it.

A row is written in the transaction of what caused it, so that no change is lost; the same cause
marks an enterprise once, however often it is told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from feeledger.enterprises.tables import ReassessmentDueRow
from feeledger.store import insert_for, new_id


@dataclass(frozen=True, slots=True)
class Cause:
    """Why: the kind (facts, decision, register, edition …) and the key of the record behind it."""

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Due:
    """Of which enterprise, from which day on, and which facts differ (none: not told by facts)."""

    uscc: str
    since: date
    facts: tuple[str, ...]


def mark_reassessments(
    session: Session, region: str, dues: Iterable[Due], cause: Cause, *, by: str, now: datetime
) -> None:
    """Note that enterprises are to be assessed again; what is noted already stays as it is."""
    rows = due_rows(region, dues, cause, by=by, now=now)
    if rows:
        session.execute(insert_for(session, ReassessmentDueRow).on_conflict_do_nothing(), rows)


def due_rows(
    region: str, dues: Iterable[Due], cause: Cause, *, by: str, now: datetime
) -> list[dict[str, object]]:
    """Give the rows by which enterprises are noted."""
    return [
        {
            "region": region,
            "id": new_id(now),
            "uscc": due.uscc,
            "cause": cause.kind,
            "cause_key": cause.key,
            "since": due.since,
            "facts": sorted(set(due.facts)),
            "marked_at": now,
            "marked_by": by,
            "settled_at": None,
            "settled_by": None,
        }
        for due in dues
    ]


def reassessments_due(
    session: Session, region: str, *, uscc: str = "", limit: int = 1000, offset: int = 0
) -> tuple[ReassessmentDueRow, ...]:
    """Give what is due in a region, the longest waiting first; of one enterprise where named."""
    row = ReassessmentDueRow
    query = select(row).where(row.region == region, row.settled_at.is_(None))
    if uscc:
        query = query.where(row.uscc == uscc)
    order = query.order_by(row.marked_at, row.uscc, row.id).limit(limit).offset(offset)
    return tuple(session.scalars(order))


def count_reassessments_due(session: Session, region: str) -> int:
    """Count what is due in a region."""
    row = ReassessmentDueRow
    query = select(func.count()).where(row.region == region, row.settled_at.is_(None))
    return session.scalar(query) or 0


def settle_reassessments(
    session: Session, region: str, ids: Sequence[int], *, by: str, now: datetime
) -> int:
    """Note that re-assessments were done; give how many were still waiting."""
    row = ReassessmentDueRow
    done = session.execute(
        update(row)
        .where(row.region == region, row.id.in_(ids), row.settled_at.is_(None))
        .values(settled_at=now, settled_by=by)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # a cursor's result
