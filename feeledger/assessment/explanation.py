"""An answer for others: the fixed document, and sentences that a shop owner understands.

The numbers in the sentences are those of the trace, exact until the one rounding.
"""

from fractions import Fraction
from functools import lru_cache
from typing import Any

from feeledger.assessment.conditions import failed_tests, unknown_facts
from feeledger.assessment.outcomes import Answer, FactsRefused, LineAnswer, Trace
from feeledger.assessment.rate_words import rate_words
from feeledger.assessment.steps import day_text, money_text, steps_of
from feeledger.assessment.tracing import node_value, value_of_fact
from feeledger.assessment.verdict_words import (
    condition_words,
    head_words,
    judged_words,
    money_words,
    result_words,
)
from feeledger.assessment.wording import fact_words, number, yuan
from feeledger.catalog.plan import LinePlan, Plan, ReliefPlan, Stage
from feeledger.catalog.rates import Percent, Progressive
from feeledger.errors import Text

Document = dict[str, Any]


def answer_document(answer: Answer, lang: str = "zh") -> Document:
    """Give an answer in the fixed shape of the interface; sentences in the language asked."""
    return {
        "ref": answer.ref,
        "catalog": {
            "id": answer.edition.id,
            "kind": answer.edition.kind,
            "sha256": answer.edition.sha256,
        },
        "on": answer.on.isoformat(),
        "region": answer.region,
        "lines": [_line_document(line, lang) for line in answer.lines],
        "total": str(answer.total),
        "complete": answer.complete,
    }


def refusal_document(ref: str | int | None, refused: FactsRefused, lang: str = "zh") -> Document:
    """Give the answer to a refused request: all its faults."""
    return {
        "ref": ref,
        "errors": [
            {
                "code": error.code,
                "field": error.field,
                "value": error.value,
                "detail": error.detail.to(lang),
            }
            for error in refused.errors
        ],
    }


def _line_document(answer: LineAnswer, lang: str) -> Document:
    bounds = answer.allowed_range
    document: Document = {
        "item": answer.item,
        "line": answer.line,
        "outcome": answer.outcome,
        "amount": money_text(answer.amount),
        "allowed_range": None if bounds is None else [money_text(end) for end in bounds],
        "needs": [{"fact": n.fact, "supplied_by": n.supplied_by} for n in answer.needs],
        "documents": list(answer.documents),
        "steps": {**steps_of(answer), "sentences": sentences_of(answer, lang)},
    }
    if answer.alternative:
        document["alternative"] = True
    if answer.reason is not None:
        document["reason"] = answer.reason
    if answer.outcome == "provisional" and answer.trace.line is not None:
        line = answer.trace.line.line
        document["provisional"] = {
            "since": day_text(line.window.first),
            "document": line.provisional_document,
        }
    return document


def sentences_of(answer: LineAnswer, lang: str) -> list[str]:
    """Tell one line's answer in sentences: the standard, the sum, the reliefs, the result."""
    trace, line = answer.trace, answer.trace.line
    told = head_words(answer, lang)
    if line is not None and trace.values:
        if answer.outcome not in ("not_applicable", "no_rate", "ended"):
            told += _arithmetic_words(trace, line, lang)
            told += [_relief_words(each, trace, lang, holds=truth) for each, truth in trace.active]
        told += _rounding_words(answer, lang)
    told += result_words(answer, lang)
    if answer.documents:
        listed = Text("、".join(answer.documents), ", ".join(answer.documents)).to(lang)
        told.append(Text(f"依据：{listed}。", f"Documents: {listed}.").to(lang))
    return told


def _arithmetic_words(trace: Trace, line: LinePlan, lang: str) -> list[str]:
    """Tell the sum step by step, as far as every number of it is known."""
    if any(trace.values[stage.node] is None for stage in line.stages):
        return []
    told = [
        words
        for stage in line.stages
        if stage.kind == "quantity" and (words := _rounded_up_words(stage, trace, line, lang))
    ]
    told.append(
        f"{rate_words(trace, line, lang)}。"
        if lang == "zh"
        else f"{rate_words(trace, line, lang)}."
    )
    told += [
        words
        for stage in line.stages
        if stage.kind not in ("quantity", "rate", "excess")
        and (words := _stage_words(stage, trace, line, lang))
    ]
    return told


