"""Writing into the outbox what became of a relief: what the notice asks now, line by line."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from feeledger.money import Money
from feeledger.notices.notification_queries import happening_of_notice
from feeledger.notices.queries import lines_of
from feeledger.notices.relief_queries import due_lines, reliefs_of
from feeledger.notices.tables import NoticeRow
from feeledger.outbox.actions import Happening, enqueue_notification
from feeledger.outbox.kinds import RELIEF_DECIDED
from feeledger.reliefs.tables import NoticeReliefRow


def tell_decided(
    session: Session, row: NoticeReliefRow, notice: NoticeRow, *, now: datetime
) -> None:
    """Tell who subscribed that a relief was approved or refused; why stays with the bureau."""
    enqueue_notification(
        session,
        row.region,
        kind=RELIEF_DECIDED,
        subject=f"notice:{row.notice}",
        tell=lambda: _happening(session, row, notice),
        now=now,
    )


def _happening(session: Session, row: NoticeReliefRow, notice: NoticeRow) -> Happening:
    told = happening_of_notice(session, row.region, row.notice)
    reliefs = reliefs_of(session, row.region, [row.notice])[row.notice]
    due = due_lines(lines_of(session, row.region, row.notice), reliefs)
    lines = [
        {**line, "amount_due": str(asked.amount)}
        for line, asked in zip(told.payload["lines"], due, strict=True)  # type: ignore[call-overload]
    ]
    payload = {
        **told.payload,
        "lines": lines,
        "relief_id": str(row.id),
        "decision": row.state,
        "relief": row.kind,
        "document": row.document,
        "pay_code": notice.pay_code,
        "amount": str(Money(notice.amount_fen)),
        "amount_due": str(Money(notice.amount_fen - notice.relieved_fen)),
        "due_on": notice.due_on.isoformat(),
        "valid_until": notice.valid_until.isoformat(),
        "status": notice.status,
    }
    return replace(told, payload=payload)
