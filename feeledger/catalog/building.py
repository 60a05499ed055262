"""Building a program node by node: scales aligned, equal nodes shared, bounds carried along."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from feeledger.catalog.items import Condition, Fact, Test
from feeledger.catalog.nodes import (
    Bands,
    Comparison,
    Kind,
    Node,
    Program,
    Shape,
    Span,
    decimals_of,
    scaled,
    span_of,
    unit_of,
    widest_of,
)
from feeledger.catalog.shares import high_of
from feeledger.errors import Invalid, Text


class PlanRefused(Invalid):
    """A line cannot be worked out safely as it is written."""

    code = "plan-refused"
    title = Text("收费标准无法安全计算", "The rate cannot be worked out safely")


@lru_cache(maxsize=4096)
def shape_of(fact: Fact) -> Shape:
    """Give the shape a fact's declaration promises; an enum and a bool stand as codes."""
    if fact.type == "bool":
        return Shape(0, 0, 1)
    if fact.type == "enum":
        return Shape(0, 0, max(len(fact.values) - 1, 0))
    scale = 0 if fact.type == "int" else fact.decimals
    low, high = (_whole(bound, scale) for bound in (fact.low, high_of(fact)))
    return Shape(scale, low, high)


def _whole(bound: Decimal, scale: int) -> int:
    numerator, denominator = bound.as_integer_ratio()
    return numerator * unit_of(scale) // denominator


