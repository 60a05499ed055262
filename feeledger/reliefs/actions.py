"""Applying for a relief of a notice, and deciding about it: always two persons (R-M4).

Locks in one order: the notice, then the relief. A payment takes the notice's lock too, so of a
payment and an approval at the same moment one is first, and the other meets what it left: the
payment its new amount, or the approval a paid notice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.money import Money
from feeledger.notices.notice import status_after
from feeledger.notices.queries import lines_of, notice_of
from feeledger.notices.relief_queries import reliefs_of
from feeledger.notices.reliefs import LineRelief
from feeledger.notices.tables import LineReliefRow, NoticeRow
from feeledger.people.roles import different_person
from feeledger.periods import beijing_date
from feeledger.reliefs.notification_actions import tell_decided
from feeledger.reliefs.queries import lines_now, relief_of, terms_of
from feeledger.reliefs.relief import (
    STATES,
    Ground,
    NoticeNotRelievable,
    ReliefNotMovable,
    Terms,
    check_terms,
    days_after,
    demand_relievable,
    effect_of,
    terms_text,
)
from feeledger.reliefs.tables import NoticeReliefRow
from feeledger.store import new_id
from feeledger.trail import record_act


def apply_for_relief(
    session: Session,
    region: str,
    notice_id: int,
    terms: Terms,
    ground: Ground,
    *,
    by: str,
    now: datetime,
) -> NoticeReliefRow:
    """Apply for a relief of an unpaid notice; nothing changes before another person approves it.

    Raises NoticeMissing, NoticeNotRelievable, ReliefRefused, ReliefImpossible.
    """
    notice = notice_of(session, region, notice_id, for_update=True)
    demand_relievable(notice.status)
    check_terms(terms, ground, due_on=notice.due_on, today=beijing_date(now))
    _demand_none_open(session, notice)
    _effect(session, notice, terms)
    row = NoticeReliefRow(
        region=region,
        id=new_id(now),
        notice=notice.id,
        kind=terms.kind,
        line_no=terms.line_no,
        fen=None if terms.amount is None else terms.amount.fen,
        bp=terms.bp,
        due_on=terms.due_on,
        document=ground.document,
        document_on=ground.issued_on,
        issuer=ground.issuer,
        reason=ground.reason,
        state="applied",
        applied_by=by,
        applied_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, row, "apply-relief", by=by, reason=ground.reason, now=now)
    return row


def approve_relief(
    session: Session, region: str, relief: int, *, reason: str, by: str, now: datetime
) -> NoticeReliefRow:
    """Approve a relief: from now on the notice asks less, or later; another person than applied.

    All of it waived, the notice is waived. Raises ReliefMissing, NoticeNotRelievable,
    ReliefNotMovable, SamePerson, ReliefImpossible, ReliefRefused.
    """
    row, notice = _locked(session, region, relief)
    demand_relievable(notice.status)
    different_person(row.applied_by, by)
    terms = terms_of(row)
    ground = Ground(row.document, row.document_on, row.issuer, row.reason)
    check_terms(terms, ground, due_on=notice.due_on, today=beijing_date(now))
    effect = _effect(session, notice, terms)
    row.state, row.seq = "approved", notice.reliefs + 1
    row.decided_by, row.decided_at, row.decision_reason = by, now, reason or None
    session.flush()
    put_effect(session, row, notice, terms, effect)
    due = str(Money(notice.amount_fen - notice.relieved_fen))
    after = {"amount_due": due, "due_on": notice.due_on.isoformat(), "status": notice.status}
    _note(session, row, "approve-relief", by=by, reason=reason, now=now, details=after)
    tell_decided(session, row, notice, now=now)
    return row


def put_effect(
    session: Session,
    row: NoticeReliefRow,
    notice: NoticeRow,
    terms: Terms,
    effect: Sequence[LineRelief],
) -> None:
    """Let an approved relief, the notice's next, act on the notice and its lines."""
    session.execute(insert(LineReliefRow), [_values(row, one) for one in effect])
    notice.reliefs += 1
    notice.relieved_fen += sum(one.fen for one in effect)
    _move_days(notice, terms)
    if notice.relieved_fen == notice.amount_fen:
        notice.status = status_after(notice.status, "waive")  # type: ignore[arg-type]  # by CHECK
    session.flush()


