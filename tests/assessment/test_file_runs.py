"""Facts in a Parquet file, a run over it: the digest of the database's run; what is odd is refused."""

import json
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import insert

from feeledger.assessment import file_runs
from feeledger.assessment.column_facts import Chunk, columns_of_rows
from feeledger.assessment.fact_export_batches import export_facts, write_facts
from feeledger.assessment.fact_tables import FactsFileRefused
from feeledger.assessment.file_results import FactsAbout, ResultsOfAnotherRun, open_facts
from feeledger.assessment.file_runs import assess_file
from feeledger.assessment.outcomes import Request
from feeledger.assessment.run_queries import summary_of_run
from feeledger.assessment.selection import scope_of
from feeledger.catalog.plan import plan_of
from feeledger.enterprises.tables import EnterpriseFactRow
from feeledger.store import table_of
from tests.assessment.test_batches import (
    LATER,
    MANY,
    a_fact,
    a_province,
    a_run,
    assess_all,
    call,
    code_of,
    digest,
    facts_of,
)
from tests.builders import CLERK, REGION, TODAY, the_catalog

PLAN = plan_of(the_catalog())
ASKED = Request(None, TODAY, REGION)


@pytest.fixture(scope="module")
def facts_file(tmp_path_factory):
    """The facts of made-up enterprises, some of them refused, in chunks of odd sizes."""
    path = tmp_path_factory.mktemp("facts") / "facts.parquet"
    about = FactsAbout(REGION, TODAY, PLAN.catalog.edition.sha256, LATER.isoformat())
    needed = scope_of(PLAN, ASKED).needed
    chunks = [
        Chunk(
            [code_of(n) for n in numbers],
            columns_of_rows([facts_of(n) for n in numbers], PLAN.catalog.facts, needed),
        )
        for numbers in (range(50), range(50, 51), range(51, MANY))
    ]
    assert write_facts(PLAN, about, iter(chunks), path) == MANY
    return path


def changed(facts_file, tmp_path, change):
    """Write the file anew with its table changed."""
    table = pq.read_table(facts_file)
    path = tmp_path / "changed.parquet"
    found = change(table)
    pq.write_table(found.replace_schema_metadata(found.schema.metadata or {}), path)
    return path


def put(table, name, values, metadata=None):
    field = pa.field(name, values.type, metadata=metadata or {b"scale": b"0"})
    place = table.schema.get_field_index(name)
    return (
        table.append_column(field, values) if place < 0 else table.set_column(place, field, values)
    )


def test_a_run_over_exported_facts_has_the_digest_of_the_run_in_the_database(any_store, tmp_path):
    a_province(any_store)
    with any_store.write() as session:  # a wage beyond 64 bits; one beyond its bounds
        wide = Decimal("9" * 15 + ".999999")
        facts = [("average_wage", wide), ("social_average_wage", wide), ("beds", 10**18)]
        session.execute(
            insert(table_of(EnterpriseFactRow)),
            [a_fact(10**6 + n, code_of(n), *fact, known_at=LATER) for n, fact in enumerate(facts)],
        )
    run = a_run(any_store)
    assess_all(any_store, run)
    path, results = tmp_path / "facts.parquet", tmp_path / "out"

    assert export_facts(any_store, PLAN, ASKED, LATER, path) == MANY
    record = assess_file(PLAN, open_facts(path, PLAN), results)

    assert record["sha256"] == digest(any_store, run)
    with any_store.read() as session:
        summary = summary_of_run(session, REGION, run)
    assert (record["enterprises"], record["refused"]) == (MANY, summary.refused)
    assert (summary.refused > 17, record["lines_stored"]) == (True, summary.lines)
    assert json.loads((results / "run.json").read_text("utf-8")) == record


def test_a_run_that_was_stopped_goes_on_behind_its_last_whole_chunk(
    facts_file, tmp_path, monkeypatch
):
    monkeypatch.setattr(file_runs, "CHUNK_SIZE", 40)
    facts = open_facts(facts_file, PLAN)
    whole = assess_file(PLAN, facts, tmp_path / "whole")
    answered = []
    real = file_runs.assess_columns

    def stopped(plan, columns, **more):
        answered.append(columns.rows)
        if len(answered) == 2:
            raise KeyboardInterrupt
        return real(plan, columns, **more)

    monkeypatch.setattr(file_runs, "assess_columns", stopped)
    with pytest.raises(KeyboardInterrupt):
        assess_file(PLAN, facts, tmp_path / "out")
    assert not (tmp_path / "out" / "run.json").exists()

    assert assess_file(PLAN, facts, tmp_path / "out") == whole
    assert answered == [40, 40, 40, 40]  # the first chunk once, the second begun twice, the third


