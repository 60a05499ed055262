"""Closing, revoking and restoring an enterprise on the register, with a document and on the trail.

Nothing else moves: notices, payments, refunds and facts stay where they are.
"""

from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from feeledger.enterprises.queries import enterprise_of
from feeledger.enterprises.standing import (
    ACTIVE,
    CLOSED,
    RESTORED,
    StandingChange,
    demand_change,
)
from feeledger.enterprises.standing_queries import standing_changes
from feeledger.enterprises.tables import EnterpriseStandingRow
from feeledger.trail import record_act

ACT_OF: Final = {
    "closed": "close-enterprise",
    "revoked": "revoke-enterprise",
    "restored": "restore-enterprise",
}


def change_standing(
    session: Session, uscc: str, told: StandingChange, *, today: date, by: str, now: datetime
) -> EnterpriseStandingRow:
    """Close, revoke or restore an enterprise from a day on; earlier changes are kept.

    Raises EnterpriseUnknown, StandingNotMovable, StandingRefused.
    """
    payer = enterprise_of(session, uscc)
    session.refresh(payer, with_for_update=True)
    changes = standing_changes(session, uscc)
    demand_change(told, changes, registered_on=payer.registered_on, today=today)
    row = EnterpriseStandingRow(
        uscc=uscc,
        no=len(changes) + 1,
        change=told.change,
        day=told.day,
        document=told.document.strip(),
        reason=told.reason.strip(),
        recorded_at=now,
        recorded_by=by,
    )
    session.add(row)
    payer.status = ACTIVE if told.change == RESTORED else CLOSED
    session.flush()
    record_act(
        session,
        region=payer.home_region,
        actor=by,
        act=ACT_OF[told.change],
        subject=f"enterprise:{uscc}",
        reason=row.reason,
        now=now,
        details={"day": row.day.isoformat(), "document": row.document},
    )
    return row
