"""Facts as columns: a chunk of enterprises, a fact a column of scaled integers or codes.

Rows of facts are taken in as ``intake.py`` takes them. A row that a request would be refused for is
refused here too, whole, and is answered by no line; why is told when that one enterprise is asked
about. A row with a number too wide for 64 bits is kept apart, as it was given.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import gcd

import numpy as np

from feeledger.assessment.column_walk import (
    Ints,
    Mask,
    Number,
    anywhere,
    both,
    either,
    negated,
    spread,
)
from feeledger.assessment.intake import exact_number, scaled_exactly
from feeledger.assessment.selection import Scope
from feeledger.catalog.building import shape_of
from feeledger.catalog.items import Fact
from feeledger.catalog.nodes import INT64_MAX, decimals_of, unit_of
from feeledger.catalog.shares import high_of


@dataclass(frozen=True, slots=True)
class FactColumn:
    """One fact of every row: integers of ``scale`` (or codes), zero where it is not known."""

    values: Ints
    known: Mask
    scale: int = 0


@dataclass(frozen=True, slots=True)
class FactColumns:
    """The facts of ``rows`` enterprises; facts without a column are known of none of them.

    ``refused`` are rows that could not be read, ``apart`` those with a number beyond 64 bits.
    """

    rows: int
    columns: Mapping[str, FactColumn]
    refused: Mask = False
    apart: Mapping[int, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some enterprises, in order of code, and their facts as columns."""

    codes: Sequence[str]
    facts: FactColumns


@dataclass(frozen=True, slots=True)
class Taken:
    """The facts that a scope needs, held to their bounds; refused rows know nothing.

    ``reach`` is at least the greatest value of each.
    """

    rows: int
    numbers: Mapping[str, Number]
    scales: Mapping[str, int]
    reach: Mapping[str, int]
    refused: Mask
    apart: Mapping[int, Mapping[str, object]]


def columns_of_rows(
    rows: Sequence[Mapping[str, object]], known: Mapping[str, Fact], needed: Collection[str]
) -> FactColumns:
    """Turn rows of facts into columns of those needed, each at the least scale that holds them."""
    refused = np.zeros(len(rows), np.bool_)
    read: dict[str, tuple[list[int], list[int]]] = {name: ([], []) for name in needed}
    for place, row in enumerate(rows):
        for name, value in row.items():
            if name not in read:
                refused[place] |= name not in known
                continue
            number = _whole_of(known[name], value)
            if number is None:
                refused[place] = True
            else:
                places, numbers = read[name]
                places.append(place)
                numbers.append(number)
    apart: dict[int, Mapping[str, object]] = {}
    columns = {}
    for name, (places, numbers) in read.items():
        if places:
            scale, least = _least_scale(known[name], numbers)
            wide = [at for at, n in zip(places, least, strict=True) if abs(n) > INT64_MAX]
            apart.update((at, rows[at]) for at in wide)
            columns[name] = _column(len(rows), places, least, scale)
    unread = {at for at in apart if refused[at]}
    return FactColumns(
        len(rows), columns, refused, {at: row for at, row in apart.items() if at not in unread}
    )


def _whole_of(fact: Fact, value: object) -> int | None:
    """Give a value as the integer or code it stands as; None where it cannot be."""
    if fact.type == "bool":
        return int(value) if isinstance(value, bool) else None
    if fact.type == "enum":
        return fact.values.index(value) if value in fact.values else None
    number = exact_number(value)
    if number is None:
        return None
    return scaled_exactly(number, _declared_scale(fact))


def _declared_scale(fact: Fact) -> int:
    return shape_of(fact).scale


