"""The nodes a plan is made of: scaled integers and three-valued truths, with proved bounds.

A program is a row of nodes; each reads facts or earlier nodes by their index, so that every
evaluator (one by one, columns, SQL) runs it from left to right without recursion. A number node
stands for its integer / 10**scale; a truth node for 1, 0 or unknown. An absent fact makes what
needs it unknown. ``low`` and ``high`` are proved from the declared bounds of the facts, and
``widest`` is the largest magnitude met on the way to the node's value.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal

INT64_MAX = 2**63 - 1

Kind = Literal[
    "const",
    "fact",
    "add",
    "sub",
    "mul",
    "min",
    "max",
    "steps",
    "bands",
    "choose",
    "select",
    "compare",
    "member",
    "all",
    "any",
    "not",
    "first",
]
Comparison = Literal["lt", "lte", "gt", "gte", "eq"]


@dataclass(frozen=True, slots=True)
class Bands:
    """A function by bands: in band k, intercepts[k] + slopes[k] × x; upper ends inclusive.

    One upper end fewer than bands: the last band is open. Beyond a closed last band, and below
    the first, the nearest band speaks: that there is no price there is another node's business.
    """

    uptos: tuple[int, ...]
    intercepts: tuple[int, ...]
    slopes: tuple[int, ...]

    def index(self, x: int) -> int:
        """Give the band of a value."""
        return min(bisect_left(self.uptos, x), len(self.intercepts) - 1)

    def at(self, x: int) -> int:
        """Give the value of the function."""
        k = self.index(x)
        return self.intercepts[k] + self.slopes[k] * x


@dataclass(frozen=True, slots=True)
class Node:
    """One step of a program. What the fields mean depends on the kind:

    const ``value`` · fact ``name`` · steps: how many steps of ``value`` it takes to cover the
    argument · bands ``bands`` of the argument · choose: the argument whose place is the code in
    the first one · select: second argument if the first is true, third if false · compare ``op``
    of two numbers of one scale · member: the code is one of ``codes`` · first: the first argument
    that is known.
    """

    kind: Kind
    args: tuple[int, ...] = ()
    scale: int = 0
    low: int = 0
    high: int = 1
    widest: int = 1
    name: str = ""
    value: int = 0
    op: Comparison = "eq"
    codes: frozenset[int] = frozenset()
    bands: Bands | None = None


Program = tuple[Node, ...]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a fact stands in a program: its scale, and bounds as scaled integers."""

    scale: int
    low: int
    high: int


@cache
def unit_of(scale: int) -> int:
    """Give 10**scale."""
    return int(10**scale)


def scaled(value: Decimal, scale: int) -> int:
    """Turn an exact decimal into an integer of a scale that holds all its decimals."""
    numerator, denominator = value.as_integer_ratio()
    whole, left = divmod(numerator * unit_of(scale), denominator)
    if left:
        raise ValueError(f"{value} has more than {scale} decimals")
    return whole


def decimals_of(value: Decimal) -> int:
    """Count the decimals a value needs (trailing zeros do not count)."""
    denominator = value.as_integer_ratio()[1]
    scale = 0
    while unit_of(scale) % denominator:
        scale += 1
    return scale


def span_of(node: Node, spans: Sequence[Span], facts: Mapping[str, Span]) -> Span:
    """Give the least and the most a node can come to, from those of what it reads.

    ``spans`` are those of the earlier nodes; a truth spans 0 to 1 while it is unknown. Facts that
    are not named keep the bounds declared for them.
    """
    if node.kind == "fact":
        return facts.get(node.name, (node.low, node.high))
    if node.kind == "const":
        return node.value, node.value
    return SPANS[node.kind](node, [spans[arg] for arg in node.args])


def spans_of(program: Program, facts: Mapping[str, Span]) -> list[Span]:
    """Give the span of every node of a program, narrowed by what is known of the facts."""
    spans: list[Span] = []
    for node in program:
        spans.append(span_of(node, spans, facts))
    return spans


