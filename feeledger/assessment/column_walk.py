"""A program over columns: every node for thousands of enterprises at once, in 64-bit integers.

The meaning is that of ``walk.py``, node by node. A number is its values and which of them are
known; a truth is where it surely holds and where it may hold (unknown: it may, but not surely).
A mask of one word, True or False, stands for a whole column, so that what hangs on an absent fact
costs nothing. Nothing here looks for overflow: the caller runs programs that are proved to fit.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import eq, ge, gt, le, lt
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from feeledger.catalog.nodes import Node, Program

FAR: Final = 2**62
Ints = NDArray[np.int64]
Mask = bool | NDArray[np.bool_]
COMPARE: dict[str, Callable[[Any, Any], Any]] = {"lt": lt, "lte": le, "gt": gt, "gte": ge, "eq": eq}


class Number(NamedTuple):
    """A column of scaled integers; what is not known holds any value and means none."""

    values: Ints | int
    known: Mask


class Truth(NamedTuple):
    """A column of truths: where each surely holds, and where it may."""

    sure: Mask
    maybe: Mask

    @property
    def false(self) -> Mask:
        """Where it surely does not hold."""
        return negated(self.maybe)

    @property
    def unknown(self) -> Mask:
        """Where neither is known."""
        return False if self.sure is self.maybe else both(self.maybe, negated(self.sure))


Cell = Number | Truth
# How a fact compares with a whole number of its scale, by operator, fact and number.
Compared = dict[tuple[str, str, int], Truth]
ARITHMETIC: Final = frozenset({"add", "sub", "mul", "min", "max", "steps"})
ABSENT = Number(0, known=False)
UNKNOWN = Truth(sure=False, maybe=True)
ALWAYS = Truth(sure=True, maybe=True)
NEVER = Truth(sure=False, maybe=False)


def both(one: Mask, other: Mask) -> Mask:
    """Say where two masks hold together."""
    if one is True or other is False or one is other:
        return other
    return one if other is True or one is False else one & other


def either(one: Mask, other: Mask) -> Mask:
    """Say where at least one of two masks holds."""
    if one is False or other is True or one is other:
        return other
    return one if other is False or one is True else one | other


def negated(mask: Mask) -> Mask:
    """Say where a mask does not hold."""
    return (not mask) if isinstance(mask, bool) else ~mask


def anywhere(mask: Mask) -> bool:
    """Say whether a mask holds for at least one row."""
    return mask if isinstance(mask, bool) else bool(mask.any())


def only(values: Any, mask: Mask) -> Any:
    """Keep the values of a mask, zero elsewhere. Multiplied: a mixed mask costs ``where`` ten times."""
    return values if mask is True else values * mask


def chosen(mask: Mask, one: Any, other: Any) -> Any:
    """Take the values of ``one`` where a mask holds, else of ``other``.

    Worked out without looking at the mask row by row. A difference may wrap: the sum wraps back.
    """
    if isinstance(mask, bool):
        return one if mask else other
    if isinstance(one, int) and isinstance(other, int):
        return (
            np.where(mask, one, other) if abs(one - other) > FAR else other + (one - other) * mask
        )
    return other + np.subtract(one, other, dtype=np.int64) * mask


@lru_cache(maxsize=64)
def nothing_of(rows: int) -> Ints:
    """Give a column of zeros that takes no room; it cannot be written to."""
    return np.broadcast_to(np.int64(0), (rows,))


def spread(mask: Mask, rows: int) -> NDArray[np.bool_]:
    """Write a mask out, a word a row."""
    return np.full(rows, mask) if isinstance(mask, bool) else mask


class ColumnWalk:
    """One program over the facts of a chunk; a node is worked out when it is first asked for."""

    def __init__(
        self, program: Program, facts: Mapping[str, Number], compared: Compared | None = None
    ) -> None:
        """Prepare; ``facts`` are at the scales the program was compiled for.

        ``compared`` holds how facts compare with constants, for all programs over the same facts.
        """
        self.program = program
        self.facts = facts
        self.compared: Compared = {} if compared is None else compared
        self._cells: dict[int, Cell] = {}

    def cell(self, index: int) -> Cell:
        """Give the column of a node."""
        found = self._cells.get(index)
        if found is None:
            found = self._worked_out(self.program[index])
            self._cells[index] = found
        return found

    def number(self, index: int) -> Number:
        """Give the column of a node that is a number."""
        found = self.cell(index)
        if not isinstance(found, Number):
            raise TypeError(self.program[index])
        return found

    def truth(self, index: int) -> Truth:
        """Give the column of a node that is a truth."""
        found = self.cell(index)
        if not isinstance(found, Truth):
            raise TypeError(self.program[index])
        return found

    def known(self, index: int) -> Mask:
        """Say where a node is known; arithmetic is known where its parts are, before it is done."""
        node = self.program[index]
        if node.kind in ARITHMETIC and index not in self._cells:
            known: Mask = True
            for arg in node.args:
                known = both(known, self.known(arg))
            return known
        found = self.cell(index)
        return found.known if isinstance(found, Number) else negated(found.unknown)

    def times(self, index: int, unit: int) -> Any:
        """Give a node's values times a unit; in a product the unit goes to the constant.

        What is multiplied in another order may wrap on the way and wraps back.
        """
        node = self.program[index]
        if node.kind == "const":
            return node.value * unit
        if node.kind == "mul" and index not in self._cells:
            one, other = node.args
            if self.program[one].kind not in ("const", "mul"):
                one, other = other, one
            if abs(self.program[one].value * unit) <= FAR:
                return self.times(one, unit) * self.number(other).values
        values = self.number(index).values
        return values if unit == 1 else values * unit

    def holds(self, index: int) -> bool:
        """Say whether the column of a node is kept, for whoever asks again."""
        return index in self._cells

    def _worked_out(self, node: Node) -> Cell:
        if node.kind == "const":
            return Number(node.value, True)
        if node.kind == "fact":
            return self.facts.get(node.name, ABSENT)
        return RULES[node.kind](self, node)


def _sum(walk: ColumnWalk, node: Node) -> Number:
    return _of_two(walk, node, lambda a, b: a + b)


def _difference(walk: ColumnWalk, node: Node) -> Number:
    return _of_two(walk, node, lambda a, b: a - b)


def _product(walk: ColumnWalk, node: Node) -> Number:
    return _of_two(walk, node, lambda a, b: a * b)


def _of_two(walk: ColumnWalk, node: Node, work: Callable[[Any, Any], Any]) -> Number:
    left, right = node.args
    a, b = walk.number(left), walk.number(right)
    known = both(a.known, b.known)
    return ABSENT if known is False else Number(work(a.values, b.values), known)


def _least(walk: ColumnWalk, node: Node) -> Number:
    return _of_many(walk, node, np.minimum)


def _most(walk: ColumnWalk, node: Node) -> Number:
    return _of_many(walk, node, np.maximum)


def _of_many(walk: ColumnWalk, node: Node, work: Callable[[Any, Any], Any]) -> Number:
    first, *others = (walk.number(arg) for arg in node.args)
    values, known = first.values, first.known
    for each in others:
        known = both(known, each.known)
        if known is False:
            return ABSENT
        values = work(values, each.values)
    return Number(values, known)


def _steps(walk: ColumnWalk, node: Node) -> Number:
    x = walk.number(node.args[0])
    if x.known is False:
        return x
    if isinstance(x.values, int) or walk.program[node.args[0]].low < 0:
        return Number(-(-x.values // node.value), x.known)
    raised = x.values + np.int64(node.value - 1)  # seen as unsigned, it cannot pass 64 bits
    unsigned = raised.view(np.uint64)
    np.floor_divide(unsigned, np.uint64(node.value), out=unsigned)
    return Number(raised, x.known)


def _bands(walk: ColumnWalk, node: Node) -> Number:
    x, bands = walk.number(node.args[0]), node.bands
    if x.known is False or bands is None:
        return ABSENT
    if isinstance(x.values, int):
        return Number(bands.at(x.values), x.known)
    found = np.searchsorted(np.array(bands.uptos, np.int64), x.values)
    if len(bands.uptos) == len(bands.intercepts):
        found = np.minimum(found, len(bands.intercepts) - 1)
    values = np.array(bands.intercepts, np.int64)[found]
    if any(bands.slopes):
        values = values + np.array(bands.slopes, np.int64)[found] * x.values
    return Number(values, x.known)


def _choose(walk: ColumnWalk, node: Node) -> Number:
    code = walk.number(node.args[0])
    if code.known is False:
        return ABSENT
    values: Any = 0
    known: Mask = False
    for place, arg in enumerate(node.args[1:]):
        here, option = code.values == place, walk.number(arg)
        values = chosen(here, option.values, values)
        known = either(known, both(here, option.known))
    return Number(values, both(known, code.known))


def _select(walk: ColumnWalk, node: Node) -> Number:
    truth = walk.truth(node.args[0])
    if truth is UNKNOWN:
        return ABSENT
    then, other = walk.number(node.args[1]), walk.number(node.args[2])
    values = chosen(truth.sure, then.values, other.values)
    return Number(values, either(both(truth.sure, then.known), both(truth.false, other.known)))


def _compare(walk: ColumnWalk, node: Node) -> Truth:
    left, right = node.args
    a, b = walk.number(left), walk.number(right)
    known = both(a.known, b.known)
    if known is False:
        return UNKNOWN
    name = walk.program[left].name
    if not name or not isinstance(b.values, int):
        return _where_known(COMPARE[node.op](a.values, b.values), known)
    key = node.op, name, b.values
    if key not in walk.compared:
        walk.compared[key] = _where_known(COMPARE[node.op](a.values, b.values), known)
    return walk.compared[key]


def _member(walk: ColumnWalk, node: Node) -> Truth:
    code = walk.number(node.args[0])
    if code.known is False:
        return UNKNOWN
    holds: Mask = False
    for each in node.codes:
        holds = either(holds, code.values == each)
    return _where_known(holds, code.known)


def _where_known(holds: Mask, known: Mask) -> Truth:
    if known is True:
        return Truth(holds, holds)
    return Truth(both(holds, known), either(holds, negated(known)))


def _all(walk: ColumnWalk, node: Node) -> Truth:
    return _joined(walk, node, both, nothing=True)


def _any(walk: ColumnWalk, node: Node) -> Truth:
    return _joined(walk, node, either, nothing=False)


def _joined(
    walk: ColumnWalk, node: Node, join: Callable[[Mask, Mask], Mask], *, nothing: bool
) -> Truth:
    sure: Mask = nothing
    maybe: Mask = nothing
    for arg in node.args:
        each = walk.truth(arg)
        same = sure is maybe and each.sure is each.maybe
        sure = join(sure, each.sure)
        maybe = sure if same else join(maybe, each.maybe)
    return Truth(sure, maybe)


def _not(walk: ColumnWalk, node: Node) -> Truth:
    truth = walk.truth(node.args[0])
    if truth.sure is truth.maybe:
        turned = negated(truth.sure)
        return Truth(turned, turned)
    return Truth(negated(truth.maybe), negated(truth.sure))


def _first(walk: ColumnWalk, node: Node) -> Truth:
    first, *others = (walk.truth(arg) for arg in node.args)
    sure, open_ = first.sure, first.unknown
    for each in others:
        sure = either(sure, both(open_, each.sure))
        open_ = both(open_, each.unknown)
    return Truth(sure, either(sure, open_))


RULES: dict[str, Callable[[ColumnWalk, Node], Cell]] = {
    "add": _sum,
    "sub": _difference,
    "mul": _product,
    "min": _least,
    "max": _most,
    "steps": _steps,
    "bands": _bands,
    "choose": _choose,
    "select": _select,
    "compare": _compare,
    "member": _member,
    "all": _all,
    "any": _any,
    "not": _not,
    "first": _first,
}
