"""A run over a file of facts by DuckDB, for comparison: the plan's SQL, the walk for what is left.

DuckDB is no engine of the command line; its results are written as those of the others are.
"""

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from feeledger.assessment.column_findings import FINDINGS
from feeledger.assessment.file_results import LINE_SCHEMA, add_counts, claim_results, keep_record
from feeledger.assessment.spark_runs import _walked
from feeledger.assessment.sql_dialects import DUCKDB
from feeledger.assessment.sql_verdicts import (
    ANSWERED,
    APART,
    FactTable,
    SqlQuestion,
    column_of,
    write_verdict,
)
from feeledger.assessment.sqltext import (
    write_answers,
    write_counts,
    write_kept,
    write_left,
    write_rows,
)


def assess_by_duckdb(plan, facts, results):
    """Assess every row of a file of facts; give the record of the run."""
    claim_results(results, facts, "duckdb")
    database = duckdb.connect(config={"threads": 1, "memory_limit": "2GB"})

    def ask(text):
        return database.execute(text).fetchall()

    ask(f"CREATE VIEW facts AS SELECT * FROM read_parquet('{facts.path}')")
    names = list(facts.scales)
    most = ask(
        "SELECT " + ", ".join(f"coalesce(max({column_of(n)}), 0)" for n in names) + " FROM facts"
    )
    reach = {name: max(0, value) for name, value in zip(names, most[0], strict=True)}
    question = SqlQuestion(plan, facts.request, FactTable("facts", facts.scales, reach), DUCKDB)
    verdicts = f"(SELECT uscc, {write_verdict(question)} AS verdict FROM facts)"
    aside = ask(f"SELECT uscc, verdict FROM {verdicts} WHERE verdict <> {ANSWERED}")
    left = {uscc: None for uscc, told in aside if told == APART}
    refused, counts, kept = len(aside) - len(left), [], []
    for query in write_answers(question):
        ask(f"CREATE TEMP TABLE answers AS {query.text}")
        rows = f"({write_rows(query, DUCKDB, 'answers')}) AS rows"
        for item, line, code, alternative, number, fen in ask(write_counts(rows, DUCKDB)):
            if FINDINGS[code] is not None:
                counts.append((item, line or "", *FINDINGS[code], alternative, number, int(fen)))
        for uscc, item, line in ask(write_left(rows)):
            if (wanted := left.setdefault(uscc, set())) is not None:
                wanted.add((item, line))
        kept.append(database.sql(write_kept(rows)).to_arrow_table())
        ask("DROP TABLE answers")
    walked, more, told = _walked(plan, facts, left)
    _write(plan, facts, kept, walked, results)
    return keep_record(results, facts, "duckdb", refused + more, add_counts([*counts, *told]))


def _write(plan, facts, kept, walked, results):
    """Write the lines in order of enterprise and line, as the other engines do."""
    names = ["uscc", "line", "outcome", "amount_fen", "low_fen", "high_fen"]
    types = [LINE_SCHEMA.field(name).type for name in names]
    plain = pa.schema(list(zip(names, types, strict=True)))
    tables = [table.rename_columns(names).cast(plain) for table in kept]
    columns = zip(*walked, strict=True) if walked else [[] for _ in names]
    tables.append(
        pa.Table.from_arrays([pa.array(c, t) for c, t in zip(columns, types, strict=True)], names)
    )
    table = pa.concat_tables(tables).sort_by([("uscc", "ascending"), ("line", "ascending")])
    item_of = {line: each.item.id for line, each in plan.lines.items()}
    items = pa.array([item_of[line] for line in table["line"].to_pylist()], pa.string())
    region = pa.array([facts.about.region] * len(table), pa.string())
    whole = table.append_column("item", items).append_column("region", region)
    (results / "lines").mkdir()
    pq.write_table(whole.select(LINE_SCHEMA.names), results / "lines" / "part-000001.parquet")
