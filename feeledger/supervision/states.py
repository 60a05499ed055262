"""The words of a case: its states, events, acts and limits, and their names for people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from feeledger.errors import Text
from feeledger.money import Money
from feeledger.periods import Calendar, WorkingDate, add_working_days
from feeledger.supervision.levels import Level

State = Literal[
    "detected", "warned", "yellow", "red", "explained", "awaiting_decision", "appealed",
    "confirmed", "dismissed", "rectifying", "rectified", "under_supervision", "closed",
]  # fmt: skip
Event = Literal[
    "open", "time_out", "explain", "confirm", "dismiss", "accept_explanation",
    "reject_explanation", "appeal", "accept_appeal", "reject_appeal", "order_rectification",
    "report_rectification", "verify_rectification", "refuse_rectification", "clear",
]  # fmt: skip

STATE_OF_LEVEL: Final[Mapping[Level, State]] = {
    "warning": "warned",
    "yellow": "yellow",
    "red": "red",
}
CARDED: Final[frozenset[State]] = frozenset({"warned", "yellow", "red"})
FINAL: Final[frozenset[State]] = frozenset({"dismissed", "closed"})
STATE_TEXTS: Final[Mapping[State, Text]] = {
    "detected": Text("已发现", "detected"),
    "warned": Text("已预警", "warned"),
    "yellow": Text("黄牌", "under a yellow card"),
    "red": Text("红牌", "under a red card"),
    "explained": Text("已说明，待处理", "explained"),
    "awaiting_decision": Text("待认定", "awaiting decision"),
    "appealed": Text("申诉中", "appealed"),
    "confirmed": Text("已认定", "confirmed"),
    "dismissed": Text("不成立", "dismissed"),
    "rectifying": Text("整改中", "being rectified"),
    "rectified": Text("已整改，待核实", "rectified, to be verified"),
    "under_supervision": Text("督办中", "under supervision"),
    "closed": Text("已销号", "closed"),
}
EVENT_TEXTS: Final[Mapping[Event, Text]] = {
    "open": Text("立案", "open"),
    "time_out": Text("逾期", "run out of time"),
    "explain": Text("说明", "explain"),
    "confirm": Text("认定属实", "confirm"),
    "dismiss": Text("认定不成立", "dismiss"),
    "accept_explanation": Text("采纳说明", "accept the explanation"),
    "reject_explanation": Text("不采纳说明", "reject the explanation"),
    "appeal": Text("申诉", "appeal"),
    "accept_appeal": Text("申诉成立", "accept the appeal"),
    "reject_appeal": Text("驳回申诉", "reject the appeal"),
    "order_rectification": Text("责令整改", "order rectification"),
    "report_rectification": Text("报告整改", "report rectification"),
    "verify_rectification": Text("核实整改", "verify the rectification"),
    "refuse_rectification": Text("整改不合格", "refuse the rectification"),
    "clear": Text("信号消除", "cleared: the signal no longer shows"),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each state may last, in working days; ours, as none are published; configurable."""

    warned: int = 3
    yellow: int = 5
    red: int = 5
    appeal: int = 5
    appealed: int = 10
    rectifying: int = 10
    rectified: int = 5

    def of(self, state: State) -> int | None:
        """Give the days a state may last, None where no clock runs."""
        timed = {"warned", "yellow", "red", "appealed", "rectifying", "rectified"}
        return int(getattr(self, state)) if state in timed else None


@dataclass(frozen=True, slots=True)
class Case:
    """What decides the next move of a case.

    ``parties`` opened, joined or proposed it. ``heard``: the department spoke, or a limit of its
    ran out. ``card_on`` is the day of the last card, ``confirmed_on`` that of the first
    confirmation, ``established`` the amount to be put right.
    """

    state: State
    level: Level
    opened_by: str
    opened_on: date
    entered_on: date
    due: WorkingDate | None = None
    parties: frozenset[str] = frozenset()
    heard: bool = False
    card_on: date | None = None
    confirmed_on: date | None = None
    decided_by: str = ""
    appealed: bool = False
    rounds: int = 0
    established: Money | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One act of one person.

    ``hearing`` says how the department was heard; ``amount`` is what is established (order) or
    proved by the ledger (report).
    """

    event: Event
    actor: str
    on: date
    reason: str
    hearing: str = ""
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One transition for the record: from which state, by which event, to which case, when."""

    event: Event
    before: State
    after: Case
    on: date
    actor: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """Working days and limits: what turns an event into a deadline."""

    calendar: Calendar
    limits: Limits = field(default_factory=Limits)

    def due(self, state: State, on: date) -> WorkingDate | None:
        """Give the last day of a state entered on a day. Raises CalendarYearMissing."""
        days = self.limits.of(state)
        return None if days is None else add_working_days(self.calendar, on, days)
