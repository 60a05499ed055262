"""Tables of reversals: payments taken back, reversals that came too early, closed bank days.

A closed bank day stands here and not with reconciliation, which closes it, because it is a reversal
that must not reach into it (R-R5).
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base, Fen


class ReversalRow(Base):
    """冲正: a payment taken back in full by its bank, once (R-R8). ``entry`` is the reverse entry.

    ``was_early``: it came before its payment, which was booked and reversed at once.
    """

    __tablename__ = "payment_reversal"
    __table_args__ = (
        ForeignKeyConstraint(["region", "payment"], ["payment.region", "payment.id"]),
        ForeignKeyConstraint(["region", "entry"], ["ledger_entry.region", "ledger_entry.id"]),
        ForeignKeyConstraint(
            ["region", "bank", "kind", "trade_no"],
            [
                "payment_key.region",
                "payment_key.bank",
                "payment_key.kind",
                "payment_key.trade_no",
            ],
        ),
        CheckConstraint("kind = 'reversal'", "kind"),
        CheckConstraint("amount_fen > 0", "amount"),
        CheckConstraint("notice_status IN ('issued', 'expired')", "notice_status"),
        Index("uq_payment_reversal_payment", "region", "payment", unique=True),
        Index("uq_payment_reversal_entry", "region", "entry", unique=True),
        Index("uq_payment_reversal_trade_no", "region", "bank", "trade_no", unique=True),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    payment: Mapped[int]
    entry: Mapped[int]
    bank: Mapped[str]
    kind: Mapped[str]
    trade_no: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(Fen)
    reason: Mapped[str]
    was_early: Mapped[bool]
    notice_status: Mapped[str]
    received_at: Mapped[datetime]


class EarlyReversalRow(Base):
    """A reversal that came before its payment, on the ledger day on which it came (R-R8).

    If the payment comes on the same ledger day, it is booked and reversed at once.
    """

    __tablename__ = "early_reversal"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region_setting.region"]),
        ForeignKeyConstraint(["bank"], ["bank.code"]),
        CheckConstraint("amount_fen > 0", "amount"),
        CheckConstraint("times > 0", "times"),
        Index("ix_early_reversal_last_at", "region", "last_at"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    bank: Mapped[str] = mapped_column(primary_key=True)
    trade_no: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    pay_code: Mapped[str] = mapped_column(primary_key=True)
    amount_fen: Mapped[int] = mapped_column(Fen, primary_key=True)
    reason: Mapped[str]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int]


class ReconDayRow(Base):
    """A bank day that is closed for the region: it accepts no batch and no reversal (R-R5)."""

    __tablename__ = "recon_day"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region_setting.region"]),
        CheckConstraint("batches >= 0 AND carried >= 0", "counts"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    batches: Mapped[int]
    carried: Mapped[int]
    closed_at: Mapped[datetime]
    closed_by: Mapped[str]
    reason: Mapped[str]
