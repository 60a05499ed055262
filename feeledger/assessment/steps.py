"""The explanation of an answer as data: a versioned document of every step of every figure.

Numbers are exact: a decimal text, or numerator and denominator where no decimal ends. The same
explanation in words is made by ``explanation.py``.
"""

from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any

from feeledger.assessment.conditions import (
    Judged,
    failed_tests,
    judge_condition,
    unknown_facts,
)
from feeledger.assessment.outcomes import Given, LineAnswer, Trace
from feeledger.assessment.tracing import (
    Value,
    decimal_text,
    node_value,
    scaled_text,
    value_of_fact,
)
from feeledger.catalog.items import Condition, Window
from feeledger.catalog.plan import LinePlan, ReliefPlan, Stage
from feeledger.catalog.rates import FORMS, Tiers
from feeledger.money import Money, split_money

VERSION = 1
Document = dict[str, Any]


def money_text(amount: Money | None) -> str | None:
    """Print an amount as it travels, or nothing."""
    return None if amount is None else str(amount)


def steps_of(answer: LineAnswer) -> Document:
    """Give the steps of one line's answer as a versioned document."""
    trace = answer.trace
    edition = trace.plan.catalog.edition
    document: Document = {
        "version": VERSION,
        "catalog": {"id": edition.id, "sha256": edition.sha256},
        "chosen": _chosen(answer),
    }
    if trace.ending is not None:
        document["ending"] = {
            "kind": trace.ending.kind,
            "since": day_text(trace.ending.day),
            "document": trace.ending.document,
            "announced_on": day_text(trace.ending.announced_on),
        }
    if trace.hole is not None:
        document["hole"] = {**_window(trace.hole.window), "series": trace.hole.series}
    if trace.line is not None and trace.values:
        document.update(_worked(answer, trace, trace.line))
    document["documents"] = list(answer.documents)
    return document


def _chosen(answer: LineAnswer) -> Document:
    trace, line = answer.trace, answer.trace.line
    chosen: Document = {
        "item": answer.item,
        "line": answer.line,
        "on": trace.request.on.isoformat(),
        "region": trace.request.region,
    }
    if line is not None:
        chosen["place"] = line.place.name
        chosen["window"] = dict(_window_of(line))
        chosen["by"] = trace.chosen_by or "window"
    return chosen


@lru_cache(maxsize=4096)
def _window_of(line: LinePlan) -> Document:
    return _window(line.line.window)


def _window(window: Window) -> Document:
    """Give a window with both ends inclusive, as documents print them."""
    return {
        "from": day_text(window.begin),
        "to": None if window.end is None else day_text(window.end - timedelta(days=1)),
        "not_before": day_text(window.not_before),
        "from_basis": window.begin_basis,
        "to_basis": window.end_basis,
    }


def day_text(day: date | None) -> str | None:
    """Print a day as it travels, or nothing."""
    return None if day is None else day.isoformat()


def _worked(answer: LineAnswer, trace: Trace, line: LinePlan) -> Document:
    """Give the facts, conditions, arithmetic, reliefs and rounding of a line in force."""
    condition = line.line.applies_when
    document: Document = {
        "facts": _facts_used(trace, line),
        "condition": None if condition is None else _condition(condition, trace),
        "form": FORMS[type(line.line.rate)],
        "arithmetic": [_step(stage, trace, line) for stage in line.stages],
        "reliefs": [_relief(each, trace, holds=truth) for each, truth in trace.active],
        "rounding": _rounding(answer, trace),
    }
    split = _split(answer, line)
    if split:
        document["split"] = split
    return document


def _facts_used(trace: Trace, line: LinePlan) -> list[Document]:
    """Tell each fact that the line or a relief in force looked at, where it is known."""
    looked_at = line.facts.union(*(each.facts for each, _ in trace.active))
    return [
        used
        for name in line.reads
        if name in looked_at or name == trace.chosen_by
        if (used := _fact_used(name, trace)) is not None
    ]


def _fact_used(name: str, trace: Trace) -> Document | None:
    taken, fact = trace.given.get(name), trace.plan.catalog.facts[name]
    if taken is not None:
        source = trace.request.sources.get(name, "request")
        return {"fact": name, "value": _given(taken), "unit": fact.unit, "source": source}
    value = value_of_fact(name, trace) if fact.derived is not None else None
    if value is None:
        return None
    return {
        "fact": name,
        "value": _value(value),
        "unit": fact.unit,
        "source": "derived",
        "parts": list(fact.derived or ()),
    }


