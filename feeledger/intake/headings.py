"""The columns of a file of facts: which fact each holds, in which unit. Pure.

A column is named by the fact's name, its label in either language, or its label with the unit in
brackets. A unit that is not the catalog's is refused: nothing is converted in silence.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from feeledger.assessment.intake import nearest
from feeledger.assessment.wording import UNITS_EN
from feeledger.catalog.items import Fact
from feeledger.errors import Fault, Text
from feeledger.intake.cells import Cell, folded
from feeledger.intake.faults import fact_file_fault

USCC: Final = "uscc"
NAME: Final = "name"
SINCE: Final = "valid_from"
UNTIL: Final = "valid_until"
DOCUMENT: Final = "document"
RESULT: Final = "result"
UNREAD: Final = ""  # the key of a column whose heading is at fault
OWN: Final[Mapping[str, Text]] = {
    USCC: Text("统一社会信用代码", "Credit code"),
    NAME: Text("企业名称", "Enterprise"),
    SINCE: Text("自何日", "From"),
    UNTIL: Text("至何日", "Until"),
    DOCUMENT: Text("依据材料", "Document"),
    RESULT: Text("问题", "Faults"),
}
OTHER_NAMES: Final[Mapping[str, str]] = {
    "信用代码": USCC,
    "社会信用代码": USCC,
    "统一信用代码": USCC,
    "名称": NAME,
    "单位名称": NAME,
    "缴款人": NAME,
    "name": NAME,
    "起日": SINCE,
    "开始日期": SINCE,
    "since": SINCE,
    "止日": UNTIL,
    "结束日期": UNTIL,
    "valid_to": UNTIL,
    "依据": DOCUMENT,
    "材料": DOCUMENT,
    "问题 · faults": RESULT,
}
RESULT_MARKS: Final = frozenset({OWN[RESULT].zh, OWN[RESULT].en})
BRACKETED: Final = re.compile(r"(.+?)\s*\(([^()]+)\)")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading as written, and the fact or the field of ours that it holds.

    ``key`` is the fact's name, or one of the names of our own fields.
    """

    heading: str
    key: str
    fact: Fact | None


def unit_text(unit: str) -> Text:
    """Give a unit in both languages; one without an English word stays as it is."""
    return Text(unit, UNITS_EN.get(unit, unit))


def heading_of(fact: Fact) -> Text:
    """Give the heading of a fact's column: its label, with the unit in brackets."""
    unit = unit_text(fact.unit)
    if not fact.unit:
        return fact.label
    return Text(f"{fact.label.zh}（{unit.zh}）", f"{fact.label.en} ({unit.en})")


def columns_of(
    header: Sequence[Cell], known: Mapping[str, Fact], *, file: str, line: int
) -> tuple[list[Column | None], list[Fault]]:
    """Tell what each column holds, None for an empty heading; and every fault of the headings.

    A column whose heading is at fault has the key UNREAD: its cells are not blamed each anew.
    """
    names = _names(known)
    columns: list[Column | None] = []
    faults: list[Fault] = []
    for cell in header:
        found = _column(cell, known, names, (file, line))
        if isinstance(found, Fault):
            faults.append(found)
            columns.append(Column(found.value, UNREAD, None))
            continue
        columns.append(found)
    faults += _twice(columns, file, line)
    keys = {column.key for column in columns if column is not None}
    if USCC not in keys:
        own = OWN[USCC]
        told = {"column": own.zh, "column_en": own.en}
        faults.append(fact_file_fault("column-missing", file, line, path=own.zh, **told))
    if not keys & known.keys() and not faults:
        told = {"column": "任一数据项", "column_en": "any fact"}
        faults.append(fact_file_fault("column-missing", file, line, **told))
    return columns, faults


def names_code(header: Sequence[Cell]) -> bool:
    """Say whether a line has the heading of the credit code, and so holds the headings."""
    names = {_plain(spelling) for spelling, key in _spellings({}) if key == USCC}
    return any(_plain(cell.text) in names for cell in header)


def _names(known: Mapping[str, Fact]) -> dict[str, str]:
    """Give every heading that names something; what names two things names nothing."""
    names: dict[str, str] = {}
    doubled = set[str]()
    for heading, key in _spellings(known):
        plain = _plain(heading)
        if names.setdefault(plain, key) != key:
            doubled.add(plain)
    return {heading: key for heading, key in names.items() if heading not in doubled}


def _spellings(known: Mapping[str, Fact]) -> Iterable[tuple[str, str]]:
    for key, own in OWN.items():
        yield from ((key, key), (own.zh, key), (own.en, key))
    yield from OTHER_NAMES.items()
    for name, fact in known.items():
        full = heading_of(fact)
        yield from ((name, name), (fact.label.zh, name), (fact.label.en, name))
        yield from ((full.zh, name), (full.en, name), (f"{name} ({fact.unit})", name))


def _plain(heading: str) -> str:
    return re.sub(r"\s+", " ", folded(heading)).lower().replace(" (", "(")


def _column(
    cell: Cell, known: Mapping[str, Fact], names: Mapping[str, str], place: tuple[str, int]
) -> Column | Fault | None:
    heading = folded(cell.text)
    if not heading:
        return None
    key = names.get(_plain(heading))
    if key is None and heading.split()[0] in RESULT_MARKS:
        key = RESULT  # with the faults of the headings behind it
    if key is not None:
        return Column(heading, key, known.get(key))
    bracketed = BRACKETED.fullmatch(folded(heading))
    base = names.get(_plain(bracketed[1])) if bracketed is not None else None
    fact = known.get(base or "")
    if fact is not None:
        full, unit = heading_of(fact), unit_text(fact.unit)
        return fact_file_fault(
            "unit-differs",
            *place,
            path=heading,
            value=heading,
            unit=unit.zh or "无单位",
            unit_en=unit.en or "no unit",
            heading=full.zh,
            heading_en=full.en,
        )
    near = nearest(heading, [*known, *(fact.label.zh for fact in known.values())])
    near_en = nearest(heading, [*known, *(fact.label.en for fact in known.values())])
    return fact_file_fault(
        "column-unknown", *place, path=heading, value=heading, near=near.zh, near_en=near_en.en
    )


def _twice(columns: Sequence[Column | None], file: str, line: int) -> list[Fault]:
    seen, faults = set[str](), []
    for column in columns:
        if column is None:
            continue
        if column.key in seen and column.key not in (RESULT, UNREAD):
            faults.append(
                fact_file_fault(
                    "column-twice", file, line, path=column.heading, value=column.heading
                )
            )
        seen.add(column.key)
    return faults
