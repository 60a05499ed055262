"""Every rate form at its edges; the arithmetic stands beside."""

from decimal import Decimal

import pytest

from feeledger.catalog.items import Adjustment, Rounding
from feeledger.catalog.rates import (
    BasePlusExcess,
    Bracket,
    Coefficient,
    Fixed,
    FloorPrice,
    Formula,
    Free,
    Interpolate,
    Matrix,
    NotEstablished,
    Percent,
    PerUnit,
    Point,
    Progressive,
    Range,
    Share,
    Tier,
    Tiers,
)
from feeledger.errors import Text
from tests.assessment.small_catalog import answered, if_all

D = Decimal


def amount(rate, facts, **given):
    answer = answered(rate, facts, **given)
    return answer.outcome, None if answer.amount is None else str(answer.amount)


def bounds(answer):
    return [None if end is None else str(end) for end in answer.allowed_range]


def test_per_unit_multiplies_exactly_and_rounds_once_half_up():
    rate = PerUnit(D("0.00196875"), "千瓦时", ("kwh",))

    assert amount(rate, {"kwh": 120000}) == ("due", "236.25")  # 120000 x 0.00196875
    assert amount(rate, {"kwh": D("2.54")}) == ("due", "0.01")  # 0.005000625
    assert amount(rate, {"kwh": D("2.53")}) == ("due", "0.00")  # 0.0049809...


def test_a_half_fen_rounds_up():
    assert amount(PerUnit(D("0.005"), "千瓦时", ("kwh",)), {"kwh": 1}) == ("due", "0.01")
    assert amount(PerUnit(D("0.005"), "千瓦时", ("kwh",)), {"kwh": 3}) == ("due", "0.02")  # 0.015


def test_two_quantities_multiply_and_zero_given_is_zero_due():
    rate = PerUnit(D("1.5"), "人·月", ("staff", "months"))

    assert amount(rate, {"staff": 7, "months": D("2.5")}) == ("due", "26.25")  # 7 x 2.5 x 1.5
    assert amount(rate, {"staff": 0, "months": 3}) == ("due", "0.00")


def test_the_greatest_quantities_and_sums_are_taken_exactly():
    rate = PerUnit(D("1.4"), "千瓦时", ("kwh",))

    assert amount(rate, {"kwh": D("999999999999.999999")}) == ("due", "1400000000000.00")
    assert amount(Percent(D(3), "price"), {"price": D(10) ** 13}) == ("due", "300000000000.00")
    # 9999999999999.999999 x 0.0001 % = 9999999.999999999999
    assert amount(Percent(D("0.0001"), "price"), {"price": D("9999999999999.999999")}) == (
        "due",
        "10000000.00",
    )


def test_quantities_are_rounded_up_to_whole_units_before_anything_else():
    rate = PerUnit(D("0.3"), "立方米", ("kwh",))
    whole = Rounding(D(1))

    assert amount(rate, {"kwh": D("10.000001")}, rounding=whole) == ("due", "3.30")  # 11 x 0.3
    assert amount(rate, {"kwh": 10}, rounding=whole) == ("due", "3.00")
    assert amount(rate, {"kwh": 11}, rounding=Rounding(D("2.5"))) == ("due", "3.75")  # 12.5 x 0.3


def test_fixed_is_flat_or_times_its_quantities():
    assert amount(Fixed(D(20), "户"), {}) == ("due", "20.00")
    assert amount(Fixed(D(44100), "艘次", ("staff",)), {"staff": 2}) == ("due", "88200.00")


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("199999.99", "1000.00"),
        ("200000", "1000.00"),
        ("200001", "1000.01"),
        ("70000000", "300000.00"),
    ],
)
def test_percent_keeps_its_minimum_and_maximum(price, expected):
    rate = Percent(D("0.5"), "price", minimum=D(1000), maximum=D(300000))

    assert amount(rate, {"price": D(price)}) == ("due", expected)


