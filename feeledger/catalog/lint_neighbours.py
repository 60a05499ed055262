"""Findings about two prices that part at a bound of one fact: a gap between them, a total that falls."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from feeledger.catalog.items import Catalog, Condition, FeeItem, Line, Test
from feeledger.catalog.lint_ranges import can_hold, can_hold_together
from feeledger.catalog.lint_texts import Found
from feeledger.catalog.lints import places_meet, shared_days
from feeledger.catalog.rates import (
    BasePlusExcess,
    Fixed,
    Interpolate,
    Percent,
    PerUnit,
    Progressive,
    Rate,
    Tiers,
)
from feeledger.errors import Text

BELOW: Final = ("lt", "lte")
ABOVE: Final = ("gt", "gte")


def neighbour_findings(
    lower: Line, upper: Line, item: FeeItem, catalog: Catalog
) -> Iterator[Found]:
    """Hold two prices against each other of which one ends where the other begins, or before."""
    below, above = _bound_of(lower, BELOW), _bound_of(upper, ABOVE)
    if below is None or above is None or below.fact != above.fact:
        return
    here, there = _number(below), _number(above)
    if there < here:
        return
    between = _between(below, above)
    if can_hold(between, catalog.facts) and not _is_priced(between, (lower, upper), item, catalog):
        yield Found(
            "condition-gap",
            (lower.id, upper.id),
            {"fact": below.fact, "value": _words_of_gap(here, there)},
        )
    before = amount_at(lower.rate, below.fact, here)
    after = amount_at(upper.rate, above.fact, there)
    if before is not None and after is not None and after < before:
        yield fall_found((lower.id, upper.id), (below.fact, here, before, after))


def drivers_of(rate: Rate) -> tuple[str, ...]:
    """Name the facts that a rate counts; none for rates that count nothing, or by a formula."""
    if isinstance(rate, PerUnit | Fixed):
        return tuple(sorted(rate.quantities))
    if isinstance(rate, Percent | Progressive | Interpolate):
        return (rate.base,)
    if isinstance(rate, Tiers):
        return (rate.by,)
    return (rate.quantity,) if isinstance(rate, BasePlusExcess) else ()


def amount_at(rate: Rate, fact: str, value: Decimal) -> Decimal | None:
    """Give what a rate comes to at a value of its fact, other quantities at one; None if unknown."""
    if isinstance(rate, Percent) and rate.base == fact:
        amount = rate.percent * value / 100
        amount = amount if rate.minimum is None else max(amount, rate.minimum)
        return amount if rate.maximum is None else min(amount, rate.maximum)
    if isinstance(rate, PerUnit | Fixed) and rate.quantities:
        return rate.amount * value if fact in rate.quantities else None
    return rate.amount if isinstance(rate, Fixed) else None


def fall_found(ids: tuple[str, ...], fall: tuple[str, Decimal, Decimal, Decimal]) -> Found:
    """Give the finding of a total that falls: fact, bound, before and after."""
    fact, bound, before, after = fall
    words = {
        "fact": fact,
        "value": plain(bound),
        "before": plain(before),
        "after": plain(after),
    }
    return Found("total-falls", (*ids, f"{fact}={plain(bound)}"), words)


def plain(number: Decimal) -> str:
    """Write a number without an exponent or idle zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _bound_of(line: Line, operators: tuple[str, ...]) -> Test | None:
    """Give a price's bound on one side; None where it asks for other facts as well, or has none."""
    condition = line.applies_when
    if condition is None or len({test.fact for test in condition.tests}) != 1:
        return None
    if condition.kind != "all" and len(condition.tests) != 1:
        return None
    found = [
        test for test in condition.tests if test.op in operators and isinstance(test.value, Decimal)
    ]
    return found[0] if len(found) == 1 else None


def _number(test: Test) -> Decimal:
    return test.value if isinstance(test.value, Decimal) else Decimal(0)


def _between(below: Test, above: Test) -> tuple[Test, Test]:
    """Give the tests of what lies beyond the one bound and short of the other."""
    from_here, to_there = below.op == "lt", above.op == "gt"
    return (
        Test(below.fact, "gte" if from_here else "gt", below.value),
        Test(above.fact, "lte" if to_there else "lt", above.value),
    )


def _is_priced(
    between: tuple[Test, ...], pair: tuple[Line, Line], item: FeeItem, catalog: Catalog
) -> bool:
    """Say whether another price that counts the same holds for something that lies between."""
    gap = Condition("all", between)
    return any(
        line not in pair
        and drivers_of(line.rate) in [drivers_of(each.rate) for each in pair]
        and all(
            shared_days(line.window, each.window) is not None
            and places_meet(line.place, each.place, catalog.places)
            for each in pair
        )
        and can_hold_together(line.applies_when, gap, catalog.facts)
        for line in item.lines
    )


def _words_of_gap(here: Decimal, there: Decimal) -> Text:
    if here == there:
        return Text(f"恰为 {here:f} ", f"exactly {here:f}")
    return Text(f"在 {here:f} 与 {there:f} 之间", f"between {here:f} and {there:f}")
