"""Tables of day reconciliation: batches, their lines and differences.

All are bound to a region. A batch keeps the bank's bytes as they came: a dispute is decided on
them. Lines are never changed; a difference moves by ``actions.py`` alone. Closed bank days stand with
the payments, which a reversal must not take back from them.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base, Fen, JsonText


class ReconBatchRow(Base):
    """One day file of one bank by its key (R-R1), and both sides' totals (R-R2).

    ``replaces`` is the batch that this one corrects, ``replaced_by`` the one that corrects it.
    """

    __tablename__ = "recon_batch"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region_setting.region"]),
        ForeignKeyConstraint(["bank"], ["bank.code"]),
        ForeignKeyConstraint(
            ["region", "replaces"], ["recon_batch.region", "recon_batch.id"],
            name="fk_recon_batch_replaces",
        ),
        ForeignKeyConstraint(
            ["region", "replaced_by"], ["recon_batch.region", "recon_batch.id"],
            name="fk_recon_batch_replaced_by",
        ),
        CheckConstraint("state IN ('matched', 'with_differences', 'closed')", "state"),
        CheckConstraint(
            "file_count >= 0 AND booked_count >= 0 AND matched_count >= 0 "
            "AND matched_count <= file_count",
            "counts",
        ),
        Index(
            "uq_recon_batch_key", "region", "bank", "account_no", "day", "accconfirm_no",
            unique=True,
        ),
        Index("ix_recon_batch_day", "region", "day"),
    )  # fmt: skip

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bank: Mapped[str]
    account_no: Mapped[str]
    day: Mapped[date]
    accconfirm_no: Mapped[str]
    replaces: Mapped[int | None]
    replaced_by: Mapped[int | None]
    state: Mapped[str]
    file_count: Mapped[int]
    file_fen: Mapped[int] = mapped_column(Fen)
    booked_count: Mapped[int]
    booked_fen: Mapped[int] = mapped_column(Fen)
    matched_count: Mapped[int]
    difference_count: Mapped[int]
    file_name: Mapped[str]
    sha256: Mapped[str]
    raw: Mapped[bytes] = mapped_column(deferred=True)
    imported_at: Mapped[datetime]
    imported_by: Mapped[str]


class ReconLineRow(Base):
    """One line of a batch and how it was judged; ``payment`` is the one it stands against."""

    __tablename__ = "recon_line"
    __table_args__ = (
        ForeignKeyConstraint(["region", "batch"], ["recon_batch.region", "recon_batch.id"]),
        ForeignKeyConstraint(["region", "payment"], ["payment.region", "payment.id"]),
        CheckConstraint("outcome IN ('matched', 'differing', 'extra')", "outcome"),
        CheckConstraint("amount_fen > 0", "amount"),
        Index("ix_recon_line_payment", "region", "payment"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    batch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    trade_no: Mapped[str]
    pay_code: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(Fen)
    paid_at: Mapped[datetime]
    channel: Mapped[str]
    remark: Mapped[str]
    outcome: Mapped[str]
    reason: Mapped[str]
    payment: Mapped[int | None]


class ReconDifferenceRow(Base):
    """One 15001, 15002, 15003 or 14002, and how far people have come with it.

    ``bank_fen`` is what the file says (of a 14002: what came), ``booked_fen`` what we booked; one is null where that side
    has nothing. ``carried_to`` is the day to which the closing of its own day carried it.
    """

    __tablename__ = "recon_difference"
    __table_args__ = (
        ForeignKeyConstraint(["region", "batch"], ["recon_batch.region", "recon_batch.id"]),
        ForeignKeyConstraint(["region", "payment"], ["payment.region", "payment.id"]),
        CheckConstraint("result IN ('15001', '15002', '15003', '14002')", "result"),
        CheckConstraint(
            "state IN ('open', 'assigned', 'explained', 'corrected', 'written_off', 'closed', "
            "'auto_closed')",
            "state",
        ),
        CheckConstraint("bank_fen IS NOT NULL OR booked_fen IS NOT NULL", "amounts"),
        CheckConstraint("state <> 'closed' OR closed_by <> corrected_by", "two_persons"),
        Index("ix_recon_difference_day", "region", "day", "state"),
        Index("ix_recon_difference_payment", "region", "payment"),
        Index("ix_recon_difference_batch", "region", "batch"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    batch: Mapped[int]
    day: Mapped[date]
    result: Mapped[str]
    reason: Mapped[str]
    line_no: Mapped[int | None]
    payment: Mapped[int | None]
    trade_no: Mapped[str]
    pay_code: Mapped[str]
    bank_fen: Mapped[int | None] = mapped_column(Fen)
    booked_fen: Mapped[int | None] = mapped_column(Fen)
    state: Mapped[str]
    assignee: Mapped[str]
    explanation: Mapped[str]
    corrected_by: Mapped[str]
    closed_by: Mapped[str]
    closing_reason: Mapped[str]
    carried_to: Mapped[date | None]
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ReconRequestRow(Base):
    """A bank's statement of its day that came by message, by its key (R-R1), and what came of it.

    ``raw`` is its content in one written form, ``result`` what the bank is told; ``batch`` is null
    until it is judged, and where it could not be taken in.
    """

    __tablename__ = "recon_request"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region_setting.region"]),
        ForeignKeyConstraint(["bank"], ["bank.code"]),
        ForeignKeyConstraint(["region", "batch"], ["recon_batch.region", "recon_batch.id"]),
        CheckConstraint("state IN ('received', 'judged', 'refused')", "state"),
        CheckConstraint("line_count >= 0 AND total_fen >= 0", "counts"),
        CheckConstraint("(state = 'judged') = (batch IS NOT NULL)", "batch"),
        CheckConstraint(
            "(state = 'received') = (judged_at IS NULL) AND (state = 'received') = (result IS NULL)",
            "judged",
        ),
        Index(
            "ix_recon_request_received_at",
            "region",
            "received_at",
            sqlite_where=text("state = 'received'"),
            postgresql_where=text("state = 'received'"),
        ),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    bank: Mapped[str] = mapped_column(primary_key=True)
    account_no: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    accconfirm_no: Mapped[str] = mapped_column(primary_key=True)
    content_sha256: Mapped[str]
    raw: Mapped[bytes] = mapped_column(deferred=True)
    line_count: Mapped[int]
    total_fen: Mapped[int] = mapped_column(Fen)
    state: Mapped[str]
    batch: Mapped[int | None]
    result: Mapped[Any] = mapped_column(JsonText, nullable=True)
    received_at: Mapped[datetime]
    judged_at: Mapped[datetime | None]


class ReconRequestRefusalRow(Base):
    """A statement by message that was refused; equal ones are one row, counted."""

    __tablename__ = "recon_request_refusal"
    __table_args__ = (
        ForeignKeyConstraint(["bank"], ["bank.code"]),
        CheckConstraint("times > 0", "times"),
        Index("ix_recon_request_refusal_last_at", "region", "last_at"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    bank: Mapped[str] = mapped_column(primary_key=True)
    accconfirm_no: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    content_sha256: Mapped[str] = mapped_column(primary_key=True)
    result: Mapped[str]
    told: Mapped[Any] = mapped_column(JsonText)
    detail_zh: Mapped[str]
    detail_en: Mapped[str]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int]
