"""Looking for banks' statements by message: one by its key, those that wait, the latest ones."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feeledger.reconciliation.requests import RECEIVED, RequestKey
from feeledger.reconciliation.tables import (
    ReconBatchRow,
    ReconRequestRefusalRow,
    ReconRequestRow,
)


def request_of(
    session: Session, region: str, key: RequestKey, *, for_update: bool = False
) -> ReconRequestRow | None:
    """Find a statement by its key, freshly; locked for a change where wanted."""
    row = ReconRequestRow
    query = select(row).where(
        row.region == region,
        row.bank == key.bank,
        row.account_no == key.account,
        row.day == key.day,
        row.accconfirm_no == key.accconfirm_no,
    )
    if for_update:
        query = query.with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def was_imported(session: Session, region: str, key: RequestKey) -> bool:
    """Say whether a batch of that key is in the books already, by a day file perhaps."""
    row = ReconBatchRow
    query = select(row.id).where(
        row.region == region,
        row.bank == key.bank,
        row.account_no == key.account,
        row.day == key.day,
        row.accconfirm_no == key.accconfirm_no,
    )
    return session.scalar(query) is not None


def requests_waiting(session: Session, region: str) -> tuple[RequestKey, ...]:
    """Give the statements that are still to be judged, in the order in which they came."""
    row = ReconRequestRow
    query = (
        select(row.bank, row.account_no, row.day, row.accconfirm_no)
        .where(row.region == region, row.state == RECEIVED)
        .order_by(row.received_at, row.accconfirm_no)
    )
    return tuple(RequestKey(*found) for found in session.execute(query))


def recent_requests(
    session: Session, region: str, *, limit: int, offset: int
) -> tuple[ReconRequestRow, ...]:
    """Give the statements that came by message, the latest first."""
    row = ReconRequestRow
    query = (
        select(row)
        .where(row.region == region)
        .order_by(row.received_at.desc(), row.bank, row.accconfirm_no)
        .limit(limit)
        .offset(offset)
    )
    return tuple(session.scalars(query))


def count_requests(session: Session, region: str) -> int:
    """Count the statements that came by message."""
    query = select(func.count()).where(ReconRequestRow.region == region)
    return session.scalar(query) or 0


def recent_request_refusals(
    session: Session, region: str, *, limit: int
) -> tuple[ReconRequestRefusalRow, ...]:
    """Give the statements that were refused, the latest first."""
    row = ReconRequestRefusalRow
    query = (
        select(row)
        .where(row.region == region)
        .order_by(row.last_at.desc(), row.accconfirm_no)
        .limit(limit)
    )
    return tuple(session.scalars(query))
