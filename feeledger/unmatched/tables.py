"""Tables of money that arrived: arrivals, claims of unmatched receipts, returns to the payer.

The receipts themselves stand with the payments, because a bank's confirmation settles its own.
What arrived never changes; a claim and a return say who proposed and who decided, never one person.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base, Fen, JsonText


class FundsArrivalRow(Base):
    """到账: the money of one serial reached a designated account, by itself or in a transfer.

    ``kind`` and ``message_no`` name the message that told it: an arrival of that serial, or a bulk
    transfer of its own number (in transit) that lists it.
    """

    __tablename__ = "funds_arrival"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "bank", "kind", "message_no"],
            [
                "payment_key.region",
                "payment_key.bank",
                "payment_key.kind",
                "payment_key.trade_no",
            ],
        ),
        ForeignKeyConstraint(
            ["region", "account"], ["designated_account.region", "designated_account.id"]
        ),
        CheckConstraint("kind IN ('arrival', 'in_transit')", "kind"),
        CheckConstraint("amount_fen > 0", "amount"),
        Index("ix_funds_arrival_message_no", "region", "bank", "kind", "message_no"),
        Index("ix_funds_arrival_bank_day", "region", "bank_day"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    bank: Mapped[str] = mapped_column(primary_key=True)
    trade_no: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    message_no: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(Fen)
    account: Mapped[int]
    pay_code: Mapped[str | None]
    payer_name: Mapped[str | None]
    payer_account: Mapped[str | None]
    payer_bank: Mapped[str | None]
    remark: Mapped[str | None]
    batch_no: Mapped[str | None]
    arrived_at: Mapped[datetime]
    bank_day: Mapped[date]
    recorded_at: Mapped[datetime]


class ReceiptClaimRow(Base):
    """认领: receipts proposed for notices (N:1 or 1:N, R-U1), audited by another person, booked.

    A claim is open while receipts point to it. ``differences`` is what the auditor had to confirm
    (R-U3). A confirmation of the bank frees the receipts of an open claim, and so ends it.
    """

    __tablename__ = "receipt_claim"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region_setting.region"]),
        CheckConstraint("amount_fen > 0", "amount"),
        CheckConstraint("audited_by IS NULL OR audited_by <> proposed_by", "two_persons"),
        CheckConstraint("(audited_by IS NULL) = (audited_at IS NULL)", "audited"),
        CheckConstraint("ended_as IN ('booked', 'rejected', 'withdrawn')", "ended_as"),
        CheckConstraint(
            "ended_as IS NULL OR (ended_by IS NOT NULL AND ended_at IS NOT NULL)", "ended"
        ),
        CheckConstraint(
            "ended_as IS NULL OR ended_as <> 'booked' OR audited_by IS NOT NULL", "booked"
        ),
        CheckConstraint("ended_as <> 'rejected' OR ended_by <> proposed_by", "rejected"),
        Index("ix_receipt_claim_proposed_at", "region", "proposed_at"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    amount_fen: Mapped[int] = mapped_column(Fen)
    reason: Mapped[str]
    differences: Mapped[Any] = mapped_column(JsonText)
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    audited_by: Mapped[str | None]
    audited_at: Mapped[datetime | None]
    ended_as: Mapped[str | None]
    ended_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]


class ClaimedReceiptRow(Base):
    """A receipt that a claim took in; it stays on record when the claim ends otherwise."""

    __tablename__ = "claimed_receipt"
    __table_args__ = (
        ForeignKeyConstraint(["region", "claim"], ["receipt_claim.region", "receipt_claim.id"]),
        ForeignKeyConstraint(
            ["region", "receipt"], ["unmatched_receipt.region", "unmatched_receipt.id"]
        ),
        CheckConstraint("amount_fen > 0", "amount"),
        Index("ix_claimed_receipt_receipt", "region", "receipt"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    claim: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    receipt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    amount_fen: Mapped[int] = mapped_column(Fen)


class ClaimedNoticeRow(Base):
    """A notice that a claim pays, with what is payable on it at the receipt's day; then its payment."""

    __tablename__ = "claimed_notice"
    __table_args__ = (
        ForeignKeyConstraint(["region", "claim"], ["receipt_claim.region", "receipt_claim.id"]),
        ForeignKeyConstraint(["region", "notice"], ["notice.region", "notice.id"]),
        ForeignKeyConstraint(["region", "payment"], ["payment.region", "payment.id"]),
        CheckConstraint("amount_fen > 0", "amount"),
        Index("ix_claimed_notice_notice", "region", "notice"),
        Index("uq_claimed_notice_payment", "region", "payment", unique=True),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    claim: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    notice: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pay_code: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(Fen)
    payment: Mapped[int | None]


class ReceiptReturnRow(Base):
    """退回: a receipt goes back to the account it came from, asked and confirmed by two persons."""

    __tablename__ = "receipt_return"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "receipt"], ["unmatched_receipt.region", "unmatched_receipt.id"]
        ),
        ForeignKeyConstraint(["region", "entry"], ["ledger_entry.region", "ledger_entry.id"]),
        CheckConstraint("amount_fen > 0", "amount"),
        CheckConstraint("state IN ('requested', 'returned', 'refused')", "state"),
        CheckConstraint("decided_by IS NULL OR decided_by <> requested_by", "two_persons"),
        CheckConstraint(
            "(state = 'requested') = (decided_by IS NULL) "
            "AND (state = 'requested') = (decided_at IS NULL)",
            "decided",
        ),
        CheckConstraint(
            "(state = 'returned') = (entry IS NOT NULL) "
            "AND (state = 'returned') = (returned_on IS NOT NULL) "
            "AND (state = 'returned') = (bank_reference IS NOT NULL)",
            "returned",
        ),
        Index(
            "uq_receipt_return_receipt",
            "region",
            "receipt",
            unique=True,
            sqlite_where=text("state <> 'refused'"),
            postgresql_where=text("state <> 'refused'"),
        ),
        Index("uq_receipt_return_entry", "region", "entry", unique=True),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    receipt: Mapped[int]
    amount_fen: Mapped[int] = mapped_column(Fen)
    state: Mapped[str] = mapped_column(default="requested")
    payee_name: Mapped[str]
    payee_account: Mapped[str]
    payee_bank: Mapped[str | None]
    reason: Mapped[str]
    evidence: Mapped[str]
    requested_by: Mapped[str]
    requested_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    returned_on: Mapped[date | None]
    bank_reference: Mapped[str | None]
    entry: Mapped[int | None]


