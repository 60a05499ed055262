"""Findings about prices: holes, two at once, totals that fall while the quantity rises."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations, pairwise

from feeledger.catalog.items import Catalog, FeeItem, Line, Test
from feeledger.catalog.lint_conditions import days_told
from feeledger.catalog.lint_neighbours import amount_at, drivers_of, fall_found, neighbour_findings
from feeledger.catalog.lint_ranges import can_hold_together
from feeledger.catalog.lint_texts import Found
from feeledger.catalog.lints import holes_between, places_meet, shared_days
from feeledger.catalog.rates import (
    BasePlusExcess,
    Interpolate,
    Matrix,
    Percent,
    PerUnit,
    Rate,
    Tiers,
)
from feeledger.catalog.reader_parts import ONE_DAY

Fall = tuple[str, Decimal, Decimal, Decimal]


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
                yield fall_found((line.id,), fall)


def _pair_findings(one: Line, other: Line, item: FeeItem, catalog: Catalog) -> Iterator[Found]:
    """Hold two lines of an item against each other, where they meet on a day in a place."""
    shared = shared_days(one.window, other.window)
    if shared is None or not places_meet(one.place, other.place, catalog.places):
        return
    ids = (one.id, other.id)
    if one.series == other.series:
        yield Found("price-overlap", ids, days_told(shared))
        return
    counted, others = drivers_of(one.rate), drivers_of(other.rate)
    if can_hold_together(one.applies_when, other.applies_when, catalog.facts):
        same = counted and counted == others
        if same and not any(
            one.id in group.lines and other.id in group.lines for group in item.alternatives
        ):
            yield Found("price-doubled", ids, {"facts": ", ".join(counted)})
        return
    if counted == others or not counted or not others:
        yield from neighbour_findings(one, other, item, catalog)
        yield from neighbour_findings(other, one, item, catalog)


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
    drivers = drivers_of(line.rate)
    if not isinstance(line.rate, PerUnit | Percent) or len(drivers) != 1:
        return
    fact = drivers[0]
    for relief in item.reliefs:
        if relief.effect not in ("exempt", "multiply") or (
            relief.lines and line.id not in relief.lines
        ):
            continue
        bounds = _lower_bounds(relief.when.tests, fact)
        factor = Decimal(0) if relief.factor is None else relief.factor
        for bound in bounds if shared_days(relief.window, line.window) else ():
            before = amount_at(line.rate, fact, bound) or Decimal(0)
            if bound > 0 and factor * before < before:
                yield fact, bound, before, factor * before


def _lower_bounds(tests: Sequence[Test], fact: str) -> list[Decimal]:
    return [
        test.value
        for test in tests
        if test.fact == fact and test.op in ("gt", "gte") and isinstance(test.value, Decimal)
    ]
