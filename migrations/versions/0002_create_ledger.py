"""Create the ledger: books, entries of pairs, closed days, snapshots.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Fen, Instant
from migrations.walls import allow_changes, create_region_table, forbid_changes

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


TABLES = ("ledger_book", "ledger_closed_day", "ledger_entry", "ledger_posting", "ledger_snapshot")
APPEND_ONLY = ("ledger_closed_day", "ledger_entry", "ledger_posting", "ledger_snapshot")


def upgrade() -> None:

    create_region_table(
        "ledger_book",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("open_day", sa.Date(), nullable=False),
        sa.CheckConstraint("opened_on <= open_day", name=op.f("ck_ledger_book_open_day")),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_ledger_book_region")),
        sa.PrimaryKeyConstraint("region", name=op.f("pk_ledger_book")),
    )
    create_region_table(
        "ledger_closed_day",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("next_day", sa.Date(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("fen", Fen(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.CheckConstraint("day < next_day", name=op.f("ck_ledger_closed_day_next_day")),
        sa.ForeignKeyConstraint(
            ["region"], ["ledger_book.region"], name=op.f("fk_ledger_closed_day_ledger_book")
        ),
        sa.PrimaryKeyConstraint("region", "day", name=op.f("pk_ledger_closed_day")),
    )
    create_region_table(
        "ledger_entry",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reverses", sa.BigInteger(), nullable=True),
        sa.Column("posted_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region", "reverses"],
            ["ledger_entry.region", "ledger_entry.id"],
            name="fk_ledger_entry_reverses",
        ),
        sa.ForeignKeyConstraint(
            ["region"], ["ledger_book.region"], name=op.f("fk_ledger_entry_ledger_book")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_ledger_entry")),
    )
    op.create_index("ix_ledger_entry_day", "ledger_entry", ["region", "day"], unique=False)
    op.create_index("uq_ledger_entry_reverses", "ledger_entry", ["region", "reverses"], unique=True)
    create_region_table(
        "ledger_posting",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("entry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("leg", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("debit", sa.Text(), nullable=False),
        sa.Column("credit", sa.Text(), nullable=False),
        sa.Column("fen", Fen(), nullable=False),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_ledger_posting_two_accounts")),
        sa.CheckConstraint("fen > 0", name=op.f("ck_ledger_posting_fen")),
        sa.CheckConstraint("leg > 0", name=op.f("ck_ledger_posting_leg")),
        sa.ForeignKeyConstraint(
            ["region", "entry"],
            ["ledger_entry.region", "ledger_entry.id"],
            name=op.f("fk_ledger_posting_ledger_entry"),
        ),
        sa.PrimaryKeyConstraint("region", "entry", "leg", name=op.f("pk_ledger_posting")),
    )
    create_region_table(
        "ledger_snapshot",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("debit_fen", Fen(), nullable=False),
        sa.Column("credit_fen", Fen(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region", "day"],
            ["ledger_closed_day.region", "ledger_closed_day.day"],
            name=op.f("fk_ledger_snapshot_ledger_closed_day"),
        ),
        sa.PrimaryKeyConstraint("region", "day", "account", name=op.f("pk_ledger_snapshot")),
    )
    forbid_changes(*APPEND_ONLY)


def downgrade() -> None:

    allow_changes(*APPEND_ONLY)
    for table in reversed(TABLES):
        op.drop_table(table)
