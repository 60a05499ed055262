"""What one line comes to: its outcome by the fixed precedence, its amount, its trace.

Not applicable, no rate, undetermined by the line's own condition, exempt as a whole, undetermined
by a quantity or a relief, then what is owed. Reliefs come after the plan's arithmetic and the one
rounding after them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from feeledger.assessment.outcomes import (
    Bounds,
    LineAnswer,
    Need,
    Outcome,
    Question,
    Trace,
)
from feeledger.assessment.ranges import least_and_most
from feeledger.assessment.selection import class_chosen
from feeledger.assessment.walk import absent_facts, walk_line
from feeledger.catalog.nodes import unit_of
from feeledger.catalog.plan import LinePlan, ReliefPlan
from feeledger.money import Money, round_half_up

ZERO = Money(0)
Ratio = tuple[int, int]


@dataclass(slots=True)
class Held:
    """The reliefs in force of one line, sorted by what they do and whether they hold."""

    active: tuple[tuple[ReliefPlan, bool | None], ...] = ()
    exempting: tuple[ReliefPlan, ...] = ()
    freeing_base: tuple[ReliefPlan, ...] = ()
    multiplying: tuple[ReliefPlan, ...] = ()
    charged_otherwise: tuple[ReliefPlan, ...] = ()
    unsized: tuple[ReliefPlan, ...] = ()
    undecided: tuple[ReliefPlan, ...] = ()

    @property
    def applied(self) -> tuple[ReliefPlan, ...]:
        """The reliefs that make the amount, where the line is not exempt as a whole."""
        return self.multiplying + self.freeing_base


NOTHING_HELD = Held()


@dataclass(slots=True)
class Case:
    """One line of a question, walked: the values of its program and its reliefs in force."""

    question: Question
    line: LinePlan
    values: Sequence[int | None]
    held: Held
    chosen: bool | None
    chosen_by: str


def answer_line(question: Question, line: LinePlan, reliefs: tuple[ReliefPlan, ...]) -> LineAnswer:
    """Answer one line in force, with the reliefs in force."""
    values = walk_line(line, question.numbers)
    held = _held(reliefs, values) if reliefs else NOTHING_HELD
    chosen, by = class_chosen(line, question.request, question.given) if line.groups else (True, "")
    case = Case(question, line, values, held, chosen, by)
    return _barred(case) or _opened(case) or _owed(case)


def _held(reliefs: tuple[ReliefPlan, ...], values: Sequence[int | None]) -> Held:
    active = tuple(
        (each, None if (truth := values[each.truth]) is None else bool(truth)) for each in reliefs
    )
    true = [each for each, holds in active if holds]

    def those(effect: str, *, base_only: bool | None = None) -> tuple[ReliefPlan, ...]:
        return tuple(
            each
            for each in true
            if each.relief.effect == effect and base_only in (None, each.relief.base_only)
        )

    return Held(
        active,
        those("exempt", base_only=False),
        those("exempt", base_only=True),
        those("multiply"),
        those("not_charged_twice"),
        those("unknown_reduction"),
        tuple(each for each, holds in active if holds is None),
    )


def _barred(case: Case) -> LineAnswer | None:
    """Answer where the line does not apply or has no rate, whatever else is missing."""
    line = case.line
    reason = _why_not_applicable(case)
    if reason:
        twice = case.held.charged_otherwise if reason == "charged_otherwise" else ()
        return _said(case, "not_applicable", reason=reason, applied=twice)
    if line.form == "free":
        return _said(case, "ended", reason="rate_set_to_zero")
    if line.form == "none":
        return _said(case, "no_rate", reason="not_established")
    inside = line.sums.inside
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
    return "charged_otherwise" if case.held.charged_otherwise else ""


def _opened(case: Case) -> LineAnswer | None:
    """Answer where the line is exempt as a whole, or a missing fact leaves it open."""
    line, held, values = case.line, case.held, case.values
    if held.exempting and (line.condition is None or values[line.condition]):
        return _said(case, "exempt", amount=ZERO, applied=held.exempting)
    roots = line.roots
    if held.exempting and line.condition is not None:
        roots = (line.condition,)  # once it holds, the line is exempt: nothing else is needed
    elif held.undecided:
        # A base that is free already makes reliefs of the base idle.
        idle = bool(held.freeing_base)
        roots += tuple(e.truth for e in held.undecided if not (e.relief.base_only and idle))
    if not held.unsized and not any(values[root] is None for root in roots):
        return None
    facts = case.question.plan.catalog.facts
    absent = absent_facts(line.program, values, roots)
    bounds = None
    if case.question.bounded:
        bounds = least_and_most(line, case.question.numbers, [each for each, _ in held.active])
    return _said(
        case,
        "undetermined",
        reason="reduction_unknown" if held.unsized else None,
        needs=tuple(Need(name, facts[name].supplied_by) for name in absent),
        bounds=bounds,
    )


def _owed(case: Case) -> LineAnswer:
    """Answer where everything is known: the amount after reliefs, rounded once."""
    sums, form, held = case.line.sums, case.line.form, case.held
    applied = held.applied
    if form == "range":
        ends = (_fen(_exact(case, sums.low)), _fen(_exact(case, sums.high)))
        return _said(case, "range", applied=applied, bounds=ends)
    if sums.reaches is not None and not case.values[sums.reaches]:
        exact = _exact(case, sums.low)
        return _said(case, "below_floor", amount=_fen(exact), applied=applied, exact=exact)
    exact = _exact(case, sums.base)
    if exact[0] == 0 and any(e.relief.effect == "exempt" or e.factor == 0 for e in applied):
        return _said(case, "exempt", amount=ZERO, applied=applied, exact=exact)
    outcome, bounds = _kind_of_amount(case, exact)
    amount = _fen(exact)
    return _said(case, outcome, amount=amount, applied=applied, exact=exact, bounds=bounds)


def _kind_of_amount(case: Case, exact: Ratio) -> tuple[Outcome, Bounds | None]:
    line, sums = case.line, case.line.sums
    if line.form == "guided":
        if sums.low is None or sums.high is None:
            return "guided", None
        return "guided", (_fen(_exact(case, sums.low)), _fen(_exact(case, sums.high)))
    low = _exact(case, sums.low) if sums.low is not None and line.form != "floor" else exact
    apart = low[0] * exact[1] != exact[0] * low[1]
    if line.form == "ceiling" or apart:
        return "ceiling", (_fen(low) if apart else None, _fen(exact))
    if line.line.provisional:
        return "provisional", None
    return ("reduced" if case.held.applied else "due"), None


def _exact(case: Case, index: int | None) -> Ratio:
    """Give an amount in yuan after reliefs, before rounding, as an exact quotient."""
    program, sums, held = case.line.program, case.line.sums, case.held
    assert index is not None
    top, bottom = _number(case, index), unit_of(program[index].scale)
    for each in held.multiplying:
        if each.relief.base_only:
            top, bottom = top * each.factor, bottom * unit_of(each.factor_scale)
    if held.freeing_base:
        top = 0
    if sums.rest is not None and index == sums.base:
        rest, unit = _number(case, sums.rest), unit_of(program[sums.rest].scale)
        top, bottom = top * unit + rest * bottom, bottom * unit
    for each in held.multiplying:
        if not each.relief.base_only:
            top, bottom = top * each.factor, bottom * unit_of(each.factor_scale)
    if sums.divisor is not None:
        top *= unit_of(program[sums.divisor].scale)
        bottom *= _number(case, sums.divisor)
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
    bounds: Bounds | None = None,
    needs: tuple[Need, ...] = (),
    reason: str | None = None,
    applied: tuple[ReliefPlan, ...] = (),
    exact: Ratio | None = None,
) -> LineAnswer:
    """Build the answer of a line with its trace and documents."""
    line = case.line
    documents = documents_of(line)
    if applied:
        more = (document for each in applied for document in each.relief.basis.documents)
        documents = tuple(dict.fromkeys((*documents, *more)))
    return LineAnswer(
        item=line.item.id,
        line=line.line.id,
        outcome=outcome,
        trace=Trace(
            case.question,
            line,
            case.values,
            case.held.active,
            applied,
            exact,
            chosen_by=case.chosen_by,
        ),
        amount=amount,
        allowed_range=bounds,
        needs=needs,
        documents=documents,
        reason=reason,
        alternative=case.chosen is None and outcome not in ("not_applicable", "ended"),
    )


def documents_of(line: LinePlan) -> tuple[str, ...]:
    """Give the documents a line rests on: its own, or those of its item."""
    return line.line.basis.documents or line.item.basis.documents
