"""The least and the most an undetermined line can come to, where that is known.

The facts that are missing are cut at every threshold that could change the sum; in each box so
made the program is run over spans (``nodes.spans_of``), and reliefs that stay open count both
ways. A most that hangs on the size limit of a fact (10^12 and above) is not known.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import product
from math import prod

from feeledger.catalog.nodes import Node, Program, Span, spans_of, unit_of
from feeledger.catalog.plan import LinePlan, ReliefPlan
from feeledger.money import Money, round_half_up

BOXES_MAX = 512
SIZE_LIMIT = 10**12
STRETCH = 1000
Yuan = tuple[Fraction | None, Fraction]


def least_and_most(
    line: LinePlan, numbers: Mapping[str, int], reliefs: Iterable[ReliefPlan]
) -> tuple[Money | None, Money | None] | None:
    """Give the bounds of what a line can come to; None where there is no figure at all."""
    active = tuple(reliefs)
    found = _extremes(line, numbers, active, 1)
    if found is None:
        return None
    stretched = _extremes(line, numbers, active, STRETCH)
    least, most = found
    known = stretched is not None and stretched[1] == most
    return (None if least is None else _money(least), _money(most) if known else None)


def _money(yuan: Fraction) -> Money:
    return Money(round_half_up(yuan.numerator * 100, yuan.denominator))


def _extremes(
    line: LinePlan, numbers: Mapping[str, int], reliefs: tuple[ReliefPlan, ...], stretch: int
) -> Yuan | None:
    known = {name: (value, value) for name, value in numbers.items()}
    cuts = _cuts(line.program, known, stretch)
    least: Fraction | None = None
    most: Fraction | None = None
    unknown = False
    for box in product(*cuts.values()):
        spans = spans_of(line.program, known | dict(zip(cuts, box, strict=True)))
        for low, high in _in_box(line, spans, reliefs):
            unknown = unknown or low is None
            if low is not None and (least is None or low < least):
                least = low
            if most is None or high > most:
                most = high
    return None if most is None else (None if unknown else least, most)


def _cuts(program: Program, known: Mapping[str, Span], stretch: int) -> dict[str, list[Span]]:
    """Cut the span of each missing fact at its thresholds, within a bounded number of boxes."""
    derived = _derived_facts(program)
    missing = {n.name: n for n in program if n.kind == "fact" and n.name not in derived}
    bare = spans_of(program, known)
    cuts = {
        name: _pieces(node, _thresholds(program, bare, node), stretch)
        for name, node in missing.items()
        if name not in known
    }
    while prod(map(len, cuts.values())) > BOXES_MAX:
        widest = max(cuts, key=lambda name: len(cuts[name]))
        cuts[widest] = [(cuts[widest][0][0], cuts[widest][-1][1])]
    return cuts


def _derived_facts(program: Program) -> set[str]:
    """Name the facts that their parts decide when they are not given: they are never cut."""
    given = [program[node.args[0]] for node in program if node.kind == "first"]
    return {program[arg].name for each in given for arg in each.args}


def _pieces(node: Node, thresholds: set[int], stretch: int) -> list[Span]:
    high = node.high
    if high >= SIZE_LIMIT * unit_of(node.scale):
        high *= stretch
    starts = {node.low}
    for at in thresholds:
        starts |= {start for start in (at, at + 1) if node.low < start <= high}
    ordered = sorted(starts)
    ends = [*(start - 1 for start in ordered[1:]), high]
    return list(zip(ordered, ends, strict=True))


def _thresholds(program: Program, spans: list[Span], fact: Node) -> set[int]:
    """Give the values of a fact at which a band, a class or a comparison turns."""
    found: set[int] = set()
    for node in program:
        if not node.args:
            continue
        first = program[node.args[0]]
        if node.kind == "bands" and node.bands is not None and first == fact:
            found.update(node.bands.uptos)
        elif node.kind in ("member", "choose") and first == fact:
            found.update(range(fact.low, fact.high + 1))
        elif node.kind == "compare":
            found.update(_turns(program, spans, node, fact))
    return found


def _turns(program: Program, spans: list[Span], node: Node, fact: Node) -> Iterable[int]:
    """Give where a comparison of a fact (or a multiple of it) with something known turns."""
    for side, other in (node.args, node.args[::-1]):
        low, high = spans[other]
        factor = _factor(program, side, fact)
        if low == high and factor:
            yield low // factor


def _factor(program: Program, index: int, fact: Node) -> int:
    """Give how many times the fact a node is: the fact itself, or times a constant; else 0."""
    node = program[index]
    if node == fact:
        return 1
    if node.kind == "mul":
        for one, other in (node.args, node.args[::-1]):
            if program[one] == fact and program[other].kind == "const":
                return program[other].value
    return 0


def _in_box(line: LinePlan, spans: list[Span], reliefs: tuple[ReliefPlan, ...]) -> Iterable[Yuan]:
    """Give the spans of what is owed in one box; nothing owed counts as zero."""
    applies = (1, 1) if line.condition is None else spans[line.condition]
    twice = _any_of(reliefs, spans, "not_charged_twice")
    if applies[0] == 0 or twice[1] == 1:
        yield Fraction(0), Fraction(0)
    if applies[1] == 0 or twice[0] == 1:
        return
    if line.sums.inside is not None and spans[line.sums.inside][1] == 0:
        return
    freed = _any_of([each for each in reliefs if not each.relief.base_only], spans, "exempt")
    if freed[1] == 1:
        yield Fraction(0), Fraction(0)
    if freed[0] == 1:
        return
    ends = _amounts(line, spans, reliefs)
    if ends is not None:
        unsized = _any_of(reliefs, spans, "unknown_reduction")[1] == 1
        yield (None if unsized else ends[0]), ends[1]


def _any_of(reliefs: Iterable[ReliefPlan], spans: list[Span], effect: str) -> Span:
    truths = [spans[each.truth] for each in reliefs if each.relief.effect == effect]
    return max((low for low, _ in truths), default=0), max((high for _, high in truths), default=0)


def _amounts(
    line: LinePlan, spans: list[Span], reliefs: tuple[ReliefPlan, ...]
) -> tuple[Fraction, Fraction] | None:
    ends = _by_rate(line, spans)
    if ends is None:
        return None
    whole = _factors(spans, [each for each in reliefs if not each.relief.base_only])
    base = _factors(spans, [each for each in reliefs if each.relief.base_only])
    zero, one = (Fraction(0), Fraction(0)), (Fraction(1), Fraction(1))
    divisor = _yuan(line.program, spans, line.sums.divisor) or one
    rest = _yuan(line.program, spans, line.sums.rest) or zero
    return (
        (ends[0] * base[0] + rest[0]) * whole[0] / divisor[1],
        (ends[1] * base[1] + rest[1]) * whole[1] / divisor[0],
    )


def _by_rate(line: LinePlan, spans: list[Span]) -> tuple[Fraction, Fraction] | None:
    """Give the ends of what the rate comes to; a price under its floor counts as the floor."""
    sums = line.sums
    low = _yuan(line.program, spans, sums.low if line.form in ("range", "floor") else sums.base)
    high = _yuan(line.program, spans, sums.high if line.form == "range" else sums.base)
    if low is None or high is None:
        return None
    if line.form == "floor":
        return max(low[0], high[0]), max(low[1], high[1])
    return low[0], high[1]


def _yuan(
    program: Program, spans: list[Span], index: int | None
) -> tuple[Fraction, Fraction] | None:
    if index is None:
        return None
    unit = unit_of(program[index].scale)
    low, high = spans[index]
    return Fraction(low, unit), Fraction(high, unit)


def _factors(spans: list[Span], reliefs: Iterable[ReliefPlan]) -> tuple[Fraction, Fraction]:
    """Give the least and the most of the factors that hold or may hold."""
    least, most = Fraction(1), Fraction(1)
    for each in reliefs:
        if each.relief.effect not in ("multiply", "exempt"):
            continue
        factor = Fraction(each.factor, unit_of(each.factor_scale))
        low, high = spans[each.truth]
        ends = [factor] * high + [Fraction(1)] * (1 - low)
        least, most = least * min(ends), most * max(ends)
    return least, most
