"""Tables of payments: the keys that make each message count once, and a home for all other money.

A payment key binds for ever. Refused confirmations, messages that could not be read, serials used
again and money that belongs to no notice each have their own table, so that nothing that a bank says
or sends is lost. Reversals stand in ``reversal_tables.py``.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base, Fen, JsonText

KINDS = "kind IN ('confirmation', 'arrival', 'in_transit', 'reversal', 'claim')"


class PaymentKeyRow(Base):
    """R-B3: an accepted message by (region, bank, kind, trade number), and its first answer.

    Content is the pay code, the amount, the real account and the bank's time to the second. A claim
    (money booked for a notice by people) has a serial that we make, so that it too is booked once.
    """

    __tablename__ = "payment_key"
    __table_args__ = (
        ForeignKeyConstraint(["bank"], ["bank.code"]),
        CheckConstraint(KINDS, "kind"),
        CheckConstraint("amount_fen > 0", "amount"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    bank: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    trade_no: Mapped[str] = mapped_column(primary_key=True)
    pay_code: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(Fen)
    account_no: Mapped[str]
    paid_at: Mapped[datetime]
    answer: Mapped[Any] = mapped_column(JsonText)
    accepted_at: Mapped[datetime]


class BankTradeRow(Base):
    """One row a serial of a bank: the messages about one money come one after the other.

    A confirmation, an arrival and a reversal of one serial have keys of their own, so none of them
    would wait for the others. Who inserts this row first is first; the others wait, and see it.
    """

    __tablename__ = "bank_trade"
    __table_args__ = (
        ForeignKeyConstraint(["bank"], ["bank.code"]),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    bank: Mapped[str] = mapped_column(primary_key=True)
    trade_no: Mapped[str] = mapped_column(primary_key=True)


class PaymentRow(Base):
    """A payment of one notice: confirmed by a bank, or booked from money that was claimed for it.

    ``bank_day`` is the bank's day (R-R4), Beijing. ``reliefs`` is how many reliefs of its notice it
    was paid under (R-M4).

    At most one payment of a notice stands that is not reversed: the database holds it.
    """

    __tablename__ = "payment"
    __table_args__ = (
        ForeignKeyConstraint(["region", "notice"], ["notice.region", "notice.id"]),
        ForeignKeyConstraint(["region", "entry"], ["ledger_entry.region", "ledger_entry.id"]),
        ForeignKeyConstraint(
            ["region", "account"], ["designated_account.region", "designated_account.id"]
        ),
        ForeignKeyConstraint(
            ["region", "bank", "kind", "trade_no"],
            [
                "payment_key.region",
                "payment_key.bank",
                "payment_key.kind",
                "payment_key.trade_no",
            ],
        ),
        CheckConstraint("kind IN ('confirmation', 'claim')", "kind"),
        CheckConstraint("amount_fen > 0 AND late_fen BETWEEN 0 AND amount_fen", "amount"),
        CheckConstraint(
            "state IN ('confirmed', 'arrived', 'reconciled', 'settled', 'reversed', 'difference')",
            "state",
        ),
        Index("uq_payment_trade_no", "region", "bank", "trade_no", unique=True),
        Index("uq_payment_entry", "region", "entry", unique=True),
        Index(
            "uq_payment_notice",
            "region",
            "notice",
            unique=True,
            sqlite_where=text("state <> 'reversed'"),
            postgresql_where=text("state <> 'reversed'"),
        ),
        Index("ix_payment_bank_day", "region", "bank_day", "bank"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    notice: Mapped[int]
    pay_code: Mapped[str]
    bank: Mapped[str]
    kind: Mapped[str] = mapped_column(default="confirmation")
    trade_no: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(Fen)
    late_fen: Mapped[int] = mapped_column(Fen)
    account: Mapped[int]
    entry: Mapped[int]
    state: Mapped[str]
    paid_at: Mapped[datetime]
    bank_day: Mapped[date]
    received_at: Mapped[datetime]
    channel: Mapped[str | None]
    payer_name: Mapped[str | None]
    payer_account: Mapped[str | None]
    reliefs: Mapped[int] = mapped_column(default=0)


class PaymentRefundRow(Base):
    """How much of a payment is promised back and how much was paid back: the wall of R-F1.

    ``reserved_fen`` holds approved and paid refunds. Whoever takes a payment back as a whole (a
    reversal) reads it under the notice's lock: above zero, the payment is no longer reversed.
    """

    __tablename__ = "payment_refund"
    __table_args__ = (
        ForeignKeyConstraint(["region", "payment"], ["payment.region", "payment.id"]),
        CheckConstraint(
            "refunded_fen BETWEEN 0 AND reserved_fen AND reserved_fen <= amount_fen", "reserved"
        ),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    payment: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    amount_fen: Mapped[int] = mapped_column(Fen)
    reserved_fen: Mapped[int] = mapped_column(Fen)
    refunded_fen: Mapped[int] = mapped_column(Fen)


class RejectedConfirmationRow(Base):
    """A confirmation that was refused; identical refusals are one row with a counter (R-B4)."""

    __tablename__ = "rejected_confirmation"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region_setting.region"]),
        ForeignKeyConstraint(["bank"], ["bank.code"]),
        CheckConstraint("times > 0", "times"),
        Index(
            "uq_rejected_confirmation_content",
            "region",
            "bank",
            "trade_no",
            "result",
            "content_sha256",
            unique=True,
        ),
        Index("ix_rejected_confirmation_last_at", "region", "last_at"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bank: Mapped[str]
    trade_no: Mapped[str]
    result: Mapped[str]
    code: Mapped[str]
    content_sha256: Mapped[str]
    pay_code: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(Fen)
    account_no: Mapped[str]
    paid_at: Mapped[datetime]
    detail_zh: Mapped[str]
    detail_en: Mapped[str]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int]


class RefusedMessageRow(Base):
    """A message of a bank that was refused and is no RejectedConfirmation (R-B4).

    A confirmation that breaks the specification, names a central code or a region that is not open,
    and a refused reversal. ``region`` is what the pay code begins with, open or not; 000000 where it
    names none. ``told`` is what could be read of it, cut; the bytes stand in ``message_log``.
    Identical ones are one row with a counter.
    """

    __tablename__ = "refused_message"
    __table_args__ = (
        ForeignKeyConstraint(["bank"], ["bank.code"]),
        CheckConstraint("kind IN ('confirmation', 'reversal')", "kind"),
        CheckConstraint("times > 0", "times"),
        Index(
            "uq_refused_message_content",
            "region",
            "bank",
            "kind",
            "trade_no",
            "result",
            "content_sha256",
            unique=True,
        ),
        Index("ix_refused_message_last_at", "region", "last_at"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bank: Mapped[str]
    kind: Mapped[str]
    trade_no: Mapped[str]
    pay_code: Mapped[str]
    result: Mapped[str]
    code: Mapped[str]
    content_sha256: Mapped[str]
    told: Mapped[Any] = mapped_column(JsonText)
    detail_zh: Mapped[str]
    detail_en: Mapped[str]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int]


class DiscrepancyRow(Base):
    """A trade number used again with other content: one row, told apart by that content."""

    __tablename__ = "discrepancy"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "bank", "kind", "trade_no"],
            [
                "payment_key.region",
                "payment_key.bank",
                "payment_key.kind",
                "payment_key.trade_no",
            ],
        ),
        CheckConstraint("state IN ('open', 'settled')", "state"),
        Index("uq_discrepancy_trade_no", "region", "bank", "kind", "trade_no", unique=True),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bank: Mapped[str]
    kind: Mapped[str]
    trade_no: Mapped[str]
    first: Mapped[Any] = mapped_column(JsonText)
    later: Mapped[Any] = mapped_column(JsonText)
    state: Mapped[str] = mapped_column(default="open")
    found_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int]


class UnmatchedReceiptRow(Base):
    """待查收入: money that arrived and belongs to no payment yet. ``parent`` is what it split from.

    ``payment`` is the confirmation of the same serial that it turned out to be; ``claim`` the claim
    by which people match it to notices. Money of one serial arrives once.
    """

    __tablename__ = "unmatched_receipt"
    __table_args__ = (
        ForeignKeyConstraint(["bank"], ["bank.code"]),
        ForeignKeyConstraint(["region", "entry"], ["ledger_entry.region", "ledger_entry.id"]),
        ForeignKeyConstraint(
            ["region", "account"], ["designated_account.region", "designated_account.id"]
        ),
        ForeignKeyConstraint(
            ["region", "parent"],
            ["unmatched_receipt.region", "unmatched_receipt.id"],
            name="fk_unmatched_receipt_parent",
        ),
        ForeignKeyConstraint(["region", "claim"], ["receipt_claim.region", "receipt_claim.id"]),
        ForeignKeyConstraint(["region", "payment"], ["payment.region", "payment.id"]),
        CheckConstraint("amount_fen > 0", "amount"),
        CheckConstraint(
            "kind IN ('duplicate', 'no_code', 'unknown_code', 'amount_differs', 'surplus', "
            "'rejected', 'unconfirmed')",
            "kind",
        ),
        CheckConstraint(
            "state IN ('received', 'claim_proposed', 'audited', 'matched', "
            "'return_requested', 'returned', 'split')",
            "state",
        ),
        CheckConstraint(
            "(claim IS NULL AND state NOT IN ('claim_proposed', 'audited')) "
            "OR (claim IS NOT NULL AND state IN ('claim_proposed', 'audited', 'matched'))",
            "claim",
        ),
        CheckConstraint(
            "(payment IS NULL AND (state <> 'matched' OR claim IS NOT NULL)) "
            "OR (payment IS NOT NULL AND state = 'matched' AND claim IS NULL)",
            "payment",
        ),
        Index("ix_unmatched_receipt_bank_day", "region", "bank_day"),
        Index("ix_unmatched_receipt_parent", "region", "parent"),
        Index("ix_unmatched_receipt_claim", "region", "claim"),
        Index(
            "uq_unmatched_receipt_trade_no",
            "region",
            "bank",
            "trade_no",
            unique=True,
            sqlite_where=text("parent IS NULL"),
            postgresql_where=text("parent IS NULL"),
        ),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bank: Mapped[str]
    trade_no: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="received")
    amount_fen: Mapped[int] = mapped_column(Fen)
    account: Mapped[int]
    entry: Mapped[int]
    pay_code: Mapped[str | None]
    parent: Mapped[int | None]
    claim: Mapped[int | None]
    payment: Mapped[int | None]
    payer_name: Mapped[str | None]
    payer_account: Mapped[str | None]
    payer_bank: Mapped[str | None]
    remark: Mapped[str | None]
    arrived_at: Mapped[datetime]
    bank_day: Mapped[date]
    recorded_at: Mapped[datetime]


class MessageLogRow(Base):
    """A message byte for byte: the dispute about a payment is decided on it.

    ``region`` is 000000 where the message named none.
    """

    __tablename__ = "message_log"
    __table_args__ = (
        CheckConstraint("direction IN ('in', 'out')", "direction"),
        Index("ix_message_log_received_at", "region", "received_at"),
        Index("ix_message_log_msg_id", "region", "node", "msg_id"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    direction: Mapped[str]
    node: Mapped[str]
    msg_no: Mapped[str]
    msg_id: Mapped[str]
    msg_ref: Mapped[str]
    raw: Mapped[bytes]
    sha256: Mapped[str]
    result: Mapped[str]
    received_at: Mapped[datetime]
