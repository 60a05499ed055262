"""The complications of the Hebei catalog, one by one, worked by hand from the published facts."""

from datetime import date
from decimal import Decimal

import pytest

from feeledger.assessment.engine import assess
from feeledger.assessment.outcomes import FactsRefused, Request
from feeledger.catalog.plan import plan_of
from feeledger.catalog.reader import load_catalog
from feeledger.settings import DEFAULT_CATALOG

D = Decimal
LEVY = {
    "disabled_employed": 0,
    "average_wage": 50000,
    "social_average_wage": 60000,
    "payer_kind": "enterprise",
    "years_since_registration": 10,
    "enterprise_size": "large",
}
REGISTERED = {
    "property_kind": "residential",
    "registrations": 1,
    "certificates_issued": 3,
    "enterprise_size": "large",
    "registration_kind": "first",
    "project_kind": "other",
}


@pytest.fixture(scope="module")
def plan():
    return plan_of(load_catalog(DEFAULT_CATALOG))


@pytest.fixture
def ask(plan):
    def asked(on, facts, *, items=(), lines=(), region="130000"):
        day = date.fromisoformat(on)
        return assess(plan, Request(None, day, region, tuple(items), tuple(lines), facts))

    return asked


def told(answer):
    """Give line, outcome and amount of everything that applies."""
    return [
        (each.line, each.outcome, None if each.amount is None else str(each.amount))
        for each in answer.lines
        if each.outcome != "not_applicable"
    ]


@pytest.mark.parametrize(
    ("on", "line", "amount"),
    [("2017-06-30", "vehicle-certificate.licence@-2017", "15.00"),
     ("2017-07-01", "vehicle-certificate.licence", "10.00")],
)  # fmt: skip
def test_1_the_day_of_the_duty_decides_the_version(ask, on, line, amount):
    answer = ask(on, {"vehicle_licences": 1}, items=["vehicle-certificate"])

    assert (line, "due", amount) in told(answer)
    assert len([each for each in answer.lines if "licence" in each.line]) == 1


def test_2_a_retroactive_ending_closes_from_its_own_day(ask):
    last, first = (
        ask(day, {}, items=["port-construction"]).lines[0] for day in ("2020-12-31", "2021-01-01")
    )

    assert (last.outcome, last.reason) == ("no_rate", "not_established")
    assert (first.line, first.outcome) == (None, "ended")
    assert "财政部公告2021年第8号" in first.documents


def test_2_and_3_the_shelter_rates_are_provisional_and_their_base_changed(ask):
    facts = {"settlement_class": "prefecture_city", "shelter_class": "grade_6b"}
    items = ["civil-air-defence"]

    before = ask("2022-08-25", facts | {"ground_floor_area_m2": 100}, items=items)
    after = ask("2022-08-26", facts | {"shelter_area_required_m2": 100}, items=items)

    assert told(before) == [("civil-air-defence.6b-city@2019", "due", "30000.00")]
    assert told(after) == [("civil-air-defence.6b-city", "provisional", "30000.00")]
    assert str(after.total) == "30000.00"


def test_4_a_time_boxed_rule_leaves_no_rate_behind(ask):
    answer = ask("2023-01-01", {}, items=["urban-waste"], region="130102")

    assert [(each.line, each.outcome, each.reason) for each in answer.lines] == [
        (None, "no_rate", "lapsed")
    ]


def test_5_a_scheduled_rate_was_never_applied(ask):
    assert ask("2020-01-01", {}, items=["pollutant-discharge"]).lines[0].outcome == "ended"


@pytest.mark.parametrize(
    ("on", "amount"),
    [
        ("2017-06-30", "700.00"),  # 100000 x 0.007
        ("2017-07-01", "525.00"),  # x 75 %
        ("2018-07-01", "393.75"),  # x 75 %
        ("2019-07-01", "196.88"),  # x 50 % = 196.875, half up
        ("2025-12-31", "196.88"),
    ],
)
def test_6_a_chain_of_cuts_is_exact_to_the_last_digit(ask, on, amount):
    answer = ask(on, {"electricity_kwh": 100000}, items=["water-project-fund"])

    assert [each[1:] for each in told(answer)] == [("due", amount)]


