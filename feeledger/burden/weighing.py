"""Weighing what fees cost: medians of a kind, changes from last year, and cells too small to be shown.

A kind is a trade (the first two digits of the industry code) and a size. An enterprise is told the
median of its kind only where at least five others are of it. For the public a cell of fewer than ten
enterprises is hidden, and the smallest that are shown with it until ten are: the whole of the table is
shown, so that what is hidden could be found by subtraction. Last year is told of ten at least. Both
bounds are this project's own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from feeledger.money import Money

Grouping = Literal["trade", "size", "department"]
GROUPINGS: Final[tuple[Grouping, ...]] = ("trade", "size", "department")
OTHERS_LEAST: Final = 5
CELL_LEAST: Final = 10
UNKNOWN: Final = "unknown"
SECTIONS: Final = "ABCDEFGHIJKLMNOPQRSTU"  # the letters before the digits of GB/T 4754
TRADE_DIGITS: Final = 2
LAND_MANAGEMENT: Final = 79


@dataclass(frozen=True, slots=True)
class Burdened:
    """One enterprise's year in whole fen; ``before`` is the year before, None where there is none."""

    uscc: str
    trade: str
    size: str
    fen: int
    before: int | None = None

    @property
    def kind(self) -> tuple[str, str]:
        """The trade and size by which it is compared."""
        return self.trade, self.size


@dataclass(frozen=True, slots=True)
class Cell:
    """One group: how many enterprises, what they owe, the median, and what the same owed last year.

    ``before`` adds the year before up for those that have one, ``beside`` this year's of the same.
    ``hidden``: too small to be shown; then no figure may be.
    """

    name: str
    enterprises: int
    total: int
    median: int
    before: int
    beside: int
    compared: int
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Where an enterprise stands among its kind; ``median`` None: too few others to tell."""

    others: int
    median: Money | None


def trade_of(industry_code: str | None, version: str | None = None) -> str:
    """Give the trade of an industry code: its first two digits, as the edition of 2017 has them.

    The edition of 2011 has no land management (79): what follows it there is numbered one lower.
    """
    digits = (industry_code or "").lstrip(SECTIONS)[:TRADE_DIGITS]
    if not (len(digits) == TRADE_DIGITS and digits.isascii() and digits.isdecimal()):
        return UNKNOWN
    later = version == "2011" and int(digits) >= LAND_MANAGEMENT
    return str(int(digits) + 1) if later else digits


def median_of(values: Sequence[int]) -> int:
    """Give the median in whole fen; of an even number the mean of the middle two, half up.

    >>> median_of([3, 1, 2]), median_of([1, 2]), median_of([])
    (2, 2, 0)
    """
    ordered = sorted(values)
    middle, odd = divmod(len(ordered), 2)
    if odd:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle] + 1) // 2 if ordered else 0


def cells_of(rows: Iterable[Burdened], name: Callable[[Burdened], str]) -> tuple[Cell, ...]:
    """Put enterprises into groups, the group that owes most first."""
    groups: dict[str, list[Burdened]] = {}
    for row in rows:
        groups.setdefault(name(row), []).append(row)
    cells = [cell_of(each, groups[each]) for each in groups]
    return tuple(sorted(cells, key=lambda cell: (-cell.total, cell.name)))


def cell_of(name: str, rows: Sequence[Burdened]) -> Cell:
    """Add one group up."""
    compared = [row for row in rows if row.before is not None]
    return Cell(
        name=name,
        enterprises=len(rows),
        total=sum(row.fen for row in rows),
        median=median_of([row.fen for row in rows]),
        before=sum(row.before or 0 for row in compared),
        beside=sum(row.fen for row in compared),
        compared=len(compared),
    )


def hide_small(cells: Sequence[Cell], *, overlapping: bool = False) -> tuple[Cell, ...]:
    """Hide what is too small, and as much more as keeps the hidden from being subtracted.

    What is hidden is of ten enterprises at least, taken together, for its sum is the whole less what
    is shown; where enterprises stand in several cells (``overlapping``), one hidden cell is. Of cells
    that are shown the change from last year is told only where neither those compared nor the
    others are few.
    """
    hidden = {cell.name for cell in cells if cell.enterprises < CELL_LEAST}
    spare = sorted(
        (cell for cell in cells if cell.name not in hidden),
        key=lambda cell: (cell.enterprises, cell.name),
    )
    weigh = max if overlapping else sum
    for cell in spare if hidden else ():
        if weigh(each.enterprises for each in cells if each.name in hidden) >= CELL_LEAST:
            break
        hidden.add(cell.name)
    return tuple(
        Cell(cell.name, 0, 0, 0, 0, 0, 0, hidden=True)
        if cell.name in hidden
        else _without_few_compared(cell)
        for cell in cells
    )


def _without_few_compared(cell: Cell) -> Cell:
    """Leave out what last year would tell of a few: of those that had one, or of the others."""
    others = cell.enterprises - cell.compared
    if cell.compared >= CELL_LEAST and (others == 0 or others >= CELL_LEAST):
        return cell
    return replace(cell, before=0, beside=0, compared=0)


def position_among(own: Burdened, rows: Iterable[Burdened]) -> Position:
    """Compare an enterprise with the others of its kind."""
    others = [row.fen for row in rows if row.kind == own.kind and row.uscc != own.uscc]
    if len(others) < OTHERS_LEAST:
        return Position(len(others), None)
    return Position(len(others), Money(median_of(others)))


def medians_of_kinds(rows: Iterable[Burdened]) -> Mapping[tuple[str, str], tuple[int, int]]:
    """Give, for each kind, how many enterprises are of it and their median."""
    kinds: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        kinds.setdefault(row.kind, []).append(row.fen)
    return {kind: (len(values), median_of(values)) for kind, values in kinds.items()}
