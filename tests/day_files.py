"""A bank's day file as it stands after its import, without the file."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import PaymentRow
from feeledger.reconciliation.tables import ReconBatchRow, ReconLineRow
from feeledger.store import new_id


def reconcile_by_day_file(session: Session, region: str, *, now: datetime) -> None:
    """Mark every standing payment and its notice as a day file without differences would."""
    paid = list(
        session.scalars(
            select(PaymentRow).where(PaymentRow.region == region, PaymentRow.state == "confirmed")
        )
    )
    session.execute(
        update(NoticeRow)
        .where(
            NoticeRow.region == region,
            NoticeRow.status == "paid",
            NoticeRow.id.in_([one.notice for one in paid]),
        )
        .values(status="reconciled")
    )
    for one in paid:
        one.state = "reconciled"
    session.flush()
    if paid:
        list_on_a_day_file(session, paid, now=now)


def list_on_a_day_file(session: Session, paid: list[PaymentRow], *, now: datetime) -> None:
    """Keep a day's file that lists these payments of one region and bank, all matched."""
    batch, fen, count = new_id(now), sum(one.amount_fen for one in paid), len(paid)
    session.add(
        ReconBatchRow(
            region=paid[0].region,
            id=batch,
            bank=paid[0].bank,
            account_no="0000",
            day=paid[0].bank_day,
            accconfirm_no=f"B{batch}",
            state="matched",
            file_count=count,
            file_fen=fen,
            booked_count=count,
            booked_fen=fen,
            matched_count=count,
            difference_count=0,
            file_name="day.csv",
            sha256="0" * 64,
            raw=b"",
            imported_at=now,
            imported_by="clerk:test",
        )
    )
    session.flush()
    for number, one in enumerate(paid, 1):
        session.add(
            ReconLineRow(
                region=one.region,
                batch=batch,
                line_no=number,
                trade_no=one.trade_no,
                pay_code=one.pay_code,
                amount_fen=one.amount_fen,
                paid_at=one.paid_at,
                channel="",
                remark="",
                outcome="matched",
                reason="agrees",
                payment=one.id,
            )
        )
    session.flush()
