"""Reads catalogs/_regions: the fiscal regions of a province, with validity.

Fiscal regions are not GB/T 2260: 定州 and 辛集 settle with the province, 雄安 has a code of its own.
Files print both ends of a window inclusive; in here the end is exclusive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Literal, cast, get_args

from feeledger.codes import judge_division_shape, spans_of_division
from feeledger.errors import Fault, Text
from feeledger.judgements import Judgement, accept, refuse
from feeledger.regions.rows import Branch, Node, Reading, read_folder

Level = Literal["province", "city", "county"]
LEVELS: Final[tuple[str, ...]] = get_args(Level)
BASES: Final = ("seen", "recalled")
FOLDER: Final = "_regions"
KEYS: Final = {"code", "name", "name_en", "level"}
OPTIONAL: Final = {"parent", "valid_from", "from_basis", "valid_to", "to_basis"}
ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Region:
    """A fiscal region under one name and parent: from ``begin`` up to, not including, ``end``.

    None is open: known before the records begin, or in being. ``parent`` is whom it settles with,
    "" for the province itself. The bases say whether the day was seen or is recalled.
    """

    code: str
    name: Text
    level: Level
    parent: str
    begin: date | None = None
    end: date | None = None
    begin_basis: str = ""
    end_basis: str = ""

    def valid_on(self, day: date) -> bool:
        """Say whether the region was in being on a day."""
        return (self.begin is None or self.begin <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class Regions:
    """All fiscal regions of a province, in order of code and begin."""

    rows: tuple[Region, ...]

    def known_region(self, code: str, on: date) -> Region | None:
        """Find the region that had a code on a day."""
        return next((row for row in self.rows if row.code == code and row.valid_on(on)), None)

    def rows_of(self, code: str) -> tuple[Region, ...]:
        """Give everything a code has stood for, oldest first."""
        return tuple(row for row in self.rows if row.code == code)


def load_regions(catalogs: Path) -> Regions:
    """Read every file of ``catalogs/_regions``; raises FileRefused with all faults."""
    files = read_folder(catalogs / FOLDER, read_regions)
    return Regions(tuple(row for rows in files for row in rows))


def judge_region(text: str, regions: Regions, *, on: date) -> Judgement:
    """Judge a division code by GB/T 2260 with its history (R-V2).

    A code that has ended is accepted with a warning: it stays valid for ever where it was used.
    Refusals: ``region-…`` of the shape, and ``region-unknown``.
    """
    shape = judge_division_shape(text)
    if not shape.sound:
        return shape
    if regions.known_region(text, on) is not None:
        return accept(text)
    rows = regions.rows_of(text)
    if rows:
        return accept(text, _not_valid(rows[-1], on))
    return _judge_by_history(text, on.year)


def read_regions(text: str, file: str) -> tuple[tuple[Region, ...] | None, tuple[Fault, ...]]:
    """Read one province's regions; None where any fault was found."""
    reading = Reading(file)
    root = reading.root_of(text)
    if root is None or not reading.keys_of(
        root, "", needed={"province", "known_since", "regions"}, optional=set()
    ):
        return None, tuple(reading.faults)
    since = reading.day_of(root.entries["known_since"], "known_since")
    province = reading.text_of(root.entries["province"], "province", quoted=True)
    nodes = reading.rows_of(root.entries["regions"], "regions")
    rows = [_region_of(reading, node, f"regions[{at}]") for at, node in enumerate(nodes)]
    found = [(node, row) for node, row in zip(nodes, rows, strict=True) if row is not None]
    _check_regions(reading, found, province=province, since=since)
    faults = tuple(reading.faults)
    return (None if faults else tuple(row for _, row in found)), faults


def _region_of(reading: Reading, node: Node, path: str) -> Region | None:
    """Read one row; None where its keys are not all there."""
    if not isinstance(node, Branch):
        reading.refuse("value-type", node.line, path, "", Text("应为键值表", "should be a mapping"))
        return None
    if not reading.keys_of(node, path, needed=KEYS, optional=OPTIONAL):
        return None
    get = node.entries.get
    name = Text(
        reading.text_of(get("name"), f"{path}.name"),
        reading.text_of(get("name_en"), f"{path}.name_en"),
    )
    begin, begin_basis = _edge_of(reading, node, path, "from")
    last, end_basis = _edge_of(reading, node, path, "to")
    return Region(
        code=reading.text_of(get("code"), f"{path}.code", quoted=True),
        name=name,
        level=_level_of(reading, node, path),
        parent=reading.text_of(get("parent"), f"{path}.parent", quoted=True)
        if "parent" in node.entries
        else "",
        begin=begin,
        end=last + ONE_DAY if last is not None else None,
        begin_basis=begin_basis,
        end_basis=end_basis,
    )


