"""Two plans over the same facts: what each enterprise of a chunk pays before and after.

Only the items that the change touches are worked out, by the same columns as a run. An
amount counts where the answer is a figure that somebody chose, as a run stores it; a range or an
undetermined answer has none and is counted instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from feeledger.assessment.column_facts import Chunk
from feeledger.assessment.column_findings import CODES, LineColumn
from feeledger.assessment.column_walk import spread
from feeledger.assessment.columns import assess_columns
from feeledger.assessment.run_lines import FIGURED_CODES
from feeledger.catalog.nodes import INT64_MAX
from feeledger.catalog.plan import Plan
from feeledger.whatif.impact import SIZES, Hit, Impact, Sums, add_groups

Fen = NDArray[Any]
UNDETERMINED: Final = [
    code for (outcome, _), code in CODES.items() if outcome in ("undetermined", "range")
]


@dataclass(frozen=True, slots=True)
class Change:
    """A plan as it is and as it would be, and the items that differ."""

    before: Plan
    after: Plan
    items: frozenset[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is compared: the region, the day of the duties, the size of each row, how many to name."""

    region: str
    on: date
    sizes: NDArray[np.uint8]
    top: int


@dataclass(slots=True)
class _Side:
    """One plan's answers for the items: fen and undetermined answers a row, by item."""

    rows: int
    refused: NDArray[np.bool_]
    fen: dict[str, Fen] = field(default_factory=dict)
    undetermined: dict[str, NDArray[np.bool_]] = field(default_factory=dict)

    def take(self, column: LineColumn) -> None:
        chosen = ~spread(column.alternative, self.rows)
        figured = np.isin(column.codes, FIGURED_CODES) & chosen
        amounts = np.where(figured, column.amount, 0)
        if column.beyond:
            amounts = amounts.astype(object)
            for row, answer in column.beyond.items():
                amounts[row] = 0 if answer.amount is None else answer.amount.fen
        self.fen[column.item] = added(self.fen.get(column.item), amounts)
        open_rows = np.isin(column.codes, UNDETERMINED) & chosen
        known = self.undetermined.get(column.item)
        self.undetermined[column.item] = open_rows if known is None else known | open_rows


def compare_chunk(change: Change, chunk: Chunk, asked: Asked) -> Impact:
    """Compare two plans over the enterprises of one region."""
    before = _side(change.before, change, chunk, asked)
    after = _side(change.after, change, chunk, asked)
    rows = len(chunk.codes)
    refused = before.refused | after.refused
    impact = Impact(asked.top, enterprises=rows, refused=int(refused.sum()))
    total_before, total_after = _zeros(rows), _zeros(rows)
    for item in sorted(change.items):
        one, other = _item_of(before, item, refused), _item_of(after, item, refused)
        total_before, total_after = added(total_before, one[0]), added(total_after, other[0])
        sums = _sums(one[0], other[0])
        sums.undetermined_before = int(one[1].sum())
        sums.undetermined_after = int(other[1].sum())
        impact.items[item] = sums
        _add_department(impact, change, item, (one[0], other[0], sums))
    impact.total = _sums(total_before, total_after)
    for sums in impact.items.values():
        impact.total.undetermined_before += sums.undetermined_before
        impact.total.undetermined_after += sums.undetermined_after
    impact.regions[asked.region] = impact.total
    for place, size in enumerate(SIZES):
        here = asked.sizes == place
        if here.any():
            impact.sizes[size] = _sums(total_before[here], total_after[here])
    impact.keep_hits(*_hits(chunk.codes, asked, total_before, total_after))
    return impact


def added(one: Fen | None, other: Fen) -> Fen:
    """Add amounts row by row; in Python's integers where 64 bits might not hold them."""
    if one is None:
        return other
    fits = object not in (one.dtype, other.dtype)
    if not fits or int(one.max(initial=0)) + int(other.max(initial=0)) > INT64_MAX:
        one, other = one.astype(object), other.astype(object)
    both: Fen = one + other
    return both


def total_of(amounts: Fen) -> int:
    """Add amounts without ever wrapping."""
    if amounts.dtype != object and int(amounts.max(initial=0)) * len(amounts) <= INT64_MAX:
        return int(amounts.sum())
    return sum(amounts.tolist())


def _zeros(rows: int) -> Fen:
    return np.zeros(rows, np.int64)


def _side(plan: Plan, change: Change, chunk: Chunk, asked: Asked) -> _Side:
    """Work the items out that this plan has."""
    items = tuple(sorted(change.items & plan.catalog.items.keys()))
    rows = len(chunk.codes)
    if not items:
        return _Side(rows, np.zeros(rows, bool))
    answer = assess_columns(plan, chunk.facts, on=asked.on, region=asked.region, items=items)
    side = _Side(rows, spread(answer.refused, rows))
    for column in answer.lines:
        side.take(column)
    return side


def _item_of(side: _Side, item: str, refused: NDArray[np.bool_]) -> tuple[Fen, NDArray[np.bool_]]:
    fen = side.fen.get(item)
    open_rows = side.undetermined.get(item)
    return (
        _zeros(side.rows) if fen is None else np.where(refused, 0, fen),
        np.zeros(side.rows, bool) if open_rows is None else open_rows & ~refused,
    )


def _sums(before: Fen, after: Fen) -> Sums:
    return Sums(
        before=total_of(before),
        after=total_of(after),
        more=int((after > before).sum()),
        less=int((after < before).sum()),
    )


def _add_department(impact: Impact, change: Change, item: str, told: tuple[Fen, Fen, Sums]) -> None:
    """Count an item's sums for its department; one that changes hands leaves one and joins another."""
    before, after, sums = told
    old, new = change.before.catalog.items.get(item), change.after.catalog.items.get(item)
    if old is not None and new is not None and old.department == new.department:
        add_groups(impact.departments, {old.department.zh: _copy(sums)})
        return
    nothing = np.zeros_like(before)
    if old is not None:
        add_groups(impact.departments, {old.department.zh: _sums(before, nothing)})
    if new is not None:
        add_groups(impact.departments, {new.department.zh: _sums(nothing, after)})


def _copy(sums: Sums) -> Sums:
    fresh = Sums()
    fresh.add(sums)
    return fresh


def _hits(
    codes: Sequence[str], asked: Asked, before: Fen, after: Fen
) -> tuple[list[Hit], list[Hit]]:
    """Give the enterprises of a chunk that pay most more, and those that pay most less."""
    difference = after - before
    losing = _most(difference, asked.top)
    gaining = _most(-difference, asked.top)

    def hit(row: int) -> Hit:
        old, new = int(before[row]), int(after[row])
        return Hit(new - old, codes[row], asked.region, old, new)

    return [hit(row) for row in losing], [hit(row) for row in gaining]


def _most(difference: Fen, top: int) -> list[int]:
    """Give the rows with the greatest values above zero; of equals the first by code."""
    found = np.flatnonzero(difference > 0)
    order = np.argsort(-difference[found], kind="stable")[:top]
    rows: list[int] = found[order].tolist()
    return rows
