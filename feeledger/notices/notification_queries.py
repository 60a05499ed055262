"""What is told of a notice to those who subscribed: whom it concerns, its payer and its lines."""

from sqlalchemy.orm import Session

from feeledger.money import Money
from feeledger.notices.queries import lines_of, notice_of
from feeledger.notices.tables import NoticeRow
from feeledger.outbox.actions import Happening
from feeledger.regions.tables import DesignatedAccountRow


def happening_of_notice(session: Session, region: str, notice_id: int) -> Happening:
    """Give the units and the payer that a notice concerns, and its data. Raises NoticeMissing."""
    notice, lines = notice_of(session, region, notice_id), lines_of(session, region, notice_id)
    payload = {
        "notice_id": str(notice.id),
        "uscc": notice.uscc,
        "notice_payer": notice.payer_name,
        "unit_code": notice.unit_code,
        "unit_name": notice.unit_name,
        "lines": [
            {
                "unit_code": line.unit_code,
                "item_id": line.item_id,
                "item_code": line.item_code,
                "item_name": line.item_name,
                "amount": str(Money(line.amount_fen)),
            }
            for line in lines
        ],
    }
    units = frozenset({notice.unit_code, *(line.unit_code for line in lines)})
    return Happening(units, notice.uscc, payload)


def bill_of_notice(session: Session, row: NoticeRow) -> dict[str, object]:
    """Give what its payer is asked for: pay code, days, the amount as issued, the account printed."""
    account = session.get(DesignatedAccountRow, (row.region, row.account or 0))
    return {
        "pay_code": row.pay_code,
        "crc_code": row.crc_code,
        "issued_on": row.issued_on.isoformat(),
        "due_on": row.due_on.isoformat(),
        "valid_until": row.valid_until.isoformat(),
        "amount": str(Money(row.amount_fen)),
        "account": None
        if account is None
        else {
            "bank": account.bank,
            "bank_name": account.bank_name,
            "cnaps": account.cnaps,
            "name": account.name,
            "printed_account": account.printed_account,
            "account_no": account.account_no,
        },
    }
