"""The steps that people, and a later file, take with a difference; each stands in the trail."""

from datetime import datetime
from typing import cast

from sqlalchemy.orm import Session

from feeledger.reconciliation.difference import Difference, State, Step, state_after
from feeledger.reconciliation.queries import day_closed, difference_of_id
from feeledger.reconciliation.refusals import day_already_closed
from feeledger.reconciliation.tables import ReconDifferenceRow
from feeledger.trail import record_act


def take_step(
    session: Session,
    *,
    region: str,
    difference: int,
    step: Step,
    actor: str,
    reason: str,
    now: datetime,
    assignee: str = "",
) -> ReconDifferenceRow:
    """Take one step with a difference; ``assignee`` goes with assign, the actor if left out.

    Raises DifferenceUnknown, DayAlreadyClosed, StepOutOfTurn, SamePerson or ReasonMissing.
    """
    row = difference_of_id(session, region, difference)
    if row.carried_to is None and day_closed(session, region, row.day) is not None:
        raise day_already_closed(row.day)
    before = row.state
    row.state = state_after(difference_of(row), step, actor=actor, reason=reason)
    row.changed_at = now
    if step == "assign":
        row.assignee = assignee or actor
    elif step == "explain":
        row.explanation = reason
    elif step in {"correct", "write_off"}:
        row.corrected_by = actor
    else:
        row.closed_by, row.closing_reason = actor, reason
    session.flush()
    act = f"{step.replace('_', '-')}-difference"
    record_step(session, row, act=act, actor=actor, reason=reason, now=now, before=before)
    return row


def close_by_file(
    session: Session, row: ReconDifferenceRow, reason: str, *, actor: str, now: datetime
) -> None:
    """Close a difference that a file settled: a cut-off shift, or a correction of its batch."""
    before = row.state
    row.state = state_after(difference_of(row), "shift", actor=actor, reason=reason)
    row.closing_reason, row.changed_at = reason, now
    session.flush()
    act = "auto-close-difference"
    record_step(session, row, act=act, actor=actor, reason=reason, now=now, before=before)


def difference_of(row: ReconDifferenceRow) -> Difference:
    """Give what decides the next step of a row."""
    return Difference(cast("State", row.state), row.corrected_by, row.carried_to)


def record_step(
    session: Session,
    row: ReconDifferenceRow,
    *,
    act: str,
    actor: str,
    reason: str,
    now: datetime,
    before: str,
) -> None:
    """Write a step into the trail."""
    record_act(
        session,
        region=row.region,
        actor=actor,
        act=act,
        subject=f"recon-difference:{row.id}",
        reason=reason,
        now=now,
        details={"from": before, "to": row.state, "assignee": row.assignee},
    )
