"""Proposing a re-assessment and deciding it: another person approves, and differences are booked.

Nothing that was noticed or paid changes by itself: a later edition or a later fact makes a
proposal, a person approves it. The approval locks the notices, works everything out again from the
same edition and the same knowledge, and books only if nothing has moved since.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from feeledger.catalog.queries import edition_of
from feeledger.enterprises.queries import enterprise_of
from feeledger.enterprises.reassessment_actions import reassessments_due, settle_reassessments
from feeledger.errors import Conflict, Invalid, Text
from feeledger.people.roles import different_person
from feeledger.reassessments.booking_actions import Booking, book_root, keep_bookings
from feeledger.reassessments.difference import Difference
from feeledger.reassessments.duty_queries import (
    Basis,
    Period,
    differences_of,
    root_of,
    roots_of,
    told_of,
)
from feeledger.reassessments.queries import (
    lines_of_reassessment,
    proposal_like,
    proposal_open,
    reassessment_of,
)
from feeledger.reassessments.tables import ReassessmentLineRow, ReassessmentRow
from feeledger.store import new_id
from feeledger.trail import record_act

REASON_LEAST = 2
REASON_MOST = 2000


class ReassessmentDecided(Conflict):
    """The re-assessment is decided already."""

    code = "reassessment-decided"
    title = Text("这份重新测算已有结论", "The re-assessment is decided already")


class ReassessmentStale(Conflict):
    """Notices, payments or refunds have moved since the differences were worked out."""

    code = "reassessment-stale"
    title = Text("测算之后情况已变", "Things have moved since it was worked out")


class ReassessmentReasonRefused(Invalid):
    """A proposal or a rejection needs a reason."""

    code = "reassessment-reason-refused"
    title = Text("须写明理由", "A reason is needed")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a re-assessment of an enterprise found; ``row`` is None where nothing is to be booked.

    ``open`` are duties that cannot be told. ``fresh`` is false for a proposal that stood already,
    or was rejected.
    """

    uscc: str
    differences: tuple[Difference, ...]
    open: tuple[Difference, ...]
    row: ReassessmentRow | None = None
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """How a proposal is made: by which edition and knowledge, over which duties, why, by whom."""

    basis: Basis
    period: Period
    reason: str
    by: str
    today: date
    now: datetime


def differences_for(
    session: Session, region: str, uscc: str, basis: Basis, period: Period
) -> Proposal:
    """Work out an enterprise's differences and store nothing. Raises EnterpriseUnknown."""
    enterprise_of(session, uscc)
    found = [
        each
        for root in roots_of(session, region, uscc)
        if root.alive
        for each in differences_of(session, region, root, basis, period)
    ]
    left = tuple(each for each in found if each.open is not None)
    return Proposal(uscc, told_of(found), left)


def propose_reassessment(session: Session, region: str, uscc: str, order: Order) -> Proposal:
    """Keep an enterprise's differences for another person to approve; the same ones once.

    A proposal that waits is superseded where the differences have changed. What was noted as due
    for the enterprise is settled. Raises EnterpriseUnknown, ReassessmentReasonRefused.
    """
    _demand_reason(order.reason)
    found = differences_for(session, region, uscc, order.basis, order.period)
    due = [row.id for row in reassessments_due(session, region, uscc=uscc)]
    settle_reassessments(session, region, due, by=order.by, now=order.now)
    mark = _fingerprint(order.basis, found.differences)
    like = proposal_like(session, region, uscc, mark)
    waiting = proposal_open(session, region, uscc)
    if waiting is not None and (like is None or waiting.id != like.id):
        _decide(session, waiting, "superseded", by=order.by, now=order.now, today=order.today)
    if not found.differences or like is not None:
        return Proposal(uscc, found.differences, found.open, like)
    row = _keep(session, region, uscc, order, found.differences, fingerprint=mark)
    return Proposal(uscc, found.differences, found.open, row, fresh=True)


def approve_reassessment(
    session: Session, region: str, number: int, booking: Booking
) -> ReassessmentRow:
    """Book the differences of a proposal: notices for what is owed, refund applications for the rest.

    Raises ReassessmentMissing, ReassessmentDecided, SamePerson, ReassessmentStale, and what issuing,
    voiding and applying for refunds raise.
    """
    row = reassessment_of(session, region, number)
    _demand_open(row)
    different_person(row.proposed_by, booking.by)
    lines = lines_of_reassessment(session, region, number)
    basis = Basis(edition_of(session, row.edition_id), row.known_at)
    period = Period(row.since, row.until)
    roots = [
        root_of(session, region, root, for_update=True)
        for root in sorted({line.root for line in lines})
    ]
    row = reassessment_of(session, region, number, for_update=True)
    _demand_open(row)
    by_root = [(root, differences_of(session, region, root, basis, period)) for root in roots]
    found = [each for _, differences in by_root for each in told_of(differences)]
    if _figures_of(found) != sorted(_line_figures(line) for line in lines):
        raise ReassessmentStale(
            Text(
                "测算之后，通知书、缴款或退付又有变动，差额已不相同：请重新测算后再批准。",
                "Notices, payments or refunds have moved since, and the differences are others now: "
                "assess again, then approve.",
            )
        )
    booked = [
        each
        for root, differences in by_root
        for each in book_root(session, row, root, differences, booking)
    ]
    keep_bookings(session, row, booked)
    _decide(session, row, "approved", by=booking.by, now=booking.now, today=booking.today)
    row.decision_reason = booking.reason.strip()[:REASON_MOST]
    session.flush()
    _record(session, row, "approve-reassessment", by=booking.by, now=booking.now)
    return row


