"""Create what guards the machines' door: used nonces and counts of calls (reference tables).

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Instant
from migrations.walls import create_reference_table

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_reference_table(
        "api_nonce",
        sa.Column("keyid", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("used_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("keyid", "nonce", name="pk_api_nonce"),
    )
    op.create_index("ix_api_nonce_used_at", "api_nonce", ["used_at"])
    create_reference_table(
        "api_call_count",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("window_at", Instant(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "window_at", name="pk_api_call_count"),
        sa.CheckConstraint("calls > 0", name=op.f("ck_api_call_count_calls_counted")),
    )
    op.create_index("ix_api_call_count_window_at", "api_call_count", ["window_at"])


def downgrade() -> None:
    op.drop_index("ix_api_call_count_window_at", table_name="api_call_count")
    op.drop_table("api_call_count")
    op.drop_index("ix_api_nonce_used_at", table_name="api_nonce")
    op.drop_table("api_nonce")
