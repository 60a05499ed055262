"""The plan of a catalog: every line compiled once to a program of scaled integers.

The order is fixed: quantities rounded up, the rate, coefficients, adjustments,
minimum, maximum, the bounds of a float; then reliefs; then one rounding to the fen. A quotient is
kept as numerator and divisor until that rounding. For each line the plan proves that 64 bits hold
every value on the way, the rounding included, or says where they may not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from feeledger.catalog.building import Builder, PlanRefused, shape_of
from feeledger.catalog.expressions import ExpressionRefused, names_of
from feeledger.catalog.forms import Sums, parse_formula, sums_of
from feeledger.catalog.items import (
    Alternatives,
    Catalog,
    Condition,
    Fact,
    FeeItem,
    Line,
    Place,
    Relief,
)
from feeledger.catalog.nodes import Program, Shape, decimals_of, scaled
from feeledger.catalog.proof import Wide, too_wide
from feeledger.catalog.rates import (
    Coefficient,
    FloorPrice,
    Formula,
    Free,
    Interpolate,
    NotEstablished,
    Percent,
    PerUnit,
    Progressive,
    Range,
    Tiers,
)
from feeledger.errors import Text

Form = Literal["amount", "guided", "ceiling", "range", "floor", "free", "none"]
ONE = Decimal(1)
PLANS_KEPT = 8


@dataclass(frozen=True, slots=True)
class Stage:
    """One step in the order of rule 8, for the explanation: its kind, node and subject.

    ``subject`` is a fact (quantity, coefficient) or an adjustment's id; ``truth`` the node of an
    adjustment's condition.
    """

    kind: str
    node: int
    subject: str = ""
    truth: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ReliefPlan:
    """A relief that may touch the line: the node of its condition, the facts that decide it.

    ``factor`` is a scaled integer, of a multiplying relief only.
    """

    relief: Relief
    place: Place | None
    truth: int
    facts: frozenset[str]
    divides: frozenset[str]
    factor: int = 0
    factor_scale: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class LinePlan:
    """One line, compiled: the program and which of its nodes mean what.

    Plans are compared by identity: two lines are the same only as the same object.

    ``condition`` None: always. ``facts`` are read by condition and amount, ``divides`` are those
    that divide. ``coefficients`` carry the values allowed, ``groups`` are the alternatives the
    line belongs to. ``roots`` are the nodes without which there is no amount, ``reads`` every fact
    that line, reliefs and classes look at, in catalog order.
    """

    item: FeeItem
    line: Line
    place: Place
    form: Form
    program: Program
    condition: int | None
    sums: Sums
    stages: tuple[Stage, ...]
    reliefs: tuple[ReliefPlan, ...]
    facts: frozenset[str]
    divides: frozenset[str]
    coefficients: tuple[Coefficient, ...]
    groups: tuple[Alternatives, ...]
    roots: tuple[int, ...]
    reads: tuple[str, ...]
    too_wide: tuple[Wide, ...] = ()

    @property
    def fits_64(self) -> bool:
        """Say whether 64 bits are proved to be enough, the rounding included."""
        return not self.too_wide


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A whole catalog, compiled; lines by id, and by item in the order of the catalog."""

    catalog: Catalog
    lines: Mapping[str, LinePlan]
    by_item: Mapping[str, tuple[LinePlan, ...]]
    shapes: Mapping[str, Shape]


_plans: dict[str, Plan] = {}


def plan_of(catalog: Catalog) -> Plan:
    """Compile a catalog by the declared bounds of its facts; the last few are kept by sha256.

    Raises PlanRefused or ExpressionRefused, naming the line.
    """
    kept = _plans.get(catalog.edition.sha256)
    if kept is not None and (kept.catalog is catalog or kept.catalog == catalog):
        return kept
    plan = plan_within(catalog, {})
    while len(_plans) >= PLANS_KEPT:
        _plans.pop(next(iter(_plans)), None)
    _plans[catalog.edition.sha256] = plan
    return plan


