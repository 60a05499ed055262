"""The states of a refund, who may move it, and the working days the law gives.

    applied ─verify→ unit_verified ─approve→ finance_approved ─pay→ paid
    unit_verified ─forward→ forwarded ─approve→ …      applied, unit_verified ─withdraw→ withdrawn
    applied, unit_verified, forwarded ─reject→ rejected

Three people at least: who applies, who verifies and who approves are never one (R-F3); four where
the money does not go to the account that is known to have paid. The limits
bind the bureau too and are shown to the payer; they rest on a provincial regulation whose title
was not in the excerpt seen (domain S9b, art. 17). How long the upper level may take is unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from feeledger.errors import Conflict, Text
from feeledger.periods import Calendar, WorkingDate, add_working_days

State = Literal[
    "applied", "unit_verified", "forwarded", "finance_approved", "paid", "rejected", "withdrawn"
]
Event = Literal["verify", "forward", "approve", "pay", "reject", "withdraw"]
Ground = Literal[
    "over_standard",
    "cancelled_item",
    "technical_error",
    "mistaken_payment",
    "policy_change",
    "other_approved",
]
AppliedAs = Literal["payer", "unit"]
AccountKind = Literal["original", "evidenced", "other"]
Route = Literal["account", "treasury"]

MOVES: Final[Mapping[tuple[State, Event], State]] = {
    ("applied", "verify"): "unit_verified",
    ("applied", "reject"): "rejected",
    ("applied", "withdraw"): "withdrawn",
    ("unit_verified", "forward"): "forwarded",
    ("unit_verified", "approve"): "finance_approved",
    ("unit_verified", "reject"): "rejected",
    ("unit_verified", "withdraw"): "withdrawn",
    ("forwarded", "approve"): "finance_approved",
    ("forwarded", "reject"): "rejected",
    ("finance_approved", "pay"): "paid",
}
RESERVING: Final[tuple[State, ...]] = ("finance_approved", "paid")
ASKING: Final[tuple[State, ...]] = ("applied", "unit_verified", "forwarded")
OPEN: Final[tuple[State, ...]] = ("applied", "unit_verified", "forwarded", "finance_approved")
SIGNALLING: Final[Mapping[str, str]] = {"over_standard": "S04", "cancelled_item": "S06"}  # R-F6

DAYS_TO_APPLY: Final = 5
DAYS_TO_VERIFY: Final = 10
DAYS_TO_DECIDE: Final = 10
DAYS_TO_FORWARD: Final = 15
DAYS_TO_PAY: Final = 10

STATE_TEXTS: Final[Mapping[State, Text]] = {
    "applied": Text("已申请，待单位核实", "applied for, to be verified"),
    "unit_verified": Text("单位已核实，待财政审批", "verified, to be decided"),
    "forwarded": Text("已报上级财政", "passed up"),
    "finance_approved": Text("财政已批准，待支付", "approved, to be paid"),
    "paid": Text("已退付", "paid"),
    "rejected": Text("不予退付", "rejected"),
    "withdrawn": Text("已撤回", "withdrawn"),
}
EVENT_TEXTS: Final[Mapping[str, Text]] = {
    "apply": Text("申请", "applied"),
    "verify": Text("核实", "verified"),
    "forward": Text("上报", "passed up"),
    "approve": Text("批准", "approved"),
    "first-approve": Text("第一人批准", "approved by the first of two"),
    "pay": Text("支付", "paid"),
    "reject": Text("不予退付", "rejected"),
    "withdraw": Text("撤回", "withdrawn"),
}
GROUND_TEXTS: Final[Mapping[Ground, Text]] = {
    "over_standard": Text("擅自提高标准或扩大范围", "the standard was raised or the scope widened"),
    "cancelled_item": Text("项目已取消、停征仍收取", "the item had been cancelled or suspended"),
    "technical_error": Text("技术性差错", "a technical error"),
    "mistaken_payment": Text("误缴、多缴", "paid by mistake, or too much"),
    "policy_change": Text("政策调整", "a change of policy"),
    "other_approved": Text("财政部门认定的其他情形", "another ground that finance approves"),
}
APPLIED_AS_TEXTS: Final[Mapping[AppliedAs, Text]] = {
    "payer": Text("缴款人申请", "the payer applies"),
    "unit": Text("单位自行发现", "the unit found it itself"),
}
ACCOUNT_TEXTS: Final[Mapping[AccountKind, Text]] = {
    "original": Text("原缴款账户", "the account that paid"),
    "evidenced": Text(
        "原缴款账户不能确定（须证明材料、两人批准）",
        "the account that paid is not certain (evidence and two approvers)",
    ),
    "other": Text(
        "其他账户（须证明材料、两人批准）", "another account (evidence and two approvers)"
    ),
}
ROUTE_TEXTS: Final[Mapping[Route, Text]] = {
    "account": Text("由指定账户退付", "from the designated account"),
    "treasury": Text("由国库退库", "from the treasury"),
}


class RefundNotMovable(Conflict):
    """The refund's state does not allow the step."""

    code = "refund-not-movable"
    title = Text("退付当前状态不允许此操作", "The refund's state does not allow this")


@dataclass(frozen=True, slots=True)
class Hand:
    """Who takes a step, on which Beijing day, at which instant, and why."""

    actor: str
    today: date
    now: datetime
    reason: str = ""


def state_after(state: State, event: Event) -> State:
    """Give the state after a step. Raises RefundNotMovable."""
    after = MOVES.get((state, event))
    if after is None:
        label, word = STATE_TEXTS[state], EVENT_TEXTS[event]
        raise RefundNotMovable(
            Text(
                f"该退付“{label.zh}”，不能{word.zh}。",
                f"The refund is {label.en}: it cannot be {word.en}.",
            ),
            state=state,
        )
    return after


def limit_after(
    state: State, *, since: date, shared: bool, calendar: Calendar
) -> WorkingDate | None:
    """Give the last day of what comes next, counted from the day of the step (R-T2).

    None: nothing comes next, or its limit is not established (the upper level's answer). Raises
    CalendarYearMissing.
    """
    days = days_after(state, shared=shared)
    return None if days is None else add_working_days(calendar, since, days)


def days_after(state: State, *, shared: bool) -> int | None:
    """Give how many working days the next step has; None where the law seen names none."""
    return {
        "applied": DAYS_TO_VERIFY,
        "unit_verified": DAYS_TO_FORWARD if shared else DAYS_TO_DECIDE,
        "finance_approved": DAYS_TO_PAY,
    }.get(state)


def apply_limit(found_on: date, calendar: Calendar) -> WorkingDate:
    """Give the last day on which a unit applies for what it found itself: five working days."""
    return add_working_days(calendar, found_on, DAYS_TO_APPLY)


def is_overdue(state: str, due_on: date | None, today: date) -> bool:
    """Say whether an open refund's limit has passed: it ends at 24:00 of its day (R-T6)."""
    return state in OPEN and due_on is not None and due_on < today
