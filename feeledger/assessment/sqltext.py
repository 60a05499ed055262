"""The same plan as SQL text, for PostgreSQL, DuckDB and Spark.

Facts stand in one table: ``uscc``, ``refused`` (they could not be read), ``apart`` (a number beyond
64 bits, then all facts as JSON), and a BIGINT column a fact, named ``f_`` and the fact, NULL where
it is not known. Every number written is proved to fit 64 bits by the greatest values of the
columns: rows beyond are answered ``TO_THE_WALK``, and the scalar walk does them. A few lines are
asked at once, so that no query is too large to plan.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from feeledger.assessment.column_findings import CODES, FIGURED, Finding
from feeledger.assessment.column_shapes import box_line, shapes_of_columns
from feeledger.assessment.columns import Key
from feeledger.assessment.selection import Selected, active_reliefs
from feeledger.assessment.sql_cases import TO_THE_WALK, Findings, SqlAnswer, SqlCase
from feeledger.assessment.sql_classes import SqlChoices
from feeledger.assessment.sql_dialects import Dialect
from feeledger.assessment.sql_expressions import Number, Sheet, Sql, Truth
from feeledger.assessment.sql_verdicts import SqlQuestion, column_of, write_verdict
from feeledger.assessment.sql_walk import SqlWalk
from feeledger.catalog.plan import LinePlan

LINES_AT_ONCE: Final = 32
FIGURED_CODES: Final = ", ".join(str(CODES[outcome, ""]) for outcome in FIGURED)


@dataclass(frozen=True, slots=True)
class AnswerQuery:
    """A query that answers some lines for every row that is not refused, five columns a line.

    ``rows`` say which columns make the answers, one a line: see ``write_rows``.
    """

    text: str
    rows: tuple[tuple[str, ...], ...]


def write_answers(
    question: SqlQuestion, *, lines_at_once: int = LINES_AT_ONCE
) -> Iterator[AnswerQuery]:
    """Write the queries that together answer what ``assess_columns`` answers."""
    waiting: list[Selected] = []
    for each in question.scope.selected:
        if waiting and sum(map(_size, waiting)) + _size(each) > lines_at_once:
            yield _Query(question).written(waiting)
            waiting = []
        waiting.append(each)
    if waiting:
        yield _Query(question).written(waiting)


def write_rows(query: AnswerQuery, dialect: Dialect, source: str = "") -> str:
    """Write the answers of a query a row each: ``uscc`` and the columns of ``ANSWER_COLUMNS``.

    ``source`` is a table that holds the query's result; code zero is no answer.
    """
    return dialect.unpivot(source or f"({query.text})", query.rows)


def _size(selected: Selected) -> int:
    return max(1, len(selected.live) + len(selected.aside))


def write_counts(answers: str, dialect: Dialect) -> str:
    """Write the counts of answers: by item, line, code and alternative, with the sum in fen."""
    return (
        "SELECT item, line, code, alternative, count(*) AS enterprises, "
        f"{dialect.summed('amount_fen')} AS fen FROM {answers} "
        f"WHERE code NOT IN (0, {TO_THE_WALK}) GROUP BY item, line, code, alternative"
    )


def write_kept(answers: str) -> str:
    """Write the lines that are kept: figures above zero that somebody chose."""
    outcomes = " ".join(f"WHEN {CODES[outcome, '']} THEN '{outcome}'" for outcome in FIGURED)
    ranged = CODES["range", ""]
    return (
        f"SELECT uscc, line, CASE code {outcomes} END AS outcome, "
        f"CASE WHEN code <> {ranged} THEN amount_fen END AS amount_fen, low_fen, high_fen "
        f"FROM {answers} WHERE code IN ({FIGURED_CODES}) AND NOT alternative "
        "AND (amount_fen > 0 OR high_fen > 0)"
    )


def write_left(answers: str) -> str:
    """Write which answers are left to the scalar walk."""
    return f"SELECT uscc, item, line FROM {answers} WHERE code = {TO_THE_WALK}"


class _Query:
    """One query in the making: its sheet of columns, its facts, its answers."""

    def __init__(self, question: SqlQuestion) -> None:
        plan, request, table = question.plan, question.request, question.table
        self.question, self.plan, self.request = question, plan, request
        self.shapes = shapes_of_columns(plan, table.scales, table.reach)
        self.sheet = Sheet(question.dialect)
        needed = question.scope.needed
        self.facts: dict[str, Number] = {
            name: Sql(column_of(name), bare=True) for name in table.scales if name in needed
        }
        self.choices = SqlChoices(plan, request, self.sheet, self.facts)

    def written(self, asked: Sequence[Selected]) -> AnswerQuery:
        """Write the query that answers some items."""
        answers = [answer for each in asked for answer in self._item(each)]
        columns: list[tuple[str, str]] = []
        rows = []
        for place, each in enumerate(answers):
            parts = (each.code, each.amount, each.low, each.high, each.alternative)
            names = [f"{letter}{place}" for letter in "calhu"]
            columns += zip(parts, names, strict=True)
            line = "CAST(NULL AS VARCHAR(9))" if each.line is None else f"'{each.line}'"
            rows.append((f"'{each.item}'", line, *names))
        return AnswerQuery(self.sheet.query(self._base(), columns), tuple(rows))

    def _base(self) -> str:
        """Write the rows that are neither refused nor apart, with the facts needed."""
        facts = ", ".join(["uscc", *map(column_of, self.facts)])
        verdict = write_verdict(self.question)
        return f"SELECT {facts} FROM {self.question.table.name} WHERE {verdict} = 0"

    def _item(self, selected: Selected) -> Iterator[SqlAnswer]:
        """Answer one asked item, as the engine does."""
        item = selected.item.id
        if selected.ending is not None:
            yield _same((item, None), ("ended", selected.ending.kind))
            return
        if selected.none_reason:
            yield _same((item, None), _none_in_force(selected.none_reason))
            return
        for line in selected.live:
            yield self._line(line)
        for line, reason in selected.aside:
            yield _same((item, line.line.id), ("not_applicable", reason))
        yield from self._missing(selected)

    def _line(self, line: LinePlan) -> SqlAnswer:
        compiled, edges = box_line(self.plan, line, self.shapes)
        if not compiled.fits_64:
            return _constant((line.item.id, line.line.id), TO_THE_WALK)
        walk, outside = self._walk(compiled, edges)
        case = SqlCase(compiled, active_reliefs(compiled, self.request), walk, outside)
        return case.answer(self.choices.chosen(line))

    def _walk(self, line: LinePlan, edges: Mapping[str, int]) -> tuple[SqlWalk, Truth]:
        """Prepare a line's walk: what is beyond the edges is unknown there, and told outside."""
        facts, sheet = dict(self.facts), self.sheet
        beyond: list[Truth] = []
        for name, edge in edges.items():
            column = facts.get(name)
            if isinstance(column, Sql):
                within = f"CASE WHEN {column.text} <= {sheet.number(edge)} THEN {column.text} END"
                facts[name] = sheet.keep(Sql(within))
                beyond.append(sheet.surely(sheet.compared(column, "gt", edge)))
        return SqlWalk(sheet, line.program, facts), sheet.joined(beyond, every=False)

    def _missing(self, selected: Selected) -> Iterator[SqlAnswer]:
        """Answer for rows whose class, or whose old price, has no line in force."""
        findings = Findings(self.sheet, False)
        for unpriced, where in self.choices.unpriced(selected):
            findings.settle(where, *_none_in_force(unpriced.none_reason))
        for line in selected.elsewhere:
            findings.settle(self._may_apply(line), "no_rate", "lapsed")
        if findings.whens:
            findings.settle_code(True, 0)
            code = findings.written()
            text = code.text if isinstance(code, Sql) else str(code)
            yield _constant((selected.item.id, None), text)

    def _may_apply(self, line: LinePlan) -> Truth:
        """Write where a version that is over would have applied, as far as the facts tell."""
        if line.condition is None:
            return True
        compiled, edges = box_line(self.plan, line, self.shapes)
        walk, _ = self._walk(compiled, edges)
        if compiled.condition is None:
            raise TypeError(line.line.id)
        false = self.sheet.turned(walk.truth(compiled.condition))
        return self.sheet.turned(self.sheet.surely(false))


def _same(key: Key, finding: Finding) -> SqlAnswer:
    return _constant(key, CODES[finding])


def _constant(key: Key, code: int | str) -> SqlAnswer:
    nothing = "CAST(NULL AS BIGINT)"
    return SqlAnswer(*key, str(code), "CAST(0 AS BIGINT)", nothing, nothing, "FALSE")


def _none_in_force(reason: str) -> Finding:
    return ("not_applicable" if reason == "outside_place" else "no_rate"), reason
