"""What a bank tells us of one payment, what is answered, and the ledger entry it becomes.

Content, for the key of R-B3, is the pay code, the amount, the real account and the bank's time to
the second; nothing else. A repeated advice of equal content gets the first answer for ever.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from feeledger.codes import judge_pay_code
from feeledger.errors import Text
from feeledger.ledger.chart import Account, designated, income, late_fees, unmatched
from feeledger.ledger.journal import Entry, Posting
from feeledger.money import Money
from feeledger.notices.notice import DueLine, late_fees_of
from feeledger.payments.refusals import AdviceMalformed, PayCodeUnknown
from feeledger.periods import beijing_date

SUCCESS: Final = "00000"
REGION_DIGITS: Final = 6
CLOCK_AHEAD_MAX: Final = timedelta(seconds=60)  # as for signatures


@dataclass(frozen=True, slots=True)
class Advice:
    """One confirmation, checked for form (R-B2, result 10002). ``account`` is the real one.

    ``paid_on`` is the bank's day of payment, Beijing (R-R4).
    """

    pay_code: str
    trade_no: str
    amount: Money
    account: str
    paid_at: datetime
    payer_name: str | None = None
    payer_account: str | None = None
    channel: str | None = None
    crc_code: str | None = None
    region: str = field(init=False)
    paid_on: date = field(init=False)

    def __post_init__(self) -> None:
        """Demand what the form demands. Raises AdviceMalformed, PayCodeUnknown."""
        demand_pay_code(self.pay_code)
        if not self.amount:
            raise AdviceMalformed(
                Text("金额须大于零。", "The amount must be above zero."), field="amount"
            )
        if self.paid_at.tzinfo is None:
            raise AdviceMalformed(
                Text("缴款时间须带时区。", "The time of payment needs its offset."),
                field="paid_at",
            )
        second, day = _second_of(self.paid_at)
        object.__setattr__(self, "paid_at", second)
        object.__setattr__(self, "paid_on", day)
        object.__setattr__(self, "region", self.pay_code[:REGION_DIGITS])

    def lies_ahead(self, now: datetime) -> bool:
        """Say whether the day of payment is still to come, be the bank's clock a minute fast."""
        return self.paid_on > beijing_date(now + CLOCK_AHEAD_MAX)

    def content(self) -> dict[str, object]:
        """Give the content that the key binds."""
        return {
            "pay_code": self.pay_code,
            "amount_fen": self.amount.fen,
            "account_no": self.account,
            "paid_at": self.paid_at,
        }

    def told(self) -> dict[str, str]:
        """Give the content as texts, for records that people read."""
        return {
            "pay_code": self.pay_code,
            "amount": str(self.amount),
            "account": self.account,
            "paid_at": self.paid_at.isoformat(),
        }

    def content_sha256(self) -> str:
        """Give the digest of the content."""
        told = self.told()
        return hashlib.sha256("\n".join(told[name] for name in sorted(told)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class PayableNotice:
    """A notice as its payment sees it after ``reliefs`` reliefs, late fees by the day of payment."""

    id: int
    pay_code: str
    amount: Money
    lines: tuple[DueLine, ...]
    due_on: date
    reliefs: int = 0

    def late_by(self, paid_on: date) -> tuple[Money, ...]:
        """Give the late fee of each line."""
        return late_fees_of(self.lines, due_on=self.due_on, paid_on=paid_on)


def demand_pay_code(text: str) -> None:
    """Hold a pay code against its form (R-P1), not yet its check digit.

    Raises AdviceMalformed; PayCodeUnknown for the 16 digits of a central code.
    """
    judged = judge_pay_code(text, "none")
    if judged.problem is None:
        return
    if judged.code == "pay-code-central":
        raise PayCodeUnknown(
            Text(
                "这是 16 位中央缴款码，不在本系统缴款。",
                "This is a central pay code of 16 digits; it is not paid here.",
            )
        )
    raise AdviceMalformed(
        Text(f"缴款码：{judged.problem.zh}。", f"Pay code: {judged.problem.en}."), field="pay_code"
    )


def _second_of(paid_at: datetime) -> tuple[datetime, date]:
    """Give an instant to the second, in UTC, and its Beijing date.

    Raises AdviceMalformed at either end of the calendar.
    """
    try:
        second = paid_at.astimezone(UTC).replace(microsecond=0)
        return second, beijing_date(second)
    except OverflowError as fault:
        raise AdviceMalformed(
            Text(
                f"缴款时间 {paid_at.isoformat()} 超出历法范围。",
                f"The time of payment {paid_at.isoformat()} lies beyond the calendar.",
            ),
            field="paid_at",
        ) from fault


def entry_of(
    notice: PayableNotice, *, payment_id: int, account_id: int, fees: Sequence[Money]
) -> Entry:
    """Make the entry of a payment: the account debited, each unit's item credited, fees apart.

    Lines of one unit and item are one posting; nothing is posted for a line that costs nothing.
    """
    moved: dict[Account, Money] = {}
    for line, fee in zip(notice.lines, fees, strict=True):
        for account, amount in (
            (income(line.unit_code, line.item_id), line.amount),
            (late_fees(line.unit_code, line.item_id), fee),
        ):
            if amount:
                moved[account] = moved.get(account, Money(0)) + amount
    bank_account = designated(account_id)
    return Entry(
        kind="payment",
        subject=f"payment:{payment_id}",
        postings=tuple(Posting(bank_account, at, amount) for at, amount in moved.items()),
    )


def entry_of_claim(
    notice: PayableNotice, *, payment_id: int, account_id: int, fees: Sequence[Money]
) -> Entry:
    """Make the entry of a claim: the money lies in the account already, as unmatched (R-U1)."""
    entry = entry_of(notice, payment_id=payment_id, account_id=account_id, fees=fees)
    held = unmatched(account_id)
    moved = tuple(Posting(held, posting.credit, posting.amount) for posting in entry.postings)
    return replace(entry, postings=moved)


def receipt_of(
    advice: Advice, *, payment_id: int, late: Money, received_at: datetime
) -> dict[str, Any]:
    """Give the answer to an accepted confirmation: kept, and given again for ever."""
    return {
        "result": SUCCESS,
        "payment_id": str(payment_id),
        "pay_code": advice.pay_code,
        "trade_no": advice.trade_no,
        "amount": str(advice.amount),
        "late_fee": str(late),
        "account": advice.account,
        "paid_at": advice.paid_at.isoformat(),
        "received_at": received_at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "status": "1",
    }
