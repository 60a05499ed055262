"""The least and the most of what is still open."""

from decimal import Decimal

import pytest

from feeledger.catalog.items import Adjustment
from feeledger.catalog.rates import (
    Bracket,
    FloorPrice,
    Formula,
    Interpolate,
    Percent,
    PerUnit,
    Point,
    Progressive,
    Range,
    Tier,
    Tiers,
)
from feeledger.errors import Text
from tests.assessment.small_catalog import a_relief, answered, if_all

D = Decimal
SMALL = if_all(("size", "in", ("small", "micro")))
LEVY = Formula("levy", "max(0, staff * 0.015 - disabled) * min(wage, 2 * price)")


def bounds(answer):
    assert answer.outcome == "undetermined"
    return [None if end is None else str(end) for end in answer.allowed_range]


def test_a_most_that_hangs_on_the_size_limit_is_not_known():
    assert bounds(answered(PerUnit(D(2), "", ("kwh",)), {})) == ["0.00", None]


def test_minimum_and_maximum_bound_an_unknown_base():
    rate = Percent(D("0.5"), "price", D(1000), D(300000))

    assert bounds(answered(rate, {})) == ["1000.00", "300000.00"]


def test_a_flat_first_bracket_is_the_least():
    rate = Progressive("price", (Bracket(D(10000), amount=D(50)), Bracket(None, D("0.01"))))

    assert bounds(answered(rate, {})) == ["50.00", None]


def test_a_table_bounds_what_is_picked_from_it():
    rate = Tiers("price", (Tier(D(10), D(5)), Tier(D(20), D(9))), "", ("months",))

    assert bounds(answered(rate, {"months": 2})) == ["10.00", "18.00"]


def test_interpolation_is_bounded_by_its_points_exactly():
    rate = Interpolate("price", (Point(D(1), D(7)), Point(D(4), D(9))))

    assert bounds(answered(rate, {})) == ["7.00", "9.00"]


def test_a_range_is_bounded_by_both_its_ends_and_a_floor_by_the_floor():
    span = Range(D(1), D(3), "", ("kwh",), Text("县", "county"))
    relief = a_relief("multiply", SMALL, factor="0.5")

    assert bounds(answered(span, {"kwh": 10}, reliefs=(relief,))) == ["5.00", "30.00"]
    assert bounds(answered(FloorPrice(D(5), "", ("kwh",), "price"), {"kwh": 3})) == ["15.00", None]


def test_reliefs_that_exclude_each_other_are_not_counted_together():
    reliefs = (
        a_relief("multiply", if_all(("staff", "lte", 20)), "a", factor="0.5"),
        a_relief("multiply", if_all(("staff", "gt", 20)), "b", factor="0.9"),
    )

    assert bounds(answered(PerUnit(D(1), "", ("kwh",)), {"kwh": 100}, reliefs=reliefs)) == [
        "50.00",
        "90.00",
    ]


def test_the_share_cuts_the_number_of_persons_it_is_made_of():
    """100 staff at 50 000: at 0 persons 1.5 x 50 000 x 0.9 = 67 500, not 75 000."""
    reliefs = (
        a_relief(
            "multiply",
            if_all(("share", "gte", D("0.01")), ("share", "lt", D("0.015"))),
            "half",
            factor="0.5",
        ),
        a_relief("multiply", if_all(("share", "lt", D("0.01"))), "ninety", factor="0.9"),
    )
    facts = {"staff": 100, "wage": 50000, "price": 60000}

    assert bounds(answered(LEVY, facts, reliefs=reliefs)) == ["0.00", "67500.00"]


def test_an_unknown_wage_is_capped_where_the_cap_is_known():
    facts = {"staff": 100, "disabled": 0, "price": 60000}

    assert bounds(answered(LEVY, facts)) == ["0.00", "180000.00"]  # 1.5 x 2 x 60000


def test_an_open_condition_may_come_to_nothing():
    answer = answered(
        PerUnit(D(2), "", ("kwh",)), {"kwh": 10}, applies_when=if_all(("urban", "eq", True))
    )

    assert bounds(answer) == ["0.00", "20.00"]


def test_an_open_adjustment_counts_both_ways():
    chain = (Adjustment("double", if_all(("public", "eq", True)), D(2)),)

    assert bounds(answered(PerUnit(D(2), "", ("kwh",)), {"kwh": 10}, adjustments=chain)) == [
        "20.00",
        "40.00",
    ]


def test_the_least_of_a_reduction_of_unknown_size_is_not_known():
    relief = a_relief("unknown_reduction", SMALL)

    assert bounds(answered(PerUnit(D(2), "", ("kwh",)), {"kwh": 10}, reliefs=(relief,))) == [
        None,
        "20.00",
    ]


@pytest.mark.parametrize("count", [3, 12])
def test_many_open_facts_stay_quick_and_sound(count):
    """Where there are too many boxes the bounds are loose, never wrong."""
    reliefs = tuple(
        a_relief(
            "multiply", if_all(("price", "gt", D(n)), ("wage", "lt", D(n))), f"r{n}", factor="0.5"
        )
        for n in range(1, count)
    )

    low, high = bounds(answered(PerUnit(D(2), "", ("kwh",)), {"kwh": 10}, reliefs=reliefs))
    assert Decimal(low) <= D(20) / 2 ** (count - 1) + D("0.01")
    assert high == "20.00"
