"""Which rows of a table of facts a request would be refused for, as SQL; the walk's share of them.

The rules are those of ``column_facts.py``. A verdict is 0 for a row that is answered by columns, 1
for a refused one, 2 for one that goes to the scalar walk whole: a number beyond 64 bits, or a
derived fact whose check is not proved to fit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from feeledger.assessment.outcomes import Request
from feeledger.assessment.selection import Scope, scope_of
from feeledger.assessment.sql_dialects import Dialect
from feeledger.catalog.building import shape_of
from feeledger.catalog.items import Fact
from feeledger.catalog.nodes import INT64_MAX, unit_of
from feeledger.catalog.plan import Plan
from feeledger.catalog.shares import high_of

ANSWERED: Final = 0
REFUSED: Final = 1
APART: Final = 2


@dataclass(frozen=True, slots=True)
class FactTable:
    """A table of facts: of each column its scale, and a value that none in bounds is above."""

    name: str
    scales: Mapping[str, int]
    reach: Mapping[str, int]


def column_of(fact: str) -> str:
    """Name the column of a fact."""
    return f"f_{fact}"


@dataclass(frozen=True, slots=True)
class SqlQuestion:
    """What is asked of a database: a plan, a request without facts, a table of facts."""

    plan: Plan
    request: Request
    table: FactTable
    dialect: Dialect

    @property
    def scope(self) -> Scope:
        """What the request looks at."""
        return scope_of(self.plan, self.request)


def write_verdict(question: SqlQuestion) -> str:
    """Write the verdict on a row."""
    table, dialect, scope = question.table, question.dialect, question.scope
    facts = question.plan.catalog.facts
    needed = {name: facts[name] for name in facts if name in table.scales and name in scope.needed}
    refused, apart = ["refused"], ["apart IS NOT NULL"]
    for name, fact in needed.items():
        refused += _out_of_bounds(fact, table.scales[name], scope, dialect)
    for _, coefficient in scope.coefficients:
        if coefficient.fact in needed:
            unit = unit_of(table.scales[coefficient.fact])
            exact = [value * unit for value in coefficient.values]
            allowed = [dialect.number(int(each)) for each in exact if each == int(each)]
            listed = ", ".join(allowed) or "NULL"
            column = column_of(coefficient.fact)
            known = "" if allowed else f"{column} IS NOT NULL AND "
            refused.append(f"({known}COALESCE({column} NOT IN ({listed}), {not allowed}))")
    for fact in facts.values():
        if fact.derived is None or not needed.keys() >= set(fact.derived):
            continue
        checks = [_part_too_great(facts, fact, table)]
        checks += [_derived_differs(facts, fact, table)] if fact.name in needed else []
        for found, proved in checks:
            (refused if proved else apart).append(found)
    return (
        f"CASE WHEN {' OR '.join(refused)} THEN {REFUSED} "
        f"WHEN {' OR '.join(apart)} THEN {APART} ELSE {ANSWERED} END"
    )


def bounds_of(fact: Fact, scale: int, *, divides: bool) -> tuple[int, int]:
    """Give the least and the most a fact's column may hold."""
    shape = shape_of(fact)
    low, high = shape.low, shape.high
    if divides and fact.divisor_low is not None:
        low = max(low, int(fact.divisor_low * unit_of(shape.scale)))
    gap = unit_of(shape.scale - scale)
    return -(-low // gap), high // gap


def _out_of_bounds(fact: Fact, scale: int, scope: Scope, dialect: Dialect) -> Iterator[str]:
    low, high = bounds_of(fact, scale, divides=fact.name in scope.divides)
    column = column_of(fact.name)
    if low > -INT64_MAX:
        yield f"{column} < {dialect.number(low)}"
    if high < INT64_MAX:
        yield f"{column} > {dialect.number(high)}"


def _derived_differs(facts: Mapping[str, Fact], fact: Fact, table: FactTable) -> tuple[str, bool]:
    """Write where a derived fact is not what its parts make, or where all are known if unproved."""
    top, bottom = fact.derived or ("", "")
    units = unit_of(table.scales[top]), unit_of(table.scales[fact.name] + table.scales[bottom])
    made, given = _most(facts, table, top) * units[1], _most(facts, table, bottom) * units[0]
    claimed = given * _most(facts, table, fact.name)
    names = (fact.name, top, bottom)
    if max(made, claimed) > INT64_MAX:
        return _all_known(names), False
    own, over, under = map(column_of, names)
    differs = f"{under} = 0 OR {own} * {under} * {units[0]} <> {over} * {units[1]}"
    return _where_within(facts, table, names, differs), True


def _part_too_great(facts: Mapping[str, Fact], fact: Fact, table: FactTable) -> tuple[str, bool]:
    """Write where a part is more than the greatest share of the whole; all known, if unproved."""
    names = top, bottom = fact.derived or ("", "")
    numerator, denominator = high_of(fact).as_integer_ratio()
    above = denominator * unit_of(table.scales[bottom])
    below = numerator * unit_of(table.scales[top])
    over, under = map(column_of, names)
    most = _most(facts, table, top) * above
    if most <= below:  # of one and more it is never too great
        return _where_within(facts, table, names, f"{under} = 0 AND {over} > 0"), True
    if max(most, _most(facts, table, bottom) * below) > INT64_MAX:
        return _all_known(names), False
    exceeds = f"{over} * {above} > {under} * {below}"
    return _where_within(facts, table, names, exceeds), True


def _all_known(names: Sequence[str]) -> str:
    return f"({' AND '.join(f'{column_of(name)} IS NOT NULL' for name in names)})"


def _where_within(
    facts: Mapping[str, Fact], table: FactTable, names: Sequence[str], test: str
) -> str:
    """Write a test of columns that is made only where they are within bounds: then it fits."""
    within = " AND ".join(
        f"{column_of(name)} BETWEEN 0 AND {_most(facts, table, name)}" for name in names
    )
    return f"CASE WHEN {within} THEN {test} ELSE FALSE END"


def _most(facts: Mapping[str, Fact], table: FactTable, name: str) -> int:
    return min(table.reach[name], bounds_of(facts[name], table.scales[name], divides=False)[1])
