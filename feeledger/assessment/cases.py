"""What one line comes to: its outcome by the precedence of design D4, its amount, its trace.

Not applicable, no rate, undetermined by the line's own condition, exempt as a whole, undetermined
by a quantity or a relief, then what is owed. Reliefs come after the plan's arithmetic and the one
rounding after them (catalog rules 8 and 9).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from feeledger.assessment.outcomes import (
    Bounds,
    Given,
    LineAnswer,
    Need,
    Outcome,
    Request,
    Trace,
)
from feeledger.assessment.ranges import least_and_most
from feeledger.assessment.selection import active_reliefs, class_chosen
from feeledger.assessment.walk import absent_facts, walk_program
from feeledger.catalog.nodes import unit_of
from feeledger.catalog.plan import LinePlan, Plan, ReliefPlan
from feeledger.money import Money, round_half_up

ZERO = Money(0)
Ratio = tuple[int, int]
Reliefs = tuple[tuple[ReliefPlan, bool | None], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One request made ready: its facts taken, as given and as scaled integers."""

    plan: Plan
    request: Request
    given: Mapping[str, Given]
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Case:
    """One line of a question, walked: the values of its program and its reliefs in force."""

    question: Question
    line: LinePlan
    values: list[int | None]
    reliefs: Reliefs
    chosen: bool | None
    chosen_by: str

    def holding(self, effect: str, *, base_only: bool | None = None) -> tuple[ReliefPlan, ...]:
        """Give the reliefs of an effect whose condition is true."""
        return tuple(
            each
            for each, truth in self.reliefs
            if truth
            and each.relief.effect == effect
            and (base_only is None or each.relief.base_only == base_only)
        )

    def value(self, index: int | None) -> int | None:
        """Give the value of a node."""
        return None if index is None else self.values[index]


def answer_line(question: Question, line: LinePlan) -> LineAnswer:
    """Answer one line in force."""
    values = walk_program(line.program, question.numbers)
    reliefs = tuple(
        (each, _truth(values[each.truth])) for each in active_reliefs(line, question.request)
    )
    chosen, by = class_chosen(line, question.request, question.given)
    case = Case(question, line, values, reliefs, chosen, by)
    answer = _barred(case) or _opened(case) or _owed(case)
    if chosen is None and answer.outcome not in ("not_applicable", "ended"):
        return replace(answer, alternative=True)
    return answer


