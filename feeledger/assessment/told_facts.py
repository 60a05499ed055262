"""Facts told at a door, held against all that any line of the catalog may ask of them. Pure.

A request is held against what its own lines ask; what is kept will be asked by any line, on any
day. What passes here is refused by no run for its value: a fact that divides somewhere is above
zero, and a coefficient is one of the published ones.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from feeledger.assessment.intake import fact_fault, shown, take_facts
from feeledger.assessment.outcomes import Given, RequestFault
from feeledger.catalog.items import Catalog, Fact
from feeledger.catalog.plan import Plan, plan_of
from feeledger.catalog.shares import why_no_more
from feeledger.enterprises.facts import fact_value
from feeledger.enterprises.statements import Statement, latest_of_each
from feeledger.errors import Text

Held = Mapping[str, Sequence[Statement]]  # all that is said of an enterprise, by fact
NAMED_MAX: Final = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """What lines ask of a fact beyond its bounds: those that divide, and the values published."""

    divides: frozenset[str]
    values: Mapping[str, frozenset[Decimal]]


def limits_of(catalog: Catalog) -> Limits:
    """Give what any line of a catalog asks of facts."""
    return _limits(plan_of(catalog))


@lru_cache(maxsize=4)
def _limits(plan: Plan) -> Limits:
    lines = plan.lines.values()
    values: dict[str, frozenset[Decimal]] = {}
    for each in (one for line in lines for one in line.coefficients if one.values):
        values[each.fact] = values.get(each.fact, frozenset()) | frozenset(each.values)
    return Limits(frozenset().union(*(line.divides for line in lines)), values)


def take_told(
    facts: Mapping[str, object], known: Mapping[str, Fact], limits: Limits
) -> tuple[dict[str, Given], list[RequestFault]]:
    """Take facts that are to be kept, and list all that is wrong with them."""
    given, faults = take_facts(facts, known, needed=facts.keys(), divides=limits.divides)
    for name in given.keys() & limits.values.keys():
        allowed = sorted(limits.values[name])
        if given[name].value not in allowed:
            words = [f"{value:f}" for value in allowed]
            problem = Text(f"只能是 {'、'.join(words)}", f"may only be {', '.join(words)}")
            fault = fact_fault(known[name], "coefficient-not-allowed", given[name].value, problem)
            faults.append(fault)
    return given, faults


def share_groups(known: Mapping[str, Fact]) -> tuple[tuple[Fact, frozenset[str]], ...]:
    """Give the facts that can contradict each other: each share, with its parts and itself."""
    shares = (fact for fact in known.values() if fact.derived is not None)
    return tuple((fact, frozenset((fact.name, *(fact.derived or ())))) for fact in shares)


def faults_beside(
    told: Collection[Statement], held: Held, known: Mapping[str, Fact]
) -> list[RequestFault]:
    """Give what one telling contradicts beside all that is said of the enterprise.

    ``held`` holds the telling too. Only words that stand can contradict: a declaration below a
    department's word is a dispute of its own. Each fact is blamed once.
    """
    found: dict[str, RequestFault] = {}
    for share, names in share_groups(known):
        own = [each for each in told if each.name in names]
        for day in _days(own, held, names):
            standing = {
                name: words[0]
                for name in names
                if (words := latest_of_each(held.get(name, ()), day)) and words[0].value is not None
            }
            blamed = [each for each in own if standing.get(each.name) is each]
            if blamed and _contradict(standing, known):
                fault = _beside(blamed[0], standing, share, known)
                found.setdefault(fault.field, fault)
    return list(found.values())


def _days(own: Sequence[Statement], held: Held, names: Collection[str]) -> list[date]:
    """Give the days on which something else may stand from while a telling holds."""
    days = {each.valid_from for each in own}
    turns = {
        day
        for name in names
        for each in held.get(name, ())
        for day in (each.valid_from, each.valid_to)
        if day is not None
    }
    return sorted(days | {day for day in turns if any(each.covers(day) for each in own)})


def _contradict(standing: Mapping[str, Statement], known: Mapping[str, Fact]) -> bool:
    values = {name: fact_value(each.value or "null") for name, each in standing.items()}
    _, faults = take_facts(values, known, needed=values.keys(), divides=())
    return any(fault.code in ("derived-differs", "part-too-great") for fault in faults)


def _beside(
    said: Statement, standing: Mapping[str, Statement], share: Fact, known: Mapping[str, Fact]
) -> RequestFault:
    """Say which facts a telling contradicts, since when they stand, and what to do."""
    others = [each for name, each in standing.items() if name != said.name]
    zh = "、".join(
        f"{known[each.name].label.zh}（{each.name}）{shown(fact_value(each.value or ''))}"
        f"（自 {each.valid_from} 起）"
        for each in others
    )
    en = ", ".join(
        f"{each.name} ({known[each.name].label.en}) = {shown(fact_value(each.value or ''))} "
        f"since {each.valid_from}"
        for each in others
    )
    why = why_no_more(share) or Text("", "")
    told = Text(f"（{why.zh}）", f" ({why.en})") if why.zh else why
    problem = Text(
        f"与{zh}矛盾{told.zh}；请核对，有关各项一并报送；他人所报有误的，请财政部门更正",
        f"contradicts {en}{told.en}; check, and tell these facts together; if what others told is "
        f"wrong, ask the finance bureau to mend it",
    )
    return fact_fault(
        known[said.name], "facts-contradict", fact_value(said.value or "null"), problem
    )
