"""Opening a payer's page with the pay code of one of its notices; tries are limited and counted."""

from datetime import datetime

from sqlalchemy.orm import Session

from feeledger.enterprises.lookup_actions import (
    Tried,
    count_try,
    forget_tries,
    subject_of,
    tries_are_used_up,
)
from feeledger.enterprises.tables import EnterpriseRow
from feeledger.notices.queries import notice_by_pay_code


def payer_by_pay_code(
    session: Session, uscc: str, pay_code: str, *, caller: str, now: datetime
) -> EnterpriseRow | None:
    """Find the enterprise that a notice's pay code opens; None for all else, counted as a try.

    The caller keeps the transaction (the count!) and then answers NoSuchPayer to a None.
    """
    subject = subject_of(uscc)
    if subject is None:
        return None
    tried = Tried(subject, caller)
    if tries_are_used_up(session, tried, now=now):
        return None
    notice = notice_by_pay_code(session, pay_code)
    if notice is None or notice.uscc != subject:
        count_try(session, tried, now=now)
        return None
    forget_tries(session, tried)
    return session.get(EnterpriseRow, subject)
