"""Finding what payers' reliefs took off lines, and the late fees that lines were paid with."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.money import Money
from feeledger.notices.notice import late_fees_paid
from feeledger.notices.relief_queries import due_lines, reliefs_of
from feeledger.notices.reliefs import due_day_then, reliefs_until
from feeledger.notices.tables import LineReliefRow, NoticeLineRow, NoticeRow
from feeledger.payments.queries import NOTICE_OF_PAYMENT
from feeledger.payments.tables import PaymentRow
from feeledger.reassessments.duty import Granted, LatePaid
from feeledger.reliefs.tables import NoticeReliefRow

Place = tuple[int, int]


def granted_of(
    session: Session, region: str, notices: Sequence[int]
) -> dict[Place, tuple[Granted, ...]]:
    """Give the reliefs that took something off lines, by notice and line, in order."""
    relief, line = NoticeReliefRow, LineReliefRow
    query = (
        select(relief, line)
        .join(line, (line.region == relief.region) & (line.relief == relief.id))
        .where(
            relief.region == region,
            line.region == region,
            line.notice.in_(notices),
            line.fen > 0,
        )
        .order_by(line.notice, line.line_no, line.seq)
    )
    found: dict[Place, tuple[Granted, ...]] = {}
    for row, taken in session.execute(query):
        bp = row.bp if row.kind == "reduce" else None
        one = Granted(row.notice, row.id, bp, row.fen, taken.fen, row.document)
        place = (taken.notice, taken.line_no)
        found[place] = (*found.get(place, ()), one)
    return found


def late_paid(session: Session, region: str, notices: Sequence[int]) -> dict[Place, LatePaid]:
    """Give the late fees that stand, by notice and line: those of payments that were not reversed."""
    query = (
        select(PaymentRow, NoticeRow)
        .join(NoticeRow, NOTICE_OF_PAYMENT)
        .where(
            PaymentRow.region == region,
            NoticeRow.region == region,
            PaymentRow.notice.in_(notices),
            PaymentRow.state != "reversed",
            PaymentRow.late_fen > 0,
        )
    )
    found: dict[Place, LatePaid] = {}
    for payment, notice in session.execute(query).all():
        found |= _of_payment(session, payment, notice)
    return found


def _of_payment(session: Session, payment: PaymentRow, notice: NoticeRow) -> dict[Place, LatePaid]:
    """Work out the late fee of each line of a payment, by the reliefs it was paid under."""
    query = select(NoticeLineRow).where(
        NoticeLineRow.region == notice.region, NoticeLineRow.notice == notice.id
    )
    rows = session.scalars(query.order_by(NoticeLineRow.line_no)).all()
    reliefs = reliefs_of(session, notice.region, [notice.id])[notice.id]
    due = due_lines(rows, reliefs_until(reliefs, payment.reliefs))
    due_on = due_day_then(reliefs, payment.reliefs, notice.due_on)
    kept = Money(payment.late_fen)
    fees = late_fees_paid(due, due_on=due_on, paid_on=payment.bank_day, kept=kept)
    return {
        (notice.id, row.line_no): LatePaid(
            row.late_rule, line.late_bp, due_on, payment.bank_day, fee.fen
        )
        for row, line, fee in zip(rows, due, fees, strict=True)
        if row.late_rule is not None
    }
