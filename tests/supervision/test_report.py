"""What is asked of a report before it is taken."""

from dataclasses import replace
from datetime import date

import pytest

from feeledger.money import Money
from feeledger.supervision.report import REPORTER, ReportRefused, Told, charge_of

TODAY = date(2026, 11, 24)
TOLD = Told(
    department=" 新乐市公安局 ",
    item="机动车号牌工本费",
    amount=Money(10_000),
    charged_on=date(2026, 11, 20),
    how_paid="cash",
    channel="page",
)


def test_five_things_are_enough():
    charge = charge_of(TOLD, today=TODAY)

    assert (charge.department, charge.payer, charge.account) == ("新乐市公安局", "", "")
    assert charge.arose_on == charge.charged_on  # unless told otherwise
    assert TOLD.opener == REPORTER
    assert replace(TOLD, entered_by="zhang").opener == "zhang"


def test_codes_and_numbers_are_normalised():
    told = replace(
        TOLD, payer=" ９１１３０１８４ma0cq3t535 ", account="6222 0000", ticket_no="00 38"
    )

    charge = charge_of(told, today=TODAY)

    assert (charge.payer, charge.account, charge.ticket_no) == (
        "91130184MA0CQ3T535",
        "62220000",
        "0038",
    )


def test_every_fault_is_told_at_once_with_its_field():
    told = replace(
        TOLD,
        department="",
        item="x" * 201,
        amount=Money(0),
        charged_on=date(2026, 11, 25),
        arose_on=date(1999, 1, 1),
        how_paid="barter",
        payer="91130184MA0CQ3T536",
        story="长" * 4001,
    )

    with pytest.raises(ReportRefused) as refusal:
        charge_of(told, today=TODAY)

    assert sorted(name for name, _ in refusal.value.errors) == [
        "amount",
        "arose_on",
        "charged_on",
        "department",
        "how_paid",
        "item",
        "payer",
        "story",
    ]
    for _, text in refusal.value.errors:
        assert text.zh
        assert text.en


def test_a_charge_of_today_is_taken():
    assert charge_of(replace(TOLD, charged_on=TODAY), today=TODAY).charged_on == TODAY


def test_a_day_left_out_is_not_faulted_and_a_code_is_named():
    told = replace(TOLD, charged_on=date(2030, 1, 1), payer="91130184MA0CQ3T536")  # its check is 5

    with pytest.raises(ReportRefused) as refusal:
        charge_of(told, today=TODAY)

    faults = dict(refusal.value.errors)
    assert set(faults) == {"charged_on", "payer"}
    assert faults["payer"].zh.startswith("信用代码")
    assert faults["payer"].en.startswith("the credit code: ")