def _rounded_up_words(stage: Stage, trace: Trace, line: LinePlan, lang: str) -> str:
    given, rounded = value_of_fact(stage.subject, trace), node_value(trace, line, stage)
    if rounded is None or given == rounded:
        return ""
    told = fact_words(trace.plan.catalog.facts[stage.subject], given, lang)
    return Text(
        f"{told}，不足一个单位按一个单位计，为 {number(rounded, 'zh')}。",
        f"{told}, a part of a unit counts as one: {number(rounded, 'en')}.",
    ).to(lang)


def _stage_words(stage: Stage, trace: Trace, line: LinePlan, lang: str) -> str:
    value = node_value(trace, line, stage)
    total = "" if value is None else yuan(value, lang)
    stop = "." if lang == "en" else "。"
    if stage.kind == "coefficient":
        fact = trace.plan.catalog.facts[stage.subject]
        return f"× {fact_words(fact, value_of_fact(stage.subject, trace), lang)} = {total}{stop}"
    if stage.kind == "adjustment":
        adjustment = next(each for each in line.line.adjustments if each.id == stage.subject)
        if stage.truth is None or not trace.values[stage.truth]:
            return ""
        conditions = _held_words(adjustment.when.tests, trace, lang)
        return f"{conditions}：× {adjustment.multiply} = {total}{stop}"
    rate = line.line.rate
    assert isinstance(rate, Percent | Progressive)
    if stage.kind == "minimum" and rate.minimum is not None:
        bound = yuan(rate.minimum, lang)
        return Text(f"最低 {bound}：计 {total}。", f"Not below {bound}: {total}.").to(lang)
    bound = (
        "" if not isinstance(rate, Percent) or rate.maximum is None else yuan(rate.maximum, lang)
    )
    return Text(f"最高 {bound}：计 {total}。", f"Not above {bound}: {total}.").to(lang)


def _held_words(tests: Any, trace: Trace, lang: str) -> str:
    facts = trace.plan.catalog.facts
    told = [fact_words(facts[t.fact], value_of_fact(t.fact, trace), lang) for t in tests]
    return Text("、".join(told), ", ".join(told)).to(lang)


def _relief_words(each: ReliefPlan, trace: Trace, lang: str, *, holds: bool | None) -> str:
    what = _relief_itself(each, trace.plan, lang)
    if holds:
        return Text(f"适用{what}。", f"Holds: {what}.").to(lang)
    when = each.relief.when
    if holds is None:
        facts = trace.plan.catalog.facts
        names = [facts[name].label.to(lang) for name in unknown_facts(when, trace)]
        needed = Text("、".join(names), ", ".join(names)).to(lang)
        return Text(
            f"可能适用{what}；取决于 {needed}。", f"May hold: {what}; it depends on {needed}."
        ).to(lang)
    tests = [judged_words(test, trace, lang) for test in failed_tests(when, trace)]
    missed = Text("；".join(tests), "; ".join(tests)).to(lang)
    return Text(f"不适用{what}；{missed}。", f"Does not hold: {what}; {missed}.").to(lang)


@lru_cache(maxsize=2048)
def _relief_itself(each: ReliefPlan, plan: Plan, lang: str) -> str:
    """Say a relief: who gets what, by which documents."""
    relief, effect = each.relief, _effect_words(each)
    who = condition_words(relief.when, plan.catalog.facts, lang)
    told = Text(f"减免“{who}：{effect.zh}”", f'the relief "{who}: {effect.en}"').to(lang)
    if not relief.basis.documents:
        return told
    return told + Text("，", ", ").to(lang) + Text("、", ", ").to(lang).join(relief.basis.documents)


def _effect_words(each: ReliefPlan) -> Text:
    relief = each.relief
    part = Text("基本部分", "the base part") if relief.base_only else Text("全部", "all of it")
    if relief.effect == "exempt":
        return Text(f"免缴{part.zh}", f"{part.en} is free")
    if relief.effect == "multiply":
        return Text(f"{part.zh} × {relief.factor}", f"{part.en} × {relief.factor}")
    if relief.effect == "not_charged_twice":
        return Text("不重复收费", "not charged twice")
    return Text("减征，幅度未写明", "reduced, by how much is not stated")


def _rounding_words(answer: LineAnswer, lang: str) -> list[str]:
    """Tell the one rounding, where it changed anything."""
    if answer.trace.exact is None or answer.amount is None:
        return []
    exact = Fraction(*answer.trace.exact)
    if exact == Fraction(answer.amount.fen, 100):
        return []
    return [
        Text(
            f"{yuan(exact, 'zh')}，四舍五入到分：{money_words(answer.amount, 'zh')}。",
            f"{yuan(exact, 'en')}, rounded half up to the fen: {money_words(answer.amount, 'en')}.",
        ).to(lang)
    ]
