"""Open or join one case for a charge that shows signals (R-S1, R-S2), whatever the charge was seen by.

A report, an approved refund and a notice bring the same pair of values, a charge and its evidence;
one thing has one living case, and the database lets one of two openers win.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feeledger.store import new_id
from feeledger.supervision.case import level_at_opening, open_case
from feeledger.supervision.case_actions import keep_moves
from feeledger.supervision.case_rows import values_of
from feeledger.supervision.charge import Evidence, ReportedCharge, object_of, unit_key_of
from feeledger.supervision.levels import highest_level
from feeledger.supervision.signals import Signal
from feeledger.supervision.states import Clock
from feeledger.supervision.tables import SignalRow, SupervisionCaseRow


@dataclass(frozen=True, slots=True)
class Matter:
    """A charge with what was found about it: what a case is opened on.

    ``opener`` counts as the case's opener; ``parties`` are officers who had a hand in it: none of
    them decides it. ``thing`` names what it is about where that is not the charge itself.
    """

    region: str
    charge: ReportedCharge
    evidence: Evidence
    signals: tuple[Signal, ...]
    opener: str
    parties: tuple[str, ...] = ()
    thing: str = ""

    @property
    def unit_key(self) -> str:
        """Who charged."""
        return unit_key_of(self.charge)

    @property
    def object_key(self) -> str:
        """What thing it is about."""
        return self.thing or object_of(self.charge, self.evidence)


@dataclass(frozen=True, slots=True)
class Source:
    """The record that shows a signal: a report, a refund, an act, a notice (with a yearly amount)."""

    report: int | None = None
    refund: int | None = None
    notice: int | None = None
    quota: int | None = None
    act: int | None = None


def case_for(
    session: Session, matter: Matter, *, today: date, now: datetime, clock: Clock
) -> tuple[int, bool]:
    """Join the living case about the same thing, or open one; say which case, and if it was opened."""
    living = _living_case(session, matter)
    if living is None:
        try:
            with session.begin_nested():
                row = _open(session, matter, today=today, now=now, clock=clock)
                _add_parties(session, row, matter, now)
                return row.id, True
        except IntegrityError:
            living = _living_case(session, matter)
            if living is None:
                raise
    _add_parties(session, living, matter, now)
    return living.id, False


def keep_signals(
    session: Session,
    matter: Matter,
    case: int,
    *,
    source: Source,
    now: datetime,
) -> None:
    """Write the signals that the case has not yet (R-S2), with the record they are from."""
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
        {
            "region": matter.region,
            "id": new_id(now),
            "case_id": case,
            "report": source.report,
            "refund": source.refund,
            "notice": source.notice,
            "quota": source.quota,
            "act": source.act,
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
        for signal in matter.signals
        if signal.code not in known
    ]
    if rows:
        session.execute(insert(SignalRow), rows)


def _add_parties(session: Session, row: SupervisionCaseRow, matter: Matter, now: datetime) -> None:
    """Note the officers who had a hand in what came: another person decides the case."""
    parties = sorted({*row.parties, *matter.parties})
    if parties != list(row.parties):
        row.parties, row.changed_at = parties, now
        session.flush()


def _living_case(session: Session, matter: Matter) -> SupervisionCaseRow | None:
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


def _open(
    session: Session, matter: Matter, *, today: date, now: datetime, clock: Clock
) -> SupervisionCaseRow:
    """Open a case at the highest level of its signals, raised where R-S6 says so."""
    confirmed = _confirmations(session, matter)
    level = highest_level(signal.level for signal in matter.signals)
    level = level_at_opening(level, confirmed, on=today)
    move = open_case(level, opened_by=matter.opener, on=today, clock=clock)
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
        opened_by=matter.opener,
        opened_on=today,
        opened_at=now,
        changed_at=now,
        **values_of(move.after),
    )
    session.add(row)
    session.flush()
    keep_moves(session, row, [move], act=None, files=(), now=now)
    return row


def _confirmations(session: Session, matter: Matter) -> Sequence[date]:
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
