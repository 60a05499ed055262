"""Lists that officers take away: the same rows as CSV or as an Excel sheet, marked in the demonstration.

Amounts are numbers in yuan, dates are dates; texts are written as texts, so nothing of a file runs.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from flask import Response, make_response
from xlsxwriter import Workbook

from feeledger.errors import Text
from feeledger.money import Money
from feeledger.web.language import say

Kind = Literal["csv", "xlsx"]
Cell = str | int | Money | date | None
DEMO_MARK: Final = "演示数据"
RISKY_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")
TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SHEET_NAME_MAX: Final = 31
WIDTH_MIN: Final = 12
WIDTH_MAX: Final = 40


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table to take away: its title, its columns, its rows."""

    title: Text
    columns: Sequence[Text]
    rows: Sequence[Sequence[Cell]]


def kind_asked(text: str) -> Kind:
    """Read which kind of file is asked for; CSV unless it is Excel."""
    return "xlsx" if text == "xlsx" else "csv"


def sheet_answer(sheet: Sheet, kind: Kind, name: str, *, demo: bool) -> Response:
    """Give a table as a file under a name, kept by no cache."""
    content = _xlsx_bytes(sheet, demo=demo) if kind == "xlsx" else _csv_bytes(sheet, demo=demo)
    answer = make_response(content)
    answer.headers["Content-Type"] = TYPES[kind]
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _csv_bytes(sheet: Sheet, *, demo: bool) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    mark = [DEMO_MARK] if demo else []
    writer.writerow([*(say(name) for name in sheet.columns), *mark])
    for row in sheet.rows:
        writer.writerow([*(_csv_cell(cell) for cell in row), *mark])
    return out.getvalue().encode("utf-8-sig")


def _csv_cell(cell: Cell) -> str:
    """Write a cell so that a spreadsheet takes no text for a formula."""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(RISKY_SIGNS) else cell
    return "" if cell is None else str(cell)


def _xlsx_bytes(sheet: Sheet, *, demo: bool) -> bytes:
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    page = book.add_worksheet(say(sheet.title)[:SHEET_NAME_MAX])
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    money = book.add_format({"num_format": "#,##0.00"})
    for column, name in enumerate(
        [*sheet.columns, *([Text(DEMO_MARK, DEMO_MARK)] if demo else [])]
    ):
        page.write_string(0, column, say(name), head)
        page.set_column(column, column, min(max(WIDTH_MIN, 2 * len(say(name))), WIDTH_MAX))
    page.freeze_panes(1, 0)
    for number, row in enumerate(sheet.rows, 1):
        for column, cell in enumerate([*row, *([DEMO_MARK] if demo else [])]):
            if isinstance(cell, Money):
                page.write_number(number, column, cell.yuan, money)
            elif isinstance(cell, date):
                page.write_datetime(number, column, cell)
            elif isinstance(cell, int):
                page.write_number(number, column, cell)
            elif cell:
                page.write_string(number, column, cell)
    book.close()
    return out.getvalue()
