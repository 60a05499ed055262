"""Payments and the notices that they paid move together: reconciled, taken back, settled by people."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import PaymentRow
from feeledger.reconciliation.booked_queries import chunks


@dataclass(frozen=True, slots=True)
class Move:
    """How payments and the notices they paid change together."""

    payment_from: tuple[str, ...]
    payment_to: str
    notice_from: str
    notice_to: str


RECONCILE = Move(("confirmed", "arrived"), "reconciled", "paid", "reconciled")
# People settled the money of a payment that a file lists: it goes on as any other (R-R6).
SETTLE_MONEY = Move(("difference",), "reconciled", "paid", "reconciled")
UNDO = Move(("reconciled",), "confirmed", "reconciled", "paid")


def move_payments(session: Session, region: str, payments: Iterable[int], move: Move) -> None:
    """Move payments, and the notices they paid, which the caller has locked."""
    for chunk in chunks(payments):
        paid = select(PaymentRow.notice).where(
            PaymentRow.region == region,
            PaymentRow.state.in_(move.payment_from),  # another payment may have paid since
            PaymentRow.id.in_(chunk),
        )
        session.execute(
            update(NoticeRow)
            .where(
                NoticeRow.region == region,
                NoticeRow.status == move.notice_from,
                NoticeRow.id.in_(paid),
            )
            .values(status=move.notice_to)
        )
        session.execute(
            update(PaymentRow)
            .where(
                PaymentRow.region == region,
                PaymentRow.state.in_(move.payment_from),
                PaymentRow.id.in_(chunk),
            )
            .values(state=move.payment_to)
        )
