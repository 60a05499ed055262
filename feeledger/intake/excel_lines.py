"""Excel (.xlsx) read as it stands in the file: the text of every number, never a float.

The first sheet alone is read, part by part. Formulas, errors and numbers that a spreadsheet cannot
keep exactly are marked; a file that would grow beyond bounds when unpacked is refused.
"""

import re
import zipfile
from collections.abc import Iterator
from typing import IO, Any, BinaryIO, Final

from lxml import etree

from feeledger.errors import FileRefused
from feeledger.intake.cells import NOTHING, Cell, number_cell
from feeledger.intake.faults import fact_file_fault

MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
STRICT: Final = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
LINK: Final = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
UNPACKED_MAX: Final = 1 << 30
SHARED_MAX: Final = 1 << 26
COLUMNS_MAX: Final = 512
REFERENCE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
LETTERS: Final = 26


class _Unreadable(Exception):
    """The package is not a workbook as the standard says."""


def excel_lines(file: BinaryIO, name: str) -> Iterator[tuple[int, list[Cell]]]:
    """Give the rows of the first sheet, each with its number. Raises FileRefused."""
    try:
        with zipfile.ZipFile(file) as package:
            _bound_size(package)
            shared = _shared_texts(package)
            yield from _rows(package, _first_sheet(package), shared)
    except (
        _Unreadable, zipfile.BadZipFile, etree.LxmlError, LookupError, NotImplementedError,
        RuntimeError, EOFError, ValueError, OSError,
    ) as error:  # fmt: skip
        fault = fact_file_fault("excel-malformed", name, 1, value=str(error))
        raise FileRefused((fault,)) from error


def _bound_size(package: zipfile.ZipFile) -> None:
    if sum(each.file_size for each in package.infolist()) > UNPACKED_MAX:
        raise _Unreadable("too large when unpacked")


def _first_sheet(package: zipfile.ZipFile) -> str:
    """Name the part of the first sheet of the workbook."""
    book = _parsed(package, "xl/workbook.xml")
    sheet = next((each for each in book.iter() if _name(each) == "sheet"), None)
    if sheet is None:
        raise _Unreadable("no sheet")
    key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
    for link in _parsed(package, "xl/_rels/workbook.xml.rels").iter(LINK):
        if link.get("Id") == key:
            target = str(link.get("Target", ""))
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise _Unreadable("no sheet")


def _parsed(package: zipfile.ZipFile, part: str) -> Any:
    with package.open(part) as stream:
        _forbid_doctype(stream)
    with package.open(part) as stream:
        return etree.parse(
            stream, etree.XMLParser(resolve_entities=False, no_network=True)
        ).getroot()


def _shared_texts(package: zipfile.ZipFile) -> list[str]:
    """Read the texts that cells share; their reading aids (phonetics) are left out."""
    part = "xl/sharedStrings.xml"
    if part not in package.namelist():
        return []
    if package.getinfo(part).file_size > SHARED_MAX:
        raise _Unreadable("shared texts too large")
    return [_text_within(element) for element in _elements(package, part, "si")]


def _rows(
    package: zipfile.ZipFile, part: str, shared: list[str]
) -> Iterator[tuple[int, list[Cell]]]:
    number = 0
    for row in _elements(package, part, "row"):
        told = row.get("r")
        number = int(told) if told is not None else number + 1
        cells: list[Cell] = []
        for element in row:
            if _name(element) == "c":
                place = _place(element.get("r"), len(cells))
                cells += [NOTHING] * (place - len(cells))
                cells.append(_cell(element, shared))
        yield number, cells


def _elements(package: zipfile.ZipFile, part: str, name: str) -> Iterator[Any]:
    """Give the elements of a name as they end, and forget each after it was looked at."""
    with package.open(part) as stream:
        _forbid_doctype(stream)
    with package.open(part) as stream:
        yield from _ended(stream, name)


def _ended(stream: IO[bytes], name: str) -> Iterator[Any]:
    events = etree.iterparse(
        stream, tag=(MAIN + name, STRICT + name), resolve_entities=False, no_network=True,
        load_dtd=False, huge_tree=False,
    )  # fmt: skip
    for _, element in events:
        if element.getroottree().docinfo.doctype:
            raise _Unreadable("DOCTYPE")
        yield element
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]


def _forbid_doctype(stream: IO[bytes]) -> None:
    if b"<!DOCTYPE" in stream.read(1024):
        raise _Unreadable("DOCTYPE")


def _place(reference: str | None, following: int) -> int:
    """Give the column of a cell, from 0; a cell without reference follows the one before."""
    if reference is None:
        return following
    match = REFERENCE.fullmatch(reference)
    if match is None:
        raise _Unreadable(reference)
    place = 0
    for sign in match[1]:
        place = place * LETTERS + ord(sign) - ord("A") + 1
    if place > COLUMNS_MAX or place <= following:
        raise _Unreadable(reference)
    return place - 1


def _cell(element: Any, shared: list[str]) -> Cell:
    parts = {_name(part): part for part in element}
    if "f" in parts:
        return Cell(f"={parts['f'].text or ''}", "formula")
    kind = element.get("t", "n")
    if kind == "inlineStr":
        return Cell(_text_within(parts["is"])) if "is" in parts else NOTHING
    value = (parts["v"].text or "") if "v" in parts else ""
    return _valued(kind, value, shared) if value else NOTHING


def _valued(kind: str, value: str, shared: list[str]) -> Cell:
    """Read a value by the kind of its cell: shared text, text, truth, error, or number."""
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
        if _name(part.getparent()) != "rPh"
    )


def _name(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
