"""From what a charge was called to the item of the catalog: exact, alias, partial, close, none.

Names are compared without case, width, blanks and punctuation, traditional characters as simplified
ones. Only an exact official name, id or alias is sure; anything else names its candidates, and two
equal ones choose nothing. A short name (垃圾费) is a part: all its signs stand in the official one in
order.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from feeledger.catalog.items import Catalog, FeeItem
from feeledger.hanzi import simplify

How = Literal["exact", "alias", "partial", "close", "none"]
SHORTEST_PART: Final = 2
SHORTEST_NAME: Final = 3
LONGEST_TEXT: Final = 200
CLOSE_PERCENT: Final = 80
RESEMBLING_PERCENT: Final = 50
CANDIDATES_MOST: Final = 5


@dataclass(frozen=True, slots=True)
class Match:
    """The item that a text names, if any, how it was found, and which others it may mean."""

    item: str | None
    how: How
    sure: bool
    candidates: tuple[str, ...] = ()


def match_item(catalog: Catalog, text: str) -> Match:
    """Find the item that a text names; an id, an official name (zh or en) or an alias is sure."""
    wanted = fold_name(text[:LONGEST_TEXT])
    items = tuple(catalog.items.values())
    if not wanted:
        return Match(None, "none", sure=False)
    for how, names in (
        ("exact", {item.id: _official(item) for item in items}),
        ("alias", {item.id: _folded(item.aliases) for item in items}),
    ):
        found = [item for item, known in names.items() if wanted in known]
        if found:
            sure = len(found) == 1
            chosen = found[0] if sure else None
            return Match(chosen, "alias" if how == "alias" else "exact", sure, tuple(found))
    names = {item.id: _official(item) | _folded(item.aliases) for item in items}
    lines = {item.id: _folded(line.name.zh for line in item.lines) for item in items}
    return (
        _partial(wanted, names)
        or _of_a_line(wanted, lines)
        or _near(wanted, names)
        or _shortened(wanted, names)
        or Match(None, "none", sure=False, candidates=_resembling(wanted, names))
    )


def fold_name(text: str) -> str:
    """Reduce a name to what is compared: letters and digits, one width, case and script."""
    plain = simplify(unicodedata.normalize("NFKC", text)).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


def _official(item: FeeItem) -> set[str]:
    return _folded((item.id, item.name.zh, item.name.en))


def _folded(names: Iterable[str]) -> set[str]:
    return {fold_name(name) for name in names}


def _partial(wanted: str, names: Mapping[str, set[str]]) -> Match | None:
    """Match by part: the longest name that stands in the text, else names that hold the text."""
    if len(wanted) < SHORTEST_PART:
        return None
    inside = {
        item: max((len(name) for name in known if name in wanted), default=0)
        for item, known in names.items()
    }
    longest = max(inside.values())
    found = [item for item, length in inside.items() if length == longest and length > 0]
    if longest < SHORTEST_PART:
        found = [item for item, known in names.items() if any(wanted in name for name in known)]
    return _chosen(found, "partial")


def _of_a_line(wanted: str, lines: Mapping[str, set[str]]) -> Match | None:
    """Match by the name of one of the item's lines."""
    return _chosen([item for item, known in lines.items() if wanted in known], "partial")


def _near(wanted: str, names: Mapping[str, set[str]]) -> Match | None:
    """Match by resemblance; the single nearest name wins, if it is near enough."""
    likeness = _ranked(wanted, names)
    near = [item for item, percent in likeness if percent >= CLOSE_PERCENT]
    best = [item for item, percent in likeness if near and percent == likeness[0][1]]
    if not near:
        return None
    return Match(best[0] if len(best) == 1 else None, "close", sure=False, candidates=tuple(near))


def _shortened(wanted: str, names: Mapping[str, set[str]]) -> Match | None:
    """Match a short name: Chinese signs that all stand in an official name, in their order."""
    if len(wanted) < SHORTEST_NAME or wanted.isascii():
        return None
    found = [
        item for item, known in names.items() if any(_in_order(wanted, name) for name in known)
    ]
    return _chosen(found, "partial")


def _in_order(wanted: str, name: str) -> bool:
    """Say whether all signs of one name stand in another, in order."""
    signs = iter(name)
    return all(sign in signs for sign in wanted)


def _resembling(wanted: str, names: Mapping[str, set[str]]) -> tuple[str, ...]:
    """Name the items that a text may mean where it matches none."""
    ranked = _ranked(wanted, names)
    return tuple(item for item, percent in ranked if percent >= RESEMBLING_PERCENT)


def _ranked(wanted: str, names: Mapping[str, set[str]]) -> list[tuple[str, int]]:
    """Rank the items whose names are most like a text, the likest first."""
    likeness = {
        item: max(_likeness(wanted, name) for name in known) for item, known in names.items()
    }
    return sorted(likeness.items(), key=lambda pair: -pair[1])[:CANDIDATES_MOST]


def _likeness(one: str, other: str) -> int:
    """Say how alike two names are, in whole percent of the signs they share in order."""
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return 200 * sum(block.size for block in blocks) // (len(one) + len(other))


def _chosen(found: list[str], how: How) -> Match | None:
    """Choose the only candidate; several choose nothing."""
    if not found:
        return None
    chosen = found[0] if len(found) == 1 else None
    return Match(chosen, how, sure=False, candidates=tuple(found[:CANDIDATES_MOST]))
