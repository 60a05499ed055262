"""CSV of facts: UTF-8 (with or without a mark), UTF-16 with one, or GBK; the delimiter told by the columns."""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import BinaryIO, Final

from feeledger.errors import FileRefused
from feeledger.intake.cells import Cell
from feeledger.intake.faults import fact_file_fault

DELIMITERS: Final = (",", "\t", ";", "|", "，")
PIECE: Final = 1 << 20
ENCODINGS: Final = ("utf-8-sig", "gb18030")
WIDE_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def csv_lines(file: BinaryIO, name: str) -> Iterator[tuple[int, list[Cell]]]:
    """Give the lines of a CSV file, each with its number. Raises FileRefused."""
    encoding, delimiter = csv_manner(file, name)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, newline="")
    try:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        for cells in reader:
            yield reader.line_num, [Cell(cell) for cell in cells]
    except csv.Error as error:
        fault = fact_file_fault("csv-malformed", name, reader.line_num, value=str(error))
        raise FileRefused((fault,)) from error
    finally:
        text.detach()


def csv_manner(file: BinaryIO, name: str) -> tuple[str, str]:
    """Tell the encoding and the delimiter of a CSV file. Raises FileRefused."""
    encoding = _encoding_of(file)
    if encoding is None:
        raise FileRefused((fact_file_fault("encoding-unknown", name, 1),))
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, newline="")
    try:
        columns = next((line for line in text if line.strip()), "")
    finally:
        text.detach()
    return encoding, max(DELIMITERS, key=columns.count)


def _encoding_of(file: BinaryIO) -> str | None:
    file.seek(0)
    if file.read(2) in WIDE_MARKS:
        return "utf-16" if _decodes(file, "utf-16") else None
    return next((encoding for encoding in ENCODINGS if _decodes(file, encoding)), None)


def _decodes(file: BinaryIO, encoding: str) -> bool:
    """Try a whole file, piece by piece; a NUL stands in no text."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := file.read(PIECE):
            if "\0" in decoder.decode(piece):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
