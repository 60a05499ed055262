"""The same file back, with a column that says what is wrong in each row; CSV stays CSV. Pure."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import xlsxwriter

from feeledger.errors import Fault, FileRefused, Language
from feeledger.intake.cells import Cell
from feeledger.intake.csv_lines import csv_manner
from feeledger.intake.headings import OWN, RESULT, RESULT_MARKS
from feeledger.intake.register_rows import column_words
from feeledger.intake.sheets import HEAD, Line, kind_of_file, lines_of_file
from feeledger.intake.templates import OPTIONS, TEXT_FORMAT


def file_with_faults(
    file: BinaryIO, name: str, faults: Iterable[Fault], language: Language
) -> tuple[bytes, str]:
    """Write the file again with a first column of faults; give the bytes and the name's ending.

    Excel and Parquet come back as Excel, every cell as text. A file sent back with this column in
    it is read as if the column were not there.
    """
    told: dict[int, list[str]] = defaultdict(list)
    for fault in faults:
        head = f"{column_words(fault.path).to(language)}: " if fault.path else ""
        told[fault.line].append(f"{head}{fault.problem.to(language)} → {fault.remedy.to(language)}")
    file.seek(0)
    if kind_of_file(file.read(HEAD)) == "csv":
        return _csv(file, name, told, language), "csv"
    return _excel(file, name, told, language), "xlsx"


def _rows(
    file: BinaryIO, name: str, told: dict[int, list[str]], language: Language
) -> Iterable[list[str]]:
    place: int | None = None
    for count, (number, cells) in enumerate(_as_far(file, name)):
        texts = [cell.text for cell in cells]
        faults = " | ".join(told.get(number, ()))
        if count == 0:
            place = _result_column(cells)
            head = OWN[RESULT].to(language)
            faults = f"{head} {faults}".strip() if faults else head
        if place is not None and place < len(texts):
            del texts[place]
        yield [faults, *texts]


def _as_far(file: BinaryIO, name: str) -> Iterator[Line]:
    """Give the lines of a file as far as it can be read; raise what bars the very first."""
    read = 0
    try:
        for line in lines_of_file(file, name):
            read += 1
            yield line
    except FileRefused:
        if not read:
            raise


def _result_column(cells: list[Cell]) -> int | None:
    heads = (cell.text.split()[:1] for cell in cells)
    return next((p for p, head in enumerate(heads) if head and head[0] in RESULT_MARKS), None)


def _csv(file: BinaryIO, name: str, told: dict[int, list[str]], language: Language) -> bytes:
    encoding, delimiter = csv_manner(file, name)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    for row in _rows(file, name, told, language):
        writer.writerow(row)
    return text.getvalue().encode(encoding)


def _excel(file: BinaryIO, name: str, told: dict[int, list[str]], language: Language) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {**OPTIONS, "constant_memory": True}) as book:
        sheet = book.add_worksheet()
        text = book.add_format({"num_format": TEXT_FORMAT})
        for number, row in enumerate(_rows(file, name, told, language)):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, cell, text)
    return made.getvalue()
