"""Freeze what must not be lost beside the ledger: refusals, discrepancies, serials, bank keys.

A counter may rise, a state move, a key end; what a bank was refused, what a key is, and that a
serial was given out, stays (R-B3, R-B4, R-P4).

Revision ID: 0013
Revises: 0012
"""

from migrations.walls import allow_column_changes, forbid_column_changes

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

FROZEN = {
    "rejected_confirmation": (
        "region",
        "id",
        "bank",
        "trade_no",
        "result",
        "code",
        "content_sha256",
        "pay_code",
        "amount_fen",
        "account_no",
        "paid_at",
        "first_at",
    ),
    "discrepancy": ("region", "id", "bank", "kind", "trade_no", "first", "found_at"),
    "pay_code_serial": ("region", "year"),
    "bank_key": ("keyid", "bank", "algorithm", "material", "valid_from"),
}


def upgrade() -> None:
    for table, columns in FROZEN.items():
        forbid_column_changes(table, columns, deletes=True)


def downgrade() -> None:
    for table in FROZEN:
        allow_column_changes(table)
