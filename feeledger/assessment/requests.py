"""Reading requests written as JSON: strictly, numbers exactly as written, every fault at once.

A request is an object with a key ``facts``; what it leaves out comes from the options. Duplicate
keys, NaN, Infinity and floats are no JSON here: a number is read digit by digit.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from feeledger.assessment.intake import nearest, shown, take_facts
from feeledger.assessment.outcomes import (
    DEFAULT_REGION,
    FactsRefused,
    Request,
    RequestFault,
)
from feeledger.assessment.selection import request_faults
from feeledger.catalog.plan import Plan
from feeledger.errors import Invalid, Text

KEYS = frozenset({"ref", "on", "region", "items", "lines", "facts"})
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
SHORT_DIGITS = 18
REF_DIGITS = 40


class JsonMalformed(Invalid):
    """A text is not the JSON that is taken here."""

    code = "json-malformed"
    title = Text("JSON 格式不正确", "This is not valid JSON")


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a request that leaves something out is completed with."""

    on: date | None = None
    region: str = DEFAULT_REGION
    items: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


def read_json(text: str, first_line: int = 1) -> Any:
    """Read JSON strictly; whole numbers as int, others as Decimal, exactly as written.

    ``first_line`` is the number of its first line in a longer text. Raises JsonMalformed.
    """
    _refuse_bad_bytes(text, first_line)
    try:
        return json.loads(
            text,
            parse_float=_decimal,
            parse_int=_whole,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as fault:
        line = fault.lineno + first_line - 1
        raise _malformed(
            Text(
                f"第 {line} 行第 {fault.colno} 个字符处不是合法的 JSON",
                f"not JSON at line {line}, character {fault.colno}: {fault.msg}",
            )
        ) from fault
    except RecursionError as fault:
        raise _malformed(Text("嵌套过深", "nested too deeply")) from fault


def _refuse_bad_bytes(text: str, first_line: int) -> None:
    """Refuse what was no UTF-8: such bytes come as lone surrogates (``surrogateescape``)."""
    try:
        text.encode()
    except UnicodeEncodeError as fault:
        line = first_line + text.count("\n", 0, fault.start)
        raise _malformed(
            Text(
                f"第 {line} 行不是 UTF-8 文字，请另存为 UTF-8",
                f"line {line} is not UTF-8 text, save it as UTF-8",
            )
        ) from fault


def _malformed(problem: Text) -> JsonMalformed:
    return JsonMalformed(
        Text(f"{problem.zh}；请改正后重试", f"{problem.en}; mend it and try again")
    )


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError as fault:
        raise _malformed(Text(f"数“{shown(text)}”过大", f"{shown(text)} is too large")) from fault


def _whole(text: str) -> int | Decimal:
    return int(text) if len(text) <= SHORT_DIGITS else _decimal(text)


def _refuse_constant(text: str) -> None:
    raise _malformed(Text(f"不得使用 {text}", f"{text} is not allowed"))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            name = shown(key)
            raise _malformed(Text(f"“{name}”写了两次", f'"{name}" is written twice'))
        found[key] = value
    return found


def ref_of(document: object) -> str | int | None:
    """Give the reference of a request as far as it can be told, for its answer."""
    ref = document.get("ref") if isinstance(document, Mapping) else None
    if isinstance(ref, Decimal) and ref.is_finite() and ref.as_tuple().exponent == 0:
        return int(ref) if len(ref.as_tuple().digits) <= REF_DIGITS else None
    plain = isinstance(ref, str) or (isinstance(ref, int) and not isinstance(ref, bool))
    return ref if plain else None


def ref_within(text: str) -> str | int | None:
    """Give the reference of a text that was refused for another reason than its shape."""
    try:
        document = json.loads(
            text, parse_float=str, parse_int=_whole, parse_constant=str, object_pairs_hook=_loosely
        )
    except (ValueError, ArithmeticError, RecursionError, JsonMalformed):
        return None
    return ref_of(document)


def _loosely(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    twice = [key for key, _ in pairs].count("ref") > 1
    return dict(pairs) | ({"ref": None} if twice else {})


def request_of(document: object, defaults: Defaults, plan: Plan) -> Request:
    """Make a request from what was read; an object without ``facts`` is the facts themselves.

    Raises FactsRefused where its frame is faulty (a malformed or missing day, a wrong type),
    with the unknown ids and fact names beside.
    """
    if not isinstance(document, Mapping):
        raise FactsRefused((_fault("wrong-type", "", document, _AN_OBJECT),))
    if "facts" not in document:
        document = {"facts": document}
    faults = [_unknown_key(key) for key in document if key not in KEYS]
    on = _day_of(document, defaults.on, faults)
    region = _text_of(document, "region", defaults.region, faults)
    items = _ids_of(document, "items", defaults.items, faults)
    lines = _ids_of(document, "lines", defaults.lines, faults)
    facts = document["facts"]
    if not isinstance(facts, Mapping):
        faults.append(_fault("wrong-type", "facts", facts, _AN_OBJECT))
    if document.get("ref") is not None and ref_of(document) is None:
        faults.append(_fault("wrong-type", "ref", document["ref"], _A_REF))
    request = Request(ref_of(document), on or date.min, region, items, lines, facts)
    if faults:
        names = facts if isinstance(facts, Mapping) else {}
        _, unknown = take_facts(names, plan.catalog.facts, needed=(), divides=())
        raise FactsRefused((*faults, *request_faults(plan, request), *unknown))
    return request


_AN_OBJECT = Text("须为对象，如 {…}", "must be an object such as {…}")
_A_REF = Text("须为文字（加引号）或整数", "must be a text in quotes or a whole number")
_A_TEXT = Text("须为文字（加引号）", "must be a text in quotes")
_A_LIST = Text(
    '须为文字的列表，如 ["litigation"]', 'must be a list of texts such as ["litigation"]'
)


def _fault(code: str, field: str, value: object, problem: Text) -> RequestFault:
    return RequestFault(
        code,
        field,
        shown(value),
        Text(
            f"{field or '请求'} = {shown(value)}：{problem.zh}",
            f"{field or 'the request'} = {shown(value)}: {problem.en}",
        ),
    )


def _unknown_key(key: str) -> RequestFault:
    near = nearest(key, KEYS)
    return RequestFault(
        "unknown-key",
        shown(key),
        "",
        Text(
            f"请求中没有“{shown(key)}”这一项{near.zh}",
            f'a request has no key "{shown(key)}"{near.en}',
        ),
    )


def _day_of(
    document: Mapping[str, Any], default: date | None, faults: list[RequestFault]
) -> date | None:
    written = document.get("on")
    if written is None:
        if default is None:
            problem = Text("缺少义务发生日，如 2024-05-01", "give the day the duty arose")
            faults.append(RequestFault("date-missing", "on", "", problem))
        return default
    try:
        if isinstance(written, str) and DAY.fullmatch(written):
            return date.fromisoformat(written)
    except ValueError:
        pass
    faults.append(
        _fault(
            "date-malformed",
            "on",
            written,
            Text("须为存在的日期，如 2024-05-01", "must be a day that exists, such as 2024-05-01"),
        )
    )
    return None


def _text_of(
    document: Mapping[str, Any], key: str, default: str, faults: list[RequestFault]
) -> str:
    value = document.get(key)
    if value is None:
        return default
    if isinstance(value, str):
        return value
    faults.append(_fault("wrong-type", key, value, _A_TEXT))
    return default


def _ids_of(
    document: Mapping[str, Any], key: str, default: tuple[str, ...], faults: list[RequestFault]
) -> tuple[str, ...]:
    value = document.get(key)
    if value is None:
        return default
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return tuple(value)
    faults.append(_fault("wrong-type", key, value, _A_LIST))
    return default
