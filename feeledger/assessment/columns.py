"""The assessment of many enterprises at once: the plan over columns of 64-bit integers.

The meaning is that of ``engine.py``, which pages use; here nothing is traced, and any row is
explained by asking the engine about that one enterprise. Rows that are not proved to fit 64 bits
are answered by the scalar walk, row by row: nothing ever wraps.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np

from feeledger.assessment.cases import answer_line
from feeledger.assessment.column_cases import LineCase
from feeledger.assessment.column_classes import Choices
from feeledger.assessment.column_facts import FactColumns, Taken, take_columns
from feeledger.assessment.column_findings import CODES, Finding, LineColumn
from feeledger.assessment.column_shapes import fit_line, shapes_of_columns
from feeledger.assessment.column_walk import (
    ABSENT,
    ALWAYS,
    ColumnWalk,
    Compared,
    Mask,
    anywhere,
    both,
    either,
    negated,
    nothing_of,
    spread,
)
from feeledger.assessment.engine import assess
from feeledger.assessment.outcomes import FactsRefused, Given, LineAnswer, Question, Request
from feeledger.assessment.selection import Scope, Selected, active_reliefs, scope_of
from feeledger.catalog.nodes import INT64_MAX, unit_of
from feeledger.catalog.plan import LinePlan, Plan
from feeledger.money import Money

Key = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class ColumnAnswer:
    """The answers of a chunk; refused rows are answered by no line.

    ``lines`` are read once: each is worked out when it is its turn, so that one at a time is held.
    """

    rows: int
    refused: Mask
    lines: Iterator[LineColumn]


def assess_columns(
    plan: Plan,
    facts: FactColumns,
    *,
    on: date,
    region: str,
    items: tuple[str, ...] = (),
    lines: tuple[str, ...] = (),
) -> ColumnAnswer:
    """Answer for every row what ``assess`` answers for one, without trace and needs.

    Raises ValueError for a column whose length or scale its fact does not allow.
    """
    request = Request(None, on, region, items, lines)
    scope = scope_of(plan, request)
    taken = take_columns(facts, plan.catalog.facts, scope)
    apart: dict[int, dict[Key, LineAnswer]] = {}
    refused = taken.refused
    for row, given in taken.apart.items():
        answers = _answers_apart(plan, replace(request, facts=given))
        if answers is None:
            refused = either(refused, np.arange(taken.rows) == row)
        apart[row] = {(each.item, each.line): each for each in answers or ()}
    chunk = _Chunk(plan, request, scope, taken)
    return ColumnAnswer(taken.rows, refused, _silenced(chunk.lines(apart), refused))


def _answers_apart(plan: Plan, request: Request) -> tuple[LineAnswer, ...] | None:
    """Answer a row with numbers beyond 64 bits as a request; None where it is refused."""
    try:
        return assess(plan, request, bounded=False).lines
    except FactsRefused:
        return None


def _silenced(columns: Iterable[LineColumn], refused: Mask) -> Iterator[LineColumn]:
    """Leave refused rows without an answer."""
    speaking = negated(refused)
    for each in columns:
        if speaking is True:
            yield each
            continue
        yield replace(
            each,
            codes=np.where(speaking, each.codes, 0).astype(np.uint8),
            amount=np.where(speaking, each.amount, 0),
            has_low=both(each.has_low, speaking),
            has_high=both(each.has_high, speaking),
            alternative=both(each.alternative, speaking),
            beyond={r: a for r, a in each.beyond.items() if _holds(speaking, r)},
        )


def _holds(mask: Mask, row: int) -> bool:
    return mask if isinstance(mask, bool) else bool(mask[row])


class _Chunk:
    """One chunk in work: its question, its facts, what its lines need to know of each other."""

    def __init__(self, plan: Plan, request: Request, scope: Scope, taken: Taken) -> None:
        self.plan = plan
        self.request = request
        self.scope = scope
        self.taken = taken
        self.shapes = shapes_of_columns(plan, taken.scales, taken.reach)
        self.choices = Choices(plan, request, taken)
        self.compared: Compared = {}

    def lines(self, apart: Mapping[int, Mapping[Key, LineAnswer]]) -> Iterator[LineColumn]:
        """Answer every asked item, with the rows kept apart as they were answered."""
        told: set[Key] = set()
        for selected in self.scope.selected:
            for column in self.item(selected):
                key = column.item, column.line
                told.add(key)
                yield self._with_apart(column, key, apart)
        more = {key for answers in apart.values() for key in answers} - told
        for key in sorted(more, key=str):
            yield self._with_apart(self._same(key, None), key, apart)

    def _with_apart(
        self, column: LineColumn, key: Key, apart: Mapping[int, Mapping[Key, LineAnswer]]
    ) -> LineColumn:
        if not apart:
            return column
        answers = {row: each.get(key) for row, each in apart.items()}
        return _with_answers(column, answers, self.taken.rows)

    def item(self, selected: Selected) -> Iterator[LineColumn]:
        """Answer one asked item, as the engine does."""
        item = selected.item.id
        if selected.ending is not None:
            yield self._same((item, None), ("ended", selected.ending.kind))
            return
        if selected.none_reason:
            yield self._same((item, None), _none_in_force(selected.none_reason))
            return
        for line in selected.live:
            yield self._line(line)
        for line, reason in selected.aside:
            yield self._same((item, line.line.id), ("not_applicable", reason))
        yield from self._missing(selected)

    def _line(self, line: LinePlan) -> LineColumn:
        fitted = fit_line(self.plan, line, self.shapes, self.taken)
        if fitted.outside is True:
            return self._patched(self._same((line.item.id, line.line.id), None), line, True)
        walk = ColumnWalk(fitted.line.program, self.taken.numbers, self.compared)
        active = active_reliefs(fitted.line, self.request)
        case = LineCase(fitted.line, active, walk, self.taken.rows)
        return self._patched(case.answer(self.choices.chosen(line)), line, fitted.outside)

    def _patched(self, column: LineColumn, line: LinePlan, outside: Mask) -> LineColumn:
        """Answer the rows that are not proved to fit one by one."""
        if not anywhere(outside):
            return column
        answers = {}
        for row in np.flatnonzero(spread(outside, self.taken.rows)).tolist():
            question = self._question(row, line)
            answers[row] = answer_line(question, line, self.scope.reliefs[line.line.id])
        return _with_answers(column, answers, self.taken.rows)

    def _question(self, row: int, line: LinePlan) -> Question:
        """Make the facts of one row that a line reads ready for the scalar walk."""
        given = {}
        for name in line.reads:
            number = self.taken.numbers.get(name, ABSENT)
            known, values = number.known, number.values
            if not _holds(known, row) or isinstance(values, int):
                continue
            fact, scale = self.plan.catalog.facts[name], self.plan.shapes[name].scale
            whole = int(values[row]) * unit_of(scale - self.taken.scales[name])
            value: object = Decimal(whole).scaleb(-scale)
            if fact.type == "bool":
                value = bool(whole)
            elif fact.type == "enum":
                value = fact.values[whole]
            given[name] = Given(value, whole, scale)
        numbers = {name: taken.scaled for name, taken in given.items()}
        return Question(self.plan, self.request, given, numbers, bounded=False)

    def _missing(self, selected: Selected) -> Iterator[LineColumn]:
        """Answer for rows whose class, or whose old price, has no line in force."""
        reasons = self.choices.unpriced(selected)
        if not reasons and not selected.elsewhere:
            return
        column = self._same((selected.item.id, None), None)
        codes = column.codes.copy()
        told: Mask = False
        for unpriced, where in reasons:
            codes[spread(where, self.taken.rows)] = CODES[_none_in_force(unpriced.none_reason)]
            told = either(told, where)
        for line in selected.elsewhere:
            where = both(negated(told), self._may_apply(line))
            codes[spread(where, self.taken.rows)] = CODES["no_rate", "lapsed"]
            told = either(told, where)
        if anywhere(told):
            yield replace(column, codes=codes)

    def _may_apply(self, line: LinePlan) -> Mask:
        """Say where a version that is over would have applied, as far as the facts tell."""
        if line.condition is None:
            return ALWAYS.maybe
        fitted = fit_line(self.plan, line, self.shapes, self.taken)
        condition = fitted.line.condition
        if condition is None:
            raise TypeError(line.line.id)
        return ColumnWalk(fitted.line.program, self.taken.numbers).truth(condition).maybe

    def _same(self, key: Key, finding: Finding | None) -> LineColumn:
        """Give one finding to all rows; None leaves them unanswered."""
        rows = self.taken.rows
        codes = np.full(rows, 0 if finding is None else CODES[finding], np.uint8)
        nothing = nothing_of(rows)
        return LineColumn(*key, codes, nothing, nothing, nothing)


def _none_in_force(reason: str) -> Finding:
    return ("not_applicable" if reason == "outside_place" else "no_rate"), reason


def _with_answers(
    column: LineColumn, answers: Mapping[int, LineAnswer | None], rows: int
) -> LineColumn:
    """Give a column with some rows answered anew; None leaves a row unanswered."""
    codes, amount = column.codes.copy(), column.amount.copy()
    low, high = column.low.copy(), column.high.copy()
    has_low, has_high = spread(column.has_low, rows).copy(), spread(column.has_high, rows).copy()
    alternative = spread(column.alternative, rows).copy()
    beyond = dict(column.beyond)
    for row, answer in answers.items():
        sums = _sums_of(answer)
        if answer is not None and any(fen is not None and fen > INT64_MAX for fen in sums):
            beyond[row], answer, sums = answer, None, (None, None, None)  # noqa: PLW2901
        codes[row] = 0 if answer is None else CODES[answer.outcome, answer.reason or ""]
        amount[row], low[row], high[row] = (fen or 0 for fen in sums)
        has_low[row], has_high[row] = (fen is not None for fen in sums[1:])
        alternative[row] = answer is not None and answer.alternative
    return replace(
        column,
        codes=codes,
        amount=amount,
        low=low,
        high=high,
        has_low=has_low,
        has_high=has_high,
        alternative=alternative,
        beyond=beyond,
    )


def _sums_of(answer: LineAnswer | None) -> tuple[int | None, int | None, int | None]:
    """Give the amount and the bounds of an answer in fen; an undetermined one has none here."""
    if answer is None or answer.outcome == "undetermined":
        return None, None, None
    low, high = answer.allowed_range or (None, None)
    return _fen(answer.amount), _fen(low), _fen(high)


def _fen(amount: Money | None) -> int | None:
    return None if amount is None else amount.fen
