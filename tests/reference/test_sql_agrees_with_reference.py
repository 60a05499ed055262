"""The plan as SQL agrees with columns and reference, on DuckDB and PostgreSQL.

By default a seeded part of the edge requests is asked; ``FEELEDGER_EDGES=all`` asks every one, and
200,000 boundary rows of every line beside. Spark is asked the same in tests/spark.
"""

import re
from dataclasses import replace
from datetime import date
from os import environ
from random import Random

import pytest

from feeledger.assessment import sqltext
from feeledger.assessment.column_facts import least_decimals
from feeledger.assessment.outcomes import Request
from feeledger.assessment.sql_cases import Findings, SqlCase
from feeledger.assessment.sql_dialects import DUCKDB, POSTGRESQL, SPARK
from feeledger.assessment.sql_expressions import OPERATORS, Sheet
from feeledger.assessment.sql_verdicts import FactTable, SqlQuestion
from feeledger.assessment.sql_walk import NUMBER_RULES, TRUTH_RULES
from tests.reference.edges import requests_refused, requests_without_names
from tests.reference.sql_side import (
    DuckDB,
    PostgreSQL,
    sql_against_columns,
    sql_against_reference,
    sql_by_row,
)
from tests.reference.test_columns_agree_with_reference import drawn_rows, lines_of, shown

EVERYTHING = environ.get("FEELEDGER_EDGES") == "all"
PART = {"duckdb": 1.0 if EVERYTHING else 0.05, "postgresql": 0.5 if EVERYTHING else 0.015}
BOUNDARY_ROWS = 200_000 if EVERYTHING else 1_000


@pytest.fixture(scope="module")
def duck():
    return DuckDB()


@pytest.fixture(scope="module")
def postgres(pg_server):
    with pg_server.database(migrated=False) as database:
        opened = PostgreSQL(database.owner_url)
        yield opened
        opened.connection.close()


