"""JSON as the doors read it: strictly, and within bounds, before any schema sees it.

Refused: bytes that are not UTF-8, duplicate keys, NaN and Infinity, numbers of absurd length,
nesting deeper than ``DEPTH_MAX``, characters that no database keeps (NUL, lone surrogates).
Numbers with a point are read as exact decimals, never as floats.
"""

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

from feeledger.api.refusals import BadJson
from feeledger.errors import Text

DEPTH_MAX = 16
NUMBER_LENGTH_MAX = 40
EXPONENT_MAX = 20
HOLDING = (dict, list)
NOT_KEPT = re.compile("[\x00\ud800-\udfff]")


def read_json(body: bytes) -> Any:
    """Read one JSON value.

    Raises BadJson saying what is wrong and where.
    """
    try:
        text = body.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=_object_of,
            parse_float=_decimal_of,
            parse_int=_integer_of,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError as fault:
        raise BadJson(
            Text(
                f"第 {fault.start} 字节起不是 UTF-8。报文须用 UTF-8 编码。",
                f"Byte {fault.start} is not UTF-8. Send the body in UTF-8.",
            )
        ) from fault
    except json.JSONDecodeError as fault:
        raise BadJson(
            Text(
                f"第 {fault.lineno} 行第 {fault.colno} 列不符合 JSON 语法。",
                f"Line {fault.lineno}, column {fault.colno} is not JSON: {fault.msg}.",
            ),
            line=fault.lineno,
            column=fault.colno,
        ) from fault
    except RecursionError as fault:
        raise _too_deep() from fault
    _check_depth(value)
    if "\\u" in text:  # no other spelling brings them in
        _check_texts(value)
    return value


def write_json(value: object) -> bytes:
    """Write a value compactly in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    names = [name for name, _ in pairs]
    twice = next(name for name in names if names.count(name) > 1)
    raise BadJson(
        Text(
            f"键 {_shown(twice)} 出现多次；每个键只能有一个值。",
            f"The key {_shown(twice)} stands more than once; give each key one value.",
        )
    )


def _decimal_of(text: str) -> Decimal:
    number = Decimal(text)
    if len(text) > NUMBER_LENGTH_MAX or abs(number.adjusted()) > EXPONENT_MAX:
        raise _odd_number(text)
    return number


def _integer_of(text: str) -> int:
    if len(text) > NUMBER_LENGTH_MAX:
        raise _odd_number(text)
    return int(text)


def _odd_number(text: str) -> BadJson:
    return BadJson(
        Text(
            f"数字 {_shown(text)} 过长、过大或过小；请用普通小数，至多 {NUMBER_LENGTH_MAX} 个字符。",
            f"The number {_shown(text)} is too long, too large or too small; write a plain decimal of "
            f"at most {NUMBER_LENGTH_MAX} characters.",
        )
    )


def _refuse_constant(name: str) -> NoReturn:
    raise BadJson(Text(f"{name} 不是 JSON 数值。", f"{name} is not a JSON number."))


def _check_depth(value: object) -> None:
    """Walk objects and lists level by level, no deeper than is allowed."""
    level: list[Any] = [value] if isinstance(value, HOLDING) else []
    for _ in range(DEPTH_MAX):
        level = [
            each
            for one in level
            for each in (one.values() if isinstance(one, dict) else one)
            if isinstance(each, HOLDING)
        ]
        if not level:
            return
    raise _too_deep()


def _check_texts(value: object) -> None:
    """Refuse characters that no database keeps, in keys too."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            _check_text(one)
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one


def _check_text(text: str) -> None:
    if NOT_KEPT.search(text):
        raise BadJson(
            Text(
                f"文本 {_shown(text)} 含有不能保存的字符（NUL 或不成对的代理码）。",
                f"The text {_shown(text)} holds a character that cannot be kept "
                "(NUL or a lone surrogate).",
            )
        )


def _too_deep() -> BadJson:
    return BadJson(Text(f"嵌套超过 {DEPTH_MAX} 层。", f"Nested deeper than {DEPTH_MAX} levels."))


def _shown(text: str) -> str:
    """Quote a text of the caller's, cut, in characters that any screen shows."""
    cut = text if len(text) <= NUMBER_LENGTH_MAX else f"{text[:NUMBER_LENGTH_MAX]}…"
    return f'"{cut}"' if cut.isprintable() else ascii(cut)
