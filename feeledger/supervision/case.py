"""The life of a case: states, who may move it, and its deadlines.

A signal opens a case; only a person's decision confirms one, a person other than
those who opened, joined or proposed it, after the department was heard or let its time run out.
A clock that runs out only raises the card or puts the case on the bureau's list: silence convicts
nobody. Days are Beijing dates; limits count working days from the day of the event (R-T2) and take
effect on the day after (R-T6).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from feeledger.errors import Text
from feeledger.periods import takes_effect_on
from feeledger.supervision.guards import (
    MoveOutOfTurn,
    PublicationNotYet,
    after_hearing,
    by_a_third_person,
    last_day_of_appeal,
    not_by_the_opener,
    not_by_who_decided,
    require_reason,
    while_appeal_is_open,
    with_an_amount,
    with_proof,
)
from feeledger.supervision.levels import LEVEL_AFTER, Level
from feeledger.supervision.states import (
    CARDED,
    EVENT_TEXTS,
    STATE_OF_LEVEL,
    STATE_TEXTS,
    Act,
    Case,
    Clock,
    Event,
    Move,
    State,
)

CONFIRMATIONS_TO_ESCALATE: Final = 2
Guard = Callable[[Case, Act, Clock], None]
AFTER_TIME_OUT: Final[Mapping[State, State]] = {
    "warned": "yellow",
    "yellow": "red",
    "red": "awaiting_decision",
    "rectifying": "under_supervision",
}
DECISIONS: Final[frozenset[Event]] = frozenset(
    {"confirm", "dismiss", "accept_explanation", "reject_explanation"}
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table of moves: the states it leaves from, where it leads, its guards."""

    before: frozenset[State]
    target: State | Callable[[Case], State]
    guards: tuple[Guard, ...] = ()


def level_at_opening(level: Level, confirmed_on: Iterable[date], *, on: date) -> Level:
    """Raise the level by one where two carded cases of the unit were confirmed in a year (R-S6).

    ``confirmed_on`` are the days on which cases of the unit that had a yellow or red card were
    confirmed; the year counts from the same day one year earlier up to the day before opening.
    """
    begin = _year_before(on)
    recent = [day for day in confirmed_on if begin <= day < on]
    return LEVEL_AFTER[level] if len(recent) >= CONFIRMATIONS_TO_ESCALATE else level


def open_case(level: Level, *, opened_by: str, on: date, clock: Clock) -> Move:
    """Open a case at a level: it starts warned, yellow or red."""
    blank = Case("detected", level, opened_by, on, on, parties=frozenset({opened_by}))
    return _move(blank, "open", STATE_OF_LEVEL[level], on=on, actor=opened_by, clock=clock)


def moves_of_time(case: Case, *, today: date, clock: Clock) -> tuple[Move, ...]:
    """Give the moves that elapsed limits have made up to today, oldest first."""
    moves: list[Move] = []
    while case.due is not None and today > case.due.day and case.state in AFTER_TIME_OUT:
        on = takes_effect_on(case.due.day)
        move = _move(case, "time_out", AFTER_TIME_OUT[case.state], on=on, actor="", clock=clock)
        moves.append(move)
        case = move.after
    return tuple(moves)


def moves_of_act(case: Case, act: Act, *, clock: Clock) -> tuple[Move, ...]:
    """Give the moves that an act makes: those of elapsed time first, then its own.

    Raises MoveOutOfTurn, SamePerson, NotYetHeard, ReasonMissing, AppealTooLate or
    ProofDiffers.
    """
    elapsed = moves_of_time(case, today=act.on, clock=clock)
    now = elapsed[-1].after if elapsed else case
    rule = RULES[act.event]
    if now.state not in rule.before:
        raise _out_of_turn(now.state, act.event)
    require_reason(act)
    for guard in rule.guards:
        guard(now, act, clock)
    target = rule.target(now) if callable(rule.target) else rule.target
    return (*elapsed, _move_of(now, act, target, clock))


def moves_of_clearing(case: Case, *, reason: str, on: date, clock: Clock) -> tuple[Move, ...]:
    """Give the moves where the records no longer show what opened the case: it is dismissed.

    Elapsed limits move first. Nobody is heard and nobody decides, for nobody is found at fault; a
    case on which a person has decided, or which is appealed, is left to people.
    """
    elapsed = moves_of_time(case, today=on, clock=clock)
    now = elapsed[-1].after if elapsed else case
    if now.state not in _TO_DECIDE:
        return elapsed
    move = _move(now, "clear", "dismissed", on=on, actor="", clock=clock)
    return (*elapsed, replace(move, reason=reason))


