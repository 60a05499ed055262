"""Which lines of the catalog answer a request: by what was asked, day, place and class.

Catalog rules 1 to 4 and 7: windows, ends of items, places, alternatives.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from feeledger.assessment.intake import nearest, shown
from feeledger.assessment.outcomes import Given, Request, RequestFault
from feeledger.catalog.items import Alternatives, Event, FeeItem, NoRate
from feeledger.catalog.plan import LinePlan, Plan, ReliefPlan
from feeledger.catalog.rates import Coefficient
from feeledger.errors import Text


@dataclass(frozen=True, slots=True)
class Selected:
    """What of one asked item answers: an ending, or lines in force, or why there is none.

    ``aside`` are lines that were named but do not hold, each with the reason. ``elsewhere`` are
    versions that are over here while a later one of the same price holds in other places only.
    """

    item: FeeItem
    live: tuple[LinePlan, ...] = ()
    aside: tuple[tuple[LinePlan, str], ...] = ()
    elsewhere: tuple[LinePlan, ...] = ()
    ending: Event | None = None
    none_reason: str = ""
    hole: NoRate | None = None


def request_faults(plan: Plan, request: Request) -> list[RequestFault]:
    """List what is wrong with the place and the ids of a request."""
    faults = []
    region = request.region
    if len(region) != 6 or not (region.isascii() and region.isdigit()):  # noqa: PLR2004
        faults.append(
            RequestFault(
                "region-malformed",
                "region",
                shown(region),
                Text(
                    f"区划代码“{shown(region)}”须为六位数字，如 130184",
                    f'the region "{shown(region)}" must be six digits such as 130184',
                ),
            )
        )
    faults += _unknown_ids("items", request.items, plan.by_item)
    faults += _unknown_ids("lines", request.lines, plan.lines)
    return faults


def _unknown_ids(
    field: str, asked: Iterable[str], known: Mapping[str, object]
) -> list[RequestFault]:
    what = Text("项目", "item") if field == "items" else Text("收费标准", "line")
    faults = []
    for name in asked:
        if name not in known:
            near = nearest(name, known)
            faults.append(
                RequestFault(
                    "unknown-item" if field == "items" else "unknown-line",
                    field,
                    shown(name),
                    Text(
                        f"目录中没有{what.zh}“{shown(name)}”{near.zh}",
                        f'the catalog has no {what.en} "{shown(name)}"{near.en}',
                    ),
                )
            )
    return faults


@dataclass(frozen=True, slots=True)
class Scope:
    """What a question of one day, place and choice looks at, whatever the facts.

    ``reliefs`` are those in force, by line; ``needed`` the facts the lines in force read,
    ``divides`` those that divide, ``coefficients`` those limited to values.
    """

    selected: tuple[Selected, ...]
    reliefs: Mapping[str, tuple[ReliefPlan, ...]]
    needed: frozenset[str]
    divides: frozenset[str]
    coefficients: tuple[tuple[LinePlan, Coefficient], ...]


def scope_of(plan: Plan, request: Request) -> Scope:
    """Pick the lines of a request with the reliefs in force and the facts they read."""
    return _scope(plan, request.on, request.region, tuple(request.items), tuple(request.lines))


@lru_cache(maxsize=64)
def _scope(
    plan: Plan, on: date, region: str, items: tuple[str, ...], lines: tuple[str, ...]
) -> Scope:
    request = Request(None, on, region, items, lines)
    selected = tuple(select_lines(plan, request))
    live = [line for each in selected for line in each.live]
    reliefs = {line.line.id: active_reliefs(line, request) for line in live}
    active = [relief for each in reliefs.values() for relief in each]
    reading: list[LinePlan | ReliefPlan] = [*live, *active]
    classes = {group.class_fact for line in live for group in line.groups if group.class_fact}
    conditions = (line.line.applies_when for each in selected for line in each.elsewhere)
    tested = {test.fact for each in conditions if each is not None for test in each.tests}
    return Scope(
        selected,
        reliefs,
        frozenset(classes | tested).union(*(each.facts for each in reading)),
        frozenset().union(*(each.divides for each in reading)),
        tuple((line, each) for line in live for each in line.coefficients if each.values),
    )


def select_lines(plan: Plan, request: Request) -> list[Selected]:
    """Pick, for each asked item in catalog order, the lines that answer on the day and place.

    Without items and lines every item is asked that has a line for the region.
    """
    everything = not request.items and not request.lines
    items = set(request.items)
    named: dict[str, set[str]] = {}
    for line_id in request.lines:
        named.setdefault(plan.lines[line_id].item.id, set()).add(line_id)
    selected = []
    for item_id, lines in plan.by_item.items():
        if everything:
            scope = [line for line in lines if line.place.covers(request.region)]
            if scope:
                selected.append(_selected(scope, set(), request, lines))
        elif item_id in items or item_id in named:
            scope = [line for line in lines if item_id in items or line.line.id in named[item_id]]
            selected.append(_selected(scope, named.get(item_id, set()), request, lines))
    return selected


def _selected(
    scope: list[LinePlan],
    named: set[str],
    request: Request,
    siblings: tuple[LinePlan, ...],
) -> Selected:
    """Judge the lines in scope; ``siblings`` are all lines of the item."""
    item = scope[0].item
    ending = item.ending(request.on)
    if ending is not None:
        return Selected(item, ending=ending)
    placed = [line for line in scope if _reaches(line, request.region)]
    live = tuple(line for line in placed if line.line.window.covers(request.on))
    aside = tuple(
        (line, _aside_reason(line, request))
        for line in scope
        if line.line.id in named and line not in live
    )
    if live or (aside and (not placed or _any_live(siblings, request))):
        elsewhere = _lives_elsewhere(scope, siblings, request)
        return Selected(item, live=live, aside=aside, elsewhere=elsewhere)
    if not placed and any(line.line.window.covers(request.on) for line in scope):
        return Selected(item, none_reason="outside_place")
    known = placed or scope  # rule 3 needs no place: in force nowhere is in force here neither
    hole = _declared_hole(known, request.on)
    return Selected(item, none_reason=_why_none(item, known, request.on), hole=hole)


def _reaches(line: LinePlan, region: str) -> bool:
    """Say whether an asked line holds for a region in, under or above its place (rule 4)."""
    return line.place.covers(region) or line.place.lies_below(region)


def _any_live(lines: Iterable[LinePlan], request: Request) -> bool:
    return any(
        _reaches(line, request.region) and line.line.window.covers(request.on) for line in lines
    )


def _lives_elsewhere(
    scope: list[LinePlan], siblings: tuple[LinePlan, ...], request: Request
) -> tuple[LinePlan, ...]:
    """Give the last versions of prices that held here, and now hold in other places only."""
    found = []
    for series in dict.fromkeys(line.line.series for line in scope):
        versions = [line for line in siblings if line.line.series == series]
        over = [line for line in versions if _is_over(line, request)]
        live = any(line.line.window.covers(request.on) for line in versions)
        if over and live and not _any_live(versions, request):
            found.append(max(over, key=lambda line: line.line.window.end or request.on))
    return tuple(found)


def _is_over(line: LinePlan, request: Request) -> bool:
    end = line.line.window.end
    return end is not None and end <= request.on and line.place.covers(request.region)


def _aside_reason(line: LinePlan, request: Request) -> str:
    if not _reaches(line, request.region):
        return "outside_place"
    first = line.line.window.first
    return "not_yet_begun" if first is not None and request.on < first else "version_over"


def _why_none(item: FeeItem, lines: list[LinePlan], day: date) -> str:
    """Say why an item that has not ended has no line in force (rule 3)."""
    firsts = [line.line.window.first for line in lines]
    if all(first is not None and day < first for first in firsts):
        return "not_yet_begun"
    released = any(event.kind == "released_to_market" for event in item.events)
    later = any(first is not None and day < first for first in firsts)
    market = item.status == "market_priced" or released
    return "market_price" if market and not later else "lapsed"


def _declared_hole(lines: list[LinePlan], day: date) -> NoRate | None:
    series = {line.line.series for line in lines}
    return next(
        (
            hole
            for hole in lines[0].item.no_rate
            if hole.series in series and hole.window.covers(day)
        ),
        None,
    )


def active_reliefs(line: LinePlan, request: Request) -> tuple[ReliefPlan, ...]:
    """Give the reliefs of a line that are in their window and place."""
    return tuple(
        each
        for each in line.reliefs
        if each.relief.window.covers(request.on)
        and (each.place is None or each.place.covers(request.region))
    )


def class_chosen(
    line: LinePlan, request: Request, given: Mapping[str, Given]
) -> tuple[bool | None, str]:
    """Say whether the caller or a class fact chose the line: True, False, or None for nobody.

    The second value says by what. A line that belongs to no alternatives is always chosen.
    """
    verdicts = [_chosen_in(group, line.line.id, request, given) for group in line.groups]
    if any(chosen is False for chosen, _ in verdicts):
        return False, "other_class"
    unsure = any(chosen is None for chosen, _ in verdicts)
    return (None if unsure else True), "".join(by for _, by in verdicts[:1])


def _chosen_in(
    group: Alternatives, line_id: str, request: Request, given: Mapping[str, Given]
) -> tuple[bool | None, str]:
    named = set(request.lines) & set(group.lines)
    if named:
        if line_id not in named:
            return False, "line"
        return (True if len(named) == 1 else None), "line"
    taken = given.get(group.class_fact or "")
    if taken is None or all(value != taken.value for value, _ in group.classes):
        return None, ""  # a class that this group does not price chooses nothing in it
    return (taken.value, line_id) in group.classes, group.class_fact or ""


def unpriced_class(
    plan: Plan, selected: Selected, request: Request, given: Mapping[str, Given]
) -> Selected | None:
    """Say why the class that was given has no line in force though others have; else nothing."""
    if not selected.item.alternatives:
        return None
    groups = list(dict.fromkeys(group for line in selected.live for group in line.groups))
    live = {line.line.series for line in selected.live}
    for fact in dict.fromkeys(group.class_fact for group in groups):
        taken = given.get(fact or "")
        if taken is None or _named_within(groups, request):
            continue
        chosen = [
            plan.lines[line_id]
            for group in selected.item.alternatives
            if group.class_fact == fact
            for value, line_id in group.classes
            if value == taken.value
        ]
        if not live.intersection(line.line.series for line in chosen):
            return _unpriced(selected.item, chosen, request)
    return None


def _named_within(groups: Iterable[Alternatives], request: Request) -> bool:
    return any(set(request.lines) & set(group.lines) for group in groups)


def _unpriced(item: FeeItem, chosen: list[LinePlan], request: Request) -> Selected:
    placed = [line for line in chosen if _reaches(line, request.region)]
    if not placed:
        return Selected(item, none_reason="not_established")
    hole = _declared_hole(placed, request.on)
    reason = "lapsed" if hole is not None else _why_none(item, placed, request.on)
    return Selected(item, none_reason=reason, hole=hole)
