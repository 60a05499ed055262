"""The signals over a reported charge: S01, S04, S05, S06, S07, S14 and what is innocent."""

from dataclasses import replace
from datetime import date

import pytest

from feeledger.money import Money
from feeledger.supervision.charge import (
    Ended,
    Evidence,
    Excess,
    ReportedCharge,
    object_of,
    unit_key_of,
)
from feeledger.supervision.levels import highest_level
from feeledger.supervision.signals import RULES, rule_of, signals_of

DAY = date(2026, 11, 20)
CHARGE = ReportedCharge(
    payer="91130184MA0CQ3T535",
    department="新乐市自然资源和规划局",
    unit_code="130184-ZRZY",
    item="不动产登记费",
    amount=Money(55_000),
    charged_on=DAY,
    arose_on=DAY,
    how_paid="transfer",
    account="DEMO-0001",
    ticket_no="0038285699",
)
LAWFUL = Evidence(
    item_id="realestate-registration",
    item_name="不动产登记费",
    unit_may_charge=True,
    designated=("DEMO-0001",),
    paid_notice="13018426000000000105",
)


def codes(charge: ReportedCharge = CHARGE, **evidence: object) -> set[str]:
    return {signal.code for signal in signals_of(charge, replace(LAWFUL, **evidence))}


def test_a_charge_paid_by_notice_at_the_standard_shows_nothing():
    assert codes() == set()


def test_a_receipt_without_a_paid_notice_is_s01():
    assert codes(replace(CHARGE, account=""), paid_notice="") == {"S01"}


@pytest.mark.parametrize(
    "innocent",
    [
        {"ticket_ours": True},
        {"paid_notice": "13018426000000000105"},
        {"service_fee": True},
        {"lawful_agent": True},
    ],
)
def test_our_ticket_a_paid_notice_a_service_fee_or_a_lawful_agent_is_no_s01(
    innocent: dict[str, object],
):
    assert codes(replace(CHARGE, account=""), **({"paid_notice": ""} | innocent)) == set()


def test_money_in_the_designated_account_is_no_s01():
    assert codes(paid_notice="") == set()


def test_cash_at_an_approved_batched_unit_is_no_s01_but_a_transfer_is():
    cash = replace(CHARGE, account="", how_paid="cash")

    assert codes(cash, paid_notice="", unit_batches=True) == set()
    assert codes(replace(cash, how_paid="mobile"), paid_notice="", unit_batches=True) == {"S01"}


def test_more_than_the_standard_is_s04():
    excess = Excess(DAY, highest=Money(55_000), over=Money(1))

    assert codes(replace(CHARGE, amount=Money(55_001)), excess=excess) == {"S04"}


def test_an_ended_item_has_no_standard_to_be_over():
    excess = Excess(DAY, highest=Money(0), over=Money(55_000))

    assert codes(excess=excess, ended=Ended(date(2017, 4, 1), "")) == {"S06"}


def test_an_account_that_is_not_designated_that_day_is_s05():
    assert codes(replace(CHARGE, account="6222000011112222")) == {"S05"}
    assert codes(replace(CHARGE, account="6222000011112222"), designated=()) == {"S05"}


def test_both_accounts_of_an_announced_change_are_right_while_they_overlap():
    assert codes(replace(CHARGE, account="NEW-2"), designated=("OLD-1", "NEW-2")) == set()


def test_no_account_named_is_no_s05():
    assert codes(replace(CHARGE, account="")) == set()


@pytest.mark.parametrize("innocent", [{"service_fee": True}, {"lawful_agent": True}])
def test_a_service_fee_or_an_agents_own_account_is_no_s05(innocent: dict[str, object]):
    assert codes(replace(CHARGE, account="SELLER-1"), **innocent) == set()


def test_an_item_that_ended_before_the_duty_arose_is_s06():
    ended = Ended(date(2017, 4, 1), "财税〔2017〕20号")

    assert codes(ended=ended) == {"S06"}
    assert codes(replace(CHARGE, arose_on=date(2017, 4, 1)), ended=ended) == {"S06"}


def test_a_duty_from_before_the_end_is_no_s06():
    ended = Ended(date(2017, 4, 1), "财税〔2017〕20号")

    assert codes(replace(CHARGE, arose_on=date(2017, 3, 31)), ended=ended) == set()


def test_an_item_that_the_catalog_does_not_know_is_s07():
    unknown = {"item_id": "", "item_name": "", "unit_may_charge": None}

    assert codes(**unknown) == {"S07"}
    assert codes(**unknown, candidates=("一", "二")) == set()  # not sure is not unknown


def test_an_item_that_the_catalog_gives_to_another_unit_is_s07():
    assert codes(unit_may_charge=False) == {"S07"}
    assert codes(unit_may_charge=False, lawful_agent=True) == set()
    assert codes(unit_may_charge=None) == set()


def test_cash_without_a_ticket_is_s14():
    cash = replace(CHARGE, how_paid="cash", ticket_no="", account="")

    assert codes(cash) == {"S14"}
    assert codes(replace(cash, ticket_no="7")) == set()
    assert codes(replace(cash, how_paid="transfer")) == set()


def test_one_charge_may_show_several_signals():
    charge = replace(CHARGE, how_paid="cash", ticket_no="", account="X-1", amount=Money(60_000))
    excess = Excess(DAY, highest=Money(55_000), over=Money(5_000))

    assert codes(charge, paid_notice="", excess=excess) == {"S01", "S04", "S05", "S14"}


def test_a_signal_keeps_its_version_its_inputs_and_its_sentence_r_s4():
    excess = Excess(DAY, highest=Money(55_000), over=Money(5_000))

    (signal,) = signals_of(replace(CHARGE, amount=Money(60_000)), replace(LAWFUL, excess=excess))

    assert (signal.code, signal.level, signal.version) == ("S04", "red", 1)
    assert "600.00" in signal.explanation.zh
    assert "50.00" in signal.explanation.zh  # 600.00 less 550.00
    assert "550.00" in signal.explanation.en
    assert signal.inputs["charge"]["amount"] == "600.00"
    assert signal.inputs["evidence"]["excess"] == {
        "on": "2026-11-20",
        "highest": "550.00",
        "over": "50.00",
    }


def test_every_rule_speaks_both_languages_and_states_no_penalty():
    for rule in RULES:
        assert rule_of(rule.code) is rule
        for text in (rule.name, rule.articles):
            assert text.zh
            assert text.en
            for word in ("开除", "降级", "撤职", "dismiss"):
                assert word not in text.zh + text.en


def test_the_same_charge_reported_twice_is_one_thing_r_s2():
    again = replace(CHARGE, ticket_no="", how_paid="cash", item="不动产登记 费")

    assert object_of(CHARGE, LAWFUL) == object_of(again, LAWFUL)
    assert object_of(replace(CHARGE, amount=Money(1)), LAWFUL) != object_of(CHARGE, LAWFUL)
    assert object_of(replace(CHARGE, payer=""), LAWFUL) == ""


def test_who_charged_is_named_by_code_or_by_the_words_of_the_report():
    assert unit_key_of(CHARGE) == "130184-ZRZY"
    assert unit_key_of(replace(CHARGE, unit_code="", department="新乐 某局")) == "新乐某局"


def test_the_gravest_level_counts():
    assert highest_level(["warning", "red", "yellow"]) == "red"
    assert highest_level(["warning"]) == "warning"
