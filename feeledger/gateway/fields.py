"""The field tables of the messages, and reading a voucher by them.

String is printable ASCII, GBString any text, NString digits, Date eight digits of a day, Time six of
a time of day, Currency an amount by R-M1. Lengths count characters. Fields not listed are let be:
the specification's text is not public, and a field more does no harm.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Final, Literal

from feeledger.errors import Text
from feeledger.gateway.refusals import FrameMalformed
from feeledger.gateway.vouchers import Voucher, shown
from feeledger.money import AmountRefused, parse_amount

Kind = Literal["String", "GBString", "NString", "Date", "Time", "Currency"]

_WORDS: Final[dict[Kind, Text]] = {
    "String": Text("可打印的 ASCII 字符", "printable ASCII"),
    "GBString": Text("文本", "text"),
    "NString": Text("数字", "digits"),
    "Date": Text("8 位日期，如 20260105", "a day of 8 digits such as 20260105"),
    "Time": Text("6 位时间，如 095958", "a time of 6 digits such as 095958"),
    "Currency": Text("金额（元），如 80.00", "an amount in yuan such as 80.00"),
}
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f]")
_SIZES: Final[dict[Kind, int]] = {"Date": 8, "Time": 6}


def read_day(digits: str) -> date:
    """Read eight digits as a day. Raises ValueError."""
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))


def read_time(digits: str) -> time:
    """Read six digits as a time of day. Raises ValueError."""
    return time(int(digits[:2]), int(digits[2:4]), int(digits[4:]))


_READERS: Final[dict[Kind, Callable[[str], date | time]]] = {"Date": read_day, "Time": read_time}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a voucher; an optional one may be empty or absent. ``pattern`` narrows it."""

    name: str
    kind: Kind
    most: int
    must: bool = False
    pattern: str = ""


def read_fields(voucher: Voucher, fields: Sequence[Field]) -> dict[str, str]:
    """Give every listed field, "" where absent. Raises FrameMalformed naming all that are wrong."""
    faults = [fault for field in fields if (fault := _fault_of(voucher, field)) is not None]
    if faults:
        raise FrameMalformed(Text("；".join(f.zh for f in faults), "; ".join(f.en for f in faults)))
    return {field.name: voucher.get(field.name, "") for field in fields}


def _fault_of(voucher: Voucher, field: Field) -> Text | None:
    value = voucher.get(field.name, "")
    if not value:
        return Text(f"缺少 {field.name}", f"{field.name} is missing") if field.must else None
    if len(value) <= field.most and _fits(value, field):
        return None
    words = _WORDS[field.kind]
    return Text(
        f"{field.name} {shown(value)} 须为{words.zh}，至多 {field.most} 位",
        f"{field.name} {shown(value)} should be {words.en}, at most {field.most} long",
    )


def _fits(value: str, field: Field) -> bool:
    if field.pattern and not re.fullmatch(field.pattern, value):
        return False
    match field.kind:
        case "String":
            return value.isascii() and value.isprintable()
        case "NString":
            return value.isascii() and value.isdigit()
        case "Currency":
            return _is_amount(value)
        case "Date" | "Time":
            return _is_time(value, field.kind)
        case "GBString":
            return _CONTROLS.search(value) is None


def _is_amount(value: str) -> bool:
    try:
        parse_amount(value)
    except AmountRefused:
        return False
    return True


def _is_time(value: str, kind: Kind) -> bool:
    if not (value.isascii() and value.isdigit() and len(value) == _SIZES[kind]):
        return False
    try:
        _READERS[kind](value)
    except ValueError:
        return False
    return True
