"""Findings about conditions that never or always hold, and reliefs that meet without an order."""

from collections.abc import Iterator
from itertools import combinations

from feeledger.catalog.items import Catalog, Condition, FeeItem, Line, Relief
from feeledger.catalog.lint_ranges import (
    can_hold,
    can_hold_together,
    holds_always,
    ways_of,
    words_of_tests,
)
from feeledger.catalog.lint_texts import Found
from feeledger.catalog.lints import holes_between, places_meet, shared_days
from feeledger.catalog.reader_parts import ONE_DAY
from feeledger.errors import Text

UNKNOWN = Text("未知", "an unknown day")
OPEN = Text("今后", "ever after")
NATION = "全国"


def condition_findings(catalog: Catalog) -> Iterator[Found]:
    """Give every condition of a line, multiplier or relief that never holds, or always."""
    for item in catalog.items.values():
        for place, condition in _conditions_of(item):
            if not any(can_hold(way, catalog.facts) for way in ways_of(condition)):
                yield Found("condition-dead", place, {"test": words_of_tests(condition)})
            elif holds_always(condition, catalog.facts):
                yield Found("condition-idle", place, {"test": words_of_tests(condition)})


def relief_findings(catalog: Catalog) -> Iterator[Found]:
    """Give the reliefs of an item that overlap, break off, never hold, or meet without an order."""
    for item in catalog.items.values():
        yield from _version_findings(item)
        for relief in item.reliefs:
            if not any(_touches(relief, line, catalog) for line in item.lines):
                yield Found("relief-dead", (item.id, relief.id))
        for one, other in combinations(item.reliefs, 2):
            line = _where_both_hold(one, other, item, catalog)
            if line is not None:
                yield Found("reliefs-unordered", (one.id, other.id), {"line": line})


def _conditions_of(item: FeeItem) -> Iterator[tuple[tuple[str, ...], Condition]]:
    for line in item.lines:
        if line.applies_when is not None:
            yield (line.id,), line.applies_when
        for each in line.adjustments:
            yield (line.id, each.id), each.when
    for relief in item.reliefs:
        yield (relief.id,), relief.when


def _version_findings(item: FeeItem) -> Iterator[Found]:
    """Hold the versions of one relief against each other."""
    for series in dict.fromkeys(relief.series for relief in item.reliefs):
        versions = [relief for relief in item.reliefs if relief.series == series]
        for one, other in combinations(versions, 2):
            shared = shared_days(one.window, other.window)
            if shared is not None:
                yield Found("relief-overlap", (one.id, other.id), days_told(shared))
        for first, end in holes_between([relief.window for relief in versions]):
            words = {"series": series, "first": f"{first}", "last": f"{end - ONE_DAY}"}
            yield Found("relief-gap", (item.id, series), words)


def days_told(shared: tuple[object, object]) -> dict[str, str | Text]:
    """Give the words for the first and last day that two windows share."""
    first, last = shared
    return {
        "first": UNKNOWN if first is None else f"{first}",
        "last": OPEN if last is None else f"{last}",
    }


def _touches(relief: Relief, line: Line, catalog: Catalog) -> bool:
    """Say whether a relief can hold for a line: on some day, in some place, in some case."""
    if relief.lines and line.id not in relief.lines:
        return False
    met = relief.place is None or places_meet(relief.place, line.place, catalog.places)
    if not met or shared_days(relief.window, line.window) is None:
        return False
    return can_hold_together(relief.when, line.applies_when, catalog.facts)


def _where_both_hold(one: Relief, other: Relief, item: FeeItem, catalog: Catalog) -> str | None:
    """Name a line for which two reliefs may both hold and both change what is left.

    An exemption stands over a reduction of the same thing, so it needs no order;
    versions of one relief are told as overlaps.
    """
    first = any(relief.effect in ("exempt", "not_charged_twice") for relief in (one, other))
    if first or one.series == other.series or shared_days(one.window, other.window) is None:
        return None
    if not can_hold_together(one.when, other.when, catalog.facts):
        return None
    places = (one.place or NATION, other.place or NATION)
    if NATION not in places and not places_meet(*places, catalog.places):
        return None
    for line in item.lines:
        if _touches(one, line, catalog) and _touches(other, line, catalog):
            return line.id
    return None
