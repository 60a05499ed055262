"""Parts that lines, reliefs and items share: windows, conditions, bases, names that must exist."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import get_args

from feeledger.catalog.faulting import list_names
from feeledger.catalog.items import (
    Basis,
    Condition,
    Confidence,
    Document,
    Fact,
    Operator,
    Place,
    SourceText,
    Sureness,
    Test,
    Window,
)
from feeledger.catalog.values import AMOUNT_HIGH, Section, Value
from feeledger.errors import Text

DATE_BASES = ("seen", "inferred", "unknown")
NUMBER_TYPES = ("int", "decimal", "money")
ONE_DAY = timedelta(days=1)
FACT_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

_OPERATORS = {"bool": ("eq",), "enum": ("eq", "in")}
_NUMBER_OPERATORS = ("eq", "lt", "lte", "gt", "gte")
_WANTED = {
    "number": Text("数", "a number"),
    "money": Text("金额", "money"),
    "enum": Text("枚举", "an enum"),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the tables of an edition define; None where a table could not be read."""

    facts: Mapping[str, Fact] | None = None
    documents: Mapping[str, Document] | None = None
    sources: Mapping[str, SourceText] | None = None
    places: Mapping[str, Place] | None = None


def read_fact(value: Value, known: Known, wanted: str = "number") -> str:
    """Read the name of a fact that drives a price: it exists, has the type, is no class fact."""
    name = value.listed(known.facts, "fact-unknown")
    fact = (known.facts or {}).get(name)
    if fact is None:
        return name
    if fact.class_fact:
        value.refuse("class-fact-as-driver", name)
    elif not type_fits(fact, wanted):
        value.refuse("fact-type", name, type=fact.type, wanted=_WANTED[wanted])
    return name


def type_fits(fact: Fact, wanted: str) -> bool:
    """Say whether a fact is of a wanted sort: number, money, enum or any."""
    if wanted == "number":
        return fact.type in NUMBER_TYPES
    return wanted in ("any", fact.type)


def read_facts(value: Value, known: Known) -> tuple[str, ...]:
    """Read a list of numeric facts; none may stand twice."""
    return value.distinct(read_fact(each, known) for each in value.each())


def read_sources(value: Value, known: Known) -> tuple[str, ...]:
    """Read a list of sources."""
    return value.distinct(e.listed(known.sources, "source-unknown") for e in value.each())


def read_document(value: Value, known: Known) -> str:
    """Read the key of a document."""
    return value.listed(known.documents, "document-unknown")


def read_basis(section: Section, known: Known) -> Basis:
    """Read ``basis``: documents, or unseen with its sources."""
    value = section.need("basis")
    inner = value.section()
    documents = inner.maybe("documents")
    found = Basis(
        documents=documents.distinct(read_document(e, known) for e in documents.each()),
        clause=inner.maybe("clause").text(),
        unseen=inner.maybe("unseen").pair() if inner.has("unseen") else None,
        sources=read_sources(inner.maybe("sources"), known),
    )
    inner.close()
    _judge_basis(value, inner, found)
    return found


def _judge_basis(value: Value, inner: Section, basis: Basis) -> None:
    """Refuse a basis that names nothing, or says two things."""
    if inner.void:
        return
    if inner.has("documents") and basis.unseen is not None:
        value.refuse("basis-double")
    elif not inner.has("documents") and basis.unseen is None:
        value.refuse("basis-missing")
    if basis.unseen is not None and not inner.has("sources"):
        value.refuse("unseen-without-source")


def read_confidence(section: Section) -> Confidence:
    """Read ``confidence``: a level and perhaps a note."""
    inner = section.need("confidence").section()
    level: Sureness = _level(inner.need("level"))
    found = Confidence(level, read_note(inner))
    inner.close()
    return found


def _level(value: Value) -> Sureness:
    """Read high, medium or low."""
    word = value.choice(get_args(Sureness))
    return "high" if word == "high" else "medium" if word == "medium" else "low"


