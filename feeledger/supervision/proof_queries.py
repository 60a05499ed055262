"""Proof of rectification in the books (R-S7): what was paid in since for the unit's item, or paid back.

Nobody states the proof: it is added up from notices, payments and refunds, code by code. A code counts
one way: paid since the case opened, by what stays of the payment; paid before, by what was given back
since, to the enterprise's own account.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from feeledger.money import Money
from feeledger.notices.relief_queries import line_due_fen
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.payments.queries import LINE_OF_PAYMENT, NOTICE_OF_PAYMENT
from feeledger.payments.tables import PaymentRow
from feeledger.refunds.queries import LINE_OF_REFUND
from feeledger.refunds.tables import RefundLineRow, RefundRow
from feeledger.supervision.tables import SupervisionCaseRow

TO_THE_ENTERPRISE = ("original", "evidenced")


def proof_of_rectification(
    session: Session, case: SupervisionCaseRow, pay_codes: Sequence[str]
) -> Money:
    """Add up what some pay codes prove for the case's unit and item since it opened.

    A code of another unit or item, an unpaid one, and one paid before and not refunded since count
    for nothing.
    """
    codes = list(dict.fromkeys(pay_codes))
    paid = _sum(session, _paid_since(case, codes))
    kept_back = _sum(session, _refunds(case, codes, PaymentRow.received_at >= case.opened_at))
    given_back = _sum(
        session,
        _refunds(
            case,
            codes,
            and_(
                PaymentRow.received_at < case.opened_at,
                RefundRow.paid_at >= case.opened_at,
                RefundRow.account_kind.in_(TO_THE_ENTERPRISE),
            ),
        ),
    )
    return Money(paid - kept_back + given_back)


def _sum(session: Session, query: Any) -> int:
    return int(session.scalar(query) or 0)


def _paid_since(case: SupervisionCaseRow, codes: Sequence[str]) -> Any:
    query = (
        select(func.coalesce(func.sum(line_due_fen(PaymentRow.reliefs)), 0))
        .select_from(PaymentRow)
        .join(NoticeRow, NOTICE_OF_PAYMENT)
        .join(NoticeLineRow, LINE_OF_PAYMENT)
        .where(
            NoticeLineRow.region == case.region,
            NoticeRow.region == case.region,
            PaymentRow.region == case.region,
            NoticeRow.pay_code.in_(codes),
            NoticeLineRow.unit_code == case.unit_code,
            PaymentRow.state != "reversed",
            PaymentRow.received_at >= case.opened_at,
        )
    )
    return query.where(NoticeLineRow.item_id == case.item_id) if case.item_id else query


def _refunds(case: SupervisionCaseRow, codes: Sequence[str], which: ColumnElement[bool]) -> Any:
    """Select what was paid back of some codes' charges; late fees went beside, as they came."""
    query = (
        select(func.coalesce(func.sum(RefundLineRow.amount_fen), 0))
        .select_from(RefundRow)
        .join(RefundLineRow, LINE_OF_REFUND)
        .join(
            PaymentRow,
            and_(PaymentRow.region == RefundRow.region, PaymentRow.id == RefundRow.payment),
        )
        .where(
            RefundRow.region == case.region,
            RefundLineRow.region == case.region,
            PaymentRow.region == case.region,
            RefundRow.state == "paid",
            RefundRow.pay_code.in_(codes),
            RefundRow.unit_code == case.unit_code,
            which,
        )
    )
    return query.where(RefundLineRow.item_id == case.item_id) if case.item_id else query