def test_6_the_water_project_fund_has_lapsed_since_2026(ask):
    answer = ask("2026-01-01", {"electricity_kwh": 1}, items=["water-project-fund"])

    assert answer.lines[0].reason == "lapsed"


@pytest.mark.parametrize(
    ("on", "facts", "expected"),
    [
        # 80 + 2 x 10
        ("2024-05-01", {}, ("due", "100.00")),
        ("2024-05-01", {"registration_kind": "objection"}, ("reduced", "60.00")),
        ("2024-05-01", {"registration_kind": "correction"}, ("reduced", "20.00")),
        ("2019-06-30", {"registration_kind": "correction"}, ("reduced", "60.00")),
        ("2024-05-01", {"enterprise_size": "micro"}, ("reduced", "20.00")),
        ("2024-05-01", {"enterprise_size": "micro", "certificates_issued": 1}, ("exempt", "0.00")),
        ("2024-05-01", {"project_kind": "affordable_housing"}, ("reduced", "20.00")),
        ("2024-05-01", {"registrations": 2, "enterprise_size": "small"}, ("reduced", "40.00")),
    ],
)
def test_7_halves_of_the_registration_leave_further_certificates_whole(ask, on, facts, expected):
    answer = ask(on, REGISTERED | facts, items=["realestate-registration"])

    assert [each[1:] for each in told(answer)] == [expected]


@pytest.mark.parametrize(
    ("on", "kind", "expected"),
    [
        ("2019-06-30", "garage", ("realestate-registration.garage@-2019", "due", "570.00")),
        ("2019-07-01", "garage", ("realestate-registration.garage", "due", "100.00")),
        ("2019-06-30", "farmland_contract_right",
         ("realestate-registration.non-residential", "due", "570.00")),
        ("2019-07-01", "farmland_contract_right",
         ("realestate-registration.non-residential", "reduced", "20.00")),
    ],
)  # fmt: skip
def test_7_the_kind_of_property_chooses_the_line(ask, on, kind, expected):
    facts = REGISTERED | {"property_kind": kind}

    assert told(ask(on, facts, items=["realestate-registration"])) == [expected]


@pytest.mark.parametrize(
    ("welfare", "urban", "nature", "amount"),
    [
        (False, False, "public_infrastructure", "1000.00"),
        (True, True, None, "4000.00"),
        (True, False, "commercial", "4000.00"),
        (False, False, "commercial", "2000.00"),
    ],
)
def test_8_doublings_chain_to_four_times_at_most(ask, welfare, urban, nature, amount):
    facts = {
        "forest_area_tree_m2": 100,
        "forest_public_welfare": welfare,
        "in_urban_planning_area": urban,
        "project_kind": "other",
    } | ({"project_nature": nature} if nature else {})

    answer = ask("2024-05-01", facts, lines=["forest-vegetation.tree"])

    assert told(answer) == [("forest-vegetation.tree", "due", amount)]


def test_9_fractional_persons_and_whole_cubic_metres(ask):
    levy = ask("2017-03-31", LEVY | {"headcount": 31}, items=["disabled-employment"])
    soil = ask(
        "2024-05-01",
        {"borrow_m3": D("1000.1"), "soil_water_paid_in_earlier_way": False},
        lines=["soil-water.borrow"],
    )

    # 31 x 0.015 = 0.465 persons x 50000
    assert told(levy) == [("disabled-employment.uncapped@-2017", "due", "23250.00")]
    assert told(soil) == [("soil-water.borrow", "due", "300.30")]  # 1001 x 0.3


@pytest.mark.parametrize(
    ("on", "headcount", "disabled", "expected"),
    [
        ("2024-05-01", 30, 0, ("exempt", "0.00")),
        ("2024-05-01", 31, 0, ("reduced", "20925.00")),  # 23250 x 0.9
        ("2028-01-01", 30, 0, ("due", "22500.00")),  # the relief ended with 2027
        ("2024-05-01", 200, 2, ("reduced", "25000.00")),  # 1 % exactly: (3 - 2) x 50000 x 0.5
        ("2024-05-01", 201, 2, ("reduced", "45675.00")),  # 1.015 x 50000 x 0.9
        ("2024-05-01", 200, 3, ("due", "0.00")),  # 1.5 % reached
        ("2019-12-31", 30, 0, ("due", "22500.00")),  # registered ten years: no relief then
    ],
)
def test_10_edges_are_inclusive_where_the_text_says_so(ask, on, headcount, disabled, expected):
    facts = LEVY | {"headcount": headcount, "disabled_employed": disabled}

    assert [each[1:] for each in told(ask(on, facts, items=["disabled-employment"]))] == [expected]


