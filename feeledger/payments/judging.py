"""Who wins when several things are wrong with a query or a confirmation (R-B1, R-B2)."""

from dataclasses import dataclass
from datetime import date, datetime

from feeledger.codes import judge_pay_code
from feeledger.errors import Text
from feeledger.money import Money
from feeledger.notices.notice import PAID, UNPAID, payable_on
from feeledger.payments.advice import Advice, PayableNotice
from feeledger.payments.refusals import (
    AccountDiffers,
    AlreadyPaid,
    AmountDiffers,
    BankNotAgent,
    BankRefusal,
    CheckCodeDiffers,
    DayOutsidePeriod,
    NeverQueried,
    NoAccountAtBank,
    NoticeExpired,
    NoticeVoid,
    PayCodeCheckFails,
    PayCodeUnknown,
)


@dataclass(frozen=True, slots=True)
class PaymentView:
    """One notice as one bank's payment on one day meets it.

    ``account_id`` is the account named in the advice, if the bank may collect into it that day;
    ``has_account`` says whether there is any such account.
    """

    notice: PayableNotice
    status: str
    crc_code: str | None
    issued_on: date
    valid_until: date
    is_agent: bool
    has_account: bool
    account_id: int | None
    was_queried: bool
    own_profile: bool
    prior_query_required: bool


def refusal_of_code(pay_code: str, *, own_profile: bool) -> BankRefusal:
    """Say why no notice was found: the check digit, where it is judged, then the code itself."""
    return check_digit_refusal(pay_code, own_profile=own_profile) or PayCodeUnknown(
        Text(
            f"没有缴款码为 {pay_code} 的通知书，请核对。",
            f"No notice has the pay code {pay_code}; check it.",
        )
    )


def check_digit_refusal(pay_code: str, *, own_profile: bool) -> BankRefusal | None:
    """Judge the check digit where the region's codes have one (R-P3)."""
    if not own_profile:
        return None
    judged = judge_pay_code(pay_code, "own")
    if judged.problem is None:
        return None
    return PayCodeCheckFails(
        Text(f"缴款码：{judged.problem.zh}。", f"Pay code: {judged.problem.en}.")
    )


def refusal_of_query(
    view: PaymentView, pay_code: str, *, crc_code: str | None, bank: str, today: date
) -> BankRefusal | None:
    """Judge a query of a known notice (R-B1); void and paid ones are answered, not refused."""
    return (
        check_digit_refusal(pay_code, own_profile=view.own_profile)
        or _crc_refusal(view, crc_code)
        or _bank_refusal(view, bank=bank, on=today)
        or _expiry_refusal(view, today)
    )


def refusal_of_confirmation(
    view: PaymentView, advice: Advice, *, bank: str, now: datetime
) -> BankRefusal | None:
    """Judge a confirmation of a known notice whose serial is new (R-B2), first hit wins."""
    return (
        check_digit_refusal(advice.pay_code, own_profile=view.own_profile)
        or _crc_refusal(view, advice.crc_code)
        or _status_refusal(view)
        or _bank_refusal(view, bank=bank, on=advice.paid_on)
        or _account_refusal(view, advice)
        or _day_refusal(view, advice, now)
        or _amount_refusal(view, advice)
        or _query_refusal(view, bank)
    )


def payable(view: PaymentView, on: date) -> Money:
    """Give what is payable on a day, late fees included."""
    return payable_on(view.notice.lines, due_on=view.notice.due_on, paid_on=on)


def _crc_refusal(view: PaymentView, crc_code: str | None) -> BankRefusal | None:
    if not crc_code or not view.crc_code or crc_code == view.crc_code:
        return None
    return CheckCodeDiffers(
        Text("缴款书校验码与通知书不符。", "The voucher check code is not the notice's.")
    )


def _status_refusal(view: PaymentView) -> BankRefusal | None:
    if view.status == "voided":
        return NoticeVoid(
            Text(
                "通知书已作废，不得缴款；请缴款人换领新通知书。",
                "The notice is void and cannot be paid; the payer should ask for a new one.",
            )
        )
    if view.status == "waived":
        return NoticeVoid(
            Text(
                "通知书已全部免缴，无须缴款；请勿收款。",
                "The notice is waived in full: nothing is to be paid on it.",
            )
        )
    if view.status in PAID:
        return AlreadyPaid(
            Text(
                "通知书已由另一笔流水缴清；重复收取的款项将作待查收入退还。",
                "The notice is paid under another serial; money taken twice becomes an unmatched "
                "receipt and goes back.",
            )
        )
    return None


def _bank_refusal(view: PaymentView, *, bank: str, on: date) -> BankRefusal | None:
    if not view.is_agent:
        return BankNotAgent(
            Text(
                f"{bank} 在 {on} 不是该区划的代收银行。",
                f"On {on} {bank} is no agent bank of the region.",
            )
        )
    if not view.has_account:
        return NoAccountAtBank(
            Text(
                f"该区划在 {on} 没有 {bank} 可收款的指定账户。",
                f"On {on} the region has no designated account that {bank} could collect into.",
            )
        )
    return None


def _expiry_refusal(view: PaymentView, today: date) -> BankRefusal | None:
    if view.status in UNPAID and view.valid_until < today:
        return NoticeExpired(
            Text(
                f"通知书有效期至 {view.valid_until}，请换领新通知书。",
                f"The notice was valid until {view.valid_until}; ask for a new one.",
            )
        )
    return None


def _account_refusal(view: PaymentView, advice: Advice) -> BankRefusal | None:
    if view.account_id is not None:
        return None
    return AccountDiffers(
        Text(
            f"{advice.account} 不是 {advice.paid_on} 有效的指定账户；款项须缴入指定账户。",
            f"{advice.account} was not the designated account on {advice.paid_on}; money is paid "
            f"into the designated account only.",
        )
    )


def _day_refusal(view: PaymentView, advice: Advice, now: datetime) -> BankRefusal | None:
    paid_on = advice.paid_on
    if advice.lies_ahead(now):
        return DayOutsidePeriod(
            Text(
                f"缴款日 {paid_on} 尚未到来；请核对银行时钟后重发。",
                f"{paid_on} is still to come; check the bank's clock and send it again.",
            )
        )
    if view.issued_on <= paid_on <= view.valid_until:
        return None
    return DayOutsidePeriod(
        Text(
            f"缴款日 {paid_on} 不在 {view.issued_on} 至 {view.valid_until} 之内。",
            f"{paid_on} lies outside {view.issued_on} to {view.valid_until}.",
        )
    )


def _amount_refusal(view: PaymentView, advice: Advice) -> BankRefusal | None:
    due = payable(view, advice.paid_on)
    if advice.amount == due:
        return None
    return AmountDiffers(
        Text(
            f"应缴 {due} 元，实缴 {advice.amount} 元；不接受部分或超额缴款，请退回重缴。",
            f"Due {due}, paid {advice.amount}: neither part nor more is taken. Return the payment "
            f"and pay the amount due.",
        ),
        due=str(due),
        paid=str(advice.amount),
    )


def _query_refusal(view: PaymentView, bank: str) -> BankRefusal | None:
    if view.was_queried or not view.prior_query_required:
        return None
    return NeverQueried(
        Text(
            f"{bank} 未查询过该通知书，请先查询应缴金额再确认。",
            f"{bank} has not queried the notice; query the amount payable, then confirm.",
        )
    )
