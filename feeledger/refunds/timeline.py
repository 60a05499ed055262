"""A refund step by step as people read it: each step held against its limit, and how long the next has.

Days are working days (R-T2); a limit ends at 24:00 of its day (R-T6). Payer and bureau see the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from feeledger.errors import Text
from feeledger.periods import Calendar, count_working_days
from feeledger.refunds.hands import Standing, next_of, turn_of
from feeledger.refunds.refund import DAYS_TO_APPLY, EVENT_TEXTS, State, days_after


@dataclass(frozen=True, slots=True)
class Move:
    """A step as it was written down; ``limit_was`` is the limit that it had."""

    event: str
    before: str
    day: date
    at: datetime
    actor: str
    reason: str
    limit_was: date | None


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step that was taken: by whom, why, within which limit, how many working days after it."""

    name: Text
    event: str
    day: date
    at: datetime
    actor: str
    reason: str
    days: int | None
    limit: date | None
    late: int


@dataclass(frozen=True, slots=True)
class StepToCome:
    """The step that comes next: whose it is, its limit, working days left (below zero: overdue).

    ``days``, ``due`` and ``left`` are None where no limit is established.
    """

    name: Text
    whose: Text
    days: int | None
    due: date | None
    provisional: bool
    left: int | None


def steps_done(moves: Iterable[Move], *, shared: bool, calendar: Calendar) -> list[StepDone]:
    """Give the steps taken, the first first. Raises CalendarYearMissing."""
    return [
        StepDone(
            name=EVENT_TEXTS[move.event],
            event=move.event,
            day=move.day,
            at=move.at,
            actor=move.actor,
            reason=move.reason,
            days=_days_of(move, shared=shared) if move.limit_was is not None else None,
            limit=move.limit_was,
            late=_late(move, calendar),
        )
        for move in moves
    ]


def step_to_come(
    standing: Standing,
    *,
    due: date | None,
    provisional: bool,
    today: date,
    calendar: Calendar,
) -> StepToCome | None:
    """Give the next step with the time it has left; None for a refund that is done with.

    Raises CalendarYearMissing.
    """
    name, whose = next_of(standing), turn_of(standing)
    if name is None or whose is None:
        return None
    return StepToCome(
        name=name,
        whose=whose,
        days=None if due is None else days_after(standing.state, shared=standing.shared),
        due=due,
        provisional=provisional,
        left=None if due is None else days_left(due, today, calendar),
    )


def days_left(due: date, today: date, calendar: Calendar) -> int:
    """Count the working days from tomorrow to a limit; below zero, those it is overdue by.

    A limit that passed is overdue by one day at least, though no working day has ended since.
    """
    if due >= today:
        return count_working_days(calendar, today, due)
    return -max(1, count_working_days(calendar, due, today))


def _days_of(move: Move, *, shared: bool) -> int | None:
    if move.event == "apply":
        return DAYS_TO_APPLY
    before: State = move.before  # type: ignore[assignment]  # written by ``keep_move`` alone
    return days_after(before, shared=shared)


def _late(move: Move, calendar: Calendar) -> int:
    if move.limit_was is None or move.day <= move.limit_was:
        return 0
    return max(1, count_working_days(calendar, move.limit_was, move.day))
