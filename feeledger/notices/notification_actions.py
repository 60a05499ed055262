"""Writing into the outbox what became of a notice."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from feeledger.notices.notification_queries import bill_of_notice, happening_of_notice
from feeledger.notices.tables import NoticeRow
from feeledger.outbox.actions import Happening, enqueue_notification
from feeledger.outbox.kinds import NOTICE_ISSUED, NOTICE_VOIDED
from feeledger.periods import beijing_date
from feeledger.regions.queries import agent_banks_of


def tell_issued(session: Session, row: NoticeRow, *, now: datetime) -> None:
    """Tell who subscribed that a notice was issued; one that was waived is nobody's to pay."""
    if row.pay_code is not None:
        _tell(session, row, NOTICE_ISSUED, now)


def tell_voided(session: Session, row: NoticeRow, *, now: datetime) -> None:
    """Tell who subscribed that a notice is void; why stays with the bureau."""
    _tell(session, row, NOTICE_VOIDED, now)


def _tell(session: Session, row: NoticeRow, kind: str, now: datetime) -> None:
    """Tell the units, the payer, and the platforms of the banks that collect in the region."""

    def tell() -> Happening:
        told = happening_of_notice(session, row.region, row.id)
        banks = agent_banks_of(session, row.region, beijing_date(now))
        return replace(
            told,
            payload={**told.payload, **bill_of_notice(session, row)},
            banks=frozenset(bank.code for bank in banks),
        )

    enqueue_notification(
        session, row.region, kind=kind, subject=f"notice:{row.id}", tell=tell, now=now
    )
