"""The steps that people, and a later file, take with a difference; each stands in the trail."""

from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.payments.tables import PaymentRow
from feeledger.reconciliation.booked_queries import lock_notices
from feeledger.reconciliation.difference import Difference, State, Step, state_after
from feeledger.reconciliation.matching import MONEY_DIFFERS
from feeledger.reconciliation.moving_actions import SETTLE_MONEY, move_payments
from feeledger.reconciliation.queries import day_closed, difference_of_id
from feeledger.reconciliation.refusals import day_already_closed
from feeledger.reconciliation.tables import ReconBatchRow, ReconDifferenceRow
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

    Closing a 14002 reconciles the payment that the file listed: two persons have settled its money.
    Raises DifferenceUnknown, DayAlreadyClosed, StepOutOfTurn, SamePerson or ReasonMissing.
    """
    batch = _hold_money(session, region, difference) if step == "close" else None
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
    if batch is not None and row.payment is not None:
        move_payments(session, region, [row.payment], SETTLE_MONEY)
    act = f"{step.replace('_', '-')}-difference"
    record_step(session, row, act=act, actor=actor, reason=reason, now=now, before=before)
    return row


def _hold_money(session: Session, region: str, difference: int) -> int | None:
    """Lock the notice behind a 14002 before anything else, as everybody does; give the batch.

    None where the difference is of another kind, or a later file took the place of its batch.
    """
    query = select(ReconDifferenceRow.batch, PaymentRow.notice).where(
        ReconDifferenceRow.region == region,
        ReconDifferenceRow.id == difference,
        ReconDifferenceRow.result == MONEY_DIFFERS,
        PaymentRow.region == region,
        PaymentRow.id == ReconDifferenceRow.payment,
    )
    found = session.execute(query).first()
    if found is None:
        return None
    lock_notices(session, region, [found.notice])
    standing = select(ReconBatchRow.id).where(
        ReconBatchRow.region == region,
        ReconBatchRow.id == found.batch,
        ReconBatchRow.replaced_by.is_(None),
    )
    return session.scalar(standing)


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