def plan_within(catalog: Catalog, shapes: Mapping[str, Shape]) -> Plan:
    """Compile a catalog for facts known to lie within narrower shapes than declared.

    Raises PlanRefused or ExpressionRefused, naming the line.
    """
    known = {name: shape_of(fact) for name, fact in catalog.facts.items()} | dict(shapes)
    by_item = {
        item.id: tuple(_compiled_or_refused(catalog, line, known) for line in item.lines)
        for item in catalog.items.values()
    }
    lines = {plan.line.id: plan for plans in by_item.values() for plan in plans}
    return Plan(catalog, lines, by_item, known)


def plan_line(catalog: Catalog, line: Line, shapes: Mapping[str, Shape]) -> LinePlan:
    """Compile one line. Raises PlanRefused or ExpressionRefused."""
    item = catalog.items[line.item]
    builder = Builder(
        catalog.facts,
        _divisors_bounded(line.rate, catalog.facts, shapes),
        line.rounding.size if line.rounding is not None else None,
    )
    condition = None
    if line.applies_when is not None and line.applies_when.tests:
        condition = builder.condition(line.applies_when)
    stages: list[Stage] = []
    sums = _in_order(builder, line, stages)
    _refuse_below_zero(builder, sums)
    amount_facts = frozenset(node.name for node in builder.nodes if node.kind == "fact")
    divides = frozenset(builder.divided)
    reliefs = tuple(
        _relief_plan(catalog, builder, relief)
        for relief in item.reliefs
        if not relief.lines or line.id in relief.lines
    )
    groups = tuple(group for group in item.alternatives if line.id in group.lines)
    read = amount_facts.union(*(each.facts for each in reliefs))
    read |= {group.class_fact for group in groups if group.class_fact}
    return LinePlan(
        item=item,
        line=line,
        place=catalog.places[line.place],
        form=_form_of(item, line),
        program=builder.program,
        condition=condition,
        sums=sums,
        stages=tuple(stages),
        reliefs=reliefs,
        facts=amount_facts,
        divides=divides,
        coefficients=getattr(line.rate, "coefficients", ()),
        groups=groups,
        roots=_roots(condition, sums),
        reads=tuple(name for name in catalog.facts if name in read),
        too_wide=too_wide(builder.program, sums, [(r.relief, r.factor_scale) for r in reliefs]),
    )


def _roots(condition: int | None, sums: Sums) -> tuple[int, ...]:
    nodes = (
        condition,
        sums.base,
        sums.rest,
        sums.low,
        sums.high,
        sums.divisor,
        sums.inside,
        sums.reaches,
    )
    return tuple(node for node in nodes if node is not None)


def _compiled_or_refused(catalog: Catalog, line: Line, shapes: Mapping[str, Shape]) -> LinePlan:
    try:
        return plan_line(catalog, line, shapes)
    except (PlanRefused, ExpressionRefused) as refusal:
        detail = refusal.detail
        raise type(refusal)(
            Text(f"收费标准“{line.id}”：{detail.zh}", f'line "{line.id}": {detail.en}'),
            **{**refusal.facts, "line": line.id},
        ) from refusal


def _divisors_bounded(
    rate: object, facts: Mapping[str, Fact], shapes: Mapping[str, Shape]
) -> Mapping[str, Shape]:
    """Raise the lower bound of the facts that divide to the one that holds for divisors."""
    if not isinstance(rate, Formula) or rate.divisor is None:
        return shapes
    raised = dict(shapes)
    for name in names_of(parse_formula(rate.divisor, dict(rate.constants), facts)) & facts.keys():
        low, shape = facts[name].divisor_low, shapes[name]
        if low is not None:
            raised[name] = replace(shape, low=max(shape.low, scaled(low, shape.scale)))
    return raised


