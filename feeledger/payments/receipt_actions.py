"""Verifying a receipt: what the books say of a pay code to whoever also knows its amount or serial.

A notice is no receipt: ``notice_only`` says that nothing was paid on it. Unknown codes, wrong
amounts and used-up tries all look alike; tries in vain are counted by pay code.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from feeledger.enterprises.lookup_actions import (
    Tried,
    count_try,
    forget_tries,
    tries_are_used_up,
)
from feeledger.money import Money
from feeledger.notices.queries import notice_by_pay_code
from feeledger.notices.relief_queries import amount_due
from feeledger.notices.tables import NoticeRow
from feeledger.payments.queries import payment_of_notice
from feeledger.payments.tables import PaymentRow

ReceiptState = Literal["paid", "refunded", "notice_only", "voided"]
SUBJECT_PREFIX = "receipt:"


@dataclass(frozen=True, slots=True)
class ReceiptFound:
    """What the books say: the notice, and the payment where one stands."""

    notice: NoticeRow
    payment: PaymentRow | None

    @property
    def noticed(self) -> Money:
        """What the notice asks, after reliefs."""
        return amount_due(self.notice)

    @property
    def paid(self) -> Money | None:
        """The amount paid, the late fee included."""
        return None if self.payment is None else Money(self.payment.amount_fen)

    @property
    def state(self) -> ReceiptState:
        """The state as recorded."""
        if self.notice.status == "voided":
            return "voided"
        if self.notice.status == "refunded":
            return "refunded"
        return "notice_only" if self.payment is None else "paid"


def verify_receipt(
    session: Session,
    pay_code: str,
    *,
    amount: Money | None,
    trade_no: str,
    caller: str,
    now: datetime,
) -> ReceiptFound | None:
    """Find what is recorded under a pay code; None unless its amount or bank serial is right too.

    The caller keeps the transaction: a try in vain is counted in it.
    """
    tried = Tried(SUBJECT_PREFIX + pay_code, caller)
    if tries_are_used_up(session, tried, now=now):
        return None
    notice = notice_by_pay_code(session, pay_code)
    payment = None if notice is None else payment_of_notice(session, notice.region, notice.id)
    if notice is None or not _known_by(notice, payment, amount=amount, trade_no=trade_no):
        count_try(session, tried, now=now)
        return None
    forget_tries(session, tried)
    return ReceiptFound(notice, payment)


def _known_by(
    notice: NoticeRow, payment: PaymentRow | None, *, amount: Money | None, trade_no: str
) -> bool:
    """Say whether what the asker knows fits what is recorded; both must fit where both are given."""
    if amount is None and not trade_no:
        return False
    recorded = payment.amount_fen if payment is not None else amount_due(notice).fen
    if amount is not None and amount.fen != recorded:
        return False
    return not trade_no or (payment is not None and payment.trade_no == trade_no)
