"""Levels of government, ratios between them, and the division of one line among them (R-M6).

Each level gets the floor of its share, the collecting level what remains. A refund takes from each
level what its cumulative share grows by (R-F4); rounding can let the collecting level gain a fen
while the others give two, so a change has a sign, and ``moves_of`` pairs the signs off.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from feeledger.errors import FieldsRefused, Text
from feeledger.judgements import shorten
from feeledger.money import Money, split_money

LEVELS: Final[Mapping[str, Text]] = {
    "central": Text("中央", "central"),
    "province": Text("省级", "province"),
    "city": Text("市级", "city"),
    "county": Text("县级", "county"),
    "township": Text("乡级", "township"),
}
RATIO: Final = re.compile(r"(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})?")
DOCUMENT_LENGTH: Final = range(2, 201)


class ShareRuleRefused(FieldsRefused):
    """A share rule cannot be taken as it was entered; ``errors`` pairs each field with its fault."""

    code = "share-rule-refused"
    title = Text("分成比例填写有误", "The share rule cannot be taken")


@dataclass(frozen=True, slots=True)
class RuleText:
    """A share rule as an officer writes it: ``ratios`` by level, "" or absent where none.

    ``unit_code`` None: for every unit that charges the item. ``valid_to`` is the first day that is
    not covered.
    """

    item_id: str
    ratios: Mapping[str, str]
    collecting: str
    document: str
    valid_from: date
    valid_to: date | None = None
    unit_code: str | None = None


@dataclass(frozen=True, slots=True)
class Division:
    """How a line is divided: a positive ratio for each level, and the level that collects."""

    ratios: Mapping[str, Decimal]
    collecting: str

    def shares_of(self, total: Money) -> dict[str, Money]:
        """Divide a total without loss (R-M6)."""
        return split_money(total, self.ratios, collecting=self.collecting)

    def changes(self, *, before: Money, after: Money) -> dict[str, int]:
        """Give by how many fen each level's share grows when the total grows (R-F4); signed."""
        low, high = self.shares_of(before), self.shares_of(after)
        return {level: high[level].fen - low[level].fen for level in high}

    @property
    def is_shared(self) -> bool:
        """Say whether another level than the collecting one has a part."""
        return any(level != self.collecting for level in self.ratios)


def division_of(text: RuleText) -> Division:
    """Check a rule's words and give its division. Raises ShareRuleRefused with every fault."""
    faults: list[tuple[str, Text]] = []
    ratios = _ratios_of(text.ratios, faults)
    if text.collecting not in ratios:
        faults.append(
            (
                "collecting",
                Text("收取级次须有自己的比例", "the collecting level needs a ratio of its own"),
            )
        )
    if len(text.document.strip()) not in DOCUMENT_LENGTH:
        faults.append(
            (
                "document",
                Text("须写明文号（2 至 200 字）", "name the document, 2 to 200 characters"),
            )
        )
    if text.valid_to is not None and text.valid_to <= text.valid_from:
        faults.append(("valid_to", Text("止日须晚于起日", "the window must end after it begins")))
    if faults:
        raise ShareRuleRefused(faults)
    return Division(ratios, text.collecting)


def moves_of(changes: Mapping[str, int]) -> list[tuple[str, str | None, int]]:
    """Pair signed changes off: (level that gives, level that gets or None for outside, fen).

    What the levels give together beyond what they get among themselves goes outside.
    """
    gets = {level: -fen for level, fen in sorted(changes.items()) if fen < 0}
    moves: list[tuple[str, str | None, int]] = []
    for giver, amount in sorted(changes.items()):
        left = amount
        for getter in [level for level, owed in gets.items() if owed]:
            if left <= 0:
                break
            taken = min(left, gets[getter])
            moves.append((giver, getter, taken))
            gets[getter] -= taken
            left -= taken
        if left > 0:
            moves.append((giver, None, left))
    if any(gets.values()):
        raise ValueError(f"the levels get more than they give: {dict(changes)!r}")
    return moves


def _ratios_of(written: Mapping[str, str], faults: list[tuple[str, Text]]) -> dict[str, Decimal]:
    ratios: dict[str, Decimal] = {}
    for level, ratio in written.items():
        if not ratio.strip():
            continue
        if level not in LEVELS:
            faults.append((f"ratio-{level[:20]}", Text("没有这个级次", "there is no such level")))
        elif RATIO.fullmatch(ratio.strip()) is None or not Decimal(ratio.strip()):
            faults.append((f"ratio-{level}", _ratio_fault(level, ratio)))
        else:
            ratios[level] = Decimal(ratio.strip())
    if not ratios and not faults:
        faults.append(
            ("ratio-central", Text("至少一个级次须有比例", "give at least one level a ratio"))
        )
    return ratios


def _ratio_fault(level: str, ratio: str) -> Text:
    shown, name = shorten(ratio), LEVELS[level]
    return Text(
        f"{name.zh}比例“{shown}”须为大于零的数，最多六位小数",
        f"the ratio of {name.en}, {shown!r}, must be above zero, with six decimals at most",
    )
