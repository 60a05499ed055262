"""Create yearly amounts: versions by enterprise and year, corrections, publications.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Fen, Instant
from migrations.walls import (
    MESSAGE,
    allow_changes,
    allow_column_changes,
    create_region_table,
    forbid_changes,
    forbid_column_changes,
)

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLES = ("quota_year", "quota_publication", "annual_quota", "quota_correction")
APPEND_ONLY = ("quota_publication", "quota_correction")
FROZEN = {
    "quota_year": ("region", "year"),
    "annual_quota": (
        "region",
        "id",
        "year",
        "uscc",
        "version",
        "run",
        "stated",
        "open_by_run",
        "refused",
        "prepared_by",
        "prepared_at",
    ),
}
# What was audited keeps its figures: a correction makes a new version.
SETTLED = (
    "OLD.state <> 'draft' AND (NEW.total_fen <> OLD.total_fen "
    "OR NEW.notice_fen <> OLD.notice_fen OR NEW.open_lines <> OLD.open_lines)"
)


def upgrade() -> None:
    create_region_table(
        "quota_year",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("known_at", Instant(), nullable=False),
        sa.CheckConstraint("year BETWEEN 2000 AND 2999", name=op.f("ck_quota_year_year")),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_quota_year_region")),
        sa.PrimaryKeyConstraint("region", "year", name=op.f("pk_quota_year")),
    )
    create_region_table(
        "quota_publication",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("kept_by", sa.Text(), nullable=False),
        sa.Column("kept_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "medium <> '' AND number <> '' AND document <> ''",
            name=op.f("ck_quota_publication_announced"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "year"],
            ["quota_year.region", "quota_year.year"],
            name=op.f("fk_quota_publication_quota_year"),
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_quota_publication")),
    )
    op.create_index(
        "uq_quota_publication_number",
        "quota_publication",
        ["region", "year", "medium", "number"],
        unique=True,
    )
    create_region_table(
        "annual_quota",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total_fen", Fen(), nullable=False),
        sa.Column("notice_fen", Fen(), nullable=False),
        sa.Column("stated", sa.BigInteger(), nullable=False),
        sa.Column("open_by_run", sa.BigInteger(), nullable=False),
        sa.Column("open_lines", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("prepared_at", Instant(), nullable=False),
        sa.Column("audited_by", sa.Text(), nullable=True),
        sa.Column("audited_at", Instant(), nullable=True),
        sa.Column("publication", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state <> 'published' OR publication IS NOT NULL",
            name=op.f("ck_annual_quota_published"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'audited', 'published', 'revised')",
            name=op.f("ck_annual_quota_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('audited', 'published') OR (audited_by IS NOT NULL AND open_lines = 0 AND NOT refused AND stated > 0)",
            name=op.f("ck_annual_quota_clear"),
        ),
        sa.CheckConstraint(
            "(audited_by IS NULL) = (audited_at IS NULL)", name=op.f("ck_annual_quota_audited")
        ),
        sa.CheckConstraint("audited_by <> prepared_by", name=op.f("ck_annual_quota_two_persons")),
        sa.CheckConstraint(
            "notice_fen >= 0 AND notice_fen <= total_fen", name=op.f("ck_annual_quota_fen")
        ),
        sa.CheckConstraint(
            "version > 0 AND stated >= 0 AND open_lines >= 0 AND open_by_run >= 0",
            name=op.f("ck_annual_quota_counted"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "publication"],
            ["quota_publication.region", "quota_publication.id"],
            name=op.f("fk_annual_quota_quota_publication"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "run"],
            ["assessment_run.region", "assessment_run.id"],
            name=op.f("fk_annual_quota_assessment_run"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "year"],
            ["quota_year.region", "quota_year.year"],
            name=op.f("fk_annual_quota_quota_year"),
        ),
        sa.ForeignKeyConstraint(
            ["uscc"], ["enterprise.uscc"], name=op.f("fk_annual_quota_enterprise")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_annual_quota")),
    )
    op.create_index(
        "ix_annual_quota_state", "annual_quota", ["region", "year", "state", "uscc"], unique=False
    )
    op.create_index(
        "uq_annual_quota_pending",
        "annual_quota",
        ["region", "year", "uscc"],
        unique=True,
        sqlite_where=sa.text("state IN ('draft', 'audited')"),
        postgresql_where=sa.text("state IN ('draft', 'audited')"),
    )
    op.create_index(
        "uq_annual_quota_published",
        "annual_quota",
        ["region", "year", "uscc"],
        unique=True,
        sqlite_where=sa.text("state = 'published'"),
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_index(
        "uq_annual_quota_version",
        "annual_quota",
        ["region", "year", "uscc", "version"],
        unique=True,
    )
    create_region_table(
        "quota_correction",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("quota", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("before_fen", Fen(), nullable=True),
        sa.Column("amount_fen", Fen(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("corrected_by", sa.Text(), nullable=False),
        sa.Column("corrected_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "reason <> '' AND document <> ''", name=op.f("ck_quota_correction_grounds")
        ),
        sa.CheckConstraint(
            "amount_fen >= 0 AND before_fen >= 0", name=op.f("ck_quota_correction_fen")
        ),
        sa.CheckConstraint("seq > 0", name=op.f("ck_quota_correction_seq")),
        sa.ForeignKeyConstraint(
            ["region", "quota"],
            ["annual_quota.region", "annual_quota.id"],
            name=op.f("fk_quota_correction_annual_quota"),
        ),
        sa.PrimaryKeyConstraint("region", "quota", "seq", name=op.f("pk_quota_correction")),
    )
    forbid_changes(*APPEND_ONLY)
    for table, columns in FROZEN.items():
        forbid_column_changes(table, columns, deletes=True)
    _settle()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER settled ON annual_quota")
    else:
        op.execute("DROP TRIGGER annual_quota_settled")
    for table in FROZEN:
        allow_column_changes(table)
    allow_changes(*APPEND_ONLY)
    for table in reversed(TABLES):
        op.drop_table(table)


def _settle() -> None:
    columns = "total_fen, notice_fen, open_lines"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER settled BEFORE UPDATE OF {columns} ON annual_quota FOR EACH ROW "
            f"WHEN ({SETTLED}) EXECUTE FUNCTION refuse_change()"
        )
    else:
        op.execute(
            f"CREATE TRIGGER annual_quota_settled BEFORE UPDATE OF {columns} ON annual_quota "
            f"FOR EACH ROW WHEN {SETTLED} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )
