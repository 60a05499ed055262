"""Items of a catalog file and their lines."""

import re
from decimal import Decimal
from typing import get_args

from feeledger.catalog.items import (
    Adjustment,
    Category,
    CollectedBy,
    FeeItem,
    Line,
    Rounding,
)
from feeledger.catalog.reader_parts import (
    SLUG,
    Known,
    read_basis,
    read_condition,
    read_confidence,
    read_document,
    read_note,
    read_sources,
    read_window,
)
from feeledger.catalog.reader_rates import read_rate
from feeledger.catalog.reader_reliefs import (
    read_alternatives,
    read_event,
    read_no_rate,
    read_relief,
)
from feeledger.catalog.values import Section, Value
from feeledger.errors import Text

LINE_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.(@-)?[a-z0-9]+(-[a-z0-9]+)*(@-?[a-z0-9]+)?")
SERIES_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*")
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
MARKED = ("collected_by", "category", "pricing", "status")


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
        reliefs=tuple(read_relief(e, known, name) for e in section.maybe("reliefs").each()),
        events=tuple(read_event(e, known) for e in section.maybe("events").each()),
        alternatives=tuple(
            read_alternatives(e, known, name) for e in section.maybe("alternatives").each()
        ),
        no_rate=tuple(read_no_rate(e, name) for e in section.maybe("no_rate").each()),
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
    priced = section.need("rate")
    rate = read_rate(priced, known)
    value.findings.mark("rate of line", name, priced.spot)
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
        adjustments=_read_adjustments(section.maybe("adjustments"), known),
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


def _read_adjustments(value: Value, known: Known) -> tuple[Adjustment, ...]:
    """Read the multipliers of a line; an id stands once, and none sets the line to zero."""
    found: list[Adjustment] = []
    for each in value.each():
        section = each.section()
        written = section.need("id")
        name = written.name(SLUG)
        if name and name in (before.id for before in found):
            written.refuse("entry-duplicate", name)
        when = read_condition(section.need("when"), known)
        multiply = section.need("multiply").amount(SMALLEST_STEP, MULTIPLY_HIGH)
        found.append(Adjustment(name, when, multiply))
        section.close()
    return tuple(found)
