"""Auditing and publishing yearly amounts a slice at a time; each slice is kept whole.

Whoever calls holds the year (``hold_year``) and goes on until a slice comes back short.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from feeledger.quotas.tables import AnnualQuotaRow

SLICE: Final = 5_000
CLEAR: Final = (
    AnnualQuotaRow.open_lines == 0,
    AnnualQuotaRow.refused.is_(False),
    AnnualQuotaRow.stated > 0,
)


@dataclass(frozen=True, slots=True)
class BulkAudit:
    """What a bulk audit came to: how many were audited, and why others were left.

    ``own`` were prepared by whoever audits, and need another person.
    """

    audited: int
    open_lines: int
    nothing_stated: int
    refused: int
    own: int


def audit_slice(session: Session, region: str, year: int, *, by: str, now: datetime) -> int:
    """Audit some drafts in which nothing is open and that somebody else prepared; say how many."""
    found = _ids(session, region, year, "draft", *CLEAR, AnnualQuotaRow.prepared_by != by)
    _move(session, region, found, state="audited", audited_by=by, audited_at=now)
    return len(found)


def publish_slice(session: Session, region: str, year: int, publication: int) -> int:
    """Publish some audited versions; what was published before of the same is revised first."""
    row = AnnualQuotaRow
    found = _ids(session, region, year, "audited")
    if found:
        codes = select(row.uscc).where(row.region == region, row.id.in_(found))
        session.execute(
            update(row)
            .where(
                row.region == region,
                row.year == year,
                row.state == "published",
                row.uscc.in_(codes),
            )
            .values(state="revised")
            .execution_options(synchronize_session=False)
        )
        _move(session, region, found, state="published", publication=publication)
    return len(found)


def left_by_audit(session: Session, region: str, year: int, audited: int, *, by: str) -> BulkAudit:
    """Count the drafts that a bulk audit left, each under the first reason that bars it."""
    row = AnnualQuotaRow
    draft = (row.region == region, row.year == year, row.state == "draft")

    def number(*conditions: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).where(*draft, *conditions)) or 0

    fit = row.refused.is_(False)
    return BulkAudit(
        audited=audited,
        open_lines=number(fit, row.stated > 0, row.open_lines > 0),
        nothing_stated=number(fit, row.stated == 0),
        refused=number(row.refused.is_(True)),
        own=number(*CLEAR, row.prepared_by == by),
    )


def _ids(
    session: Session, region: str, year: int, state: str, *conditions: ColumnElement[bool]
) -> list[int]:
    row = AnnualQuotaRow
    query = select(row.id).where(
        row.region == region, row.year == year, row.state == state, *conditions
    )
    return list(session.scalars(query.order_by(row.uscc).limit(SLICE)))


def _move(session: Session, region: str, ids: Sequence[int], **values: Any) -> None:
    if not ids:
        return
    row = AnnualQuotaRow
    session.execute(
        update(row)
        .where(row.region == region, row.id.in_(ids))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
