"""Take a report of a direct collection: judge it, and open or join one case (R-S1, R-S2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feeledger.assessment.naming import match_item
from feeledger.catalog.plan import Plan
from feeledger.enterprises.queries import assessment_facts
from feeledger.enterprises.tables import EnterpriseRow
from feeledger.regions.queries import region_settings
from feeledger.regions.tables import CollectingUnitRow
from feeledger.store import new_id
from feeledger.supervision.case import level_at_opening, open_case
from feeledger.supervision.case_actions import keep_moves
from feeledger.supervision.case_rows import values_of
from feeledger.supervision.charge import Evidence, ReportedCharge, object_of, unit_key_of
from feeledger.supervision.files import KeptFile, checked_files
from feeledger.supervision.judging import evidence_of
from feeledger.supervision.levels import highest_level
from feeledger.supervision.records_queries import records_of, unit_named
from feeledger.supervision.report import Told, charge_of
from feeledger.supervision.signals import Signal, signals_of
from feeledger.supervision.states import Clock
from feeledger.supervision.tables import (
    ReportFileRow,
    ReportRow,
    SignalRow,
    SupervisionCaseRow,
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


@dataclass(frozen=True, slots=True)
class _Matter:
    """A charge with what was found about it: what a case is opened on."""

    region: str
    told: Told
    charge: ReportedCharge
    unit: CollectingUnitRow | None
    evidence: Evidence
    signals: tuple[Signal, ...]

    @property
    def unit_key(self) -> str:
        return unit_key_of(self.charge)

    @property
    def object_key(self) -> str:
        return object_of(self.charge, self.evidence)


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
        case, opened = _case_for(session, matter, today=today, now=now, clock=clock)
    report = new_id(now)
    session.execute(insert(ReportRow), _report_values(matter, report, case, plan, now))
    if files:
        session.execute(insert(ReportFileRow), _file_values(region, report, files))
    if case is not None:
        _keep_signals(session, matter, report, case, now)
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


def _judge(
    session: Session, region: str, told: Told, charge: ReportedCharge, plan: Plan
) -> _Matter:
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
    signals = signals_of(charge, evidence)
    return _Matter(region, told, charge, unit, evidence, signals)


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


def _case_for(
    session: Session, matter: _Matter, *, today: date, now: datetime, clock: Clock
) -> tuple[int, bool]:
    """Join the living case about the same thing, or open one; the database lets one of two win."""
    living = _living_case(session, matter)
    if living is None:
        try:
            with session.begin_nested():
                return _open(session, matter, today=today, now=now, clock=clock), True
        except IntegrityError:
            living = _living_case(session, matter)
            if living is None:
                raise
    opener = matter.told.entered_by
    if opener and opener not in living.parties:
        living.parties = sorted({*living.parties, opener})
        living.changed_at = now
        session.flush()
    return living.id, False


def _living_case(session: Session, matter: _Matter) -> SupervisionCaseRow | None:
    if not matter.object_key:
        return None
    return session.scalar(
        select(SupervisionCaseRow)
        .where(
            SupervisionCaseRow.region == matter.region,
            SupervisionCaseRow.unit_key == matter.unit_key,
            SupervisionCaseRow.object_key == matter.object_key,
            SupervisionCaseRow.state.not_in(("dismissed", "closed")),
        )
        .with_for_update()
    )


def _open(session: Session, matter: _Matter, *, today: date, now: datetime, clock: Clock) -> int:
    """Open a case at the highest level of its signals, raised where R-S6 says so."""
    confirmed = _confirmations(session, matter)
    level = highest_level(signal.level for signal in matter.signals)
    level = level_at_opening(level, confirmed, on=today)
    move = open_case(level, opened_by=matter.told.opener, on=today, clock=clock)
    row = SupervisionCaseRow(
        region=matter.region,
        id=new_id(now),
        unit_key=matter.unit_key,
        unit_code=matter.charge.unit_code or None,
        unit_name=matter.charge.department,
        object_key=matter.object_key,
        item_id=matter.evidence.item_id,
        item_name=matter.evidence.item_name or matter.charge.item,
        amount_fen=matter.charge.amount.fen,
        level=level,
        opened_by=matter.told.opener,
        opened_on=today,
        opened_at=now,
        changed_at=now,
        **values_of(move.after),
    )
    session.add(row)
    session.flush()
    keep_moves(session, row, [move], act=None, files=(), now=now)
    return row.id


def _confirmations(session: Session, matter: _Matter) -> Sequence[date]:
    """Give the days on which carded cases of the unit were confirmed and stand (R-S6)."""
    days = session.scalars(
        select(SupervisionCaseRow.confirmed_on).where(
            SupervisionCaseRow.region == matter.region,
            SupervisionCaseRow.unit_key == matter.unit_key,
            SupervisionCaseRow.card_on.is_not(None),
            SupervisionCaseRow.confirmed_on.is_not(None),
            SupervisionCaseRow.state != "dismissed",
        )
    )
    return [day for day in days if day is not None]


def _keep_signals(session: Session, matter: _Matter, report: int, case: int, now: datetime) -> None:
    """Write the signals that the case has not yet (R-S2)."""
    known = set(
        session.scalars(
            select(SignalRow.code).where(
                SignalRow.region == matter.region,
                SignalRow.case_id == case,
                SignalRow.unit_key == matter.unit_key,
                SignalRow.object_key == matter.object_key,
            )
        )
    )
    rows = [
        _signal_values(matter, signal, report, case, now)
        for signal in matter.signals
        if signal.code not in known
    ]
    if rows:
        session.execute(insert(SignalRow), rows)


def _signal_values(
    matter: _Matter, signal: Signal, report: int, case: int, now: datetime
) -> dict[str, object]:
    return {
        "region": matter.region,
        "id": new_id(now),
        "case_id": case,
        "report": report,
        "code": signal.code,
        "unit_key": matter.unit_key,
        "object_key": matter.object_key,
        "level": signal.level,
        "version": signal.version,
        "explanation_zh": signal.explanation.zh,
        "explanation_en": signal.explanation.en,
        "inputs": signal.inputs,
        "seen_at": now,
    }


def _report_values(
    matter: _Matter, report: int, case: int | None, plan: Plan, now: datetime
) -> dict[str, object]:
    told, charge = matter.told, matter.charge
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
