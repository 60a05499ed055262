"""Create reconciliation batches, lines, differences and closed bank days.

Revision ID: 0006
Revises: 0005
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

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FROZEN_RECON_BATCH = (
    "region",
    "id",
    "bank",
    "account_no",
    "day",
    "accconfirm_no",
    "file_count",
    "file_fen",
    "file_name",
    "sha256",
    "raw",
    "imported_at",
    "imported_by",
)
FROZEN_RECON_DIFFERENCE = (
    "region",
    "id",
    "batch",
    "day",
    "result",
    "reason",
    "line_no",
    "payment",
    "trade_no",
    "pay_code",
    "bank_fen",
    "booked_fen",
    "opened_at",
)
TABLES = ("recon_batch", "recon_line", "recon_difference", "recon_day")
APPEND_ONLY = ("recon_line", "recon_day")


def upgrade() -> None:
    create_region_table(
        "recon_batch",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("accconfirm_no", sa.Text(), nullable=False),
        sa.Column("replaces", sa.BigInteger(), nullable=True),
        sa.Column("replaced_by", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("file_count", sa.BigInteger(), nullable=False),
        sa.Column("file_fen", Fen(), nullable=False),
        sa.Column("booked_count", sa.BigInteger(), nullable=False),
        sa.Column("booked_fen", Fen(), nullable=False),
        sa.Column("matched_count", sa.BigInteger(), nullable=False),
        sa.Column("difference_count", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('matched', 'with_differences', 'closed')", name=op.f("ck_recon_batch_state")
        ),
        sa.CheckConstraint(
            "file_count >= 0 AND booked_count >= 0 AND matched_count >= 0 AND matched_count <= file_count",
            name=op.f("ck_recon_batch_counts"),
        ),
        sa.ForeignKeyConstraint(["bank"], ["bank.code"], name=op.f("fk_recon_batch_bank")),
        sa.ForeignKeyConstraint(
            ["region", "replaced_by"],
            ["recon_batch.region", "recon_batch.id"],
            name="fk_recon_batch_replaced_by",
        ),
        sa.ForeignKeyConstraint(
            ["region", "replaces"],
            ["recon_batch.region", "recon_batch.id"],
            name="fk_recon_batch_replaces",
        ),
        sa.ForeignKeyConstraint(
            ["region"], ["region_setting.region"], name=op.f("fk_recon_batch_region_setting")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_recon_batch")),
    )
    op.create_index("ix_recon_batch_day", "recon_batch", ["region", "day"], unique=False)
    op.create_index(
        "uq_recon_batch_key",
        "recon_batch",
        ["region", "bank", "account_no", "day", "accconfirm_no"],
        unique=True,
    )
    create_region_table(
        "recon_line",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("batch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("trade_no", sa.Text(), nullable=False),
        sa.Column("pay_code", sa.Text(), nullable=False),
        sa.Column("amount_fen", Fen(), nullable=False),
        sa.Column("paid_at", Instant(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("payment", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('matched', 'differing', 'extra')", name=op.f("ck_recon_line_outcome")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_recon_line_amount")),
        sa.ForeignKeyConstraint(
            ["region", "batch"],
            ["recon_batch.region", "recon_batch.id"],
            name=op.f("fk_recon_line_recon_batch"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "payment"],
            ["payment.region", "payment.id"],
            name=op.f("fk_recon_line_payment"),
        ),
        sa.PrimaryKeyConstraint("region", "batch", "line_no", name=op.f("pk_recon_line")),
    )
    op.create_index("ix_recon_line_payment", "recon_line", ["region", "payment"], unique=False)
    create_region_table(
        "recon_difference",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("line_no", sa.BigInteger(), nullable=True),
        sa.Column("payment", sa.BigInteger(), nullable=True),
        sa.Column("trade_no", sa.Text(), nullable=False),
        sa.Column("pay_code", sa.Text(), nullable=False),
        sa.Column("bank_fen", Fen(), nullable=True),
        sa.Column("booked_fen", Fen(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("corrected_by", sa.Text(), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.Column("closing_reason", sa.Text(), nullable=False),
        sa.Column("carried_to", sa.Date(), nullable=True),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "result IN ('15001', '15002', '15003')", name=op.f("ck_recon_difference_result")
        ),
        sa.CheckConstraint(
            "state <> 'closed' OR closed_by <> corrected_by",
            name=op.f("ck_recon_difference_two_persons"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'assigned', 'explained', 'corrected', 'written_off', 'closed', 'auto_closed')",
            name=op.f("ck_recon_difference_state"),
        ),
        sa.CheckConstraint(
            "bank_fen IS NOT NULL OR booked_fen IS NOT NULL",
            name=op.f("ck_recon_difference_amounts"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "batch"],
            ["recon_batch.region", "recon_batch.id"],
            name=op.f("fk_recon_difference_recon_batch"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "payment"],
            ["payment.region", "payment.id"],
            name=op.f("fk_recon_difference_payment"),
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_recon_difference")),
    )
    op.create_index(
        "ix_recon_difference_batch", "recon_difference", ["region", "batch"], unique=False
    )
    op.create_index(
        "ix_recon_difference_day", "recon_difference", ["region", "day", "state"], unique=False
    )
    op.create_index(
        "ix_recon_difference_payment", "recon_difference", ["region", "payment"], unique=False
    )
    create_region_table(
        "recon_day",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("batches", sa.BigInteger(), nullable=False),
        sa.Column("carried", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("batches >= 0 AND carried >= 0", name=op.f("ck_recon_day_counts")),
        sa.ForeignKeyConstraint(
            ["region"], ["region_setting.region"], name=op.f("fk_recon_day_region_setting")
        ),
        sa.PrimaryKeyConstraint("region", "day", name=op.f("pk_recon_day")),
    )
    forbid_changes(*APPEND_ONLY)
    forbid_column_changes("recon_batch", FROZEN_RECON_BATCH, deletes=True)
    forbid_column_changes("recon_difference", FROZEN_RECON_DIFFERENCE, deletes=True)


def downgrade() -> None:
    allow_changes(*APPEND_ONLY)
    for table in reversed(TABLES):
        op.drop_table(table)
