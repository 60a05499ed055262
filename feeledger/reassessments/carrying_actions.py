"""Carrying reliefs (R-M4) over to the notice that is issued in a voided one's place.

A relief that two persons granted is not lost with the notice that gives way: it is put on record
with the new one as it was granted, document and both persons, and takes off exactly what the
re-assessment let it take. A deferral goes along where its day is still later than the new one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from feeledger.errors import Conflict, Text
from feeledger.notices.queries import lines_of, notice_of
from feeledger.notices.relief_queries import reliefs_of
from feeledger.notices.reliefs import WHOLE, relieved_bp
from feeledger.notices.tables import LineReliefRow, NoticeLineRow, NoticeRow
from feeledger.reassessments.difference import Charging
from feeledger.reassessments.duty import Piece
from feeledger.reassessments.tables import ReassessmentReliefRow, ReassessmentRow
from feeledger.reliefs.carry_actions import grant_carried
from feeledger.reliefs.carrying import carried_terms
from feeledger.reliefs.queries import lines_now, terms_of
from feeledger.reliefs.relief import Terms
from feeledger.reliefs.tables import NoticeReliefRow
from feeledger.trail import record_act


class ReliefUndecided(Conflict):
    """A notice that is to give way has a relief that waits for its decision."""

    code = "relief-undecided"
    title = Text("有减免缓待审批", "A relief waits for its decision")


@dataclass(frozen=True, slots=True)
class Carrying:
    """What is carried: from which notices, to which lines, by which approval."""

    reassessment: ReassessmentRow
    charges: Sequence[Charging]
    gone: Sequence[Piece]
    by: str
    now: datetime


def demand_decided(session: Session, region: str, gone: Sequence[Piece]) -> None:
    """Let no notice give way while a relief of it is open. Raises ReliefUndecided."""
    query = (
        select(NoticeReliefRow.id, NoticeRow.pay_code)
        .join(
            NoticeRow,
            (NoticeRow.region == NoticeReliefRow.region) & (NoticeRow.id == NoticeReliefRow.notice),
        )
        .where(
            NoticeReliefRow.region == region,
            NoticeRow.region == region,
            NoticeReliefRow.notice.in_([piece.notice for piece in gone]),
            NoticeReliefRow.state == "applied",
        )
        .order_by(NoticeReliefRow.id)
    )
    found = session.execute(query).first()
    if found is not None:
        raise ReliefUndecided(
            Text(
                f"缴款码 {found.pay_code} 的通知书将被作废，而它有一项减免缓待审批（{found.id}）："
                "请先办结或撤回，再重新测算。",
                f"The notice of pay code {found.pay_code} would be voided, and its relief {found.id} "
                "waits for a decision: settle or withdraw it, then assess again.",
            ),
            relief=str(found.id),
        )


def carry_reliefs(session: Session, notice: NoticeRow, carrying: Carrying) -> NoticeRow:
    """Put the reliefs of the voided notices on record with the new one; give it as it then is."""
    sources = _sources(session, notice.region, carrying.gone)
    lines = lines_of(session, notice.region, notice.id)
    carried: list[str] = []
    lapsed: list[str] = []
    for source in sources:
        wanted = _wanted(session, source, lines, carrying)
        granted = [
            grant_carried(
                session, source, notice.id, terms, why=_why(carrying, source), now=carrying.now
            )
            for terms in _terms_for(session, source, notice.id, lines, wanted)
        ]
        for row in granted:
            _keep(session, row, source, carrying.reassessment)
        (carried if granted else lapsed).append(str(source.id))
    if sources:
        _record(session, notice, carrying, carried, lapsed)
    return notice_of(session, notice.region, notice.id)


def _sources(session: Session, region: str, gone: Sequence[Piece]) -> tuple[NoticeReliefRow, ...]:
    """Give the approved reliefs of the voided notices, notice by notice, in their order."""
    order = {piece.notice: at for at, piece in enumerate(gone)}
    query = select(NoticeReliefRow).where(
        NoticeReliefRow.region == region,
        NoticeReliefRow.notice.in_(order),
        NoticeReliefRow.state == "approved",
    )
    return tuple(sorted(session.scalars(query), key=lambda row: (order[row.notice], row.seq or 0)))


def _wanted(
    session: Session, source: NoticeReliefRow, lines: Sequence[NoticeLineRow], carrying: Carrying
) -> dict[int, int]:
    """Give what a relief takes off the new lines: fen, or hundredths of a per cent of late fees."""
    if source.kind == "late":
        return _late_wanted(session, source, lines, carrying)
    found: dict[int, int] = {}
    for line, each in zip(lines, carrying.charges, strict=True):
        fen = sum(t.fen for t in each.takings if t.granted.relief == source.id)
        if fen:
            found[line.line_no] = fen
    return found


def _late_wanted(
    session: Session, source: NoticeReliefRow, lines: Sequence[NoticeLineRow], carrying: Carrying
) -> dict[int, int]:
    """Give the share of the late fee waived for the duties that the relief was granted for."""
    query = select(LineReliefRow.line_no).where(
        LineReliefRow.region == source.region, LineReliefRow.relief == source.id
    )
    aimed = set(session.scalars(query))
    piece = next(each for each in carrying.gone if each.notice == source.notice)
    keys = {line.key for line in piece.lines if line.line_no in aimed}
    new = lines[0].notice
    before = reliefs_of(session, source.region, [new])[new]
    found = {
        line.line_no: min(source.bp or 0, WHOLE - relieved_bp(before, line.line_no))
        for line, each in zip(lines, carrying.charges, strict=True)
        if each.key in keys and line.late_rule is not None
    }
    return {number: bp for number, bp in found.items() if bp}


def _terms_for(
    session: Session,
    source: NoticeReliefRow,
    notice_id: int,
    lines: Sequence[NoticeLineRow],
    wanted: Mapping[int, int],
) -> tuple[Terms, ...]:
    """Say by which terms a relief is carried, as the new notice now stands; none: it has lapsed."""
    notice = notice_of(session, source.region, notice_id)
    if source.kind == "defer":
        later = source.due_on is not None and source.due_on > notice.due_on
        return (terms_of(source),) if later else ()
    before = reliefs_of(session, source.region, [notice_id])[notice_id]
    return carried_terms(terms_of(source), lines_now(lines, before), wanted)


def _keep(
    session: Session, row: NoticeReliefRow, source: NoticeReliefRow, why: ReassessmentRow
) -> None:
    session.execute(
        insert(ReassessmentReliefRow),
        {
            "region": row.region,
            "relief": row.id,
            "source": source.id,
            "reassessment": why.id,
        },
    )


def _why(carrying: Carrying, source: NoticeReliefRow) -> str:
    told = f"随重新测算 {carrying.reassessment.id} 由减免缓 {source.id} 转来"
    return f"{source.decision_reason}（{told}）" if source.decision_reason else told


def _record(
    session: Session,
    notice: NoticeRow,
    carrying: Carrying,
    carried: Sequence[str],
    lapsed: Sequence[str],
) -> None:
    record_act(
        session,
        region=notice.region,
        actor=carrying.by,
        act="carry-reliefs",
        subject=f"notice:{notice.id}",
        reason=f"reassessment {carrying.reassessment.id}",
        now=carrying.now,
        details={"carried": list(carried), "lapsed": list(lapsed)},
    )
