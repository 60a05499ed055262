"""Keep the first answers to acts that callers gave a key to (``Idempotency-Key``).

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Instant
from migrations.walls import (
    allow_changes,
    allow_column_changes,
    create_region_table,
    forbid_changes,
    forbid_column_changes,
)

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

FROZEN = ("region", "act", "key", "content_sha256", "first_at")


def upgrade() -> None:
    create_region_table(
        "api_keyed_answer",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=False),
        sa.CheckConstraint("status BETWEEN 200 AND 299", name=op.f("ck_api_keyed_answer_status")),
        sa.CheckConstraint("length(key) BETWEEN 16 AND 128", name=op.f("ck_api_keyed_answer_key")),
        sa.ForeignKeyConstraint(
            ["region"], ["region_setting.region"], name=op.f("fk_api_keyed_answer_region_setting")
        ),
        sa.PrimaryKeyConstraint("region", "act", "key", name=op.f("pk_api_keyed_answer")),
    )
    create_region_table(
        "api_key_reuse",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("times > 0", name=op.f("ck_api_key_reuse_times")),
        sa.ForeignKeyConstraint(
            ["region", "act", "key"],
            ["api_keyed_answer.region", "api_keyed_answer.act", "api_keyed_answer.key"],
            name=op.f("fk_api_key_reuse_api_keyed_answer"),
        ),
        sa.PrimaryKeyConstraint(
            "region", "act", "key", "content_sha256", name=op.f("pk_api_key_reuse")
        ),
    )
    forbid_changes("api_keyed_answer")
    forbid_column_changes("api_key_reuse", FROZEN, deletes=True)


def downgrade() -> None:
    allow_column_changes("api_key_reuse")
    allow_changes("api_keyed_answer")
    op.drop_table("api_key_reuse")
    op.drop_table("api_keyed_answer")
