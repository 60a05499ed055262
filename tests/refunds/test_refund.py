"""The states and limits of a refund, by hand."""

from datetime import date

import pytest

from feeledger.money import Money, parse_amount
from feeledger.periods import CalendarYearMissing
from feeledger.refunds.application import (
    Application,
    Held,
    RefundExceedsPayment,
    RefundRefused,
    asked_lines,
    check_application,
    target_of,
)
from feeledger.refunds.refund import (
    RefundNotMovable,
    apply_limit,
    is_overdue,
    limit_after,
    state_after,
)
from feeledger.sharing.paid import PaidLine
from tests.builders import TODAY, an_application, the_calendar

LATE = PaidLine(1, "U1", "甲", "item", "项目", TODAY, Money(10000), Money(500))
OTHER = PaidLine(2, "U2", "乙", "item", "项目", TODAY, Money(2000), Money(0))


def limit(state, *, shared=False, since=date(2014, 9, 26)):
    return limit_after(state, since=since, shared=shared, calendar=the_calendar())


def test_r_t2_ten_working_days_after_2014_09_26_end_on_2014_10_15():
    # R-T2's own example: 09-28 and 10-11 are made up for, 10-01 to 10-07 are off.
    assert limit("applied").day == date(2014, 10, 15)
    assert limit("unit_verified").day == date(2014, 10, 15)
    assert limit("finance_approved").day == date(2014, 10, 15)


def test_an_upper_levels_part_gives_fifteen_days_and_its_answer_has_no_known_limit():
    # Five working days on from 2014-10-15 (a Wednesday): 16, 17, 20, 21, 22.
    assert limit("unit_verified", shared=True).day == date(2014, 10, 22)
    assert limit("forwarded", shared=True) is None


def test_a_unit_applies_within_five_working_days_of_finding_it():
    # 2026-11-24 is a Tuesday: 25, 26, 27, 30, 1 December.
    assert apply_limit(TODAY, the_calendar()).day == date(2026, 12, 1)


def test_r_t1_a_limit_in_a_year_without_official_days_is_provisional_and_without_any_is_refused():
    found = limit("applied", since=date(2026, 12, 28))

    assert found.provisional
    with pytest.raises(CalendarYearMissing):
        limit("applied", since=date(2039, 12, 28))


def test_r_t6_a_limit_lasts_to_the_end_of_its_day():
    assert not is_overdue("applied", TODAY, TODAY)
    assert is_overdue("applied", date(2026, 11, 23), TODAY)
    assert not is_overdue("paid", date(2026, 11, 23), TODAY)
    assert not is_overdue("forwarded", None, TODAY)


@pytest.mark.parametrize(
    ("state", "event"),
    [
        ("applied", "approve"),
        ("applied", "pay"),
        ("unit_verified", "pay"),
        ("forwarded", "withdraw"),
        ("finance_approved", "withdraw"),
        ("finance_approved", "reject"),
        ("paid", "pay"),
        ("rejected", "approve"),
        ("withdrawn", "verify"),
    ],
)
def test_a_refund_takes_no_step_that_its_state_does_not_allow(state, event):
    with pytest.raises(RefundNotMovable):
        state_after(state, event)


def test_what_is_asked_goes_to_the_late_fee_first_and_then_to_the_charge():
    (asked,) = asked_lines(an_application("102.00"), [LATE, OTHER], {})

    assert (asked.amount, asked.late) == (Money(9700), Money(500))


def test_r_f1_a_line_gives_back_no_more_than_is_left_of_it():
    held = {1: Held(Money(9600), Money(500))}

    (asked,) = asked_lines(an_application("4.00"), [LATE], held)
    assert (asked.amount, asked.late) == (Money(400), Money(0))
    with pytest.raises(RefundExceedsPayment) as refused:
        asked_lines(an_application("4.01"), [LATE], held)
    assert refused.value.facts["left"] == "4.00"


def test_one_application_is_for_lines_of_one_unit_that_are_there():
    both = Application("payer", "mistaken_payment", "多缴了", {1: Money(1), 2: Money(1)})

    with pytest.raises(RefundRefused):
        asked_lines(both, [LATE, OTHER], {})
    with pytest.raises(RefundRefused):
        asked_lines(an_application(line=3), [LATE, OTHER], {})


def faults(payer_account="6222", **told):
    try:
        check_application(an_application(**told), payer_account=payer_account, today=TODAY)
    except RefundRefused as refused:
        return [name for name, _ in refused.errors]
    return []


def test_r_f3_another_account_needs_evidence_and_so_does_one_the_bank_did_not_tell():
    assert faults() == []
    assert faults(to_account="6222") == []
    assert faults(to_account="6333") == ["evidence", "files", "to_name"]
    assert faults(payer_account="") == ["evidence", "files", "to_account"]
    named = {"to_account": "6333", "to_name": "承继企业", "evidence": "合并公告〔2026〕2号"}
    assert faults(**named) == []
    assert faults(**named, files=()) == ["files"]  # named only: not there
    assert faults(**named, files=(), files_later=True) == []
    assert faults(payer_account="", to_account="6222", evidence="开户许可证 3 号") == []
    other = an_application(to_account="63 33", to_name="承继企业", evidence="合并公告〔2026〕2号")
    assert target_of(other, payer_account="6222", payer_name="甲").kind == "other"
    assert target_of(other, payer_account="6222", payer_name="甲").account == "6333"


def test_an_application_is_told_all_its_faults_at_once():
    assert faults(ground="because", reason="", found_on=TODAY) == ["reason", "ground", "found_on"]
    assert faults(amounts={1: parse_amount("0.00")}) == ["amounts"]
    assert faults(applied_as="unit") == ["found_on"]
    assert faults(applied_as="unit", found_on=date(2026, 11, 25)) == ["found_on"]
