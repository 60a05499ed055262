"""Writing into the outbox what became of a notice."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from feeledger.notices.notification_queries import happening_of_notice
from feeledger.notices.tables import NoticeRow
from feeledger.outbox.actions import Happening, enqueue_notification
from feeledger.outbox.kinds import NOTICE_VOIDED


def tell_voided(session: Session, row: NoticeRow, *, now: datetime) -> None:
    """Tell who subscribed that a notice is void; why stays with the bureau."""

    def tell() -> Happening:
        told = happening_of_notice(session, row.region, row.id)
        return replace(told, payload={**told.payload, "pay_code": row.pay_code})

    enqueue_notification(
        session, row.region, kind=NOTICE_VOIDED, subject=f"notice:{row.id}", tell=tell, now=now
    )
