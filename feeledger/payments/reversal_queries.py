"""Finding reversals, early reversals and closed bank days."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.notices.tables import NoticeRow
from feeledger.payments.advice import REGION_DIGITS
from feeledger.payments.queries import CONFIRMATION, payment_of_notice
from feeledger.payments.reversal_tables import EarlyReversalRow, ReconDayRow, ReversalRow
from feeledger.payments.tables import PaymentKeyRow, PaymentRow


def reversal_of_payment(session: Session, region: str, payment: int) -> ReversalRow | None:
    """Find the reversal of a payment."""
    query = select(ReversalRow).where(ReversalRow.region == region, ReversalRow.payment == payment)
    return session.scalar(query)


def trade_is_reversed(session: Session, region: str, bank: str, trade_no: str) -> bool:
    """Say whether the payment of a bank's serial was taken back (R-R8)."""
    query = select(ReversalRow.id).where(
        ReversalRow.region == region, ReversalRow.bank == bank, ReversalRow.trade_no == trade_no
    )
    return session.scalar(query) is not None


def reversal_key(session: Session, region: str, bank: str, trade_no: str) -> PaymentKeyRow | None:
    """Find the key of an accepted reversal (R-B3), freshly."""
    query = select(PaymentKeyRow).where(
        PaymentKeyRow.region == region,
        PaymentKeyRow.bank == bank,
        PaymentKeyRow.kind == "reversal",
        PaymentKeyRow.trade_no == trade_no,
    )
    return session.scalar(query)


def serial_to_reverse(session: Session, pay_code: str, *, bank: str, at: datetime) -> str | None:
    """Find which payment a reversal means that names no serial (``wp.outer.bill.refund``).

    The payment by this bank that stands and was made by ``at``, the message's own time: one that is
    younger than the message cannot be meant. Else the bank's latest reversal of the notice, which
    then came again. None where there is neither.
    """
    region = pay_code[:REGION_DIGITS]
    notice = session.scalar(
        select(NoticeRow.id).where(NoticeRow.region == region, NoticeRow.pay_code == pay_code)
    )
    standing = None if notice is None else payment_of_notice(session, region, notice)
    is_own = standing is not None and (standing.bank, standing.kind) == (bank, CONFIRMATION)
    if standing is not None and is_own and standing.paid_at <= at:
        return standing.trade_no
    query = (
        select(ReversalRow.trade_no)
        .join(
            PaymentRow,
            (PaymentRow.region == ReversalRow.region) & (PaymentRow.id == ReversalRow.payment),
        )
        .where(ReversalRow.region == region, ReversalRow.bank == bank, PaymentRow.notice == notice)
        .order_by(ReversalRow.received_at.desc(), ReversalRow.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def early_reversals_of(
    session: Session, region: str, bank: str, trade_no: str
) -> tuple[EarlyReversalRow, ...]:
    """Give the reversals of a serial that came before its payment, on any day."""
    query = select(EarlyReversalRow).where(
        EarlyReversalRow.region == region,
        EarlyReversalRow.bank == bank,
        EarlyReversalRow.trade_no == trade_no,
    )
    return tuple(session.scalars(query))


def waiting_reversals(session: Session, region: str, *, limit: int) -> tuple[EarlyReversalRow, ...]:
    """Give early reversals whose payment has not come, the latest first."""
    query = (
        select(EarlyReversalRow)
        .outerjoin(
            PaymentRow,
            (PaymentRow.region == EarlyReversalRow.region)
            & (PaymentRow.bank == EarlyReversalRow.bank)
            & (PaymentRow.trade_no == EarlyReversalRow.trade_no),
        )
        .where(EarlyReversalRow.region == region, PaymentRow.id.is_(None))
        .order_by(EarlyReversalRow.last_at.desc(), EarlyReversalRow.trade_no)
        .limit(limit)
    )
    return tuple(session.scalars(query))


def bank_day_is_closed(session: Session, region: str, day: date) -> bool:
    """Say whether a bank day is closed, freshly (R-R5)."""
    query = select(ReconDayRow.day).where(ReconDayRow.region == region, ReconDayRow.day == day)
    return session.scalar(query) is not None