def require_publishable(case: Case, *, today: date, clock: Clock) -> None:
    """Let a confirmed case be published once no appeal is open or possible (R-S5).

    Raises PublicationNotYet.
    """
    if case.confirmed_on is None or case.state in {"dismissed", "appealed"}:
        raise PublicationNotYet(
            Text(
                "只有已确认且申诉已了结的案件可以公开。",
                "Only a confirmed case without an open appeal can be published.",
            ),
            state=case.state,
        )
    last = last_day_of_appeal(case, clock)
    if last is not None and today <= last:
        raise PublicationNotYet(
            Text(f"申诉期到 {last} 为止，其后方可公开。", f"The appeal is open until {last}."),
            until=last,
        )


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February: the year before has none
        return day.replace(year=day.year - 1, day=28)


def _move(case: Case, event: Event, target: State, *, on: date, actor: str, clock: Clock) -> Move:
    """Bring a case into a state: its card, its new deadline, and what has been heard by silence."""
    after = replace(
        case,
        state=target,
        entered_on=on,
        due=clock.due(target, on),
        card_on=on if target in {"yellow", "red"} else case.card_on,
        heard=case.heard or (event == "time_out" and case.state in CARDED),
    )
    return Move(event, case.state, after, on, actor)


def _move_of(case: Case, act: Act, target: State, clock: Clock) -> Move:
    """Bring a case into the state that an act leads to, keeping what later guards ask for."""
    decides = act.event in DECISIONS
    prepared = replace(
        case,
        heard=case.heard or act.event in {"explain", "appeal"} or bool(act.hearing.strip()),
        decided_by=act.actor if decides else case.decided_by,
        confirmed_on=case.confirmed_on or (act.on if target == "confirmed" else None),
        appealed=case.appealed or act.event == "appeal",
        rounds=case.rounds + (target == "rectifying"),
        established=act.amount if act.event == "order_rectification" else case.established,
    )
    move = _move(prepared, act.event, target, on=act.on, actor=act.actor, clock=clock)
    return replace(move, before=case.state, reason=act.reason)


def _after_failed_rectification(case: Case) -> State:
    """Give one more period; after the second failure the case goes under supervision."""
    return "rectifying" if case.rounds == 1 else "under_supervision"


def _out_of_turn(state: State, event: Event) -> MoveOutOfTurn:
    before = sorted(RULES[event].before)
    return MoveOutOfTurn(
        Text(
            f"案件处于“{STATE_TEXTS[state].zh}”，“{EVENT_TEXTS[event].zh}”只能在"
            f"“{'、'.join(STATE_TEXTS[one].zh for one in before)}”时进行。",
            f"The case is {STATE_TEXTS[state].en}; to {EVENT_TEXTS[event].en} it must be "
            f"{' or '.join(STATE_TEXTS[one].en for one in before)}.",
        ),
        state=state,
        event=event,
    )


_TO_DECIDE: Final[frozenset[State]] = CARDED | {"explained", "awaiting_decision"}
RULES: Final[Mapping[Event, Rule]] = {
    "explain": Rule(CARDED, "explained"),
    "confirm": Rule(_TO_DECIDE, "confirmed", (by_a_third_person, after_hearing)),
    "dismiss": Rule(_TO_DECIDE, "dismissed", (by_a_third_person, after_hearing)),
    "accept_explanation": Rule(frozenset({"explained"}), "dismissed", (not_by_the_opener,)),
    "reject_explanation": Rule(frozenset({"explained"}), "confirmed", (not_by_the_opener,)),
    "appeal": Rule(frozenset({"yellow", "red", "confirmed"}), "appealed", (while_appeal_is_open,)),
    "accept_appeal": Rule(frozenset({"appealed"}), "dismissed", (not_by_who_decided,)),
    "reject_appeal": Rule(frozenset({"appealed"}), "confirmed", (not_by_who_decided,)),
    "order_rectification": Rule(frozenset({"confirmed"}), "rectifying", (with_an_amount,)),
    "report_rectification": Rule(
        frozenset({"rectifying", "under_supervision"}), "rectified", (with_proof,)
    ),
    "verify_rectification": Rule(frozenset({"rectified"}), "closed"),
    "refuse_rectification": Rule(frozenset({"rectified"}), _after_failed_rectification),
}
