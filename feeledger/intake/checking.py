"""Rows of a file of facts held against the catalog: what each tells, or every fault of it. Pure.

The register is asked by the caller, stretch by stretch (``batches.py``). A row is taken whole or not
at all; an empty cell tells nothing and is never zero.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from feeledger.assessment.outcomes import RequestFault
from feeledger.assessment.told_facts import Limits, take_told
from feeledger.catalog.items import Fact
from feeledger.codes import judge_uscc
from feeledger.enterprises.facts import fact_text
from feeledger.errors import Fault, Text
from feeledger.intake.cells import Cell, day_of_cell, folded, plain_number
from feeledger.intake.faults import fact_file_fault
from feeledger.intake.headings import DOCUMENT, OWN, SINCE, UNREAD, UNTIL, USCC, Column
from feeledger.judgements import narrow_upper

DOCUMENT_LENGTH_MAX: Final = 200
YES: Final = frozenset({"是", "有", "true", "yes", "y", "1", "√"})
NO: Final = frozenset({"否", "无", "false", "no", "n", "0", "×"})
CELL_FAULTS: Final = {"formula": "formula", "error": "cell-error", "inexact": "number-inexact"}
# What is no fault in a column of days is one in a column of facts.
FACT_FAULTS: Final = {**CELL_FAULTS, "dated": "number-dated", "percent": "number-percent"}


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a row leaves out: its days and its paper."""

    valid_from: date | None = None
    valid_to: date | None = None
    document: str = ""


@dataclass(frozen=True, slots=True)
class RowTold:
    """What one row tells of one enterprise: facts as JSON text, by name."""

    line: int
    uscc: str
    facts: Mapping[str, str]
    valid_from: date
    valid_to: date | None
    document: str


@dataclass(slots=True)
class _Row:
    """One row being read, and its faults so far."""

    file: str
    line: int
    faults: list[Fault] = field(default_factory=list)

    def blame(self, code: str, column: str, value: str, **figures: object) -> None:
        fault = fact_file_fault(code, self.file, self.line, path=column, value=value, **figures)
        self.faults.append(fault)


class Checker:
    """Reads the rows of one file; it remembers which enterprise told which fact for which days."""

    def __init__(
        self,
        columns: Sequence[Column | None],
        known: Mapping[str, Fact],
        defaults: Defaults,
        file: str,
        limits: Limits,
    ) -> None:
        """Prepare for the rows under some columns."""
        self.columns = columns
        self.known = known
        self.defaults = defaults
        self.file = file
        self.limits = limits
        self.told: dict[str, list[tuple[int, date, date | None, frozenset[str]]]] = {}
        self._kept: dict[frozenset[str], frozenset[str]] = {}

    def read_row(self, number: int, cells: Sequence[Cell]) -> tuple[RowTold | None, list[Fault]]:
        """Read one row: what it tells, or every fault of it."""
        row = _Row(self.file, number)
        if any(not cell.blank for cell in cells[len(self.columns) :]):
            row.blame("cells-too-many", "", str(len(cells)), due=len(self.columns))
        own, written = self._sorted(row, cells)
        uscc = _uscc_of(row, own.get(USCC))
        since, until = self._days(row, own)
        document = self._document(row, own.get(DOCUMENT))
        facts = self._facts(row, written)
        if not written and not row.faults and UNREAD not in own:
            row.blame("row-without-facts", "", "")
        if row.faults or since is None:
            return None, row.faults
        told = RowTold(number, uscc, facts, since, until, document)
        self._remember(row, told)
        return (None if row.faults else told), row.faults

    def _sorted(
        self, row: _Row, cells: Sequence[Cell]
    ) -> tuple[dict[str, Cell], list[tuple[Column, Cell]]]:
        """Part our own fields from the facts; what cannot be read of a cell is blamed."""
        own: dict[str, Cell] = {}
        written = []
        for place, (column, cell) in enumerate(zip(self.columns, cells, strict=False), start=1):
            if cell.blank:
                continue
            if column is None:
                row.blame("heading-missing", "", cell.text, place=place)
            elif column.fact is None:
                own[column.key] = cell
            elif cell.kind in FACT_FAULTS:
                row.blame(FACT_FAULTS[cell.kind], column.heading, cell.text)
                written.append((column, cell))
            else:
                written.append((column, cell))
        return own, written

    def _days(self, row: _Row, own: Mapping[str, Cell]) -> tuple[date | None, date | None]:
        """Read the window; files print the last day, the window ends on the day after."""
        since, until = self.defaults.valid_from, self.defaults.valid_to
        if SINCE in own:
            since = _day(row, SINCE, own[SINCE])
        elif since is None:
            row.blame("day-missing", OWN[SINCE].zh, "")
        if UNTIL in own:
            last = _day(row, UNTIL, own[UNTIL])
            until = last + timedelta(days=1) if last is not None and last < date.max else None
        if since is not None and until is not None and until <= since:
            row.blame("days-reversed", OWN[UNTIL].zh, (until - timedelta(days=1)).isoformat())
        return since, until

    def _document(self, row: _Row, cell: Cell | None) -> str:
        if cell is None:
            return self.defaults.document
        text = " ".join("".join(s if s.isprintable() else " " for s in cell.text).split())
        if len(text) > DOCUMENT_LENGTH_MAX:
            row.blame("text-too-long", OWN[DOCUMENT].zh, text, most=DOCUMENT_LENGTH_MAX)
        return text

    def _facts(self, row: _Row, written: Sequence[tuple[Column, Cell]]) -> dict[str, str]:
        """Read the facts of a row, and hold them against their bounds and each other."""
        values: dict[str, object] = {}
        for column, cell in written:
            if column.fact is None or cell.kind in FACT_FAULTS:
                continue
            value = _value(row, column, column.fact, cell)
            if value is not None:
                values[column.key] = value
        given, faults = take_told(values, self.known, self.limits)
        for fault in faults:
            row.faults.append(self.fault_of(row.line, fault))
        return {name: fact_text(name, _exact(taken.value)) for name, taken in given.items()}

    def fault_of(self, line: int, fault: RequestFault) -> Fault:
        """Say what is wrong with a fact of a line, under the heading it stands."""
        found = (each.heading for each in self.columns if each and each.key == fault.field)
        return fact_file_fault(
            "fact-wrong",
            self.file,
            line,
            path=next(found, fault.field),
            value=fault.value,
            why=fault.detail.zh,
            why_en=fault.detail.en,
        )

    def _remember(self, row: _Row, told: RowTold) -> None:
        """Refuse a second word on the same fact for the same days; else remember this one."""
        names = frozenset(told.facts)
        names = self._kept.setdefault(names, names)
        before = self.told.setdefault(told.uscc, [])
        for line, since, until, others in before:
            both = names & others
            if both and _overlap((since, until), (told.valid_from, told.valid_to)):
                fact = self.known[min(both)]
                row.blame(
                    "row-twice",
                    OWN[USCC].zh,
                    told.uscc,
                    first=line,
                    fact=fact.label.zh,
                    fact_en=fact.label.en,
                )
                return
        before.append((told.line, told.valid_from, told.valid_to, names))