def _span_add(_: Node, args: list[Span]) -> Span:
    return args[0][0] + args[1][0], args[0][1] + args[1][1]


def _span_sub(_: Node, args: list[Span]) -> Span:
    return args[0][0] - args[1][1], args[0][1] - args[1][0]


def _span_mul(_: Node, args: list[Span]) -> Span:
    products = [a * b for a in args[0] for b in args[1]]
    return min(products), max(products)


def _span_min(_: Node, args: list[Span]) -> Span:
    return min(low for low, _ in args), min(high for _, high in args)


def _span_max(_: Node, args: list[Span]) -> Span:
    return max(low for low, _ in args), max(high for _, high in args)


def _span_steps(node: Node, args: list[Span]) -> Span:
    low, high = args[0]
    return -(-low // node.value), -(-high // node.value)


def _span_bands(node: Node, args: list[Span]) -> Span:
    bands = _bands_of(node)
    low, high = args[0]
    values = [bands.at(low), bands.at(high)]
    for k in range(bands.index(low), bands.index(high)):
        below, above = bands.uptos[k], bands.uptos[k] + 1
        values += [bands.at(below), bands.at(min(above, high))]
    return min(values), max(values)


def _span_choose(_: Node, args: list[Span]) -> Span:
    low, high = args[0]
    chosen = args[1 + low : 2 + high] or args[1:]
    return min(low for low, _ in chosen), max(high for _, high in chosen)


def _span_select(_: Node, args: list[Span]) -> Span:
    if args[0] == (1, 1):
        return args[1]
    if args[0] == (0, 0):
        return args[2]
    return min(args[1][0], args[2][0]), max(args[1][1], args[2][1])


def _span_compare(node: Node, args: list[Span]) -> Span:
    (low, high), (other_low, other_high) = args
    if node.op == "eq":
        apart = high < other_low or low > other_high
        same = low == high == other_low == other_high
        return int(same), int(not apart)
    if node.op in ("gt", "gte"):
        (low, high), (other_low, other_high) = args[1], args[0]
    if node.op in ("lt", "gt"):
        return int(high < other_low), int(low < other_high)
    return int(high <= other_low), int(low <= other_high)


def _span_member(node: Node, args: list[Span]) -> Span:
    low, high = args[0]
    inside = sum(low <= code <= high for code in node.codes)
    return int(inside == high - low + 1), int(inside > 0)


def _span_not(_: Node, args: list[Span]) -> Span:
    return 1 - args[0][1], 1 - args[0][0]


def _span_first(_: Node, args: list[Span]) -> Span:
    low, high = max(low for low, _ in args), min(high for _, high in args)
    return (low, high) if low <= high else args[0]


SPANS = {
    "add": _span_add,
    "sub": _span_sub,
    "mul": _span_mul,
    "min": _span_min,
    "max": _span_max,
    "steps": _span_steps,
    "bands": _span_bands,
    "choose": _span_choose,
    "select": _span_select,
    "compare": _span_compare,
    "member": _span_member,
    "all": lambda _, args: (
        min((a for a, _ in args), default=1),
        min((b for _, b in args), default=1),
    ),
    "any": lambda _, args: (
        max((a for a, _ in args), default=0),
        max((b for _, b in args), default=0),
    ),
    "not": _span_not,
    "first": _span_first,
}


def widest_of(node: Node, spans: Sequence[Span]) -> int:
    """Give the largest magnitude met while the node is worked out, its own value included."""
    reach = max(abs(node.low), abs(node.high))
    if node.kind == "steps":
        low, high = spans[node.args[0]]
        return max(reach, abs(low), high + node.value)
    if node.kind != "bands":
        return reach
    bands = _bands_of(node)
    x = max(abs(end) for end in spans[node.args[0]])
    parts = [abs(end) for end in (*bands.uptos, *bands.intercepts)]
    return max(reach, *parts, *(abs(slope) * x for slope in bands.slopes))


def _bands_of(node: Node) -> Bands:
    if node.bands is None:
        raise TypeError("a bands node without bands")
    return node.bands
