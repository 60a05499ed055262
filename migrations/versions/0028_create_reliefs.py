"""Create reliefs of issued notices: applications, what approved ones did to lines, their sums.

A notice with reliefs is never clear: its payment goes the long way, which reads them under the
notice's lock (``book_clear_payment``, ``book_clear_payments``).

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Fen, Instant
from migrations.walls import (
    allow_changes,
    allow_column_changes,
    create_region_table,
    forbid_changes,
    forbid_column_changes,
)

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

FROZEN = (
    "region",
    "id",
    "notice",
    "kind",
    "line_no",
    "fen",
    "bp",
    "due_on",
    "document",
    "document_on",
    "issuer",
    "reason",
    "applied_by",
    "applied_at",
)
TERMS = (
    "(kind = 'waive' AND fen IS NULL AND bp IS NULL AND due_on IS NULL) OR "
    "(kind = 'reduce' AND (fen IS NULL) <> (bp IS NULL) AND due_on IS NULL) OR "
    "(kind = 'late' AND fen IS NULL AND bp IS NOT NULL AND due_on IS NULL) OR "
    "(kind = 'defer' AND fen IS NULL AND bp IS NULL AND due_on IS NOT NULL AND line_no IS NULL)"
)
OPEN = sa.text("state = 'applied'")
# Columns of tables that exist, each with its check; SQLite adds both in one word, and so keeps the
# table as it is, its triggers with it.
COLUMNS = (
    ("notice", "relieved_fen", "relieved_fen >= 0 AND relieved_fen + refunded_fen <= amount_fen"),
    ("notice", "reliefs", "reliefs >= 0"),
    ("payment", "reliefs", None),
)
CLEAR = {
    "book_clear_payment": "n.amount_fen = p_amount_fen",
    "book_clear_payments": "n.amount_fen = t.amount_fen",
}
WITHOUT_RELIEF = " AND n.reliefs = 0"


def upgrade() -> None:
    for table, column, check in COLUMNS:
        _add_column(table, column, check)
    _create_notice_relief()
    _create_line_relief()
    forbid_changes("line_relief")
    forbid_column_changes("notice_relief", FROZEN, deletes=True)
    for name, condition in CLEAR.items():
        _rewrite_function(name, condition, condition + WITHOUT_RELIEF)


def downgrade() -> None:
    for name, condition in CLEAR.items():
        _rewrite_function(name, condition + WITHOUT_RELIEF, condition)
    allow_column_changes("notice_relief")
    allow_changes("line_relief")
    op.drop_table("line_relief")
    op.drop_table("notice_relief")
    for table, column, check in reversed(COLUMNS):
        if check is not None and op.get_bind().dialect.name == "postgresql":
            op.drop_constraint(op.f(f"ck_{table}_{column}"), table, type_="check")
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def _add_column(table: str, column: str, check: str | None) -> None:
    name = f"ck_{table}_{column}"
    said = f" CONSTRAINT {name} CHECK ({check})" if check is not None else ""
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} BIGINT DEFAULT 0 NOT NULL{said}")


def _rewrite_function(name: str, old: str, new: str) -> None:
    """Change a few words of a function as it stands, whatever other revisions did to the rest."""
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        return
    source = bind.execute(
        sa.text("SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = :name"),
        {"name": name},
    ).scalar_one()
    if source.count(old) != 1:
        raise ValueError(f"{name} does not read as expected")
    bind.exec_driver_sql(source.replace(old, new).replace("%", "%%"))


def _create_notice_relief() -> None:
    create_region_table(
        "notice_relief",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("notice", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("line_no", sa.BigInteger(), nullable=True),
        sa.Column("fen", Fen(), nullable=True),
        sa.Column("bp", sa.BigInteger(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("document_on", sa.Date(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("applied_by", sa.Text(), nullable=False),
        sa.Column("applied_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('waive', 'reduce', 'defer', 'late')", name=op.f("ck_notice_relief_kind")
        ),
        sa.CheckConstraint(
            "state IN ('applied', 'approved', 'refused', 'withdrawn')",
            name=op.f("ck_notice_relief_state"),
        ),
        sa.CheckConstraint(TERMS, name=op.f("ck_notice_relief_terms")),
        sa.CheckConstraint("fen > 0", name=op.f("ck_notice_relief_fen")),
        sa.CheckConstraint("bp BETWEEN 1 AND 10000", name=op.f("ck_notice_relief_bp")),
        sa.CheckConstraint(
            "(state = 'applied') = (decided_by IS NULL) "
            "AND (state = 'applied') = (decided_at IS NULL)",
            name=op.f("ck_notice_relief_decided"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'refused') OR decided_by <> applied_by",
            name=op.f("ck_notice_relief_two_persons"),
        ),
        sa.CheckConstraint(
            "(state = 'approved') = (seq IS NOT NULL)", name=op.f("ck_notice_relief_approved")
        ),
        sa.CheckConstraint("seq > 0", name=op.f("ck_notice_relief_seq")),
        sa.ForeignKeyConstraint(
            ["region", "notice"],
            ["notice.region", "notice.id"],
            name=op.f("fk_notice_relief_notice"),
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_notice_relief")),
    )
    op.create_index(
        "uq_notice_relief_notice",
        "notice_relief",
        ["region", "notice"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index(
        "uq_notice_relief_seq", "notice_relief", ["region", "notice", "seq"], unique=True
    )
    op.create_index("ix_notice_relief_state", "notice_relief", ["region", "state", "applied_at"])


def _create_line_relief() -> None:
    create_region_table(
        "line_relief",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("notice", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("relief", sa.BigInteger(), nullable=False),
        sa.Column("fen", Fen(), nullable=False),
        sa.Column("late_bp", sa.BigInteger(), nullable=False),
        sa.Column("due_was", sa.Date(), nullable=True),
        sa.CheckConstraint("seq > 0", name=op.f("ck_line_relief_seq")),
        sa.CheckConstraint(
            "fen >= 0 AND late_bp BETWEEN 0 AND 10000", name=op.f("ck_line_relief_taken")
        ),
        sa.CheckConstraint(
            "fen > 0 OR late_bp > 0 OR due_was IS NOT NULL", name=op.f("ck_line_relief_effect")
        ),
        sa.ForeignKeyConstraint(
            ["region", "notice", "line_no"],
            ["notice_line.region", "notice_line.notice", "notice_line.line_no"],
            name=op.f("fk_line_relief_notice_line"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "relief"],
            ["notice_relief.region", "notice_relief.id"],
            name=op.f("fk_line_relief_notice_relief"),
        ),
        sa.PrimaryKeyConstraint("region", "notice", "seq", "line_no", name=op.f("pk_line_relief")),
    )
    op.create_index("ix_line_relief_relief", "line_relief", ["region", "relief"])