def reject_reassessment(
    session: Session, region: str, number: int, *, reason: str, by: str, today: date, now: datetime
) -> ReassessmentRow:
    """Turn a proposal down, with the reason; the very same differences are not proposed again.

    Raises ReassessmentMissing, ReassessmentDecided, SamePerson, ReassessmentReasonRefused.
    """
    row = reassessment_of(session, region, number, for_update=True)
    _demand_open(row)
    different_person(row.proposed_by, by)
    _demand_reason(reason)
    _decide(session, row, "rejected", by=by, now=now, today=today)
    row.decision_reason = reason.strip()
    session.flush()
    _record(session, row, "reject-reassessment", by=by, now=now)
    return row


def _keep(
    session: Session,
    region: str,
    uscc: str,
    order: Order,
    differences: Sequence[Difference],
    *,
    fingerprint: str,
) -> ReassessmentRow:
    edition = order.basis.catalog.edition
    row = ReassessmentRow(
        region=region,
        id=new_id(order.now),
        uscc=uscc,
        payer_name=enterprise_of(session, uscc).name,
        edition_id=edition.id,
        edition_sha256=edition.sha256,
        known_at=order.basis.known_at,
        since=order.period.since,
        until=order.period.until,
        reason=order.reason.strip(),
        up_fen=sum(each.fen for each in differences if each.fen > 0),
        down_fen=-sum(each.fen for each in differences if each.fen < 0),
        fingerprint=fingerprint,
        proposed_by=order.by,
        proposed_at=order.now,
        proposed_on=order.today,
        state="proposed",
    )
    session.add(row)
    session.flush()
    values = [_line_values(row, at, each) for at, each in enumerate(differences, start=1)]
    session.execute(insert(ReassessmentLineRow), values)
    _record(session, row, "propose-reassessment", by=order.by, now=order.now)
    return row


def _line_values(row: ReassessmentRow, number: int, each: Difference) -> dict[str, object]:
    return {
        "region": row.region,
        "reassessment": row.id,
        "line_no": number,
        "root": each.root,
        "item_id": each.key.item_id,
        "item_name": each.item_name,
        "unit_code": each.key.unit_code,
        "unit_name": each.unit_name,
        "obligation_on": each.key.obligation_on,
        "ordinal": each.key.ordinal,
        "counted_fen": each.told_fen,
        "fresh_fen": each.fresh_fen,
        "difference_fen": each.fen,
        "explanation": each.explanation(),
    }


def _figures_of(differences: Sequence[Difference]) -> list[tuple[object, ...]]:
    return sorted(
        (d.root, d.key.item_id, d.key.unit_code, d.key.obligation_on.isoformat(), d.key.ordinal,
         d.told_fen, d.fresh_fen)
        for d in differences
    )  # fmt: skip


def _line_figures(line: ReassessmentLineRow) -> tuple[object, ...]:
    return (
        line.root, line.item_id, line.unit_code, line.obligation_on.isoformat(), line.ordinal,
        line.counted_fen, line.fresh_fen,
    )  # fmt: skip


def _fingerprint(basis: Basis, differences: Sequence[Difference]) -> str:
    told = [basis.catalog.edition.sha256, _figures_of(differences)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _decide(
    session: Session, row: ReassessmentRow, state: str, *, by: str, now: datetime, today: date
) -> None:
    row.state, row.decided_by, row.decided_at, row.decided_on = state, by, now, today
    session.flush()


def _demand_open(row: ReassessmentRow) -> None:
    if row.state != "proposed":
        raise ReassessmentDecided(
            Text(
                f"这份重新测算已由 {row.decided_by} 办结（{row.state}），不能再决定。",
                f"The re-assessment was decided by {row.decided_by} ({row.state}).",
            ),
            state=row.state,
        )


def _demand_reason(reason: str) -> None:
    length = len(reason.strip())
    if not REASON_LEAST <= length <= REASON_MOST:
        raise ReassessmentReasonRefused(
            Text(
                f"理由有 {length} 字，须为 {REASON_LEAST} 至 {REASON_MOST} 字。",
                f"The reason has {length} characters; write {REASON_LEAST} to {REASON_MOST}.",
            )
        )


def _record(session: Session, row: ReassessmentRow, act: str, *, by: str, now: datetime) -> None:
    record_act(
        session,
        region=row.region,
        actor=by,
        act=act,
        subject=f"reassessment:{row.id}",
        reason=row.decision_reason or row.reason,
        now=now,
        details={
            "uscc": row.uscc,
            "edition": row.edition_id,
            "up_fen": row.up_fen,
            "down_fen": row.down_fen,
        },
    )
