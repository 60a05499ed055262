"""Which steps of the demonstration are done, so that a second start repeats none of them."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.demo.setting import BY
from feeledger.people.demonstration import DEMO_REGION
from feeledger.trail import TrailActRow, record_act

ACT = "demonstrate"


def is_done(session: Session, step: str) -> bool:
    """Say whether a step was done in an earlier start."""
    found = session.scalar(
        select(TrailActRow.id)
        .where(TrailActRow.region == DEMO_REGION)
        .where(TrailActRow.act == ACT)
        .where(TrailActRow.subject == f"demonstration:{step}")
        .limit(1)
    )
    return found is not None


def note_done(session: Session, step: str, *, now: datetime, **details: object) -> None:
    """Note a step as done, with what a later start wants to tell again."""
    record_act(
        session,
        region=DEMO_REGION,
        actor=BY,
        act=ACT,
        subject=f"demonstration:{step}",
        reason="演示数据",
        now=now,
        details=details,
    )


def details_of(session: Session, step: str) -> dict[str, object]:
    """Give what a step noted when it was done."""
    kept = session.scalar(
        select(TrailActRow.details)
        .where(TrailActRow.region == DEMO_REGION)
        .where(TrailActRow.act == ACT)
        .where(TrailActRow.subject == f"demonstration:{step}")
        .limit(1)
    )
    return dict(kept or {})