COURT = Progressive(
    "price",
    (
        Bracket(D(10000), amount=D(50)),
        Bracket(D(100000), D("0.025")),
        Bracket(D(200000), D("0.02")),
        Bracket(None, D("0.004"), written="4.0‰"),
    ),
)


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("0", "50.00"),  # a flat first bracket is owed whole
        ("10000", "50.00"),
        ("10000.01", "50.00"),  # 50 + 0.01 x 2.5 % = 50.00025
        ("10000.2", "50.01"),  # 50 + 0.2 x 2.5 % = 50.005, half up
        ("100000", "2300.00"),  # 50 + 90000 x 2.5 %
        ("250000", "4500.00"),  # 2300 + 100000 x 2 % + 50000 x 4 permille
    ],
)
def test_progressive_brackets_are_marginal_with_inclusive_ends(price, expected):
    assert amount(COURT, {"price": D(price)}) == ("due", expected)


def test_the_published_appraisal_table_comes_out_as_printed():
    """R-M3, with its minimum of 200."""
    shares = [(100000, "0.03"), (10**6, "0.02"), (10**7, "0.01"), (10**8, "0.005"), (None, "0.001")]
    brackets = tuple(Bracket(None if upto is None else D(upto), D(s)) for upto, s in shares)
    rate = Progressive("price", brackets, minimum=D(200))
    printed = {
        "5000": "200.00",
        "50000": "1500.00",
        "100000": "3000.00",
        "500000": "11000.00",
        "1000000": "21000.00",
        "5000000": "61000.00",
        "20000000": "161000.00",
        "300000000": "761000.00",
        "123456.78": "3469.14",
    }

    assert {p: amount(rate, {"price": D(p)})[1] for p in printed} == printed


def test_coefficients_come_before_the_minimum_and_the_float_after_it():
    rate = Progressive(
        "price",
        (Bracket(None, D("0.004")),),
        coefficients=(Coefficient("coefficient"),),
        minimum=D(3000),
        float_down=D("0.2"),
    )

    answer = answered(rate, {"price": 100000, "coefficient": D("1.5")})
    # 100000 x 4 permille x 1.5 = 600, at least 3000; 20 % downwards 2400
    assert (answer.outcome, str(answer.amount), bounds(answer)) == (
        "guided",
        "3000.00",
        ["2400.00", "3000.00"],
    )
    answer = answered(rate, {"price": 10**6, "coefficient": D("1.2")})  # 4800; x 0.8 = 3840
    assert bounds(answer) == ["3840.00", "4800.00"]


NOISE = Tiers(
    "staff", (Tier(D(1), D(350)), Tier(D(2), D(440)), Tier(None, D(11200))), "月", ("months",)
)


def test_tiers_pick_a_whole_amount_and_multiply():
    assert amount(NOISE, {"staff": 1, "months": 2}) == ("due", "700.00")
    assert amount(NOISE, {"staff": 2, "months": 1}) == ("due", "440.00")
    assert amount(NOISE, {"staff": 3, "months": D("0.5")}) == ("due", "5600.00")


TRADING = Tiers(
    "price",
    (Tier(D(5000000), D(5000)), Tier(None, D(30000), amount_low=D(20000))),
    ceiling=True,
    split=(Share("tenderer", D("0.5")), Share("winner", D("0.5"))),
)


def test_a_ceiling_is_not_owed_and_its_top_band_lies_between_two_sums():
    low = answered(TRADING, {"price": 5000000})
    top = answered(TRADING, {"price": 5000001})

    assert (low.outcome, str(low.amount), bounds(low)) == ("ceiling", "5000.00", [None, "5000.00"])
    assert (top.outcome, str(top.amount), bounds(top)) == (
        "ceiling",
        "30000.00",
        ["20000.00", "30000.00"],
    )


