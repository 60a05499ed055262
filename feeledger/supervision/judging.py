"""A reported charge held against the catalog and the region's records: what the signals read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from feeledger.assessment.departments import AGENTS, may_collect
from feeledger.assessment.findings import Charge, Finding
from feeledger.assessment.verdict import Verdict, judge_charge
from feeledger.catalog.items import FeeItem
from feeledger.catalog.plan import Plan
from feeledger.money import Money
from feeledger.supervision.charge import Ended, Evidence, Excess, ReportedCharge


@dataclass(frozen=True, slots=True)
class Records:
    """What the region's own records say of a charge.

    ``unit_items`` are the items that the unit may charge by the register, None where the register
    does not know the unit. The rest is as in ``Evidence``.
    """

    designated: tuple[str, ...] = ()
    unit_items: frozenset[str] | None = None
    unit_batches: bool = False
    paid_notice: str = ""
    ticket_ours: bool = False


def evidence_of(
    plan: Plan,
    charge: ReportedCharge,
    records: Records,
    *,
    region: str,
    facts: Mapping[str, object],
) -> Evidence:
    """Gather what speaks for and against a charge.

    Raises FactsRefused where the facts or the region cannot be used.
    """
    verdict = _verdict_on(plan, charge, region, facts, on=charge.arose_on)
    common = Evidence(
        candidates=verdict.match.candidates if verdict.match.how != "none" else (),
        unit_batches=records.unit_batches,
        designated=records.designated,
        paid_notice=records.paid_notice,
        ticket_ours=records.ticket_ours,
        edition_sha256=plan.catalog.edition.sha256,
    )
    item = verdict.item
    if item is None:
        return common
    return replace(
        common,
        item_id=item.id,
        item_name=item.name.zh,
        item_sure=verdict.match.sure,
        unit_may_charge=_unit_may_charge(verdict, item, charge, records),
        service_fee=item.category == "operating_service",
        lawful_agent=is_lawful_agent(item, charge.department),
        ended=_ended_of(verdict, item, charge.arose_on),
        excess=_excess_of(plan, verdict, charge, region, facts),
    )


def is_lawful_agent(item: FeeItem, department: str) -> bool:
    """Say whether who charged is the agent that collects the item by law: tax, grid, water, …"""
    if item.collected_by == "central":
        return may_collect(item, department) is True
    return any(word in department for word in AGENTS.get(item.collected_by, ()))


def _verdict_on(
    plan: Plan, charge: ReportedCharge, region: str, facts: Mapping[str, object], *, on: date
) -> Verdict:
    """Judge the charge as if its duty arose on a day; the account is a matter of the records."""
    told = Charge(
        named=charge.item,
        amount=charge.amount,
        on=on,
        charged_on=charge.charged_on,
        department=charge.department,
        region=region,
        facts=facts,
    )
    return judge_charge(plan, told)


def _finding(verdict: Verdict, *codes: str) -> Finding | None:
    return next((found for found in verdict.findings if found.code in codes), None)


def _unit_may_charge(
    verdict: Verdict, item: FeeItem, charge: ReportedCharge, records: Records
) -> bool | None:
    """Ask the catalog by the department's name, then the register for items on our notices."""
    if _finding(verdict, "not_this_department") is not None:
        return False
    ended = _finding(verdict, "ended") is not None
    if item.collected_by == "notice" and records.unit_items is not None and not ended:
        return item.id in records.unit_items
    return may_collect(item, charge.department)


def _ended_of(verdict: Verdict, item: FeeItem, on: date) -> Ended | None:
    found = _finding(verdict, "ended")
    if found is None:
        return None
    event = item.ending(on)
    if event is not None and event.day is not None:
        return Ended(event.day, event.document or "")
    since = date.fromisoformat(found.by) if found.by else on
    return Ended(since, found.documents[0] if found.documents else "")


def _excess_of(
    plan: Plan,
    verdict: Verdict,
    charge: ReportedCharge,
    region: str,
    facts: Mapping[str, object],
) -> Excess | None:
    """Give by how much a charge is over; what another version in force allows is no excess."""
    first = _excess_in(verdict, charge.amount, charge.arose_on)
    if first is None or charge.charged_on == charge.arose_on:
        return first
    later = _verdict_on(plan, charge, region, facts, on=charge.charged_on)
    if _finding(later, "ended", "no_established_rate") is not None:
        return first
    second = _excess_in(later, charge.amount, charge.charged_on)
    if second is None:
        return None
    return min(first, second, key=lambda excess: excess.over.fen)


def _excess_in(verdict: Verdict, amount: Money, on: date) -> Excess | None:
    found = _finding(verdict, "above_standard", "outside_range")
    if found is None or found.standard is None:
        return None
    most = found.standard[1]
    if most is None or amount <= most:
        return None
    return Excess(on, most, amount - most)
