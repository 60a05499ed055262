"""Facts told at a door, held beside what is on record of the same enterprises."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from feeledger.assessment.outcomes import FactsRefused, RequestFault
from feeledger.assessment.told_facts import faults_beside, share_groups
from feeledger.catalog.items import Fact
from feeledger.enterprises.facts import fact_text, fact_value
from feeledger.enterprises.statement_actions import Told, statements_of
from feeledger.enterprises.statements import DECISION, Statement
from feeledger.enterprises.tables import EnterpriseFactRow, FactDisputeRow

LAST: Final = 2**63 - 1  # told last: nothing on record is later


@dataclass(frozen=True, slots=True)
class Voice:
    """Who tells, and when: what decides whether a word stands."""

    source: str
    said_by: str | None
    now: datetime


def demand_agreement(
    session: Session,
    region: str,
    uscc: str,
    facts: Mapping[str, object],
    voice: Voice,
    *,
    known: Mapping[str, Fact],
    since: date,
) -> None:
    """Demand that facts contradict nothing that stands beside them. Raises FactsRefused."""
    told = [
        Told(uscc, name, None if value is None else fact_text(name, value), since, None, "", None)
        for name, value in facts.items()
    ]
    faults = contradictions_of(session, region, [told], known, voice)
    if faults:
        raise FactsRefused(tuple(fault for _, fault in faults))


def demand_agreeing_decision(
    session: Session,
    row: FactDisputeRow,
    statement: int,
    *,
    known: Mapping[str, Fact],
    now: datetime,
) -> None:
    """Demand that the word chosen in a dispute contradicts no other fact. Raises FactsRefused."""
    chosen = session.get(EnterpriseFactRow, (row.region, statement))
    if chosen is None or chosen.value is None or chosen.name not in known:
        return  # the decision itself refuses it
    demand_agreement(
        session,
        row.region,
        row.uscc,
        {chosen.name: fact_value(chosen.value)},
        Voice(DECISION, None, now),
        known=known,
        since=max(row.day, chosen.valid_from),
    )


def contradictions_of(
    session: Session,
    region: str,
    tellings: Sequence[Sequence[Told]],
    known: Mapping[str, Fact],
    voice: Voice,
) -> list[tuple[int, RequestFault]]:
    """Give the contradictions of tellings, each with its place, beside the record and each other.

    One query for all of them, and none where no fact is told that can contradict another.
    """
    names = frozenset[str]().union(*(names for _, names in share_groups(known)))
    said = [[_statement(each, voice) for each in one if each.name in names] for one in tellings]
    codes = {each.uscc for one in said for each in one}
    if not codes:
        return []
    asked = [Told(code, name, None, voice.now.date(), None, "", None)
             for code in codes for name in names]  # fmt: skip
    held: dict[str, dict[str, list[Statement]]] = defaultdict(lambda: defaultdict(list))
    for (code, name), words in statements_of(session, region, asked).items():
        held[code][name].extend(words)
    for each in (each for one in said for each in one):
        held[each.uscc][each.name].append(each)
    return [
        (place, fault)
        for place, one in enumerate(said)
        if one
        for fault in faults_beside(one, held[one[0].uscc], known)
    ]


def _statement(told: Told, voice: Voice) -> Statement:
    return Statement(
        id=LAST,
        uscc=told.uscc,
        name=told.name,
        value=told.value,
        valid_from=told.valid_from,
        valid_to=told.valid_to,
        source=voice.source,
        said_by=voice.said_by,
        known_at=voice.now,
    )
