"""Let banks sign with SM2 and SM3, and note why signatures of a key were refused.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Instant
from migrations.walls import allow_column_changes, create_reference_table, forbid_column_changes

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

FROZEN = ("keyid", "bank", "algorithm", "material", "valid_from")
CHECK = "ck_bank_key_algorithm"
BEFORE = "algorithm IN ('ed25519', 'hmac-sha256')"
AFTER = "algorithm IN ('ed25519', 'hmac-sha256', 'sm2-sm3')"


def upgrade() -> None:
    _hold_algorithms(AFTER)
    create_reference_table(
        "api_signature_refusal",
        sa.Column("keyid", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("keyid", "day", "part", name="pk_api_signature_refusal"),
        sa.ForeignKeyConstraint(
            ["keyid"], ["bank_key.keyid"], name="fk_api_signature_refusal_bank_key"
        ),
        sa.CheckConstraint("times > 0", name=op.f("ck_api_signature_refusal_times")),
    )
    op.create_index("ix_api_signature_refusal_day", "api_signature_refusal", ["day"])


def downgrade() -> None:
    op.drop_table("api_signature_refusal")
    _hold_algorithms(BEFORE)


def _hold_algorithms(check: str) -> None:
    """Exchange the check; SQLite makes the table anew, so its walls are put up again."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(CHECK), "bank_key", type_="check")
        op.create_check_constraint(op.f(CHECK), "bank_key", check)
        return
    allow_column_changes("bank_key")
    with op.batch_alter_table("bank_key", copy_from=_bank_key(check), recreate="always"):
        pass
    forbid_column_changes("bank_key", FROZEN, deletes=True)


def _bank_key(check: str) -> sa.Table:
    return sa.Table(
        "bank_key",
        sa.MetaData(),
        sa.Column("keyid", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("material", sa.Text(), nullable=False),
        sa.Column("valid_from", Instant(), nullable=False),
        sa.Column("valid_to", Instant(), nullable=True),
        sa.CheckConstraint(check, name=op.f(CHECK)),
        sa.ForeignKeyConstraint(["bank"], ["bank.code"], name=op.f("fk_bank_key_bank")),
        sa.PrimaryKeyConstraint("keyid", name=op.f("pk_bank_key")),
    )