def _truth(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def _barred(case: Case) -> LineAnswer | None:
    """Answer where the line does not apply or has no rate, whatever else is missing."""
    reason = _why_not_applicable(case)
    if reason:
        twice = case.holding("not_charged_twice") if reason == "charged_otherwise" else ()
        return _said(case, "not_applicable", reason=reason, applied=twice)
    if case.line.form == "free":
        return _said(case, "ended", reason="rate_set_to_zero")
    if case.line.form == "none":
        return _said(case, "no_rate", reason="not_established")
    inside = case.line.sums.inside
    if inside is not None and case.values[inside] is False:
        return _said(case, "no_rate", reason="outside_table")
    return None


def _why_not_applicable(case: Case) -> str:
    """Give the reason a line does not apply, or nothing."""
    if case.chosen is False:
        return "other_class"
    condition = case.line.condition
    if condition is not None and case.values[condition] is False:
        return "condition_false"
    return "charged_otherwise" if case.holding("not_charged_twice") else ""


def _opened(case: Case) -> LineAnswer | None:
    """Answer where the line is exempt as a whole, or a missing fact leaves it open."""
    line = case.line
    applies = line.condition is None or case.values[line.condition]
    exempting = case.holding("exempt", base_only=False)
    if applies and exempting:
        return _said(case, "exempt", amount=ZERO, applied=exempting)
    roots = [line.condition, *_outputs(line), *(each.truth for each in _open_reliefs(case))]
    absent = absent_facts(line.program, case.values, [i for i in roots if i is not None])
    unsized = case.holding("unknown_reduction")
    if not absent and not unsized:
        return None
    facts = case.question.plan.catalog.facts
    return replace(
        _said(case, "undetermined", reason="reduction_unknown" if unsized else None),
        needs=tuple(Need(name, facts[name].supplied_by) for name in absent),
        allowed_range=least_and_most(
            line, case.question.numbers, [each for each, _ in case.reliefs]
        ),
    )


def _outputs(line: LinePlan) -> tuple[int | None, ...]:
    sums = line.sums
    return (
        sums.base,
        sums.rest,
        sums.low,
        sums.high,
        sums.divisor,
        sums.inside,
        sums.reaches,
    )


def _open_reliefs(case: Case) -> list[ReliefPlan]:
    """Give the reliefs whose condition is open and still matters (rule 9)."""
    base_freed = bool(case.holding("exempt", base_only=True))
    return [
        each
        for each, truth in case.reliefs
        if truth is None and not (each.relief.base_only and base_freed)
    ]


def _owed(case: Case) -> LineAnswer:
    """Answer where everything is known: the amount after reliefs, rounded once."""
    sums, form = case.line.sums, case.line.form
    applied = case.holding("multiply") + case.holding("exempt", base_only=True)
    if form == "range":
        ends = (_fen(_exact(case, sums.low)), _fen(_exact(case, sums.high)))
        return replace(_said(case, "range", applied=applied), allowed_range=ends)
    if form == "floor" and not case.value(sums.reaches):
        exact = _exact(case, sums.low)
        return _said(case, "below_floor", amount=_fen(exact), applied=applied, exact=exact)
    exact = _exact(case, sums.base)
    freed = any(each.relief.effect == "exempt" or each.factor == 0 for each in applied)
    if freed and exact[0] == 0:
        return _said(case, "exempt", amount=ZERO, applied=applied, exact=exact)
    outcome, bounds = _kind_of_amount(case, exact, applied)
    answer = _said(case, outcome, amount=_fen(exact), applied=applied, exact=exact)
    return replace(answer, allowed_range=bounds)


def _kind_of_amount(
    case: Case, exact: Ratio, applied: tuple[ReliefPlan, ...]
) -> tuple[Outcome, Bounds | None]:
    line, sums = case.line, case.line.sums
    if line.form == "guided":
        if sums.low is None or sums.high is None:
            return "guided", None
        return "guided", (_fen(_exact(case, sums.low)), _fen(_exact(case, sums.high)))
    low = _exact(case, sums.low) if sums.low is not None and line.form != "floor" else exact
    if line.form == "ceiling" or low != exact:
        return "ceiling", (_fen(low) if low != exact else None, _fen(exact))
    if line.line.provisional:
        return "provisional", None
    return ("reduced" if applied else "due"), None


def _exact(case: Case, index: int | None) -> Ratio:
    """Give an amount in yuan after reliefs, before rounding, as an exact quotient."""
    program, sums = case.line.program, case.line.sums
    assert index is not None
    top, bottom = _factors(case.holding("multiply", base_only=True))
    top *= 0 if case.holding("exempt", base_only=True) else 1
    top, bottom = top * _number(case, index), bottom * unit_of(program[index].scale)
    if index == sums.base and sums.rest is not None:
        rest, unit = _number(case, sums.rest), unit_of(program[sums.rest].scale)
        top, bottom = top * unit + rest * bottom, bottom * unit
    times, over = _factors(case.holding("multiply", base_only=False))
    top, bottom = top * times, bottom * over
    if sums.divisor is not None:
        top *= unit_of(program[sums.divisor].scale)
        bottom *= _number(case, sums.divisor)
    return top, bottom


def _factors(reliefs: Iterable[ReliefPlan]) -> Ratio:
    top, bottom = 1, 1
    for each in reliefs:
        top, bottom = top * each.factor, bottom * unit_of(each.factor_scale)
    return top, bottom


def _number(case: Case, index: int) -> int:
    value = case.values[index]
    assert value is not None
    return value


def _fen(exact: Ratio) -> Money:
    return Money(round_half_up(exact[0] * 100, exact[1]))


def _said(
    case: Case,
    outcome: Outcome,
    *,
    amount: Money | None = None,
    reason: str | None = None,
    applied: tuple[ReliefPlan, ...] = (),
    exact: Ratio | None = None,
) -> LineAnswer:
    """Build the answer of a line with its trace and documents."""
    question, line = case.question, case.line
    trace = Trace(
        request=question.request,
        plan=question.plan,
        given=question.given,
        line=line,
        values=tuple(case.values),
        active=case.reliefs,
        applied=applied,
        exact=exact,
        chosen_by=case.chosen_by,
    )
    extra = [document for each in applied for document in each.relief.basis.documents]
    return LineAnswer(
        item=line.item.id,
        line=line.line.id,
        outcome=outcome,
        trace=trace,
        amount=amount,
        documents=tuple(dict.fromkeys((*documents_of(line), *extra))),
        reason=reason,
    )


def documents_of(line: LinePlan) -> tuple[str, ...]:
    """Give the documents a line rests on: its own, or those of its item."""
    return line.line.basis.documents or line.item.basis.documents
