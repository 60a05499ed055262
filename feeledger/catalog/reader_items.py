"""Items of a catalog file: their lines, reliefs, events, alternatives and declared holes."""

import re
from decimal import Decimal
from typing import get_args

from feeledger.catalog.items import (
    Adjustment,
    Alternatives,
    Category,
    CollectedBy,
    Event,
    FeeItem,
    Line,
    NoRate,
    Relief,
    Rounding,
    Window,
)
from feeledger.catalog.reader_parts import (
    ONE_DAY,
    SLUG,
    Known,
    read_basis,
    read_condition,
    read_confidence,
    read_document,
    read_level,
    read_note,
    read_sources,
    read_window,
)
from feeledger.catalog.reader_rates import read_rate
from feeledger.catalog.values import Section, Value
from feeledger.errors import Text

LINE_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.(@-)?[a-z0-9]+(-[a-z0-9]+)*(@-?[a-z0-9]+)?")
SERIES_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*")
RELIEF_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(@-?[0-9]{4})?")
WIRE_CODE = re.compile(r"X[0-9]{4}")
STATUSES = (
    "in_force",
    "cancelled",
    "suspended",
    "rate_zero",
    "exempt_for_all",
    "converted_to_tax",
    "market_priced",
    "superseded",
    "lapsed",
    "unknown_after_2015",
    "unknown_after_2018",
)
PERIODS = (
    "per_event",
    "monthly",
    "quarterly",
    "quarterly_or_monthly",
    "semi_annual_or_as_set",
    "annual",
    "daily",
    "per_shipment",
    "as_extracted",
    "as_collected",
)
FUND_BASES = ("seen", "inferred", "not_seen", "not_applicable")
COLLECTED_BASES = ("seen", "inferred")
PRICINGS = ("government_set", "government_guided", "government_floor", "industry_reference")
EVENT_KINDS = (
    "cancelled",
    "cancelled_or_suspended",
    "suspended",
    "stopped",
    "exempt_all",
    "rate_set_to_zero",
    "merged_and_stopped",
    "converted_to_tax",
    "superseded_by",
    "government_pricing_ended",
    "released_to_market",
    "exempt_small_enterprises",
    "scheduled_but_never_applied",
)
MARKED = ("collected_by", "category", "pricing", "status")
EFFECTS = ("exempt", "multiply", "not_charged_twice", "unknown_reduction")


def read_item(value: Value, known: Known) -> FeeItem | None:
    """Read one item; None where not even its id can be told."""
    section, before = value.section(), len(value.findings.faults)
    name = section.need("id").name(SLUG)
    wire = section.need("wire_code")
    code = wire.name(WIRE_CODE)
    if name:
        value.findings.claim("item", name, section.need("id").spot)
    if code:
        value.findings.claim("wire", code, wire.spot, "wire-code-duplicate")
    item = _read_body(section, known, name, code)
    section.close()
    if len(value.findings.faults) == before:
        value.findings.mark("sound item", name, value.spot)
    return item if name else None


def _read_body(section: Section, known: Known, name: str, code: str) -> FeeItem:
    """Read everything of an item but its id and code."""
    funds = section.need("funds").section()
    for key in MARKED:
        if name and section.has(key):
            section.findings.mark(key, name, section.need(key).spot)
    aliases = section.maybe("aliases")
    collected: CollectedBy = section.need("collected_by").choice(get_args(CollectedBy))  # type: ignore[assignment]
    category: Category = section.need("category").choice(get_args(Category))  # type: ignore[assignment]
    pricing = section.maybe("pricing")
    lines = tuple(read_line(each, known, name) for each in section.need("lines").each())
    item = FeeItem(
        id=name,
        name=section.need("name").pair(),
        category=category,
        department=section.need("department").pair(),
        collected_by=collected,
        collected_by_basis=section.need("collected_by_basis").choice(COLLECTED_BASES),
        funds=Text(funds.need("zh").text(), funds.need("en").text()),
        funds_basis=funds.need("basis").choice(FUND_BASES),
        status=section.need("status").choice(STATUSES),
        wire_code=code,
        basis=read_basis(section, known),
        lines=lines,
        reliefs=tuple(_read_relief(e, known, name) for e in section.maybe("reliefs").each()),
        events=tuple(_read_event(e, known) for e in section.maybe("events").each()),
        alternatives=tuple(
            _read_alternatives(e, known, name) for e in section.maybe("alternatives").each()
        ),
        no_rate=tuple(_read_no_rate(e, name) for e in section.maybe("no_rate").each()),
        pricing="" if pricing.void else pricing.choice(PRICINGS),
        aliases=aliases.distinct(each.text() for each in aliases.each()),
        note=read_note(section),
    )
    funds.close()
    return item


def read_line(value: Value, known: Known, item: str) -> Line:
    """Read one published price in one version."""
    section = value.section()
    written = section.need("id")
    name = written.name(LINE_ID)
    if name:
        value.findings.claim("line", name, written.spot)
    rate = read_rate(section.need("rate"), known)
    window = read_window(section, "line", name)
    applies = section.maybe("applies_when")
    size = section.maybe("round_quantity_up_to")
    provisional, document = _read_provisional(section, known)
    line = Line(
        id=name,
        series=_read_series(section, name),
        item=item,
        name=section.need("name").pair(),
        place=section.need("place").listed(known.places, "place-unknown"),
        window=window,
        period=section.need("period").choice(PERIODS),
        rate=rate,
        standard=section.need("standard").text(),
        basis=read_basis(section, known),
        confidence=read_confidence(section),
        applies_when=None if applies.void else read_condition(applies, known),
        rounding=None if size.void else Rounding(size.amount(SMALLEST_STEP)),
        adjustments=tuple(_read_adjustment(e, known) for e in section.maybe("adjustments").each()),
        provisional=provisional,
        provisional_document=document,
        sources=read_sources(section.need("sources"), known),
    )
    section.close()
    return line


