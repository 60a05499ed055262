"""Keep the files that are evidence for a refund (R-F3).

Revision ID: 0036
Revises: 0035
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Instant
from migrations.walls import allow_changes, create_region_table, forbid_changes

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_region_table(
        "refund_file",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("refund", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("file_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("attached_by", sa.Text(), nullable=False),
        sa.Column("attached_at", Instant(), nullable=False),
        sa.CheckConstraint("file_no > 0 AND size > 0", name=op.f("ck_refund_file_numbers")),
        sa.ForeignKeyConstraint(
            ["region", "refund"], ["refund.region", "refund.id"], name=op.f("fk_refund_file_refund")
        ),
        sa.PrimaryKeyConstraint("region", "refund", "file_no", name=op.f("pk_refund_file")),
    )
    op.create_index(
        "uq_refund_file_sha256", "refund_file", ["region", "refund", "sha256"], unique=True
    )
    forbid_changes("refund_file")


def downgrade() -> None:
    allow_changes("refund_file")
    op.drop_index("uq_refund_file_sha256", table_name="refund_file")
    op.drop_table("refund_file")