class Builder:
    """A program in the making. Every method adds a node, or finds its equal, and gives its index."""

    def __init__(
        self,
        facts: Mapping[str, Fact],
        shapes: Mapping[str, Shape],
        rounding: Decimal | None = None,
    ) -> None:
        """Start empty; ``shapes`` may be narrower than the declarations of ``facts``.

        ``rounding`` is the whole unit to which this line rounds its quantities up.
        """
        self.facts = facts
        self.rounding = rounding
        self.shapes = shapes
        self.nodes: list[Node] = []
        self.spans: list[Span] = []
        self._known: dict[Node, int] = {}
        self.divided: set[str] = set()

    @property
    def program(self) -> Program:
        """The program so far."""
        return tuple(self.nodes)

    def scale(self, index: int) -> int:
        """Give the scale of a node."""
        return self.nodes[index].scale

    def const(self, value: Decimal) -> int:
        """Add a constant with just the decimals it needs."""
        scale = decimals_of(value)
        return self.whole(scaled(value, scale), scale)

    def whole(self, value: int, scale: int) -> int:
        """Add a constant given as a scaled integer."""
        return self._add(Node("const", scale=scale, value=value))

    def fact(self, name: str) -> int:
        """Add a fact as a number or a code."""
        fact = self.facts[name]
        if fact.derived is not None:
            raise PlanRefused(
                Text(
                    f"“{name}”由其他数据推得，只能用于条件",
                    f'"{name}" is derived from other facts and may stand in conditions only',
                ),
                fact=name,
            )
        return self._fact(name)

    def _fact(self, name: str) -> int:
        shape = self.shapes[name]
        return self._add(Node("fact", scale=shape.scale, low=shape.low, high=shape.high, name=name))

    def quantity(self, name: str) -> int:
        """Add a fact as a quantity, rounded up to whole units where the line says so."""
        index = self.fact(name)
        return index if self.rounding is None else self.steps(index, self.rounding)

    def rescale(self, index: int, scale: int) -> int:
        """Bring a number to a larger scale."""
        gap = scale - self.scale(index)
        node = self.nodes[index]
        if gap == 0:
            return index
        if node.kind == "const":
            return self.whole(node.value * unit_of(gap), scale)
        factor = self.whole(unit_of(gap), gap)
        return self._add(Node("mul", (index, factor), scale=scale))

    def align(self, indexes: Iterable[int]) -> tuple[int, ...]:
        """Bring numbers to their largest scale."""
        wanted = tuple(indexes)
        scale = max(self.scale(index) for index in wanted)
        return tuple(self.rescale(index, scale) for index in wanted)

    def row(self, kind: Kind, indexes: Iterable[int]) -> int:
        """Add a sum, difference, minimum or maximum of numbers."""
        args = self.align(indexes)
        return self._add(Node(kind, args, scale=self.scale(args[0])))

    def mul(self, left: int, right: int) -> int:
        """Add a product; a factor of one is left out."""
        for one, other in ((left, right), (right, left)):
            node = self.nodes[one]
            if node.kind == "const" and node.value == 1 and node.scale == 0:
                return other
        return self._add(Node("mul", (left, right), scale=self.scale(left) + self.scale(right)))

    def product(self, indexes: Iterable[int]) -> int:
        """Add a product of one or more factors."""
        first, *others = indexes
        for index in others:
            first = self.mul(first, index)
        return first

    def steps(self, index: int, size: Decimal) -> int:
        """Round a number up to whole steps of a size."""
        index = self.rescale(index, max(self.scale(index), decimals_of(size)))
        step = scaled(size, self.scale(index))
        count = self._add(Node("steps", (index,), value=step))
        return self.mul(count, self.const(size))

    def bands(self, index: int, bands: Bands, scale: int) -> int:
        """Add a function by bands of a number; ``scale`` is that of its result."""
        return self._add(Node("bands", (index,), scale=scale, bands=bands))

    def choose(self, key: int, options: Iterable[int]) -> int:
        """Add the option whose place is the code ``key``."""
        args = self.align(options)
        return self._add(Node("choose", (key, *args), scale=self.scale(args[0])))

    def select(self, truth: int, then: int, other: int) -> int:
        """Add one of two numbers by a truth."""
        args = self.align((then, other))
        return self._add(Node("select", (truth, *args), scale=self.scale(args[0])))

    def compare(self, left: int, op: Comparison, right: int) -> int:
        """Add a comparison of two numbers."""
        return self._add(Node("compare", self.align((left, right)), op=op))

    def member(self, key: int, codes: frozenset[int]) -> int:
        """Add the truth that a code is one of some."""
        return self._add(Node("member", (key,), codes=codes))

    def join(self, kind: Kind, truths: Iterable[int]) -> int:
        """Add all, any, not or first of truths; one alone stands for itself."""
        args = tuple(truths)
        if len(args) == 1 and kind != "not":
            return args[0]
        return self._add(Node(kind, args))

    def condition(self, condition: Condition) -> int:
        """Add a condition of the catalog."""
        return self.join(condition.kind, [self.test(test) for test in condition.tests])

    def test(self, test: Test) -> int:
        """Add one comparison of a fact with a value."""
        fact = self.facts[test.fact]
        if fact.type in ("bool", "enum"):
            return self.member(self._fact(test.fact), codes_of(fact, test.value))
        values = test.value if isinstance(test.value, tuple) else (test.value,)
        op: Comparison = "eq" if test.op == "in" else test.op
        return self.join("any", [self._number(fact, op, Decimal(value)) for value in values])

    def _number(self, fact: Fact, op: Comparison, value: Decimal) -> int:
        constant = self.const(value)
        given = self.compare(self._fact(fact.name), op, constant)
        if fact.derived is None:
            return given
        # A share is compared without a division: numerator against value × denominator. So it is
        # told of a denominator of zero, too (decision 0030).
        numerator, denominator = fact.derived
        parts = self.compare(self._fact(numerator), op, self.mul(constant, self._fact(denominator)))
        return self.join("first", (given, parts))

    def _add(self, node: Node) -> int:
        found = self._known.get(node)
        if found is not None:
            return found
        low, high = span_of(node, self.spans, {})
        bounded = replace(node, low=low, high=high)
        proved = replace(bounded, widest=widest_of(bounded, self.spans))
        self._known[node] = len(self.nodes)
        self.nodes.append(proved)
        self.spans.append((low, high))
        return len(self.nodes) - 1


def codes_of(fact: Fact, value: object) -> frozenset[int]:
    """Give the codes a bool or enum test accepts."""
    if fact.type == "bool":
        return frozenset({int(value is True)})
    accepted = value if isinstance(value, tuple) else (value,)
    return frozenset(fact.values.index(each) for each in accepted)