def refuse_relief(
    session: Session, region: str, relief: int, *, reason: str, by: str, now: datetime
) -> NoticeReliefRow:
    """Refuse a relief with a reason; another person than applied.

    Raises ReliefMissing, ReliefNotMovable, SamePerson.
    """
    row, notice = _locked(session, region, relief)
    different_person(row.applied_by, by)
    _end(session, row, "refused", reason=reason, by=by, now=now)
    tell_decided(session, row, notice, now=now)
    return row


def withdraw_relief(
    session: Session, region: str, relief: int, *, reason: str, by: str, now: datetime
) -> NoticeReliefRow:
    """Take an application back. Raises ReliefMissing, ReliefNotMovable."""
    row, _ = _locked(session, region, relief)
    return _end(session, row, "withdrawn", reason=reason, by=by, now=now)


def _locked(session: Session, region: str, relief: int) -> tuple[NoticeReliefRow, NoticeRow]:
    """Give an open relief with its notice, both locked. Raises ReliefMissing, ReliefNotMovable."""
    found = relief_of(session, region, relief)
    notice = notice_of(session, region, found.notice, for_update=True)
    row = session.get_one(
        NoticeReliefRow, (region, relief), with_for_update=True, populate_existing=True
    )
    if row.state == "applied":
        return row, notice
    name = STATES[row.state]
    raise ReliefNotMovable(
        Text(
            f"该项减免缓“{name.zh}”，不能再办理；请刷新后查看。",
            f"The relief is “{name.en}” already: look again.",
        ),
        state=row.state,
    )


def _effect(session: Session, notice: NoticeRow, terms: Terms) -> tuple[LineRelief, ...]:
    before = reliefs_of(session, notice.region, [notice.id])[notice.id]
    lines = lines_now(lines_of(session, notice.region, notice.id), before)
    return effect_of(terms, lines, seq=notice.reliefs + 1, due_on=notice.due_on)


def _demand_none_open(session: Session, notice: NoticeRow) -> None:
    query = select(NoticeReliefRow.id).where(
        NoticeReliefRow.region == notice.region,
        NoticeReliefRow.notice == notice.id,
        NoticeReliefRow.state == "applied",
    )
    if session.scalar(query) is not None:
        raise NoticeNotRelievable(
            Text(
                "该通知书已有一项减免缓待审批，请先办结或撤回。",
                "Another relief of this notice waits for its decision; settle or withdraw it first.",
            )
        )


def _move_days(notice: NoticeRow, terms: Terms) -> None:
    if terms.kind != "defer":
        return
    notice.due_on, notice.valid_until = days_after(
        terms, due_on=notice.due_on, valid=notice.valid_until
    )
    notice.dates_provisional = False  # the document names the day; it is not counted any more
    notice.status = status_after(notice.status, "defer")  # type: ignore[arg-type]  # by CHECK


def _values(row: NoticeReliefRow, effect: LineRelief) -> dict[str, object]:
    return {
        "region": row.region,
        "notice": row.notice,
        "seq": effect.seq,
        "line_no": effect.line_no,
        "relief": row.id,
        "fen": effect.fen,
        "late_bp": effect.late_bp,
        "due_was": effect.due_was,
    }


def _end(
    session: Session, row: NoticeReliefRow, state: str, *, reason: str, by: str, now: datetime
) -> NoticeReliefRow:
    row.state, row.decided_by, row.decided_at, row.decision_reason = state, by, now, reason
    session.flush()
    act = {"refused": "refuse-relief", "withdrawn": "withdraw-relief"}[state]
    _note(session, row, act, by=by, reason=reason, now=now)
    return row


def _note(
    session: Session,
    row: NoticeReliefRow,
    act: str,
    *,
    by: str,
    reason: str,
    now: datetime,
    details: Mapping[str, object] | None = None,
) -> None:
    told = {"relief": str(row.id), "terms": terms_text(terms_of(row)).zh, "document": row.document}
    record_act(
        session,
        region=row.region,
        actor=by,
        act=act,
        subject=f"notice:{row.notice}",
        reason=reason,
        now=now,
        details={**told, **(details or {})},
    )
