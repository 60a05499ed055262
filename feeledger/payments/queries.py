"""Finding payments, their keys, refused confirmations and discrepancies."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from feeledger.money import Money
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.payments.tables import (
    PaymentKeyRow,
    PaymentRefundRow,
    PaymentRow,
)

CONFIRMATION = "confirmation"
NOTICE_OF_PAYMENT = and_(NoticeRow.region == PaymentRow.region, NoticeRow.id == PaymentRow.notice)
LINE_OF_PAYMENT = and_(
    NoticeLineRow.region == PaymentRow.region, NoticeLineRow.notice == PaymentRow.notice
)


def key_of_trade(session: Session, region: str, bank: str, trade_no: str) -> PaymentKeyRow | None:
    """Find the key of an accepted confirmation, freshly."""
    query = select(PaymentKeyRow).where(
        PaymentKeyRow.region == region,
        PaymentKeyRow.bank == bank,
        PaymentKeyRow.kind == CONFIRMATION,
        PaymentKeyRow.trade_no == trade_no,
    )
    return session.scalar(query)


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """What an accepted confirmation was answered, and the content that its key binds."""

    content: Mapping[str, object]
    answer: Any

    def holds(self, content: Mapping[str, object]) -> bool:
        """Say whether a message has this very content."""
        return self.content == content


def answers_of_trades(
    session: Session, region: str, bank: str, trade_nos: Collection[str]
) -> dict[str, FirstAnswer]:
    """Give the first answers to accepted confirmations that are not reversed, by serial."""
    key = PaymentKeyRow
    query = (
        select(key.trade_no, key.pay_code, key.amount_fen, key.account_no, key.paid_at, key.answer)
        .join(
            PaymentRow,
            and_(
                PaymentRow.region == key.region,
                PaymentRow.bank == key.bank,
                PaymentRow.kind == key.kind,
                PaymentRow.trade_no == key.trade_no,
            ),
        )
        .where(
            key.region == region,
            key.bank == bank,
            key.kind == CONFIRMATION,
            key.trade_no.in_(sorted(trade_nos)),
            PaymentRow.state != "reversed",
        )
    )
    found = {}
    for row in session.execute(query):
        told = row._asdict()
        serial, answer = told.pop("trade_no"), told.pop("answer")
        found[serial] = FirstAnswer(told, answer)
    return found


def payment_of_trade(session: Session, region: str, bank: str, trade_no: str) -> PaymentRow | None:
    """Find the payment that a bank confirmed under its serial, freshly; a claim has none."""
    query = select(PaymentRow).where(
        PaymentRow.region == region,
        PaymentRow.bank == bank,
        PaymentRow.kind == CONFIRMATION,
        PaymentRow.trade_no == trade_no,
    )
    return session.scalar(query.execution_options(populate_existing=True))


def payment_of_notice(session: Session, region: str, notice_id: int) -> PaymentRow | None:
    """Find the payment of a notice that stands."""
    query = select(PaymentRow).where(
        PaymentRow.region == region, PaymentRow.notice == notice_id, PaymentRow.state != "reversed"
    )
    return session.scalar(query)


def payment_of_id(session: Session, region: str, payment_id: int) -> PaymentRow | None:
    """Find a payment by its id."""
    return session.get(PaymentRow, (region, payment_id))


def reserved_of_payment(session: Session, region: str, payment_id: int) -> Money:
    """Give what is approved or paid back of a payment; a reversal is refused above zero.

    Ask under the notice's lock: an approval takes that lock first.
    """
    query = select(PaymentRefundRow.reserved_fen).where(
        PaymentRefundRow.region == region, PaymentRefundRow.payment == payment_id
    )
    return Money(session.scalar(query) or 0)
