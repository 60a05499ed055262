"""A file of facts as lines of cells: CSV, Excel or Parquet, told by its first bytes. Pure.

Lines are given one by one, so that a file of any length is read in little memory. What makes a whole
file unreadable is raised as FileRefused.
"""

from collections.abc import Iterator
from typing import BinaryIO, Final, NoReturn

from feeledger.errors import FileRefused
from feeledger.intake.cells import Cell
from feeledger.intake.csv_lines import csv_lines
from feeledger.intake.excel_lines import excel_lines
from feeledger.intake.faults import fact_file_fault
from feeledger.intake.parquet_lines import parquet_lines

Line = tuple[int, list[Cell]]  # its number in the file, from 1

ROWS_MAX: Final = 1_000_000
COLUMNS_MAX: Final = 512
HEAD: Final = 8
ZIP: Final = b"PK\x03\x04"
PARQUET: Final = b"PAR1"
OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"


def lines_of_file(file: BinaryIO, name: str) -> Iterator[Line]:
    """Give the lines of a file that hold anything, the columns first. Raises FileRefused."""
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    if head.startswith(OLD_EXCEL):
        _refuse("old-excel", name)
    if head.startswith(ZIP):
        lines = excel_lines(file, name)
    elif head.startswith(PARQUET):
        lines = parquet_lines(file, name)
    else:
        lines = csv_lines(file, name)
    for number, cells in lines:
        if number > ROWS_MAX:
            _refuse("rows-too-many", name, number, most=ROWS_MAX)
        if len(cells) > COLUMNS_MAX:
            _refuse("columns-too-many", name, number, most=COLUMNS_MAX)
        if any(not cell.blank for cell in cells):
            yield number, cells


def kind_of_file(head: bytes) -> str:
    """Name what a file is by its first bytes: excel, parquet or csv."""
    if head.startswith(ZIP):
        return "excel"
    return "parquet" if head.startswith(PARQUET) else "csv"


def _refuse(code: str, name: str, line: int = 1, most: int = 0) -> NoReturn:
    raise FileRefused((fact_file_fault(code, name, line, most=most),))
