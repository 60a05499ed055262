"""Create the seal: chains of blocks, the seal of each entry, public keys, signed days.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Instant
from migrations.walls import (
    allow_changes,
    allow_column_changes,
    create_reference_table,
    create_region_table,
    forbid_changes,
    forbid_column_changes,
)

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = ("seal_chain", "seal_block", "entry_seal", "seal_key", "seal_day")
APPEND_ONLY = ("seal_block", "entry_seal", "seal_day")
FROZEN_SEAL_KEY = ("fingerprint", "algorithm", "public", "valid_from")


def upgrade() -> None:
    create_region_table(
        "seal_chain",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("blocks", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("checked_at", Instant(), nullable=True),
        sa.CheckConstraint("blocks >= 0", name=op.f("ck_seal_chain_blocks")),
        sa.ForeignKeyConstraint(
            ["region"], ["ledger_book.region"], name=op.f("fk_seal_chain_ledger_book")
        ),
        sa.PrimaryKeyConstraint("region", name=op.f("pk_seal_chain")),
    )
    create_region_table(
        "seal_block",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint("number > 0 AND entries > 0", name=op.f("ck_seal_block_counted")),
        sa.ForeignKeyConstraint(
            ["region"], ["ledger_book.region"], name=op.f("fk_seal_block_ledger_book")
        ),
        sa.PrimaryKeyConstraint("region", "number", name=op.f("pk_seal_block")),
    )
    op.create_index("ix_seal_block_day", "seal_block", ["region", "day", "number"], unique=False)
    create_region_table(
        "entry_seal",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("entry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_entry_seal_position")),
        sa.ForeignKeyConstraint(
            ["region", "entry"],
            ["ledger_entry.region", "ledger_entry.id"],
            name=op.f("fk_entry_seal_ledger_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "block"],
            ["seal_block.region", "seal_block.number"],
            name=op.f("fk_entry_seal_seal_block"),
        ),
        sa.PrimaryKeyConstraint("region", "entry", name=op.f("pk_entry_seal")),
    )
    op.create_index(
        "uq_entry_seal_position", "entry_seal", ["region", "block", "position"], unique=True
    )
    create_reference_table(
        "seal_key",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("valid_from", Instant(), nullable=False),
        sa.Column("valid_to", Instant(), nullable=True),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from < valid_to", name=op.f("ck_seal_key_window")
        ),
        sa.CheckConstraint("algorithm = 'ed25519'", name=op.f("ck_seal_key_algorithm")),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_seal_key")),
    )
    create_region_table(
        "seal_day",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("blocks", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("signed_at", Instant(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint("blocks >= 0 AND entries >= blocks", name=op.f("ck_seal_day_counted")),
        sa.ForeignKeyConstraint(
            ["region", "day"],
            ["ledger_closed_day.region", "ledger_closed_day.day"],
            name=op.f("fk_seal_day_ledger_closed_day"),
        ),
        sa.ForeignKeyConstraint(["key"], ["seal_key.fingerprint"], name=op.f("fk_seal_day_seal_key")),
        sa.PrimaryKeyConstraint("region", "day", name=op.f("pk_seal_day")),
    )
    op.create_index("uq_seal_day_previous", "seal_day", ["region", "previous"], unique=True)
    forbid_changes(*APPEND_ONLY)
    forbid_column_changes("seal_chain", ("region",), deletes=True)
    forbid_column_changes("seal_key", FROZEN_SEAL_KEY, deletes=True)


def downgrade() -> None:
    allow_column_changes("seal_key")
    allow_column_changes("seal_chain")
    allow_changes(*APPEND_ONLY)
    for table in reversed(TABLES):
        op.drop_table(table)
