"""The kinds and states of unmatched receipts, and why money has none other to go to (R-B2a, R-U).

received ─propose→ claim_proposed ─audit→ audited ─book→ matched
claim_proposed, audited ─reject, withdraw→ received;  the bank's own confirmation → matched
received ─split→ split (its parts go on)
received ─ask→ return_requested ─confirm→ returned;  return_requested ─refuse→ received
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from feeledger.errors import Conflict, Text
from feeledger.money import Money
from feeledger.notices.notice import PAID, UNPAID

RECEIVED: Final = "received"
OPEN: Final = ("received", "claim_proposed", "audited", "return_requested")
OLD_AFTER_DAYS: Final = 30  # R-U4
# What these were when they came may have changed with their notice since.
BY_NOTICE: Final = ("duplicate", "unconfirmed")
KINDS: Final[Mapping[str, Text]] = {
    "unconfirmed": Text("等待缴款确认", "awaits its confirmation"),
    "duplicate": Text("重复缴款", "paid twice"),
    "no_code": Text("没有缴款码", "no pay code"),
    "unknown_code": Text("缴款码查不到", "unknown pay code"),
    "amount_differs": Text("金额不符", "another amount"),
    "surplus": Text("多缴部分", "surplus"),
    "rejected": Text("通知书不能缴入或确认被拒", "refused, or the notice takes no money"),
}
STATES: Final[Mapping[str, Text]] = {
    "received": Text("待查", "received"),
    "claim_proposed": Text("已提出认领", "claim proposed"),
    "audited": Text("已审核待入账", "audited, to be booked"),
    "matched": Text("已入账", "matched"),
    "return_requested": Text("已申请退回", "return requested"),
    "returned": Text("已退回", "returned"),
    "split": Text("已拆分", "split"),
}


class ReceiptNotMovable(Conflict):
    """The receipt's state does not allow the act: somebody else was first, perhaps."""

    code = "receipt-not-movable"
    title = Text("该笔待查收入当前状态不允许此操作", "The receipt's state does not allow this")


@dataclass(frozen=True, slots=True)
class NoticeSeen:
    """A notice as money that names it meets it; ``payable`` on the day the money arrived."""

    status: str
    payable: Money
    issued_on: date
    valid_until: date


def kind_of_money(
    pay_code: str | None,
    notice: NoticeSeen | None,
    *,
    amount: Money,
    on: date,
    was_refused: bool,
) -> str:
    """Say why money that arrived belongs to no payment (R-B2a); the first that holds."""
    if not pay_code:
        return "no_code"
    if notice is None:
        return "unknown_code"
    if notice.status in PAID:
        return "duplicate"
    if amount != notice.payable:
        return "amount_differs"
    takes_money = notice.status in UNPAID and notice.issued_on <= on <= notice.valid_until
    return "unconfirmed" if takes_money and not was_refused else "rejected"


def demand_received(state: str, receipt_id: int) -> None:
    """Let a receipt go on that nobody works on. Raises ReceiptNotMovable."""
    if state != RECEIVED:
        name = STATES[state]
        raise ReceiptNotMovable(
            Text(
                f"待查收入 {receipt_id}“{name.zh}”，须为“待查”才能办理。",
                f"Receipt {receipt_id} is “{name.en}”; only one that is “received” can be used.",
            ),
            state=state,
        )
