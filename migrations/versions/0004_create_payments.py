"""Create payment keys, payments, refusals, discrepancies, unmatched money, messages.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Fen, Instant, JsonText
from migrations.walls import (
    allow_changes,
    create_region_table,
    forbid_changes,
    forbid_column_changes,
)

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


FROZEN = (
    "region",
    "id",
    "notice",
    "pay_code",
    "bank",
    "trade_no",
    "amount_fen",
    "late_fen",
    "account",
    "entry",
    "paid_at",
    "bank_day",
)
MONEY = ("region", "id", "bank", "trade_no", "amount_fen", "account", "entry", "arrived_at")


TABLES = (
    "message_log",
    "payment_key",
    "discrepancy",
    "rejected_confirmation",
    "unmatched_receipt",
    "payment",
)
APPEND_ONLY = ("message_log", "payment_key")


def upgrade() -> None:

    create_region_table(
        "message_log",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("msg_no", sa.Text(), nullable=False),
        sa.Column("msg_id", sa.Text(), nullable=False),
        sa.Column("msg_ref", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_message_log_direction")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_message_log")),
    )
    op.create_index(
        "ix_message_log_msg_id", "message_log", ["region", "node", "msg_id"], unique=False
    )
    op.create_index(
        "ix_message_log_received_at", "message_log", ["region", "received_at"], unique=False
    )
    create_region_table(
        "payment_key",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("trade_no", sa.Text(), nullable=False),
        sa.Column("pay_code", sa.Text(), nullable=False),
        sa.Column("amount_fen", Fen(), nullable=False),
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("paid_at", Instant(), nullable=False),
        sa.Column("answer", JsonText(), nullable=False),
        sa.Column("accepted_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('confirmation', 'arrival', 'in_transit', 'reversal')",
            name=op.f("ck_payment_key_kind"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payment_key_amount")),
        sa.ForeignKeyConstraint(["bank"], ["bank.code"], name=op.f("fk_payment_key_bank")),
        sa.PrimaryKeyConstraint("region", "bank", "kind", "trade_no", name=op.f("pk_payment_key")),
    )
    create_region_table(
        "discrepancy",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("trade_no", sa.Text(), nullable=False),
        sa.Column("first", JsonText(), nullable=False),
        sa.Column("later", JsonText(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'settled')", name=op.f("ck_discrepancy_state")),
        sa.ForeignKeyConstraint(
            ["region", "bank", "kind", "trade_no"],
            ["payment_key.region", "payment_key.bank", "payment_key.kind", "payment_key.trade_no"],
            name=op.f("fk_discrepancy_payment_key"),
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_discrepancy")),
    )
    op.create_index(
        "uq_discrepancy_trade_no",
        "discrepancy",
        ["region", "bank", "kind", "trade_no"],
        unique=True,
    )
    create_region_table(
        "rejected_confirmation",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("trade_no", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("pay_code", sa.Text(), nullable=False),
        sa.Column("amount_fen", Fen(), nullable=False),
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("paid_at", Instant(), nullable=False),
        sa.Column("detail_zh", sa.Text(), nullable=False),
        sa.Column("detail_en", sa.Text(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("times > 0", name=op.f("ck_rejected_confirmation_times")),
        sa.ForeignKeyConstraint(
            ["bank"], ["bank.code"], name=op.f("fk_rejected_confirmation_bank")
        ),
        sa.ForeignKeyConstraint(
            ["region"],
            ["region_setting.region"],
            name=op.f("fk_rejected_confirmation_region_setting"),
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_rejected_confirmation")),
    )
    op.create_index(
        "ix_rejected_confirmation_last_at",
        "rejected_confirmation",
        ["region", "last_at"],
        unique=False,
    )
    op.create_index(
        "uq_rejected_confirmation_content",
        "rejected_confirmation",
        ["region", "bank", "trade_no", "result", "content_sha256"],
        unique=True,
    )
    create_region_table(
        "unmatched_receipt",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("trade_no", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount_fen", Fen(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("pay_code", sa.Text(), nullable=True),
        sa.Column("parent", sa.BigInteger(), nullable=True),
        sa.Column("payer_name", sa.Text(), nullable=True),
        sa.Column("payer_account", sa.Text(), nullable=True),
        sa.Column("payer_bank", sa.Text(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("arrived_at", Instant(), nullable=False),
        sa.Column("bank_day", sa.Date(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('duplicate', 'no_code', 'unknown_code', 'amount_differs', 'surplus', 'rejected')",
            name=op.f("ck_unmatched_receipt_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('received', 'claim_proposed', 'audited', 'matched', 'return_requested', 'returned')",
            name=op.f("ck_unmatched_receipt_state"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_unmatched_receipt_amount")),
        sa.ForeignKeyConstraint(["bank"], ["bank.code"], name=op.f("fk_unmatched_receipt_bank")),
        sa.ForeignKeyConstraint(
            ["region", "account"],
            ["designated_account.region", "designated_account.id"],
            name=op.f("fk_unmatched_receipt_designated_account"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "entry"],
            ["ledger_entry.region", "ledger_entry.id"],
            name=op.f("fk_unmatched_receipt_ledger_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "parent"],
            ["unmatched_receipt.region", "unmatched_receipt.id"],
            name="fk_unmatched_receipt_parent",
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_unmatched_receipt")),
    )
    op.create_index(
        "ix_unmatched_receipt_bank_day", "unmatched_receipt", ["region", "bank_day"], unique=False
    )
    op.create_index(
        "ix_unmatched_receipt_trade_no",
        "unmatched_receipt",
        ["region", "bank", "trade_no"],
        unique=False,
    )
    create_region_table(
        "payment",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("notice", sa.BigInteger(), nullable=False),
        sa.Column("pay_code", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("trade_no", sa.Text(), nullable=False),
        sa.Column("amount_fen", Fen(), nullable=False),
        sa.Column("late_fen", Fen(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("paid_at", Instant(), nullable=False),
        sa.Column("bank_day", sa.Date(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("payer_name", sa.Text(), nullable=True),
        sa.Column("payer_account", sa.Text(), nullable=True),
        sa.CheckConstraint("kind = 'confirmation'", name=op.f("ck_payment_kind")),
        sa.CheckConstraint(
            "state IN ('confirmed', 'arrived', 'reconciled', 'settled', 'reversed', 'difference')",
            name=op.f("ck_payment_state"),
        ),
        sa.CheckConstraint(
            "amount_fen > 0 AND late_fen BETWEEN 0 AND amount_fen", name=op.f("ck_payment_amount")
        ),
        sa.ForeignKeyConstraint(
            ["region", "account"],
            ["designated_account.region", "designated_account.id"],
            name=op.f("fk_payment_designated_account"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "bank", "kind", "trade_no"],
            ["payment_key.region", "payment_key.bank", "payment_key.kind", "payment_key.trade_no"],
            name=op.f("fk_payment_payment_key"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "entry"],
            ["ledger_entry.region", "ledger_entry.id"],
            name=op.f("fk_payment_ledger_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "notice"], ["notice.region", "notice.id"], name=op.f("fk_payment_notice")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_payment")),
    )
    op.create_index("ix_payment_bank_day", "payment", ["region", "bank_day", "bank"], unique=False)
    op.create_index("uq_payment_entry", "payment", ["region", "entry"], unique=True)
    op.create_index(
        "uq_payment_notice",
        "payment",
        ["region", "notice"],
        unique=True,
        sqlite_where=sa.text("state <> 'reversed'"),
        postgresql_where=sa.text("state <> 'reversed'"),
    )
    op.create_index("uq_payment_trade_no", "payment", ["region", "bank", "trade_no"], unique=True)
    forbid_changes(*APPEND_ONLY)
    forbid_column_changes("payment", FROZEN, deletes=True)
    forbid_column_changes("unmatched_receipt", MONEY, deletes=True)


def downgrade() -> None:

    allow_changes(*APPEND_ONLY)
    for table in reversed(TABLES):
        op.drop_table(table)
