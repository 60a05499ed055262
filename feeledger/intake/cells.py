"""One cell of a file of facts, as text that is exact; what cannot be exact is marked, never guessed."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

Kind = Literal["text", "number", "dated", "percent", "formula", "error", "inexact"]

DIGITS_EXACT: Final = 15  # a spreadsheet keeps numbers in binary; fifteen digits survive it
NUMBER_LENGTH_MAX: Final = 60
DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
COMPACT_DAY: Final = re.compile(r"\d{8}")
GROUPED: Final = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d*)?")
FIRST_SERIAL: Final = 61  # 1 March 1900: before it the 1900 calendar of spreadsheets is wrong
LAST_SERIAL: Final = 2_958_465  # 31 December 9999
SERIAL_ZERO: Final = date(1899, 12, 30)
DAYS_TO_1904: Final = 1_462  # from the calendar of 1900 to that of 1904, which old Macs wrote


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell holds, as text, and what kind of cell it was."""

    text: str
    kind: Kind = "text"

    @property
    def blank(self) -> bool:
        """Say whether nothing stands in it."""
        return self.kind == "text" and not self.text.strip()


NOTHING: Final = Cell("")


def number_cell(text: str) -> Cell:
    """Read a spreadsheet's number from its text in the file; no float is made of it.

    >>> number_cell("1.5E3"), number_cell("0.30000000000000004")
    (Cell(text='1500', kind='number'), Cell(text='0.30000000000000004', kind='inexact'))
    """
    try:
        number = Decimal(text) if len(text) <= NUMBER_LENGTH_MAX else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or abs(number.adjusted()) > NUMBER_LENGTH_MAX:
        return Cell(text, "error")
    if len(number.normalize().as_tuple().digits) > DIGITS_EXACT:
        return Cell(text, "inexact")
    plain = f"{number:f}"
    return Cell(plain.rstrip("0").rstrip(".") if "." in plain else plain, "number")


def dated_cell(cell: Cell, *, since_1904: bool = False) -> Cell:
    """Read a number that its sheet shows as a day: the day it stands for, by the book's calendar.

    >>> dated_cell(Cell("46023", "number")), dated_cell(Cell("44561", "number"), since_1904=True)
    (Cell(text='2026-01-01', kind='dated'), Cell(text='2026-01-01', kind='dated'))
    """
    if cell.kind != "number" or not cell.text.isdigit():
        return Cell(cell.text, "dated") if cell.kind == "number" else cell
    serial = int(cell.text) + (DAYS_TO_1904 if since_1904 else 0)
    if not FIRST_SERIAL <= serial <= LAST_SERIAL:
        return Cell(cell.text, "dated")
    return Cell((SERIAL_ZERO + timedelta(days=serial)).isoformat(), "dated")


def folded(text: str) -> str:
    """Give a text as people meant it: full-width signs narrowed, outer blanks off."""
    return unicodedata.normalize("NFKC", text).strip()


def plain_number(cell: Cell) -> str:
    """Give a number as typed by people in plain signs: width and thousands marks taken off."""
    bare = "".join(folded(cell.text).split())
    return bare.replace(",", "") if GROUPED.fullmatch(bare) else bare


def day_of_cell(cell: Cell) -> date | None:
    """Read a day: 2026-01-31, 2026/1/31, 2026年1月31日, 20260131, or a spreadsheet's day number."""
    text = folded(cell.text)
    if cell.kind == "number" and text.isdigit() and FIRST_SERIAL <= int(text) <= LAST_SERIAL:
        return SERIAL_ZERO + timedelta(days=int(text))
    match = DAY.fullmatch(text)
    if match is not None:
        parts = [int(part) for part in match.groups()]
    elif COMPACT_DAY.fullmatch(text):
        parts = [int(text[:4]), int(text[4:6]), int(text[6:])]
    else:
        return None
    try:
        return date(*parts)
    except ValueError:
        return None
