"""Where 64 bits are enough: a line compiled for what a chunk really holds, and the rows beyond it.

A fact's declared bounds are wide; what a chunk holds seldom is. A line is compiled anew for the
least powers of ten above the chunk's values, and proved again (``catalog/proof.py``). Where the
proof still fails the greatest bound is drawn in, step by step, until it holds: the rows outside
of that box go to the scalar walk. No row is worked out in columns without a proof.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

import numpy as np

from feeledger.assessment.column_facts import Taken, least_decimals
from feeledger.assessment.column_walk import Mask, either
from feeledger.catalog.nodes import Shape, scaled, unit_of
from feeledger.catalog.plan import LinePlan, Plan, plan_line

Shapes = tuple[tuple[str, Shape], ...]
STEP = 10


@dataclass(frozen=True, slots=True)
class Fitted:
    """A line proved for a box of facts, and the rows that lie outside of the box."""

    line: LinePlan
    outside: Mask


def shapes_of_columns(
    plan: Plan, scales: Mapping[str, int], reach: Mapping[str, int]
) -> dict[str, Shape]:
    """Give the shape each fact has in columns: its scale, and the power of ten above its values."""
    told = {name: _shape(plan, name, scales[name], _power_above(reach[name])) for name in scales}
    return {**_absent_shapes(plan), **told}


@lru_cache(maxsize=8)
def _absent_shapes(plan: Plan) -> Mapping[str, Shape]:
    """Give the shape of facts that no row knows: as narrow as can be."""
    facts = plan.catalog.facts
    return {name: _shape(plan, name, least_decimals(facts[name]), 0) for name in plan.shapes}


@lru_cache(maxsize=8192)
def _shape(plan: Plan, name: str, scale: int, reach: int) -> Shape:
    declared, fact = plan.shapes[name], plan.catalog.facts[name]
    if fact.type in ("bool", "enum"):
        return declared
    gap = unit_of(declared.scale - scale)
    low, high = -(-declared.low // gap), declared.high // gap
    least = max(low, scaled(fact.divisor_low or Decimal(0), scale))
    return Shape(scale, low, max(least, min(high, reach)))


def _power_above(value: int) -> int:
    return int(STEP ** len(str(value)))


def fit_line(plan: Plan, line: LinePlan, shapes: Mapping[str, Shape], taken: Taken) -> Fitted:
    """Compile a line for the chunk's shapes and find the rows that are not proved to fit."""
    compiled, edges = box_line(plan, line, shapes)
    if not compiled.fits_64:
        return Fitted(compiled, outside=True)
    outside: Mask = False
    for name, edge in edges.items():
        if name in taken.numbers:
            outside = either(outside, np.asarray(taken.numbers[name].values) > edge)
    return Fitted(compiled, outside)


def box_line(
    plan: Plan, line: LinePlan, shapes: Mapping[str, Shape]
) -> tuple[LinePlan, Mapping[str, int]]:
    """Compile a line for the shapes of columns, drawn in until it fits.

    Give with it the greatest value that is proved to fit, of each fact whose bound was drawn in.
    """
    own = tuple((name, shapes[name]) for name in line.reads if name in shapes)
    boxed, compiled = _boxed(plan, line, own)
    pairs = zip(own, boxed, strict=True)
    return compiled, {n: box.high for (n, shape), (_, box) in pairs if box.high < shape.high}


@lru_cache(maxsize=8192)
def _boxed(plan: Plan, line: LinePlan, shapes: Shapes) -> tuple[Shapes, LinePlan]:
    """Draw the bounds in until the line is proved to fit; the box, and the line for it."""
    compiled = plan_line(plan.catalog, line.line, {**plan.shapes, **dict(shapes)})
    while not compiled.fits_64:
        drawn = _drawn_in(plan, shapes)
        if drawn == shapes:
            break
        shapes = drawn
        compiled = plan_line(plan.catalog, line.line, {**plan.shapes, **dict(shapes)})
    return shapes, compiled


def _drawn_in(plan: Plan, shapes: Shapes) -> Shapes:
    """Draw the greatest bound of a number in by one power of ten, as far as its least allows."""
    facts = plan.catalog.facts
    numbers = [each for each in shapes if facts[each[0]].type not in ("bool", "enum")]
    name, shape = max(numbers, key=lambda each: each[1].high, default=("", Shape(0, 0, 0)))
    high = max(shape.high // STEP, shape.low, 1)
    return tuple((n, replace(s, high=high) if n == name else s) for n, s in shapes)
