"""Keep refused arrivals and transfers: their money may have come all the same.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Fen, Instant, JsonText
from migrations.walls import allow_column_changes, create_region_table, forbid_column_changes

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLE = "refused_arrival"
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


def upgrade() -> None:
    create_region_table(
        TABLE,
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("trade_no", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("amount_fen", Fen(), nullable=False),
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("arrived_at", Instant(), nullable=False),
        sa.Column("told", JsonText(), nullable=False),
        sa.Column("detail_zh", sa.Text(), nullable=False),
        sa.Column("detail_en", sa.Text(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('arrival', 'in_transit')", name=op.f("ck_refused_arrival_kind")
        ),
        sa.CheckConstraint("times > 0", name=op.f("ck_refused_arrival_times")),
        sa.ForeignKeyConstraint(["bank"], ["bank.code"], name=op.f("fk_refused_arrival_bank")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_refused_arrival")),
    )
    op.create_index("ix_refused_arrival_last_at", TABLE, ["region", "last_at"])
    op.create_index(
        "uq_refused_arrival_content",
        TABLE,
        ["region", "bank", "kind", "trade_no", "result", "content_sha256"],
        unique=True,
    )
    forbid_column_changes(TABLE, FROZEN, deletes=True)


def downgrade() -> None:
    allow_column_changes(TABLE)
    op.drop_table(TABLE)
