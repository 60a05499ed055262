"""How a rate comes to its sum, in words: one sentence for each rate form, in both languages."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from feeledger.assessment.outcomes import Trace
from feeledger.assessment.tracing import node_value, value_of_fact
from feeledger.assessment.wording import fact_words, number, option_words, unit_words, yuan
from feeledger.catalog.expressions import Apply, Expression, Name, Number, parse_expression
from feeledger.catalog.plan import LinePlan
from feeledger.catalog.rates import (
    BasePlusExcess,
    Bracket,
    Fixed,
    FloorPrice,
    Formula,
    Interpolate,
    Matrix,
    Percent,
    PerUnit,
    Progressive,
    Range,
    Tiers,
)
from feeledger.errors import Text

SIGNS = {
    "add": " + ",
    "sub": " − ",
    "mul": " × ",
    "lt": " < ",
    "lte": " ≤ ",
    "gt": " > ",
    "gte": " ≥ ",
    "eq": " = ",
    "all": " and ",
    "any": " or ",
}
Words = Callable[..., str]


def rate_words(trace: Trace, line: LinePlan, lang: str) -> str:
    """Say how the rate of a line comes to its sum, from facts that are all known."""
    tell = TOLD[type(line.line.rate)]
    return tell(trace, line, line.line.rate, lang)


def _fact(trace: Trace, name: str, lang: str) -> str:
    return fact_words(trace.plan.catalog.facts[name], value_of_fact(name, trace), lang)


def _quantities(trace: Trace, line: LinePlan, lang: str) -> str:
    """Join the quantities, as rounded up, by × signs, ready to stand before a price."""
    facts = trace.plan.catalog.facts
    told = [
        fact_words(facts[stage.subject], node_value(trace, line, stage), lang)
        for stage in line.stages
        if stage.kind == "quantity"
    ]
    return "".join(f"{each} × " for each in told)


def _price(amount: Decimal, unit: str, lang: str) -> str:
    if not unit:
        return yuan(amount, lang)
    if lang == "en":
        return f"{yuan(amount, lang)} per {unit_words(unit, lang)}"
    return f"每{unit} {yuan(amount, lang)}"


def _rated(trace: Trace, line: LinePlan, lang: str) -> str:
    """Give what the rate came to, before coefficients and the rest."""
    stage = next(stage for stage in line.stages if stage.kind == "rate")
    value = node_value(trace, line, stage)
    return "" if value is None else yuan(value, lang)


def _per_unit(trace: Trace, line: LinePlan, rate: PerUnit | Fixed, lang: str) -> str:
    price = _price(rate.amount, rate.unit, lang)
    return f"{_quantities(trace, line, lang)}{price} = {_rated(trace, line, lang)}"


def _percent(trace: Trace, line: LinePlan, rate: Percent, lang: str) -> str:
    base = _fact(trace, rate.base, lang)
    return f"{base} × {number(rate.percent, lang)}% = {_rated(trace, line, lang)}"


def _progressive(trace: Trace, line: LinePlan, rate: Progressive, lang: str) -> str:
    base = value_of_fact(rate.base, trace)
    assert isinstance(base, Fraction)
    parts = [
        _bracket(bracket, below, base, lang)
        for below, bracket in zip(_belows(rate.brackets), rate.brackets, strict=True)
        if base > below or below == 0
    ]
    head = _fact(trace, rate.base, lang)
    told = Text("，分段累计：", ", by brackets: ").to(lang) + " + ".join(parts)
    return f"{head}{told} = {_rated(trace, line, lang)}"


def _belows(brackets: Sequence[Bracket]) -> list[Fraction]:
    return [Fraction(0), *(Fraction(bracket.upto or 0) for bracket in brackets[:-1])]


def _bracket(bracket: Bracket, below: Fraction, base: Fraction, lang: str) -> str:
    if bracket.amount is not None:
        return yuan(bracket.amount, lang)
    top = base if bracket.upto is None else min(base, Fraction(bracket.upto))
    share = bracket.written or f"{number(Fraction(bracket.share or 0) * 100, lang)}%"
    return f"{number(top - below, lang)} × {share}"


def _tiers(trace: Trace, line: LinePlan, rate: Tiers, lang: str) -> str:
    by = _fact(trace, rate.by, lang)
    value = value_of_fact(rate.by, trace)
    assert isinstance(value, Fraction)
    uptos = [tier.upto for tier in rate.tiers]
    tier = rate.tiers[_band_of(value, uptos)]
    band = _band_words(value, uptos, lang)
    price = _price(tier.amount, rate.unit, lang)
    if tier.amount_low is not None:
        low = yuan(tier.amount_low, lang)
        price = Text(f"{low}至{price}", f"{low} to {price}").to(lang)
    told = Text(f"{by}，属于{band}一档：", f"{by}, in the band {band}: ").to(lang)
    return f"{told}{_quantities(trace, line, lang)}{price} = {_rated(trace, line, lang)}"


def _band_of(value: Fraction, uptos: Sequence[Decimal | None]) -> int:
    return next(
        (k for k, upto in enumerate(uptos) if upto is None or value <= upto), len(uptos) - 1
    )


def _band_words(value: Fraction, uptos: Sequence[Decimal | None], lang: str) -> str:
    k = _band_of(value, uptos)
    upto, below = uptos[k], uptos[k - 1] if k else None
    if below is None and upto is not None:
        return Text(f"{number(upto, 'zh')} 及以下", f"up to {number(upto, 'en')}").to(lang)
    if below is not None and upto is None:
        return Text(f"{number(below, 'zh')} 以上", f"above {number(below, 'en')}").to(lang)
    if below is None or upto is None:
        return Text("不分档", "one for all").to(lang)
    return Text(
        f"{number(below, 'zh')} 以上至 {number(upto, 'zh')}",
        f"above {number(below, 'en')} up to {number(upto, 'en')}",
    ).to(lang)


def _base_plus_excess(trace: Trace, line: LinePlan, rate: BasePlusExcess, lang: str) -> str:
    facts = trace.plan.catalog.facts
    quantity, times = value_of_fact(rate.quantity, trace), value_of_fact(rate.times, trace)
    assert isinstance(quantity, Fraction)
    above = max(Fraction(0), quantity - Fraction(rate.included))
    base, excess = yuan(rate.base_amount, lang), _price(rate.excess_amount, rate.unit, lang)
    included = number(rate.included, lang)
    told = Text(
        f"{fact_words(facts[rate.quantity], quantity, lang)}（{base}含 {included} 个，"
        f"超出 {number(above, lang)} 个，{excess}）",
        f"{fact_words(facts[rate.quantity], quantity, lang)} ({base} covers {included}; "
        f"{number(above, lang)} more at {excess})",
    ).to(lang)
    stages = [stage for stage in line.stages if stage.kind in ("rate", "excess")]
    both = sum((node_value(trace, line, stage) or Fraction(0) for stage in stages), Fraction())
    return f"{told} × {fact_words(facts[rate.times], times, lang)} = {yuan(both, lang)}"


def _interpolate(trace: Trace, line: LinePlan, rate: Interpolate, lang: str) -> str:
    head, total = _fact(trace, rate.base, lang), _rated(trace, line, lang)
    value = value_of_fact(rate.base, trace)
    assert isinstance(value, Fraction)
    last = rate.points[-1]
    if value > last.base and rate.beyond_percent is not None:
        return f"{head} × {number(rate.beyond_percent, lang)}% = {total}"
    if value > last.base:
        beyond = Text(f"超过 {number(last.base, 'zh')}：", f"above {number(last.base, 'en')}: ")
        return (
            f"{head}, {beyond.to(lang)}{total}" if lang == "en" else f"{head}，{beyond.zh}{total}"
        )
    start, stop = next((a, b) for a, b in pairwise(rate.points) if value <= b.base)
    spans = [f"{number(p.base, lang)} → {yuan(p.amount, lang)}" for p in (start, stop)]
    told = Text(
        f"，在 {spans[0]} 与 {spans[1]} 之间直线内插：",
        f", on the straight line between {spans[0]} and {spans[1]}: ",
    ).to(lang)
    return f"{head}{told}{total}"


def _matrix(trace: Trace, line: LinePlan, rate: Matrix, lang: str) -> str:
    facts = trace.plan.catalog.facts
    row, column = value_of_fact(rate.row, trace), value_of_fact(rate.column, trace)
    assert isinstance(row, Fraction)
    assert isinstance(column, str)
    amount = rate.cells[_band_of(row, rate.row_bands)][rate.column_values.index(column)]
    option = option_words(facts[rate.column], column, lang)
    label = facts[rate.column].label.to(lang)
    head = f"{_fact(trace, rate.row, lang)}（{_band_words(row, rate.row_bands, lang)}）、{label} {option}："
    if lang == "en":
        head = f"{_fact(trace, rate.row, lang)} ({_band_words(row, rate.row_bands, lang)}), {label} {option}: "
    price = _price(amount, rate.unit, lang)
    return f"{head}{_quantities(trace, line, lang)}{price} = {_rated(trace, line, lang)}"


def _range(trace: Trace, line: LinePlan, rate: Range, lang: str) -> str:
    low, high = _price(rate.low, rate.unit, lang), yuan(rate.high, lang)
    told = Text(
        f"{low}至{high}，由{rate.set_by.zh}确定", f"{low} up to {high}, set by {rate.set_by.en}"
    )
    return f"{_quantities(trace, line, lang)}{told.to(lang)}"


def _floor_price(trace: Trace, line: LinePlan, rate: FloorPrice, lang: str) -> str:
    agreed, total = _fact(trace, rate.actual_price_fact, lang), _rated(trace, line, lang)
    floor = _price(rate.amount, rate.unit, lang)
    told = Text(f"（底价{floor}）", f" (the floor is {floor})").to(lang)
    return f"{_quantities(trace, line, lang)}{agreed}{told} = {total}"


def _formula(trace: Trace, line: LinePlan, rate: Formula, lang: str) -> str:
    constants = dict(rate.constants)
    names = frozenset(constants).union(trace.plan.catalog.facts)
    told = _expression_words(_parsed(rate.expression, names), trace, constants, lang)
    if rate.divisor is not None:
        below = _expression_words(_parsed(rate.divisor, names), trace, constants, lang)
        told = f"({told}) ÷ ({below})"
    return f"{told} = {_rated(trace, line, lang)}"


@lru_cache(maxsize=256)
def _parsed(text: str, names: frozenset[str]) -> Expression:
    return parse_expression(text, names)


def _expression_words(
    expression: Expression, trace: Trace, constants: dict[str, Decimal], lang: str
) -> str:
    if isinstance(expression, Number):
        return number(expression.value, lang)
    if isinstance(expression, Name):
        if expression.name in constants:
            return number(constants[expression.name], lang)
        return _fact(trace, expression.name, lang)
    parts = [
        _operand_words(each, expression, trace, constants, lang) for each in expression.operands
    ]
    if expression.operation in ("min", "max"):
        return _extreme_words(expression.operation, parts, lang)
    if expression.operation == "not":
        return f"not {parts[0]}"
    return SIGNS[expression.operation].join(parts)


def _extreme_words(operation: str, parts: list[str], lang: str) -> str:
    """Say a minimum or maximum as people do; at least zero by its own phrase."""
    if operation == "max" and len(parts) == 2 and "0" in parts:  # noqa: PLR2004
        other = parts[1] if parts[0] == "0" else parts[0]
        return Text(f"（{other}，小于零按零计）", f"({other}, at least zero)").to(lang)
    which = Text("较低者", "lower") if operation == "min" else Text("较高者", "higher")
    return Text(
        f"（{'与 '.join(parts)} 取{which.zh}）", f"(the {which.en} of {' and '.join(parts)})"
    ).to(lang)


def _operand_words(
    operand: Expression,
    parent: Apply,
    trace: Trace,
    constants: dict[str, Decimal],
    lang: str,
) -> str:
    told = _expression_words(operand, trace, constants, lang)
    if not isinstance(operand, Apply) or operand.operation in ("min", "max", "mul"):
        return told
    return told if parent.operation in ("min", "max", "add") else f"({told})"


TOLD: dict[type, Words] = {
    PerUnit: _per_unit,
    Fixed: _per_unit,
    Percent: _percent,
    Progressive: _progressive,
    Tiers: _tiers,
    BasePlusExcess: _base_plus_excess,
    Interpolate: _interpolate,
    Matrix: _matrix,
    Range: _range,
    FloorPrice: _floor_price,
    Formula: _formula,
}
