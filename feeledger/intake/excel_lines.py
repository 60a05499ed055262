"""Excel (.xlsx) read as it stands in the file: the text of every number, never a float.

The first sheet alone is read, part by part. Formulas, errors and numbers that a spreadsheet cannot
keep exactly are marked, days and percentages too; merged cells and a second sheet with enterprises in
it are faults, for what they hold would be lost in silence. A file that would grow beyond bounds when
unpacked is refused.
"""

import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO, Final

from lxml import etree

from feeledger.codes import judge_uscc
from feeledger.errors import Fault, FileRefused
from feeledger.intake.cells import NOTHING, Cell, dated_cell, number_cell
from feeledger.intake.excel_book import (
    MAIN,
    STRICT,
    Book,
    Unreadable,
    elements_of,
    name_of,
    read_book,
)
from feeledger.intake.faults import fact_file_fault
from feeledger.intake.headings import names_code

UNPACKED_MAX: Final = 1 << 30
SHARED_MAX: Final = 1 << 26
COLUMNS_MAX: Final = 512
MERGES_TOLD: Final = 1_000
ROWS_LOOKED_AT: Final = 50
REFERENCE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
LETTERS: Final = 26

Row = tuple[int, list[Cell]]


def excel_lines(file: BinaryIO, name: str) -> Iterator[Row]:
    """Give the rows of the first sheet, each with its number. Raises FileRefused.

    What is found only behind the rows (merged cells, other sheets) is raised after the last of them.
    """
    try:
        with zipfile.ZipFile(file) as package:
            _bound_size(package)
            reader = _Reader(package, name)
            yield from reader.rows()
            faults = reader.faults_behind()
    except (
        Unreadable, zipfile.BadZipFile, etree.LxmlError, LookupError, NotImplementedError,
        RuntimeError, EOFError, ValueError, OSError,
    ) as error:  # fmt: skip
        fault = fact_file_fault("excel-malformed", name, 1, value=str(error))
        raise FileRefused((fault,)) from error
    if faults:
        raise FileRefused(faults)


class _Reader:
    """Reads one workbook; it remembers the line of the headings and the cells that are merged."""

    def __init__(self, package: zipfile.ZipFile, name: str) -> None:
        self.package = package
        self.name = name
        self.book: Book = read_book(package)
        self.shared = _shared_texts(package)
        self.headings: int | None = None
        self.merged: list[str] = []

    def rows(self) -> Iterator[Row]:
        """Give the rows of the first sheet."""
        for number, cells in self._rows_of(self.book.first):
            if self.headings is None and names_code(cells):
                self.headings = number
            yield number, cells

    def faults_behind(self) -> tuple[Fault, ...]:
        """Give the faults of merged cells under the headings, and of other sheets with enterprises."""
        faults = [fault for each in self.merged if (fault := self._merge_fault(each)) is not None]
        beside = [sheet for sheet, part in self.book.beside.items() if self._has_codes(part)]
        faults += [fact_file_fault("sheet-beside", self.name, 1, value=sheet) for sheet in beside]
        return tuple(faults[:MERGES_TOLD])

    def _rows_of(self, part: str) -> Iterator[Row]:
        number = 0
        for element in elements_of(self.package, part, "row", "mergeCell"):
            if name_of(element) == "mergeCell":
                self.merged.append(element.get("ref", ""))
                continue
            told = element.get("r")
            number = int(told) if told is not None else number + 1
            cells: list[Cell] = []
            for each in element:
                if name_of(each) == "c":
                    place = _place(each.get("r"), len(cells))
                    cells += [NOTHING] * (place - len(cells))
                    cells.append(_cell(each, self.shared, self.book))
            yield number, cells

    def _merge_fault(self, reference: str) -> Fault | None:
        """Blame cells that are merged under the headings; titles above may be."""
        ends = [REFERENCE.fullmatch(end) for end in reference.split(":")]
        lines = [int(end[2]) for end in ends if end is not None]
        below = (self.headings or 1) + 1
        if not lines or max(lines) < below:
            return None
        line = max(min(lines), below)
        return fact_file_fault("cells-merged", self.name, line, value=reference)

    def _has_codes(self, part: str) -> bool:
        """Say whether a sheet holds a credit code among its first rows."""
        merged, self.merged = self.merged, []
        found = any(
            judge_uscc(cell.text).value is not None
            for _, cells in islice(self._rows_of(part), ROWS_LOOKED_AT)
            for cell in cells
        )
        self.merged = merged
        return found


def _bound_size(package: zipfile.ZipFile) -> None:
    if sum(each.file_size for each in package.infolist()) > UNPACKED_MAX:
        raise Unreadable("too large when unpacked")


def _shared_texts(package: zipfile.ZipFile) -> list[str]:
    """Read the texts that cells share; their reading aids (phonetics) are left out."""
    part = "xl/sharedStrings.xml"
    if part not in package.namelist():
        return []
    if package.getinfo(part).file_size > SHARED_MAX:
        raise Unreadable("shared texts too large")
    return [_text_within(element) for element in elements_of(package, part, "si")]


def _place(reference: str | None, following: int) -> int:
    """Give the column of a cell, from 0; a cell without reference follows the one before."""
    if reference is None:
        return following
    match = REFERENCE.fullmatch(reference)
    if match is None:
        raise Unreadable(reference)
    place = 0
    for sign in match[1]:
        place = place * LETTERS + ord(sign) - ord("A") + 1
    if place > COLUMNS_MAX or place <= following:
        raise Unreadable(reference)
    return place - 1


def _cell(element: Any, shared: list[str], book: Book) -> Cell:
    parts = {name_of(part): part for part in element}
    if "f" in parts:
        return Cell(f"={parts['f'].text or ''}", "formula")
    kind = element.get("t", "n")
    if kind == "inlineStr":
        return Cell(_text_within(parts["is"])) if "is" in parts else NOTHING
    value = (parts["v"].text or "") if "v" in parts else ""
    if not value:
        return NOTHING
    return _number(element, value, book) if kind == "n" else _valued(kind, value, shared)


def _number(element: Any, value: str, book: Book) -> Cell:
    """Read a number as it is shown: a day, a percentage, or plain."""
    cell, style = number_cell(value), int(element.get("s", "0"))
    look = book.looks[style] if style < len(book.looks) else ""
    if look == "day":
        return dated_cell(cell, since_1904=book.since_1904)
    if look == "percent" and cell.kind == "number":
        return Cell(f"{Decimal(cell.text) * 100:f}%", "percent")
    if book.since_1904 and cell.kind == "number":
        return Cell(cell.text)  # no day number: the calendar of 1900 would read it four years off
    return cell


def _valued(kind: str, value: str, shared: list[str]) -> Cell:
    """Read a value by the kind of its cell: shared text, text, truth, error."""
    if kind == "s":
        return Cell(shared[int(value)])
    if kind in ("str", "d"):
        return Cell(value)
    if kind == "b":
        return Cell("true" if value == "1" else "false")
    return Cell(value, "error") if kind == "e" else number_cell(value)


def _text_within(element: Any) -> str:
    """Join the runs of a text; its phonetic runs (rPh) are no part of it."""
    return "".join(
        part.text or ""
        for part in element.iter(MAIN + "t", STRICT + "t")
        if name_of(part.getparent()) != "rPh"
    )
