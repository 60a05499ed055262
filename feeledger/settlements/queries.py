"""What may be settled, what a settlement holds, and the list of settlements."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from feeledger.errors import Missing, Text
from feeledger.money import Money
from feeledger.notices.relief_queries import line_due_fen
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.payments.queries import LINE_OF_PAYMENT, NOTICE_OF_PAYMENT
from feeledger.payments.tables import PaymentRefundRow, PaymentRow
from feeledger.refunds.queries import LINE_OF_REFUND
from feeledger.refunds.tables import RefundLineRow, RefundRow
from feeledger.settlements.tables import SettlementPaymentRow, SettlementRow, SettlementShareRow
from feeledger.sharing.queries import divisions_of
from feeledger.sharing.tables import PaymentShareRow

ROWS_AT_ONCE = 500
Line = tuple[int, int]  # payment, line number
Part = tuple[int, int, str]  # payment, line number, level


class SettlementMissing(Missing):
    """There is no such settlement."""

    code = "settlement-missing"
    title = Text("没有这张划解单", "There is no such settlement")


@dataclass(frozen=True, slots=True)
class ToSettle:
    """What waits to be settled: how many payments, and what was paid by them."""

    payments: int
    total: Money


def settlement_of(
    session: Session, region: str, settlement: int, *, for_update: bool = False
) -> SettlementRow:
    """Find a settlement by its number. Raises SettlementMissing."""
    row = session.get(
        SettlementRow,
        (region, settlement),
        with_for_update=for_update,
        populate_existing=for_update,
    )
    if row is None:
        raise SettlementMissing(
            Text(f"没有编号为 {settlement} 的划解单。", f"There is no settlement {settlement}.")
        )
    return row


def settlements_of(
    session: Session, region: str, *, limit: int, offset: int
) -> tuple[SettlementRow, ...]:
    """Give the settlements of a region, the latest first."""
    query = (
        select(SettlementRow)
        .where(SettlementRow.region == region)
        .order_by(SettlementRow.prepared_at.desc(), SettlementRow.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return tuple(session.scalars(query))


def count_settlements(session: Session, region: str) -> int:
    """Count the settlements of a region."""
    query = select(func.count()).select_from(SettlementRow).where(SettlementRow.region == region)
    return session.scalar(query) or 0


def payments_to_settle(
    session: Session, region: str, *, until: date, limit: int
) -> tuple[PaymentRow, ...]:
    """Give payments that may be settled, the earliest bank's day first."""
    query = (
        select(PaymentRow)
        .join(NoticeRow, NOTICE_OF_PAYMENT)
        .where(*ready(region), PaymentRow.bank_day <= until)
        .order_by(PaymentRow.bank_day, PaymentRow.id)
        .limit(limit)
    )
    return tuple(session.scalars(query))


def waiting_to_settle(session: Session, region: str, *, until: date) -> ToSettle:
    """Count what may be settled up to a bank's day."""
    query = (
        select(func.count(), func.coalesce(func.sum(PaymentRow.amount_fen), 0))
        .select_from(PaymentRow)
        .join(NoticeRow, NOTICE_OF_PAYMENT)
        .where(*ready(region), PaymentRow.bank_day <= until)
    )
    count, fen = session.execute(query).one()
    return ToSettle(count, Money(int(fen)))


def ready(region: str) -> list[ColumnElement[bool]]:
    """Give the conditions of a payment that may be settled.

    Reconciled, every line's shares kept, nothing approved that is not paid back yet, in no other
    settlement that stands.
    """
    # Two storeys deep a query correlates with the one just above it only, unless it is told: left
    # to itself, any payment's share of a line of this number would count.
    share = (
        select(PaymentShareRow.level)
        .where(
            PaymentShareRow.region == NoticeLineRow.region,
            PaymentShareRow.payment == PaymentRow.id,
            PaymentShareRow.line_no == NoticeLineRow.line_no,
        )
        .correlate(PaymentRow, NoticeLineRow)
    )
    undetermined = (
        select(NoticeLineRow.line_no)
        .where(LINE_OF_PAYMENT, line_due_fen(PaymentRow.reliefs) > 0, ~exists(share))
        .correlate(PaymentRow)
    )
    owed = select(PaymentRefundRow.payment).where(
        PaymentRefundRow.region == PaymentRow.region,
        PaymentRefundRow.payment == PaymentRow.id,
        PaymentRefundRow.reserved_fen > PaymentRefundRow.refunded_fen,
    )
    taken = select(SettlementPaymentRow.payment).where(
        SettlementPaymentRow.region == PaymentRow.region,
        SettlementPaymentRow.payment == PaymentRow.id,
        ~SettlementPaymentRow.cancelled,
    )
    return [
        PaymentRow.region == region,
        NoticeRow.region == region,
        PaymentRow.state == "reconciled",
        NoticeRow.status == "reconciled",
        ~exists(undetermined),
        ~exists(owed),
        ~exists(taken),
    ]


