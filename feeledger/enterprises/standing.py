"""Whether an enterprise stands in the register: closed (注销), revoked (吊销), restored.

What always holds: days never run backwards from one change to the next, so that the changes of an
enterprise are stretches of time. The day of closing is the last on which a duty may arise, the day
of restoring the first again; what arose before stays owed, whatever comes after.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, Protocol

from feeledger.errors import Conflict, Invalid, Text

Change = Literal["closed", "revoked", "restored"]
ACTIVE: Final = "active"
CLOSED: Final = "closed"
RESTORED: Final = "restored"
# 吊销 takes the licence only; the legal person ends when it is closed, so closing may follow.
MOVES: Final[dict[str, tuple[Change, ...]]] = {
    ACTIVE: ("closed", "revoked"),
    RESTORED: ("closed", "revoked"),
    "revoked": ("closed", "restored"),
    CLOSED: ("restored",),
}
NAMES: Final[dict[str, Text]] = {
    ACTIVE: Text("在册", "on the register"),
    CLOSED: Text("已注销", "closed"),
    "revoked": Text("已吊销", "licence revoked"),
    RESTORED: Text("已恢复", "restored"),
}


class EnterpriseClosed(Conflict):
    """The enterprise was closed or revoked before the day a duty is said to have arisen."""

    code = "enterprise-closed"
    title = Text("企业当日已注销或吊销", "The enterprise was closed by that day")


class StandingNotMovable(Conflict):
    """The enterprise's standing does not allow the change, or somebody was quicker."""

    code = "standing-not-movable"
    title = Text("企业现在的状态不能这样变更", "The enterprise's standing does not allow this")


class StandingRefused(Invalid):
    """The day, document or reason of a change of standing is missing or impossible."""

    code = "standing-refused"
    title = Text("注销、吊销或恢复的内容有误", "What is told of the closing cannot be kept")


class Changed(Protocol):
    """What a change on record says."""

    @property
    def change(self) -> str: ...  # noqa: D102 - a field
    @property
    def day(self) -> date: ...  # noqa: D102 - a field
    @property
    def document(self) -> str: ...  # noqa: D102 - a field


@dataclass(frozen=True, slots=True)
class StandingChange:
    """What an officer tells: which change, from which day, by which document, and why."""

    change: Change
    day: date
    document: str
    reason: str


def standing_after(changes: Sequence[Changed]) -> str:
    """Give the standing that changes come to, in their order."""
    return changes[-1].change if changes else ACTIVE


def moves_from(standing: str) -> tuple[Change, ...]:
    """Give the changes that a standing allows."""
    return MOVES[standing]


def closing_before(changes: Sequence[Changed], on: date) -> Changed | None:
    """Give the change by which an enterprise no longer stood in the register on a day, if any.

    ``changes`` are in their order. On the day of closing itself it still stood.
    """
    found: Changed | None = None
    for each in changes:
        if each.change == RESTORED:
            found = None if each.day <= on else found
        elif found is None and each.day < on:
            found = each
    return found


def demand_change(
    told: StandingChange, changes: Sequence[Changed], *, registered_on: date | None, today: date
) -> None:
    """Hold a change against the standing and the days. Raises StandingNotMovable, StandingRefused."""
    standing = standing_after(changes)
    if told.change not in moves_from(standing):
        was, to = NAMES[standing], NAMES[told.change]
        raise StandingNotMovable(
            Text(
                f"企业现在为“{was.zh}”，不能再登记“{to.zh}”；请刷新页面查看。",
                f"The enterprise is {was.en} and cannot become {to.en}; look at its page again.",
            ),
            standing=standing,
        )
    if not told.document.strip() or not told.reason.strip():
        raise StandingRefused(
            Text("须写明依据文件和理由。", "The document and the reason must be given.")
        )
    _demand_day(told, changes, registered_on=registered_on, today=today)


def _demand_day(
    told: StandingChange, changes: Sequence[Changed], *, registered_on: date | None, today: date
) -> None:
    if told.day > today:
        raise StandingRefused(
            Text(
                f"{told.day} 在将来；到那天再登记。",
                f"{told.day} lies in the future; enter it when the day has come.",
            )
        )
    first = max([each.day for each in changes], default=registered_on)
    if first is not None and told.day < first:
        raise StandingRefused(
            Text(
                f"{told.day} 早于登记日期或上一次变更（{first}），请核对文件上的日期。",
                f"{told.day} is before the registration or the last change ({first}); check the "
                "day in the document.",
            )
        )


def closed_error(name: str, closing: Changed, on: date) -> EnterpriseClosed:
    """Tell that no duty of a day can be an enterprise's, as it was closed before."""
    word = NAMES[closing.change]
    return EnterpriseClosed(
        Text(
            f"{name} {word.zh}（{closing.day}），{on} 不再产生缴费义务；此前的义务仍有效。"
            "如登记有误，请先在企业页恢复。",
            f"{name} is {word.en} since {closing.day}: no duty arises on {on}; those from before "
            "stand. If the register is wrong, restore the enterprise on its page first.",
        ),
        closed_on=closing.day.isoformat(),
    )
