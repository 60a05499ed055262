"""Findings about names: no department, an ended item come back under another, a number's issuer."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import SequenceMatcher
from fractions import Fraction
from itertools import permutations
from typing import Final

from feeledger.catalog.finding import BRACKETS
from feeledger.catalog.items import Basis, Catalog, Event, FeeItem, Line
from feeledger.catalog.lint_texts import Found
from feeledger.errors import Text

NOBODY: Final = re.compile(
    r"|[-—/、,，.。?？]+|(无|暂无|未知|不详|待定|unknown|none|tbd|n/?a)", re.IGNORECASE
)
ENDINGS: Final = re.compile(
    r"(服务性收费|服务收费|服务费|收费|手续费|工本费|使用费|管理费|专项费|专项资金|补助资金|基金|资金|附加|费)$"
)
NUMBER: Final = re.compile(r"〔(\d{4})〕\s*(第?\d+)\s*号")
ALIKE: Final = Fraction(3, 4)
STEM_LEAST: Final = 3
# An ending that names a successor: the same thing goes on there by rule.
HANDED_ON: Final = frozenset({"superseded_by", "merged_and_stopped", "converted_to_tax"})


def department_findings(catalog: Catalog) -> Iterator[Found]:
    """Give the items that name no department."""
    for item in catalog.items.values():
        for text in (item.department.zh, item.department.en):
            if NOBODY.fullmatch(text.strip()):
                yield Found("department-missing", (item.id,), {"department": text.strip()})
                break


def revival_findings(catalog: Catalog) -> Iterator[Found]:
    """Give the items named like one that ended, and priced on or after that day."""
    ended = [(item, end) for item in catalog.items.values() if (end := _first_ending(item))]
    for item, end in ended:
        for other in catalog.items.values():
            if other.id == item.id or end.day is None or not _priced_after(other, end.day):
                continue
            if names_alike(item.name.zh, other.name.zh):
                words: dict[str, str | Text] = {"name": other.name, "ended": item.name}
                words["day"] = f"{end.day}"
                yield Found("item-revived", (item.id, other.id), words)


def issuer_findings(catalog: Catalog) -> Iterator[Found]:
    """Give the documents named once whose number another issuer has too."""
    cited = Counter(_cited(catalog))
    numbered: dict[str, list[str]] = {}
    for key in catalog.documents:
        number = number_of(key)
        if number:
            numbered.setdefault(number, []).append(key)
    for keys in numbered.values():
        for once, other in permutations(keys, 2):
            if cited[once] <= 1 < cited[other] and issuer_of(once) != issuer_of(other):
                yield Found("issuer-once", (once, other), {"once": once, "other": other})


def names_alike(one: str, other: str) -> bool:
    """Say whether two names of fees differ little once their common endings are taken off.

    >>> names_alike("企业注册登记费", "企业注册登记服务费"), names_alike("排污费", "污水处理费")
    (True, False)
    """
    first, second = _stem(one), _stem(other)
    if min(len(first), len(second)) < STEM_LEAST:
        return first == second
    if first in second or second in first:
        return True
    same = sum(block.size for block in SequenceMatcher(None, first, second).get_matching_blocks())
    return Fraction(2 * same, len(first) + len(second)) >= ALIKE


def number_of(key: str) -> str:
    """Give year and number of a document key, whatever its brackets; "" for a title."""
    found = NUMBER.search(_folded(key))
    return "" if found is None else f"{found[1]}-{found[2].removeprefix('第').lstrip('0')}"


def issuer_of(key: str) -> str:
    """Give what stands before the year of a document key."""
    return _folded(key).partition("〔")[0].strip()


def _folded(key: str) -> str:
    return unicodedata.normalize("NFKC", key).translate(BRACKETS)


def _stem(name: str) -> str:
    plain = re.sub(r"〔[^〕]*〕|[“”\"《》、·\s]", "", _folded(name))
    return ENDINGS.sub("", plain)


def _first_ending(item: FeeItem) -> Event | None:
    endings = [event for event in item.events if event.ends]
    first = min(endings, key=lambda event: event.day or date.min, default=None)
    return None if first is None or first.kind in HANDED_ON else first


def _priced_after(item: FeeItem, day: date) -> bool:
    """Say whether an item has a price on or after a day, before an ending of its own."""
    own = _first_any_ending(item)
    if own is not None and own <= day:
        return False
    return any(_reaches_beyond(line, day) for line in item.lines)


def _first_any_ending(item: FeeItem) -> date | None:
    return min((e.day for e in item.events if e.ends and e.day is not None), default=None)


def _reaches_beyond(line: Line, day: date) -> bool:
    return line.window.end is None or line.window.end > day


def _cited(catalog: Catalog) -> Iterator[str]:
    for item in catalog.items.values():
        yield from _documents((item.basis,))
        yield from _documents(line.basis for line in item.lines)
        yield from _documents(relief.basis for relief in item.reliefs)
        yield from (event.document for event in item.events if event.document)


def _documents(bases: Iterable[Basis]) -> Iterator[str]:
    for basis in bases:
        yield from basis.documents
