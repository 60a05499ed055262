"""What may stand on a notice, and with which amount (R-C2, R-C3)."""

from dataclasses import replace

import pytest

from feeledger.catalog.items import CollectedBy
from feeledger.errors import Text
from feeledger.money import Money
from feeledger.notices.charges import (
    AmountNotAllowed,
    AmountNotSettled,
    Charge,
    DecidedAmount,
    ItemNotChargeable,
    amount_of_charge,
    basis_of,
    demand_chargeable,
    explanation_of,
)
from tests.builders import (
    LICENCE_ITEM,
    LICENCE_LINE,
    SOIL_ITEM,
    SOIL_LINE,
    WATER_UNIT,
    a_charge,
    an_answer,
    the_catalog,
)

ALLOWED = frozenset({SOIL_ITEM, LICENCE_ITEM})
BASIS = {"document": "演示文件〔2026〕1号", "reason": "按实核定"}
RANGE = "range"


def outcome(name, *, low=None, high=None, reason=None):
    """An answer of the soil item, turned to another outcome."""
    return replace(
        an_answer(),
        outcome=name,
        amount=None,
        allowed_range=(low and Money(low), high and Money(high)),
        reason=reason,
    )


def decided(fen, **basis):
    return DecidedAmount(Money(fen), **{**BASIS, **basis})


def test_the_assessments_amount_stands_and_no_other():
    assert amount_of_charge(a_charge()) == Money(14_000)
    with pytest.raises(AmountNotAllowed):
        amount_of_charge(a_charge(decided=decided(1)))


def test_a_line_that_a_relief_takes_whole_stays_with_zero():
    assert amount_of_charge(a_charge(answer=outcome("exempt"))) == Money(0)


@pytest.mark.parametrize("name", ["guided", "ceiling", "range", "below_floor"])
def test_a_bounded_price_is_decided_within_its_bounds(name):
    answer = outcome(name, low=100, high=200)

    for fen in (100, 150, 200):
        assert amount_of_charge(a_charge(answer=answer, decided=decided(fen))) == Money(fen)
    for fen in (99, 201):
        with pytest.raises(AmountNotAllowed):
            amount_of_charge(a_charge(answer=answer, decided=decided(fen)))
    with pytest.raises(AmountNotAllowed):
        amount_of_charge(a_charge(answer=answer))


def test_an_open_bound_bounds_nothing():
    answer = outcome("ceiling", high=200)

    assert amount_of_charge(a_charge(answer=answer, decided=decided(1))) == Money(1)


def test_a_standard_that_was_not_established_takes_an_amount_with_its_basis_rc3():
    answer = outcome("no_rate", reason="not_established")

    assert amount_of_charge(a_charge(answer=answer, decided=decided(500))) == Money(500)
    for without in (None, decided(500, document=" "), decided(0)):
        with pytest.raises(AmountNotAllowed):
            amount_of_charge(a_charge(answer=answer, decided=without))


@pytest.mark.parametrize("reason", ["lapsed", "market_price", "not_yet_begun", "outside_table"])
def test_no_amount_is_set_where_there_is_no_price_for_another_reason_rc3(reason):
    charge = a_charge(answer=outcome("no_rate", reason=reason), decided=decided(500))

    with pytest.raises(AmountNotSettled):
        amount_of_charge(charge)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("undetermined", Text("待定", "undetermined")),
        ("not_applicable", Text("不适用", "not applicable")),
    ],
)
def test_what_is_not_settled_is_not_noticed_and_told_in_words(name, words):
    with pytest.raises(AmountNotSettled) as caught:
        amount_of_charge(a_charge(answer=outcome(name), decided=decided(500)))

    assert f"核定结果为“{words.zh}”" in caught.value.detail.zh
    assert f'says "{words.en}"' in caught.value.detail.en


def test_an_unchosen_class_is_not_noticed():
    with pytest.raises(AmountNotSettled):
        amount_of_charge(a_charge(answer=replace(an_answer(), alternative=True)))


def test_a_missing_fact_is_named_by_the_refusal():
    charge = a_charge(answer=an_answer(facts={}))

    with pytest.raises(AmountNotSettled) as caught:
        amount_of_charge(charge)

    assert caught.value.facts["needs"] == ["land_occupied_m2"]


def test_an_item_of_the_unit_in_force_on_the_day_is_chargeable_rc2():
    demand_chargeable(a_charge(), ALLOWED)


def test_an_item_outside_the_units_set_is_16003_rc2():
    with pytest.raises(ItemNotChargeable) as caught:
        demand_chargeable(a_charge(), frozenset({LICENCE_ITEM}))

    assert caught.value.facts == {"item": SOIL_ITEM, "result": "16003"}


def ended_item():
    catalog = the_catalog()
    return next(i for i in catalog.items.values() if i.id == "house-registration")


def test_an_ended_item_is_16003_rc2():
    answer = an_answer(ended_item().id, ended_item().lines[0].id, facts={})

    with pytest.raises(ItemNotChargeable):
        demand_chargeable(Charge(WATER_UNIT, answer), frozenset({answer.item}))


def others() -> list[str]:
    """One item of each way of collecting other than by notice, and a service fee."""
    ways: dict[CollectedBy | str, str] = {}
    for item in the_catalog().items.values():
        if item.category == "operating_service":
            ways.setdefault("service", item.id)
        elif item.collected_by != "notice":
            ways.setdefault(item.collected_by, item.id)
    return sorted(ways.values())


@pytest.mark.parametrize("item", others())
def test_what_is_not_collected_by_notice_is_16003_rc2(item):
    answer = replace(an_answer(), item=item)

    with pytest.raises(ItemNotChargeable):
        demand_chargeable(Charge(WATER_UNIT, answer), frozenset({item}))


def test_nothing_in_force_is_16003_rc2():
    with pytest.raises(ItemNotChargeable):
        demand_chargeable(a_charge(answer=replace(an_answer(), line=None)), ALLOWED)


def test_the_explanation_is_data_and_both_languages():
    answer = an_answer(LICENCE_ITEM, LICENCE_LINE, facts={"vehicle_licences": 3})

    told = explanation_of(answer)

    assert (told["line"], told["amount"], told["outcome"]) == (LICENCE_LINE, "30.00", "due")
    assert told["steps"]["catalog"]["sha256"] == the_catalog().edition.sha256
    assert any("30" in sentence for sentence in told["sentences"]["zh"])
    assert any("30" in sentence for sentence in told["sentences"]["en"])


def test_the_basis_of_a_decided_amount_is_kept():
    assert basis_of(None) is None
    assert basis_of(decided(500)) == {**BASIS, "amount": "5.00"}
    assert SOIL_LINE.startswith("soil-water")
