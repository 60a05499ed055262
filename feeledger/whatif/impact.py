"""What a change comes to: sums before and after by item, department, county and size, and who is hit most.

All sums are whole fen in Python's own integers, which never wrap.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Final, Literal

Size = Literal["large", "medium", "small", "micro", "self_employed", "unknown"]
SIZES: Final[tuple[Size, ...]] = ("large", "medium", "small", "micro", "self_employed", "unknown")


@dataclass(slots=True)
class Sums:
    """One group before and after: fen, and how many enterprises pay more, less, the same."""

    before: int = 0
    after: int = 0
    more: int = 0
    less: int = 0
    undetermined_before: int = 0
    undetermined_after: int = 0

    @property
    def difference(self) -> int:
        """What the group would pay more, in fen; negative: less."""
        return self.after - self.before

    def add(self, other: "Sums") -> None:
        """Add another group's sums to this one."""
        self.before += other.before
        self.after += other.after
        self.more += other.more
        self.less += other.less
        self.undetermined_before += other.undetermined_before
        self.undetermined_after += other.undetermined_after


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """One enterprise and what changes for it, in fen; ordered by that."""

    difference: int
    uscc: str
    region: str
    before: int
    after: int


@dataclass(slots=True)
class Impact:
    """The whole comparison of a region or of several; ``top`` bounds the lists of enterprises."""

    top: int
    enterprises: int = 0
    refused: int = 0
    total: Sums = field(default_factory=Sums)
    items: dict[str, Sums] = field(default_factory=dict)
    departments: dict[str, Sums] = field(default_factory=dict)
    regions: dict[str, Sums] = field(default_factory=dict)
    sizes: dict[str, Sums] = field(default_factory=dict)
    losing: list[Hit] = field(default_factory=list)
    gaining: list[Hit] = field(default_factory=list)

    def take(self, other: "Impact") -> None:
        """Add another region's comparison."""
        self.enterprises += other.enterprises
        self.refused += other.refused
        self.total.add(other.total)
        for mine, theirs in (
            (self.items, other.items),
            (self.departments, other.departments),
            (self.regions, other.regions),
            (self.sizes, other.sizes),
        ):
            add_groups(mine, theirs)
        self.keep_hits(other.losing, other.gaining)

    def keep_hits(self, losing: Iterable[Hit], gaining: Iterable[Hit]) -> None:
        """Keep the enterprises that pay most more, and those that pay most less."""
        self.losing = nlargest(self.top, [*self.losing, *losing], key=_by_loss)
        self.gaining = nlargest(self.top, [*self.gaining, *gaining], key=_by_gain)


def add_groups(mine: dict[str, Sums], theirs: Mapping[str, Sums]) -> None:
    """Add groups to groups of the same names."""
    for name, sums in theirs.items():
        mine.setdefault(name, Sums()).add(sums)


def _by_loss(hit: Hit) -> tuple[int, str]:
    return hit.difference, hit.uscc


def _by_gain(hit: Hit) -> tuple[int, str]:
    return -hit.difference, hit.uscc
