"""What touches the lines of an item: reliefs, dated events, alternatives, declared holes."""

import re
from decimal import Decimal

from feeledger.catalog.faulting import list_names
from feeledger.catalog.items import Alternatives, Event, NoRate, Relief, Window
from feeledger.catalog.reader_parts import (
    ONE_DAY,
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
from feeledger.catalog.values import Section, Value

RELIEF_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(@-?[0-9]{4})?")
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
EFFECTS = ("exempt", "multiply", "not_charged_twice", "unknown_reduction")


def read_relief(value: Value, known: Known, item: str) -> Relief:
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


def read_event(value: Value, known: Known) -> Event:
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


def read_alternatives(value: Value, known: Known, item: str) -> Alternatives:
    """Read one group of lines that price the same thing in different classes."""
    section = value.section()
    lines, fact = section.need("lines"), section.maybe("class_fact")
    name = fact.listed(known.facts, "fact-unknown")
    found = Alternatives(
        by=section.need("by").pair(),
        lines=_read_line_names(lines, item, "grouped line"),
        class_fact=name or None,
        classes=_read_classes(section, known, name, item),
    )
    found_lines = "/".join(found.lines)
    value.findings.mark("alternatives", f"{item}/{found_lines}", value.spot)
    if name and known.facts and not known.facts[name].class_fact:
        fact.refuse("class-fact-plain", name)
    section.close()
    return found


def _read_line_names(value: Value, owner: str, kind: str = "named line") -> tuple[str, ...]:
    """Read names of lines and mark where each stands; they are judged with the whole item."""
    found = []
    for each in value.each():
        found.append(each.text())
        key = f"{owner}/{found[-1]}"
        again = (kind, key) in value.findings.ids
        value.findings.mark(f"{kind} again" if again else kind, key, each.spot)
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
                "enum-value-unknown", key, fact=name, near="", known=list_names(fact.values)
            )
        pairs += [(key, line) for line in _read_line_names(listed, item)]
    return tuple(pairs)


def read_no_rate(value: Value, item: str) -> NoRate:
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
