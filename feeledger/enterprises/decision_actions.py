"""The bureau's decision on a dispute: one more statement, with its reason, that stands over both."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.enterprises.dispute_actions import DisputeSettled, lock_dispute
from feeledger.enterprises.reassessment_actions import Cause
from feeledger.enterprises.statement_actions import Telling, Told, keep_statements
from feeledger.enterprises.statements import DECISION
from feeledger.enterprises.tables import EnterpriseFactRow, FactDisputeRow
from feeledger.errors import Invalid, Refused, Text
from feeledger.trail import record_act


class DecisionByRecorder(Refused):
    """Who wrote a statement down tried to decide for it."""

    code = "decision-by-recorder"
    title = Text("须由另一人裁定", "Another person must decide")


class DecisionUnsound(Invalid):
    """The decision names no statement of the dispute, or gives no reason."""

    code = "decision-unsound"
    title = Text("裁定不完整", "The decision is not complete")


@dataclass(frozen=True, slots=True)
class Decision:
    """Which statement the bureau follows, and why."""

    statement: int
    reason: str


def decide_dispute(
    session: Session, region: str, dispute: int, decision: Decision, *, by: str, now: datetime
) -> FactDisputeRow:
    """Settle a dispute by one of its statements; what depends on it is marked for re-assessment.

    Raises DisputeUnknown, DisputeSettled, DecisionUnsound, DecisionByRecorder.
    """
    row = lock_dispute(session, region, dispute)
    if row.settled_at is not None:
        raise DisputeSettled(
            Text(
                f"该分歧已于 {row.settled_at.isoformat()} 了结，不能再裁定。",
                f"The dispute was settled on {row.settled_at.isoformat()}; it cannot be decided.",
            )
        )
    chosen = _chosen(session, row, decision)
    if chosen.known_by == by:
        raise DecisionByRecorder(
            Text(
                f"这条情况由 {by} 录入，须由另一人裁定。",
                f"{by} wrote this statement down; another person must decide.",
            )
        )
    row.settled_at, row.settled_by = now, by
    session.flush()
    row.decision = _write(session, row, chosen, decision, by=by, now=now)
    session.flush()
    record_act(
        session,
        region=region,
        actor=by,
        act="decide-fact",
        subject=f"enterprise:{row.uscc}",
        reason=decision.reason.strip(),
        now=now,
        details={
            "fact": row.name,
            "value": chosen.value,
            "source": chosen.source,
            "since": max(row.day, chosen.valid_from).isoformat(),
            "dispute": str(row.id),
        },
    )
    return row


def _chosen(session: Session, row: FactDisputeRow, decision: Decision) -> EnterpriseFactRow:
    chosen = session.get(EnterpriseFactRow, (row.region, decision.statement))
    about = chosen is not None and (chosen.uscc, chosen.name) == (row.uscc, row.name)
    if chosen is None or not about or chosen.value is None:
        raise DecisionUnsound(
            Text("请从列出的说法中选择一条。", "Choose one of the statements listed."),
            field="statement",
        )
    if not decision.reason.strip():
        raise DecisionUnsound(
            Text("请写明裁定理由。", "Give the reason of the decision."), field="reason"
        )
    return chosen


def _write(
    session: Session,
    row: FactDisputeRow,
    chosen: EnterpriseFactRow,
    decision: Decision,
    *,
    by: str,
    now: datetime,
) -> int:
    """Write the decision as a statement from the first day in dispute, and give its number."""
    told = Told(
        row.uscc,
        row.name,
        chosen.value,
        max(row.day, chosen.valid_from),
        chosen.valid_to,
        chosen.document,
        chosen.unit,
    )
    telling = Telling(
        DECISION,
        by,
        now,
        Cause("decision", str(row.id)),
        reason=decision.reason.strip(),
        repeats=True,
    )
    keep_statements(session, row.region, [told], telling)
    fact = EnterpriseFactRow
    written = session.scalars(
        select(fact.id)
        .where(
            fact.region == row.region,
            fact.uscc == row.uscc,
            fact.name == row.name,
            fact.source == DECISION,
            fact.known_at == now,
        )
        .limit(1)
    )
    return written.one()
