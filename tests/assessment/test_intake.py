from decimal import Decimal

import pytest

from feeledger.assessment.intake import exact_number, shown, take_facts
from feeledger.assessment.outcomes import FactsRefused
from feeledger.catalog.items import Fact
from feeledger.catalog.rates import Coefficient, Formula, Interpolate, PerUnit, Point
from feeledger.errors import Text
from tests.assessment.small_catalog import (
    FACTS,
    a_catalog,
    a_line,
    a_relief,
    alternatives,
    an_item,
    asked,
    if_all,
)
from tests.builders import the_catalog

D = Decimal
EVERYTHING = FACTS.keys()


def taken(facts, *, divides=()):
    return take_facts(facts, FACTS, needed=EVERYTHING, divides=divides)


def code_of(facts, **given):
    _, faults = taken(facts, **given)
    return [fault.code for fault in faults]


@pytest.mark.parametrize(
    ("name", "value", "scaled"),
    [
        ("kwh", 120000, 120000 * 10**6),
        ("kwh", D("0.000001"), 1),
        ("kwh", "12.5", 12500000),
        ("kwh", D("1E+3"), 1000 * 10**6),
        ("kwh", D("1.5000000000"), 1500000),
        ("kwh", D(10) ** 12, 10**18),
        ("price", D("9999999999999.999999"), 10**19 - 1),
        ("staff", D("3.0"), 3),
        ("public", True, 1),
        ("urban", False, 0),
        ("size", "small", 1),
    ],
)
def test_facts_are_taken_exactly(name, value, scaled):
    given, faults = taken({name: value})

    assert faults == []
    assert given[name].scaled == scaled


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("kwh", -1, "out-of-bounds"),
        ("kwh", D("-0.000001"), "out-of-bounds"),
        ("kwh", D("1000000000000.000001"), "out-of-bounds"),
        ("price", D(10) ** 13 + 1, "out-of-bounds"),
        pytest.param("kwh", 10**6000, "out-of-bounds", id="huge"),
        ("kwh", D("1E+999999"), "out-of-bounds"),
        ("kwh", D("0.0000001"), "too-many-decimals"),
        ("kwh", D("1." + "0" * 80 + "1"), "too-many-decimals"),
        ("kwh", D("1E-999999"), "too-many-decimals"),
        ("staff", D("3.5"), "not-whole"),
        ("kwh", True, "wrong-type"),
        ("kwh", None, "wrong-type"),
        ("kwh", "12,5", "wrong-type"),
        ("kwh", "１２", "wrong-type"),
        ("kwh", "1e3", "wrong-type"),
        ("kwh", [1], "wrong-type"),
        ("kwh", D("NaN"), "wrong-type"),
        ("kwh", D("Infinity"), "wrong-type"),
        ("public", 1, "wrong-type"),
        ("public", "true", "wrong-type"),
        ("size", 1, "wrong-type"),
        ("size", "smal", "unknown-value"),
    ],
)
def test_what_is_not_such_a_value_is_refused_with_its_reason(name, value, code):
    given, faults = taken({name: value})

    assert given == {}
    assert [(fault.code, fault.field) for fault in faults] == [(code, name)]
    assert faults[0].detail.zh
    assert name in faults[0].detail.en


def test_bounds_and_the_nearest_values_and_names_are_told():
    _, (name, bound, value) = taken({"kwh": -1, "size": "smal", "stafff": 1})

    assert "staff" in name.detail.zh
    assert bound.detail.en.endswith("must lie between 0 and 1000000000000")
    assert "large, small, micro" in value.detail.en


def test_an_unknown_name_is_refused_also_where_nothing_needs_it():
    catalog = a_catalog(an_item(a_line(PerUnit(D(1), "", ("kwh",)))))

    with pytest.raises(FactsRefused) as caught:
        asked(catalog, {"kwh": 1, "stafff": 1})

    assert [(e.code, e.field) for e in caught.value.errors] == [("unknown-fact", "stafff")]
    assert "staff" in caught.value.errors[0].detail.en


def test_known_facts_that_no_asked_line_needs_are_left_aside():
    catalog = a_catalog(an_item(a_line(PerUnit(D(1), "", ("kwh",)))))

    answer = asked(catalog, {"kwh": 1, "staff": -5, "size": "none", "public": "maybe"})

    assert str(answer.total) == "1.00"


def test_all_faults_of_a_request_are_told_at_once():
    catalog = a_catalog(an_item(a_line(PerUnit(D(1), "", ("kwh", "staff")))))

    with pytest.raises(FactsRefused) as caught:
        asked(
            catalog,
            {"kwh": -1, "staff": D("1.5"), "foo": 1},
            items=("fee", "fe"),
            lines=("fee.lin",),
            region="13018",
        )

    assert sorted(error.code for error in caught.value.errors) == [
        "not-whole",
        "out-of-bounds",
        "region-malformed",
        "unknown-fact",
        "unknown-item",
        "unknown-line",
    ]


def test_unknown_ids_name_the_nearest():
    catalog = a_catalog(an_item(a_line(PerUnit(D(1), "", ("kwh",)))))

    with pytest.raises(FactsRefused) as caught:
        asked(catalog, {}, items=("fees",), lines=("fee.lone",))

    item, line = caught.value.errors
    assert (item.field, item.value) == ("items", "fees")
    assert "fee" in item.detail.zh
    assert "fee.line" in line.detail.zh


