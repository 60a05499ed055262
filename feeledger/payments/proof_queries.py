"""What a payment adds to the leaf of its ledger entry, so that a payer can prove *its* payment.

Bound are the pay code, the amount with its late fee, the bank's serial, account and time, as the
bank's key holds them for ever, who paid through which channel, and a digest of the notice as it was issued. What moves later (the
payment's state, the notice's status) is not bound.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from feeledger.ledger.proof_forms import Bound, hash_of_form, instant_text, record_hash
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.payments.reversal_tables import ReversalRow
from feeledger.payments.tables import PaymentKeyRow, PaymentRow
from feeledger.store import rows_bound, table_of

NOTICE_FORM: Final = "feeledger-notice-1"
# What a record holds of a row. A list never changes: what is sealed was hashed with it.
REVERSAL: Final = [
    "region",
    "id",
    "payment",
    "entry",
    "bank",
    "kind",
    "trade_no",
    "amount_fen",
    "reason",
    "was_early",
    "notice_status",
    "received_at",
]
KEY: Final = [
    "region",
    "bank",
    "kind",
    "trade_no",
    "pay_code",
    "amount_fen",
    "account_no",
    "paid_at",
    "answer",
    "accepted_at",
]
_PAYMENT: Final = table_of(PaymentRow)
_KEY: Final = table_of(PaymentKeyRow)
_NOTICE: Final = table_of(NoticeRow)
_LINE: Final = table_of(NoticeLineRow)
_PAID: Final = (
    select(
        _PAYMENT.c.entry, _PAYMENT.c.id, _PAYMENT.c.late_fen, _PAYMENT.c.notice, _KEY.c.pay_code,
        _KEY.c.amount_fen, _KEY.c.bank, _KEY.c.trade_no, _KEY.c.account_no, _KEY.c.paid_at,
        _PAYMENT.c.channel, _PAYMENT.c.payer_name, _PAYMENT.c.payer_account,
    )
    .join(
        _KEY,
        and_(
            _KEY.c.region == _PAYMENT.c.region,
            _KEY.c.bank == _PAYMENT.c.bank,
            _KEY.c.kind == _PAYMENT.c.kind,
            _KEY.c.trade_no == _PAYMENT.c.trade_no,
        ),
    )
)  # fmt: skip


def payment_particulars(
    session: Session, region: str, entries: Sequence[int]
) -> Mapping[int, Bound]:
    """Give what the leaf of each entry that books a payment binds of that payment."""
    where = (_PAYMENT.c.region == region, _PAYMENT.c.entry.in_(entries))
    paid = session.execute(_PAID.where(*where)).all()
    digests = notice_digests(session, region, [row.notice for row in paid])
    return {
        row.entry: Bound(
            {
                "payment": str(row.id),
                "pay_code": row.pay_code,
                "amount_fen": str(row.amount_fen),
                "late_fen": str(row.late_fen),
                "bank": row.bank,
                "trade_no": row.trade_no,
                "account_no": row.account_no,
                "paid_at": instant_text(row.paid_at),
                "notice_sha256": digests.get(row.notice, ""),
                "channel": row.channel or "",
                "payer_name": row.payer_name or "",
                "payer_account": row.payer_account or "",
            }
        )
        for row in paid
    }


def relieved_payments(
    session: Session, region: str, entries: Sequence[int]
) -> dict[int, tuple[int, int]]:
    """Give the notice of each entry that pays a relieved one, and how many reliefs it had then."""
    query = select(_PAYMENT.c.entry, _PAYMENT.c.notice, _PAYMENT.c.reliefs).where(
        _PAYMENT.c.region == region, _PAYMENT.c.entry.in_(entries), _PAYMENT.c.reliefs > 0
    )
    return {row.entry: (row.notice, row.reliefs) for row in session.execute(query)}


def reversal_records(session: Session, region: str, entries: Sequence[int]) -> dict[int, str]:
    """Give the record of each entry that takes a payment back: the reversal and its bank's key."""
    reversals = rows_bound(
        session,
        ReversalRow,
        REVERSAL,
        ReversalRow.region == region,
        ReversalRow.entry.in_(entries),
    )
    serials = [row["trade_no"] for row in reversals]
    keys = rows_bound(
        session,
        PaymentKeyRow,
        KEY,
        PaymentKeyRow.region == region,
        PaymentKeyRow.kind == "reversal",
        PaymentKeyRow.trade_no.in_(serials),
    )
    of_serial = {(key["bank"], key["trade_no"]): key for key in keys}
    return {
        row["entry"]: record_hash(
            "reversal",
            {
                "payment_reversal": [row],
                "payment_key": [of_serial[row["bank"], row["trade_no"]]],
            },
        )
        for row in reversals
    }


def notice_digests(session: Session, region: str, notices: Sequence[int]) -> dict[int, str]:
    """Give the digest of each notice as it was issued: its frozen fields and its lines."""
    lines: dict[int, list[list[str]]] = defaultdict(list)
    query = (
        select(
            _LINE.c.notice, _LINE.c.unit_code, _LINE.c.item_id, _LINE.c.item_name,
            _LINE.c.obligation_on, _LINE.c.amount_fen,
        )
        .where(_LINE.c.region == region, _LINE.c.notice.in_(notices))
        .order_by(_LINE.c.notice, _LINE.c.line_no)
    )  # fmt: skip
    for notice, unit, item, name, day, fen in session.execute(query):
        lines[notice].append([unit, item, name, day.isoformat(), str(fen)])
    rows = select(_NOTICE).where(_NOTICE.c.region == region, _NOTICE.c.id.in_(notices))
    return {row.id: hash_of_form(notice_form(row, lines[row.id])) for row in session.execute(rows)}


def notice_form(notice: Any, lines: list[list[str]]) -> dict[str, Any]:
    """Give the form of a notice; a line is unit, item, the item's name, day of the duty, fen."""
    return {
        "form": NOTICE_FORM,
        "region": notice.region,
        "pay_code": notice.pay_code,
        "uscc": notice.uscc,
        "payer_name": notice.payer_name,
        "unit_code": notice.unit_code,
        "unit_name": notice.unit_name,
        "issued_on": notice.issued_on.isoformat(),
        "amount_fen": str(notice.amount_fen),
        "lines": lines,
    }
