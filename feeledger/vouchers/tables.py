"""Tables of vouchers (电子非税收入一般缴款书): their stock of numbers, who may use it, the vouchers.

``ticket_range`` is a reference table: a ticket code is a whole province's, so it says which region
holds which numbers, and two regions never hold the same. All others are bound to a region.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base, Fen, JsonText
from feeledger.vouchers.voucher import NUMBER_MOST, STATES

LIVING = "state NOT IN ('voided', 'red')"
RANGE_CHECK = f"first_no > 0 AND first_no <= last_no AND last_no <= {NUMBER_MOST}"


class TicketRangeRow(Base):
    """A range of numbers of a ticket code, and the region that holds it; ranges never overlap."""

    __tablename__ = "ticket_range"
    __table_args__ = (
        ForeignKeyConstraint(["holder"], ["region.code"]),
        CheckConstraint("length(ticket_code) = 8", "ticket_code"),
        CheckConstraint(RANGE_CHECK, "numbers"),
        {"info": {"append_only": True}},
    )

    ticket_code: Mapped[str] = mapped_column(primary_key=True)
    first_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_no: Mapped[int]
    holder: Mapped[str]


class TicketBlockRow(Base):
    """A region's block of numbers; ``next_no`` is the first one not given out.

    ``unit_code`` is the unit for which the block was issued beforehand on its request; null: the
    common stock.
    """

    __tablename__ = "ticket_block"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region_setting.region"]),
        ForeignKeyConstraint(
            ["region", "unit_code"], ["collecting_unit.region", "collecting_unit.unit_code"]
        ),
        CheckConstraint("length(ticket_code) = 8", "ticket_code"),
        CheckConstraint(RANGE_CHECK, "numbers"),
        CheckConstraint("next_no BETWEEN first_no AND last_no + 1", "next_no"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    ticket_code: Mapped[str] = mapped_column(primary_key=True)
    first_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_no: Mapped[int]
    next_no: Mapped[int]
    unit_code: Mapped[str | None]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    reason: Mapped[str]


class TicketBindingRow(Base):
    """The one kind of voucher that a unit issues; ``kind`` is class and kind, as 0301."""

    __tablename__ = "ticket_binding"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "unit_code"], ["collecting_unit.region", "collecting_unit.unit_code"]
        ),
        CheckConstraint("length(kind) = 4", "kind"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    unit_code: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    bound_at: Mapped[datetime]
    bound_by: Mapped[str]


class VoucherRoundRow(Base):
    """The last round over a region's vouchers; its row lets one round in at a time."""

    __tablename__ = "voucher_round"
    __table_args__ = (ForeignKeyConstraint(["region"], ["region_setting.region"]),)

    region: Mapped[str] = mapped_column(primary_key=True)
    last_at: Mapped[datetime]


class VoucherRow(Base):
    """One voucher of one notice: number, check code, signatures, what it says once complete.

    ``refunded_fen`` is what had been refunded of the notice when the voucher was made: a later
    refund makes the voucher red. ``replaces`` is the red one whose remainder this one holds (R-F7).
    """

    __tablename__ = "voucher"
    __table_args__ = (
        ForeignKeyConstraint(["region", "notice"], ["notice.region", "notice.id"]),
        ForeignKeyConstraint(
            ["region", "unit_code"], ["collecting_unit.region", "collecting_unit.unit_code"]
        ),
        ForeignKeyConstraint(
            ["region", "replaces"], ["voucher.region", "voucher.id"], name="fk_voucher_replaces"
        ),
        CheckConstraint("state IN ('" + "', '".join(STATES) + "')", "state"),
        CheckConstraint(f"number BETWEEN 1 AND {NUMBER_MOST}", "number"),
        CheckConstraint("length(ticket_code) = 8 AND length(check_code) = 6", "codes"),
        CheckConstraint("amount_fen > 0 AND refunded_fen >= 0", "amount"),
        CheckConstraint(
            "state NOT IN ('complete', 'written_off') OR "
            "(unit_signature IS NOT NULL AND bureau_signature IS NOT NULL AND content IS NOT NULL)",
            "signed",
        ),
        Index("uq_voucher_number", "region", "ticket_code", "number", unique=True),
        Index("uq_voucher_replaces", "region", "replaces", unique=True),
        Index(
            "uq_voucher_living",
            "region",
            "notice",
            unique=True,
            sqlite_where=text(LIVING),
            postgresql_where=text(LIVING),
        ),
        Index("ix_voucher_notice", "region", "notice"),
        Index("ix_voucher_state", "region", "state", "assigned_on"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    notice: Mapped[int]
    unit_code: Mapped[str]
    ticket_code: Mapped[str]
    number: Mapped[int]
    check_code: Mapped[str]
    state: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(Fen)
    refunded_fen: Mapped[int] = mapped_column(Fen)
    replaces: Mapped[int | None]
    assigned_on: Mapped[date]
    assigned_at: Mapped[datetime]
    unit_signature: Mapped[str | None]
    content: Mapped[Any] = mapped_column(JsonText, nullable=True)
    bureau_signature: Mapped[str | None]
    completed_at: Mapped[datetime | None]
    written_off_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
