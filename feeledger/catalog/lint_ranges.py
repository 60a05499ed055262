"""Whether conditions can hold at all, hold always, or hold together: by intervals and choices.

A condition is taken apart into ways in which it holds, each a row of tests that must all be true.
A fact's declared bounds and values limit it; whole numbers have no place between two of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from feeledger.catalog.items import Condition, Fact, Test

Facts = Mapping[str, Fact]
Way = tuple[Test, ...]
ONE = Decimal(1)


def ways_of(condition: Condition | None) -> tuple[Way, ...]:
    """Give the ways in which a condition holds; no condition holds in one way that asks nothing."""
    if condition is None or not condition.tests:
        return ((),)
    if condition.kind == "all":
        return (condition.tests,)
    return tuple((test,) for test in condition.tests)


def can_hold(tests: Iterable[Test], facts: Facts) -> bool:
    """Say whether tests can all be true at once, within the bounds of their facts."""
    by_fact: dict[str, list[Test]] = {}
    for test in tests:
        by_fact.setdefault(test.fact, []).append(test)
    return all(_fact_can(facts.get(name), rows) for name, rows in by_fact.items())


def can_hold_together(one: Condition | None, other: Condition | None, facts: Facts) -> bool:
    """Say whether two conditions can be true at once."""
    return any(can_hold((*a, *b), facts) for a in ways_of(one) for b in ways_of(other))


def holds_always(condition: Condition, facts: Facts) -> bool:
    """Say whether a condition with tests is true whatever its facts are."""
    judged = [_always(test, facts.get(test.fact)) for test in condition.tests]
    return bool(judged) and (all(judged) if condition.kind == "all" else any(judged))


def _fact_can(fact: Fact | None, tests: Sequence[Test]) -> bool:
    if fact is None:
        return True
    if fact.type in ("bool", "enum"):
        values: set[object] = {True, False} if fact.type == "bool" else set(fact.values)
        for test in tests:
            values &= set(test.value if isinstance(test.value, tuple) else (test.value,))
        return bool(values)
    low, open_low = _narrowest(tests, ("eq", "gt", "gte"), fact.low, sign=1)
    high, open_high = _narrowest(tests, ("eq", "lt", "lte"), fact.high, sign=-1)
    if fact.type == "int":
        low = _next_whole(low, beyond=open_low)
        high = -_next_whole(-high, beyond=open_high)
        return low <= high
    return low < high or (low == high and not open_low and not open_high)


def _narrowest(
    tests: Sequence[Test], operators: tuple[str, ...], bound: Decimal, *, sign: int
) -> tuple[Decimal, bool]:
    """Give the tightest bound on one side, and whether the bound itself is left out."""
    left_out = False
    for test in tests:
        if test.op not in operators or not isinstance(test.value, Decimal):
            continue
        strict = test.op in ("gt", "lt")
        if sign * (test.value - bound) > 0 or (test.value == bound and strict):
            bound, left_out = test.value, strict
    return bound, left_out


def _next_whole(bound: Decimal, *, beyond: bool) -> Decimal:
    """Give the least whole number at or, if ``beyond``, above a bound."""
    if beyond:
        return bound.to_integral_value(ROUND_FLOOR) + ONE
    return bound.to_integral_value(ROUND_CEILING)


def _always(test: Test, fact: Fact | None) -> bool:
    """Say whether a test holds for every value its fact may have."""
    if fact is None:
        return False
    if fact.type in ("bool", "enum"):
        values = fact.values or ()
        return (
            fact.type == "enum" and isinstance(test.value, tuple) and set(values) <= set(test.value)
        )
    if not isinstance(test.value, Decimal):
        return False
    return {
        "gt": test.value < fact.low,
        "gte": test.value <= fact.low,
        "lt": test.value > fact.high,
        "lte": test.value >= fact.high,
    }.get(test.op, False)


def words_of_tests(condition: Condition) -> str:
    """Write a condition as short data."""
    signs = {"eq": "=", "in": "∈", "lt": "<", "lte": "≤", "gt": ">", "gte": "≥"}
    joint = " ∧ " if condition.kind == "all" else " ∨ "
    return joint.join(f"{t.fact} {signs[t.op]} {_value(t.value)}" for t in condition.tests)


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return "{" + ", ".join(str(each) for each in value) + "}"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