def test_a_value_above_a_closed_band_list_has_no_rate():
    rate = Tiers("price", (Tier(D(50000), D(1500)),))

    answer = answered(rate, {"price": D("50000.01")})
    assert (answer.outcome, answer.reason, answer.amount) == ("no_rate", "outside_table", None)
    assert amount(rate, {"price": 50000}) == ("due", "1500.00")


def test_a_closed_progressive_list_has_no_rate_beyond_its_end():
    rate = Progressive("price", (Bracket(D(100), D("0.1")),))

    assert answered(rate, {"price": 101}).reason == "outside_table"
    assert amount(rate, {"price": 100}) == ("due", "10.00")


def test_per_unit_may_be_a_ceiling():
    answer = answered(PerUnit(D(2), "平方米", ("kwh",), ceiling=True), {"kwh": 3})

    assert (answer.outcome, str(answer.amount)) == ("ceiling", "6.00")


@pytest.mark.parametrize(
    ("goods", "classes", "expected"),
    [(0, 1, "300.00"), (10, 1, "300.00"), (11, 1, "330.00"), (12, 2, "720.00"), (12, 0, "0.00")],
)
def test_base_plus_excess_counts_units_beyond_the_included_ones(goods, classes, expected):
    rate = BasePlusExcess(D(300), D(10), D(30), "个商品", "staff", "months")

    assert amount(rate, {"staff": goods, "months": classes}) == ("due", expected)


SUPERVISION = Interpolate(
    "price",
    (Point(D(5000000), D(165000)), Point(D(10000000), D(301000)), Point(D(13000000), D(302000))),
    beyond_percent=D("1.039"),
    coefficients=(Coefficient("coefficient", (D("0.85"), D("1.0"), D("1.15"))),),
    float_up=D("0.2"),
    float_down=D("0.2"),
)


@pytest.mark.parametrize(
    ("price", "coefficient", "expected"),
    [
        ("5000000", "1", ["132000.00", "165000.00", "198000.00"]),
        # 165000 + 2500000 x 136000 / 5000000 = 233000; x 1.15 = 267950
        ("7500000", "1.15", ["214360.00", "267950.00", "321540.00"]),
        ("10000000", "1", ["240800.00", "301000.00", "361200.00"]),
        # 301000 + 1 x 1000/3000000 = 301000.000333…
        ("10000001", "1", ["240800.00", "301000.00", "361200.00"]),
        # 301000 + 10 x 1/3000 = 301000.0033…; + 20 x 1/3000 = 301000.00667: rounded once
        ("10000020", "1", ["240800.01", "301000.01", "361200.01"]),
        ("13000000", "1", ["241600.00", "302000.00", "362400.00"]),
        ("14000000", "1", ["116368.00", "145460.00", "174552.00"]),  # 14000000 x 1.039 %
    ],
)
def test_interpolation_is_exact_with_its_float_from_unrounded_numbers(price, coefficient, expected):
    answer = answered(SUPERVISION, {"price": D(price), "coefficient": D(coefficient)})

    low, high = bounds(answer)
    assert answer.outcome == "guided"
    assert [low, str(answer.amount), high] == expected


def test_interpolation_has_no_rate_outside_its_points():
    open_end = Interpolate("price", (Point(D(10), D(1)), Point(D(20), D(2))))
    flat_end = Interpolate("price", (Point(D(0), D(1)), Point(D(20), D(2))), beyond_amount=D(9))

    assert answered(open_end, {"price": D("9.99")}).reason == "outside_table"
    assert answered(open_end, {"price": D("20.01")}).reason == "outside_table"
    assert amount(open_end, {"price": 20}) == ("due", "2.00")
    assert amount(flat_end, {"price": D("20.01")}) == ("due", "9.00")
    assert amount(flat_end, {"price": 0}) == ("due", "1.00")


