"""Keep files of facts: what each came to, and the faults of those refused.

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Instant
from migrations.walls import allow_column_changes, create_region_table, forbid_column_changes

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TABLE = "fact_intake"
FAULTS = "fact_intake_fault"
FROZEN = (
    "region", "id", "key", "sha256", "file_name", "size", "source", "said_by", "document",
    "valid_from", "valid_to",
)  # fmt: skip


def upgrade() -> None:
    create_region_table(
        TABLE,
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("said_by", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in (
                "lines", "enterprises", "told", "faults", "new", "known", "changed", "disputed",
            )
        ),
        sa.Column("checked_at", Instant(), nullable=False),
        sa.Column("checked_by", sa.Text(), nullable=False),
        sa.Column("taken_at", Instant(), nullable=True),
        sa.Column("taken_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('faulty', 'checked', 'taken')", name=op.f("ck_fact_intake_state")
        ),
        sa.CheckConstraint(
            "(state = 'faulty') = (faults > 0)", name=op.f("ck_fact_intake_faults")
        ),
        sa.CheckConstraint(
            "(state = 'taken') = (taken_at IS NOT NULL)", name=op.f("ck_fact_intake_taken")
        ),
        sa.CheckConstraint(
            "lines >= 0 AND enterprises >= 0", name=op.f("ck_fact_intake_counted")
        ),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_fact_intake_region")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_fact_intake")),
        sa.UniqueConstraint("region", "key", name="uq_fact_intake_key"),
    )  # fmt: skip
    op.create_index("ix_fact_intake_checked_at", TABLE, ["region", "checked_at"])
    forbid_column_changes(TABLE, FROZEN, deletes=True)
    create_region_table(
        FAULTS,
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("intake", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("problem_zh", sa.Text(), nullable=False),
        sa.Column("problem_en", sa.Text(), nullable=False),
        sa.Column("remedy_zh", sa.Text(), nullable=False),
        sa.Column("remedy_en", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region", "intake"],
            ["fact_intake.region", "fact_intake.id"],
            name=op.f("fk_fact_intake_fault_fact_intake"),
        ),
        sa.PrimaryKeyConstraint("region", "intake", "number", name=op.f("pk_fact_intake_fault")),
    )


def downgrade() -> None:
    op.drop_table(FAULTS)
    allow_column_changes(TABLE)
    op.drop_table(TABLE)
