"""The proof that 64 bits hold every value of a line, its one rounding included; or where not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from feeledger.catalog.forms import Sums
from feeledger.catalog.items import Relief
from feeledger.catalog.nodes import INT64_MAX, Node, Program, unit_of

FEN_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class Wide:
    """A place where a value may not fit 64 bits: a node's index, or "rounding", and its reach."""

    where: str
    reach: int


def too_wide(
    program: Program, sums: Sums, factor_scales: Sequence[tuple[Relief, int]]
) -> tuple[Wide, ...]:
    """Name every place of a line where 64 bits are not proved to be enough; none is best."""
    wide = [
        Wide(f"{index} {node.kind}", node.widest)
        for index, node in enumerate(program)
        if node.widest > INT64_MAX
    ]
    reach = _rounding_reach(program, sums, _relief_scale(factor_scales))
    if reach > INT64_MAX:
        wide.append(Wide("rounding", reach))
    return tuple(wide)


def _rounding_reach(program: Program, sums: Sums, relief_scale: int) -> int:
    """Give the largest value of 2n + d when amounts are reduced and rounded half up."""
    tops = [program[i] for i in (sums.base, sums.low, sums.high) if i is not None]
    if sums.rest is not None and sums.base is not None:
        tops.append(_sum_of(program[sums.base], program[sums.rest]))
    divisor = Node("const", value=1, low=1, high=1)
    if sums.divisor is not None:
        divisor = program[sums.divisor]
    return max((_half_up_reach(top, divisor, relief_scale) for top in tops), default=0)


def _sum_of(one: Node, other: Node) -> Node:
    scale = max(one.scale, other.scale)
    high = one.high * unit_of(scale - one.scale) + other.high * unit_of(scale - other.scale)
    return Node("add", scale=scale, high=high)


def _half_up_reach(top: Node, divisor: Node, relief_scale: int) -> int:
    shift = FEN_DECIMALS + divisor.scale - top.scale - relief_scale
    numerator = top.high * unit_of(max(shift, 0) + relief_scale)
    return 2 * numerator + 2 * divisor.high * unit_of(max(-shift, 0))


def _relief_scale(factor_scales: Sequence[tuple[Relief, int]]) -> int:
    """Give the most decimals that reliefs in force on one day can add."""
    days = [relief.window.first or date.min for relief, _ in factor_scales]
    return max(
        (
            sum(scale for relief, scale in factor_scales if relief.window.covers(day))
            for day in days
        ),
        default=0,
    )
