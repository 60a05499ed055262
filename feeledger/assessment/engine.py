"""The assessment of one request: what each line comes to, exact to the fen, with its outcome.

The facts are taken in, the lines picked, each answered by ``cases.py``; what is owed is added up
from rounded lines. Ended items, and items of which nothing is in force, are answered once.
"""

from collections.abc import Mapping
from dataclasses import replace

from feeledger.assessment.cases import answer_line, documents_of
from feeledger.assessment.intake import shown, take_facts
from feeledger.assessment.outcomes import (
    OPEN,
    OWED,
    Answer,
    FactsRefused,
    Given,
    LineAnswer,
    Question,
    Request,
    RequestFault,
    Trace,
)
from feeledger.assessment.selection import (
    Scope,
    Selected,
    request_faults,
    scope_of,
    unpriced_class,
)
from feeledger.assessment.walk import walk_line
from feeledger.catalog.plan import LinePlan, Plan
from feeledger.errors import Text
from feeledger.money import total_of


def assess(plan: Plan, request: Request, *, bounded: bool = True) -> Answer:
    """Answer one request in full, every asked item in catalog order.

    ``bounded`` says whether to work out what undetermined lines can come to, which costs most.
    Raises FactsRefused with all faults of the request at once.
    """
    question, scope = _prepared(plan, request)
    if not bounded:
        question = replace(question, bounded=False)
    answers = tuple(
        answer for each in scope.selected for answer in _answers_of(question, scope, each)
    )
    owed = [
        answer.amount
        for answer in answers
        if answer.outcome in OWED and not answer.alternative and answer.amount is not None
    ]
    return Answer(
        ref=request.ref,
        edition=plan.catalog.edition,
        on=request.on,
        region=request.region,
        lines=answers,
        total=total_of(owed),
        complete=not any(answer.alternative or answer.outcome in OPEN for answer in answers),
    )


def refuse_faulty(plan: Plan, request: Request) -> None:
    """Refuse a request that cannot be answered as it stands. Raises FactsRefused."""
    _prepared(plan, request)


def _prepared(plan: Plan, request: Request) -> tuple[Question, Scope]:
    """Check and take in a request. Raises FactsRefused."""
    faults = request_faults(plan, request)
    scope = scope_of(plan, request) if not faults else _scope_of_known(plan, request)
    given, fact_faults = take_facts(
        request.facts, plan.catalog.facts, needed=scope.needed, divides=scope.divides
    )
    faults += fact_faults + _coefficient_faults(scope, given)
    if faults:
        raise FactsRefused(tuple(faults))
    numbers = {name: taken.scaled for name, taken in given.items()}
    return Question(plan, request, given, numbers), scope


def _scope_of_known(plan: Plan, request: Request) -> Scope:
    """Pick the lines of the ids that exist, so that all faults of the facts are told too."""
    items = tuple(item for item in request.items if item in plan.by_item)
    lines = tuple(line for line in request.lines if line in plan.lines)
    if not items and not lines:
        return Scope((), {}, frozenset(), frozenset(), ())
    return scope_of(plan, replace(request, items=items, lines=lines))


def _coefficient_faults(scope: Scope, given: Mapping[str, Given]) -> list[RequestFault]:
    """Refuse coefficients outside the values a line allows, each fact once."""
    faults: dict[str, RequestFault] = {}
    for line, coefficient in scope.coefficients:
        taken = given.get(coefficient.fact)
        if taken is not None and taken.value not in coefficient.values:
            allowed = [f"{value:f}" for value in coefficient.values]
            faults[coefficient.fact] = RequestFault(
                "coefficient-not-allowed",
                coefficient.fact,
                shown(taken.value),
                Text(
                    f"系数 {coefficient.fact} 只能是 {'、'.join(allowed)}（{line.line.id}）",
                    f"{coefficient.fact} may only be {', '.join(allowed)} ({line.line.id})",
                ),
            )
    return list(faults.values())


def _answers_of(question: Question, scope: Scope, selected: Selected) -> list[LineAnswer]:
    """Answer one asked item: its ending, why nothing is in force, or its lines."""
    trace = Trace(question)
    item = selected.item
    if selected.ending is not None:
        document = selected.ending.document
        documents = (*((document,) if document else ()), *item.basis.documents)
        return [
            LineAnswer(
                item.id,
                None,
                "ended",
                replace(trace, ending=selected.ending),
                documents=tuple(dict.fromkeys(documents)),
                reason=selected.ending.kind,
            )
        ]
    if selected.none_reason:
        return [_none_in_force(selected, trace)]
    answers = {
        line.line.id: answer_line(question, line, scope.reliefs[line.line.id])
        for line in selected.live
    }
    for line, reason in selected.aside:
        answers[line.line.id] = LineAnswer(
            item.id,
            line.line.id,
            "not_applicable",
            replace(trace, line=line),
            documents=documents_of(line),
            reason=reason,
        )
    unpriced = unpriced_class(question.plan, selected, question.request, question.given)
    if unpriced is None and any(_applied(line, question) for line in selected.elsewhere):
        unpriced = Selected(item, none_reason="lapsed")
    missing = [] if unpriced is None else [_none_in_force(unpriced, trace)]
    return [*answers.values(), *missing]


def _applied(line: LinePlan, question: Question) -> bool:
    """Say whether a version that is over would have applied, as far as the facts tell."""
    return line.condition is None or walk_line(line, question.numbers)[line.condition] is not False


def _none_in_force(selected: Selected, trace: Trace) -> LineAnswer:
    """Answer for an item, or a class of it, that has no line in force."""
    return LineAnswer(
        selected.item.id,
        None,
        "not_applicable" if selected.none_reason == "outside_place" else "no_rate",
        replace(trace, hole=selected.hole),
        documents=selected.item.basis.documents,
        reason=selected.none_reason,
    )
