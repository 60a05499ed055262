"""A chunk of a run worked out by PostgreSQL itself: facts by COPY, answers by the plan's SQL.

Facts and answers stand in temporary tables of the one transaction that keeps the chunk; what the
database leaves to the scalar walk is added in the same transaction. The chunk that comes of it is
the one that columns make, to the fen.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from feeledger.assessment.column_facts import Chunk
from feeledger.assessment.column_findings import FINDINGS
from feeledger.assessment.columns import Key
from feeledger.assessment.copying import copy_of_facts
from feeledger.assessment.outcomes import Request
from feeledger.assessment.run_lines import Count
from feeledger.assessment.selection import scope_of
from feeledger.assessment.sql_dialects import POSTGRESQL
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
    write_answers,
    write_counts,
    write_kept,
    write_left,
    write_rows,
)
from feeledger.assessment.tables import AssessmentRunLineRow
from feeledger.catalog.plan import Plan

FACTS: Final = "assessed_facts"
ANSWERS: Final = "assessed_answers"
LINES: Final = AssessmentRunLineRow.__tablename__
INTO: Final = "region, run, uscc, line, outcome, amount_fen, low_fen, high_fen"


@dataclass(frozen=True, slots=True)
class ChunkKept:
    """What a chunk came to: lines kept, rows refused, counts of every answer."""

    lines: int
    refused: int
    counts: tuple[Count, ...]


class _Tally:
    """Counts in the making."""

    def __init__(self) -> None:
        self.numbers: Counter[tuple[str, str, str, str, bool]] = Counter()
        self.fen: Counter[tuple[str, str, str, str, bool]] = Counter()

    def add(self, count: Count) -> None:
        item, line, outcome, reason, alternative, number, fen = count
        self.numbers[item, line, outcome, reason, alternative] += number
        self.fen[item, line, outcome, reason, alternative] += fen

    def counts(self) -> tuple[Count, ...]:
        return tuple(sorted((*key, number, self.fen[key]) for key, number in self.numbers.items()))


def store_chunk_by_sql(
    session: Session, plan: Plan, request: Request, run: int, chunk: Chunk
) -> ChunkKept:
    """Work a chunk out in the database and store its lines there; give what it came to."""
    question = SqlQuestion(plan, request, _fill(session, plan, request, chunk), POSTGRESQL)
    verdict = write_verdict(question)
    aside = _ask(
        session,
        f"SELECT uscc, verdict FROM (SELECT uscc, {verdict} AS verdict FROM {FACTS}) AS v "
        f"WHERE verdict <> {ANSWERED}",
    )
    left: dict[str, set[Key] | None] = {uscc: None for uscc, each in aside if each == APART}
    refused = len(aside) - len(left)
    tally, lines = _Tally(), 0
    for query in write_answers(question):
        _do(session, f"CREATE TEMP TABLE {ANSWERS} ON COMMIT DROP AS {query.text}")
        rows = f"({write_rows(query, POSTGRESQL, ANSWERS)}) AS answers"
        for item, line, code, alternative, number, fen in _ask(
            session, write_counts(rows, POSTGRESQL)
        ):
            finding = FINDINGS[code]
            if finding is not None:
                tally.add((item, line or "", *finding, alternative, number, int(fen)))
        lines += _insert(session, request.region, run, write_kept(rows))
        for uscc, item, line in _ask(session, write_left(rows)):
            wanted = left.setdefault(uscc, set())
            if wanted is not None:
                wanted.add((item, line))
        _do(session, f"DROP TABLE {ANSWERS}")
    walked, more = _walked(plan, request, _left_rows(plan, chunk, left), tally)
    _insert_walked(session, request.region, run, walked)
    return ChunkKept(lines + len(walked), refused + more, tally.counts())


def _fill(session: Session, plan: Plan, request: Request, chunk: Chunk) -> FactTable:
    """Make the table of facts and fill it by COPY."""
    facts = chunk.facts
    needed = scope_of(plan, request).needed
    names = [name for name in plan.catalog.facts if name in facts.columns and name in needed]
    columns = "".join(f", {column_of(name)} bigint" for name in names)
    _do(session, "SET LOCAL jit = off")
    _do(
        session,
        f"CREATE TEMP TABLE {FACTS} (uscc text, refused boolean, apart text{columns}) "
        "ON COMMIT DROP",
    )
    driver: Any = session.connection().connection.driver_connection
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {FACTS} FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.write(copy_of_facts(chunk.codes, facts, names))
    _do(session, f"ANALYZE {FACTS} (uscc)")
    return FactTable(
        FACTS,
        {name: facts.columns[name].scale for name in names},
        {name: max(0, int(facts.columns[name].values.max(initial=0))) for name in names},
    )


def _left_rows(plan: Plan, chunk: Chunk, left: Mapping[str, set[Key] | None]) -> Iterable[LeftRow]:
    for row, uscc in enumerate(chunk.codes):
        if uscc in left:
            given = chunk.facts.apart.get(row) or facts_of_row(plan, chunk.facts, row)
            yield LeftRow(uscc, given, left[uscc])


def _walked(
    plan: Plan, request: Request, rows: Iterable[LeftRow], tally: _Tally
) -> tuple[list[KeptLine], int]:
    """Answer what is left by the walk; give the lines to keep and how many rows were refused."""
    kept: list[KeptLine] = []
    refused = 0
    for uscc, answers in answers_by_walk(plan, request, tuple(rows)):
        if answers is None:
            refused += 1
            continue
        for each in answers:
            tally.add(count_of(each))
            line = line_kept(uscc, each)
            if line is not None:
                kept.append(line)
    return kept, refused


def _insert(session: Session, region: str, run: int, kept: str) -> int:
    """Store the lines of a query, in order of enterprise and line."""
    found = session.connection().exec_driver_sql(
        f"INSERT INTO {LINES} ({INTO}) SELECT %(region)s, %(run)s, kept.* FROM ({kept}) AS kept "
        "ORDER BY uscc, line",
        {"region": region, "run": run},
    )
    return found.rowcount


def _insert_walked(session: Session, region: str, run: int, lines: Sequence[KeptLine]) -> None:
    if lines:
        marks = ", ".join(f":{name.strip()}" for name in INTO.split(","))
        names = [name.strip() for name in INTO.split(",")]
        session.execute(
            text(f"INSERT INTO {LINES} ({INTO}) VALUES ({marks})"),
            [dict(zip(names, (region, run, *line), strict=True)) for line in lines],
        )


def _do(session: Session, statement: str) -> None:
    session.connection().exec_driver_sql(statement)


def _ask(session: Session, statement: str) -> list[Any]:
    return list(session.connection().exec_driver_sql(statement))
