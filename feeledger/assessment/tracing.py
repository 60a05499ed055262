"""Reading a trace: what a fact counted as, what a node stands for, exact numbers as text."""

from collections.abc import Mapping
from fractions import Fraction

from feeledger.assessment.outcomes import Given, Trace
from feeledger.catalog.items import Fact
from feeledger.catalog.nodes import unit_of
from feeledger.catalog.plan import LinePlan, Stage

Value = Fraction | bool | str


def value_of_fact(name: str, trace: Trace) -> Value | None:
    """Give a fact exactly as it counts: given, or derived from its parts."""
    facts = trace.plan.catalog.facts
    taken = trace.given.get(name)
    if taken is not None:
        return _value_of_given(taken)
    return _derived(facts[name], trace.given)


def _value_of_given(taken: Given) -> Value:
    if isinstance(taken.value, bool | str):
        return taken.value
    return Fraction(taken.scaled, unit_of(taken.scale))


def _derived(fact: Fact, given: Mapping[str, Given]) -> Fraction | None:
    if fact.derived is None or not all(part in given for part in fact.derived):
        return None
    top, bottom = (given[part] for part in fact.derived)
    if bottom.scaled == 0:
        return None
    return Fraction(top.scaled * unit_of(bottom.scale), bottom.scaled * unit_of(top.scale))


def node_value(trace: Trace, line: LinePlan, stage: Stage) -> Fraction | None:
    """Give what a stage came to; amounts over a divisor are divided here, exactly."""
    value, node = trace.values[stage.node], line.program[stage.node]
    if value is None:
        return None
    exact = Fraction(value, unit_of(node.scale))
    divisor = line.sums.divisor
    if divisor is None or stage.kind == "quantity":
        return exact
    below = trace.values[divisor]
    if below is None:
        return None
    return exact * unit_of(line.program[divisor].scale) / below


def scaled_text(value: int, scale: int) -> str:
    """Write a scaled integer as a plain decimal."""
    if scale == 0:
        return str(value)
    whole, part = divmod(abs(value), unit_of(scale))
    digits = f".{part:0{scale}d}".rstrip("0") if part else ""
    return f"{'-' if value < 0 else ''}{whole}{digits}"


def decimal_text(value: Fraction) -> str | None:
    """Write a fraction as a plain decimal, or give None where its decimals never end."""
    rest = value.denominator
    if rest == 1:
        return str(value.numerator)
    twos = (rest & -rest).bit_length() - 1
    rest >>= twos
    fives = 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return None
    scale = max(twos, fives)
    return scaled_text(value.numerator * unit_of(scale) // value.denominator, scale)
