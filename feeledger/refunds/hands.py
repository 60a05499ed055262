"""Whose turn a refund is, which steps one person may take, and why not another: told before anybody tries.

The rules themselves stand in ``actions.py`` and in the database; this says them to people. A unit
without an officer of its own is verified for by the bureau's clerk (the window of 一口收费).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, get_args

from feeledger.errors import Text
from feeledger.people.roles import ROLE_NAMES, NotYourRight, Right, Role, SamePerson, may
from feeledger.refunds.refund import EVENT_TEXTS, MOVES, OPEN, Event, State, state_after

RIGHTS: Final[Mapping[tuple[State, Event], Right]] = {
    ("applied", "verify"): Right.VERIFY_REFUND,
    ("applied", "reject"): Right.VERIFY_REFUND,
    ("unit_verified", "approve"): Right.DECIDE_REFUND,
    ("unit_verified", "forward"): Right.DECIDE_REFUND,
    ("unit_verified", "reject"): Right.DECIDE_REFUND,
    ("forwarded", "approve"): Right.DECIDE_REFUND,
    ("forwarded", "reject"): Right.DECIDE_REFUND,
    ("finance_approved", "pay"): Right.PAY_REFUND,
}
TURNS: Final[Mapping[State, Text]] = {
    "applied": Text(
        "执收单位核实；单位没有经办人员的，由财政经办代为核实",
        "the collecting unit verifies; a bureau clerk does so for a unit without an officer",
    ),
    "unit_verified": Text("财政复核审批", "a bureau reviewer decides"),
    "forwarded": Text(
        "上级财政答复后，由财政复核审批", "a bureau reviewer decides by the upper level's answer"
    ),
    "finance_approved": Text("财政经办支付", "a bureau clerk pays"),
}
NEXT: Final[Mapping[State, Text]] = {
    "applied": Text("核实", "verification"),
    "unit_verified": Text("审批", "decision"),
    "forwarded": Text("审批（按上级意见）", "decision by the upper level's answer"),
    "finance_approved": Text("支付", "payment"),
}
PASS_UP_FIRST: Final = Text(
    "上级财政在此款项中有分成：须先上报，得到答复后再审批。",
    "An upper level has a part of this money: pass it up first, then decide by its answer.",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whose turn a refund is: its state, its account, and who had a hand in it."""

    state: State
    account_kind: str
    shared: bool
    applicant: str
    verified_by: str = ""
    approved_by: str = ""

    @property
    def half_approved(self) -> bool:
        """Say whether the first of two approvals is there and the second is not (R-F3)."""
        return self.state in OPEN[:3] and bool(self.approved_by)


@dataclass(frozen=True, slots=True)
class Offer:
    """A step that a role may take; ``why_not`` says why this person may not, None where they may."""

    event: Event
    why_not: Text | None


def next_of(standing: Standing) -> Text | None:
    """Name the step that comes next; None where nothing does."""
    if standing.state == "unit_verified" and standing.shared:
        return Text("上报上级财政", "passing it up")
    return NEXT.get(standing.state)


def turn_of(standing: Standing) -> Text | None:
    """Say who takes the next step; None where nothing comes next."""
    turn = TURNS.get(standing.state)
    if turn is not None and standing.half_approved:
        return Text(f"{turn.zh}（须第二人批准）", f"{turn.en} (a second approver, another person)")
    return turn


def offers_to(standing: Standing, actor: str, may: Callable[[Right], bool]) -> tuple[Offer, ...]:
    """Give the steps that are a person's by role, each with what stands against it, if anything."""
    events = [event for event in get_args(Event) if (standing.state, event) in MOVES]
    return tuple(
        Offer(event, why_not(standing, event, actor))
        for event in events
        if _is_theirs(standing, event, actor, may)
    )


def why_not(standing: Standing, event: Event, actor: str) -> Text | None:
    """Say why a person may not take a step that their role allows; None where they may."""
    if event == "verify" and actor == standing.applicant:
        return Text(
            "您是申请人：核实须由另一人办理。", "You applied: another person must verify it."
        )
    if event in ("approve", "forward", "reject") and actor == standing.applicant:
        return Text(
            "您是申请人：审批须由另一人办理。", "You applied: another person must decide it."
        )
    if event in ("approve", "forward") and actor == standing.verified_by:
        return Text(
            "您是核实人：审批须由另一人办理。", "You verified it: another person must decide it."
        )
    if event == "approve" and standing.state == "unit_verified" and standing.shared:
        return PASS_UP_FIRST
    if event == "approve" and actor == standing.approved_by:
        return Text(
            "您已作出第一次批准：退至已知原缴款账户以外的账户，须由第二人批准。",
            "You gave the first approval: an account other than the one known to have paid needs a "
            "second person's.",
        )
    return None


def demand_step(standing: Standing, event: Event, actor: str, role: Role) -> None:
    """Let a person take a step who may. Raises RefundNotMovable, NotYourRight, SamePerson."""
    state_after(standing.state, event)
    if not _is_theirs(standing, event, actor, lambda right: may(role, right)):
        raise NotYourRight(_whose(standing, event))
    reason = why_not(standing, event, actor)
    if reason is not None and reason is not PASS_UP_FIRST:
        raise SamePerson(reason)


def _is_theirs(standing: Standing, event: Event, actor: str, may: Callable[[Right], bool]) -> bool:
    if event == "withdraw":
        return actor == standing.applicant
    if event == "forward" and not standing.shared:
        return False  # no level above has a part: there is nobody to pass it up to
    return may(RIGHTS[standing.state, event])


def _whose(standing: Standing, event: Event) -> Text:
    word = EVENT_TEXTS[event]
    if event == "forward" and not standing.shared:
        return Text(
            "上级财政没有分成，不必上报。", "No level above has a part: it need not be passed up."
        )
    if event == "withdraw":
        return Text(
            "只有申请人可以撤回申请。", "Only whoever applied may withdraw the application."
        )
    able = [ROLE_NAMES[role] for role in Role if may(role, RIGHTS[standing.state, event])]
    return Text(
        f"此时“{word.zh}”由{'、'.join(one.zh for one in able)}办理。",
        f"At this point it is {word.en} by a {' or '.join(one.en.lower() for one in able)}.",
    )