def _least_scale(fact: Fact, numbers: list[int]) -> tuple[int, list[int]]:
    """Give the fewest decimals that hold numbers of the declared scale, and the numbers so."""
    scale = _declared_scale(fact)
    common = gcd(unit_of(scale), *numbers)
    while scale > least_decimals(fact) and common % 10 == 0:
        scale, common = scale - 1, common // 10
    step = unit_of(_declared_scale(fact) - scale)
    return scale, [number // step for number in numbers]


def least_decimals(fact: Fact) -> int:
    """Give the decimals a column of a fact has at least: those of its bound as a divisor."""
    return 0 if fact.divisor_low is None else decimals_of(fact.divisor_low)


def _column(rows: int, places: list[int], numbers: list[int], scale: int) -> FactColumn:
    values, known = np.zeros(rows, np.int64), np.zeros(rows, np.bool_)
    fitting = [number if abs(number) <= INT64_MAX else 0 for number in numbers]
    values[places], known[places] = fitting, True
    return FactColumn(values, True if known.all() else known, scale)


def take_columns(facts: FactColumns, known: Mapping[str, Fact], scope: Scope) -> Taken:
    """Take the facts a scope needs and refuse the rows that a request would be refused for.

    Raises ValueError for a column whose length or scale its fact does not allow.
    """
    wanted = scope.needed & facts.columns.keys()
    columns = {name: facts.columns[name] for name in known if name in wanted}
    refused = facts.refused
    reach = {}
    for name, column in columns.items():
        _judge_column(known[name], column, facts.rows)
        outside, reach[name] = _out_of_bounds(known[name], column, scope)
        refused = either(refused, outside)
    for _, coefficient in scope.coefficients:
        if coefficient.fact in columns:
            outside = _not_among(columns[coefficient.fact], coefficient.values)
            refused = either(refused, outside)
    for fact in known.values():
        if fact.derived is not None and all(part in columns for part in fact.derived):
            refused = either(refused, _part_too_great(fact, columns, reach))
            if fact.name in columns:
                refused = either(refused, _derived_differs(fact, columns))
    aside, silent = _silent(facts, refused)
    numbers = {name: _set_aside(column, aside) for name, column in columns.items()}
    scales = {name: column.scale for name, column in columns.items()}
    return Taken(facts.rows, numbers, scales, reach, silent, facts.apart)


def _silent(facts: FactColumns, refused: Mask) -> tuple[Mask, Mask]:
    """Give the rows that columns do not answer, and of them those that nothing answers."""
    if refused is False and not facts.apart:
        return False, False
    rows = spread(refused, facts.rows).copy()
    rows[list(facts.apart)] = True
    aside = rows.copy() if rows.any() else False
    rows[list(facts.apart)] = False
    return aside, rows if rows.any() else False


def _judge_column(fact: Fact, column: FactColumn, rows: int) -> None:
    if column.values.shape != (rows,) or column.values.dtype != np.int64:
        raise ValueError(f"{fact.name}: a column of {rows} 64-bit integers is wanted")
    if not least_decimals(fact) <= column.scale <= _declared_scale(fact):
        raise ValueError(f"{fact.name}: scale {column.scale} is not allowed")


def _out_of_bounds(fact: Fact, column: FactColumn, scope: Scope) -> tuple[Mask, int]:
    """Find the rows beyond a fact's bounds, and give what no other row is above."""
    shape = shape_of(fact)
    low, high = shape.low, shape.high
    if fact.name in scope.divides and fact.divisor_low is not None:
        low = max(low, int(fact.divisor_low * unit_of(shape.scale)))
    gap = unit_of(shape.scale - column.scale)
    low, high = -(-low // gap), high // gap
    values = column.values
    # Seen as unsigned, a number below zero is a great one: one look finds both ends.
    reach = int(np.maximum.reduce(values.view(np.uint64), initial=0))
    if reach <= high and (low <= 0 or low <= int(values.min(initial=high))):
        return False, reach
    return both((values < low) | (values > high), column.known), min(reach, high)


def _not_among(column: FactColumn, allowed: Sequence[Decimal]) -> Mask:
    unit = unit_of(column.scale)
    codes = [int(value * unit) for value in allowed if value * unit == int(value * unit)]
    return both(~np.isin(column.values, np.array(codes, np.int64)), column.known)


def _derived_differs(fact: Fact, columns: Mapping[str, FactColumn]) -> Mask:
    """Find rows whose derived fact is not what its parts make, in integers of any size."""
    parts = fact.derived or ("", "")
    given, top, bottom = columns[fact.name], columns[parts[0]], columns[parts[1]]
    known = both(given.known, both(top.known, bottom.known))
    if not anywhere(known):
        return False
    claimed = given.values.astype(object) * bottom.values * unit_of(top.scale)
    made = top.values.astype(object) * unit_of(given.scale + bottom.scale)
    return both((claimed != made).astype(np.bool_) | (bottom.values == 0), known)


def _part_too_great(
    fact: Fact, columns: Mapping[str, FactColumn], reach: Mapping[str, int]
) -> Mask:
    """Find rows whose part of a share is more than the greatest share of the whole."""
    parts = fact.derived or ("", "")
    top, bottom = columns[parts[0]], columns[parts[1]]
    numerator, denominator = high_of(fact).as_integer_ratio()
    above, below = denominator * unit_of(bottom.scale), numerator * unit_of(top.scale)
    parts_known = both(top.known, bottom.known)
    if max(reach[parts[0]] * above, reach[parts[1]] * below) <= INT64_MAX:
        return both(top.values * above > bottom.values * below, parts_known)
    most = bottom.values.astype(object) * below
    return both((top.values.astype(object) * above > most).astype(np.bool_), parts_known)


def _set_aside(column: FactColumn, rows: Mask) -> Number:
    """Forget the rows set aside; a mask that holds for all rows, or for none, becomes one word."""
    known, values = column.known, column.values
    if rows is not False:
        known, values = both(known, negated(rows)), np.where(rows, 0, values)
    if not isinstance(known, bool) and known.all():
        known = True
    return Number(values, known if anywhere(known) else False)
