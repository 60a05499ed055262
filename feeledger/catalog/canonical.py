"""A catalog as canonical JSON data, and back: what an edition's hash is taken over.

Every dataclass becomes an object of its fields; a rate says its ``form``; decimals and days are
texts; what is empty is left out. The text is sorted and has no blanks, so equal content gives one
hash whatever the files looked like. Worked examples are no part of it.
"""

import hashlib
import json
import types
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from feeledger.catalog.items import Catalog
from feeledger.catalog.rates import FORMS

Data = dict[str, Any]

_CLASSES = {form: kind for kind, form in FORMS.items()}
_FORM = "form"
_DECIMAL = "decimal"


def seal_catalog(catalog: Catalog) -> Catalog:
    """Put the hash of its content into an edition."""
    sha256 = hashlib.sha256(canonical_text(catalog).encode()).hexdigest()
    return replace(catalog, edition=replace(catalog.edition, sha256=sha256))


def canonical_text(catalog: Catalog) -> str:
    """Write a catalog as its one canonical text; the hash itself is left out."""
    return text_of_document(catalog_document(catalog))


def text_of_document(document: Data) -> str:
    """Write JSON data canonically: sorted keys, no blanks."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def catalog_document(catalog: Catalog) -> Data:
    """Give a catalog as JSON data, without its hash."""
    bare = replace(catalog, edition=replace(catalog.edition, sha256=""))
    return {
        "edition": _encode(bare.edition),
        **{
            name: [_encode(row) for row in getattr(bare, name).values()]
            for name in ("items", "facts", "documents", "sources", "places")
        },
    }


def catalog_from_document(document: Data) -> Catalog:
    """Read a catalog back from its JSON data; the hash is worked out anew."""
    hints = _hints(Catalog)
    parts: Data = {"edition": _decode(document["edition"], hints["edition"])}
    for name in ("items", "facts", "documents", "sources", "places"):
        kind = get_args(hints[name])[1]
        rows = [_decode(row, kind) for row in document[name]]
        parts[name] = {_key_of(row): row for row in rows}
    return seal_catalog(Catalog(**parts))


def _key_of(row: Any) -> str:
    """Give the key of a row of a table: its first field."""
    return str(getattr(row, fields(row)[0].name))


def encode_row(row: object) -> Data:
    """Give one dataclass of the model as JSON data."""
    return _encode_fields(row)


def _encode(value: Any) -> Any:
    """Turn a value of the model into JSON data."""
    if is_dataclass(value) and not isinstance(value, type):
        return _encode_fields(value)
    if isinstance(value, tuple):
        return [_encode(each) for each in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    return f"{value}" if isinstance(value, date) else value


def _encode_fields(value: Any) -> Data:
    """Turn the fields of a dataclass into an object; defaults are left out."""
    kind: Any = type(value)
    found: Data = {_FORM: FORMS[kind]} if kind in FORMS else {}
    for field in fields(value):
        part = getattr(value, field.name)
        if field.default is MISSING or part != field.default:
            hint = _hints(kind)[field.name]
            mixed = isinstance(part, Decimal) and str in get_args(hint)
            found[field.name] = {_DECIMAL: f"{part:f}"} if mixed else _encode(part)
    return found


@cache
def _hints(kind: Hashable) -> dict[str, Any]:
    """Give the types of a dataclass's fields."""
    return get_type_hints(kind)


def _decode(data: Any, kind: Any) -> Any:
    """Turn JSON data into a value of a type of the model."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _decode_union(data, get_args(kind))
    if origin is tuple:
        inner = get_args(kind)
        kinds = [inner[0]] * len(data) if inner[-1] is Ellipsis else inner
        return tuple(_decode(each, k) for each, k in zip(data, kinds, strict=True))
    if origin is Literal:
        return data
    if is_dataclass(kind):
        return _decode_fields(data, kind)
    return _decode_plain(data, kind)


def _decode_plain(data: Any, kind: Any) -> Any:
    """Turn a text into a decimal or a day; anything else stands as it is."""
    if kind is Decimal:
        return Decimal(data)
    return date.fromisoformat(data) if kind is date else data


def _decode_union(data: Any, kinds: tuple[Any, ...]) -> Any:
    """Choose the member of a union by the data."""
    if data is None:
        return None
    if isinstance(data, Mapping) and _FORM in data:
        return _decode_fields(data, _CLASSES[data[_FORM]])
    if isinstance(data, Mapping) and _DECIMAL in data:
        return Decimal(data[_DECIMAL])
    if isinstance(data, bool):
        return data
    rest = [kind for kind in kinds if kind is not type(None)]
    if len(rest) == 1:
        return _decode(data, rest[0])
    return tuple(data) if isinstance(data, list) else data


def _decode_fields(data: Mapping[str, Any], kind: Any) -> Any:
    """Build a dataclass from an object."""
    hints = _hints(kind)
    return kind(
        **{name: _decode(part, hints[name]) for name, part in data.items() if name != _FORM}
    )
