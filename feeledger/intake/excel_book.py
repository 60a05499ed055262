"""What an Excel workbook says of its cells from outside its sheets: which sheet, which calendar, which looks.

A number's look (its format) tells a day or a percentage from a plain number. The formats are those of
ECMA-376, part 1, 18.8.30; the numbers 27 to 36 and 50 to 58 are dates in Chinese editions.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, Final, Literal

from lxml import etree

Look = Literal["", "day", "percent"]

MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
STRICT: Final = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
LINK: Final = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
STYLES: Final = "xl/styles.xml"
STYLES_MAX: Final = 1 << 26
DAY_FORMATS: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
PERCENT_FORMATS: Final = frozenset({9, 10})
LITERAL: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
DAY_SIGNS: Final = re.compile(r"[ymdhs年月日]", re.IGNORECASE)


class Unreadable(Exception):
    """The package is not a workbook as the standard says."""


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook: the part of its first sheet, the other visible sheets, the looks of its cells."""

    first: str
    beside: Mapping[str, str]
    looks: tuple[Look, ...]
    since_1904: bool


def read_book(package: zipfile.ZipFile) -> Book:
    """Read what a workbook says from outside its sheets. Raises Unreadable."""
    book = parsed_part(package, "xl/workbook.xml")
    targets = {
        link.get("Id"): str(link.get("Target", ""))
        for link in parsed_part(package, "xl/_rels/workbook.xml.rels").iter(LINK)
    }
    sheets = [each for each in book.iter() if name_of(each) == "sheet"]
    parts = [_part_of(sheet, targets) for sheet in sheets]
    if not parts or not parts[0]:
        raise Unreadable("no sheet")
    beside = {
        str(sheet.get("name", "")): part
        for sheet, part in zip(sheets[1:], parts[1:], strict=True)
        if part and sheet.get("state", "visible") == "visible"
    }
    told = next((each for each in book.iter() if name_of(each) == "workbookPr"), None)
    since_1904 = told is not None and told.get("date1904") in ("1", "true")
    return Book(parts[0], beside, _looks(package), since_1904)


def parsed_part(package: zipfile.ZipFile, part: str) -> Any:
    """Read a small part whole. Raises Unreadable."""
    with package.open(part) as stream:
        _forbid_doctype(stream)
    with package.open(part) as stream:
        return etree.parse(
            stream, etree.XMLParser(resolve_entities=False, no_network=True)
        ).getroot()


def elements_of(package: zipfile.ZipFile, part: str, *names: str) -> Iterator[Any]:
    """Give the elements of some names as they end, and forget each after it was looked at."""
    with package.open(part) as stream:
        _forbid_doctype(stream)
    with package.open(part) as stream:
        yield from _ended(stream, names)


def name_of(element: Any) -> str:
    """Give an element's name without its namespace; "" for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def look_of_format(number: int, code: str | None) -> Look:
    """Tell how a number format shows a number, by its own code where it has one.

    >>> look_of_format(14, None), look_of_format(164, 'yyyy"年"m"月"'), look_of_format(9, None)
    ('day', 'day', 'percent')
    >>> look_of_format(164, '0.00"度"'), look_of_format(165, '[Red]#,##0'), look_of_format(0, None)
    ('', '', '')
    """
    if code is None:
        return "day" if number in DAY_FORMATS else "percent" if number in PERCENT_FORMATS else ""
    if code.strip().lower() == "general":
        return ""
    bare = LITERAL.sub("", code.partition(";")[0])
    return "percent" if "%" in bare else "day" if DAY_SIGNS.search(bare) else ""


def _looks(package: zipfile.ZipFile) -> tuple[Look, ...]:
    """Give the look of every style of a cell, in their order."""
    if STYLES not in package.namelist():
        return ()
    if package.getinfo(STYLES).file_size > STYLES_MAX:
        raise Unreadable("styles too large")
    root = parsed_part(package, STYLES)
    codes = {
        int(each.get("numFmtId", "0")): str(each.get("formatCode", ""))
        for each in root.iter()
        if name_of(each) == "numFmt"
    }
    styles = next((each for each in root if name_of(each) == "cellXfs"), ())
    numbers = [int(each.get("numFmtId", "0")) for each in styles]
    return tuple(look_of_format(number, codes.get(number)) for number in numbers)


def _part_of(sheet: Any, targets: Mapping[str | None, str]) -> str:
    """Name the part of a sheet; "" where none is told."""
    key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
    target = targets.get(key, "")
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}" if target else ""


def _ended(stream: IO[bytes], names: tuple[str, ...]) -> Iterator[Any]:
    tags = tuple(space + name for name in names for space in (MAIN, STRICT))
    events = etree.iterparse(
        stream, tag=tags, resolve_entities=False, no_network=True,
        load_dtd=False, huge_tree=False,
    )  # fmt: skip
    for _, element in events:
        if element.getroottree().docinfo.doctype:
            raise Unreadable("DOCTYPE")
        yield element
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]


def _forbid_doctype(stream: IO[bytes]) -> None:
    if b"<!DOCTYPE" in stream.read(1024):
        raise Unreadable("DOCTYPE")
