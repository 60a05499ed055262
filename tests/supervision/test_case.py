"""The life of a case: every move, its guards and deadlines."""

from datetime import date, timedelta

import pytest

from feeledger.money import Money
from feeledger.people.roles import SamePerson
from feeledger.periods import Calendar, CalendarYear, CalendarYearMissing
from feeledger.supervision.case import (
    RULES,
    level_at_opening,
    moves_of_act,
    moves_of_time,
    open_case,
    require_publishable,
)
from feeledger.supervision.guards import (
    AppealTooLate,
    MoveOutOfTurn,
    NotYetHeard,
    ProofDiffers,
    PublicationNotYet,
    ReasonMissing,
)
from feeledger.supervision.states import EVENT_TEXTS, STATE_TEXTS, Act, Case, Clock, Limits

# 2026 without holidays: Monday to Friday are worked. 2 March 2026 is a Monday.
CALENDAR = Calendar({2026: CalendarYear(2026, False, frozenset(), frozenset())})
CLOCK = Clock(CALENDAR)
MONDAY = date(2026, 3, 2)


def day(offset: int) -> date:
    return MONDAY + timedelta(days=offset)


def opened(level: str = "red", on: date = MONDAY) -> Case:
    return open_case(level, opened_by="zhang", on=on, clock=CLOCK).after


def acted(case: Case, event: str, on: date, actor: str = "li", **more: object) -> Case:
    return moves_of_act(case, Act(event, actor, on, "经核实", **more), clock=CLOCK)[-1].after


def explained() -> Case:
    return acted(opened(), "explain", day(1), "department")


def confirmed() -> Case:
    return acted(explained(), "confirm", day(2))


def rectifying() -> Case:
    return acted(confirmed(), "order_rectification", day(3), amount=Money(50_000))


@pytest.mark.parametrize(
    ("level", "state", "due"),
    [
        ("warning", "warned", date(2026, 3, 5)),  # 3 working days after Monday: Thursday
        ("yellow", "yellow", date(2026, 3, 9)),  # 5: the Monday after
        ("red", "red", date(2026, 3, 9)),
    ],
)
def test_a_case_opens_at_the_level_of_its_signal(level: str, state: str, due: date):
    move = open_case(level, opened_by="zhang", on=MONDAY, clock=CLOCK)

    assert (move.before, move.after.state, move.after.due.day) == ("detected", state, due)


def test_silence_raises_the_card_and_ends_on_the_work_list_but_convicts_nobody():
    moves = moves_of_time(opened("warning"), today=date(2026, 12, 1), clock=CLOCK)

    # warned Monday 2 March, ends Thursday 5; yellow Friday 6, ends Friday 13;
    # red Saturday 14, ends Friday 20; on the list Saturday 21
    assert [(move.before, move.after.state, move.on) for move in moves] == [
        ("warned", "yellow", date(2026, 3, 6)),
        ("yellow", "red", date(2026, 3, 14)),
        ("red", "awaiting_decision", date(2026, 3, 21)),
    ]
    assert all(move.actor == "" for move in moves)


def test_a_limit_ends_at_midnight_of_its_last_day_r_t6():
    case = opened("warning")

    assert moves_of_time(case, today=date(2026, 3, 5), clock=CLOCK) == ()
    assert len(moves_of_time(case, today=date(2026, 3, 6), clock=CLOCK)) == 1


@pytest.mark.parametrize("level", ["warning", "yellow", "red"])
def test_an_explanation_stops_the_clock(level: str):
    case = acted(opened(level), "explain", day(1), "department")

    assert case.state == "explained"
    assert moves_of_time(case, today=date(2026, 12, 31), clock=CLOCK) == ()


def test_an_explanation_comes_before_time_runs_out():
    assert acted(opened("red"), "explain", date(2026, 3, 9)).state == "explained"
    with pytest.raises(MoveOutOfTurn):
        acted(opened("red"), "explain", date(2026, 3, 10))


@pytest.mark.parametrize(("event", "state"), [("confirm", "confirmed"), ("dismiss", "dismissed")])
def test_a_person_other_than_the_opener_decides(event: str, state: str):
    with pytest.raises(SamePerson):
        acted(explained(), event, day(2), "zhang")

    assert acted(explained(), event, day(2), "li").state == state


@pytest.mark.parametrize("event", ["confirm", "dismiss"])
def test_who_joined_or_proposed_does_not_decide_either(event: str):
    move = open_case("red", opened_by="zhang", on=MONDAY, clock=CLOCK)
    joined = Case(
        **{
            name: getattr(move.after, name)
            for name in Case.__slots__
            if name not in {"parties", "heard"}
        },
        parties=frozenset({"zhang", "wang"}),
        heard=True,
    )

    with pytest.raises(SamePerson):
        acted(joined, event, day(2), "wang")


