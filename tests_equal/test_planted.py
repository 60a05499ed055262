"""Planted faults: every one is noticed by the reference in every evaluator.

Of the data (an edge, a date, a relief, a rate): the evaluator is fed a damaged edition. Of the
arithmetic (floor for half-up, < for <=, a scale lost): the evaluator itself is damaged. Each is
asked first undamaged, so that what is noticed is the fault.
"""

from shutil import copytree

import pytest

from feeledger.assessment import cases, column_facts, intake
from feeledger.assessment import walk as scalar
from feeledger.assessment.column_cases import LineCase
from feeledger.assessment.column_walk import COMPARE
from feeledger.assessment.sql_cases import SqlCase
from feeledger.assessment.sql_expressions import OPERATORS
from feeledger.catalog.plan import plan_of
from feeledger.catalog.reader import load_catalog
from tests.postgres import running_server
from tests.reference.column_side import chunks_of
from tests.reference.edges import all_requests
from tests.reference.edition_files import EDITION, read_edition
from tests.reference.sql_side import DuckDB, PostgreSQL
from tests.reference.test_columns_agree_with_reference import rounded_down, scale_lost
from tests.reference.test_sql_agrees_with_reference import cut_off
from tests_equal.sides import Spark, by_columns, by_database, by_walk, noticed

pytestmark = pytest.mark.xdist_group("planted")

# What the fault is: item, file, the text as it is, the text as it is not.
DATA = {
    "rate off by 0.0001": (
        "vehicle-plate",
        "vehicles.yaml",
        'amount: "100", unit: 副',
        'amount: "100.0001", unit: 副',
    ),
    "an edge moved by one": (
        "realestate-registration",
        "land.yaml",
        'included: "1"',
        'included: "2"',
    ),
    "< for <=": ("idle-land", "land.yaml", "idle_months, op: lt,", "idle_months, op: lte,"),
    "a date moved by one": (
        "culture-construction",
        "tax-collected.yaml",
        "2024-12-31",
        "2024-12-30",
    ),
    "a relief dropped": (
        "culture-construction",
        "tax-collected.yaml",
        'factor: "0.5"',
        'factor: "1"',
    ),
    "a quota off by 0.0001": (
        "disabled-employment",
        "tax-collected.yaml",
        'quota_ratio: "0.015"',
        'quota_ratio: "0.0151"',
    ),
}


def floor(numerator, denominator):
    return numerator // denominator


def tenth_taken(number, scale):
    """Take a number with a decimal as a tenth of itself."""
    whole = REAL_SCALED(number, scale)
    return whole if whole is None or number == int(number) else whole // 10


def factor_scale_lost(self, top, scale, *, base_only):
    return REAL_MULTIPLIED(self, top, scale, base_only=base_only)[0], scale


REAL_SCALED, REAL_MULTIPLIED = intake.scaled_exactly, SqlCase._multiplied
HALF, LESS = "floor for half-up", "< for <= in the arithmetic"
LOST = "a scale lost"
# Of each fault: the item that tells it, and what is damaged in the walk, the columns, the SQL.
CODE = {
    HALF: (
        "plant-quarantine",
        (cases, "round_half_up", floor),
        (LineCase, "_rounded", rounded_down),
        (SqlCase, "_fen", cut_off),
    ),
    LESS: (
        "disabled-employment",
        (scalar.COMPARE, "lte", scalar.COMPARE["lt"]),
        (COMPARE, "lte", COMPARE["lt"]),
        (OPERATORS, "lte", "<"),
    ),
    LOST: (
        "culture-construction",
        (intake, "scaled_exactly", tenth_taken),
        (column_facts, "_least_scale", scale_lost),
        (SqlCase, "_multiplied", factor_scale_lost),
    ),
}


@pytest.fixture(scope="module")
def asked_of():
    """The edition as the reference reads it, the plan of it, its edge requests by item."""
    edition = read_edition()
    told = {fault[0] for fault in (*DATA.values(), *CODE.values())}
    requests = {name: asked for name, asked in all_requests(edition).items() if name in told}
    return edition, plan_of(load_catalog(EDITION)), requests


@pytest.fixture(scope="module")
def databases(tmp_path_factory):
    """DuckDB, PostgreSQL and Spark, open; DuckDB first, it is the quickest to ask."""
    from feeledger.assessment.spark_runs import open_session

    session = open_session()
    with running_server() as server, server.database(migrated=False) as database:
        postgresql = PostgreSQL(database.owner_url)
        yield [DuckDB(), postgresql, Spark(session, tmp_path_factory.mktemp("spark"))]
        postgresql.connection.close()
    session.stop()


def telling_part(side, plan, edition, asked):
    """Give the first requests of one day and place by which a side is seen to be damaged."""
    groups = chunks_of(asked).values()
    return next((group for group in groups if noticed(side, plan, edition, group)), [])


def damaged_plan(fault, folder):
    _, file, right, wrong = fault
    copied = copytree(EDITION, folder / EDITION.name)
    text = (copied / file).read_text(encoding="utf-8")
    assert right in text
    (copied / file).write_text(text.replace(right, wrong), encoding="utf-8")
    return plan_of(load_catalog(copied))


@pytest.mark.parametrize("name", DATA)
def test_a_fault_of_the_data_is_noticed_in_every_evaluator(tmp_path, asked_of, databases, name):
    edition, plan, requests = asked_of
    asked = requests[DATA[name][0]]
    damaged = damaged_plan(DATA[name], tmp_path)
    part = telling_part(by_walk, damaged, edition, asked)

    assert part
    for side in (by_walk, by_columns, *map(by_database, databases)):
        assert not noticed(side, plan, edition, part)
        assert noticed(side, damaged, edition, part)


def damage(patch, place, part, wrong):
    if isinstance(place, dict):
        patch.setitem(place, part, wrong)
    else:
        patch.setattr(place, part, wrong)


def seen_with(fault, side, *asked):
    """Say whether a side is seen to be damaged once a fault is planted in it."""
    with pytest.MonkeyPatch.context() as patch:
        damage(patch, *fault)
        return noticed(side, *asked)


@pytest.mark.parametrize("name", CODE)
def test_a_fault_of_the_arithmetic_is_noticed_in_every_evaluator(asked_of, databases, name):
    edition, plan, requests = asked_of
    item, of_walk, of_columns, of_sql = CODE[name]
    duck = by_database(databases[0])
    with pytest.MonkeyPatch.context() as patch:
        damage(patch, *of_walk)
        part = telling_part(by_walk, plan, edition, requests[item])
    with pytest.MonkeyPatch.context() as patch:
        damage(patch, *of_sql)
        sql_part = (
            part
            if noticed(duck, plan, edition, part)
            else telling_part(duck, plan, edition, requests[item])
        )
    sides = [(by_walk, of_walk, part), (by_columns, of_columns, requests[item])]
    sides += [(by_database(each), of_sql, sql_part) for each in databases]

    for side, fault, rows in sides:
        assert rows
        assert not noticed(side, plan, edition, rows)
        assert seen_with(fault, side, plan, edition, rows)
