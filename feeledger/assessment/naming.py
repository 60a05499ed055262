"""From what a charge was called to the item of the catalog: exact, alias, partial, close, none.

Names are compared without case, width, blanks and punctuation. Only an exact official name, id or
alias is sure; anything else names its candidates, and two equal ones choose nothing.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from feeledger.catalog.items import Catalog, FeeItem

How = Literal["exact", "alias", "partial", "close", "none"]
SHORTEST_PART: Final = 2
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
    return _partial(wanted, names) or _of_a_line(wanted, lines) or _close(wanted, names)


def fold_name(text: str) -> str:
    """Reduce a name to what is compared: letters and digits, one width, one case."""
    plain = unicodedata.normalize("NFKC", text).casefold()
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


def _close(wanted: str, names: Mapping[str, set[str]]) -> Match:
    """Match by resemblance; the single nearest name wins, if it is near enough."""
    likeness = {
        item: max(_likeness(wanted, name) for name in known) for item, known in names.items()
    }
    ranked = sorted(likeness, key=lambda item: -likeness[item])[:CANDIDATES_MOST]
    near = [item for item in ranked if likeness[item] >= CLOSE_PERCENT]
    best = [item for item in near if likeness[item] == likeness[near[0]]]
    if best:
        return Match(
            best[0] if len(best) == 1 else None, "close", sure=False, candidates=tuple(near)
        )
    resembling = tuple(item for item in ranked if likeness[item] >= RESEMBLING_PERCENT)
    return Match(None, "none", sure=False, candidates=resembling)


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
