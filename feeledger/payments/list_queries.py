"""Lists of payments and refusals for the console."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from feeledger.money import Money
from feeledger.payments.tables import (
    DiscrepancyRow,
    PaymentRow,
    RefusedMessageRow,
    RejectedConfirmationRow,
)


@dataclass(frozen=True, slots=True)
class PaymentsWanted:
    """Which payments are looked for; "" and None narrow nothing.

    ``text`` is looked for at the head of pay codes and bank serials, and in payers' names.
    """

    state: str = ""
    bank: str = ""
    text: str = ""
    since: date | None = None
    until: date | None = None


def find_payments(
    session: Session, region: str, wanted: PaymentsWanted, *, limit: int, offset: int
) -> tuple[PaymentRow, ...]:
    """Give the payments that fit, the latest first."""
    query = (
        select(PaymentRow)
        .where(*_where(region, wanted))
        .order_by(PaymentRow.bank_day.desc(), PaymentRow.paid_at.desc(), PaymentRow.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return tuple(session.scalars(query))


def total_of_payments(session: Session, region: str, wanted: PaymentsWanted) -> tuple[int, Money]:
    """Count the payments that fit and add up those that stand; reversed ones only if asked for."""
    counts = (
        PaymentRow.amount_fen
        if wanted.state == "reversed"
        else case((PaymentRow.state == "reversed", 0), else_=PaymentRow.amount_fen)
    )
    query = select(func.count(), func.coalesce(func.sum(counts), 0)).where(*_where(region, wanted))
    count, fen = session.execute(query).one()
    return count, Money(int(fen))


def find_rejections(
    session: Session, region: str, *, limit: int, offset: int
) -> tuple[RejectedConfirmationRow, ...]:
    """Give refused confirmations, the latest first."""
    query = (
        select(RejectedConfirmationRow)
        .where(RejectedConfirmationRow.region == region)
        .order_by(RejectedConfirmationRow.last_at.desc(), RejectedConfirmationRow.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return tuple(session.scalars(query))


def find_refused(session: Session, region: str, *, limit: int) -> tuple[RefusedMessageRow, ...]:
    """Give refused messages that are no RejectedConfirmation, the latest first (R-B4)."""
    query = (
        select(RefusedMessageRow)
        .where(RefusedMessageRow.region == region)
        .order_by(RefusedMessageRow.last_at.desc(), RefusedMessageRow.id.desc())
        .limit(limit)
    )
    return tuple(session.scalars(query))


def count_rejections(session: Session, region: str, *, since: datetime | None = None) -> int:
    """Count refused confirmations, each once however often it came; since an instant if asked."""
    query = (
        select(func.count())
        .select_from(RejectedConfirmationRow)
        .where(RejectedConfirmationRow.region == region)
    )
    if since is not None:
        query = query.where(RejectedConfirmationRow.last_at >= since)
    return session.scalar(query) or 0


def find_discrepancies(session: Session, region: str, *, limit: int) -> tuple[DiscrepancyRow, ...]:
    """Give serials used again with other content, the open ones first."""
    query = (
        select(DiscrepancyRow)
        .where(DiscrepancyRow.region == region)
        .order_by(DiscrepancyRow.state, DiscrepancyRow.found_at.desc(), DiscrepancyRow.id.desc())
        .limit(limit)
    )
    return tuple(session.scalars(query))


def _where(region: str, wanted: PaymentsWanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [PaymentRow.region == region]
    if wanted.state:
        where.append(PaymentRow.state == wanted.state)
    if wanted.bank:
        where.append(PaymentRow.bank == wanted.bank)
    if wanted.text:
        where.append(
            or_(
                PaymentRow.pay_code.startswith(wanted.text, autoescape=True),
                PaymentRow.trade_no.startswith(wanted.text, autoescape=True),
                PaymentRow.payer_name.contains(wanted.text, autoescape=True),
            )
        )
    if wanted.since is not None:
        where.append(PaymentRow.bank_day >= wanted.since)
    if wanted.until is not None:
        where.append(PaymentRow.bank_day <= wanted.until)
    return where