@pytest.mark.parametrize(
    ("on", "social", "amount"),
    [
        ("2018-03-31", 10000, "45000.00"),  # 1.5 persons x min(50000, 3 x 10000)
        ("2018-04-01", 10000, "30000.00"),  # x 2 x 10000
        ("2018-04-01", 30000, "75000.00"),
    ],
)
def test_11_the_wage_is_capped_inside_the_formula(ask, on, social, amount):
    facts = LEVY | {"headcount": 100, "social_average_wage": social}

    answer = ask(on, facts, items=["disabled-employment"])

    assert [each[1:] for each in told(answer)] == [("due", amount)]


def test_12_place_decides(ask):
    ship = {"net_tonnage": 120001, "pilotage_nautical_miles": 10, "ship_calls": 1}

    def pilotage(on, region):
        return told(ask(on, ship, items=["pilotage"], region=region))

    assert pilotage("2022-03-31", "130300") == [("pilotage.large@-2022", "due", "49000.00")]
    assert pilotage("2022-04-01", "130200") == [("pilotage.large", "due", "44100.00")]
    assert pilotage("2022-04-01", "130300") == [(None, "no_rate", None)]
    sewage = ask("2024-05-01", {"sewage_m3": 100}, lines=["sewage.bazhou-non-resident"])
    assert told(sewage) == [("sewage.bazhou-non-resident", "due", "140.00")]


def test_12_an_exemption_of_a_city_ends_at_the_city(ask):
    facts = {
        "settlement_class": "prefecture_city",
        "shelter_class": "other",
        "shelter_area_required_m2": 2,
        "project_kind": "nursery",
    }

    def shelter(region):
        return told(ask("2024-05-01", facts, items=["civil-air-defence"], region=region))

    assert shelter("130102") == [("civil-air-defence.other-city", "exempt", "0.00")]
    assert shelter("130202") == [("civil-air-defence.other-city", "provisional", "3000.00")]


def test_12_a_reduction_of_unknown_size_is_undetermined_in_its_city(ask):
    facts = {
        "settlement_class": "prefecture_city",
        "shelter_class": "other",
        "shelter_area_required_m2": 2,
        "project_kind": "medical",
    }

    line = next(
        each
        for each in ask("2024-05-01", facts, items=["civil-air-defence"], region="130100").lines
        if each.line == "civil-air-defence.other-city"
    )

    assert (line.outcome, line.reason, line.needs) == ("undetermined", "reduction_unknown", ())


def test_13_discretion_shows_as_bounds(ask):
    court = ask("2024-05-01", {"applications": 2}, lines=["litigation.enforcement-no-amount"])
    agency = ask(
        "2014-05-01", {"winning_bid": 6000000, "tender_class": "works"}, items=["tender-agency"]
    )

    assert [str(end) for end in court.lines[0].allowed_range] == ["100.00", "1000.00"]
    works = agency.lines[-1]
    # 10000 + 4000000 x 0.7 % + 1000000 x 0.55 % = 43500; 20 per cent either way
    assert (works.outcome, str(works.amount)) == ("guided", "43500.00")
    assert [str(end) for end in works.allowed_range] == ["34800.00", "52200.00"]


@pytest.mark.parametrize(
    ("claim", "amount"),
    [("10000", "50.00"), ("100000", "2300.00"), ("1000000", "13800.00"), ("20000000", "141800.00"),
     ("30000000", "191800.00")],
)  # fmt: skip
def test_the_court_fee_table(ask, claim, amount):
    """50 + 2250 + 2000 + 4500 + 5000 = 13800 at a million; + 9000 + 24000 + 35000 + 60000."""
    answer = ask("2024-05-01", {"claim_amount": D(claim)}, lines=["litigation.property-acceptance"])

    assert told(answer) == [("litigation.property-acceptance", "due", amount)]