def test_a_matrix_is_read_by_band_and_class():
    rate = Matrix(
        "kwh", (D(50), None), "size", ("large", "small"),
        ((D("0.46"), D("0.36")), (D("0.92"), D("0.74"))), "公里", ("months",),
    )  # fmt: skip

    assert amount(rate, {"kwh": 50, "size": "small", "months": 1000}) == ("due", "360.00")
    assert amount(rate, {"kwh": D("50.1"), "size": "large", "months": 10}) == ("due", "9.20")
    assert answered(rate, {"kwh": 1, "size": "micro", "months": 1}).reason == "outside_table"


def test_a_range_has_bounds_and_no_amount():
    rate = Range(D("1.6"), D(5), "床·日", ("staff", "months"), Text("市县", "the county"))

    answer = answered(rate, {"staff": 3, "months": 30})
    assert (answer.outcome, answer.amount, bounds(answer)) == ("range", None, ["144.00", "450.00"])


def test_a_floor_price_takes_the_agreed_price_where_it_reaches_the_floor():
    rate = FloorPrice(D(5000), "吨", ("months",), "price")

    assert amount(rate, {"price": 5000, "months": 3}) == ("due", "15000.00")
    assert amount(rate, {"price": D("5000.01"), "months": 3}) == ("due", "15000.03")
    assert amount(rate, {"price": D("4999.99"), "months": 3}) == ("below_floor", "15000.00")


def test_a_formula_computes_with_its_constants_and_one_exact_quotient():
    levy = Formula(
        "levy",
        "max(0, staff * quota - disabled) * min(wage, cap * price)",
        (("quota", D("0.015")), ("cap", D(2))),
    )
    mineral = Formula("mineral", "price * wage", (("hundred", D(100)),), divisor="hundred * rate")

    # 31 x 0.015 = 0.465 persons; x min(50000, 2 x 60000)
    facts = {"staff": 31, "disabled": 0, "wage": 50000, "price": 60000}
    assert amount(levy, facts) == ("due", "23250.00")
    assert amount(levy, facts | {"disabled": D("0.465")}) == ("due", "0.00")
    assert amount(levy, facts | {"price": 20000}) == ("due", "18600.00")  # cap 40000
    # 1000000 x 1.6 / (100 x 0.7) = 22857.142857…
    assert amount(mineral, {"price": 10**6, "wage": D("1.6"), "rate": D("0.7")}) == (
        "due",
        "22857.14",
    )


def test_a_comparison_in_a_formula_counts_one_or_nothing():
    rate = Formula("step", "(staff > 30 and not public == 1) * 100 + staff")

    assert amount(rate, {"staff": 31, "public": False}) == ("due", "131.00")
    assert amount(rate, {"staff": 30, "public": False}) == ("due", "30.00")
    assert amount(rate, {"staff": 31, "public": True}) == ("due", "31.00")


def test_adjustments_chain_and_are_told_apart_by_their_conditions():
    """Forest: public welfare x2, urban x2, commercial outside urban x2: at most x4."""
    chain = (
        Adjustment("public", if_all(("public", "eq", True)), D(2)),
        Adjustment("urban", if_all(("urban", "eq", True)), D(2)),
        Adjustment("outside", if_all(("urban", "eq", False), ("size", "eq", "large")), D(2)),
    )
    rate = PerUnit(D(10), "平方米", ("kwh",))

    def tried(**facts):
        return amount(rate, {"kwh": 7} | facts, adjustments=chain)[1]

    assert tried(public=False, urban=False, size="small") == "70.00"
    assert tried(public=True, urban=True) == "280.00"  # the size is not needed inside
    assert tried(public=True, urban=False, size="large") == "280.00"
    assert tried(public=False, urban=True) == "140.00"


def test_free_and_not_established_never_carry_an_amount():
    assert amount(Free(), {}) == ("ended", None)
    answer = answered(NotEstablished(Text("未见", "not seen")), {})
    assert (answer.outcome, answer.reason, answer.amount) == ("no_rate", "not_established", None)
