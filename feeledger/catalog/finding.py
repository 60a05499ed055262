"""Find items in a catalog: by words, category, department, status, way of collection, and day.

Words are looked for in ids, names, aliases, departments, line names and document keys, whatever
their case, width and brackets (R-V7); every word must be found. Items keep the catalog's order.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from feeledger.catalog.items import Catalog, FeeItem

BRACKETS = str.maketrans("[]【】()", "〔〕〔〕〔〕")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; what is None or "" narrows nothing."""

    words: str = ""
    category: str = ""
    department: str = ""
    status: str = ""
    collected_by: str = ""
    in_force_on: date | None = None


def find_items(catalog: Catalog, wanted: Wanted) -> tuple[FeeItem, ...]:
    """Give the items that fit everything wanted."""
    return tuple(item for item in catalog.items.values() if _fits(item, wanted))


def in_force(item: FeeItem, day: date) -> bool:
    """Say whether an item may be charged at all on a day: no ending yet, and a price in force."""
    return item.ending(day) is None and any(line.window.covers(day) for line in item.lines)


def _fits(item: FeeItem, wanted: Wanted) -> bool:
    return (
        wanted.category in ("", item.category)
        and wanted.status in ("", item.status)
        and wanted.collected_by in ("", item.collected_by)
        and _contains((item.department.zh, item.department.en), wanted.department)
        and _contains(_texts_of(item), wanted.words)
        and (wanted.in_force_on is None or in_force(item, wanted.in_force_on))
    )


def _contains(texts: Iterable[str], words: str) -> bool:
    """Say whether every word stands somewhere in the texts; no words always do."""
    looked_for = _folded(words).split()
    if not looked_for:
        return True
    text = "\n".join(_folded(one) for one in texts)
    return all(word in text for word in looked_for)


def _texts_of(item: FeeItem) -> list[str]:
    texts = [item.id, item.name.zh, item.name.en, *item.aliases]
    texts += [item.department.zh, item.department.en, *item.basis.documents]
    for line in item.lines:
        texts += [line.id, line.name.zh, line.name.en, *line.basis.documents]
    texts += [event.document for event in item.events if event.document]
    return texts


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(BRACKETS).casefold()
