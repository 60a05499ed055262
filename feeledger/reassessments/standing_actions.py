"""A closing entered late: duties noticed for days on which the enterprise no longer stood are due again.

The register is one for all regions, duties belong to their region, and a transaction to one: the
home region's are noted with the change itself, those of others by the background job. Nothing is
voided or given back here: a re-assessment is proposed, and another person approves (decision 0031).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from feeledger.enterprises.reassessment_actions import Cause, Due, mark_reassessments
from feeledger.enterprises.standing import RESTORED, StandingChange
from feeledger.enterprises.standing_actions import change_standing
from feeledger.enterprises.tables import (
    EnterpriseRow,
    EnterpriseStandingRow,
    ReassessmentDueRow,
)
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.reassessments.duty import LIVING

CAUSE: Final = "standing"
LOOKED_BACK: Final = timedelta(days=60)


def alter_standing(
    session: Session, uscc: str, told: StandingChange, *, today: date, by: str, now: datetime
) -> tuple[EnterpriseStandingRow, bool]:
    """Close, revoke or restore an enterprise, and note what its home region noticed otherwise.

    Say whether anything there is to be assessed again. Raises EnterpriseUnknown,
    StandingNotMovable, StandingRefused.
    """
    row = change_standing(session, uscc, told, today=today, by=by, now=now)
    home = session.get_one(EnterpriseRow, uscc).home_region
    return row, mark_standings(session, home, now=now, only=uscc) > 0


def mark_standings(session: Session, region: str, *, now: datetime, only: str | None = None) -> int:
    """Note enterprises with duties noticed in a region for days on which they did not stand.

    Of changes of the last sixty days, each once, whether it was assessed since or not; give how many
    are new. ``only`` looks at one enterprise.
    """
    found = [each for each in _touched(session, region, now, only) if each.day < date.max]
    known = _noted(session, region, [each.uscc for each in found])
    fresh = [each for each in found if (each.uscc, str(each.no)) not in known]
    for each in fresh:
        since = each.day if each.change == RESTORED else each.day + timedelta(days=1)
        due, cause = Due(each.uscc, since, ()), Cause(CAUSE, str(each.no))
        mark_reassessments(session, region, [due], cause, by=each.recorded_by, now=now)
    return len(fresh)


def _touched(
    session: Session, region: str, now: datetime, only: str | None
) -> Sequence[EnterpriseStandingRow]:
    """Give the changes before which a duty of a later day was noticed in a region."""
    row, notice, line = EnterpriseStandingRow, NoticeRow, NoticeLineRow
    closed = and_(
        row.change != RESTORED, line.obligation_on > row.day, notice.status.in_(sorted(LIVING))
    )
    restored = and_(row.change == RESTORED, line.obligation_on >= row.day, notice.status != "draft")
    duties = (
        select(line.region)
        .join(notice, and_(notice.region == line.region, notice.id == line.notice))
        .where(
            notice.region == region,
            line.region == region,
            notice.uscc == row.uscc,
            notice.issued_at <= row.recorded_at,
            or_(closed, restored),
        )
    )
    query = select(row).where(row.recorded_at > now - LOOKED_BACK, duties.exists())
    if only is not None:
        query = query.where(row.uscc == only)
    return session.scalars(query.order_by(row.uscc, row.no)).all()


def _noted(session: Session, region: str, codes: Sequence[str]) -> set[tuple[str, str]]:
    row = ReassessmentDueRow
    query = select(row.uscc, row.cause_key).where(
        row.region == region, row.cause == CAUSE, row.uscc.in_(set(codes))
    )
    return {(uscc, key) for uscc, key in session.execute(query)}
