"""Let units register their own notices by frames (8994): what they said, and what was refused.

Revision ID: 0030
Revises: 0029
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

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

FROZEN = (
    "region",
    "pay_code",
    "result",
    "content_sha256",
    "node",
    "unit_code",
    "code",
    "first_at",
)


def upgrade() -> None:
    create_region_table(
        "gateway_registration",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("pay_code", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("wants_notification", sa.Boolean(), nullable=False),
        sa.Column("registered_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region"],
            ["region_setting.region"],
            name=op.f("fk_gateway_registration_region_setting"),
        ),
        sa.PrimaryKeyConstraint("region", "pay_code", name=op.f("pk_gateway_registration")),
    )
    create_region_table(
        "gateway_registration_refusal",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("pay_code", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("detail_zh", sa.Text(), nullable=False),
        sa.Column("detail_en", sa.Text(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("times > 0", name=op.f("ck_gateway_registration_refusal_times")),
        sa.PrimaryKeyConstraint(
            "region",
            "pay_code",
            "result",
            "content_sha256",
            name=op.f("pk_gateway_registration_refusal"),
        ),
    )
    op.create_index(
        "ix_gateway_registration_refusal_last_at",
        "gateway_registration_refusal",
        ["region", "last_at"],
    )
    forbid_changes("gateway_registration")
    forbid_column_changes("gateway_registration_refusal", FROZEN, deletes=True)


def downgrade() -> None:
    allow_column_changes("gateway_registration_refusal")
    allow_changes("gateway_registration")
    op.drop_table("gateway_registration_refusal")
    op.drop_table("gateway_registration")
