"""What each rate form comes to, as nodes of a program (catalog README, rules 8 and 10).

Each function gives the sum before coefficients,
adjustments, minimum and maximum. Sums are yuan; a quotient stays a numerator and a divisor.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm

from feeledger.catalog.building import Builder, PlanRefused
from feeledger.catalog.expressions import (
    Apply,
    Expression,
    Name,
    Number,
    is_truth,
    names_of,
    parse_expression,
)
from feeledger.catalog.nodes import Bands
from feeledger.catalog.rates import (
    BasePlusExcess,
    Fixed,
    FloorPrice,
    Formula,
    Interpolate,
    Matrix,
    Percent,
    PerUnit,
    Progressive,
    Range,
    Rate,
    Tiers,
)
from feeledger.errors import Text

ZERO = Decimal(0)
SCALE_MAX = 60
Linear = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Sums:
    """The nodes of a rate: what is owed, and what bounds it.

    ``base`` is the amount (the part a base-only relief touches), ``rest`` what further units cost,
    ``low`` and ``high`` the ends of a range, the floor, or the lower end of a ceiling. All are over
    ``divisor`` where there is one. ``inside`` false: the table gives no price. ``reaches``: the
    agreed price is not under the floor.
    """

    base: int | None = None
    rest: int | None = None
    low: int | None = None
    high: int | None = None
    divisor: int | None = None
    inside: int | None = None
    reaches: int | None = None


def sums_of(builder: Builder, rate: Rate) -> Sums:
    """Build the nodes of a rate; a rate without a figure has none.

    Raises PlanRefused or ExpressionRefused for a rate that cannot be worked out.
    """
    build = FORMS_BUILT.get(type(rate))
    return Sums() if build is None else build(builder, rate)


def _per_unit(builder: Builder, rate: PerUnit | Fixed) -> Sums:
    return Sums(base=_times(builder, builder.const(rate.amount), rate.quantities))


def _percent(builder: Builder, rate: Percent) -> Sums:
    share = builder.const(rate.percent / 100)
    return Sums(base=builder.mul(builder.fact(rate.base), share))


def _progressive(builder: Builder, rate: Progressive) -> Sums:
    x = builder.fact(rate.base)
    total, below = Fraction(0), Fraction(0)
    lines: list[Linear] = []
    for bracket in rate.brackets:
        share = Fraction(bracket.share or ZERO)
        flat = Fraction(bracket.amount or ZERO)
        lines.append((total + flat - share * below, share))
        if bracket.upto is not None:
            total += flat + share * (Fraction(bracket.upto) - below)
            below = Fraction(bracket.upto)
    uptos = [bracket.upto for bracket in rate.brackets]
    return Sums(base=_linear(builder, x, uptos, lines), inside=_not_above(builder, x, uptos[-1]))


def _tiers(builder: Builder, rate: Tiers) -> Sums:
    x = builder.fact(rate.by)
    uptos = [tier.upto for tier in rate.tiers]
    base = _flat(builder, x, uptos, [tier.amount for tier in rate.tiers])
    low = None
    if any(tier.amount_low is not None for tier in rate.tiers):
        lows = [tier.amount if tier.amount_low is None else tier.amount_low for tier in rate.tiers]
        low = _times(builder, _flat(builder, x, uptos, lows), rate.quantities)
    return Sums(
        base=_times(builder, base, rate.quantities),
        low=low,
        inside=_not_above(builder, x, uptos[-1]),
    )


def _base_plus_excess(builder: Builder, rate: BasePlusExcess) -> Sums:
    times = builder.quantity(rate.times)
    above = builder.row("sub", (builder.quantity(rate.quantity), builder.const(rate.included)))
    excess = builder.row("max", (builder.whole(0, 0), above))
    return Sums(
        base=builder.mul(builder.const(rate.base_amount), times),
        rest=builder.product((builder.const(rate.excess_amount), excess, times)),
    )


def _interpolate(builder: Builder, rate: Interpolate) -> Sums:
    x = builder.fact(rate.base)
    uptos: list[Decimal | None] = [point.base for point in rate.points[1:]]
    lines: list[Linear] = []
    for start, stop in zip(rate.points, rate.points[1:], strict=False):
        slope = Fraction(stop.amount - start.amount) / Fraction(stop.base - start.base)
        lines.append((Fraction(start.amount) - slope * Fraction(start.base), slope))
    if rate.beyond_percent is not None:
        lines.append((Fraction(0), Fraction(rate.beyond_percent) / 100))
    elif rate.beyond_amount is not None:
        lines.append((Fraction(rate.beyond_amount), Fraction(0)))
    if len(lines) > len(uptos):
        uptos.append(None)
    inside = [
        builder.compare(x, "gte", builder.const(rate.points[0].base)),
        _not_above(builder, x, uptos[-1]),
    ]
    base, divisor = _quotient(builder, x, uptos, lines)
    return Sums(
        base=base,
        divisor=divisor,
        inside=builder.join("all", [truth for truth in inside if truth is not None]),
    )


def _matrix(builder: Builder, rate: Matrix) -> Sums:
    key, x = builder.fact(rate.column), builder.fact(rate.row)
    columns = dict(zip(rate.column_values, zip(*rate.cells, strict=True), strict=True))
    options, missing = [], set()
    for code, value in enumerate(builder.facts[rate.column].values):
        if value in columns:
            options.append(_flat(builder, x, rate.row_bands, columns[value]))
        else:
            missing.add(code)
            options.append(builder.whole(0, 0))
    known = builder.member(key, frozenset(range(len(options))) - missing)
    inside = [known, _not_above(builder, x, rate.row_bands[-1])]
    return Sums(
        base=_times(builder, builder.choose(key, options), rate.quantities),
        inside=builder.join("all", [truth for truth in inside if truth is not None]),
    )


def _range(builder: Builder, rate: Range) -> Sums:
    return Sums(
        low=_times(builder, builder.const(rate.low), rate.quantities),
        high=_times(builder, builder.const(rate.high), rate.quantities),
    )


def _floor_price(builder: Builder, rate: FloorPrice) -> Sums:
    agreed, floor = builder.fact(rate.actual_price_fact), builder.const(rate.amount)
    return Sums(
        base=_times(builder, agreed, rate.quantities),
        low=_times(builder, floor, rate.quantities),
        reaches=builder.compare(agreed, "gte", floor),
    )


def _formula(builder: Builder, rate: Formula) -> Sums:
    constants = dict(rate.constants)
    base = _expression(builder, parse_formula(rate.expression, constants, builder.facts), constants)
    divisor = None
    if rate.divisor is not None:
        parsed = parse_formula(rate.divisor, constants, builder.facts)
        builder.divided |= names_of(parsed) - constants.keys()
        divisor = _expression(builder, parsed, constants)
        if builder.nodes[divisor].low <= 0:
            raise PlanRefused(
                Text(
                    f"除数“{rate.divisor}”可能不大于零；请为其数据设定大于零的下限",
                    f'the divisor "{rate.divisor}" may be zero or below; give its facts a lower'
                    " bound above zero",
                ),
                divisor=rate.divisor,
            )
    return Sums(base=base, divisor=divisor)


FORMS_BUILT: dict[type, Callable[..., Sums]] = {
    PerUnit: _per_unit,
    Fixed: _per_unit,
    Percent: _percent,
    Progressive: _progressive,
    Tiers: _tiers,
    BasePlusExcess: _base_plus_excess,
    Interpolate: _interpolate,
    Matrix: _matrix,
    Range: _range,
    FloorPrice: _floor_price,
    Formula: _formula,
}


def parse_formula(
    text: str, constants: Mapping[str, Decimal], facts: Collection[str]
) -> Expression:
    """Read a formula's expression, or its divisor, over its constants and the facts.

    Raises ExpressionRefused.
    """
    return parse_expression(text, constants.keys() | set(facts))


def _expression(builder: Builder, expression: Expression, constants: dict[str, Decimal]) -> int:
    if isinstance(expression, Number):
        return builder.const(expression.value)
    if isinstance(expression, Name):
        if expression.name in constants:
            return builder.const(constants[expression.name])
        return builder.fact(expression.name)
    return _operation(builder, expression, constants)


def _operation(builder: Builder, apply: Apply, constants: dict[str, Decimal]) -> int:
    args = [_expression(builder, operand, constants) for operand in apply.operands]
    operation = apply.operation
    if operation == "mul":
        for truth, number in ((0, 1), (1, 0)):
            if is_truth(apply.operands[truth]):
                return builder.select(args[truth], args[number], builder.whole(0, 0))
        return builder.mul(*args)
    match operation:
        case "all" | "any" | "not":
            return builder.join(operation, args)
        case "add" | "sub" | "min" | "max":
            return builder.row(operation, args)
        case _:
            return builder.compare(args[0], operation, args[1])


def _times(builder: Builder, amount: int, names: Sequence[str]) -> int:
    return builder.product((amount, *(builder.quantity(name) for name in names)))


def _not_above(builder: Builder, x: int, upto: Decimal | None) -> int | None:
    return None if upto is None else builder.compare(x, "lte", builder.const(upto))


def _flat(
    builder: Builder, x: int, uptos: Sequence[Decimal | None], amounts: Sequence[Decimal]
) -> int:
    return _linear(builder, x, uptos, [(Fraction(amount), Fraction(0)) for amount in amounts])


def _ends(builder: Builder, x: int, uptos: Sequence[Decimal | None]) -> tuple[int, ...]:
    """Give the upper ends as integers of x's scale; an end between two of them counts down."""
    unit = 10 ** builder.scale(x)
    return tuple(int(Fraction(upto) * unit // 1) for upto in uptos if upto is not None)


def _linear(
    builder: Builder, x: int, uptos: Sequence[Decimal | None], lines: Sequence[Linear]
) -> int:
    """Add a function by bands whose figures are decimals, so that it needs no divisor."""
    unit = 10 ** builder.scale(x)
    figures = [a for a, _ in lines] + [b / unit for _, b in lines]
    scale = next(s for s in range(SCALE_MAX) if all((f * 10**s).denominator == 1 for f in figures))
    bands = Bands(
        _ends(builder, x, uptos),
        tuple(int(a * 10**scale) for a, _ in lines),
        tuple(int(b * 10**scale / unit) for _, b in lines),
    )
    return builder.bands(x, bands, scale)


def _quotient(
    builder: Builder, x: int, uptos: Sequence[Decimal | None], lines: Sequence[Linear]
) -> tuple[int, int]:
    """Add a function by bands as a numerator and a divisor, both by bands, both exact."""
    scale = builder.scale(x)
    divisors = [lcm((a * 10**scale).denominator, b.denominator) for a, b in lines]
    pairs = list(zip(lines, divisors, strict=True))
    ends = _ends(builder, x, uptos)
    numerator = Bands(
        ends,
        tuple(int(a * 10**scale * d) for (a, _), d in pairs),
        tuple(int(b * d) for (_, b), d in pairs),
    )
    divisor = Bands(ends, tuple(divisors), (0,) * len(divisors))
    return builder.bands(x, numerator, scale), builder.bands(x, divisor, 0)
