"""Create runs over a region and all below it.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Instant, JsonText
from migrations.walls import create_region_table, forbid_column_changes

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

FROZEN_ASSESSMENT_PROVINCE_RUN = (
    "region",
    "id",
    "day",
    "edition",
    "edition_sha256",
    "known_at",
    "engine",
    "chunk_size",
    "started_by",
    "regions",
)


def upgrade() -> None:
    create_region_table(
        "assessment_province_run",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("edition_sha256", sa.Text(), nullable=False),
        sa.Column("known_at", Instant(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("chunk_size", sa.BigInteger(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("regions", JsonText(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.CheckConstraint("chunk_size > 0", name=op.f("ck_assessment_province_run_chunk_size")),
        sa.ForeignKeyConstraint(
            ["edition"],
            ["catalog_edition.id"],
            name=op.f("fk_assessment_province_run_catalog_edition"),
        ),
        sa.ForeignKeyConstraint(
            ["region"], ["region.code"], name=op.f("fk_assessment_province_run_region")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_assessment_province_run")),
    )
    op.create_index(
        "ix_assessment_province_run_day",
        "assessment_province_run",
        ["region", "day"],
        unique=False,
    )
    forbid_column_changes(
        "assessment_province_run", FROZEN_ASSESSMENT_PROVINCE_RUN, deletes=True
    )


def downgrade() -> None:
    op.drop_table("assessment_province_run")
