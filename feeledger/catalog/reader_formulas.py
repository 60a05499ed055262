"""Formulas of a catalog file: names that exist, constants that are used, divisors above zero."""

from collections.abc import Mapping
from decimal import Decimal

from feeledger.catalog.expressions import (
    Apply,
    Expression,
    ExpressionRefused,
    Name,
    Number,
    names_of,
    parse_expression,
)
from feeledger.catalog.items import Fact
from feeledger.catalog.rates import Formula
from feeledger.catalog.reader_parts import FACT_NAME, NUMBER_TYPES, Known, read_note
from feeledger.catalog.values import Section, Value

Span = tuple[Decimal, Decimal]


def read_formula(section: Section, known: Known) -> Formula:
    """Read a named expression with its constants and its one divisor."""
    constants = _read_constants(section, known)
    written, divisor = section.need("expression"), section.maybe("divisor")
    section.findings.mark("expression", f"{section.spot.file}:{section.spot.line}", written.spot)
    used = _names_used(written, constants, known) | _names_used(divisor, constants, known)
    for name, (_, value) in constants.items():
        if name not in used and used:
            value.refuse("constant-unused", name)
    if not divisor.void:
        _judge_divisor(divisor, constants, known)
    return Formula(
        name=section.need("name").name(FACT_NAME),
        expression=written.text(),
        constants=tuple((name, number) for name, (number, _) in constants.items()),
        divisor=None if divisor.void else divisor.text(),
        notes=read_note(section, "notes"),
    )


def _read_constants(section: Section, known: Known) -> dict[str, tuple[Decimal, Value]]:
    """Read the constants and where each stands; none may hide a fact."""
    inner = section.maybe("constants").section()
    found = {}
    for name in list(inner.entries):
        value = inner.need(name)
        found[name] = (value.amount(), value)
        if name in (known.facts or {}):
            value.refuse("constant-shadows-fact", name)
    return found


def _parse(value: Value, constants: Mapping[str, object], known: Known) -> Expression | None:
    """Parse an expression; None after its fault, or where the facts could not be read."""
    text = value.word()
    if text is None or known.facts is None:
        return None
    names = {name for name, fact in known.facts.items() if fact.type in NUMBER_TYPES}
    names |= {name for name, fact in known.facts.items() if fact.type == "bool"}
    try:
        return parse_expression(text, names | set(constants))
    except ExpressionRefused as refusal:
        value.refuse("formula-refused", text, detail=refusal.detail)
        return None


def _names_used(value: Value, constants: Mapping[str, object], known: Known) -> frozenset[str]:
    """Give the names an expression uses."""
    expression = None if value.void else _parse(value, constants, known)
    return frozenset() if expression is None else names_of(expression)


def _judge_divisor(
    value: Value, constants: Mapping[str, tuple[Decimal, Value]], known: Known
) -> None:
    """Refuse a divisor whose declared bounds reach zero."""
    told = len(value.findings.faults)
    expression = _parse(value, constants, known)
    del value.findings.faults[told:]
    if expression is None:
        return
    spans = {name: (number, number) for name, (number, _) in constants.items()}
    for name in names_of(expression) - spans.keys():
        spans[name] = _span_of_fact((known.facts or {})[name])
    if span_of_expression(expression, spans)[0] <= 0:
        value.refuse("divisor-zero", value.text())


def _span_of_fact(fact: Fact) -> Span:
    """Give the bounds a fact has where it divides."""
    return fact.low if fact.divisor_low is None else fact.divisor_low, fact.high


def span_of_expression(expression: Expression, spans: Mapping[str, Span]) -> Span:
    """Give the least and the most an expression can come to, from the bounds of its names."""
    if isinstance(expression, Number):
        return expression.value, expression.value
    if isinstance(expression, Name):
        return spans[expression.name]
    parts = [span_of_expression(each, spans) for each in expression.operands]
    return _span_of_operation(expression, parts)


def _span_of_operation(expression: Apply, parts: list[Span]) -> Span:
    """Give the bounds of one operation; a truth counts as 0 to 1."""
    lows, highs = [low for low, _ in parts], [high for _, high in parts]
    match expression.operation:
        case "add":
            return lows[0] + lows[1], highs[0] + highs[1]
        case "sub":
            return lows[0] - highs[1], highs[0] - lows[1]
        case "mul":
            products = [a * b for a in parts[0] for b in parts[1]]
            return min(products), max(products)
        case "min":
            return min(lows), min(highs)
        case "max":
            return max(lows), max(highs)
    return Decimal(0), Decimal(1)
