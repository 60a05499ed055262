"""What we would have told an enterprise, by what was known at an instant: edition, facts, register.

The same question always gets the same answer: editions and statements are never changed, and what
the register said before an amendment is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from feeledger.assessment.engine import assess
from feeledger.assessment.outcomes import Answer, FactsRefused, Request, RequestFault
from feeledger.catalog.items import Catalog
from feeledger.catalog.plan import Plan, plan_of
from feeledger.catalog.queries import edition_known_at
from feeledger.enterprises.facts import FactValue, HeldFact
from feeledger.enterprises.queries import enterprise_of, facts_on, register_at, register_facts
from feeledger.enterprises.standing import closed_error
from feeledger.enterprises.standing_queries import closing_of
from feeledger.errors import Missing, Text


class EnterpriseNotYetKnown(Missing):
    """The enterprise was entered after the instant that is asked about."""

    code = "enterprise-not-yet-known"
    title = Text("当时尚未登记该企业", "The enterprise was not registered yet")


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """An answer with all it rests on: the edition, the stated facts, what the register supplied.

    ``left_out`` are facts that the edition does not take, each with the reason.
    """

    answer: Answer
    catalog: Catalog
    facts: Mapping[str, HeldFact]
    register: Mapping[str, FactValue]
    left_out: tuple[RequestFault, ...]
    known_at: datetime


def answer_as_known(
    session: Session, region: str, uscc: str, *, on: date, known_at: datetime
) -> KnownAnswer:
    """Answer for a day, by the edition and the facts that were known at an instant.

    Raises EnterpriseUnknown, EnterpriseNotYetKnown, EnterpriseClosed, EditionMissing.
    """
    entry = enterprise_of(session, uscc)
    if entry.entered_at > known_at:
        raise EnterpriseNotYetKnown(
            Text(
                f"{uscc} 于 {entry.entered_at.isoformat()} 才登记，当时没有它的情况。",
                f"{uscc} was entered at {entry.entered_at.isoformat()}; nothing was known before.",
            )
        )
    closing = closing_of(session, uscc, on, known_by=known_at)
    if closing is not None:
        raise closed_error(entry.name, closing, on)
    catalog = edition_known_at(session, known_at)
    held = facts_on(session, region, uscc, on, known_by=known_at)
    register = register_facts(register_at(session, entry, known_at), on)
    facts: dict[str, object] = {
        name: fact.value for name, fact in held.items() if name in catalog.facts
    }
    sources = {name: held[name].source for name in facts}
    facts.update({name: value for name, value in register.items() if name in catalog.facts})
    sources.update(dict.fromkeys(register, "register"))
    request = Request(None, on, region, facts=facts, sources=sources)
    answer, left_out = answer_without_spoiled(plan_of(catalog), request)
    return KnownAnswer(answer, catalog, held, register, left_out, known_at)


def answer_without_spoiled(plan: Plan, request: Request) -> tuple[Answer, tuple[RequestFault, ...]]:
    """Answer a request; facts that the edition refuses are left out, and told.

    Facts that only contradict each other are all left out. Raises FactsRefused for what no fact
    explains.
    """
    try:
        return assess(plan, request), ()
    except FactsRefused as refused:
        spoiled = {fault.field for fault in refused.errors}
        kept = {name: value for name, value in request.facts.items() if name not in spoiled}
        if len(kept) == len(request.facts):
            raise
        answer, more = answer_without_spoiled(plan, replace(request, facts=kept))
        return answer, (*refused.errors, *more)
