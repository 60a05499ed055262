"""Catalog entries as JSON documents: the face that outsiders rely on.

Texts stand in both languages (``{"zh", "en"}``), decimals as text, days as ISO dates; windows are
printed with both ends inclusive, as the documents print them. Only government sources carry an
address.
"""

from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from feeledger.catalog.finding import in_force
from feeledger.catalog.items import (
    Basis,
    Catalog,
    Edition,
    Event,
    FeeItem,
    Line,
    NoRate,
    Relief,
    Window,
)
from feeledger.catalog.rates import FORMS, Rate
from feeledger.errors import Text

DAY = timedelta(days=1)


def edition_json(edition: Edition) -> dict[str, Any]:
    """Say which edition answers, and what kind of text it is."""
    return {
        "id": edition.id,
        "kind": edition.kind,
        "title": _plain(edition.title),
        "province": edition.province,
        "compiled_on": edition.compiled_on.isoformat(),
        "sha256": edition.sha256,
        "notice": _plain(edition.notice),
        "gaps": _plain(edition.gaps),
    }


def summary_json(item: FeeItem, *, on: date) -> dict[str, Any]:
    """Give an item as one entry of a list, as it stands on a day."""
    ending = item.ending(on)
    return {
        "id": item.id,
        "name": _plain(item.name),
        "category": item.category,
        "department": _plain(item.department),
        "collected_by": item.collected_by,
        "status": item.status,
        "wire_code": item.wire_code,
        "in_force": in_force(item, on),
        "ended": None if ending is None else _event_json(ending),
    }


def item_json(catalog: Catalog, item: FeeItem, *, on: date) -> dict[str, Any]:
    """Give everything the catalog holds about an item, marked by what is in force on a day."""
    return summary_json(item, on=on) | {
        "aliases": list(item.aliases),
        "collected_by_basis": item.collected_by_basis,
        "funds": _plain(item.funds),
        "funds_basis": item.funds_basis,
        "pricing": item.pricing,
        "note": _plain(item.note),
        "basis": _basis_json(item.basis),
        "lines": [_line_json(line, on=on) for line in item.lines],
        "reliefs": [_relief_json(relief, on=on) for relief in item.reliefs],
        "events": [_event_json(event) for event in item.events],
        "alternatives": _plain(item.alternatives),
        "no_rate": [_hole_json(hole) for hole in item.no_rate],
        "documents": [_plain(catalog.documents[key]) for key in _documents_of(catalog, item)],
        "sources": [_source_json(catalog, key) for key in _sources_of(catalog, item)],
    }


def _line_json(line: Line, *, on: date) -> dict[str, Any]:
    return {
        "id": line.id,
        "series": line.series,
        "name": _plain(line.name),
        "place": line.place,
        **_window_json(line.window),
        "in_force": line.window.covers(on),
        "period": line.period,
        "standard": line.standard,
        "rate": _rate_json(line.rate),
        "applies_when": _plain(line.applies_when),
        "rounding": _plain(line.rounding),
        "adjustments": _plain(line.adjustments),
        "provisional": line.provisional,
        "basis": _basis_json(line.basis),
        "confidence": _plain(line.confidence),
        "sources": list(line.sources),
    }


def _relief_json(relief: Relief, *, on: date) -> dict[str, Any]:
    return {
        "id": relief.id,
        "effect": relief.effect,
        "factor": _plain(relief.factor),
        "base_only": relief.base_only,
        "lines": list(relief.lines),
        "place": relief.place,
        **_window_json(relief.window),
        "in_force": relief.window.covers(on),
        "when": _plain(relief.when),
        "basis": _basis_json(relief.basis),
        "confidence": _plain(relief.confidence),
        "sources": list(relief.sources),
    }


def _rate_json(rate: Rate) -> dict[str, Any]:
    return {"form": FORMS[type(rate)], **_plain(rate)}


def _window_json(window: Window) -> dict[str, Any]:
    """Print a window with both ends inclusive; ``from`` null is unknown, ``to`` null open."""
    return {
        "from": _plain(window.begin),
        "to": None if window.end is None else (window.end - DAY).isoformat(),
        "not_before": _plain(window.not_before),
        "from_basis": window.begin_basis,
        "to_basis": window.end_basis,
    }


def _basis_json(basis: Basis) -> dict[str, Any]:
    return {
        "documents": list(basis.documents),
        "clause": basis.clause,
        "unseen": _plain(basis.unseen),
        "sources": list(basis.sources),
    }


def _event_json(event: Event) -> dict[str, Any]:
    return {
        "kind": event.kind,
        "on": _plain(event.day),
        "ends": event.ends,
        "document": event.document,
        "unseen": _plain(event.unseen),
        "announced_on": _plain(event.announced_on),
        "note": _plain(event.note),
        "confidence": event.confidence,
        "sources": list(event.sources),
    }


def _hole_json(hole: NoRate) -> dict[str, Any]:
    return {"series": hole.series, "why": _plain(hole.why), **_window_json(hole.window)}


def _documents_of(catalog: Catalog, item: FeeItem) -> list[str]:
    """Name every document the item rests on, once, in order of appearance."""
    keys = [key for basis in _bases_of(item) for key in basis.documents]
    keys += [line.provisional_document for line in item.lines if line.provisional_document]
    keys += [event.document for event in item.events if event.document]
    return [key for key in dict.fromkeys(keys) if key in catalog.documents]


def _sources_of(catalog: Catalog, item: FeeItem) -> list[str]:
    """Name every source the item was read in, once."""
    parts: list[Line | Relief | Event] = [*item.lines, *item.reliefs, *item.events]
    keys = [key for basis in _bases_of(item) for key in basis.sources]
    keys += [key for part in parts for key in part.sources]
    for document in _documents_of(catalog, item):
        keys += catalog.documents[document].seen_in
    return [key for key in dict.fromkeys(keys) if key in catalog.sources]


def _bases_of(item: FeeItem) -> list[Basis]:
    lines = [line.basis for line in item.lines]
    return [item.basis, *lines, *(relief.basis for relief in item.reliefs)]


def _source_json(catalog: Catalog, key: str) -> dict[str, Any]:
    source = catalog.sources[key]
    return {
        "id": source.id,
        "kind": source.kind,
        "what": _plain(source.what),
        "url": source.link or None,
    }


def _plain(value: object) -> Any:
    """Turn a value of the catalog into JSON's own: texts in both languages, decimals as text."""
    if isinstance(value, Text):
        return {"zh": value.zh, "en": value.en}
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value