def test_17_zero_rated_suspended_and_converted_items_are_ended(ask):
    items = [
        "afforestation-fund",
        "price-adjustment-fund",
        "water-resource-fee",
        "plant-quarantine",
        "port-security",
    ]

    answer = ask("2024-05-01", {}, items=items)

    assert {each.item: (each.outcome, each.reason) for each in answer.lines} == {
        "afforestation-fund": ("ended", "rate_set_to_zero"),
        "price-adjustment-fund": ("ended", "suspended"),
        "water-resource-fee": ("ended", "converted_to_tax"),
        "plant-quarantine": ("ended", "exempt_all"),
        "port-security": ("ended", "government_pricing_ended"),
    }


def test_20_soil_compensation_is_not_charged_twice(ask):
    facts = {"spoil_m3": 10, "borrow_m3": 10, "soil_water_paid_in_earlier_way": True}

    answer = ask("2024-05-01", facts, lines=["soil-water.spoil", "soil-water.borrow"])

    assert {each.reason for each in answer.lines} == {"charged_otherwise"}
    assert str(answer.total) == "0.00"


def test_the_mineral_formula_divides_once(ask):
    facts = {
        "mineral_sales_revenue": D("1234567.89"),
        "compensation_rate_percent": D("2"),
        "approved_recovery_rate": D("0.85"),
        "actual_recovery_rate": D("0.9"),
    }

    answer = ask("2016-06-30", facts, items=["mineral-resource-compensation"])

    # 1234567.89 x 2 x 0.85 / (100 x 0.9) = 23319.615700
    assert told(answer) == [("mineral-resource-compensation.formula", "due", "23319.62")]
    with pytest.raises(FactsRefused):
        ask(
            "2016-06-30",
            facts | {"actual_recovery_rate": 0},
            items=["mineral-resource-compensation"],
        )


def test_a_market_priced_service_has_no_rate_and_a_reference_is_never_due(ask):
    market = ask("2024-05-01", {}, items=["construction-supervision"]).lines[0]
    facts = {"construction_cost": 1000000, "specialty_coefficient": 1, "cost_service_class": "bill"}
    reference = ask("2024-05-01", facts, items=["cost-consulting"])

    assert (market.line, market.outcome, market.reason) == (None, "no_rate", "market_price")
    assert told(reference) == [("cost-consulting.bill", "guided", "5000.00")]
    assert str(reference.total) == "0.00"


def test_the_eia_report_beyond_ten_billion_is_flat_and_the_form_has_no_rate(ask):
    facts = {
        "estimated_investment": D("10000000001"),
        "industry_coefficient": 1,
        "sensitivity_coefficient": D("0.8"),
        "eia_class": "report",
    }

    report = ask("2014-05-01", facts, lines=["eia.report"])
    form = ask("2014-05-01", facts, lines=["eia.form"])

    assert told(report) == [("eia.report", "guided", "880000.00")]  # 1100000 x 0.8
    assert [(each.outcome, each.reason) for each in form.lines] == [("no_rate", "outside_table")]


def test_a_class_whose_price_was_not_seen_has_no_rate_in_its_declared_hole(ask):
    """Of the surcharge on other users only 0.4 fen to 2011 and 1.9 fen from 2016 were seen."""
    facts = {"electricity_kwh": 1000, "renewable_user_class": "other"}

    answer = ask("2013-06-30", facts, items=["renewable-surcharge"])

    told_of = [(each.line, each.outcome, each.reason) for each in answer.lines]
    assert (None, "no_rate", "lapsed") in told_of
    assert answer.lines[-1].trace.hole is not None
    assert not answer.complete


def test_the_whole_catalog_of_a_county_is_answered_in_one_go(ask):
    answer = ask("2026-11-24", {}, region="130184")

    assert len({each.item for each in answer.lines}) > 70
    assert str(answer.total) == "0.00"
    assert not answer.complete
    assert all(each.needs for each in answer.lines if each.outcome == "undetermined")
