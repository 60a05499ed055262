"""The life of a difference: open → assigned → explained → corrected or written off → closed.

A difference is a task for people; nothing closes it by itself but a cut-off shift (R-R4). The
person who corrected or wrote it off may not close it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from feeledger.errors import Conflict, Invalid, Text
from feeledger.people.roles import different_person

State = Literal[
    "open", "assigned", "explained", "corrected", "written_off", "closed", "auto_closed"
]
Step = Literal["assign", "explain", "correct", "write_off", "close", "shift"]

STEPS: Mapping[Step, tuple[frozenset[State], State]] = {
    "assign": (frozenset({"open", "assigned"}), "assigned"),
    "explain": (frozenset({"assigned"}), "explained"),
    "correct": (frozenset({"explained"}), "corrected"),
    "write_off": (frozenset({"explained"}), "written_off"),
    "close": (frozenset({"corrected", "written_off"}), "closed"),
    "shift": (frozenset({"open", "assigned", "explained"}), "auto_closed"),
}
SETTLED: frozenset[State] = frozenset({"closed", "auto_closed"})
STATE_TEXTS: Mapping[State, Text] = {
    "open": Text("待分派", "open"),
    "assigned": Text("已分派", "assigned"),
    "explained": Text("已说明", "explained"),
    "corrected": Text("已更正", "corrected"),
    "written_off": Text("已核销", "written off"),
    "closed": Text("已关闭", "closed"),
    "auto_closed": Text("自动关闭（日切在途）", "closed by itself (cut-off shift)"),
}
STEP_TEXTS: Mapping[Step, Text] = {
    "assign": Text("分派", "assign"),
    "explain": Text("说明", "explain"),
    "correct": Text("更正", "correct"),
    "write_off": Text("核销", "write off"),
    "close": Text("关闭", "close"),
    "shift": Text("在途到账", "cut-off shift"),
}
REASON_MAX = 2000


class StepOutOfTurn(Conflict):
    """A difference cannot take this step in its state."""

    code = "difference-step-out-of-turn"
    title = Text("差异当前状态不允许此操作", "The difference cannot take this step now")


class ReasonMissing(Invalid):
    """A step needs a reason in words."""

    code = "reason-missing"
    title = Text("须写明理由", "A reason is needed")


@dataclass(frozen=True, slots=True)
class Difference:
    """What decides the next step: the state, and who corrected it ("" for nobody)."""

    state: State
    corrected_by: str = ""
    carried_to: date | None = None

    @property
    def holds_up(self) -> bool:
        """Say whether the day cannot close because of it: not settled and not carried over."""
        return self.state not in SETTLED and self.carried_to is None


def state_after(difference: Difference, step: Step, *, actor: str, reason: str) -> State:
    """Give the state that a step leads to.

    Raises StepOutOfTurn, SamePerson or ReasonMissing.
    """
    before, after = STEPS[step]
    if difference.state not in before:
        raise _out_of_turn(difference.state, step, before)
    if step == "close":
        different_person(difference.corrected_by, actor)
    require_reason(reason)
    return after


def require_reason(reason: str) -> None:
    """Demand a reason of 1 to 2000 characters. Raises ReasonMissing."""
    if not reason.strip() or len(reason) > REASON_MAX:
        raise ReasonMissing(
            Text(
                f"理由有 {len(reason.strip())} 字，须为 1 至 {REASON_MAX} 字。",
                f"The reason has {len(reason.strip())} characters; write 1 to {REASON_MAX}.",
            )
        )


def _out_of_turn(state: State, step: Step, before: frozenset[State]) -> StepOutOfTurn:
    zh = "、".join(sorted(STATE_TEXTS[one].zh for one in before))
    en = ", ".join(sorted(STATE_TEXTS[one].en for one in before))
    return StepOutOfTurn(
        Text(
            f"差异处于“{STATE_TEXTS[state].zh}”，“{STEP_TEXTS[step].zh}”只能在“{zh}”时进行。",
            f"The difference is {STATE_TEXTS[state].en}; {STEP_TEXTS[step].en!r} needs: {en}.",
        ),
        state=state,
        step=step,
    )