def test_one_file_gives_one_digest_whatever_the_chunks(facts_file, tmp_path, monkeypatch):
    facts = open_facts(facts_file, PLAN)
    whole = assess_file(PLAN, facts, tmp_path / "whole")
    monkeypatch.setattr(file_runs, "CHUNK_SIZE", 7)

    assert assess_file(PLAN, facts, tmp_path / "small")["sha256"] == whole["sha256"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda t: put(t, "f_beds", t.column("f_beds").cast(pa.float64())),
            ["f_beds", "int64"],
        ),
        (
            lambda t: put(t, "f_stars", pa.array([1] * t.num_rows, pa.int64())),
            ["f_stars", "no such fact"],
        ),
        (lambda t: t.drop_columns(["refused"]), ["refused", "bool"]),
        (lambda t: t.drop_columns(["uscc"]), ["uscc", "string"]),
        (
            lambda t: put(t, "f_beds", t.column("f_beds"), {b"scale": b"99"}),
            ["f_beds", "99"],
        ),
        (
            lambda t: put(t, "f_beds", t.column("f_beds"), {b"other": b"1"}),
            ["f_beds", "scale"],
        ),
        (lambda t: pa.concat_tables([t, t.slice(0, 1)]), ["uscc", code_of(0)]),
    ],
    ids=["type", "unknown", "no-refused", "no-uscc", "scale", "no-scale", "twice"],
)
def test_a_file_of_another_form_is_refused_by_column_and_value(facts_file, tmp_path, change, told):
    path = changed(facts_file, tmp_path, change)

    with pytest.raises(FactsFileRefused) as refused:
        open_facts(path, PLAN)

    for part in told:
        assert part in refused.value.detail.en
    assert told[0] in refused.value.detail.zh


def test_facts_kept_apart_that_are_no_object_are_refused_by_row(facts_file, tmp_path):
    def change(table):
        texts = pa.array(["[1]", *[None] * (MANY - 1)], pa.string())
        return table.set_column(2, pa.field("apart", pa.string()), texts)

    facts = open_facts(changed(facts_file, tmp_path, change), PLAN)
    with pytest.raises(FactsFileRefused, match=r"\[1\]"):
        assess_file(PLAN, facts, tmp_path / "out")


def test_a_value_out_of_its_bounds_refuses_its_enterprise_and_no_other(facts_file, tmp_path):
    def change(table):
        beds = np.array(table.column("f_beds").fill_null(0).to_pylist())
        beds[[0, 1]] = [-1, 2**62]
        return put(table, "f_beds", pa.array(beds), table.schema.field("f_beds").metadata)

    before = assess_file(PLAN, open_facts(facts_file, PLAN), tmp_path / "before")
    facts = open_facts(changed(facts_file, tmp_path, change), PLAN)

    assert assess_file(PLAN, facts, tmp_path / "out")["refused"] == before["refused"] + 2


def test_what_is_no_file_of_facts_or_of_another_edition_or_damaged_is_refused(facts_file, tmp_path):
    text = tmp_path / "text.parquet"
    text.write_text("uscc,beds\n", "utf-8")
    plain = tmp_path / "plain.parquet"
    pq.write_table(pa.table({"uscc": ["1"]}), plain)
    other = changed(
        facts_file,
        tmp_path,
        lambda t: t.replace_schema_metadata(
            {
                b"feeledger": t.schema.metadata[b"feeledger"].replace(
                    PLAN.catalog.edition.sha256.encode(), b"0" * 64
                )
            }
        ),
    )
    for path, told in ((text, "no file of facts"), (plain, "no file of facts"), (other, "0" * 12)):
        with pytest.raises(FactsFileRefused) as refused:
            open_facts(path, PLAN)
        assert told in refused.value.detail.en
        assert str(path) in refused.value.detail.zh

    content = bytearray(facts_file.read_bytes())
    content[4:2000] = b"\xff" * 1996
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(content)
    with pytest.raises(FactsFileRefused, match="damaged"):
        open_facts(damaged, PLAN)


def test_a_folder_of_another_run_or_of_other_files_is_refused_and_left_as_it_is(
    facts_file, tmp_path
):
    facts = open_facts(facts_file, PLAN)
    assess_file(PLAN, facts, tmp_path / "out")
    record = (tmp_path / "out" / "run.json").read_bytes()
    shorter = changed(facts_file, tmp_path, lambda t: t.slice(0, 10))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "accounts.txt").write_text("x", "utf-8")

    for name in ("out", "full"):
        with pytest.raises(ResultsOfAnotherRun):
            assess_file(PLAN, open_facts(shorter, PLAN), tmp_path / name)

    assert (tmp_path / "out" / "run.json").read_bytes() == record
    assert [each.name for each in (tmp_path / "full").iterdir()] == ["accounts.txt"]


def test_the_command_exports_and_assesses_files(store, sqlite_url, tmp_path):
    a_province(store, many=20)
    path, out = str(tmp_path / "facts.parquet"), str(tmp_path / "out")
    day = TODAY.isoformat()
    run = json.loads(call(sqlite_url, "--on", day, "--by", CLERK, "--json").stdout)["run"]

    exported = call(sqlite_url, "--on", day, "--export-facts", path)
    done = call(sqlite_url, "--facts", path, "--results", out, "--json")
    again = call(sqlite_url, "--facts", path, "--results", out)

    assert (exported.exit_code, done.exit_code, again.exit_code) == (0, 0, 0), done.output
    told = json.loads(done.stdout)
    assert told["sha256"] == call(sqlite_url, "--digest", str(run)).stdout.strip()
    assert told["sha256"] in again.stdout
    other = call(sqlite_url, "--facts", path, "--results", str(tmp_path))
    assert (other.exit_code, "另指一个空目录" in other.stderr) == (1, True)
    for words in (
        ["--export-facts", path],
        ["--export-facts", path, "--on", day, "--engine", "spark"],
        ["--facts", path],
        ["--facts", path, "--results", out, "--on", day],
        ["--facts", path, "--results", out, "--engine", "postgresql"],
        ["--engine", "spark"],
    ):
        assert call(sqlite_url, *words).exit_code == 2