def parts_now(session: Session, region: str, payments: Sequence[int]) -> dict[Part, int]:
    """Work out each level's part of each line as things stand: its share less refunds paid (R-F4)."""
    parts: dict[Part, int] = {}
    for chunk in chunks_of(payments):
        query = select(PaymentShareRow).where(
            PaymentShareRow.region == region, PaymentShareRow.payment.in_(chunk)
        )
        rows = tuple(session.scalars(query))
        refunded = _refunded_by_line(session, region, chunk)
        rules = {(row.payment, row.line_no): row.rule for row in rows}
        divisions = divisions_of(session, region, {rules[line] for line in refunded})
        taken = {line: divisions[rules[line]].shares_of(total) for line, total in refunded.items()}
        for row in rows:
            less = taken.get((row.payment, row.line_no), {}).get(row.level, Money(0))
            parts[row.payment, row.line_no, row.level] = row.fen - less.fen
    return parts


def parts_of_settlement(session: Session, region: str, settlement: int) -> dict[Part, int]:
    """Give each level's part of each line as the settlement holds it."""
    query = select(SettlementShareRow).where(
        SettlementShareRow.region == region, SettlementShareRow.settlement == settlement
    )
    return {(row.payment, row.line_no, row.level): row.fen for row in session.scalars(query)}


def payments_of_settlement(
    session: Session, region: str, settlement: int
) -> tuple[PaymentRow, ...]:
    """Give the payments in a settlement, by the bank's day."""
    query = (
        select(PaymentRow)
        .join(
            SettlementPaymentRow,
            (SettlementPaymentRow.region == PaymentRow.region)
            & (SettlementPaymentRow.payment == PaymentRow.id),
        )
        .where(
            PaymentRow.region == region,
            SettlementPaymentRow.region == region,
            SettlementPaymentRow.settlement == settlement,
        )
        .order_by(PaymentRow.bank_day, PaymentRow.id)
    )
    return tuple(session.scalars(query))


def levels_of_settlement(session: Session, region: str, settlement: int) -> dict[str, int]:
    """Add a settlement up by level, in fen."""
    query = (
        select(SettlementShareRow.level, func.sum(SettlementShareRow.fen))
        .where(SettlementShareRow.region == region, SettlementShareRow.settlement == settlement)
        .group_by(SettlementShareRow.level)
    )
    return {level: int(fen) for level, fen in session.execute(query)}


def by_payment(parts: Mapping[Part, int]) -> dict[int, int]:
    """Add parts up by payment, in fen."""
    found: dict[int, int] = {}
    for (payment, _, _), fen in parts.items():
        found[payment] = found.get(payment, 0) + fen
    return found


def chunks_of(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Cut ids into pieces that fit a statement."""
    for start in range(0, len(ids), ROWS_AT_ONCE):
        yield ids[start : start + ROWS_AT_ONCE]


def _refunded_by_line(session: Session, region: str, payments: Sequence[int]) -> dict[Line, Money]:
    query = (
        select(
            RefundRow.payment,
            RefundLineRow.line_no,
            func.sum(RefundLineRow.amount_fen + RefundLineRow.late_fen),
        )
        .join(RefundLineRow, LINE_OF_REFUND)
        .where(
            RefundRow.region == region,
            RefundLineRow.region == region,
            RefundRow.state == "paid",
            RefundRow.payment.in_(payments),
        )
        .group_by(RefundRow.payment, RefundLineRow.line_no)
    )
    return {(payment, line): Money(int(fen)) for payment, line, fen in session.execute(query)}
