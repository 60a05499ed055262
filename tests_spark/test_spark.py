"""Spark comes to the lines of the columns, line for line, and to their digest: ``make test-spark``."""

import random
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from feeledger.assessment.column_facts import Chunk, columns_of_rows
from feeledger.assessment.fact_export_batches import write_facts
from feeledger.assessment.file_results import (
    LINE_SCHEMA,
    FactsAbout,
    ResultsOfAnotherRun,
    line_files,
    open_facts,
)
from feeledger.assessment.file_runs import assess_file
from feeledger.assessment.outcomes import Request
from feeledger.assessment.selection import scope_of
from feeledger.assessment.spark_runs import assess_by_spark, open_session
from feeledger.catalog.building import shape_of
from feeledger.catalog.nodes import unit_of
from feeledger.catalog.plan import plan_of
from tests.builders import REGION, TODAY, the_catalog

PLAN = plan_of(the_catalog())
SCOPE = scope_of(PLAN, Request(None, TODAY, REGION))
NEEDED = SCOPE.needed
ALLOWED = {coefficient.fact: coefficient.values for _, coefficient in SCOPE.coefficients}
MANY, CHUNK = 5_000, 1_250
EDGES = [
    Decimal(n) for n in (-1, 0, 1, 2, 3, 9, 10, 29, 30, 31, 99, 100, 101, 10**6, 10**9, 10**12)
]
STEPS = [Decimal(0), Decimal("0.01"), Decimal("-0.01"), Decimal("0.000001"), Decimal("0.5")]


def value_of(fact, draw):
    """Draw a value of a fact: often a bound, a threshold or a hair beside it."""
    if fact.type == "bool":
        return draw.random() < 0.5
    if fact.type == "enum":
        return draw.choice(fact.values)
    if fact.type == "int":
        return draw.choice([draw.randint(0, 300), draw.randint(0, 10**6), int(draw.choice(EDGES))])
    places = 2 if fact.type == "money" else 6
    drawn = draw.choice(
        [
            Decimal(draw.randint(0, 10**11)) / unit_of(places),
            Decimal(draw.randint(0, 10**5)),
            draw.choice(EDGES) + draw.choice(STEPS),
        ]
    )
    return drawn.quantize(Decimal(1).scaleb(-places))


def within(fact, value):
    """Bring a number to the nearest that its fact allows."""
    if not isinstance(value, Decimal | int) or isinstance(value, bool):
        return value
    shape = shape_of(fact)
    unit = unit_of(shape.scale)
    low = max(Decimal(shape.low) / unit, fact.divisor_low or 0)
    kept = min(max(Decimal(value), low), Decimal(shape.high) / unit)
    return int(kept) if fact.type == "int" else kept


def facts_of(number):
    """Give a seeded enterprise; one in fifty has a wage that needs more than 64 bits."""
    draw = random.Random(number)
    share = draw.choice([0.3, 0.8, 1.0])
    given = {
        name: value_of(fact, draw)
        for name, fact in PLAN.catalog.facts.items()
        if name in NEEDED and fact.derived is None and draw.random() < share
    }
    if draw.random() < 0.9:  # most are to be answered, not refused
        given = {name: within(PLAN.catalog.facts[name], value) for name, value in given.items()}
        given |= {name: draw.choice(ALLOWED[name]) for name in given.keys() & ALLOWED}
    if number % 50 == 0:
        given["average_wage"] = Decimal("9" * 12 + ".999999")
    return given


@pytest.fixture(scope="module")
def facts_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("spark") / "facts.parquet"
    about = FactsAbout(REGION, TODAY, PLAN.catalog.edition.sha256, "2026-11-24T00:00:00+00:00")

    def chunks():
        for first in range(0, MANY, CHUNK):
            numbers = range(first, first + CHUNK)
            facts = columns_of_rows([facts_of(n) for n in numbers], PLAN.catalog.facts, NEEDED)
            yield Chunk([f"91130184{n:010d}" for n in numbers], facts)

    write_facts(PLAN, about, chunks(), path)
    return open_facts(path, PLAN)


@pytest.fixture(scope="module")
def spark():
    session = open_session()
    yield session
    session.stop()


def lines_of(results):
    return sorted(
        tuple(row[name] for name in LINE_SCHEMA.names)
        for path in line_files(results)
        for row in pq.read_table(path).to_pylist()
    )


def test_spark_equals_the_columns_line_for_line(spark, facts_file, tmp_path):
    columns = assess_file(PLAN, facts_file, tmp_path / "columns")
    told = assess_by_spark(spark, PLAN, facts_file, tmp_path / "spark")

    expected = lines_of(tmp_path / "columns")
    found = lines_of(tmp_path / "spark")
    differing = sorted(set(expected) ^ set(found))
    assert differing[:5] == []
    assert found == expected
    assert [list(c) for c in told["counts"]] == [list(c) for c in columns["counts"]]
    for name in ("enterprises", "refused", "lines_stored", "sha256"):
        assert told[name] == columns[name], name
    assert told["enterprises"] == MANY
    assert 0 < told["refused"] < MANY / 2
    assert len(expected) > MANY
    assert {line[4] for line in expected} >= {"due", "reduced", "range", "guided", "ceiling"}
    with pytest.raises(ResultsOfAnotherRun):
        assess_by_spark(spark, PLAN, facts_file, tmp_path / "columns")
