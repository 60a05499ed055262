"""What one line comes to for a chunk of enterprises: the precedence of ``cases.py`` as masks.

What is settled first for a row stands. Amounts are worked out for the rows that are left, after
reliefs, with the one rounding at the end; the finding says which rows have one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from feeledger.assessment.column_findings import CODES, Codes, LineColumn
from feeledger.assessment.column_walk import (
    ColumnWalk,
    Ints,
    Mask,
    Truth,
    anywhere,
    both,
    chosen,
    either,
    negated,
    nothing_of,
    only,
    spread,
)
from feeledger.assessment.outcomes import Outcome
from feeledger.catalog.nodes import unit_of
from feeledger.catalog.plan import LinePlan, ReliefPlan

FEN_DECIMALS: Final = 2
NARROW: Final = 2**15 - 1
NEVER_ALTERNATIVE: Final = [0] + [
    code for (outcome, _), code in CODES.items() if outcome in ("not_applicable", "ended")
]


@dataclass(frozen=True, slots=True)
class HeldColumn:
    """The reliefs in force of a line, each with the column of its condition.

    ``asked`` remembers where those of an effect hold.
    """

    reliefs: tuple[tuple[ReliefPlan, Truth], ...]
    asked: dict[tuple[str, bool | None], Mask] = field(default_factory=dict)

    def those(self, effect: str, *, base_only: bool | None = None) -> list[tuple[ReliefPlan, Mask]]:
        """Give the reliefs of an effect with the rows for which they surely hold."""
        if not self.reliefs:
            return []
        return [
            (each, truth.sure)
            for each, truth in self.reliefs
            if each.relief.effect == effect
            and base_only in (None, each.relief.base_only)
            and truth.sure is not False
        ]

    def holding(self, effect: str, *, base_only: bool | None = None) -> Mask:
        """Say where at least one relief of an effect surely holds."""
        if not self.reliefs:
            return False
        found = self.asked.get((effect, base_only))
        if found is None:
            found = False
            for _, sure in self.those(effect, base_only=base_only):
                found = either(found, sure)
            self.asked[effect, base_only] = found
        return found


class Board:
    """The findings of one line in the making: what is settled first stands."""

    def __init__(self, rows: int) -> None:
        """Start with every row open."""
        self.codes: Codes = np.zeros(rows, np.uint8)
        self.open: Mask = True

    @property
    def done(self) -> bool:
        """Say whether every row has its finding."""
        return self.open is False

    def settle(self, where: Mask, outcome: Outcome, reason: str = "") -> Mask:
        """Give a finding to the open rows of a mask; say which they were."""
        if where is False or self.open is False:
            return False
        here = both(self.open, where)
        if here is True:
            self.codes.fill(CODES[outcome, reason])
            self.open = False
        elif not isinstance(here, bool):
            if not here.any():
                return False
            self.codes += here.view(np.uint8) * np.uint8(
                CODES[outcome, reason]
            )  # open rows hold zero
            still = both(self.open, negated(here))
            self.open = still if anywhere(still) else False
        return here


class LineCase:
    """One line of a chunk: its walk, its reliefs, where it is chosen; ``answer`` works it out."""

    def __init__(
        self, line: LinePlan, active: Sequence[ReliefPlan], walk: ColumnWalk, rows: int
    ) -> None:
        """Prepare; ``active`` are the reliefs in force, of this very plan."""
        self.line = line
        self.walk = walk
        self.rows = rows
        self.held = HeldColumn(tuple((each, walk.truth(each.truth)) for each in active))
        self.board = Board(rows)
        self.nothing = nothing_of(rows)
        self._tops: dict[int | None, tuple[Any, int]] = {}
        sums = line.sums
        ends = (sums.base, sums.rest, sums.low, sums.high)
        self.signed = any(i is not None and line.program[i].low < 0 for i in ends)

    def answer(self, chosen: Truth) -> LineColumn:
        """Give the answers of the line, by the precedence of outcomes (cases.py)."""
        self._bar(chosen)
        self._leave_open()
        amount, low, high = self.nothing, self.nothing, self.nothing
        has_low: Mask = False
        has_high: Mask = False
        if not self.board.done:
            amount, low, high, has_low, has_high = self._owed(self.board.open)
        unchosen = chosen.unknown
        if unchosen is not False:
            unchosen = both(unchosen, ~np.isin(self.board.codes, NEVER_ALTERNATIVE))
        line = self.line
        return LineColumn(
            line.item.id,
            line.line.id,
            self.board.codes,
            amount,
            low,
            high,
            has_low,
            has_high,
            unchosen,
        )

    def _bar(self, chosen: Truth) -> None:
        """Settle where the line does not apply or has no rate, whatever else is missing."""
        line, board = self.line, self.board
        board.settle(chosen.false, "not_applicable", "other_class")
        if line.condition is not None:
            false = self.walk.truth(line.condition).false
            board.settle(false, "not_applicable", "condition_false")
        twice = self.held.holding("not_charged_twice")
        board.settle(twice, "not_applicable", "charged_otherwise")
        if line.form == "free":
            board.settle(True, "ended", "rate_set_to_zero")
        elif line.form == "none":
            board.settle(True, "no_rate", "not_established")
        elif line.sums.inside is not None and not board.done:
            board.settle(self.walk.truth(line.sums.inside).false, "no_rate", "outside_table")

    def _leave_open(self) -> None:
        """Settle where the line is exempt as a whole, or a missing fact leaves it open."""
        line, board, held = self.line, self.board, self.held
        if board.done:
            return
        applies = True if line.condition is None else self.walk.truth(line.condition).sure
        board.settle(
            both(held.holding("exempt", base_only=False), applies),
            "exempt",
        )
        board.settle(held.holding("unknown_reduction"), "undetermined", "reduction_unknown")
        for root in line.roots:
            if not board.done:
                board.settle(negated(self.walk.known(root)), "undetermined")
        # A base that is free already makes reliefs of the base idle.
        busy = negated(held.holding("exempt", base_only=True))
        for each, truth in held.reliefs:
            open_ = truth.unknown
            board.settle(both(open_, busy) if each.relief.base_only else open_, "undetermined")

    def _owed(self, owing: Mask) -> tuple[Ints, Ints, Ints, Mask, Mask]:
        """Settle what is owed in the rows left: amounts after reliefs, each rounded once."""
        sums, form, board = self.line.sums, self.line.form, self.board
        if form == "range":
            board.settle(owing, "range")
            low, high = self._fen(sums.low), self._fen(sums.high)
            return self.nothing, only(low, owing), only(high, owing), owing, owing
        amount: Any = None
        if sums.reaches is not None:
            under = board.settle(self.walk.truth(sums.reaches).false, "below_floor")
            if under is not False:
                amount = self._fen(sums.low)
                if under is not True:
                    amount = chosen(under, amount, self._fen(sums.base))
        if amount is None:
            amount = self._fen(sums.base)
        freeing = self.held.holding("exempt", base_only=True)
        for each, sure in self.held.those("multiply"):
            freeing = either(freeing, sure) if each.factor == 0 else freeing
        if freeing is not False:
            board.settle(both(freeing, self._top(sums.base)[0] == 0), "exempt")
        low, high, has_low, has_high = self._kind(amount)
        return only(amount, owing), low, high, has_low, has_high

    def _kind(self, amount: Ints) -> tuple[Ints, Ints, Mask, Mask]:
        """Settle the kind of the amounts left, and give their bounds."""
        line, sums, board = self.line, self.line.sums, self.board
        left = board.open
        if line.form == "guided":
            board.settle(left, "guided")
            if sums.low is None or sums.high is None:
                return self.nothing, self.nothing, False, False
            low, high = self._fen(sums.low), self._fen(sums.high)
            return only(low, left), only(high, left), left, left
        apart: Mask = False
        if sums.low is not None and line.form != "floor":
            apart = _differing(*self._top(sums.low), *self._top(sums.base))
        capped = board.settle(True if line.form == "ceiling" else apart, "ceiling")
        self._owing()
        if capped is False:
            return self.nothing, self.nothing, False, False
        has_low = both(capped, apart)
        low = self.nothing
        if has_low is not False:
            low = only(self._fen(sums.low), has_low)
        return low, only(amount, capped), has_low, capped

    def _owing(self) -> None:
        """Settle what is owed outright: provisional, reduced or due."""
        board = self.board
        if self.line.line.provisional:
            board.settle(board.open, "provisional")
        applied = either(self.held.holding("multiply"), self.held.holding("exempt", base_only=True))
        board.settle(applied, "reduced")
        board.settle(board.open, "due")

    def _top(self, index: int | None) -> tuple[Any, int]:
        """Give an amount after reliefs over its divisor: scaled integers, and their scale."""
        if index not in self._tops:
            self._tops[index] = self._reduced(index)
        return self._tops[index]

    def _reduced(self, index: int | None) -> tuple[Any, int]:
        if index is None:
            raise TypeError(self.line.line.id)
        sums, walk = self.line.sums, self.walk
        top, scale = walk.number(index).values, self.line.program[index].scale
        top, scale = _multiplied(top, scale, self.held.those("multiply", base_only=True))
        freed = self.held.holding("exempt", base_only=True)
        if freed is not False:
            top = only(top, negated(freed))
        if sums.rest is not None and index == sums.base:
            rest, under = walk.number(sums.rest).values, self.line.program[sums.rest].scale
            wide = max(scale, under)
            top = top * unit_of(wide - scale) + rest * unit_of(wide - under)
            scale = wide
        return _multiplied(top, scale, self.held.those("multiply", base_only=False))

    def _fen(self, index: int | None) -> Ints:
        if index is None or not self._untouched(index):
            return self._rounded(*self._top(index))
        scale = self.line.program[index].scale
        lift = max(FEN_DECIMALS - scale, 0)
        top = self.walk.times(index, unit_of(lift))
        return self._rounded(top, scale + lift, ours=not self.walk.holds(index))

    def _untouched(self, index: int) -> bool:
        """Say whether nothing stands between a figure and its fen: no divisor, rest or relief."""
        sums, held = self.line.sums, self.held
        whole = sums.divisor is None and (sums.rest is None or index != sums.base)
        return whole and not (held.those("multiply") or held.those("exempt", base_only=True))

    def _rounded(self, top: Any, scale: int, *, ours: bool = False) -> Ints:
        """Divide once and round half up to whole fen (R-M2); ``ours``: nobody else holds the top."""
        sums = self.line.sums
        under: Any = 1
        if sums.divisor is not None:
            divisor = self.walk.number(sums.divisor)
            scale -= self.line.program[sums.divisor].scale
            under = divisor.values
            if divisor.known is not True:
                under = np.where(spread(divisor.known, self.rows), under, 1)
        shift = FEN_DECIMALS - scale
        if shift > 0:
            top = top * unit_of(shift)
        elif shift < 0:
            under = under * unit_of(-shift)
        if not isinstance(under, int):
            top = (2 * top + under) // (2 * under)
        elif under > 1:  # a power of ten, so its half is whole
            top = _halves_up(top, under, signed=self.signed, ours=ours)
        if isinstance(top, np.ndarray):
            return top
        return np.broadcast_to(np.int64(top), (self.rows,))


def _halves_up(top: Any, under: int, *, signed: bool, ours: bool = False) -> Any:
    """Divide by an even number and round halves up, in one column: this one, where it is ours.

    What is proved to be nowhere below zero is divided as unsigned numbers, which is quicker.
    """
    if isinstance(top, int):
        return (top + under // 2) // under
    raised = np.add(top, under // 2, out=top if ours else None)
    if signed:
        return np.floor_divide(raised, under, out=raised)
    unsigned = raised.view(np.uint64)
    np.floor_divide(unsigned, np.uint64(under), out=unsigned)
    return raised


def _multiplied(top: Any, scale: int, factors: list[tuple[ReliefPlan, Mask]]) -> tuple[Any, int]:
    """Multiply the rows for which each relief holds by its factor, the others by one."""
    together: Any = 1
    most = 1
    for each, sure in factors:
        unit = unit_of(each.factor_scale)
        most *= max(unit, each.factor)
        narrow = np.int16 if most <= NARROW else np.int64
        factor: Any = each.factor
        if not isinstance(sure, bool):
            factor = unit + sure.astype(narrow) * np.array(each.factor - unit, narrow)
        if not isinstance(together, int):
            together = together.astype(narrow, copy=False)
        together, scale = together * factor, scale + each.factor_scale
    return top if isinstance(together, int) and together == 1 else top * together, scale


def _differing(one: Any, one_scale: int, other: Any, other_scale: int) -> Mask:
    """Say where two numbers differ; scales that differ are aligned in integers of any size."""
    if one_scale == other_scale:
        found: Mask = one != other
        return found
    one, other = np.asarray(one, object), np.asarray(other, object)
    unequal = one * unit_of(other_scale) != other * unit_of(one_scale)
    return np.asarray(unequal, np.bool_)
