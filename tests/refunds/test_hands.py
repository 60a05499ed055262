"""Whose turn a refund is, and the time it has left; 2026-11-24 is a Tuesday."""

from datetime import UTC, date, datetime

import pytest

from feeledger.people.roles import NotYourRight, Role, SamePerson, may
from feeledger.refunds.hands import PASS_UP_FIRST, Standing, demand_step, offers_to, turn_of
from feeledger.refunds.refund import RefundNotMovable
from feeledger.refunds.timeline import Move, days_left, step_to_come, steps_done
from tests.builders import the_calendar

AT = datetime(2026, 11, 24, tzinfo=UTC)


def offers(role, actor, **told):
    standing = Standing(**{"account_kind": "original", "shared": False, "applicant": "a"} | told)
    return {
        one.event: one.why_not for one in offers_to(standing, actor, lambda right: may(role, right))
    }


def test_r_f3_nobody_is_offered_a_step_of_their_own_application_and_the_reason_is_said():
    verified = {"state": "unit_verified", "verified_by": "v"}

    assert offers(Role.CLERK, "b", state="applied") == {"verify": None, "reject": None}
    own = offers(Role.CLERK, "a", state="applied")
    assert "另一人" in own["verify"].zh
    assert own["withdraw"] is None
    assert offers(Role.REVIEWER, "r", **verified) == {"approve": None, "reject": None}
    assert "核实人" in offers(Role.REVIEWER, "v", **verified)["approve"].zh
    shared = offers(Role.REVIEWER, "r", **verified | {"shared": True})
    assert shared == {
        "forward": None,
        "approve": PASS_UP_FIRST,
        "reject": None,
    }
    half = verified | {"account_kind": "other", "approved_by": "r"}
    assert "第二人" in offers(Role.REVIEWER, "r", **half)["approve"].zh
    assert offers(Role.REVIEWER, "s", **half)["approve"] is None
    assert offers(Role.AUDITOR, "x", **verified) == {}
    assert offers(Role.CLERK, "a", state="paid") == {}


@pytest.mark.parametrize(
    ("event", "actor", "role", "error"),
    [
        ("verify", "a", Role.CLERK, SamePerson),
        ("verify", "r", Role.REVIEWER, NotYourRight),
        ("withdraw", "b", Role.CLERK, NotYourRight),
        ("pay", "b", Role.CLERK, RefundNotMovable),
    ],
)
def test_a_step_out_of_turn_is_refused(event, actor, role, error):
    standing = Standing("applied", "original", shared=False, applicant="a")

    with pytest.raises(error):
        demand_step(standing, event, actor, role)


def test_days_left_are_working_days_and_a_limit_that_passed_is_overdue_by_one_at_least():
    calendar = the_calendar()

    # Wed 25, Thu 26, Fri 27, Mon 30.
    assert days_left(date(2026, 11, 30), date(2026, 11, 24), calendar) == 4
    assert days_left(date(2026, 11, 24), date(2026, 11, 24), calendar) == 0
    # Due Friday the 20th: Monday and Tuesday since.
    assert days_left(date(2026, 11, 20), date(2026, 11, 24), calendar) == -2
    # Due Friday, seen on Saturday: no working day has passed since, yet it is overdue.
    assert days_left(date(2026, 11, 20), date(2026, 11, 21), calendar) == -1


def test_steps_are_held_against_their_limits():
    calendar = the_calendar()
    moves = [
        Move("apply", "", date(2026, 11, 2), AT, "payer:x", "多缴", None),
        Move("verify", "applied", date(2026, 11, 18), AT, "v", "", date(2026, 11, 16)),
    ]
    standing = Standing("unit_verified", "original", shared=True, applicant="payer:x")

    done = steps_done(moves, shared=True, calendar=calendar)
    coming = step_to_come(
        standing,
        due=date(2026, 12, 9),
        provisional=False,
        today=date(2026, 11, 24),
        calendar=calendar,
    )

    assert [(step.days, step.late) for step in done] == [(None, 0), (10, 2)]
    # 25, 26, 27; 30 to 4 December; 7, 8, 9.
    assert (coming.days, coming.left) == (15, 11)
    assert "上报" in coming.name.zh
    assert turn_of(Standing("paid", "original", shared=False, applicant="a")) is None
