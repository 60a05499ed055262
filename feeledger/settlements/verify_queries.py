"""The audit of settlements: entries, orders, payments, and that parts add up to what was left."""

from collections.abc import Iterator

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.ledger.queries import postings_of_entry
from feeledger.ledger.verify_queries import LedgerFault, entry_sums
from feeledger.notices.tables import NoticeRow
from feeledger.payments.queries import NOTICE_OF_PAYMENT
from feeledger.payments.tables import PaymentRow
from feeledger.refunds.tables import RefundRow
from feeledger.settlements.queries import levels_of_settlement
from feeledger.settlements.tables import SettlementPaymentRow, SettlementRow, SettlementShareRow


def verify_settlements(session: Session, region: str) -> tuple[LedgerFault, ...]:
    """Hold settlements, their payments and their entries against each other; empty is clean."""
    checks = (
        _sums_that_differ(session, region),
        _parts_that_fall_short(session, region),
        _entries_that_differ(session, region),
        _states_that_differ(session, region),
    )
    return tuple(fault for check in checks for fault in check)


def _sums_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Add each payment's parts up to what is settled of it, and payments up to the order."""
    parts = (
        select(SettlementPaymentRow.settlement)
        .outerjoin(
            SettlementShareRow,
            and_(
                SettlementShareRow.region == SettlementPaymentRow.region,
                SettlementShareRow.settlement == SettlementPaymentRow.settlement,
                SettlementShareRow.payment == SettlementPaymentRow.payment,
            ),
        )
        .where(SettlementPaymentRow.region == region)
        .group_by(
            SettlementPaymentRow.region,
            SettlementPaymentRow.settlement,
            SettlementPaymentRow.payment,
            SettlementPaymentRow.fen,
        )
        .having(func.coalesce(func.sum(SettlementShareRow.fen), -1) != SettlementPaymentRow.fen)
    )
    orders = (
        select(SettlementRow.id)
        .outerjoin(
            SettlementPaymentRow,
            and_(
                SettlementPaymentRow.region == SettlementRow.region,
                SettlementPaymentRow.settlement == SettlementRow.id,
            ),
        )
        .where(SettlementRow.region == region)
        .group_by(SettlementRow.region, SettlementRow.id, SettlementRow.fen, SettlementRow.payments)
        .having(
            or_(
                func.coalesce(func.sum(SettlementPaymentRow.fen), -1) != SettlementRow.fen,
                func.count(SettlementPaymentRow.payment) != SettlementRow.payments,
            )
        )
    )
    for query in (parts, orders):
        for settlement in session.scalars(query):
            yield LedgerFault(
                "settlement-does-not-add-up",
                f"settlement:{settlement}",
                Text("各级、各笔之和与划解额不符", "its parts do not add up to it"),
            )


def _parts_that_fall_short(session: Session, region: str) -> Iterator[LedgerFault]:
    """Hold what is settled of each payment against what was paid less what the account gave back."""
    back = (
        select(func.coalesce(func.sum(RefundRow.amount_fen), 0))
        .where(
            RefundRow.region == PaymentRow.region,
            RefundRow.payment == PaymentRow.id,
            RefundRow.state == "paid",
            RefundRow.route == "account",
        )
        .correlate(PaymentRow)
        .scalar_subquery()
    )
    query = (
        select(PaymentRow.id, SettlementPaymentRow.fen, PaymentRow.amount_fen - back)
        .join(
            SettlementPaymentRow,
            and_(
                SettlementPaymentRow.region == PaymentRow.region,
                SettlementPaymentRow.payment == PaymentRow.id,
            ),
        )
        .join(
            SettlementRow,
            and_(
                SettlementRow.region == SettlementPaymentRow.region,
                SettlementRow.id == SettlementPaymentRow.settlement,
            ),
        )
        .where(
            PaymentRow.region == region,
            SettlementPaymentRow.region == region,
            SettlementRow.region == region,
            SettlementRow.state == "settled",
            SettlementPaymentRow.fen != PaymentRow.amount_fen - back,
        )
    )
    for payment, settled, wanted in session.execute(query):
        yield LedgerFault(
            "payment-settled-short",
            f"payment:{payment}",
            Text(
                f"划解 {settled} 分，应划 {wanted} 分",
                f"{settled} fen of it were settled, {wanted} were there to settle",
            ),
        )


def _entries_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Match settlements and entries one to one, and each level's treasury with its parts."""
    query = select(SettlementRow.entry, SettlementRow.id).where(
        SettlementRow.region == region, SettlementRow.state == "settled"
    )
    wanted = dict(session.execute(query).all())
    for entry in entry_sums(session, region, "settlement"):
        settlement = wanted.pop(entry.id, None)
        moved: dict[str, int] = {}
        for posting in postings_of_entry(session, region, entry.id):
            for account, sign in ((posting.debit, 1), (posting.credit, -1)):
                if account.kind == "treasury":
                    level = account.parts[0]
                    moved[level] = moved.get(level, 0) + sign * posting.amount.fen
        found = {} if settlement is None else levels_of_settlement(session, region, settlement)
        if entry.subject != f"settlement:{settlement}" or {
            level: fen for level, fen in moved.items() if fen
        } != {level: fen for level, fen in found.items() if fen}:
            yield LedgerFault(
                "entry-without-settlement",
                f"entry:{entry.id}",
                Text(
                    "没有相应的划解单，或各级金额不符",
                    "no settlement of these levels stands behind it",
                ),
            )
    for settlement in wanted.values():
        yield LedgerFault(
            "settlement-without-entry",
            f"settlement:{settlement}",
            Text("没有划解分录", "it has no entry"),
        )


def _states_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Hold settled payments against settlements that stand, one for each, and their notices."""
    settled = (
        select(SettlementPaymentRow.payment)
        .join(
            SettlementRow,
            and_(
                SettlementRow.region == SettlementPaymentRow.region,
                SettlementRow.id == SettlementPaymentRow.settlement,
            ),
        )
        .where(
            SettlementPaymentRow.region == region,
            SettlementRow.region == region,
            SettlementRow.state == "settled",
        )
    )
    query = (
        select(PaymentRow.id)
        .join(NoticeRow, NOTICE_OF_PAYMENT)
        .where(
            PaymentRow.region == region,
            NoticeRow.region == region,
            or_(
                and_(PaymentRow.state == "settled", PaymentRow.id.not_in(settled)),
                and_(PaymentRow.state != "settled", PaymentRow.id.in_(settled)),
                and_(
                    PaymentRow.state == "settled",
                    NoticeRow.status.not_in(("settled", "refunded")),
                ),
            ),
        )
    )
    for payment in session.scalars(query):
        yield LedgerFault(
            "payment-settled-wrongly",
            f"payment:{payment}",
            Text("划解状态与划解单不符", "its state is not that of its settlement"),
        )
