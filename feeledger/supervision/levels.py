"""How grave a signal is: warning, yellow, red."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from feeledger.errors import Text

Level = Literal["warning", "yellow", "red"]

LEVELS: Final[tuple[Level, ...]] = ("warning", "yellow", "red")
LEVEL_AFTER: Final[Mapping[Level, Level]] = {"warning": "yellow", "yellow": "red", "red": "red"}
LEVEL_TEXTS: Final[Mapping[Level, Text]] = {
    "warning": Text("预警", "warning"),
    "yellow": Text("黄牌", "yellow card"),
    "red": Text("红牌", "red card"),
}


def highest_level(levels: Iterable[Level]) -> Level:
    """Give the gravest of one or more levels."""
    return max(levels, key=LEVELS.index)
