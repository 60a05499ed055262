"""Take in the banks' statements of an account (wp.outer.account.flow), and keep refused ones.

Revision ID: 0041
Revises: 0040
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

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

FROZEN = (
    "region",
    "id",
    "bank",
    "kind",
    "trade_no",
    "result",
    "code",
    "content_sha256",
    "amount_fen",
    "account_no",
    "arrived_at",
    "told",
    "first_at",
)
KIND = "ck_refused_arrival_kind"
BATCHES = sa.text("outcome IN ('transfer', 'awaited')")
SERIALS = sa.text("trade_no IS NOT NULL")


def upgrade() -> None:
    _hold_kinds("kind IN ('arrival', 'in_transit', 'flow')")
    _create_flows()
    _create_lines()
    forbid_changes("account_flow", "account_flow_line")


def downgrade() -> None:
    """Go back; refused statements cannot be kept under the kinds there were."""
    allow_changes("account_flow", "account_flow_line")
    op.drop_table("account_flow_line")
    op.drop_table("account_flow")
    _hold_kinds("kind IN ('arrival', 'in_transit')")


def _hold_kinds(condition: str) -> None:
    """Exchange the check; SQLite makes the table anew, so its walls are put up again."""
    allow_column_changes("refused_arrival")
    if "flow" not in condition:
        op.execute("DELETE FROM refused_arrival WHERE kind = 'flow'")
    with op.batch_alter_table("refused_arrival") as batch:
        batch.drop_constraint(op.f(KIND), type_="check")
        batch.create_check_constraint(op.f(KIND), condition)
    forbid_column_changes("refused_arrival", FROZEN, deletes=True)


def _create_flows() -> None:
    create_region_table(
        "account_flow",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("flow_no", sa.Text(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.Column("total_fen", Fen(), nullable=False),
        sa.Column("answer", JsonText(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "line_count >= 0 AND total_fen >= 0", name=op.f("ck_account_flow_counts")
        ),
        sa.ForeignKeyConstraint(["bank"], ["bank.code"], name=op.f("fk_account_flow_bank")),
        sa.ForeignKeyConstraint(
            ["region", "account"],
            ["designated_account.region", "designated_account.id"],
            name=op.f("fk_account_flow_designated_account"),
        ),
        sa.PrimaryKeyConstraint("region", "bank", "flow_no", name=op.f("pk_account_flow")),
    )
    op.create_index("ix_account_flow_day", "account_flow", ["region", "day"])


def _create_lines() -> None:
    create_region_table(
        "account_flow_line",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("flow_no", sa.Text(), nullable=False),
        sa.Column("line_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount_fen", Fen(), nullable=False),
        sa.Column("payer_name", sa.Text(), nullable=True),
        sa.Column("payer_account", sa.Text(), nullable=True),
        sa.Column("payer_bank", sa.Text(), nullable=True),
        sa.Column("batch_no", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("pay_type", sa.Text(), nullable=False),
        sa.Column("sub_account", sa.Text(), nullable=False),
        sa.Column("pay_code", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("trade_no", sa.Text(), nullable=True),
        sa.Column("receipt", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "amount_fen > 0 AND line_no > 0", name=op.f("ck_account_flow_line_amount")
        ),
        sa.CheckConstraint(
            "outcome IN ('transfer', 'awaited', 'repeated', 'arrival', 'payment', 'unmatched')",
            name=op.f("ck_account_flow_line_outcome"),
        ),
        sa.CheckConstraint(
            "(outcome IN ('transfer', 'awaited', 'repeated')) = (batch_no IS NOT NULL) "
            "AND (outcome IN ('arrival', 'payment')) = (trade_no IS NOT NULL) "
            "AND (receipt IS NULL OR outcome = 'unmatched')",
            name=op.f("ck_account_flow_line_what"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "bank", "flow_no"],
            ["account_flow.region", "account_flow.bank", "account_flow.flow_no"],
            name=op.f("fk_account_flow_line_account_flow"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "receipt"],
            ["unmatched_receipt.region", "unmatched_receipt.id"],
            name=op.f("fk_account_flow_line_unmatched_receipt"),
        ),
        sa.PrimaryKeyConstraint(
            "region", "bank", "flow_no", "line_no", name=op.f("pk_account_flow_line")
        ),
    )
    for column, where in (("batch_no", BATCHES), ("trade_no", SERIALS)):
        op.create_index(
            f"uq_account_flow_line_{column}",
            "account_flow_line",
            ["region", "bank", column],
            unique=True,
            sqlite_where=where,
            postgresql_where=where,
        )
    op.create_index("ix_account_flow_line_receipt", "account_flow_line", ["region", "receipt"])
