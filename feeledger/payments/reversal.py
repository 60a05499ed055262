"""冲正 by the bank: what it tells, who wins when several things are wrong, what is answered (R-R8).

A reversal takes a payment back in full: it names the pay code, the amount and the serial of the
payment. Its content, for the key of R-B3, is the pay code and the amount, with the account and the
time of the payment itself, which it does not name. That a reversal must come from the
payment's own bank under its own serial is inferred: no source says so.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from feeledger.codes import judge_pay_code
from feeledger.errors import Text
from feeledger.money import Money
from feeledger.payments.advice import REGION_DIGITS, SUCCESS, demand_pay_code
from feeledger.payments.refusals import (
    AdviceMalformed,
    AmountDiffers,
    BankDayClosed,
    BankRefusal,
    NothingToReverse,
    NoticeVoid,
    OtherSerialPaid,
    PayCodeUnknown,
    PaymentNotReversible,
)

REVERSIBLE: Final = frozenset({"confirmed", "arrived", "difference"})


@dataclass(frozen=True, slots=True)
class ReversalAdvice:
    """One reversal, checked for form. ``trade_no`` is that of the payment to be taken back."""

    pay_code: str
    trade_no: str
    amount: Money
    reason: str = ""
    region: str = field(init=False)

    def __post_init__(self) -> None:
        """Demand what the form demands. Raises AdviceMalformed, PayCodeUnknown."""
        demand_pay_code(self.pay_code)
        if not self.amount:
            raise AdviceMalformed(
                Text("金额须大于零。", "The amount must be above zero."), field="amount"
            )
        object.__setattr__(self, "region", self.pay_code[:REGION_DIGITS])

    def told(self) -> dict[str, str]:
        """Give what the bank told, as texts, for records that people read."""
        told = {"pay_code": self.pay_code, "amount": str(self.amount)}
        return told | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True, slots=True)
class PaidView:
    """The payment that stands for a notice, as a reversal meets it.

    ``is_confirmed``: by a bank; money that people claimed for the notice is no bank's to reverse.
    """

    bank: str
    trade_no: str
    is_confirmed: bool
    amount: Money
    state: str
    notice_status: str
    refunded: bool
    day_is_closed: bool


def refusal_of_unknown(advice: ReversalAdvice) -> PayCodeUnknown:
    """Say that no notice has the pay code; whether its check digit fits does not matter here."""
    wrong = not judge_pay_code(advice.pay_code, "own").sound
    return PayCodeUnknown(
        Text(
            f"没有缴款码为 {advice.pay_code} 的通知书{'（校验位也不符）' if wrong else ''}，请核对。",
            f"No notice has the pay code {advice.pay_code}"
            f"{' (its check digit does not fit either)' if wrong else ''}; check it.",
        )
    )


def refusal_of_void() -> NoticeVoid:
    """Say that the notice is void: nothing stands on it that could be reversed."""
    return NoticeVoid(
        Text(
            "通知书已作废，没有可冲正的缴款。",
            "The notice is void: no payment of it could be reversed.",
        )
    )


def refusal_of_unpaid(*, early: bool) -> NothingToReverse:
    """Say that nothing is paid; an early reversal is told what becomes of it."""
    if not early:
        return NothingToReverse(
            Text(
                "该流水没有未冲正的缴款，通知书未缴。",
                "No payment of this serial stands, and the notice is not paid.",
            )
        )
    return NothingToReverse(
        Text(
            "尚未收到该流水的缴款确认，冲正已登记；同一记账日内收到确认的，入账后随即冲正。",
            "No confirmation of this serial has come; the reversal is kept. If the confirmation comes "
            "within the same accounting day, it is booked and reversed at once.",
        )
    )


def refusal_of_reversal(advice: ReversalAdvice, paid: PaidView, *, bank: str) -> BankRefusal | None:
    """Judge a reversal against the payment that stands, first hit wins (R-R8)."""
    if advice.amount != paid.amount:
        return AmountDiffers(
            Text(
                f"只能全额冲正：缴款 {paid.amount} 元，冲正 {advice.amount} 元。",
                f"Only the full amount is reversed: paid {paid.amount}, reversed {advice.amount}.",
            ),
            due=str(paid.amount),
            paid=str(advice.amount),
        )
    if not paid.is_confirmed or (bank, advice.trade_no) != (paid.bank, paid.trade_no):
        return OtherSerialPaid(
            Text(
                f"通知书不是由本行流水 {advice.trade_no} 缴清的，不能以它冲正。",
                f"The notice was not paid under this bank's serial {advice.trade_no}, which "
                f"therefore reverses nothing.",
            )
        )
    return _finality_refusal(paid)


def _finality_refusal(paid: PaidView) -> BankRefusal | None:
    """Refuse what is beyond reversal: reconciled, refunded, or of a bank day that is closed."""
    if paid.state not in REVERSIBLE or paid.notice_status != "paid" or paid.refunded:
        return PaymentNotReversible(
            Text(
                "该笔缴款已对账，或已核准退付，不能冲正；请走退付。",
                "The payment is reconciled, or a refund of it is approved; it cannot be reversed, "
                "and a refund takes its place.",
            )
        )
    if paid.day_is_closed:
        return BankDayClosed(
            Text(
                "该笔缴款的银行日已关闭，不再接受冲正；请走退付。",
                "The bank day of the payment is closed and takes no reversal; a refund takes its "
                "place.",
            )
        )
    return None


def reversal_answer(
    advice: ReversalAdvice, *, reversal_id: int, payment_id: int, received_at: datetime
) -> dict[str, Any]:
    """Give the answer to an accepted reversal: kept, and given again for ever."""
    return {
        "result": SUCCESS,
        "reversal_id": str(reversal_id),
        "payment_id": str(payment_id),
        "pay_code": advice.pay_code,
        "trade_no": advice.trade_no,
        "amount": str(advice.amount),
        "received_at": received_at.isoformat(timespec="milliseconds"),
        "status": "0",
    }
