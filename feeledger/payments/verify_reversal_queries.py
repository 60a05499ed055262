"""The audit of reversals: each reversed payment has one key, one reversal and one reverse entry."""

from collections.abc import Iterator

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.ledger.queries import reversing_entries
from feeledger.ledger.verify_queries import LedgerFault
from feeledger.money import Money
from feeledger.payments.reversal_tables import ReversalRow
from feeledger.payments.tables import PaymentKeyRow, PaymentRow

KEY_OF_REVERSAL = and_(
    PaymentKeyRow.region == ReversalRow.region,
    PaymentKeyRow.bank == ReversalRow.bank,
    PaymentKeyRow.kind == ReversalRow.kind,
    PaymentKeyRow.trade_no == ReversalRow.trade_no,
)
REVERSAL_OF_PAYMENT = and_(
    ReversalRow.region == PaymentRow.region, ReversalRow.payment == PaymentRow.id
)


def verify_reversals(session: Session, region: str) -> Iterator[LedgerFault]:
    """Hold reversals, keys, payments and entries against each other."""
    yield from _payments_that_differ(session, region)
    yield from _entries_that_differ(session, region)
    yield from _keys_that_differ(session, region)


def _payments_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Find payments reversed without a reversal, or the other way round, or of other content."""
    query = (
        select(PaymentRow.id)
        .outerjoin(ReversalRow, REVERSAL_OF_PAYMENT)
        .where(
            PaymentRow.region == region,
            or_(
                and_(PaymentRow.state == "reversed", ReversalRow.id.is_(None)),
                and_(PaymentRow.state != "reversed", ReversalRow.id.is_not(None)),
                ReversalRow.bank != PaymentRow.bank,
                ReversalRow.trade_no != PaymentRow.trade_no,
                ReversalRow.amount_fen != PaymentRow.amount_fen,
            ),
        )
    )
    for payment in session.scalars(query):
        yield LedgerFault(
            "payment-off-reversal",
            f"payment:{payment}",
            Text("与冲正记录不符", "it does not fit the record of its reversal"),
        )


def _entries_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Match the reverse of each payment's entry with the reversal that posted it, one to one."""
    reversing = reversing_entries(session, region)
    query = (
        select(PaymentRow.id, PaymentRow.entry, ReversalRow.entry)
        .outerjoin(ReversalRow, REVERSAL_OF_PAYMENT)
        .where(PaymentRow.region == region)
    )
    for payment, entry, reverse in session.execute(query):
        if reversing.get(entry) != reverse:
            yield LedgerFault(
                "reversal-off-entry",
                f"payment:{payment}",
                Text(
                    f"分录 {entry} 的冲正分录应为 {reverse}，实为 {reversing.get(entry)}",
                    f"entry {entry} is taken back by {reversing.get(entry)}, not by {reverse}",
                ),
            )


def _keys_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Hold each reversal against its key, and each key of the kind against a reversal."""
    query = (
        select(ReversalRow, PaymentKeyRow, PaymentRow.pay_code)
        .join(PaymentRow, REVERSAL_OF_PAYMENT)
        .outerjoin(PaymentKeyRow, KEY_OF_REVERSAL)
        .where(ReversalRow.region == region, PaymentRow.region == region)
    )
    for reversal, key, pay_code in session.execute(query):
        told = {
            "reversal_id": str(reversal.id),
            "payment_id": str(reversal.payment),
            "pay_code": pay_code,
            "trade_no": reversal.trade_no,
            "amount": str(Money(reversal.amount_fen)),
        }
        answer = {} if key is None else {name: key.answer.get(name) for name in told}
        if answer != told or (key.pay_code, key.amount_fen) != (pay_code, reversal.amount_fen):
            yield LedgerFault(
                "reversal-off-key",
                f"payment:{reversal.payment}",
                Text(
                    f"冲正与流水 {reversal.trade_no} 的键不符",
                    f"its reversal is not what the key of {reversal.trade_no} binds",
                ),
            )
    orphans = (
        select(PaymentKeyRow.bank, PaymentKeyRow.trade_no)
        .outerjoin(ReversalRow, KEY_OF_REVERSAL)
        .where(
            PaymentKeyRow.region == region,
            PaymentKeyRow.kind == "reversal",
            ReversalRow.id.is_(None),
        )
    )
    for bank, trade_no in session.execute(orphans):
        yield LedgerFault(
            "key-without-reversal",
            f"trade:{bank}/{trade_no}",
            Text("已接受的冲正没有记录", "an accepted reversal is not there"),
        )
