"""Long lists never render at once: pages of 20, 50 or 100, with the number of all entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from werkzeug.datastructures import MultiDict

SIZES: Final = (20, 50, 100)
EDGE: Final = 2  # neighbours shown on either side of the present page

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page of what size was asked for; both are sound."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many entries come before the page."""
        return (self.number - 1) * self.size

    def within(self, total: int) -> "Asked":
        """Give the page asked for, or the last one of a list that ends before it."""
        return Asked(min(self.number, last_page(total, self.size)), self.size)


@dataclass(frozen=True, slots=True)
class Page(Generic[Entry]):
    """One page of a list that has ``total`` entries in all."""

    entries: Sequence[Entry]
    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page; 1 for an empty list."""
        return last_page(self.total, self.size)

    @property
    def first_entry(self) -> int:
        """The place of the page's first entry in the whole list, from 1; 0 in an empty list."""
        return (self.number - 1) * self.size + 1 if self.entries else 0

    @property
    def last_entry(self) -> int:
        """The place of the page's last entry."""
        return (self.number - 1) * self.size + len(self.entries)

    @property
    def numbers(self) -> tuple[int | None, ...]:
        """The page numbers to offer; None stands for a gap."""
        near = range(self.number - EDGE, self.number + EDGE + 1)
        shown = sorted({1, self.last, *(n for n in near if 1 <= n <= self.last)})
        offered: list[int | None] = []
        for before, number in zip([0, *shown], shown, strict=False):
            if number - before == 2:  # noqa: PLR2004 - one page between two is shown, no gap
                offered.append(number - 1)
            elif number - before > 1:
                offered.append(None)
            offered.append(number)
        return tuple(offered)


def asked_page(args: MultiDict[str, str]) -> Asked:
    """Read ``page`` and ``size`` of an address; what is unsound becomes the first page of 20."""
    size = args.get("size", SIZES[0], type=int)
    number = args.get("page", 1, type=int)
    return Asked(number=min(max(number, 1), 10**6), size=size if size in SIZES else SIZES[0])


def page_of(entries: Sequence[Entry], asked: Asked) -> Page[Entry]:
    """Cut one page out of a whole list; beyond the end the last page is given."""
    shown = asked.within(len(entries))
    start = shown.offset
    return Page(entries[start : start + shown.size], shown.number, shown.size, len(entries))


def last_page(total: int, size: int) -> int:
    """Give the number of the last page; 1 for an empty list."""
    return max(1, -(-total // size))
