"""What the region's records say of a reported charge: accounts, the unit, paid notices, tickets."""

from datetime import timedelta
from typing import Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from feeledger.notices.relief_queries import line_due_fen, notice_due_fen
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.payments.tables import PaymentRow
from feeledger.regions.queries import designated_accounts_on, items_of_unit, units_of
from feeledger.regions.tables import CollectingUnitRow
from feeledger.supervision.charge import ReportedCharge
from feeledger.supervision.judging import Records

# A notice paid this near to the day of the charge is taken to be for it (booking next day, shifts).
DAYS_NEAR: Final = timedelta(days=3)


def unit_named(session: Session, region: str, charge: ReportedCharge) -> CollectingUnitRow | None:
    """Find the unit of a report on the day of the charge: by its code, else by its exact name."""
    name = "".join(charge.department.split())
    for unit in units_of(session, region, charge.charged_on):
        if unit.unit_code == charge.unit_code or (not charge.unit_code and unit.name == name):
            return unit
    return None


def records_of(
    session: Session,
    region: str,
    charge: ReportedCharge,
    item_id: str,
    unit: CollectingUnitRow | None,
) -> Records:
    """Gather what our records say of a charge; ``item_id`` is "" where no item is known."""
    accounts = designated_accounts_on(session, region, charge.charged_on)
    numbers = [number for row in accounts for number in (row.account_no, row.printed_account)]
    items = None
    if unit is not None:
        items = items_of_unit(session, region, unit.unit_code, charge.arose_on) or None
    return Records(
        designated=tuple(dict.fromkeys(numbers)),
        unit_items=items,
        unit_batches=unit is not None and unit.may_batch,
        paid_notice=_paid_notice(session, region, charge, item_id),
        ticket_ours=_ticket_ours(session, region, charge),
    )


def _paid_notice(session: Session, region: str, charge: ReportedCharge, item_id: str) -> str:
    """Find a notice of the payer, paid near the day, of this amount in all or for this item."""
    if not charge.payer:
        return ""
    whole = notice_due_fen() == charge.amount.fen
    of_item = and_(
        NoticeLineRow.item_id == item_id, line_due_fen(PaymentRow.reliefs) == charge.amount.fen
    )
    query = (
        select(NoticeRow.pay_code)
        .join(
            PaymentRow,
            and_(PaymentRow.region == NoticeRow.region, PaymentRow.notice == NoticeRow.id),
        )
        .join(
            NoticeLineRow,
            and_(NoticeLineRow.region == NoticeRow.region, NoticeLineRow.notice == NoticeRow.id),
        )
        .where(
            NoticeRow.region == region,
            NoticeRow.uscc == charge.payer,
            PaymentRow.state != "reversed",
            PaymentRow.bank_day >= charge.charged_on - DAYS_NEAR,
            PaymentRow.bank_day <= charge.charged_on + DAYS_NEAR,
            or_(of_item, and_(whole, NoticeLineRow.item_id == item_id)),
        )
        .limit(1)
    )
    return session.scalar(query) or ""


def _ticket_ours(session: Session, region: str, charge: ReportedCharge) -> bool:
    """Say whether the ticket named is the pay code of a paid notice of this payer and amount."""
    number = "".join(charge.ticket_no.split())
    if not number or not charge.payer:
        return False
    query = select(NoticeRow.id).where(
        NoticeRow.region == region,
        NoticeRow.pay_code == number,
        NoticeRow.uscc == charge.payer,
        NoticeRow.status.in_(("paid", "reconciled", "settled")),
        notice_due_fen() == charge.amount.fen,
    )
    return session.scalar(query) is not None