def stretches(rows: Iterator[RowTold], size: int) -> Iterator[list[RowTold]]:
    """Cut rows into stretches of a size, so that the database is asked once for many."""
    stretch: list[RowTold] = []
    for row in rows:
        stretch.append(row)
        if len(stretch) == size:
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def _uscc_of(row: _Row, cell: Cell | None) -> str:
    """Read a credit code (R-V1); one whose check fails may be registered so, by an override."""
    if cell is None or cell.blank:
        row.blame("uscc-missing", OWN[USCC].zh, "")
        return ""
    judged = judge_uscc(cell.text)
    if judged.value is not None:
        return judged.value
    if judged.code == "uscc-check":
        return narrow_upper(cell.text)
    why = judged.problem or Text("", "")
    row.blame("uscc-wrong", OWN[USCC].zh, cell.text.strip(), why=why.zh, why_en=why.en)
    return ""


def _day(row: _Row, key: str, cell: Cell) -> date | None:
    day = None if cell.kind in CELL_FAULTS else day_of_cell(cell)
    if day is None:
        row.blame(CELL_FAULTS.get(cell.kind, "day-wrong"), OWN[key].zh, cell.text)
    return day


def _value(row: _Row, column: Column, fact: Fact, cell: Cell) -> object:
    """Read a cell by its fact's type: yes or no, one of the choices, or an exact number's text."""
    text = folded(cell.text)
    if fact.type == "bool":
        if text.lower() in YES | NO:
            return text.lower() in YES
        row.blame("choice-wrong", column.heading, cell.text, choices="是、否", choices_en="yes, no")
        return None
    if fact.type != "enum":
        return plain_number(cell)
    value = choice_of(fact, text)
    if value is None:
        labels = fact.value_labels or tuple(Text(each, each) for each in fact.values)
        row.blame(
            "choice-wrong",
            column.heading,
            cell.text,
            choices="、".join(label.zh for label in labels),
            choices_en=", ".join(label.en for label in labels),
        )
    return value


def choice_of(fact: Fact, text: str) -> str | None:
    """Give the value of an enum that a text names: by itself or by its label."""
    labels = fact.value_labels or tuple(Text(each, each) for each in fact.values)
    for value, label in zip(fact.values, labels, strict=True):
        if text in (value, folded(label.zh)) or text.lower() == folded(label.en).lower():
            return value
    return None


def _exact(value: object) -> object:
    """Give a number without trailing zeros, so that one number is written in one way."""
    if not isinstance(value, Decimal):
        return value
    plain = f"{value:f}"
    return Decimal(plain.rstrip("0").rstrip(".") if "." in plain else plain)


def _overlap(one: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    return (other[1] is None or one[0] < other[1]) and (one[1] is None or other[0] < one[1])