def _in_order(builder: Builder, line: Line, stages: list[Stage]) -> Sums:
    """Build the amount in the order of rule 8, noting each stage."""
    rate = line.rate
    sums = sums_of(builder, rate)
    stages.extend(
        Stage("quantity", builder.quantity(n), n) for n in getattr(rate, "quantities", ())
    )
    if _shown(sums) >= 0:
        stages.append(Stage("rate", _shown(sums)))
    if sums.rest is not None:
        stages.append(Stage("excess", sums.rest))
    for coefficient in getattr(rate, "coefficients", ()):
        factor = builder.fact(coefficient.fact)
        sums = _multiplied(builder, sums, factor)
        stages.append(Stage("coefficient", _shown(sums), coefficient.fact))
    for adjustment in line.adjustments:
        truth = builder.condition(adjustment.when)
        factor = builder.select(truth, builder.const(adjustment.multiply), builder.const(ONE))
        sums = _multiplied(builder, sums, factor)
        stages.append(Stage("adjustment", _shown(sums), adjustment.id, truth))
    if isinstance(rate, Percent | Progressive):
        sums = _clamped(builder, rate, sums, stages)
    if isinstance(rate, Progressive | Interpolate) and sums.base is not None:
        sums = _floated(builder, rate, sums)
    return sums


def _shown(sums: Sums) -> int:
    """Give the node a stage shows: the amount, or the lower end of a range."""
    shown = sums.base if sums.base is not None else sums.low
    return -1 if shown is None else shown


def _multiplied(builder: Builder, sums: Sums, factor: int) -> Sums:
    def times(index: int | None) -> int | None:
        return None if index is None else builder.mul(index, factor)

    return replace(
        sums,
        base=times(sums.base),
        rest=times(sums.rest),
        low=times(sums.low),
        high=times(sums.high),
    )


def _clamped(
    builder: Builder, rate: Percent | Progressive, sums: Sums, stages: list[Stage]
) -> Sums:
    base = sums.base
    assert base is not None
    if rate.minimum is not None:
        base = builder.row("max", (base, builder.const(rate.minimum)))
        stages.append(Stage("minimum", base))
    if isinstance(rate, Percent) and rate.maximum is not None:
        base = builder.row("min", (base, builder.const(rate.maximum)))
        stages.append(Stage("maximum", base))
    return replace(sums, base=base)


def _floated(builder: Builder, rate: Progressive | Interpolate, sums: Sums) -> Sums:
    if not rate.float_up and not rate.float_down:
        return sums
    assert sums.base is not None
    return replace(
        sums,
        low=builder.mul(sums.base, builder.const(ONE - rate.float_down)),
        high=builder.mul(sums.base, builder.const(ONE + rate.float_up)),
    )


def _refuse_below_zero(builder: Builder, sums: Sums) -> None:
    for index in (sums.base, sums.rest, sums.low, sums.high):
        if index is not None and builder.nodes[index].low < 0:
            raise PlanRefused(
                Text(
                    "金额可能小于零；请用 max(0, …) 限定",
                    "the amount may come to below zero; bound it by max(0, …)",
                )
            )


def _relief_plan(catalog: Catalog, builder: Builder, relief: Relief) -> ReliefPlan:
    builder.divided = set()
    truth = builder.condition(relief.when)
    factor = relief.factor
    scale = decimals_of(factor) if factor is not None else 0
    return ReliefPlan(
        relief=relief,
        place=catalog.places[relief.place] if relief.place is not None else None,
        truth=truth,
        facts=facts_of_condition(relief.when, catalog.facts),
        divides=frozenset(builder.divided),
        factor=scaled(factor, scale) if factor is not None else 0,
        factor_scale=scale,
    )


def facts_of_condition(condition: Condition, facts: Mapping[str, Fact]) -> frozenset[str]:
    """Give the facts a condition looks at, the parts of derived ones included."""
    named = {test.fact for test in condition.tests}
    parts = {part for name in named for part in facts[name].derived or ()}
    return frozenset(named | parts)


def _form_of(item: FeeItem, line: Line) -> Form:
    rate = line.rate
    fixed: dict[type, Form] = {
        NotEstablished: "none",
        Free: "free",
        Range: "range",
        FloorPrice: "floor",
    }
    if type(rate) in fixed:
        return fixed[type(rate)]
    if isinstance(rate, PerUnit | Tiers) and rate.ceiling:
        return "ceiling"
    if isinstance(rate, Progressive | Interpolate) and (rate.float_up or rate.float_down):
        return "guided"
    return "guided" if item.pricing == "industry_reference" else "amount"
