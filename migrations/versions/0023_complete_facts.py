"""Complete the facts: unit, who said so and why; the register as it was; disputes; re-assessments.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Instant, JsonText
from migrations.walls import (
    allow_changes,
    allow_column_changes,
    create_reference_table,
    create_region_table,
    forbid_changes,
    forbid_column_changes,
)

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# Nullable columns are added in place on both databases: the table's triggers stay.
COLUMNS = (
    ("unit", sa.Text()),
    ("said_by", sa.Text()),
    ("reason", sa.Text()),
    ("intake", sa.BigInteger()),
)
DUE_FROZEN = (
    "region", "id", "uscc", "cause", "cause_key", "since", "facts", "marked_at", "marked_by",
)  # fmt: skip
DISPUTE_FROZEN = ("region", "id", "uscc", "name", "round", "day", "opened_at")


def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("enterprise_fact", sa.Column(name, kind, nullable=True))
    _create_former()
    _create_disputes()
    _create_dues()


def _create_former() -> None:
    create_reference_table(
        "enterprise_former",
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("replaced_at", Instant(), nullable=False),
        sa.Column("replaced_by", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("home_region", sa.Text(), nullable=False),
        sa.Column("industry_version", sa.Text(), nullable=True),
        sa.Column("industry_code", sa.Text(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("size_class", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["uscc"], ["enterprise.uscc"], name=op.f("fk_enterprise_former_enterprise")
        ),
        sa.PrimaryKeyConstraint("uscc", "replaced_at", name=op.f("pk_enterprise_former")),
    )
    forbid_changes("enterprise_former")


def _create_disputes() -> None:
    create_region_table(
        "fact_dispute",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("decision", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "decision IS NULL OR settled_by IS NOT NULL", name=op.f("ck_fact_dispute_settled")
        ),
        sa.CheckConstraint(
            "settled_by IS NULL OR settled_at IS NOT NULL",
            name=op.f("ck_fact_dispute_settled_at"),
        ),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_fact_dispute_region")),
        sa.ForeignKeyConstraint(
            ["uscc"], ["enterprise.uscc"], name=op.f("fk_fact_dispute_enterprise")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_fact_dispute")),
        sa.UniqueConstraint("region", "uscc", "name", "round", name="uq_fact_dispute_round"),
    )
    op.create_index("ix_fact_dispute_open", "fact_dispute", ["region", "settled_at", "opened_at"])
    forbid_column_changes("fact_dispute", DISPUTE_FROZEN, deletes=True)


def _create_dues() -> None:
    create_region_table(
        "reassessment_due",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("cause_key", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("facts", JsonText(), nullable=False),
        sa.Column("marked_at", Instant(), nullable=False),
        sa.Column("marked_by", sa.Text(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (settled_by IS NULL)",
            name=op.f("ck_reassessment_due_settled"),
        ),
        sa.ForeignKeyConstraint(
            ["region"], ["region.code"], name=op.f("fk_reassessment_due_region")
        ),
        sa.ForeignKeyConstraint(
            ["uscc"], ["enterprise.uscc"], name=op.f("fk_reassessment_due_enterprise")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_reassessment_due")),
        sa.UniqueConstraint(
            "region", "uscc", "cause", "cause_key", name="uq_reassessment_due_cause"
        ),
    )
    op.create_index(
        "ix_reassessment_due_settled_at",
        "reassessment_due",
        ["region", "settled_at", "marked_at"],
    )
    forbid_column_changes("reassessment_due", DUE_FROZEN, deletes=True)


def downgrade() -> None:
    allow_column_changes("reassessment_due")
    op.drop_table("reassessment_due")
    allow_column_changes("fact_dispute")
    op.drop_table("fact_dispute")
    allow_changes("enterprise_former")
    op.drop_table("enterprise_former")
    for name, _ in reversed(COLUMNS):
        op.drop_column("enterprise_fact", name)