def _given(taken: Given | None) -> object:
    if taken is None or isinstance(taken.value, bool | str):
        return None if taken is None else taken.value
    return scaled_text(taken.scaled, taken.scale)


def _value(value: Value | None) -> object:
    return _exact(value) if isinstance(value, Fraction) else value


def _exact(value: Fraction) -> object:
    """Write a number exactly: as a decimal text, or as a quotient where no decimal ends."""
    text = decimal_text(value)
    if text is not None:
        return text
    return {"numerator": str(value.numerator), "denominator": str(value.denominator)}


def _condition(condition: Condition, trace: Trace) -> Document:
    return {
        "kind": condition.kind,
        "tests": [_judged(each) for each in judge_condition(condition, trace)],
    }


def _judged(each: Judged) -> Document:
    expected = each.test.value
    return {
        "fact": each.test.fact,
        "op": each.test.op,
        "value": list(expected) if isinstance(expected, tuple) else _plain(expected),
        "given": _value(each.given),
        "holds": each.holds,
    }


def _plain(value: object) -> object:
    return value if isinstance(value, bool | str) else str(value)


def _step(stage: Stage, trace: Trace, line: LinePlan) -> Document:
    step: Document = {"step": stage.kind}
    if stage.kind == "quantity":
        step["fact"] = stage.subject
        step["given"] = _given(trace.given.get(stage.subject))
    elif stage.kind == "coefficient":
        step["fact"] = stage.subject
        step["factor"] = _given(trace.given.get(stage.subject))
    elif stage.kind == "adjustment":
        adjustment = next(each for each in line.line.adjustments if each.id == stage.subject)
        truth = None if stage.truth is None else trace.values[stage.truth]
        step["adjustment"] = adjustment.id
        step["applied"] = None if truth is None else bool(truth)
        step["factor"] = str(adjustment.multiply)
    step["value"] = _came_to(stage, trace, line)
    return step


def _came_to(stage: Stage, trace: Trace, line: LinePlan) -> object:
    """Write what a stage came to, exactly; nothing where it is not known."""
    if line.sums.divisor is None:
        value = trace.values[stage.node]
        return None if value is None else scaled_text(value, line.program[stage.node].scale)
    exact = node_value(trace, line, stage)
    return None if exact is None else _exact(exact)


def _relief(each: ReliefPlan, trace: Trace, *, holds: bool | None) -> Document:
    document = {**_relief_itself(each), "holds": holds, "applied": each in trace.applied}
    when = each.relief.when
    if holds is False:
        document["missed_by"] = [
            {**_judged(test), "gap": None if test.gap is None else _exact(test.gap)}
            for test in failed_tests(when, trace)
        ]
    if holds is None:
        document["possible_with"] = list(unknown_facts(when, trace))
    return document


@lru_cache(maxsize=1024)
def _relief_itself(each: ReliefPlan) -> Document:
    relief = each.relief
    return {
        "relief": relief.id,
        "effect": relief.effect,
        "factor": None if relief.factor is None else str(relief.factor),
        "base_only": relief.base_only,
        "window": _window(relief.window),
        "documents": list(relief.basis.documents),
    }


def _rounding(answer: LineAnswer, trace: Trace) -> Document | None:
    if trace.exact is None:
        return None
    return {
        "rule": "half_up_to_fen",
        "exact": _exact(Fraction(*trace.exact)),
        "amount": money_text(answer.amount),
    }


def _split(answer: LineAnswer, line: LinePlan) -> list[Document]:
    """Share a whole among its payers, the last one bearing what rounding leaves (R-M6)."""
    rate = line.line.rate
    if not isinstance(rate, Tiers) or not rate.split or answer.amount is None:
        return []
    ratios = {share.payer: share.share for share in rate.split}
    amounts = split_money(answer.amount, ratios, collecting=rate.split[-1].payer)
    return [
        {"payer": share.payer, "share": str(share.share), "amount": str(amounts[share.payer])}
        for share in rate.split
    ]