class RefusedArrivalRow(Base):
    """An arrival, a transfer or a statement that was refused: its money may have come all the same (R-B4).

    ``told`` is all that the bank told of it; identical refusals are one row with a counter.
    """

    __tablename__ = "refused_arrival"
    __table_args__ = (
        ForeignKeyConstraint(["bank"], ["bank.code"]),
        CheckConstraint("kind IN ('arrival', 'in_transit', 'flow')", "kind"),
        CheckConstraint("times > 0", "times"),
        Index(
            "uq_refused_arrival_content",
            "region",
            "bank",
            "kind",
            "trade_no",
            "result",
            "content_sha256",
            unique=True,
        ),
        Index("ix_refused_arrival_last_at", "region", "last_at"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bank: Mapped[str]
    kind: Mapped[str]
    trade_no: Mapped[str]
    result: Mapped[str]
    code: Mapped[str]
    content_sha256: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(Fen)
    account_no: Mapped[str]
    arrived_at: Mapped[datetime]
    told: Mapped[Any] = mapped_column(JsonText)
    detail_zh: Mapped[str]
    detail_en: Mapped[str]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int]


class AccountFlowRow(Base):
    """账户流水: a bank's statement of an account of a day, by its number, and its first answer."""

    __tablename__ = "account_flow"
    __table_args__ = (
        ForeignKeyConstraint(["bank"], ["bank.code"]),
        ForeignKeyConstraint(
            ["region", "account"], ["designated_account.region", "designated_account.id"]
        ),
        CheckConstraint("line_count >= 0 AND total_fen >= 0", "counts"),
        Index("ix_account_flow_day", "region", "day"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    bank: Mapped[str] = mapped_column(primary_key=True)
    flow_no: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[int]
    account_no: Mapped[str]
    day: Mapped[date]
    content_sha256: Mapped[str]
    line_count: Mapped[int]
    total_fen: Mapped[int] = mapped_column(Fen)
    answer: Mapped[Any] = mapped_column(JsonText)
    received_at: Mapped[datetime]


class AccountFlowLineRow(Base):
    """One income of a statement, and what it is: a transfer, money known by ``trade_no``, or a receipt.

    A batch stands once (a repetition says so), and so does the serial that a line met.
    """

    __tablename__ = "account_flow_line"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "bank", "flow_no"],
            ["account_flow.region", "account_flow.bank", "account_flow.flow_no"],
        ),
        ForeignKeyConstraint(
            ["region", "receipt"], ["unmatched_receipt.region", "unmatched_receipt.id"]
        ),
        CheckConstraint("amount_fen > 0 AND line_no > 0", "amount"),
        CheckConstraint(
            "outcome IN ('transfer', 'awaited', 'repeated', 'arrival', 'payment', 'unmatched')",
            "outcome",
        ),
        CheckConstraint(
            "(outcome IN ('transfer', 'awaited', 'repeated')) = (batch_no IS NOT NULL) "
            "AND (outcome IN ('arrival', 'payment')) = (trade_no IS NOT NULL) "
            "AND (receipt IS NULL OR outcome = 'unmatched')",
            "what",
        ),
        Index(
            "uq_account_flow_line_batch_no",
            "region",
            "bank",
            "batch_no",
            unique=True,
            sqlite_where=text("outcome IN ('transfer', 'awaited')"),
            postgresql_where=text("outcome IN ('transfer', 'awaited')"),
        ),
        Index(
            "uq_account_flow_line_trade_no",
            "region",
            "bank",
            "trade_no",
            unique=True,
            sqlite_where=text("trade_no IS NOT NULL"),
            postgresql_where=text("trade_no IS NOT NULL"),
        ),
        Index("ix_account_flow_line_receipt", "region", "receipt"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    bank: Mapped[str] = mapped_column(primary_key=True)
    flow_no: Mapped[str] = mapped_column(primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    amount_fen: Mapped[int] = mapped_column(Fen)
    payer_name: Mapped[str | None]
    payer_account: Mapped[str | None]
    payer_bank: Mapped[str | None]
    batch_no: Mapped[str | None]
    words: Mapped[str]
    pay_type: Mapped[str]
    sub_account: Mapped[str]
    pay_code: Mapped[str | None]
    outcome: Mapped[str]
    trade_no: Mapped[str | None]
    receipt: Mapped[int | None]
