"""The life of a difference."""

from datetime import date

import pytest

from feeledger.people.roles import SamePerson
from feeledger.reconciliation.difference import (
    STATE_TEXTS,
    STEPS,
    Difference,
    ReasonMissing,
    StepOutOfTurn,
    state_after,
)

ALLOWED = {
    ("open", "assign"): "assigned",
    ("assigned", "assign"): "assigned",
    ("assigned", "explain"): "explained",
    ("explained", "correct"): "corrected",
    ("explained", "write_off"): "written_off",
    ("corrected", "close"): "closed",
    ("written_off", "close"): "closed",
    ("open", "shift"): "auto_closed",
    ("assigned", "shift"): "auto_closed",
    ("explained", "shift"): "auto_closed",
}


@pytest.mark.parametrize("state", sorted(STATE_TEXTS))
@pytest.mark.parametrize("step", sorted(STEPS))
def test_each_step_is_allowed_in_its_states_only(state: str, step: str):
    difference = Difference(state, corrected_by="zhang")

    if (state, step) in ALLOWED:
        assert state_after(difference, step, actor="li", reason="核对") == ALLOWED[state, step]
    else:
        with pytest.raises(StepOutOfTurn):
            state_after(difference, step, actor="li", reason="核对")


@pytest.mark.parametrize("state", ["corrected", "written_off"])
def test_who_corrects_may_not_close(state: str):
    with pytest.raises(SamePerson):
        state_after(Difference(state, "zhang"), "close", actor="zhang", reason="核对")


@pytest.mark.parametrize("reason", ["", "  \n", "长" * 2001])
def test_every_step_needs_a_reason(reason: str):
    with pytest.raises(ReasonMissing):
        state_after(Difference("open"), "assign", actor="li", reason=reason)


def test_only_settled_or_carried_differences_let_the_day_close_r_r5():
    assert Difference("open").holds_up
    assert Difference("corrected").holds_up
    assert not Difference("closed").holds_up
    assert not Difference("auto_closed").holds_up
    assert not Difference("open", carried_to=date(2026, 11, 25)).holds_up
