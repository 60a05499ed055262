"""Proof of rectification in the books (R-S7): what was paid in since for the unit's item.

Nobody states the proof: it is added up from notices and payments, code by code.
"""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feeledger.money import Money
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.payments.tables import PaymentRow
from feeledger.supervision.tables import SupervisionCaseRow


def proof_of_payments(
    session: Session, case: SupervisionCaseRow, pay_codes: Sequence[str]
) -> Money:
    """Add up what payments of some pay codes brought for the case's unit and item since it opened.

    A code of another unit or item, an unpaid one and one paid before count for nothing.
    """
    query = (
        select(func.coalesce(func.sum(NoticeLineRow.amount_fen), 0))
        .select_from(NoticeLineRow)
        .join(
            NoticeRow,
            (NoticeRow.region == NoticeLineRow.region) & (NoticeRow.id == NoticeLineRow.notice),
        )
        .join(
            PaymentRow,
            (PaymentRow.region == NoticeRow.region) & (PaymentRow.notice == NoticeRow.id),
        )
        .where(
            NoticeLineRow.region == case.region,
            NoticeRow.region == case.region,
            PaymentRow.region == case.region,
            NoticeRow.pay_code.in_(list(dict.fromkeys(pay_codes))),
            NoticeLineRow.unit_code == case.unit_code,
            PaymentRow.state != "reversed",
            PaymentRow.received_at >= case.opened_at,
        )
    )
    if case.item_id:
        query = query.where(NoticeLineRow.item_id == case.item_id)
    return Money(int(session.scalar(query) or 0))