def _level_of(reading: Reading, node: Branch, path: str) -> Level:
    """Read the level; a fault and "county" where it is none of the three."""
    level = reading.text_of(node.entries["level"], f"{path}.level")
    if level in LEVELS:
        return cast("Level", level)
    known = "、".join(LEVELS)
    problem = Text(f"级别应为 {known} 之一", f"the level should be one of {known}")
    reading.refuse("value-unknown", node.line, f"{path}.level", level, problem)
    return "county"


def _edge_of(reading: Reading, node: Branch, path: str, edge: str) -> tuple[date | None, str]:
    """Read one end of the window with its basis; the two go together."""
    day_key, basis_key = f"valid_{edge}", f"{edge}_basis"
    present = [key for key in (day_key, basis_key) if key in node.entries]
    if not present:
        return None, ""
    if len(present) == 1:
        problem = Text(
            f"{day_key} 与 {basis_key} 须同时填写", f"{day_key} and {basis_key} go together"
        )
        reading.refuse("key-missing", node.line, f"{path}.{day_key}", "", problem)
        return None, ""
    day = reading.day_of(node.entries.get(day_key), f"{path}.{day_key}")
    basis = reading.text_of(node.entries.get(basis_key), f"{path}.{basis_key}")
    if basis not in BASES:
        known = "、".join(BASES)
        problem = Text(f"日期依据应为 {known} 之一", f"a basis should be one of {known}")
        reading.refuse("value-unknown", node.line, f"{path}.{basis_key}", basis, problem)
    return day, basis


def _check_regions(
    reading: Reading, found: Sequence[tuple[Node, Region]], *, province: str, since: date | None
) -> None:
    """Check codes, order, windows and parents across the rows."""
    codes = {row.code for _, row in found}
    before: Region | None = None
    for node, row in found:
        for path, value, problem in _row_faults(row, before, codes=codes, province=province):
            reading.refuse("region-row", node.line, f"{row.code}.{path}", value, problem)
        if since is not None and row.end is not None and row.end <= since:
            problem = Text(f"在 {since} 之前已终止，不收录", f"it ended before {since}")
            reading.refuse("region-row", node.line, f"{row.code}.valid_to", str(row.end), problem)
        before = row


def _row_faults(
    row: Region, before: Region | None, *, codes: set[str], province: str
) -> list[tuple[str, str, Text]]:
    """List what is wrong with a row, seen with the row before it."""
    faults: list[tuple[str, str, Text]] = []
    shape = judge_division_shape(row.code)
    if shape.problem is not None:
        faults.append(("code", row.code, shape.problem))
    if row.begin is not None and row.end is not None and row.begin >= row.end:
        text = Text("起始晚于终止", "it begins after its end")
        faults.append(("valid_from", str(row.begin), text))
    if (row.parent not in codes) if row.code != province else bool(row.parent):
        text = Text("上级区划不在本文件中，或省级写了上级", "the parent is not among the rows")
        faults.append(("parent", row.parent, text))
    if before is not None and not _follows(before, row):
        text = Text(
            "应按代码、起始日排列，同一代码的时段不得重叠",
            "rows stand in order of code and begin, and windows of a code may not overlap",
        )
        faults.append(("code", row.code, text))
    return faults


def _follows(before: Region, row: Region) -> bool:
    """Say whether a row may stand after another."""
    if before.code != row.code:
        return before.code < row.code
    return before.end is not None and row.begin is not None and before.end <= row.begin


def _judge_by_history(code: str, year: int) -> Judgement:
    """Judge a code that is not in our own files by the history of GB/T 2260."""
    spans = spans_of_division(code)
    if not spans:
        return refuse(
            "region-unknown",
            f"“{code}”不是行政区划代码（GB/T 2260 历年均无）",
            f"{code} is no division code of GB/T 2260, now or before",
        )
    name, first, last = spans[-1]
    if last is not None and last < year:
        return accept(
            code,
            Text(
                f"“{code}”{name} 已于 {last} 年停用，旧代码仍可识别",
                f"{code} ({name}) ended in {last}; as an old code it is still read",
            ),
        )
    if first is not None and first > year:
        return accept(
            code, Text(f"“{code}”{name} 自 {first} 年起启用", f"{code} begins in {first}")
        )
    return accept(code)


def _not_valid(row: Region, on: date) -> Text:
    """Say that a code was not in use on a day."""
    if row.begin is not None and on < row.begin:
        return Text(
            f"“{row.code}”{row.name.zh} 自 {row.begin} 起启用，{on} 尚未启用",
            f"{row.code} ({row.name.en}) begins on {row.begin}, after {on}",
        )
    return Text(
        f"“{row.code}”{row.name.zh} 自 {row.end} 起停用，旧代码仍可识别",
        f"{row.code} ({row.name.en}) ended before {row.end}; as an old code it is still read",
    )
