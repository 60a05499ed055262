"""What must hold within one item once it is read: windows, classes, statuses, who collects."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import combinations

from feeledger.catalog.faulting import Spot, list_names
from feeledger.catalog.items import Alternatives, FeeItem, Line, Place, Relief, Window
from feeledger.catalog.rates import BasePlusExcess, Free, NotEstablished
from feeledger.catalog.reader_parts import ONE_DAY, Known
from feeledger.catalog.values import Findings
from feeledger.errors import Text

# Statuses that say an item was ended: a dated event must say so too.
ENDED_STATUSES = frozenset(
    {"cancelled", "suspended", "rate_zero", "exempt_for_all", "converted_to_tax"}
)
UNKNOWN = Text("未知", "an unknown day")
OPEN = Text("今后", "ever after")


def judge_items(items: Sequence[FeeItem], known: Known, findings: Findings) -> None:
    """Judge every item of an edition; faults stand at the lines of what they are about."""
    owners = {line.id: item.id for item in items for line in item.lines}
    for item in items:
        _judge_collector(item, findings)
        _judge_status(item, findings)
        _judge_series(item, known.places or {}, findings)
        for relief in item.reliefs:
            _judge_relief(relief, item, owners, findings)
        _judge_relief_windows(item, findings)
        _judge_alternatives(item, owners, findings)


def _judge_collector(item: FeeItem, findings: Findings) -> None:
    """Operating service charges, and they alone, are collected by a seller and priced."""
    around = findings.spot("item", item.id)
    spot = findings.spot_within("collected_by", item.id, around)
    service = item.category == "operating_service"
    if service and item.collected_by != "seller":
        findings.refuse("service-payable", spot, item.collected_by)
    if not service and item.collected_by == "seller":
        findings.refuse("seller-not-service", spot, item.category)
    if service != bool(item.pricing):
        category = findings.spot_within("category", item.id, around)
        spot = findings.spot_within("pricing", item.id, category)
        findings.refuse("pricing-misplaced", spot, item.pricing)


def _judge_status(item: FeeItem, findings: Findings) -> None:
    """Hold the status against the dated events."""
    spot = findings.spot_within("status", item.id, findings.spot("item", item.id))
    ending = next((event for event in item.events if event.ends), None)
    if item.status in ENDED_STATUSES and ending is None:
        findings.refuse("status-without-event", spot, item.status)
    if item.status in ("in_force", "lapsed") and ending is not None:
        findings.refuse("status-contradicted", spot, item.status, day=f"{ending.day}")


def _judge_series(item: FeeItem, places: Mapping[str, Place], findings: Findings) -> None:
    """Versions of one price never overlap in one place, and holes between them are declared."""
    holes: dict[str, list[tuple[date, date]]] = {}
    for series in dict.fromkeys(line.series for line in item.lines):
        members = [line for line in item.lines if line.series == series]
        versions = [line for line in members if ("window of line", line.id) in findings.ids]
        for one, other in combinations(versions, 2):
            if places_meet(one.place, other.place, places):
                _judge_overlap(one, other, "line", findings)
        if len(versions) == len(members):  # a window that cannot be read leaves no hole
            holes[series] = holes_between([line.window for line in versions])
        _judge_names(versions, findings)
    _judge_holes(item, holes, findings)


def _judge_names(versions: Iterable[Line], findings: Findings) -> None:
    """Refuse a series that does not begin with the slug of its lines."""
    for line in versions:
        if line.series.partition(".")[0] != line.id.partition(".")[0]:
            spot = findings.spot_within("series", line.id, findings.spot("line", line.id))
            findings.refuse("line-misnamed", spot, line.id, series=line.series)


def places_meet(one: str, other: str, places: Mapping[str, Place]) -> bool:
    """Say whether two places share a division; a place that is not known meets every other."""
    if one == other or one not in places or other not in places:
        return True
    here, there = places[one], places[other]
    return any(here.covers(code) for code in there.codes) or any(
        there.covers(code) for code in here.codes
    )


def _judge_overlap(one: Line | Relief, other: Line | Relief, kind: str, findings: Findings) -> None:
    """Refuse two windows that share a day, at the later one of the file."""
    shared = shared_days(one.window, other.window)
    if shared is None:
        return
    first, last = shared
    findings.refuse(
        "windows-overlap",
        findings.spot(f"window of {kind}", other.id),
        other.id,
        other=one.id,
        first=UNKNOWN if first is None else f"{first}",
        last=OPEN if last is None else f"{last}",
    )


def shared_days(one: Window, other: Window) -> tuple[date | None, date | None] | None:
    """Give the first and last day two windows share; None where they share no day."""
    firsts = [w.first for w in (one, other) if w.first is not None]
    ends = [w.end for w in (one, other) if w.end is not None]
    first, end = max(firsts, default=None), min(ends, default=None)
    if first is not None and end is not None and first >= end:
        return None
    return first, None if end is None else end - ONE_DAY


def holes_between(windows: Sequence[Window]) -> list[tuple[date, date]]:
    """Give the holes between versions: first day without a price, and the day after the last."""
    ordered = sorted(windows, key=lambda window: window.first or date.min)
    holes = []
    reach = ordered[0].end if ordered else None
    for window in ordered[1:]:
        if reach is None:
            break
        if window.first is not None and window.first > reach:
            holes.append((reach, window.first))
        reach = None if window.end is None else max(reach, window.end)
    return holes


def _judge_holes(
    item: FeeItem, holes: Mapping[str, list[tuple[date, date]]], findings: Findings
) -> None:
    """Every hole between two versions is declared, and nothing else is."""
    declared = {(each.series, each.window.begin, each.window.end) for each in item.no_rate}
    for series, found in holes.items():
        for begin, end in found:
            if (series, begin, end) not in declared:
                spot = _spot_of_version_after(item, series, end, findings)
                words = {"first": f"{begin}", "last": f"{end - ONE_DAY}"}
                findings.refuse("hole-undeclared", spot, series, series=series, **words)
    unread = {line.series for line in item.lines} - holes.keys()
    for each in (hole for hole in item.no_rate if hole.series not in unread):
        wanted = holes.get(each.series, [])
        window = each.window
        if (window.begin, window.end) not in wanted and window.begin and window.end:
            _refuse_hole(item, each.series, window, wanted, findings)


def _refuse_hole(
    item: FeeItem,
    series: str,
    window: Window,
    wanted: Sequence[tuple[date, date]],
    findings: Findings,
) -> None:
    """Tell a declared hole that is none."""
    spot = findings.spot("hole", f"{item.id}/{series}/{window.begin}")
    if not wanted:
        known = list_names(dict.fromkeys(line.series for line in item.lines))
        findings.refuse("hole-needless", spot, series, known=known)
        return
    first, end = wanted[0]
    words = {"first": f"{first}", "last": f"{end - ONE_DAY}"}
    findings.refuse("hole-mismatch", spot, series, **words)


def _spot_of_version_after(item: FeeItem, series: str, first: date, findings: Findings) -> Spot:
    """Give the place of the window that begins where a hole ends."""
    spot = findings.spot("item", item.id)
    for line in item.lines:
        if line.series == series and line.window.first == first:
            spot = findings.spot_within("window of line", line.id, spot)
    return spot


def _judge_relief_windows(item: FeeItem, findings: Findings) -> None:
    """Versions of one relief never overlap: they would reduce twice."""
    read = [x for x in item.reliefs if ("window of relief", x.id) in findings.ids]
    for one, other in combinations(read, 2):
        if one.series == other.series:
            _judge_overlap(one, other, "relief", findings)


def _judge_relief(
    relief: Relief, item: FeeItem, owners: Mapping[str, str], findings: Findings
) -> None:
    """Refuse a relief of foreign lines, or of a base amount where there is none."""
    if not relief.id:
        return
    spot = findings.spot("relief", relief.id)
    for name in relief.lines:
        around = findings.spot_within("named line", f"{relief.id}/{name}", spot)
        _judge_line_name(name, item, owners, around, findings)
    touched = [line for line in item.lines if not relief.lines or line.id in relief.lines]
    for line in touched if relief.base_only else ():
        if not isinstance(line.rate, BasePlusExcess | NotEstablished | Free):
            covers = findings.spot_within("covers", relief.id, spot)
            findings.refuse("base-only-misplaced", covers, line.id)


def _judge_line_name(
    name: str, item: FeeItem, owners: Mapping[str, str], spot: Spot, findings: Findings
) -> None:
    """Refuse a name that is no line of the item."""
    owner = owners.get(name)
    if owner is None:
        own = [line.id for line in item.lines]
        findings.refuse("line-unknown", spot, name, near=findings.nearest(name, own))
    elif owner != item.id:
        findings.refuse("line-foreign", spot, name, item=owner)


def _judge_alternatives(item: FeeItem, owners: Mapping[str, str], findings: Findings) -> None:
    """Refuse groups of one line, lines in two groups, classes that choose outside their group."""
    grouped: set[str] = set()
    for group in item.alternatives:
        spot = findings.spot("alternatives", f"{item.id}/{'/'.join(group.lines)}")
        for name in group.lines:
            around = findings.spot_within("grouped line", f"{item.id}/{name}", spot)
            _judge_line_name(name, item, owners, around, findings)
        if len(group.lines) == 1:
            findings.refuse("alternative-alone", spot, group.lines[0])
        for name in sorted(grouped.intersection(group.lines)):
            around = findings.spot_within("grouped line again", f"{item.id}/{name}", spot)
            findings.refuse("alternative-double", around, name)
        grouped.update(group.lines)
        _judge_classes(group, item, spot, findings)


def _judge_classes(group: Alternatives, item: FeeItem, spot: Spot, findings: Findings) -> None:
    """Every line of a group is chosen by a class, and classes choose lines of the group only."""
    if group.class_fact is None:
        return
    chosen = [line for _, line in group.classes]
    for line in group.lines:
        if line not in chosen:
            around = findings.spot_within("grouped line", f"{item.id}/{line}", spot)
            findings.refuse("alternative-unreachable", around, line)
    for line in chosen:
        if line not in group.lines:
            around = findings.spot_within("named line", f"{item.id}/{line}", spot)
            findings.refuse("line-unknown", around, line, near=findings.nearest(line, group.lines))