def test_a_zero_that_divides_is_refused_only_where_an_asked_line_divides_by_it():
    rate = a_line(Formula("f", "price", (), "rate"), "fee.divided")
    plain = a_line(PerUnit(D(2), "", ("rate",)), "fee.plain")
    catalog = a_catalog(an_item(rate, plain))
    facts = {"rate": 0, "price": 5}

    assert str(asked(catalog, facts, items=(), lines=("fee.plain",)).total) == "0.00"
    with pytest.raises(FactsRefused) as caught:
        asked(catalog, facts)
    assert caught.value.errors[0].code == "out-of-bounds"
    assert "0.000001" in caught.value.errors[0].detail.en


def test_an_enterprise_without_employees_owes_nothing_and_is_told_so():
    """Decision 0030: a share is compared without a division, so nobody is no fault."""
    relief = a_relief("multiply", if_all(("share", "lt", D("0.01"))), factor="0.9")
    line = a_line(PerUnit(D(2), "", ("staff",)))
    catalog = a_catalog(an_item(line, reliefs=(relief,)))

    answer = asked(catalog, {"staff": 0, "disabled": 0})

    assert (answer.lines[0].outcome, str(answer.total)) == ("due", "0.00")  # 0 < 0.01 × 0: false
    assert str(asked(catalog, {"staff": 1, "disabled": 0}).total) == "1.80"  # 2 × 0.9
    with pytest.raises(FactsRefused) as caught:
        asked(catalog, {"staff": 0, "disabled": 3})
    (fault,) = caught.value.errors
    assert (fault.code, fault.field, fault.value) == ("part-too-great", "disabled", "3")
    assert code_of({"share": 0, "disabled": 0, "staff": 0}) == ["derived-differs"]


def test_more_disabled_employees_than_employees_can_count_for_are_refused():
    """财税〔2015〕72号 art. 7: one of grade 1 or 2 counts as two, so 10 employees make 20 at most."""

    def faults_of(**facts):
        facts = {name: D(str(value)) for name, value in facts.items()}
        _, faults = take_facts(facts, the_catalog().facts, needed=facts.keys(), divides=())
        return [(fault.code, fault.field) for fault in faults]

    assert faults_of(headcount=10, disabled_employed=20) == []
    assert faults_of(headcount=10, disabled_employed="20.000001") == [
        ("part-too-great", "disabled_employed")
    ]
    assert faults_of(disabled_share="2.000001") == [("out-of-bounds", "disabled_share")]
    assert faults_of(headcount=10, disabled_employed=1, disabled_share="0.2") == [
        ("derived-differs", "disabled_share")
    ]


def test_a_derived_fact_that_differs_from_its_parts_is_refused():
    assert code_of({"share": D("0.01"), "disabled": 3, "staff": 300}) == []
    assert code_of({"share": D("0.010001"), "disabled": 3, "staff": 300}) == ["derived-differs"]
    assert code_of({"share": D("0.333333"), "disabled": 1, "staff": 3}) == ["derived-differs"]
    assert code_of({"share": D("0.333333"), "staff": 3}) == []


def test_a_coefficient_outside_its_values_is_refused():
    rate = Interpolate(
        "price",
        (Point(D(0), D(0)), Point(D(10), D(10))),
        coefficients=(Coefficient("coefficient", (D("0.85"), D("1.0"))),),
    )
    catalog = a_catalog(an_item(a_line(rate)))

    assert str(asked(catalog, {"price": 5, "coefficient": D("1.00")}).total) == "5.00"
    with pytest.raises(FactsRefused) as caught:
        asked(catalog, {"price": 5, "coefficient": D("1.1")})
    assert caught.value.errors[0].code == "coefficient-not-allowed"
    assert "0.85, 1.0" in caught.value.errors[0].detail.en


def test_a_class_fact_must_be_one_of_its_values():
    line = a_line(PerUnit(D(1), "", ("kwh",)))
    group = alternatives("fee.line", class_fact="user", classes=(("home", "fee.line"),))

    with pytest.raises(FactsRefused) as caught:
        asked(a_catalog(an_item(line, alternatives=(group,))), {"kwh": 1, "user": "hom"})
    assert "home" in caught.value.errors[0].detail.zh


def test_values_are_shown_as_given_and_cut():
    assert [shown(value) for value in (True, None, 1, D("1.50"), "a")] == [
        "true",
        "null",
        "1",
        "1.50",
        "a",
    ]
    assert len(shown("9" * 10**6)) == 61
    assert len(shown(10**5000)) <= 61


def test_floats_are_no_exact_numbers():
    assert exact_number(0.1) is None


def test_a_flood_of_unknown_names_is_answered_quickly():
    _, faults = taken({f"name{n}": n for n in range(20000)} | {"x" * 10**6: 1})

    assert len(faults) == 20001


def test_a_fact_may_have_narrower_decimals():
    money = Fact("m", "money", "元", Text("款", "sum"), decimals=2)
    _, faults = take_facts({"m": D("0.001")}, {"m": money}, needed={"m"}, divides=())

    assert faults[0].code == "too-many-decimals"