@pytest.fixture(params=["duckdb", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request):
    return request.getfixturevalue("duck" if request.param == "duckdb" else "postgres")


def part_of(database, requests):
    part, random = PART[database.dialect.name], Random(f"sql {database.dialect.name}")
    return [each for asked in requests.values() for each in asked if random.random() < part]


def test_sql_columns_and_reference_agree_on_the_edges_of_every_line(
    database, edition, plan, requests
):
    asked = part_of(database, requests)

    assert not shown(list(sql_against_columns(database, plan, edition, asked)))
    assert not shown(list(sql_against_reference(database, plan, edition, asked)))


def test_sql_answers_the_whole_catalog_when_nothing_is_named(database, edition, plan):
    asked = requests_without_names()

    assert not shown(list(sql_against_reference(database, plan, edition, asked)))


def test_sql_refuses_the_rows_a_request_would_be_refused_for(database, edition, plan):
    every = 1 if database.dialect.name == "duckdb" else 7
    asked = [
        request
        for item, line in lines_of(edition)[::every]
        for request in requests_refused(edition, item, line)
    ]

    assert not shown(list(sql_against_columns(database, plan, edition, asked)))


def boundary_rows(edition, rows, each=400):
    """Draw rows of boundary values of one line after another, some hundred of each."""
    lines, drawn, seed = lines_of(edition), 0, 0
    each = min(each, rows)
    while drawn < rows:
        item, line = lines[seed % len(lines)]
        yield drawn_rows(edition, item, line, Random(seed * 7919 + 13), each)
        seed, drawn = seed + 1, drawn + each


def test_sql_agrees_on_rows_of_boundary_values(duck, edition, plan):
    each = 400 if EVERYTHING else 20
    for asked in boundary_rows(edition, BOUNDARY_ROWS, each):
        assert not shown(list(sql_against_columns(duck, plan, edition, asked)))
        assert not shown(list(sql_against_reference(duck, plan, edition, asked)))


def ordinary_rows():
    return [
        {
            "headcount": str(n),
            "disabled_employed": "1",
            "average_wage": "71250.5",
            "social_average_wage": "84000",
            "land_occupied_m2": f"{n}.5",
            "electricity_kwh": f"{n}000.25",
            "ad_sales_incl_vat": f"{n}0000.07",
        }
        for n in range(1, 60)
    ]


def test_ordinary_rows_are_answered_in_the_database_itself(database, edition, plan):
    key = ("2026-11-24", "130184", (), ())
    walked = []

    class Asked:
        def __init__(self, facts):
            self.facts = facts

    rows = [Asked(facts) for facts in ordinary_rows()]
    found = sql_by_row(database, plan, edition, key, rows, walked=walked)

    assert walked == []
    assert len(found[0]) > 100


def test_no_text_divides_beyond_integers_or_is_too_large_to_plan(plan):
    """No float, no decimal, no division but the dialect's own, and some ten kilobytes a line."""
    facts = {
        name: max(min(2, shape.scale), least_decimals(plan.catalog.facts[name]))
        for name, shape in plan.shapes.items()
    }
    table = FactTable("facts", facts, dict.fromkeys(facts, 10**9))
    for dialect in (DUCKDB, POSTGRESQL, SPARK):
        request = Request(None, date(2026, 11, 24), "130184")
        queries = list(sqltext.write_answers(SqlQuestion(plan, request, table, dialect)))
        for query in queries:
            assert not re.search(r"\d\.\d|FLOAT|DOUBLE|DECIMAL|NUMERIC", query.text, re.IGNORECASE)
            assert len(query.text) < 10_000 * len(query.rows)
        assert sum(len(query.rows) for query in queries) > 100


# ---------------------------------------------------------------- planted faults


def cut_off(self, index):
    top, scale = self._top(index)
    return (
        self.sheet.divided(self.sheet.times(top, 100), 10**scale)
        if scale
        else REAL_FEN(self, index)
    )


def edges_outside(self, x, bands):
    return REAL_BANDED(self, self.added(x, 1) if x is not None else x, bands)


def unknown_left_out(self, truths, *, every):
    return REAL_JOINED(self, [self.surely(each) for each in truths], every=every)


def first_dropped(self, effect, *, base_only=None):
    return REAL_THOSE(self, effect, base_only=base_only)[1:]


def open_unasked(self):
    kept, self.reliefs = self.reliefs, ()
    REAL_OPEN(self)
    self.reliefs = kept


def steps_cut(self, x, size, **_):
    return self.divided(x, size)


def whole_relief(self, top, scale, *, base_only):
    return REAL_MULTIPLIED(self, top, scale, base_only=not base_only)


REAL_FEN, REAL_OPEN = SqlCase._fen, SqlCase._leave_open
REAL_THOSE, REAL_MULTIPLIED = SqlCase._those, SqlCase._multiplied
REAL_BANDED, REAL_JOINED = Sheet.banded, Sheet.joined
FAULTS = {
    "floor for half up": (SqlCase, "_fen", cut_off, ["plant-quarantine"]),
    "edge moved by one": (Sheet, "banded", edges_outside, ["litigation", "construction-trading"]),
    "< for <=": (OPERATORS, "lte", "<", ["disabled-employment"]),
    "<= for <": (OPERATORS, "lt", "<=", ["idle-land", "disabled-employment"]),
    "> for >=": (OPERATORS, "gte", ">", ["emission-permit", "cost-consulting"]),
    "unknown is false": (Sheet, "joined", unknown_left_out, ["culture-construction"]),
    "any for all": (TRUTH_RULES, "all", TRUTH_RULES["any"], ["disabled-employment"]),
    "most for least": (NUMBER_RULES, "min", NUMBER_RULES["max"], ["disabled-employment"]),
    "steps cut off": (Sheet, "steps", steps_cut, ["soil-water-compensation"]),
    "first relief dropped": (SqlCase, "_those", first_dropped, ["culture-construction"]),
    "relief of the base": (SqlCase, "_multiplied", whole_relief, ["realestate-registration"]),
    "open reliefs unasked": (SqlCase, "_leave_open", open_unasked, ["culture-construction"]),
    "numbers that overflow": (
        sqltext,
        "box_line",
        lambda _, line, __: (replace(line, too_wide=()), {}),
        ["disabled-employment"],
    ),
    "first finding wins not": (
        Findings,
        "settle_code",
        lambda self, where, code: REAL_SETTLE(self, where, code if code != 1 else 2),
        ["vehicle-plate"],
    ),
}
REAL_SETTLE = Findings.settle_code


@pytest.fixture
def asked_of_duck(duck, plan, edition):
    return duck, plan, edition


@pytest.mark.parametrize("name", FAULTS)
def test_planted_faults_of_the_sql_are_noticed(monkeypatch, asked_of_duck, requests, name):
    place, part, wrong, items = FAULTS[name]
    if isinstance(place, dict):
        monkeypatch.setitem(place, part, wrong)
    else:
        monkeypatch.setattr(place, part, wrong)

    assert noticed(*asked_of_duck, requests, items)


def noticed(duck, plan, edition, requests, items):
    """Say whether the database comes to something else, or stops."""
    differing = (
        True for item in items for _ in sql_against_columns(duck, plan, edition, requests[item])
    )
    try:
        return next(differing, False)
    except Exception:  # noqa: BLE001 - a database that stops has noticed
        return True
