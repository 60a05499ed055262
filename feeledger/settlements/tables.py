"""Tables of settlements: the order, the payments in it, and each level's part of each line.

A payment is in one settlement that stands; the database holds it. Amounts are append-only.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.sharing.tables import LEVEL_CHECK
from feeledger.store import Base, Fen


class SettlementRow(Base):
    """划解单: which money of payments up to a bank's day goes to which level, by which document."""

    __tablename__ = "settlement"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region_setting.region"]),
        ForeignKeyConstraint(["region", "entry"], ["ledger_entry.region", "ledger_entry.id"]),
        CheckConstraint("state IN ('prepared', 'settled', 'cancelled')", "state"),
        CheckConstraint("payments > 0 AND fen > 0", "amount"),
        CheckConstraint(
            "(state = 'settled') = (entry IS NOT NULL) "
            "AND (state = 'settled') = (approved_by IS NOT NULL)",
            "settled",
        ),
        CheckConstraint("approved_by <> prepared_by", "two_persons"),
        CheckConstraint("(state = 'cancelled') = (cancelled_by IS NOT NULL)", "cancelled"),
        Index("ix_settlement_prepared_at", "region", "prepared_at"),
        Index("uq_settlement_entry", "region", "entry", unique=True),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[str]
    until: Mapped[date]
    payments: Mapped[int]
    fen: Mapped[int] = mapped_column(Fen)
    state: Mapped[str]
    prepared_by: Mapped[str]
    prepared_on: Mapped[date]
    prepared_at: Mapped[datetime]
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    entry: Mapped[int | None]
    cancelled_by: Mapped[str | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]


class SettlementPaymentRow(Base):
    """One payment of a settlement and what is left of it to settle; ``cancelled`` with the order."""

    __tablename__ = "settlement_payment"
    __table_args__ = (
        ForeignKeyConstraint(["region", "settlement"], ["settlement.region", "settlement.id"]),
        ForeignKeyConstraint(["region", "payment"], ["payment.region", "payment.id"]),
        CheckConstraint("fen > 0", "fen"),
        Index(
            "uq_settlement_payment_payment",
            "region",
            "payment",
            unique=True,
            sqlite_where=text("NOT cancelled"),
            postgresql_where=text("NOT cancelled"),
        ),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    settlement: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    payment: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fen: Mapped[int] = mapped_column(Fen)
    cancelled: Mapped[bool] = mapped_column(default=False)


class SettlementShareRow(Base):
    """One level's part of one line: its share of the whole less what refunds took before; signed.

    Below zero only by the rounding of R-F4, a fen or two, where the payment was refunded in part.
    """

    __tablename__ = "settlement_share"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "settlement", "payment"],
            [
                "settlement_payment.region",
                "settlement_payment.settlement",
                "settlement_payment.payment",
            ],
        ),
        CheckConstraint(LEVEL_CHECK, "level"),
        CheckConstraint("line_no > 0", "line_no"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    settlement: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    payment: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    level: Mapped[str] = mapped_column(primary_key=True)
    fen: Mapped[int] = mapped_column(Fen)
