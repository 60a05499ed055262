"""Rows of a file of enterprises: what each says for the payer register, or every fault of it. Pure.

Columns are told by their headings in any order; a row is taken whole or not at all. Codes whose check
character does not fit are registered on the page alone, with a reason each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from feeledger.assessment.intake import nearest
from feeledger.codes import judge_industry, judge_uscc
from feeledger.enterprises.sizes import SIZE_NAMES
from feeledger.errors import Fault, Text
from feeledger.intake.cells import Cell, day_of_cell, folded
from feeledger.intake.checking import CELL_FAULTS
from feeledger.intake.faults import fact_file_fault
from feeledger.intake.headings import NAME, OTHER_NAMES, OWN, RESULT, RESULT_MARKS, USCC
from feeledger.judgements import narrow_upper

INDUSTRY: Final = "industry_code"
VERSION: Final = "industry_version"
REGISTERED: Final = "registered_on"
SIZE: Final = "size_class"
NAME_LENGTH_MAX: Final = 120
VERSIONS: Final = ("2017", "2011")
COLUMNS: Final[Mapping[str, Text]] = {
    USCC: OWN[USCC],
    NAME: OWN[NAME],
    INDUSTRY: Text("行业代码", "Industry code"),
    VERSION: Text("行业分类版本", "Edition of the classification"),
    REGISTERED: Text("登记日期", "Registered on"),
    SIZE: Text("规模", "Size"),
}
NEEDED: Final = (USCC, NAME)
BY_NAME: Final[Mapping[str, Text]] = {text.zh: text for text in (*OWN.values(), *COLUMNS.values())}
MORE_NAMES: Final[Mapping[str, str]] = {
    "行业": INDUSTRY,
    "成立日期": REGISTERED,
    "注册日期": REGISTERED,
    "企业规模": SIZE,
}


def column_words(path: str) -> Text:
    """Name the column of a fault to its reader: ours in either language, others as the file does."""
    return BY_NAME.get(path, Text(path, path))


@dataclass(frozen=True, slots=True)
class EnterpriseTold:
    """What one row says of one enterprise."""

    line: int
    uscc: str
    name: str
    home_region: str
    industry_version: str | None = None
    industry_code: str | None = None
    registered_on: date | None = None
    size_class: str | None = None


def register_columns(
    header: Sequence[Cell], file: str, line: int
) -> tuple[list[str | None], list[Fault]]:
    """Tell what each column holds, None where nothing is to be read; and the headings' faults."""
    names = _names()
    keys: list[str | None] = []
    faults: list[Fault] = []
    for cell in header:
        heading = folded(cell.text)
        key = names.get(heading.lower()) if heading else None
        if heading and heading.split()[0] in RESULT_MARKS:
            key = RESULT
        if heading and key is None:
            near = nearest(heading, [text.zh for text in COLUMNS.values()])
            near_en = nearest(heading, [text.en for text in COLUMNS.values()])
            told = {"value": heading, "near": near.zh, "near_en": near_en.en}
            faults.append(fact_file_fault("register-column", file, line, path=heading, **told))
        elif key is not None and key in keys and key != RESULT:
            told = {"value": heading}
            faults.append(fact_file_fault("column-twice", file, line, path=heading, **told))
        keys.append(key)
    faults += [
        fact_file_fault(
            "column-missing",
            file,
            line,
            path=COLUMNS[key].zh,
            column=COLUMNS[key].zh,
            column_en=COLUMNS[key].en,
        )
        for key in NEEDED
        if key not in keys
    ]
    return keys, faults


