"""Create the drafts of editions: handed in, reviewed by another person, then published.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Instant, JsonText
from migrations.walls import allow_column_changes, create_reference_table, forbid_column_changes

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

FROZEN = (
    "id", "edition", "kind", "province", "title_zh", "title_en", "dated_on", "sha256", "content",
    "author", "reasons", "drafted_by", "drafted_at",
)  # fmt: skip


def upgrade() -> None:
    create_reference_table(
        "catalog_draft",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reasons", JsonText(), nullable=False),
        sa.Column("drafted_by", sa.Text(), nullable=False),
        sa.Column("drafted_at", Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("reviewed_at", Instant(), nullable=True),
        sa.Column("review_note", sa.Text(), nullable=True),
        sa.Column("accepted", JsonText(), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("withdrawal_reason", sa.Text(), nullable=True),
        sa.Column("published_by", sa.Text(), nullable=True),
        sa.Column("published_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'reviewed', 'returned', 'withdrawn', 'published')",
            name=op.f("ck_catalog_draft_state"),
        ),
        sa.CheckConstraint(
            "kind IN ('publication', 'compilation')", name=op.f("ck_catalog_draft_kind_known")
        ),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_catalog_draft_sha256_whole")),
        sa.CheckConstraint(
            "reviewed_by <> drafted_by AND reviewed_by <> author",
            name=op.f("ck_catalog_draft_two_persons"),
        ),
        sa.CheckConstraint(
            "published_by <> reviewed_by", name=op.f("ck_catalog_draft_published_by_another")
        ),
        sa.CheckConstraint(
            "state NOT IN ('reviewed', 'returned') OR reviewed_by IS NOT NULL",
            name=op.f("ck_catalog_draft_reviewed"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_draft")),
    )
    op.create_index("ix_catalog_draft_edition", "catalog_draft", ["edition", "drafted_at"])
    op.create_index("ix_catalog_draft_sha256", "catalog_draft", ["sha256"])
    forbid_column_changes("catalog_draft", FROZEN, deletes=True)


def downgrade() -> None:
    allow_column_changes("catalog_draft")
    op.drop_table("catalog_draft")
