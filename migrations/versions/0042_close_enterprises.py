"""Close, revoke and restore enterprises: each change of standing is kept with its day and document.

Revision ID: 0042
Revises: 0041
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Instant
from migrations.walls import allow_changes, create_reference_table, forbid_changes

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_reference_table(
        "enterprise_standing",
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "change IN ('closed', 'revoked', 'restored')",
            name=op.f("ck_enterprise_standing_change"),
        ),
        sa.CheckConstraint("no > 0", name=op.f("ck_enterprise_standing_no")),
        sa.ForeignKeyConstraint(
            ["uscc"], ["enterprise.uscc"], name=op.f("fk_enterprise_standing_enterprise")
        ),
        sa.PrimaryKeyConstraint("uscc", "no", name=op.f("pk_enterprise_standing")),
    )
    forbid_changes("enterprise_standing")


def downgrade() -> None:
    allow_changes("enterprise_standing")
    op.drop_table("enterprise_standing")
