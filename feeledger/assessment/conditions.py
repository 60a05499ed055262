"""Conditions told test by test: what was given, whether it holds, by how little it fails."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from operator import eq, ge, gt, le, lt
from typing import Final

from feeledger.assessment.outcomes import Trace
from feeledger.assessment.tracing import Value, value_of_fact
from feeledger.catalog.items import Condition, Test

HOLDS: Final[dict[str, Callable[[Fraction, Fraction], bool]]] = {
    "eq": eq,
    "in": eq,
    "lt": lt,
    "lte": le,
    "gt": gt,
    "gte": ge,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """One test: the value met (None: not known), the verdict, and the gap of a failed number."""

    test: Test
    given: Value | None
    holds: bool | None
    gap: Fraction | None = None


def judge_condition(condition: Condition, trace: Trace) -> tuple[Judged, ...]:
    """Judge every test of a condition by the facts of an answer."""
    return tuple(
        _judge_of_nobody(test)
        if of_nobody(test.fact, trace)
        else judge_test(test, value_of_fact(test.fact, trace))
        for test in condition.tests
    )


def of_nobody(name: str, trace: Trace) -> bool:
    """Say whether a fact is a share of nothing, and not given: it is no number then."""
    parts = trace.plan.catalog.facts[name].derived
    if parts is None or name in trace.given or not all(part in trace.given for part in parts):
        return False
    return trace.given[parts[1]].scaled == 0


def _judge_of_nobody(test: Test) -> Judged:
    """Judge as the plan does: nothing against the bound times nothing (decision 0030)."""
    return Judged(test, None, HOLDS[test.op](Fraction(0), Fraction(0)))


def judge_test(test: Test, value: Value | None) -> Judged:
    """Judge one test by the value met."""
    if value is None:
        return Judged(test, None, None)
    if not isinstance(value, Fraction) or isinstance(test.value, tuple):
        accepted = test.value if isinstance(test.value, tuple) else (test.value,)
        return Judged(test, value, value in accepted)
    bound = _bound(test.value)
    holds = HOLDS[test.op](value, bound)
    return Judged(test, value, holds, None if holds else abs(value - bound))


@lru_cache(maxsize=1024)
def _bound(value: Decimal | str) -> Fraction:
    return Fraction(value)


def failed_tests(condition: Condition, trace: Trace) -> tuple[Judged, ...]:
    """Give the tests because of which a condition does not hold."""
    return tuple(each for each in judge_condition(condition, trace) if each.holds is False)


def unknown_facts(condition: Condition, trace: Trace) -> tuple[str, ...]:
    """Name the facts a condition waits for; a derived one by its missing parts."""
    facts = trace.plan.catalog.facts
    names: list[str] = []
    for each in judge_condition(condition, trace):
        if each.holds is None:
            parts = facts[each.test.fact].derived or (each.test.fact,)
            names += [part for part in parts if part not in trace.given]
    return tuple(dict.fromkeys(names))
