"""A bank's day file as it stands after its import, without the file."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feeledger.money import Money
from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import PaymentRow
from feeledger.reconciliation.requests import RequestKey, statement_of
from feeledger.reconciliation.statements import DayLine
from feeledger.reconciliation.tables import ReconBatchRow, ReconLineRow
from feeledger.store import new_id
from feeledger.trail import record_act


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
    for bank in sorted({one.bank for one in paid}):
        list_on_a_day_file(session, [one for one in paid if one.bank == bank], now=now)


def list_on_a_day_file(session: Session, paid: list[PaymentRow], *, now: datetime) -> None:
    """Keep a day's statement that lists these payments of one region and bank, all matched."""
    batch, region, bank = new_id(now), paid[0].region, paid[0].bank
    day = max(one.bank_day for one in paid)
    lines = tuple(
        DayLine(number, one.trade_no, one.pay_code, Money(one.amount_fen), one.paid_at, "", "")
        for number, one in enumerate(paid, 1)
    )
    told = statement_of(RequestKey(bank, "0000", day, f"B{batch}"), "", lines)
    counts = {"file_count": len(paid), "booked_count": len(paid), "matched_count": len(paid)}
    session.add(
        ReconBatchRow(
            region=region, id=batch, bank=bank, account_no="0000", day=day, accconfirm_no=f"B{batch}",
            state="matched", file_fen=told.file.total.fen, booked_fen=told.file.total.fen, difference_count=0,
            file_name="day.json", sha256=told.sha256, raw=told.raw, imported_at=now,
            imported_by="clerk:test", **counts,
        )
    )  # fmt: skip
    session.flush()
    for line, one in zip(lines, paid, strict=True):
        session.add(
            ReconLineRow(
                region=region, batch=batch, line_no=line.number, trade_no=one.trade_no,
                pay_code=one.pay_code, amount_fen=one.amount_fen, paid_at=one.paid_at, channel="",
                remark="", outcome="matched", payment=one.id,
                reason="agrees" if one.bank_day == day else "cutoff_shift",
            )
        )  # fmt: skip
    session.flush()
    about = {"bank": bank, "day": day.isoformat(), "accconfirm_no": f"B{batch}"}
    record_act(
        session, region=region, actor="clerk:test", act="import-day-file", subject=f"recon-batch:{batch}",
        reason="", now=now, details={**about, "matched": len(paid), "differences": 0},
    )  # fmt: skip
