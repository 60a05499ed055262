"""The tables of an edition: sources, documents, places and facts, each in its own file."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeVar, get_args

from feeledger.catalog.items import Document, Fact, FactType, Place, Source, SourceText
from feeledger.catalog.reader_parts import (
    FACT_NAME,
    NUMBER_TYPES,
    SLUG,
    Known,
    read_note,
    read_sources,
)
from feeledger.catalog.values import AMOUNT_HIGH, Findings, Section, Value
from feeledger.codes import spans_of_division
from feeledger.documents import judge_document_number
from feeledger.errors import Text

ADDRESS = re.compile(
    r"https?://(?:[a-z0-9-]+\.)+(?:(?P<official>(?<=\.gov\.)cn)|[a-z]{2,})(?::[0-9]+)?(?:/[!-~]*)?"
)
ENUM_VALUE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
NATION = "000000"
NUMBER_STATUSES = ("seen", "inferred", "title_only")
PLACE_BASES = ("seen", "inferred", "recalled")
SUPPLIERS = ("enterprise", "department", "register")
DECIMALS_MAX = Decimal(6)
SMALLEST = Decimal("0.000001")


Row = TypeVar("Row")


def read_table(
    value: Value, kind: str, read: Callable[[Section], tuple[str, Row]]
) -> dict[str, Row]:
    """Read a list of entries into a mapping by id; a taken id is refused and the first stays."""
    found: dict[str, Row] = {}
    for each in value.each():
        section = each.section()
        name, row = read(section)
        section.close()
        if name and each.findings.claim(kind, name, each.spot):
            found[name] = row
    return found


def read_source(section: Section) -> tuple[str, SourceText]:
    """Read one source; an address not known is left out."""
    name = section.need("id").name(SLUG)
    kind = section.need("kind").choice(get_args(Source))
    url, what = _read_address(section.maybe("url"), kind), section.need("what").pair()
    chosen: Source = next(each for each in get_args(Source) if each == kind)
    return name, SourceText(name, chosen, url, what)


def _read_address(value: Value, kind: str) -> str:
    """Read a web address; those of a government are linked, so they must be one's."""
    address = value.text()
    found = ADDRESS.fullmatch(address)
    if address and (found is None or (kind == "government" and not found["official"])):
        value.refuse("source-address", address)
    return address


def read_document_row(section: Section, known: Known) -> tuple[str, Document]:
    """Read one document; its key is the number as printed, or a title."""
    key = section.need("key")
    irregular = section.maybe("irregular").flag()
    found = Document(
        key=key.text(),
        title=section.need("title").pair(),
        seen_in=read_sources(section.maybe("seen_in"), known),
        number_status=section.need("number").choice(NUMBER_STATUSES),
        irregular=irregular,
        issued=section.maybe("issued").day(),
        effective=section.maybe("effective").day(),
        note=read_note(section),
    )
    if found.key:
        _judge_number(key, found.key, irregular=irregular)
    return found.key, found


def _judge_number(value: Value, key: str, *, irregular: bool) -> None:
    """Hold a key against R-V7; an old printed form must say that it is irregular."""
    sound = judge_document_number(key).sound
    if not sound and not irregular:
        value.refuse("document-number", key)
    elif sound and irregular:
        value.refuse("document-regular", key)


def judge_twins(documents: Mapping[str, Document], findings: Findings) -> None:
    """Refuse two documents whose numbers differ by their brackets only (R-V7)."""
    seen: dict[str, str] = {}
    for key in documents:
        normal = judge_document_number(key).value or key
        other = seen.setdefault(normal, key)
        if other != key:
            spot = findings.spot("document", key)
            findings.refuse("document-twin", spot, key, other=other)


def read_place(section: Section) -> tuple[str, Place]:
    """Read one place and the division codes it stands for."""
    name = section.need("name").text()
    codes = section.need("codes")
    found = Place(
        name=name,
        codes=codes.distinct(_read_division(each) for each in codes.each()),
        label_en=section.need("label_en").text(),
        basis=section.need("basis").choice(PLACE_BASES),
        note=read_note(section),
    )
    return name, found


