"""What an attack from outside found wrong, held right."""

from datetime import date
from decimal import Decimal

import pytest

from feeledger.assessment.engine import assess
from feeledger.assessment.outcomes import Request
from feeledger.catalog.plan import plan_of
from feeledger.catalog.reader import load_catalog
from feeledger.settings import DEFAULT_CATALOG

SHIP = {"net_tonnage": 150000, "pilotage_nautical_miles": 8, "ship_calls": 1}


@pytest.fixture(scope="module")
def ask():
    plan = plan_of(load_catalog(DEFAULT_CATALOG))

    def asked(on, facts, region="130000", **chosen):
        return assess(plan, Request(None, date.fromisoformat(on), region, facts=facts, **chosen))

    return asked


def without_a_line(answer):
    return [(each.outcome, each.reason) for each in answer.lines if each.line is None]


@pytest.mark.parametrize(
    ("agreed", "least", "most"),
    [("0", "0.00", None), ("5999.99", "0.00", None), ("6000", "0.00", None)],
)
def test_a_price_under_its_floor_counts_as_the_floor_in_what_may_come(ask, agreed, least, most):
    facts = {"agreed_price_per_tonne": Decimal(agreed)}

    [line] = ask("2018-01-01", facts, lines=("emission-permit.nox",)).lines

    assert line.outcome == "undetermined"
    assert line.allowed_range is not None
    assert str(line.allowed_range[0]) == least
    assert line.allowed_range[1] is most


def test_a_class_priced_by_an_older_version_of_its_line_is_not_said_to_have_no_rate(ask):
    facts = {"electricity_kwh": 1000, "renewable_user_class": "other"}

    answer = ask("2011-11-30", facts, "130100", items=("renewable-surcharge",))

    assert without_a_line(answer) == []
    assert (str(answer.total), answer.complete) == ("4.00", True)


@pytest.mark.parametrize("region", ["130300", "130304", "130102"])
def test_a_price_that_lives_on_in_other_ports_only_has_no_rate_here(ask, region):
    answer = ask("2022-04-01", SHIP, region, items=("pilotage",))

    assert without_a_line(answer) == [("no_rate", "lapsed")]
    assert not answer.complete


@pytest.mark.parametrize(
    ("on", "region", "facts"),
    [
        ("2022-03-31", "130300", SHIP),
        ("2022-04-01", "130200", SHIP),
        ("2022-04-01", "130000", SHIP),
        ("2022-04-01", "130300", SHIP | {"net_tonnage": 120000}),
        ("2022-04-01", "130300", SHIP | {"pilotage_nautical_miles": 11}),
        ("2022-04-01", "140100", SHIP),
    ],
    ids=["before", "Tangshan", "above", "small ship", "far", "another province"],
)
def test_nor_does_it_lack_one_where_it_lives_or_never_applied(ask, on, region, facts):
    answer = ask(on, facts, region, items=("pilotage",))

    assert ("no_rate", "lapsed") not in without_a_line(answer)


def test_a_line_that_is_exempt_or_nothing_asks_for_its_own_condition_only(ask):
    facts = {"project_kind": "affordable_housing"}

    [line] = ask("2024-01-01", facts, "130100", lines=("civil-air-defence.other-city",)).lines

    assert line.outcome == "undetermined"
    assert [need.fact for need in line.needs] == ["settlement_class"]
