"""Create assessment runs, their chunks and lines.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Fen, Instant, JsonText
from migrations.walls import (
    allow_changes,
    create_region_table,
    forbid_changes,
    forbid_column_changes,
)

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

FROZEN_ASSESSMENT_RUN = (
    "region",
    "id",
    "day",
    "edition",
    "edition_sha256",
    "known_at",
    "engine",
    "chunk_size",
    "started_by",
)
TABLES = ("assessment_run", "assessment_run_chunk", "assessment_run_line")
APPEND_ONLY = ("assessment_run_chunk", "assessment_run_line")


def upgrade() -> None:
    create_region_table(
        "assessment_run",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("edition_sha256", sa.Text(), nullable=False),
        sa.Column("known_at", Instant(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("chunk_size", sa.BigInteger(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.CheckConstraint("chunk_size > 0", name=op.f("ck_assessment_run_chunk_size")),
        sa.ForeignKeyConstraint(
            ["edition"], ["catalog_edition.id"], name=op.f("fk_assessment_run_catalog_edition")
        ),
        sa.ForeignKeyConstraint(
            ["region"], ["region.code"], name=op.f("fk_assessment_run_region")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_assessment_run")),
    )
    op.create_index("ix_assessment_run_day", "assessment_run", ["region", "day"], unique=False)
    create_region_table(
        "assessment_run_chunk",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("run", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_uscc", sa.Text(), nullable=False),
        sa.Column("enterprises", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("counts", JsonText(), nullable=False),
        sa.CheckConstraint(
            "number > 0 AND enterprises > 0", name=op.f("ck_assessment_run_chunk_counted")
        ),
        sa.CheckConstraint(
            "refused >= 0 AND refused <= enterprises AND lines >= 0",
            name=op.f("ck_assessment_run_chunk_within"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "run"],
            ["assessment_run.region", "assessment_run.id"],
            name=op.f("fk_assessment_run_chunk_assessment_run"),
        ),
        sa.PrimaryKeyConstraint("region", "run", "number", name=op.f("pk_assessment_run_chunk")),
    )
    create_region_table(
        "assessment_run_line",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("run", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("amount_fen", Fen(), nullable=True),
        sa.Column("low_fen", Fen(), nullable=True),
        sa.Column("high_fen", Fen(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('due', 'reduced', 'provisional', 'guided', 'ceiling', 'range', "
            "'below_floor')",
            name=op.f("ck_assessment_run_line_outcome"),
        ),
        sa.CheckConstraint(
            "(amount_fen IS NULL) = (outcome = 'range')",
            name=op.f("ck_assessment_run_line_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "run"],
            ["assessment_run.region", "assessment_run.id"],
            name=op.f("fk_assessment_run_line_assessment_run"),
        ),
        sa.PrimaryKeyConstraint(
            "region", "run", "uscc", "line", name=op.f("pk_assessment_run_line")
        ),
    )
    forbid_changes(*APPEND_ONLY)
    forbid_column_changes("assessment_run", FROZEN_ASSESSMENT_RUN, deletes=True)


def downgrade() -> None:
    allow_changes(*APPEND_ONLY)
    for table in reversed(TABLES):
        op.drop_table(table)
