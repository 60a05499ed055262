"""Worked examples of an edition: ``examples/*.yaml``, read as strictly as the catalog itself.

Each is one question with its answer and the arithmetic written out by hand. ``catalog check`` and
the tests run them; every line with a figure and every relief has at least one. They are no part
of an edition's hash.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from feeledger.catalog.faulting import Spot, list_names
from feeledger.catalog.items import Catalog, Fact
from feeledger.catalog.rates import Free, NotEstablished
from feeledger.catalog.reader import (
    Reading,
    is_folder,
    list_folder,
    ordered_faults,
    read_file_nodes,
)
from feeledger.catalog.values import Findings, Section, Value
from feeledger.codes import spans_of_division
from feeledger.errors import Fault

EXAMPLE_ID = re.compile(r"[a-z0-9][a-z0-9.@-]*")
MONEY = re.compile(r"(0|[1-9][0-9]*)\.[0-9]{2}")
PRICED = ("due", "reduced", "provisional", "exempt", "guided", "ceiling", "below_floor")
FIGURED = (*(each for each in PRICED if each != "exempt"), "range")
UNPRICED = ("not_applicable", "undetermined", "ended", "no_rate", "range")

FactValue = str | bool | Decimal


@dataclass(frozen=True, slots=True)
class Example:
    """One question and its answer.

    ``line`` is the line whose answer is compared; ``lines`` are those the question names.
    ``amount`` and the ends of ``allowed_range`` are two-decimal texts or None. ``needs`` None:
    not compared.
    """

    id: str
    line: str
    relief: str
    on: date
    region: str
    facts: Mapping[str, FactValue]
    outcome: str
    amount: str | None
    arithmetic: str
    lines: tuple[str, ...]
    needs: tuple[str, ...] | None
    allowed_range: tuple[str | None, str | None] | None
    spot: Spot


@dataclass(frozen=True, slots=True)
class Names:
    """What examples may name: facts, and the items of lines and reliefs; None is not known."""

    facts: Mapping[str, Fact] | None
    lines: Mapping[str, str] | None
    reliefs: Mapping[str, str] | None


def read_examples(
    directory: Path, catalog: Catalog
) -> tuple[tuple[Example, ...], tuple[Fault, ...]]:
    """Read the examples of an edition and judge that none is missing: examples, all faults."""
    findings = Findings()
    found = _read_folder(directory / "examples", _names_of(catalog), findings)
    _judge_coverage(found, catalog, findings)
    return tuple(found), ordered_faults(findings.faults)


def faults_beside(directory: Path, reading: Reading) -> tuple[Fault, ...]:
    """Give the faults of the examples of an edition that has faults of its own.

    They are not run, and what the edition leaves unknown is not held against them.
    """
    findings, names = Findings(), _names_of(reading.catalog)
    if not reading.items_followed:
        names = replace(names, lines=None, reliefs=None)
    if not reading.facts_followed:
        names = replace(names, facts=None)
    _read_folder(directory / "examples", names, findings)
    return ordered_faults(findings.faults)


def _names_of(catalog: Catalog) -> Names:
    items = catalog.items.values()
    return Names(
        facts=catalog.facts,
        lines={line.id: item.id for item in items for line in item.lines},
        reliefs={relief.id: item.id for item in items for relief in item.reliefs},
    )


def _read_folder(folder: Path, names: Names, findings: Findings) -> list[Example]:
    found: list[Example] = []
    paths = list_folder(folder, "examples", findings) if is_folder(folder) else None
    for path, plain in paths or ():
        name = f"examples/{ascii(plain)[1:-1]}"
        if path.suffix != ".yaml" or is_folder(path):
            findings.refuse("file-unexpected", Spot(name, 1), plain)
            continue
        node = read_file_nodes(path, name, findings)
        if node is not None:
            found += _read_file(Value(node, Spot(name, 1), findings), names)
    return found


def _read_file(value: Value, names: Names) -> list[Example]:
    """Read the examples of one file."""
    section = value.section()
    found = [_read_example(each, names) for each in section.need("examples").each()]
    section.close()
    return [example for example in found if example is not None]


def _read_example(value: Value, names: Names) -> Example | None:
    """Read one example; None where its day or line cannot be told."""
    section = value.section()
    written = section.need("id")
    name, day = written.name(EXAMPLE_ID), section.need("on").day()
    if name:
        value.findings.claim("example", name, written.spot)
    outcome = section.need("outcome").choice(PRICED + UNPRICED)
    line, relief, lines = _read_subject(section, names)
    needs = section.maybe("needs")
    example = Example(
        id=name,
        line=line,
        relief=relief,
        on=day or date.min,
        region=_read_region(section.need("region")),
        facts=_read_given(section.need("facts"), names.facts),
        outcome=outcome,
        amount=_read_amount(section, outcome),
        arithmetic=section.need("arithmetic").text(),
        lines=lines or ((line,) if line else ()),
        needs=None if needs.void else _read_needs(needs, names.facts),
        allowed_range=_read_range(section),
        spot=value.spot,
    )
    section.close()
    return example if line and day is not None else None


def _read_region(value: Value) -> str:
    """Read a division code."""
    code = value.text()
    if code and not spans_of_division(code):
        value.refuse("region-unknown", code)
    return code


def _read_subject(section: Section, names: Names) -> tuple[str, str, tuple[str, ...]]:
    """Read what is shown: a line, or a relief and the line it touches."""
    owners, reliefs = names.lines, names.reliefs
    listed = section.maybe("lines")
    lines = listed.distinct(each.listed(owners, "line-unknown") for each in listed.each())
    touched = section.maybe("relief")
    relief = touched.listed(reliefs, "relief-unknown")
    if section.has("line") or touched.void or not lines:
        line = section.need("line").listed(owners, "line-unknown")
    else:
        line = lines[0]
    if relief and line and owners and reliefs and owners[line] != reliefs[relief]:
        touched.refuse("line-foreign", line, item=owners[line])
    return line, relief, lines


def _read_given(value: Value, facts: Mapping[str, Fact] | None) -> dict[str, FactValue]:
    """Read the facts given, each by its type."""
    section = value.section()
    found: dict[str, FactValue] = {}
    if facts is None:
        return {}
    for name in list(section.entries):
        given, fact = section.need(name), facts.get(name)
        if fact is None:
            given.refuse("fact-unknown", name, near=given.findings.nearest(name, facts))
        else:
            found[name] = _read_fact_value(given, fact)
    return found


def _read_fact_value(value: Value, fact: Fact) -> FactValue:
    """Read one fact: true or false, a value of an enum, or a quoted number within bounds."""
    if fact.type == "bool":
        return value.flag()
    if fact.type != "enum":
        return value.amount(fact.low, fact.high)
    word = value.text()
    if word and word not in fact.values:
        near, known = value.findings.nearest(word, fact.values), list_names(fact.values)
        value.refuse("enum-value-unknown", word, fact=fact.name, near=near, known=known)
    return word


def _read_amount(section: Section, outcome: str) -> str | None:
    """Read the amount: a figure where the outcome has one, null where it has none."""
    value = section.need("amount")
    amount = _read_money(value)
    if not value.void and (amount is None) == (outcome in PRICED):
        value.refuse("example-amount", outcome)
    return amount


def _read_money(value: Value) -> str | None:
    """Read a two-decimal text, or null."""
    return None if value.is_word("null") else value.name(MONEY) or None


def _read_needs(value: Value, facts: Mapping[str, Fact] | None) -> tuple[str, ...]:
    """Read the facts that are missing."""
    return value.distinct(each.listed(facts, "fact-unknown") for each in value.each())


def _read_range(section: Section) -> tuple[str | None, str | None] | None:
    """Read ``allowed_range``: least and most, either may be null."""
    value = section.get("allowed_range")
    if value is None:
        return None
    ends = [_read_money(each) for each in value.each()]
    if len(ends) != len(("low", "high")):
        value.refuse("example-range")
        return None
    return ends[0], ends[1]


def _judge_coverage(examples: Iterable[Example], catalog: Catalog, findings: Findings) -> None:
    """Refuse lines whose figure no example shows, and reliefs without an example.

    An exemption shows nothing of the figure it frees from.
    """
    shown = list(examples)
    named = {example.line for example in shown}
    figured = {example.line for example in shown if example.outcome in FIGURED}
    reliefs = {example.relief for example in shown}
    spot = Spot("examples", 1)
    for item in catalog.items.values():
        for line in item.lines:
            lines = named if isinstance(line.rate, Free) else figured
            if line.id not in lines and not isinstance(line.rate, NotEstablished):
                findings.refuse("example-missing", spot, line.id)
        for relief in item.reliefs:
            if relief.id not in reliefs:
                findings.refuse("example-missing", spot, relief.id)
