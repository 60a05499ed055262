"""What an arrival is judged by: its account, the notice it names, what was refused under its serial."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.errors import Missing, Text
from feeledger.notices.relief_queries import payables_on
from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import RejectedConfirmationRow, UnmatchedReceiptRow
from feeledger.regions.queries import covers, is_agent_bank
from feeledger.regions.tables import DesignatedAccountRow
from feeledger.unmatched.receipt import NoticeSeen
from feeledger.unmatched.tables import FundsArrivalRow


class ReceiptMissing(Missing):
    """There is no such unmatched receipt in the region."""

    code = "receipt-missing"
    title = Text("没有这笔待查收入", "There is no such unmatched receipt")


def account_named(
    session: Session, region: str, account_no: str, on: date
) -> DesignatedAccountRow | None:
    """Find the account of that number that was designated in the region on a day."""
    query = (
        select(DesignatedAccountRow)
        .where(
            DesignatedAccountRow.region == region,
            DesignatedAccountRow.account_no == account_no,
            covers(DesignatedAccountRow, on),
        )
        .order_by(DesignatedAccountRow.valid_from.desc())
        .limit(1)
    )
    return session.scalar(query)


def may_tell_of(session: Session, account: DesignatedAccountRow, bank: str, on: date) -> bool:
    """Say whether a bank may tell of money in an account: it keeps it, or collects for the region."""
    return account.bank == bank or is_agent_bank(session, account.region, bank, on)


def notice_named(session: Session, region: str, pay_code: str | None) -> NoticeRow | None:
    """Find the region's notice of a pay code, as the payer wrote it."""
    if not pay_code:
        return None
    query = select(NoticeRow).where(NoticeRow.region == region, NoticeRow.pay_code == pay_code)
    return session.scalar(query.execution_options(populate_existing=True))


def notice_seen(session: Session, notice: NoticeRow, on: date) -> NoticeSeen:
    """Give a notice as money of a day meets it, late fees by that day (R-M5)."""
    payable = payables_on(session, notice.region, [notice], on)[notice.id]
    return NoticeSeen(notice.status, payable, notice.issued_on, notice.valid_until)


def refused_code(session: Session, region: str, bank: str, trade_no: str) -> str | None:
    """Give the pay code under which a confirmation of the serial was last refused (R-B4)."""
    query = (
        select(RejectedConfirmationRow.pay_code)
        .where(
            RejectedConfirmationRow.region == region,
            RejectedConfirmationRow.bank == bank,
            RejectedConfirmationRow.trade_no == trade_no,
        )
        .order_by(RejectedConfirmationRow.last_at.desc(), RejectedConfirmationRow.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def arrival_of_trade(
    session: Session, region: str, bank: str, trade_no: str
) -> FundsArrivalRow | None:
    """Find the arrival of a serial's money."""
    return session.get(FundsArrivalRow, (region, bank, trade_no))


def receipt_of_id(
    session: Session, region: str, receipt_id: int, *, for_update: bool = False
) -> UnmatchedReceiptRow:
    """Find a receipt by its id, perhaps to move it. Raises ReceiptMissing."""
    row = session.get(
        UnmatchedReceiptRow,
        (region, receipt_id),
        with_for_update=for_update,
        populate_existing=for_update,
    )
    if row is None:
        raise ReceiptMissing(
            Text(
                f"没有编号为 {receipt_id} 的待查收入。",
                f"There is no unmatched receipt {receipt_id}.",
            )
        )
    return row
