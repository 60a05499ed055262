"""Tables of refunds: the refund itself, its lines, moves and files, and what it takes from each level.

Of a refund only what a step changes may change; everything else is append-only. The wall of R-F1
stands one storey below (``PaymentRefundRow``), where a reversal can see it too.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.refunds.refund import GROUND_TEXTS, STATE_TEXTS
from feeledger.sharing.tables import LEVEL_CHECK
from feeledger.store import Base, Fen

STATE_CHECK = "state IN ('" + "', '".join(STATE_TEXTS) + "')"
GROUND_CHECK = "ground IN ('" + "', '".join(GROUND_TEXTS) + "')"


class RefundRow(Base):
    """退付: one application for money back, of one unit's lines of one payment.

    ``found_on`` stands where the unit found it itself, ``apply_due`` is its limit then. ``due_on``
    is the limit of the next step, null where none is established. ``route`` is settled with the
    approval (R-F2). ``shared``: a level above the collecting one has a part of the money.
    """

    __tablename__ = "refund"
    __table_args__ = (
        ForeignKeyConstraint(["region", "payment"], ["payment.region", "payment.id"]),
        ForeignKeyConstraint(["region", "notice"], ["notice.region", "notice.id"]),
        ForeignKeyConstraint(
            ["region", "unit_code"], ["collecting_unit.region", "collecting_unit.unit_code"]
        ),
        ForeignKeyConstraint(
            ["region", "approval_entry"],
            ["ledger_entry.region", "ledger_entry.id"],
            name="fk_refund_approval_entry",
        ),
        ForeignKeyConstraint(
            ["region", "payment_entry"],
            ["ledger_entry.region", "ledger_entry.id"],
            name="fk_refund_payment_entry",
        ),
        CheckConstraint("amount_fen > 0", "amount"),
        CheckConstraint(STATE_CHECK, "state"),
        CheckConstraint(GROUND_CHECK, "ground"),
        CheckConstraint("applied_as IN ('payer', 'unit')", "applied_as"),
        CheckConstraint("(applied_as = 'unit') = (found_on IS NOT NULL)", "found_on"),
        CheckConstraint("account_kind IN ('original', 'evidenced', 'other')", "account_kind"),
        CheckConstraint("account_kind = 'original' OR evidence <> ''", "evidence"),
        CheckConstraint("route IN ('account', 'treasury')", "route"),
        CheckConstraint(
            "verified_by <> applicant AND approved_by <> applicant AND approved_by <> verified_by "
            "AND second_approver <> applicant AND second_approver <> verified_by "
            "AND second_approver <> approved_by",
            "persons",
        ),
        CheckConstraint(
            "state NOT IN ('finance_approved', 'paid') OR (verified_by IS NOT NULL "
            "AND approved_by IS NOT NULL AND route IS NOT NULL AND approval_entry IS NOT NULL "
            "AND (account_kind <> 'other' OR second_approver IS NOT NULL))",
            "approved",
        ),
        CheckConstraint(
            "(state = 'paid') = (payment_entry IS NOT NULL) "
            "AND (state = 'paid') = (paid_on IS NOT NULL)",
            "paid",
        ),
        Index("ix_refund_payment", "region", "payment", "state"),
        Index("ix_refund_notice", "region", "notice"),
        Index("ix_refund_state", "region", "state", "due_on"),
        Index("uq_refund_approval_entry", "region", "approval_entry", unique=True),
        Index("uq_refund_payment_entry", "region", "payment_entry", unique=True),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    payment: Mapped[int]
    notice: Mapped[int]
    pay_code: Mapped[str]
    uscc: Mapped[str]
    payer_name: Mapped[str]
    unit_code: Mapped[str]
    unit_name: Mapped[str]
    ground: Mapped[str]
    reason: Mapped[str]
    applied_as: Mapped[str]
    applicant: Mapped[str]
    found_on: Mapped[date | None]
    apply_due: Mapped[date | None]
    apply_due_provisional: Mapped[bool] = mapped_column(default=False)
    applied_on: Mapped[date]
    applied_at: Mapped[datetime]
    amount_fen: Mapped[int] = mapped_column(Fen)
    account_kind: Mapped[str]
    to_name: Mapped[str]
    to_account: Mapped[str]
    to_bank: Mapped[str]
    evidence: Mapped[str]
    state: Mapped[str]
    shared: Mapped[bool] = mapped_column(default=False)
    due_on: Mapped[date | None]
    due_provisional: Mapped[bool] = mapped_column(default=False)
    route: Mapped[str | None]
    verified_by: Mapped[str | None]
    approved_by: Mapped[str | None]
    second_approver: Mapped[str | None]
    approved_on: Mapped[date | None]
    approval_entry: Mapped[int | None]
    paid_by: Mapped[str | None]
    paid_on: Mapped[date | None]
    paid_at: Mapped[datetime | None]
    payment_no: Mapped[str | None]
    payment_entry: Mapped[int | None]
    changed_at: Mapped[datetime]


class RefundLineRow(Base):
    """What is asked back of one line: of its charge, and of its late fee."""

    __tablename__ = "refund_line"
    __table_args__ = (
        ForeignKeyConstraint(["region", "refund"], ["refund.region", "refund.id"]),
        CheckConstraint("amount_fen >= 0 AND late_fen >= 0 AND amount_fen + late_fen > 0", "fen"),
        CheckConstraint("line_no > 0", "line_no"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    refund: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    item_id: Mapped[str]
    item_name: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(Fen)
    late_fen: Mapped[int] = mapped_column(Fen)


class RefundMoveRow(Base):
    """One step of a refund: who, when, why, and the limit of the step after it."""

    __tablename__ = "refund_move"
    __table_args__ = (
        ForeignKeyConstraint(["region", "refund"], ["refund.region", "refund.id"]),
        CheckConstraint("seq > 0", "seq"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    refund: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
    actor: Mapped[str]
    day: Mapped[date]
    at: Mapped[datetime]
    reason: Mapped[str]
    limit_was: Mapped[date | None]
    due_on: Mapped[date | None]
    due_provisional: Mapped[bool]


class RefundFileRow(Base):
    """A file that is evidence for a refund, byte for byte; the same content is kept once."""

    __tablename__ = "refund_file"
    __table_args__ = (
        ForeignKeyConstraint(["region", "refund"], ["refund.region", "refund.id"]),
        CheckConstraint("file_no > 0 AND size > 0", "numbers"),
        Index("uq_refund_file_sha256", "region", "refund", "sha256", unique=True),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    refund: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    content: Mapped[bytes] = mapped_column(deferred=True)
    attached_by: Mapped[str]
    attached_at: Mapped[datetime]


class RefundShareRow(Base):
    """By how much a paid refund lowers one level's share of a line (R-F4); signed.

    Rounding may let the collecting level gain a fen where the others give two.
    """

    __tablename__ = "refund_share"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "refund", "line_no"],
            ["refund_line.region", "refund_line.refund", "refund_line.line_no"],
        ),
        CheckConstraint(LEVEL_CHECK, "level"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    refund: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    level: Mapped[str] = mapped_column(primary_key=True)
    fen: Mapped[int] = mapped_column(Fen)