def test_nothing_is_decided_before_the_department_was_heard_or_its_time_ran_out():
    with pytest.raises(NotYetHeard):
        acted(opened(), "confirm", day(1))

    assert acted(opened(), "confirm", day(1), hearing="当面听取，单位称已退还").state == "confirmed"
    assert acted(opened("warning"), "confirm", day(7)).state == "confirmed"


def test_an_elapsed_limit_moves_first_and_then_the_act():
    moves = moves_of_act(opened("yellow"), Act("confirm", "li", day(9), "逾期未说明"), clock=CLOCK)

    assert [(move.before, move.after.state, move.actor) for move in moves] == [
        ("yellow", "red", ""),
        ("red", "confirmed", "li"),
    ]


@pytest.mark.parametrize("event", sorted(RULES))
def test_every_act_needs_a_reason_r_s8(event: str):
    states = {
        "explain": opened(),
        "confirm": explained(),
        "dismiss": explained(),
        "accept_explanation": explained(),
        "reject_explanation": explained(),
        "appeal": confirmed(),
        "accept_appeal": acted(confirmed(), "appeal", day(3)),
        "reject_appeal": acted(confirmed(), "appeal", day(3)),
        "order_rectification": confirmed(),
        "report_rectification": rectifying(),
        "verify_rectification": acted(
            rectifying(), "report_rectification", day(4), amount=Money(50_000)
        ),
        "refuse_rectification": acted(
            rectifying(), "report_rectification", day(4), amount=Money(50_000)
        ),
    }
    for reason in ("", "  ", "长" * 4001):
        with pytest.raises(ReasonMissing):
            moves_of_act(states[event], Act(event, "zhao", day(4), reason), clock=CLOCK)


@pytest.mark.parametrize(
    ("event", "state"), [("accept_explanation", "dismissed"), ("reject_explanation", "confirmed")]
)
def test_an_explanation_is_judged_by_another_than_the_opener(event: str, state: str):
    with pytest.raises(SamePerson):
        acted(explained(), event, day(2), "zhang")

    assert acted(explained(), event, day(2)).state == state


def test_an_appeal_comes_once_a_case():
    rejected = acted(acted(confirmed(), "appeal", day(3)), "reject_appeal", day(4), "zhao")

    assert rejected.state == "confirmed"
    with pytest.raises(AppealTooLate):
        acted(rejected, "appeal", day(4))


def test_an_appeal_is_open_five_working_days_from_the_card():
    """Red on Saturday 14 March; five working days: Friday 20."""
    case = opened("yellow", on=date(2026, 3, 6))

    assert acted(case, "appeal", date(2026, 3, 20)).state == "appealed"
    with pytest.raises(MoveOutOfTurn):
        acted(case, "appeal", date(2026, 3, 21))


def test_an_appeal_is_open_five_working_days_from_a_later_confirmation():
    """Confirmed on Wednesday 4 March: the last day is Wednesday 11."""
    assert acted(confirmed(), "appeal", date(2026, 3, 11)).state == "appealed"
    with pytest.raises(AppealTooLate):
        acted(confirmed(), "appeal", date(2026, 3, 12))


def test_an_appeal_has_ten_working_days_and_is_decided_by_a_person():
    """Appealed on Thursday 5 March: due on Thursday 19, and nothing happens by itself."""
    case = acted(confirmed(), "appeal", day(3))

    assert case.due.day == date(2026, 3, 19)
    assert moves_of_time(case, today=date(2026, 12, 31), clock=CLOCK) == ()
    assert acted(case, "accept_appeal", day(9), "zhao").state == "dismissed"


@pytest.mark.parametrize("actor", ["zhang", "li"])
def test_neither_the_opener_nor_who_confirmed_judges_the_appeal(actor: str):
    with pytest.raises(SamePerson):
        acted(acted(confirmed(), "appeal", day(3)), "accept_appeal", day(4), actor)


def test_rectification_has_ten_working_days_and_then_goes_under_supervision():
    """Ordered on Thursday 5 March: due on Thursday 19."""
    case = rectifying()

    assert case.due.day == date(2026, 3, 19)
    (move,) = moves_of_time(case, today=date(2026, 3, 20), clock=CLOCK)
    assert (move.after.state, move.on) == ("under_supervision", date(2026, 3, 20))
    assert acted(move.after, "report_rectification", day(30), amount=Money(50_000)).state == (
        "rectified"
    )


@pytest.mark.parametrize("fen", [49_999, 50_001, 0])
def test_more_or_less_than_the_established_amount_is_no_proof_r_s7(fen: int):
    with pytest.raises(ProofDiffers):
        acted(rectifying(), "report_rectification", day(4), amount=Money(fen))


def test_an_order_states_an_amount():
    with pytest.raises(ProofDiffers):
        acted(confirmed(), "order_rectification", day(3))


