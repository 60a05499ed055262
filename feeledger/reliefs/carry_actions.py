"""Putting a relief that was granted on another notice, issued in the place of the one it was for."""

from datetime import datetime

from sqlalchemy.orm import Session

from feeledger.notices.queries import lines_of, notice_of
from feeledger.notices.relief_queries import reliefs_of
from feeledger.reliefs.actions import put_effect
from feeledger.reliefs.notification_actions import tell_decided
from feeledger.reliefs.queries import lines_now
from feeledger.reliefs.relief import Terms, effect_of
from feeledger.reliefs.tables import NoticeReliefRow
from feeledger.store import new_id

FROZEN = (
    "region", "document", "document_on", "issuer", "reason", "applied_by", "applied_at",
    "decided_by",
)  # fmt: skip


def grant_carried(
    session: Session,
    source: NoticeReliefRow,
    notice_id: int,
    terms: Terms,
    *,
    why: str,
    now: datetime,
) -> NoticeReliefRow:
    """Put a granted relief on a notice by terms, on the document and by the persons who granted it.

    It acts from now on: what was relieved in a month that is over does not change. The caller holds
    the notice's lock and has settled the terms. Raises ReliefImpossible.
    """
    notice = notice_of(session, source.region, notice_id)
    seq = notice.reliefs + 1
    before = reliefs_of(session, notice.region, [notice.id])[notice.id]
    lines = lines_now(lines_of(session, notice.region, notice.id), before)
    effect = effect_of(terms, lines, seq=seq, due_on=notice.due_on)
    row = NoticeReliefRow(
        **{name: getattr(source, name) for name in FROZEN},
        id=new_id(now),
        notice=notice.id,
        kind=terms.kind,
        line_no=terms.line_no,
        fen=None if terms.amount is None else terms.amount.fen,
        bp=terms.bp,
        due_on=terms.due_on,
        state="approved",
        decision_reason=why,
        decided_at=now,
        seq=seq,
    )
    session.add(row)
    session.flush()
    put_effect(session, row, notice, terms, effect)
    tell_decided(session, row, notice, now=now)
    return row
