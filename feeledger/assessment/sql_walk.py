"""A line's program as SQL: every node once, in 64-bit integers, with the meaning of ``walk.py``.

A node that several others read becomes a column of its own; the rest are written where they are
read.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import cast

from feeledger.assessment.sql_expressions import Number, Sheet, Truth
from feeledger.catalog.nodes import Node, Program

Cell = Number | Truth
TRUTHS = frozenset({"compare", "member", "all", "any", "not", "first"})


class SqlWalk:
    """One program over a table of facts; a node is written when it is first asked for.

    ``facts`` are the columns at the scales the program was compiled for; a fact without one is
    unknown in every row.
    """

    def __init__(self, sheet: Sheet, program: Program, facts: Mapping[str, Number]) -> None:
        """Prepare."""
        self.sheet = sheet
        self.program = program
        self.facts = facts
        self._cells: dict[int, Cell] = {}
        self._asked = Counter(arg for node in program for arg in node.args)

    def number(self, index: int) -> Number:
        """Give a node that is a number."""
        if self.program[index].kind in TRUTHS:
            raise TypeError(self.program[index])
        return self.cell(index)

    def truth(self, index: int) -> Truth:
        """Give a node that is a truth."""
        if self.program[index].kind not in TRUTHS:
            raise TypeError(self.program[index])
        return cast("Truth", self.cell(index))

    def cell(self, index: int) -> Cell:
        """Give a node, written once."""
        if index not in self._cells:
            node = self.program[index]
            if node.kind == "const":
                written: Cell = node.value
            elif node.kind == "fact":
                written = self.facts.get(node.name)
            elif node.kind in TRUTHS:
                written = TRUTH_RULES[node.kind](self, node)
            else:
                written = NUMBER_RULES[node.kind](self, node)
            if self._asked[index] > 1 and node.kind not in ("const", "fact"):
                written = self.sheet.keep_number(written)
            self._cells[index] = written
        return self._cells[index]

    def numbers(self, node: Node) -> list[Number]:
        """Give the numbers a node reads."""
        return [self.number(arg) for arg in node.args]

    def truths(self, node: Node) -> list[Truth]:
        """Give the truths a node reads."""
        return [self.truth(arg) for arg in node.args]


def _steps(walk: SqlWalk, node: Node) -> Number:
    below_zero = walk.program[node.args[0]].low < 0
    return walk.sheet.steps(walk.number(node.args[0]), node.value, below_zero=below_zero)


def _bands(walk: SqlWalk, node: Node) -> Number:
    if node.bands is None:
        raise TypeError(node)
    return walk.sheet.banded(walk.number(node.args[0]), node.bands)


def _choose(walk: SqlWalk, node: Node) -> Number:
    key, *options = walk.numbers(node)
    return walk.sheet.chosen(key, options)


def _select(walk: SqlWalk, node: Node) -> Number:
    truth, then, other = node.args
    return walk.sheet.selected(walk.truth(truth), walk.number(then), walk.number(other))


def _compare(walk: SqlWalk, node: Node) -> Truth:
    a, b = walk.numbers(node)
    return walk.sheet.compared(a, node.op, b)


NUMBER_RULES: dict[str, Callable[[SqlWalk, Node], Number]] = {
    "add": lambda walk, node: walk.sheet.added(*walk.numbers(node)),
    "sub": lambda walk, node: walk.sheet.less(*walk.numbers(node)),
    "mul": lambda walk, node: walk.sheet.times(*walk.numbers(node)),
    "min": lambda walk, node: walk.sheet.extreme(walk.numbers(node), "lte"),
    "max": lambda walk, node: walk.sheet.extreme(walk.numbers(node), "gte"),
    "steps": _steps,
    "bands": _bands,
    "choose": _choose,
    "select": _select,
}
TRUTH_RULES: dict[str, Callable[[SqlWalk, Node], Truth]] = {
    "compare": _compare,
    "member": lambda walk, node: walk.sheet.among(walk.number(node.args[0]), node.codes),
    "all": lambda walk, node: walk.sheet.joined(walk.truths(node), every=True),
    "any": lambda walk, node: walk.sheet.joined(walk.truths(node), every=False),
    "not": lambda walk, node: walk.sheet.turned(walk.truth(node.args[0])),
    "first": lambda walk, node: walk.sheet.first_known(walk.truths(node)),
}
