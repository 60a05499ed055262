"""One refund whole, and what can still be asked back of a payment: what pages are made from."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.money import Money, total_of
from feeledger.payments.queries import payment_of_id
from feeledger.payments.tables import PaymentRow
from feeledger.refunds.application import Held, left_of
from feeledger.refunds.evidence_queries import files_of_refund
from feeledger.refunds.hands import Standing
from feeledger.refunds.queries import (
    held_by_line,
    lines_of_refund,
    moves_of_refund,
    refund_of,
    shares_of_refund,
    upper_level_concerned,
)
from feeledger.refunds.refund import ASKING
from feeledger.refunds.tables import RefundFileRow, RefundLineRow, RefundRow
from feeledger.refunds.timeline import Move
from feeledger.sharing.paid import PaidLine
from feeledger.sharing.queries import paid_lines


@dataclass(frozen=True, slots=True)
class Refundable:
    """A paid line: what refunds hold of it, what is asked back of it and not decided, what is left."""

    line: PaidLine
    held: Money
    asked: Money
    left: Money


@dataclass(frozen=True, slots=True)
class RefundSeen:
    """A refund with its lines, files, moves and payment, and what it took from each level (fen, signed)."""

    row: RefundRow
    payment: PaymentRow
    lines: tuple[RefundLineRow, ...]
    files: tuple[RefundFileRow, ...]
    moves: tuple[Move, ...]
    levels: dict[str, int]
    standing: Standing


def refund_seen(session: Session, region: str, refund: int) -> RefundSeen:
    """Give a refund with all that belongs to it. Raises RefundMissing."""
    row = refund_of(session, region, refund)
    payment = payment_of_id(session, region, row.payment)
    if payment is None:
        raise TypeError(row.payment)
    return RefundSeen(
        row,
        payment,
        lines_of_refund(session, region, refund),
        files_of_refund(session, region, refund),
        tuple(
            Move(
                move.event,
                move.before,
                move.day,
                move.at,
                move.actor,
                move.reason,
                move.limit_was,
            )
            for move in moves_of_refund(session, region, refund)
        ),
        shares_of_refund(session, region, refund),
        standing_of(session, row),
    )


def standing_of(session: Session, row: RefundRow) -> Standing:
    """Give what decides whose turn a refund is.

    Whether an upper level has a part is asked afresh before the decision: a ratio may have been
    entered since the refund was verified.
    """
    decided_next = row.state == "unit_verified"
    return Standing(
        state=row.state,  # type: ignore[arg-type]  # the database's CHECK holds the names
        account_kind=row.account_kind,
        shared=row.shared or (decided_next and upper_level_concerned(session, row)),
        applicant=row.applicant,
        verified_by=row.verified_by or "",
        approved_by=row.approved_by or "",
    )


def refundable_of_payment(session: Session, payment: PaymentRow) -> tuple[Refundable, ...]:
    """Give the lines of a payment, each with what can still be asked back of it (R-F1)."""
    held = held_by_line(session, payment.region, payment.id)
    asked = held_by_line(session, payment.region, payment.id, states=ASKING)
    found = []
    for line in paid_lines(session, payment):
        kept, more = held.get(line.line_no, Held()), asked.get(line.line_no, Held())
        total = kept.amount + kept.late
        found.append(Refundable(line, total, more.amount + more.late, left_of(line, kept)))
    return tuple(found)


def left_in_all(lines: tuple[Refundable, ...]) -> Money:
    """Add up what is left to ask back."""
    return total_of(line.left for line in lines)


def refunds_of_payment(session: Session, region: str, payment: int) -> tuple[RefundRow, ...]:
    """Give the refunds of a payment, the latest first."""
    query = (
        select(RefundRow)
        .where(RefundRow.region == region, RefundRow.payment == payment)
        .order_by(RefundRow.applied_at.desc(), RefundRow.id.desc())
    )
    return tuple(session.scalars(query))