class RegisterReader:
    """Reads the rows of one file of enterprises; it remembers on which line a code stood."""

    def __init__(self, keys: Sequence[str | None], region: str, file: str, today: date) -> None:
        """Prepare for the rows under some columns, of enterprises at home in a region."""
        self.keys = keys
        self.region = region
        self.file = file
        self.today = today
        self.seen: dict[str, int] = {}

    def read_row(
        self, number: int, cells: Sequence[Cell]
    ) -> tuple[EnterpriseTold | None, list[Fault]]:
        """Read one row: what it says, or every fault of it."""
        row = _Row(self.file, number)
        told = self._told(row, cells)
        uscc = _code(row, told.get(USCC))
        found = EnterpriseTold(
            line=number,
            uscc=uscc,
            name=_name(row, told.get(NAME)),
            home_region=self.region,
            industry_version=_version(row, told.get(VERSION), told.get(INDUSTRY)),
            industry_code=_industry(row, told.get(INDUSTRY)),
            registered_on=_day(row, told.get(REGISTERED), self.today),
            size_class=_size(row, told.get(SIZE)),
        )
        if uscc and uscc in self.seen:
            row.blame("code-twice", USCC, uscc, first=self.seen[uscc])
        self.seen.setdefault(uscc, number)
        return (None if row.faults else found), row.faults

    def _told(self, row: "_Row", cells: Sequence[Cell]) -> dict[str, Cell]:
        """Give the cells by column; what cannot be read, or stands under no heading, is blamed."""
        told: dict[str, Cell] = {}
        for place, cell in enumerate(cells):
            key = self.keys[place] if place < len(self.keys) else None
            if cell.blank or key == RESULT:
                continue
            if key is None:
                row.blame("heading-missing", "", cell.text, place=place + 1)
            elif cell.kind in CELL_FAULTS:
                row.blame(CELL_FAULTS[cell.kind], key, cell.text)
            else:
                told[key] = cell
        return told


@dataclass(slots=True)
class _Row:
    """One row being read, and its faults so far."""

    file: str
    line: int
    faults: list[Fault] = field(default_factory=list)

    def blame(self, code: str, key: str, value: str, **figures: object) -> None:
        path = COLUMNS[key].zh if key else ""
        self.faults.append(
            fact_file_fault(code, self.file, self.line, path=path, value=value, **figures)
        )


def _names() -> dict[str, str]:
    names = {spelling: key for spelling, key in OTHER_NAMES.items() if key in COLUMNS}
    names |= MORE_NAMES
    for key, text in COLUMNS.items():
        names |= {key: key, text.zh: key, text.en.lower(): key}
    return names


def _code(row: _Row, cell: Cell | None) -> str:
    if cell is None:
        row.blame("uscc-missing", USCC, "")
        return ""
    judged = judge_uscc(cell.text)
    if judged.value is not None:
        return judged.value
    why = judged.problem or Text("", "")
    row.blame("uscc-wrong", USCC, cell.text.strip(), why=why.zh, why_en=why.en)
    return ""


def _name(row: _Row, cell: Cell | None) -> str:
    name = "" if cell is None else " ".join(cell.text.split())
    if not name:
        row.blame("name-missing", NAME, "")
    elif len(name) > NAME_LENGTH_MAX:
        row.blame("text-too-long", NAME, name, most=NAME_LENGTH_MAX)
    elif not name.isprintable():
        row.blame("name-unprintable", NAME, name)
    return name


def _industry(row: _Row, cell: Cell | None) -> str | None:
    if cell is None:
        return None
    code = narrow_upper(cell.text)
    problem = judge_industry(code).problem
    if problem is not None:
        row.blame("industry-wrong", INDUSTRY, cell.text, why=problem.zh, why_en=problem.en)
    return code


def _version(row: _Row, cell: Cell | None, industry: Cell | None) -> str | None:
    """Read the edition of the classification; where none is told it is the one in force, of 2017."""
    if cell is None or industry is None:
        return VERSIONS[0] if industry is not None else None
    text = folded(cell.text)
    if text not in VERSIONS:
        row.blame("choice-wrong", VERSION, cell.text, choices="2017、2011", choices_en="2017, 2011")
    return text


def _day(row: _Row, cell: Cell | None, today: date) -> date | None:
    if cell is None:
        return None
    day = day_of_cell(cell)
    if day is None:
        row.blame("day-wrong", REGISTERED, cell.text)
    elif day > today:
        row.blame("day-to-come", REGISTERED, cell.text)
    return day


def _size(row: _Row, cell: Cell | None) -> str | None:
    if cell is None:
        return None
    text = folded(cell.text).lower()
    for key, label in SIZE_NAMES.items():
        if text in (key, label.zh, label.en, label.zh.removesuffix("型")):
            return key
    row.blame(
        "choice-wrong",
        SIZE,
        cell.text,
        choices="、".join(label.zh for label in SIZE_NAMES.values()),
        choices_en=", ".join(label.en for label in SIZE_NAMES.values()),
    )
    return None
