"""One settlement as pages show it: by level with refunds netted, its payments page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from feeledger.money import Money
from feeledger.payments.tables import PaymentRow
from feeledger.refunds.tables import RefundRow, RefundShareRow
from feeledger.settlements.queries import levels_of_settlement
from feeledger.settlements.tables import SettlementPaymentRow, SettlementRow
from feeledger.sharing.levels import LEVELS
from feeledger.sharing.tables import PaymentShareRow


@dataclass(frozen=True, slots=True)
class LevelSum:
    """One level of a settlement, in fen: its shares, what refunds took off before, what is settled.

    ``given_back`` is what the level's treasury gave back by refunds paid after settlement (R-F4).
    """

    level: str
    share: int
    settled: int
    given_back: int

    @property
    def netted(self) -> int:
        """What refunds took off the level's shares before settlement."""
        return self.share - self.settled


@dataclass(frozen=True, slots=True)
class Settled:
    """A payment of a settlement, and what is settled of it."""

    payment: PaymentRow
    amount: Money


def level_sums(session: Session, region: str, settlement: int) -> tuple[LevelSum, ...]:
    """Add a settlement up by level, in the order of levels."""
    shares = _levels(
        session,
        select(PaymentShareRow.level, func.sum(PaymentShareRow.fen))
        .join(SettlementPaymentRow, _in_settlement(PaymentShareRow))
        .where(PaymentShareRow.region == region, *_of(region, settlement))
        .group_by(PaymentShareRow.level),
    )
    back = _levels(
        session,
        select(RefundShareRow.level, func.sum(RefundShareRow.fen))
        .join(
            RefundRow,
            and_(RefundRow.region == RefundShareRow.region, RefundRow.id == RefundShareRow.refund),
        )
        .join(SettlementPaymentRow, _in_settlement(RefundRow))
        .where(
            RefundShareRow.region == region,
            RefundRow.region == region,
            RefundRow.route == "treasury",
            RefundRow.state == "paid",
            *_of(region, settlement),
        )
        .group_by(RefundShareRow.level),
    )
    settled = levels_of_settlement(session, region, settlement)
    return tuple(
        LevelSum(level, shares.get(level, 0), settled.get(level, 0), back.get(level, 0))
        for level in LEVELS
        if level in shares or level in settled
    )


def settled_payments(
    session: Session, region: str, settlement: int, *, limit: int, offset: int
) -> tuple[Settled, ...]:
    """Give a page of a settlement's payments, by the bank's day."""
    query = (
        select(PaymentRow, SettlementPaymentRow.fen)
        .join(
            SettlementPaymentRow,
            and_(
                SettlementPaymentRow.region == PaymentRow.region,
                SettlementPaymentRow.payment == PaymentRow.id,
            ),
        )
        .where(PaymentRow.region == region, *_of(region, settlement))
        .order_by(PaymentRow.bank_day, PaymentRow.id)
        .limit(limit)
        .offset(offset)
    )
    return tuple(Settled(payment, Money(int(fen))) for payment, fen in session.execute(query))


def count_prepared(session: Session, region: str) -> int:
    """Count the settlements that wait for their approval."""
    query = (
        select(func.count())
        .select_from(SettlementRow)
        .where(SettlementRow.region == region, SettlementRow.state == "prepared")
    )
    return session.scalar(query) or 0


def settlement_of_payment(session: Session, region: str, payment: int) -> int | None:
    """Give the settlement that a payment stands in, prepared or settled; None where in none."""
    return session.scalar(
        select(SettlementPaymentRow.settlement).where(
            SettlementPaymentRow.region == region,
            SettlementPaymentRow.payment == payment,
            ~SettlementPaymentRow.cancelled,
        )
    )


def _of(region: str, settlement: int) -> tuple[Any, ...]:
    return (SettlementPaymentRow.region == region, SettlementPaymentRow.settlement == settlement)


def _in_settlement(table: Any) -> Any:
    return and_(
        SettlementPaymentRow.region == table.region, SettlementPaymentRow.payment == table.payment
    )


def _levels(session: Session, query: Any) -> Mapping[str, int]:
    return {level: int(fen) for level, fen in session.execute(query)}
