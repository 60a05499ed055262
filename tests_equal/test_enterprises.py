"""200,000 enterprises: columns, DuckDB, PostgreSQL and Spark come to the same lines, to the fen."""

import os

import duckdb
import pytest

from feeledger.assessment.batches import RunWay, assess_region, start_run
from feeledger.assessment.column_facts import Chunk
from feeledger.assessment.fact_tables import facts_of_arrow
from feeledger.assessment.file_results import read_batches
from feeledger.assessment.file_runs import assess_file
from feeledger.assessment.run_queries import digest_of_run, summary_of_run
from feeledger.catalog.plan import plan_of
from feeledger.store import Store
from tests.builders import CLERK, NOW, REGION, TODAY, a_region, an_edition, the_catalog
from tests.postgres import running_server
from tests.reference.edition_files import read_edition
from tests_equal.duck_runs import assess_by_duckdb
from tests_equal.enterprises import CHUNK, facts_file

MANY = int(os.environ.get("FEELEDGER_EQUAL", "200000"))
PLAN = plan_of(the_catalog())
TOLD = ("enterprises", "refused", "lines_stored", "counts", "sha256")

pytestmark = pytest.mark.xdist_group("enterprises")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("equal")


@pytest.fixture(scope="module")
def facts(folder):
    return facts_file(PLAN, read_edition(), folder / "facts.parquet", MANY)


@pytest.fixture(scope="module")
def columns(facts, folder):
    """The run of this machine's columns, which the others are held against."""
    return assess_file(PLAN, facts, folder / "columns")


def differing_lines(folder, other):
    """Give the first lines that only one side has, as a database sees the two folders."""
    one, two = (
        f"read_parquet('{folder / name}/lines/part-*.parquet')" for name in ("columns", other)
    )
    return duckdb.sql(
        f"(SELECT 'columns', * FROM (FROM {one} EXCEPT ALL FROM {two})) UNION ALL "
        f"(SELECT '{other}', * FROM (FROM {two} EXCEPT ALL FROM {one})) LIMIT 5"
    ).fetchall()


def test_the_enterprises_try_every_outcome(columns):
    outcomes = {count[2] for count in columns["counts"]}
    assert columns["enterprises"] == MANY
    assert 0 < columns["refused"] < MANY / 10
    assert columns["lines_stored"] > 3 * MANY
    assert outcomes >= {"due", "reduced", "exempt", "range", "guided", "ceiling", "undetermined"}
    assert outcomes >= {"ended", "no_rate", "not_applicable"}


def test_duckdb_comes_to_the_lines_of_the_columns(facts, columns, folder):
    told = assess_by_duckdb(PLAN, facts, folder / "duckdb")

    assert differing_lines(folder, "duckdb") == []
    assert {n: told[n] for n in TOLD} == {n: columns[n] for n in TOLD}


def test_spark_comes_to_the_lines_of_the_columns(facts, columns, folder):
    from feeledger.assessment.spark_runs import assess_by_spark, open_session

    session = open_session()
    try:
        told = assess_by_spark(session, PLAN, facts, folder / "spark")
    finally:
        session.stop()

    assert differing_lines(folder, "spark") == []
    assert {n: told[n] for n in TOLD} == {n: columns[n] for n in TOLD}


def test_postgresql_comes_to_the_lines_of_the_columns(facts, columns):
    """The digest is over every line and count; the lines themselves stand in the database."""
    batches = read_batches(facts.path, CHUNK)

    def source(_store, _plan, _run, _after):
        batch = next(batches, None)
        return None if batch is None else Chunk(*facts_of_arrow(batch, facts.scales))

    with running_server() as server, server.database() as database:
        store = Store(database.service_url)
        with store.write() as session:
            an_edition(session)
            a_region(session)
            way = RunWay("postgresql", CHUNK)
            run = start_run(session, PLAN, region=REGION, on=TODAY, by=CLERK, now=NOW, way=way).id
        assess_region(store, PLAN, region=REGION, run=run, now=lambda: NOW, source=source)
        with store.read() as session:
            summary = summary_of_run(session, REGION, run)
            digest = digest_of_run(session, REGION, run)
        store.close()

    assert (summary.enterprises, summary.refused, summary.lines) == (
        columns["enterprises"],
        columns["refused"],
        columns["lines_stored"],
    )
    assert digest == columns["sha256"]
