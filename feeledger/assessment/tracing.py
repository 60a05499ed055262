"""Reading a trace: what a fact counted as, what a node stands for, exact numbers as text."""

from collections.abc import Mapping
from fractions import Fraction

from feeledger.assessment.outcomes import Given, Trace
from feeledger.catalog.items import Fact
from feeledger.catalog.nodes import unit_of
from feeledger.catalog.plan import LinePlan

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


def node_value(trace: Trace, line: LinePlan, index: int) -> Fraction | None:
    """Give what a node stands for; amounts over a divisor are divided here, exactly."""
    value, node = trace.values[index], line.program[index]
    if value is None:
        return None
    exact = Fraction(value, unit_of(node.scale))
    amounts = {stage.node for stage in line.stages if stage.kind != "quantity"}
    divisor = line.sums.divisor
    if divisor is None or index not in amounts:
        return exact
    below = trace.values[divisor]
    if below is None:
        return None
    return exact * unit_of(line.program[divisor].scale) / below


def decimal_text(value: Fraction) -> str | None:
    """Write a fraction as a plain decimal, or give None where its decimals never end."""
    rest = value.denominator
    twos = (rest & -rest).bit_length() - 1
    rest >>= twos
    fives = 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return None
    decimals = max(twos, fives)
    digits = str(abs(value.numerator) * unit_of(decimals) // value.denominator)
    digits = digits.rjust(decimals + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else sign + digits
