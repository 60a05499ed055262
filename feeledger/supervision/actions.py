"""Take a report of a direct collection: judge it, and open or join one case (R-S1, R-S2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from feeledger.assessment.naming import match_item
from feeledger.catalog.plan import Plan
from feeledger.enterprises.queries import assessment_facts
from feeledger.enterprises.tables import EnterpriseRow
from feeledger.files import KeptFile, checked_files
from feeledger.regions.queries import region_settings
from feeledger.store import new_id
from feeledger.supervision.charge import Evidence, ReportedCharge
from feeledger.supervision.judging import evidence_of
from feeledger.supervision.opening_actions import Matter, Source, case_for, keep_signals
from feeledger.supervision.records_queries import records_of, unit_named
from feeledger.supervision.report import Told, charge_of
from feeledger.supervision.signals import Signal, signals_of
from feeledger.supervision.states import Clock
from feeledger.supervision.tables import (
    ReportFileRow,
    ReportRow,
)
from feeledger.trail import record_act


@dataclass(frozen=True, slots=True)
class Reported:
    """What a report led to: its number, its signals, and the case opened or joined, if any."""

    report: int
    case: int | None
    opened: bool
    signals: tuple[Signal, ...]
    evidence: Evidence


def report_collection(
    session: Session,
    told: Told,
    *,
    region: str,
    plan: Plan,
    today: date,
    now: datetime,
    clock: Clock,
) -> Reported:
    """Take a report, hold it against catalog, notices, tickets and account, open or join a case.

    One report opens at most one case, at the highest level of its signals. Raises RegionNotOpen,
    ReportRefused, FileNotAccepted, FactsRefused or CalendarYearMissing; nothing is kept then.
    """
    region_settings(session, region)
    charge = charge_of(told, today=today)
    files = checked_files(told.files)
    matter = _judge(session, region, told, charge, plan)
    case, opened = None, False
    if matter.signals:
        case, opened = case_for(session, matter, today=today, now=now, clock=clock)
    report = new_id(now)
    session.execute(insert(ReportRow), _report_values(told, matter, report, case, plan, now=now))
    if files:
        session.execute(insert(ReportFileRow), _file_values(region, report, files))
    if case is not None:
        keep_signals(session, matter, case, source=Source(report=report), now=now)
    record_act(
        session,
        region=region,
        actor=told.opener,
        act="report-collection",
        subject=f"report:{report}",
        reason="",
        now=now,
        details={
            "case": None if case is None else str(case),
            "opened": opened,
            "signals": [signal.code for signal in matter.signals],
            "unit": matter.unit_key,
        },
    )
    return Reported(report, case, opened, matter.signals, matter.evidence)


def _judge(session: Session, region: str, told: Told, charge: ReportedCharge, plan: Plan) -> Matter:
    """Find the unit, gather the records and hold the charge against every rule."""
    unit = unit_named(session, region, charge)
    if unit is None:
        charge = replace(charge, unit_code="")
    else:
        charge = replace(charge, unit_code=unit.unit_code, department=unit.name)
    item = match_item(plan.catalog, charge.item).item or ""
    records = records_of(session, region, charge, item, unit)
    facts = _facts(session, region, charge, told.facts, plan)
    evidence = evidence_of(plan, charge, records, region=region, facts=facts)
    found = signals_of(charge, evidence)
    signals = tuple(signal for signal in found if not told.only or signal.code in told.only)
    parties = (told.entered_by,) if told.entered_by else ()
    return Matter(region, charge, evidence, signals, told.opener, parties)


def _facts(
    session: Session, region: str, charge: ReportedCharge, told: Mapping[str, object], plan: Plan
) -> dict[str, object]:
    """Give what the register knows of the payer on the day of the duty; the reporter's own first."""
    facts: dict[str, object] = {}
    payer = session.get(EnterpriseRow, charge.payer) if charge.payer else None
    if payer is not None:
        known, _ = assessment_facts(session, region, payer, charge.arose_on)
        facts.update((name, value) for name, value in known.items() if name in plan.catalog.facts)
    return facts | dict(told)


def _report_values(
    told: Told, matter: Matter, report: int, case: int | None, plan: Plan, *, now: datetime
) -> dict[str, object]:
    charge = matter.charge
    return {
        "region": matter.region,
        "id": report,
        "case_id": case,
        "channel": told.channel,
        "entered_by": told.entered_by,
        "anonymous": told.anonymous,
        "reporter_name": told.reporter_name.strip(),
        "reporter_contact": told.reporter_contact.strip(),
        "payer": charge.payer,
        "unit_code": charge.unit_code or None,
        "department": charge.department,
        "item": charge.item,
        "item_id": matter.evidence.item_id,
        "amount_fen": charge.amount.fen,
        "charged_on": charge.charged_on,
        "arose_on": charge.arose_on,
        "how_paid": charge.how_paid,
        "account_no": charge.account,
        "ticket_no": charge.ticket_no,
        "story": told.story.strip(),
        "edition_sha256": plan.catalog.edition.sha256,
        "reported_at": now,
    }


def _file_values(region: str, report: int, files: Sequence[KeptFile]) -> list[dict[str, object]]:
    return [
        {
            "region": region,
            "report": report,
            "file_no": number,
            "name": file.name,
            "media_type": file.media_type,
            "size": len(file.content),
            "sha256": file.sha256,
            "content": file.content,
        }
        for number, file in enumerate(files, 1)
    ]
