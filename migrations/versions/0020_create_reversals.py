"""Create reversals, early reversals and refused messages.

A reversal holds its serial's ``bank_trade``, so ``book_clear_payment`` leaves the confirmation of an
early one to the long way, which books and reverses at once (R-R8).

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Fen, Instant, JsonText
from migrations.walls import (
    allow_changes,
    allow_column_changes,
    create_region_table,
    forbid_changes,
    forbid_column_changes,
)

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

FROZEN = {
    "early_reversal": (
        "region",
        "bank",
        "trade_no",
        "day",
        "pay_code",
        "amount_fen",
        "first_at",
    ),
    "refused_message": (
        "region",
        "id",
        "bank",
        "kind",
        "trade_no",
        "pay_code",
        "result",
        "code",
        "content_sha256",
        "told",
        "first_at",
    ),
}


def upgrade() -> None:
    _create_reversal()
    _create_early_reversal()
    _create_refused_message()
    forbid_changes("payment_reversal")
    for table, columns in FROZEN.items():
        forbid_column_changes(table, columns, deletes=True)


def downgrade() -> None:
    for table in FROZEN:
        allow_column_changes(table)
    allow_changes("payment_reversal")
    for table in ("payment_reversal", *FROZEN):
        op.drop_table(table)


def _create_reversal() -> None:
    create_region_table(
        "payment_reversal",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("payment", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("trade_no", sa.Text(), nullable=False),
        sa.Column("amount_fen", Fen(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("was_early", sa.Boolean(), nullable=False),
        sa.Column("notice_status", sa.Text(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.CheckConstraint("kind = 'reversal'", name=op.f("ck_payment_reversal_kind")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payment_reversal_amount")),
        sa.CheckConstraint(
            "notice_status IN ('issued', 'expired')",
            name=op.f("ck_payment_reversal_notice_status"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "payment"],
            ["payment.region", "payment.id"],
            name=op.f("fk_payment_reversal_payment"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "entry"],
            ["ledger_entry.region", "ledger_entry.id"],
            name=op.f("fk_payment_reversal_ledger_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "bank", "kind", "trade_no"],
            [
                "payment_key.region",
                "payment_key.bank",
                "payment_key.kind",
                "payment_key.trade_no",
            ],
            name=op.f("fk_payment_reversal_payment_key"),
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_payment_reversal")),
    )
    for name, columns in (
        ("payment", ["payment"]),
        ("entry", ["entry"]),
        ("trade_no", ["bank", "trade_no"]),
    ):
        op.create_index(
            f"uq_payment_reversal_{name}", "payment_reversal", ["region", *columns], unique=True
        )


def _create_early_reversal() -> None:
    create_region_table(
        "early_reversal",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("trade_no", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("pay_code", sa.Text(), nullable=False),
        sa.Column("amount_fen", Fen(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_early_reversal_amount")),
        sa.CheckConstraint("times > 0", name=op.f("ck_early_reversal_times")),
        sa.ForeignKeyConstraint(
            ["region"], ["region_setting.region"], name=op.f("fk_early_reversal_region_setting")
        ),
        sa.ForeignKeyConstraint(["bank"], ["bank.code"], name=op.f("fk_early_reversal_bank")),
        sa.PrimaryKeyConstraint(
            "region",
            "bank",
            "trade_no",
            "day",
            "pay_code",
            "amount_fen",
            name=op.f("pk_early_reversal"),
        ),
    )
    op.create_index("ix_early_reversal_last_at", "early_reversal", ["region", "last_at"])


def _create_refused_message() -> None:
    create_region_table(
        "refused_message",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("trade_no", sa.Text(), nullable=False),
        sa.Column("pay_code", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("told", JsonText(), nullable=False),
        sa.Column("detail_zh", sa.Text(), nullable=False),
        sa.Column("detail_en", sa.Text(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('confirmation', 'reversal')", name=op.f("ck_refused_message_kind")
        ),
        sa.CheckConstraint("times > 0", name=op.f("ck_refused_message_times")),
        sa.ForeignKeyConstraint(["bank"], ["bank.code"], name=op.f("fk_refused_message_bank")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_refused_message")),
    )
    op.create_index(
        "uq_refused_message_content",
        "refused_message",
        ["region", "bank", "kind", "trade_no", "result", "content_sha256"],
        unique=True,
    )
    op.create_index("ix_refused_message_last_at", "refused_message", ["region", "last_at"])