SMALLEST_STEP = Decimal("0.000001")
MULTIPLY_HIGH = Decimal(100)


def _read_series(section: Section, line: str) -> str:
    """Read the series of a line; without one it is the id before the version."""
    value = section.maybe("series")
    section.findings.mark("series", line, value.spot)
    return line.partition("@")[0].rstrip(".") if value.void else value.name(SERIES_ID)


def _read_provisional(section: Section, known: Known) -> tuple[bool, str | None]:
    """Read ``provisional`` {document}: the price stands until a new one is published."""
    if not section.has("provisional"):
        return False, None
    inner = section.need("provisional").section()
    document = read_document(inner.need("document"), known)
    inner.close()
    return True, document or None


def _read_adjustment(value: Value, known: Known) -> Adjustment:
    section = value.section()
    found = Adjustment(
        section.need("id").name(SLUG),
        read_condition(section.need("when"), known),
        section.need("multiply").amount(high=MULTIPLY_HIGH),
    )
    section.close()
    return found


def _read_relief(value: Value, known: Known, item: str) -> Relief:
    """Read one exemption or reduction."""
    section = value.section()
    written, effect = section.need("id"), section.need("effect").choice(EFFECTS)
    name, lines, place = written.name(RELIEF_ID), section.maybe("lines"), section.maybe("place")
    if name:
        value.findings.claim("relief", name, written.spot)
    window = read_window(section, "relief", name)
    covers = section.maybe("covers")
    value.findings.mark("covers", name, covers.spot)
    relief = Relief(
        id=name,
        series=name.partition("@")[0],
        item=item,
        effect=effect,  # type: ignore[arg-type]
        when=read_condition(section.need("when"), known),
        window=window,
        basis=read_basis(section, known),
        confidence=read_confidence(section),
        factor=_read_factor(section, effect),
        base_only=not covers.void and covers.choice(("base_amount",)) == "base_amount",
        lines=_read_line_names(lines, name),
        place=None if place.void else place.listed(known.places, "place-unknown"),
        sources=read_sources(section.need("sources"), known),
    )
    section.close()
    return relief


def _read_factor(section: Section, effect: str) -> Decimal | None:
    """Read the factor of a multiply, which no other effect has."""
    factor = section.maybe("factor").number(high=Decimal(1))
    if section.has("factor") != (effect == "multiply") and not section.void:
        section.need("effect").refuse("factor-misplaced")
    return factor


def _read_event(value: Value, known: Known) -> Event:
    """Read one dated change of the whole item; ``on: unknown`` closes nothing."""
    section = value.section()
    day, document = section.need("day"), section.maybe("document")
    if not section.void and section.has("document") == section.has("unseen"):
        value.refuse("basis-double" if section.has("unseen") else "basis-missing")
    event = Event(
        kind=section.need("kind").choice(EVENT_KINDS),
        day=None if day.is_word("unknown") else day.day(),
        document=read_document(document, known) or None,
        sources=read_sources(section.need("sources"), known),
        confidence=read_level(section),
        unseen=section.maybe("unseen").pair() if section.has("unseen") else None,
        note=read_note(section),
        announced_on=section.maybe("announced_on").day(),
    )
    section.close()
    return event


def _read_alternatives(value: Value, known: Known, item: str) -> Alternatives:
    """Read one group of lines that price the same thing in different classes."""
    section = value.section()
    lines, fact = section.need("lines"), section.maybe("class_fact")
    name = fact.listed(known.facts, "fact-unknown")
    found = Alternatives(
        by=section.need("by").pair(),
        lines=_read_line_names(lines, item),
        class_fact=name or None,
        classes=_read_classes(section, known, name, item),
    )
    found_lines = "/".join(found.lines)
    value.findings.mark("alternatives", f"{item}/{found_lines}", value.spot)
    if name and known.facts and not known.facts[name].class_fact:
        fact.refuse("class-fact-plain", name)
    section.close()
    return found


def _read_line_names(value: Value, owner: str) -> tuple[str, ...]:
    """Read names of lines and mark where each stands; they are judged with the whole item."""
    found = []
    for each in value.each():
        found.append(each.text())
        value.findings.mark("named line", f"{owner}/{found[-1]}", each.spot)
    return value.distinct(found)


def _read_classes(
    section: Section, known: Known, name: str, item: str
) -> tuple[tuple[str, str], ...]:
    """Read which values of the class fact choose which lines."""
    if not section.has("class_fact"):
        return ()
    inner = section.need("classes").section()
    fact = (known.facts or {}).get(name)
    pairs = []
    for key in list(inner.entries):
        listed = inner.need(key)
        if fact is not None and key not in fact.values:
            listed.refuse(
                "enum-value-unknown", key, fact=name, near="", known="、".join(fact.values)
            )
        pairs += [(key, line) for line in _read_line_names(listed, item)]
    return tuple(pairs)


def _read_no_rate(value: Value, item: str) -> NoRate:
    """Read one declared hole of a series: both days count."""
    section = value.section()
    begin, last = section.need("from").day(), section.need("to").day()
    name = section.need("series").text()
    value.findings.claim("hole", f"{item}/{name}/{begin}", value.spot)
    found = NoRate(
        series=name,
        window=Window(begin, None if last is None else last + ONE_DAY),
        why=section.need("why").pair(),
    )
    section.close()
    return found
