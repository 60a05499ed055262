"""Create officers and their sessions (reference tables).

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "officer",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("home_region", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_officer"),
        sa.UniqueConstraint("login", name="uq_officer_login"),
        sa.CheckConstraint(
            "role IN ('clerk', 'reviewer', 'supervisor', 'department', 'auditor')",
            name=op.f("ck_officer_role_known"),
        ),
        sa.CheckConstraint(
            "(role = 'department') = (unit_code IS NOT NULL)", name=op.f("ck_officer_unit_of_role")
        ),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_officer_failures_counted")),
    )
    op.create_table(
        "officer_session",
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_officer_session"),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officer.id"], name="fk_officer_session_officer"
        ),
    )
    op.create_index("ix_officer_session_officer_id", "officer_session", ["officer_id"])


def downgrade() -> None:
    op.drop_index("ix_officer_session_officer_id", table_name="officer_session")
    op.drop_table("officer_session")
    op.drop_table("officer")
