"""Facts as the register keeps them: exact values as JSON text, and what the register itself knows.

A number is written as it was read and comes back as int or Decimal; a float is refused.
"""

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from feeledger.errors import Invalid, Text

FactValue = bool | int | Decimal | str
YEAR_STEPS: Final = Decimal("0.01")
PLAIN_NUMBER: Final = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?")
SOLE_TRADER: Final = "92"
CATEGORY: Final = slice(0, 2)
PAYER_KINDS: Final = {
    "11": "agency",
    "12": "public_institution",
    "51": "social_body",
    "91": "enterprise",
    "92": "enterprise",
    "93": "enterprise",
}


class FactRefused(Invalid):
    """A value cannot be kept as a fact."""

    code = "fact-refused"
    title = Text("数据不能保存", "The fact cannot be kept")


@dataclass(frozen=True, slots=True)
class HeldFact:
    """One fact as known: its value, since when it is true, who says so, and since when we know.

    ``unit`` is None where it is the catalog's; ``said_by`` the unit of a department; ``reason``
    why the bureau decided so, where it did.
    """

    name: str
    value: FactValue
    valid_from: date
    valid_to: date | None
    source: str
    document: str
    known_at: datetime
    known_by: str
    unit: str | None = None
    said_by: str | None = None
    reason: str | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """What the register tells an assessment of a payer."""

    uscc: str
    size_class: str | None
    registered_on: date | None


def fact_text(name: str, value: object) -> str:
    """Write a value as JSON text. Raises FactRefused for what is no boolean, number or text."""
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, bool | int | str):
        return json.dumps(value, ensure_ascii=False)
    raise FactRefused(
        Text(
            f"{name[:60]} 的值 {value!r} 须为是否、数字或文本；数字请用十进制文本写出。",
            f"{name[:60]} is {value!r}: write a boolean, an exact number or a text.",
        ),
        fact=name[:60],
    )


def fact_value(text: str) -> FactValue:
    """Read a value back, exactly as it was written."""
    value: FactValue = json.loads(text, parse_float=Decimal)
    return value


def years_since(registered_on: date, on: date) -> Decimal:
    """Count years since registration: whole years, then days over the year's length, to 0.01 down.

    A 29 February is kept on the 28th in common years. Rounded down, so that no bound is passed
    before its day.
    """
    if on < registered_on:
        return Decimal(0)
    whole = on.year - registered_on.year
    if _anniversary(registered_on, on.year) > on:
        whole -= 1
    begin = _anniversary(registered_on, registered_on.year + whole)
    end = _anniversary(registered_on, registered_on.year + whole + 1)
    part = Decimal((on - begin).days) / Decimal((end - begin).days)
    return whole + part.quantize(YEAR_STEPS, rounding="ROUND_FLOOR")


def payer_kind_of(uscc: str) -> str | None:
    """Tell the kind of payer from a credit code's first two signs, where they say it."""
    return PAYER_KINDS.get(uscc[CATEGORY])


def size_of(uscc: str, size_class: str | None) -> str | None:
    """Give the size class; 个体工商户 (category 92) are self-employed before any figure (R-V4)."""
    return "self_employed" if uscc[CATEGORY] == SOLE_TRADER else size_class


def _anniversary(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)