def test_a_verified_rectification_closes_the_case():
    done = acted(rectifying(), "report_rectification", day(4), amount=Money(50_000))

    assert done.due.day == date(2026, 3, 13)  # Friday 6 March and five working days
    assert acted(done, "verify_rectification", day(5)).state == "closed"


def test_a_failed_rectification_gets_one_more_period_then_supervision():
    proof = {"amount": Money(50_000)}
    first = acted(rectifying(), "report_rectification", day(4), **proof)

    again = acted(first, "refuse_rectification", day(7))  # Monday 9: ten more end on Monday 23
    assert (again.state, again.due.day) == ("rectifying", date(2026, 3, 23))

    second = acted(again, "report_rectification", day(8), **proof)
    assert acted(second, "refuse_rectification", day(9)).state == "under_supervision"


ALLOWED = {
    "explain": {"warned", "yellow", "red"},
    "confirm": {"warned", "yellow", "red", "explained", "awaiting_decision"},
    "dismiss": {"warned", "yellow", "red", "explained", "awaiting_decision"},
    "accept_explanation": {"explained"},
    "reject_explanation": {"explained"},
    "appeal": {"yellow", "red", "confirmed"},
    "accept_appeal": {"appealed"},
    "reject_appeal": {"appealed"},
    "order_rectification": {"confirmed"},
    "report_rectification": {"rectifying", "under_supervision"},
    "verify_rectification": {"rectified"},
    "refuse_rectification": {"rectified"},
}


@pytest.mark.parametrize("event", sorted(ALLOWED))
@pytest.mark.parametrize("state", sorted(STATE_TEXTS))
def test_each_move_leaves_from_its_states_only(event: str, state: str):
    case = Case(
        state,
        "red",
        "zhang",
        MONDAY,
        MONDAY,
        heard=True,
        card_on=MONDAY,
        rounds=1,
        established=Money(1),
    )
    if state in ALLOWED[event]:
        assert acted(case, event, MONDAY, amount=Money(1)).state in STATE_TEXTS
    else:
        with pytest.raises(MoveOutOfTurn) as refusal:
            acted(case, event, MONDAY, amount=Money(1))
        assert STATE_TEXTS[state].zh in refusal.value.detail.zh


@pytest.mark.parametrize(
    ("level", "days", "expected"),
    [
        ("warning", [date(2025, 3, 2), date(2026, 3, 1)], "yellow"),  # both bounds inside
        ("yellow", [date(2025, 3, 2), date(2026, 3, 1)], "red"),
        ("red", [date(2025, 3, 2), date(2026, 3, 1)], "red"),
        ("warning", [date(2025, 3, 1), date(2026, 3, 1)], "warning"),  # one day too old
        ("warning", [date(2025, 6, 1), date(2026, 3, 2)], "warning"),  # the opening day is out
        ("warning", [date(2025, 6, 1)], "warning"),
    ],
)
def test_two_confirmed_cards_in_a_year_raise_the_level_r_s6(
    level: str, days: list[date], expected: str
):
    assert level_at_opening(level, days, on=MONDAY) == expected


def test_a_year_before_a_leap_day_begins_on_the_28th_r_s6():
    days = [date(2027, 2, 28), date(2027, 5, 1)]

    assert level_at_opening("warning", days, on=date(2028, 2, 29)) == "yellow"


def test_publication_waits_for_the_appeal_r_s5():
    """Confirmed on Wednesday 4 March: an appeal is open until Wednesday 11."""
    case = confirmed()

    for too_early in (day(2), date(2026, 3, 11)):
        with pytest.raises(PublicationNotYet):
            require_publishable(case, today=too_early, clock=CLOCK)
    require_publishable(case, today=date(2026, 3, 12), clock=CLOCK)


def test_an_open_appeal_and_an_unconfirmed_case_are_not_published_r_s5():
    appealed = acted(confirmed(), "appeal", day(3))
    for case in (opened(), explained(), appealed, acted(appealed, "accept_appeal", day(4), "zhao")):
        with pytest.raises(PublicationNotYet):
            require_publishable(case, today=date(2026, 12, 1), clock=CLOCK)

    rejected = acted(appealed, "reject_appeal", day(4), "zhao")
    require_publishable(rejected, today=day(4), clock=CLOCK)


def test_the_limits_can_be_configured():
    clock = Clock(CALENDAR, Limits(red=1))

    assert open_case("red", opened_by="zhang", on=MONDAY, clock=clock).after.due.day == day(1)


def test_a_year_without_calendar_fails_loudly_r_t1():
    with pytest.raises(CalendarYearMissing):
        opened(on=date(2026, 12, 30))


def test_every_state_and_event_speaks_both_languages():
    for text in (*STATE_TEXTS.values(), *EVENT_TEXTS.values()):
        assert text.zh
        assert text.en
