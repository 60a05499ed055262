"""A run over a file of facts on Spark: the plan's SQL, in Spark's own executors.

Executors run SQL only, no Python; the driver writes the texts, answers by the scalar walk what SQL
leaves to it, and keeps the record. The master is the one that ``spark-submit`` names, else two
workers on this machine. Facts and results lie where driver and executors see them alike.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from feeledger.assessment.column_findings import FINDINGS
from feeledger.assessment.columns import Key
from feeledger.assessment.fact_tables import facts_of_arrow
from feeledger.assessment.file_results import (
    LINES,
    READ_AT_ONCE,
    FactsFile,
    add_counts,
    claim_results,
    keep_record,
)
from feeledger.assessment.run_lines import Count
from feeledger.assessment.sql_dialects import SPARK
from feeledger.assessment.sql_remainder import (
    KeptLine,
    LeftRow,
    answers_by_walk,
    count_of,
    facts_of_row,
    line_kept,
)
from feeledger.assessment.sql_verdicts import (
    ANSWERED,
    APART,
    FactTable,
    SqlQuestion,
    column_of,
    write_verdict,
)
from feeledger.assessment.sqltext import (
    AnswerQuery,
    write_answers,
    write_counts,
    write_kept,
    write_left,
    write_rows,
)
from feeledger.catalog.plan import Plan
from feeledger.errors import Conflict, Text

ENGINE: Final = "spark-1"
VIEW: Final = "assessed_facts"
LOCAL_MASTER: Final = "local[2]"
KEPT: Final = (
    "uscc STRING, line STRING, outcome STRING, amount_fen BIGINT, low_fen BIGINT, high_fen BIGINT"
)
Left = dict[str, set[Key] | None]


class SparkMissing(Conflict):
    """The Spark engine is asked for, and PySpark is not installed."""

    code = "spark-missing"
    title = Text("未安装 PySpark", "PySpark is not installed")


def open_session() -> Any:
    """Open the Spark session; ``spark-submit`` decides where. Raises SparkMissing."""
    try:
        from pyspark import SparkConf
        from pyspark.sql import SparkSession
    except ImportError as missing:
        raise SparkMissing(
            Text(
                "请先安装 PySpark：pip install -r requirements-spark.txt（并需 Java 17）。",
                "Install PySpark first: pip install -r requirements-spark.txt (and Java 17).",
            )
        ) from missing
    builder = SparkSession.builder.appName("feeledger")
    if not SparkConf().contains("spark.master"):
        builder = builder.master(LOCAL_MASTER)
        for name, value in LOCAL_SETTINGS.items():
            builder = builder.config(name, value)
    session = builder.config("spark.sql.ansi.enabled", "true").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


LOCAL_SETTINGS: Final = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.driver.memory": "2g",
    "spark.sql.shuffle.partitions": "4",
}


def assess_by_spark(session: Any, plan: Plan, facts: FactsFile, results: Path) -> dict[str, Any]:
    """Assess every row of a file of facts; give the record of the run."""
    claim_results(results, facts, ENGINE)
    session.read.parquet(str(facts.path)).createOrReplaceTempView(VIEW)
    question = SqlQuestion(plan, facts.request, _measured(session, facts), SPARK)
    verdict = write_verdict(question)
    verdicts = f"(SELECT uscc, {verdict} AS verdict FROM {VIEW}) AS v"
    aside = session.sql(
        f"SELECT verdict, count(*) FROM {verdicts} WHERE verdict <> {ANSWERED} GROUP BY verdict"
    ).collect()
    refused = sum(number for told, number in aside if told != APART)
    apart = session.sql(f"SELECT uscc FROM {verdicts} WHERE verdict = {APART}").collect()
    left: Left = {uscc: None for (uscc,) in apart}
    counts: list[Count] = []
    kept = None
    cached = []
    for place, query in enumerate(write_answers(question)):
        rows, frame = _answered(session, query, f"assessed_answers_{place}")
        cached.append(frame)
        counts += _counts(session, rows)
        for uscc, item, line in session.sql(write_left(rows)).collect():
            wanted = left.setdefault(uscc, set())
            if wanted is not None:
                wanted.add((item, line))
        lines = session.sql(write_kept(rows))
        kept = lines if kept is None else kept.unionByName(lines)
    walked, more, told = _walked(plan, facts, left)
    if walked:
        kept = session.createDataFrame(walked, KEPT).unionByName(kept)
    _write(session, plan, facts, kept, results)
    for frame in cached:
        frame.unpersist()
    engine = f"{ENGINE} ({session.version})"
    return keep_record(results, facts, engine, refused + more, add_counts([*counts, *told]))


def _measured(session: Any, facts: FactsFile) -> FactTable:
    """Find the greatest value of every column of facts."""
    names = list(facts.scales)
    most = [f"COALESCE(max({column_of(name)}), 0L)" for name in names] or ["0L"]
    found = session.sql(f"SELECT {', '.join(most)} FROM {VIEW}").first()
    reach = {name: max(0, int(value)) for name, value in zip(names, found, strict=False)}
    return FactTable(VIEW, facts.scales, reach)


def _answered(session: Any, query: AnswerQuery, view: str) -> tuple[str, Any]:
    """Work a query out once and keep its columns; give how its rows are written."""
    frame = session.sql(query.text).persist()
    frame.createOrReplaceTempView(view)
    return f"({write_rows(query, SPARK, view)}) AS answers", frame


def _counts(session: Any, rows: str) -> list[Count]:
    found: list[Count] = []
    for item, line, code, alternative, number, fen in session.sql(
        write_counts(rows, SPARK)
    ).collect():
        finding = FINDINGS[code]
        if finding is not None:
            found.append((item, line or "", *finding, alternative, number, int(fen)))
    return found


def _walked(
    plan: Plan, facts: FactsFile, left: Left
) -> tuple[list[KeptLine], int, Sequence[Count]]:
    """Answer by the walk what is left to it; give lines, refused rows and counts."""
    lines: list[KeptLine] = []
    counts: list[Count] = []
    refused = 0
    for uscc, answers in answers_by_walk(plan, facts.request, _left_rows(plan, facts, left)):
        refused += answers is None
        for each in answers or ():
            counts.append(count_of(each))
            line = line_kept(uscc, each)
            if line is not None:
                lines.append(line)
    return lines, refused, counts


def _left_rows(plan: Plan, facts: FactsFile, left: Left) -> list[LeftRow]:
    """Read the facts of the rows that are left to the walk."""
    if not left:
        return []
    table = pq.read_table(facts.path, filters=[("uscc", "in", list(left))])
    rows: list[LeftRow] = []
    for batch in table.to_batches(READ_AT_ONCE):
        codes, columns = facts_of_arrow(batch, facts.scales)
        for row, uscc in enumerate(codes):
            given = columns.apart.get(row) or facts_of_row(plan, columns, row)
            rows.append(LeftRow(uscc, given, left[uscc]))
    return rows


def _write(session: Any, plan: Plan, facts: FactsFile, kept: Any, results: Path) -> None:
    """Write the lines in order of enterprise, over whatever a stopped run left there."""
    items = [(line, each.item.id) for line, each in plan.lines.items()]
    named = kept.join(
        session.createDataFrame(items, "line STRING, item STRING").hint("broadcast"), "line"
    )
    region = facts.about.region
    named.selectExpr(
        f"'{region}' AS region",
        "uscc",
        "item",
        "line",
        "outcome",
        "amount_fen",
        "low_fen",
        "high_fen",
    ).orderBy("uscc", "line").write.mode("overwrite").parquet(str(results / LINES))