def read_level(section: Section) -> Sureness:
    """Read the bare ``confidence`` of an event."""
    return _level(section.need("confidence"))


def read_note(section: Section, key: str = "note") -> Text | None:
    """Read an optional ``note`` in both languages."""
    return section.maybe(key).pair() if section.has(key) else None


def read_window(section: Section, kind: str, name: str) -> Window:
    """Read ``window`` of a line or relief and mark its place where its days can be trusted.

    Both ends count in the file; ``from: unknown`` and ``to: open`` are written out.
    """
    value = section.need("window")
    before = len(value.findings.faults)
    inner = value.section()
    begin, begin_basis = _read_end(inner, "from", "unknown")
    last, end_basis = _read_end(inner, "to", "open")
    not_before = inner.maybe("not_before").day()
    if begin is not None and inner.has("not_before"):
        inner.maybe("not_before").refuse("bound-needless", f"{begin}")
    inner.close()
    first = begin or not_before
    if first is not None and last is not None and last < first:
        inner.need("to").refuse("window-backwards", f"{last}", first=f"{first}")
    end = None if last is None else last + ONE_DAY
    if name and not inner.void and len(value.findings.faults) == before:
        value.findings.mark(f"window of {kind}", name, value.spot)
    return Window(begin, end, not_before, begin_basis, end_basis)


def _read_end(inner: Section, key: str, word: str) -> tuple[date | None, str]:
    """Read one end of a window and how it is known."""
    value, basis = inner.need(key), inner.maybe(f"{key}_basis")
    if value.is_word(word):
        if not basis.void:
            basis.refuse("basis-without-date", word, key=f"{key}_basis")
        return None, "unknown" if word == "unknown" else ""
    if value.void:
        return None, ""
    if basis.void:
        basis = inner.need(f"{key}_basis")
    return value.day(), basis.choice(DATE_BASES)


def read_condition(value: Value, known: Known) -> Condition:
    """Read a condition: ``always``, or all or any of its tests."""
    if value.is_word("always"):
        return Condition("all", ())
    inner = value.section()
    every, some = inner.get("all"), inner.get("any")
    inner.close()
    if not inner.void and (every is None) == (some is None):
        value.refuse("condition-shape")
    tests = every or some
    read = () if tests is None else tuple(read_test(each, known) for each in tests.each())
    return Condition("any" if every is None and some is not None else "all", read)


def read_test(value: Value, known: Known) -> Test:
    """Read one comparison and hold it against the type of its fact."""
    inner = value.section()
    named, wanted = inner.need("fact"), inner.need("value")
    name = read_fact(named, known, "any")
    operator: Operator = _operator(inner.need("op"))
    fact = (known.facts or {}).get(name)
    found = Test(name, operator, _read_operand(wanted, operator, fact))
    inner.close()
    if fact is not None and operator not in _OPERATORS.get(fact.type, _NUMBER_OPERATORS):
        inner.need("op").refuse("operator-type", name, op=operator, type=fact.type)
    return found


def _operator(value: Value) -> Operator:
    """Read eq, in, lt, lte, gt or gte."""
    word = value.choice(get_args(Operator))
    return next(op for op in get_args(Operator) if op == word)


def _read_operand(
    value: Value, operator: str, fact: Fact | None
) -> Decimal | bool | str | tuple[str, ...]:
    """Read what a fact is compared with, by the type of the fact."""
    if operator == "in":
        return value.distinct(_read_enum_value(each, fact) for each in value.each())
    if fact is None or fact.type == "enum":
        return _read_enum_value(value, fact)
    if fact.type == "bool":
        return value.flag()
    return value.amount(fact.low, min(fact.high, AMOUNT_HIGH))


def _read_enum_value(value: Value, fact: Fact | None) -> str:
    """Read one value of an enum."""
    if fact is None or fact.type != "enum":
        return ""
    word = value.text()
    if word and word not in fact.values:
        value.refuse(
            "enum-value-unknown",
            word,
            fact=fact.name,
            near=value.findings.nearest(word, fact.values),
            known=list_names(fact.values),
        )
    return word