def _read_division(value: Value) -> str:
    """Read a division code that is or once was issued; 000000 is the nation."""
    code = value.text()
    if code and code != NATION and not spans_of_division(code):
        value.refuse("region-unknown", code)
        return ""
    return code


def read_bounds(value: Value) -> dict[str, tuple[Decimal, Decimal, int]]:
    """Read the bounds that facts of each numeric type have where they name none."""
    section = value.section()
    found = {kind: _read_default(section.need(kind)) for kind in NUMBER_TYPES}
    section.close()
    return found


def _read_default(value: Value) -> tuple[Decimal, Decimal, int]:
    section = value.section()
    low, high = section.need("low").amount(), section.need("high").amount()
    decimals = int(section.need("decimals").amount(high=DECIMALS_MAX))
    section.close()
    _judge_bounds(value, low, high)
    return low, high, decimals


def _judge_bounds(value: Value, low: Decimal, high: Decimal) -> None:
    if low > high and not value.void:
        value.refuse("bounds-backwards", low=f"{low:f}", high=f"{high:f}")


def read_fact_row(
    section: Section, bounds: Mapping[str, tuple[Decimal, Decimal, int]]
) -> tuple[str, Fact]:
    """Read one fact; a number has the bounds of its type unless it names its own."""
    name = section.need("name").name(FACT_NAME)
    kind = section.need("type").choice(get_args(FactType))
    chosen: FactType = next(each for each in get_args(FactType) if each == kind)
    low, high, decimals = bounds.get(kind, (Decimal(0), Decimal(1), 0))
    values, labels = _read_values(section, kind, name)
    found = Fact(
        name=name,
        type=chosen,
        unit=section.maybe("unit").text(),
        label=section.need("label").pair(),
        low=section.maybe("low").number(-AMOUNT_HIGH) or low,
        high=section.maybe("high").number(-AMOUNT_HIGH) or high,
        decimals=decimals,
        divisor_low=section.maybe("divisor_low").number(SMALLEST),
        values=values,
        value_labels=labels,
        derived=_read_derived(section, name),
        supplied_by=section.need("supplied_by").choice(SUPPLIERS),
        class_fact=section.maybe("class_fact").flag(),
    )
    if found.class_fact and found.type != "enum":
        section.need("class_fact").refuse("class-fact-not-enum", name)
    if found.low > found.high:
        section.findings.refuse(
            "bounds-backwards", section.spot, low=f"{found.low:f}", high=f"{found.high:f}"
        )
    return name, found


def _read_values(
    section: Section, kind: str, name: str
) -> tuple[tuple[str, ...], tuple[Text, ...]]:
    """Read the values of an enum and their labels; no other type has any."""
    if section.has("values") != (kind == "enum") and not section.void:
        section.findings.refuse("values-mismatch", section.spot, name)
    listed = section.maybe("values")
    rows = []
    for each in listed.each():
        inner = each.section()
        rows.append((inner.need("value").name(ENUM_VALUE), inner.need("label").pair()))
        inner.close()
    listed.distinct(value for value, _ in rows)
    return tuple(value for value, _ in rows), tuple(label for _, label in rows)


def _read_derived(section: Section, name: str) -> tuple[str, str] | None:
    """Read what a fact is derived from: numerator and denominator."""
    if not section.has("derived"):
        return None
    value = section.need("derived")
    section.findings.mark("derived", name, value.spot)
    inner = value.section()
    parts = inner.need("numerator").text(), inner.need("denominator").text()
    inner.close()
    return parts


def judge_derived(facts: Mapping[str, Fact], findings: Findings) -> None:
    """Refuse a derived fact whose parts are no numbers, or may lie below zero."""
    for fact in facts.values():
        if fact.derived is None:
            continue
        spot = findings.spot_within("derived", fact.name, findings.spot("fact", fact.name))
        parts = [facts.get(part) for part in fact.derived]
        if any(
            part is None
            or part.type not in NUMBER_TYPES
            or part.derived is not None
            or part.low < 0
            for part in parts
        ):
            findings.refuse("derived-malformed", spot, fact.name)
