"""Enterprises in bulk: the codes of a region in order, and the facts of a stretch of them.

A region's enterprises are those at home in it and those it knows facts of, entered by an instant
and, as known then, neither closed nor revoked before the day. Codes are upper-case letters and digits, so that every database puts them in the
same order as Python does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, exists, func, or_, select
from sqlalchemy.orm import Session

from feeledger.enterprises.facts import FactValue, RegisterEntry, fact_value
from feeledger.enterprises.queries import register_facts, standing_order
from feeledger.enterprises.standing_queries import stood_on
from feeledger.enterprises.tables import (
    EnterpriseFactRow,
    EnterpriseFormerRow,
    EnterpriseRow,
    EnterpriseStandingRow,
)
from feeledger.regions.tables import RegionRow

NAMED_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Stretch:
    """The enterprises of a region up to ``last``, each with its facts, in order of code."""

    codes: tuple[str, ...]
    facts: tuple[dict[str, FactValue], ...]


def stretch_of_region(
    session: Session, region: str, *, after: str, limit: int, on: date, known_at: datetime
) -> Stretch:
    """Give the next enterprises after a code, with the facts true on a day as known at an instant.

    What the register knows stands over what was declared.
    """
    entries = _entries_after(session, region, after=after, limit=limit, on=on, known_at=known_at)
    if not entries:
        return Stretch((), ())
    facts: dict[str, dict[str, FactValue]] = {entry.uscc: {} for entry in entries}
    last = entries[-1].uscc
    within = (EnterpriseFactRow.region == region, EnterpriseFactRow.uscc.between(after, last))
    for fact in _facts_known(session, within, on, known_at):
        held = facts.get(fact.uscc)
        if held is None:
            continue
        if fact.value is None:
            held.pop(fact.name, None)
        else:
            held[fact.name] = fact_value(fact.value)
    for entry in entries:
        facts[entry.uscc].update(register_facts(entry, on))
    return Stretch(tuple(facts), tuple(facts.values()))


def count_at_home(session: Session, region: str, on: date, known_at: datetime) -> int:
    """Count the enterprises at home in a region: about how many a run goes through."""
    query = select(func.count()).select_from(EnterpriseRow).where(*_in_register(on, known_at))
    return session.scalar(query.where(EnterpriseRow.home_region == region)) or 0


def _entries_after(
    session: Session, region: str, *, after: str, limit: int, on: date, known_at: datetime
) -> list[RegisterEntry]:
    """Give the next entries: those at home, and between them those from elsewhere with facts."""
    row = EnterpriseRow
    entry = (
        select(row.uscc, row.size_class, row.registered_on)
        .where(*_in_register(on, known_at), row.uscc > after)
        .order_by(row.uscc)
        .limit(limit)
    )
    home = session.execute(entry.where(row.home_region == region)).all()
    known = entry.join(EnterpriseFactRow, EnterpriseFactRow.uscc == row.uscc).where(
        EnterpriseFactRow.region == region,
        EnterpriseFactRow.uscc > after,
        EnterpriseFactRow.known_at <= known_at,
        row.home_region != region,
    )
    if len(home) == limit:
        known = known.where(EnterpriseFactRow.uscc <= home[-1].uscc)
    found = [*home, *session.execute(known.distinct()).all()]
    entries = [RegisterEntry(e.uscc, e.size_class, e.registered_on) for e in found]
    chosen = sorted(entries, key=lambda each: each.uscc)[:limit]
    before = _before_amendments(session, chosen, known_at)
    return [before.get(each.uscc, each) for each in chosen]


def _before_amendments(
    session: Session, entries: list[RegisterEntry], known_at: datetime
) -> dict[str, RegisterEntry]:
    """Give what the register said at an instant of those that were amended after it."""
    if not entries:
        return {}
    former = EnterpriseFormerRow
    query = (
        select(former.uscc, former.size_class, former.registered_on)
        .where(
            former.uscc.between(entries[0].uscc, entries[-1].uscc), former.replaced_at > known_at
        )
        .order_by(former.replaced_at.desc())
    )
    return {e.uscc: RegisterEntry(*e) for e in session.execute(query)}


def _in_register(on: date, known_at: datetime) -> tuple[ColumnElement[bool], ...]:
    return EnterpriseRow.entered_at <= known_at, stood_on(on, known_at)


def _facts_known(
    session: Session, within: tuple[ColumnElement[bool], ...], on: date, known_at: datetime
) -> Iterable[Row[Any]]:
    """Give the facts of a stretch, so that the latest knowledge of each comes last."""
    fact = EnterpriseFactRow
    query = (
        select(fact.uscc, fact.name, fact.value)
        .where(
            *within,
            fact.valid_from <= on,
            or_(fact.valid_to.is_(None), fact.valid_to > on),
            fact.known_at <= known_at,
        )
        .order_by(*standing_order())
    )
    return session.execute(query)


def register_changes(session: Session, region: str, since: datetime, known_at: datetime) -> int:
    """Count what the register was told anew of enterprises that a region knows facts of.

    Such an enterprise may be at home elsewhere, where the trail then has the act.
    """
    former, standing, fact = EnterpriseFormerRow, EnterpriseStandingRow, EnterpriseFactRow
    amended = select(func.count()).where(
        former.replaced_at > since,
        former.replaced_at <= known_at,
        exists().where(fact.region == region, fact.uscc == former.uscc),
    )
    changed = select(func.count()).where(
        standing.recorded_at > since,
        standing.recorded_at <= known_at,
        exists().where(fact.region == region, fact.uscc == standing.uscc),
    )
    return (session.scalar(amended) or 0) + (session.scalar(changed) or 0)


def sizes_of_enterprises(
    session: Session, region: str, codes: Sequence[str]
) -> dict[str, str | None]:
    """Give the size class on register of a region's enterprises, and of others named (R-V4)."""
    at_home = select(EnterpriseRow.uscc, EnterpriseRow.size_class).where(
        EnterpriseRow.home_region == region
    )
    sizes: dict[str, str | None] = {uscc: size for uscc, size in session.execute(at_home)}  # noqa: C416 - typed so
    away = [code for code in codes if code not in sizes]
    for start in range(0, len(away), NAMED_AT_ONCE):
        named = EnterpriseRow.uscc.in_(away[start : start + NAMED_AT_ONCE])
        query = select(EnterpriseRow.uscc, EnterpriseRow.size_class).where(named)
        sizes |= {uscc: size for uscc, size in session.execute(query)}  # noqa: C416 - typed so
    return sizes


def regions_with_enterprises(session: Session) -> frozenset[str]:
    """Give the regions that are home to an enterprise or know facts of one."""
    # Each region looks into the indexes: going through all facts takes minutes in a province.
    home = exists().where(EnterpriseRow.home_region == RegionRow.code)
    told = exists().where(EnterpriseFactRow.region == RegionRow.code)
    return frozenset(session.scalars(select(RegionRow.code).where(or_(home, told))))


def names_of_enterprises(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Give the names of a few enterprises by their codes."""
    query = select(EnterpriseRow.uscc, EnterpriseRow.name).where(EnterpriseRow.uscc.in_(set(codes)))
    return {uscc: name for uscc, name in session.execute(query)}  # noqa: C416 - typed so
