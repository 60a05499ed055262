"""Findings about prices: holes, two at once, totals that fall while the quantity rises."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations, pairwise

from feeledger.catalog.items import Catalog, FeeItem, Line, Test
from feeledger.catalog.lint_conditions import days_told
from feeledger.catalog.lint_ranges import can_hold_together
from feeledger.catalog.lint_texts import Found
from feeledger.catalog.lints import holes_between, places_meet, shared_days
from feeledger.catalog.rates import (
    BasePlusExcess,
    Fixed,
    Interpolate,
    Matrix,
    Percent,
    PerUnit,
    Progressive,
    Rate,
    Tiers,
)
from feeledger.catalog.reader_parts import ONE_DAY

Fall = tuple[str, Decimal, Decimal, Decimal]
UPWARDS = {"lt": False, "lte": True}
ABOVE = {"gt": False, "gte": True}


def price_findings(catalog: Catalog) -> Iterator[Found]:
    """Give holes nobody declared, versions that overlap, and lines that count a quantity twice."""
    for item in catalog.items.values():
        declared = {(each.series, each.window.begin, each.window.end) for each in item.no_rate}
        for series in dict.fromkeys(line.series for line in item.lines):
            windows = [line.window for line in item.lines if line.series == series]
            for first, end in holes_between(windows):
                if (series, first, end) not in declared:
                    words = {"series": series, "first": f"{first}", "last": f"{end - ONE_DAY}"}
                    yield Found("price-gap", (item.id, series), words)
        for one, other in combinations(item.lines, 2):
            yield from _pair_findings(one, other, item, catalog)


def falling_findings(catalog: Catalog) -> Iterator[Found]:
    """Give the places at which an enterprise pays less in all because its quantity rose."""
    for item in catalog.items.values():
        for line in item.lines:
            for fall in [*falls_of_rate(line.rate), *_falls_of_reliefs(line, item)]:
                yield _fall_found((line.id,), fall)


def _pair_findings(one: Line, other: Line, item: FeeItem, catalog: Catalog) -> Iterator[Found]:
    """Hold two lines of an item against each other, where they meet on a day in a place."""
    shared = shared_days(one.window, other.window)
    if shared is None or not places_meet(one.place, other.place, catalog.places):
        return
    ids = (one.id, other.id)
    if one.series == other.series:
        yield Found("price-overlap", ids, days_told(shared))
        return
    counted = drivers_of(one.rate)
    if not counted or counted != drivers_of(other.rate):
        return
    if can_hold_together(one.applies_when, other.applies_when, catalog.facts):
        if not any(
            one.id in group.lines and other.id in group.lines for group in item.alternatives
        ):
            yield Found("price-doubled", ids, {"facts": ", ".join(counted)})
        return
    yield from _neighbour_findings(one, other)
    yield from _neighbour_findings(other, one)


def _neighbour_findings(lower: Line, upper: Line) -> Iterator[Found]:
    """Hold two prices that part at one bound of the quantity they count."""
    below, above = _only_test(lower), _only_test(upper)
    if below is None or above is None or below.fact != above.fact or below.value != above.value:
        return
    if below.op not in UPWARDS or above.op not in ABOVE or not isinstance(below.value, Decimal):
        return
    ids = (lower.id, upper.id)
    if not UPWARDS[below.op] and not ABOVE[above.op]:
        yield Found("condition-gap", ids, {"fact": below.fact, "value": f"{below.value:f}"})
    one, other = lower.rate, upper.rate
    if not isinstance(one, PerUnit) or not isinstance(other, PerUnit):
        return
    if below.fact in one.quantities and other.amount < one.amount:
        before, after = one.amount * below.value, other.amount * below.value
        yield _fall_found(ids, (below.fact, below.value, before, after))


def _only_test(line: Line) -> Test | None:
    condition = line.applies_when
    return condition.tests[0] if condition is not None and len(condition.tests) == 1 else None


def drivers_of(rate: Rate) -> tuple[str, ...]:
    """Name the facts that a rate counts; none for rates that count nothing, or by a formula."""
    if isinstance(rate, PerUnit | Fixed):
        return tuple(sorted(rate.quantities))
    if isinstance(rate, Percent | Progressive | Interpolate):
        return (rate.base,)
    if isinstance(rate, Tiers):
        return (rate.by,)
    return (rate.quantity,) if isinstance(rate, BasePlusExcess) else ()


def falls_of_rate(rate: Rate) -> Iterator[Fall]:
    """Give the bounds of a table at which its amount falls: fact, bound, before and after."""
    if isinstance(rate, Tiers):
        for one, other in pairwise(rate.tiers):
            if other.amount < one.amount and one.upto is not None:
                yield rate.by, one.upto, one.amount, other.amount
    elif isinstance(rate, Interpolate):
        yield from _falls_of_points(rate)
    elif isinstance(rate, Matrix):
        yield from _falls_of_matrix(rate)
    elif isinstance(rate, BasePlusExcess) and rate.excess_amount < 0:
        after = rate.base_amount + rate.excess_amount
        yield rate.quantity, rate.included + 1, rate.base_amount, after


def _falls_of_points(rate: Interpolate) -> Iterator[Fall]:
    for one, other in pairwise(rate.points):
        if other.amount < one.amount:
            yield rate.base, other.base, one.amount, other.amount
    last = rate.points[-1]
    beyond = rate.beyond_amount
    if rate.beyond_percent is not None:
        beyond = rate.beyond_percent * last.base / 100
    if beyond is not None and beyond < last.amount:
        yield rate.base, last.base, last.amount, beyond


def _falls_of_matrix(rate: Matrix) -> Iterator[Fall]:
    for column in range(len(rate.column_values)):
        cells = [row[column] for row in rate.cells]
        for at, (one, other) in enumerate(pairwise(cells)):
            bound = rate.row_bands[at]
            if other < one and bound is not None:
                yield rate.row, bound, one, other


def _falls_of_reliefs(line: Line, item: FeeItem) -> Iterator[Fall]:
    """Give the quantities from which on a relief takes more off than the quantity adds."""
    rate = line.rate
    if not isinstance(rate, PerUnit) or len(rate.quantities) != 1:
        return
    fact = rate.quantities[0]
    for relief in item.reliefs:
        if relief.effect not in ("exempt", "multiply") or (
            relief.lines and line.id not in relief.lines
        ):
            continue
        bounds = _lower_bounds(relief.when.tests, fact)
        factor = Decimal(0) if relief.factor is None else relief.factor
        for bound in bounds if shared_days(relief.window, line.window) else ():
            before = rate.amount * bound
            if bound > 0 and factor * before < before:
                yield fact, bound, before, factor * before


def _lower_bounds(tests: Sequence[Test], fact: str) -> list[Decimal]:
    return [
        test.value
        for test in tests
        if test.fact == fact and test.op in ABOVE and isinstance(test.value, Decimal)
    ]


def _fall_found(ids: tuple[str, ...], fall: Fall) -> Found:
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
