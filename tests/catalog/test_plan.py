"""The plan: what it refuses, what it proves, and that its proofs hold at the bounds and within."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeledger.assessment.rate_words import TOLD
from feeledger.assessment.walk import walk_program
from feeledger.catalog.building import PlanRefused
from feeledger.catalog.expressions import ExpressionRefused
from feeledger.catalog.forms import FORMS_BUILT
from feeledger.catalog.items import Adjustment, Rounding
from feeledger.catalog.nodes import INT64_MAX, Shape, spans_of
from feeledger.catalog.plan import plan_of, plan_within
from feeledger.catalog.rates import (
    FORMS,
    BasePlusExcess,
    Bracket,
    Coefficient,
    Formula,
    Free,
    Interpolate,
    Matrix,
    NotEstablished,
    Percent,
    PerUnit,
    Point,
    Progressive,
    Tier,
    Tiers,
)
from tests.assessment.small_catalog import (
    FACTS,
    a_catalog,
    a_line,
    a_relief,
    an_item,
    if_all,
    if_any,
)

D = Decimal


def planned(rate, shapes=None, reliefs=(), **line):
    catalog = a_catalog(an_item(a_line(rate, **line), reliefs=tuple(reliefs)))
    plan = plan_of(catalog) if shapes is None else plan_within(catalog, shapes)
    return plan.lines["fee.line"]


def test_a_quotient_is_kept_as_numerator_and_divisor():
    plan = planned(Interpolate("price", (Point(D(0), D(0)), Point(D(3), D(1)))))

    assert plan.sums.divisor is not None
    values = walk_program(plan.program, {"price": 10**6})
    top, below = values[plan.sums.base], values[plan.sums.divisor]
    assert 3 * top == 10 ** plan.program[plan.sums.base].scale * below  # 1 x 1/3


def test_a_divisor_that_may_be_zero_is_refused_with_its_line():
    with pytest.raises(PlanRefused) as caught:
        planned(Formula("f", "price", (), divisor="kwh"))

    assert "fee.line" in caught.value.detail.en
    assert "kwh" in caught.value.detail.zh


def test_a_divisor_with_a_lower_bound_of_its_own_is_taken():
    plan = planned(Formula("f", "price", (), divisor="rate"))

    assert plan.divides == {"rate"}
    assert plan.program[plan.sums.divisor].low == 1  # 0.000001


def test_an_amount_that_may_fall_below_zero_is_refused():
    with pytest.raises(PlanRefused, match=r"max\(0"):
        planned(Formula("f", "price - wage"))


def test_a_derived_fact_stands_in_conditions_only():
    with pytest.raises(PlanRefused, match="conditions only"):
        planned(Percent(D(3), "share"))


def test_a_formula_with_an_unknown_name_is_refused_with_its_line():
    with pytest.raises(ExpressionRefused, match=r"fee\.line"):
        planned(Formula("f", "price * wag"))


def test_one_plan_is_kept_for_one_content():
    catalog = a_catalog(an_item(a_line(PerUnit(D(1), "", ("kwh",)))))
    same = replace(catalog)
    other = replace(
        a_catalog(an_item(a_line(PerUnit(D(2), "", ("kwh",))))), edition=catalog.edition
    )

    assert plan_of(catalog) is plan_of(same)
    assert plan_of(other).lines["fee.line"].line.rate.amount == 2


def test_a_whole_number_fact_at_a_price_in_yuan_fits_64_bits_as_declared():
    assert planned(PerUnit(D(100), "", ("staff",))).fits_64


def test_where_64_bits_are_not_proved_the_plan_says_where():
    plan = planned(PerUnit(D("0.00196875"), "", ("kwh",)))

    # 10^12 with 6 decimals x 196875 (scale 8) = 1.96875 x 10^23
    assert not plan.fits_64
    assert (plan.too_wide[0].where, plan.too_wide[0].reach) == ("2 mul", 196875 * 10**18)
    assert plan.too_wide[-1].where == "rounding"


def test_narrower_facts_prove_that_64_bits_are_enough():
    narrow = {"kwh": Shape(2, 0, 10**11)}  # up to 10^9 kWh in hundredths: 1.97 x 10^16 at scale 10

    assert planned(PerUnit(D("0.00196875"), "", ("kwh",)), narrow).fits_64


def test_the_rounding_itself_is_part_of_the_proof():
    """2n + d needs one bit more than n."""
    top = INT64_MAX // 100
    narrow = {"staff": Shape(0, 0, top)}  # n = fen fits, twice it does not

    plan = planned(PerUnit(D(1), "", ("staff",)), narrow)
    assert [wide.where for wide in plan.too_wide] == ["rounding"]
    assert planned(PerUnit(D(1), "", ("staff",)), {"staff": Shape(0, 0, top // 2 - 1)}).fits_64


def test_reliefs_that_may_hold_together_widen_the_rounding():
    narrow = {"staff": Shape(0, 0, 10**15)}
    halves = [a_relief("multiply", relief=f"r{n}", factor="0.15") for n in range(3)]

    assert planned(PerUnit(D(1), "", ("staff",)), narrow).fits_64
    assert not planned(PerUnit(D(1), "", ("staff",)), narrow, halves).fits_64


RATES = {
    "per_unit": (PerUnit(D("1.4"), "", ("kwh", "months")), {"rounding": Rounding(D("2.5"))}),
    "percent": (Percent(D("0.5"), "price", D(1000), D(300000)), {}),
    "progressive": (
        Progressive(
            "price",
            (Bracket(D(10), amount=D(50)), Bracket(D(99), D("0.025")), Bracket(None, D("0.001"))),
            (Coefficient("coefficient"),),
            D(200),
            D("0.2"),
            D("0.2"),
        ),
        {},
    ),
    "tier": (Tiers("staff", (Tier(D(1), D(9)), Tier(D(5), D(3))), "", ("months",)), {}),
    "excess": (BasePlusExcess(D(80), D(1), D(10), "", "staff", "months"), {}),
    "interpolate": (
        Interpolate("price", (Point(D(1), D(7)), Point(D(4), D(8)), Point(D(11), D(9))), D("1.03")),
        {},
    ),
    "matrix": (
        Matrix("kwh", (D(5), None), "size", ("large", "small"), ((D(1), D(2)), (D(3), D(4))), "",
               ("months",)),
        {},
    ),
    "formula": (
        Formula("f", "max(0, staff * 0.015 - disabled) * min(wage, 2 * price)", (), "rate"),
        {
            "adjustments": (
                Adjustment("a", if_any(("urban", "eq", True), ("share", "lt", D("0.01"))), D(2)),
            ),
            "applies_when": if_all(("size", "in", ("small", "micro")), ("kwh", "gte", D(5))),
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RATES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_no_value_ever_leaves_the_bounds_proved_for_it(name, data):
    rate, line = RATES[name]
    plan = planned(rate, **line)
    facts = {
        node.name: data.draw(
            st.one_of(st.sampled_from([node.low, node.high]), st.integers(node.low, node.high)),
            label=node.name,
        )
        for node in plan.program
        if node.kind == "fact"
    }

    values = walk_program(plan.program, facts)

    for node, value in zip(plan.program, values, strict=True):
        assert value is not None
        assert node.low <= value <= node.high, node
        assert abs(value) <= node.widest


@pytest.mark.parametrize("name", RATES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_spans_hold_the_value_of_every_fact_within_them(name, data):
    rate, line = RATES[name]
    plan = planned(rate, **line)
    spans, facts = {}, {}
    for node in plan.program:
        if node.kind == "fact":
            ends = st.integers(node.low, min(node.high, node.low + 10**9))
            low, high = sorted((data.draw(ends), data.draw(ends)))
            spans[node.name] = (low, high)
            facts[node.name] = data.draw(st.integers(low, high))
    # a share that is given agrees with its parts; here it is left to them
    facts.pop("share", None)
    spans.pop("share", None)

    values = walk_program(plan.program, facts)

    for value, (low, high) in zip(values, spans_of(plan.program, spans), strict=True):
        assert value is None or low <= value <= high


def test_every_rate_form_with_a_figure_is_built_and_told():
    silent = {Free, NotEstablished}

    assert FORMS.keys() == FORMS_BUILT.keys() | silent
    assert FORMS.keys() == TOLD.keys() | silent


def test_every_kind_of_fact_has_a_shape_in_the_plan():
    plan = plan_of(a_catalog(an_item(a_line(PerUnit(D(1), "", ("kwh",))))))

    assert plan.shapes.keys() == FACTS.keys()
    assert plan.shapes["public"] == Shape(0, 0, 1)
    assert plan.shapes["size"] == Shape(0, 0, 2)
    assert plan.shapes["price"] == Shape(6, 0, 10**19)
