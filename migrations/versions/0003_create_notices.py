"""Create notices, their lines, pay-code serials and the banks' queries.

Revision ID: 0003
Revises: 0002
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

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


FROZEN = (
    "region",
    "id",
    "pay_code",
    "uscc",
    "payer_name",
    "unit_code",
    "unit_name",
    "issued_on",
    "amount_fen",
    "account",
    "supersedes",
    "edition_sha256",
)


TABLES = ("pay_code_serial", "notice", "bank_query", "notice_line")
APPEND_ONLY = ("notice_line",)


def upgrade() -> None:

    create_region_table(
        "pay_code_serial",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_serial", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "last_serial BETWEEN 0 AND 99999999999", name=op.f("ck_pay_code_serial_last_serial")
        ),
        sa.ForeignKeyConstraint(
            ["region"], ["region_setting.region"], name=op.f("fk_pay_code_serial_region_setting")
        ),
        sa.PrimaryKeyConstraint("region", "year", name=op.f("pk_pay_code_serial")),
    )
    create_region_table(
        "notice",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pay_code", sa.Text(), nullable=True),
        sa.Column("crc_code", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("payer_name", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("unit_name", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("dates_provisional", sa.Boolean(), nullable=False),
        sa.Column("amount_fen", Fen(), nullable=False),
        sa.Column("refunded_fen", Fen(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=True),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("edition_sha256", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.Column("external_no", sa.Text(), nullable=True),
        sa.Column("supersedes", sa.BigInteger(), nullable=True),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.Column("voided_by", sa.Text(), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(status IN ('waived', 'draft') AND pay_code IS NULL) OR (pay_code IS NOT NULL AND amount_fen > 0 AND account IS NOT NULL)",
            name=op.f("ck_notice_pay_code"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'waived', 'issued', 'expired', 'voided', 'paid', 'reconciled', 'settled', 'refunded')",
            name=op.f("ck_notice_status"),
        ),
        sa.CheckConstraint(
            "amount_fen >= 0 AND refunded_fen BETWEEN 0 AND amount_fen",
            name=op.f("ck_notice_amount"),
        ),
        sa.CheckConstraint(
            "issued_on <= due_on AND due_on <= valid_until", name=op.f("ck_notice_dates")
        ),
        sa.ForeignKeyConstraint(
            ["region", "account"],
            ["designated_account.region", "designated_account.id"],
            name=op.f("fk_notice_designated_account"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "supersedes"], ["notice.region", "notice.id"], name="fk_notice_supersedes"
        ),
        sa.ForeignKeyConstraint(
            ["region", "unit_code"],
            ["collecting_unit.region", "collecting_unit.unit_code"],
            name=op.f("fk_notice_collecting_unit"),
        ),
        sa.ForeignKeyConstraint(["uscc"], ["enterprise.uscc"], name=op.f("fk_notice_enterprise")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_notice")),
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index("ix_notice_issued_on", "notice", ["region", "issued_on"], unique=False)
    op.create_index("ix_notice_uscc", "notice", ["region", "uscc", "issued_on"], unique=False)
    op.create_index("ix_notice_valid_until", "notice", ["region", "valid_until"], unique=False)
    op.create_index("uq_notice_pay_code", "notice", ["region", "pay_code"], unique=True)
    op.create_index("uq_notice_supersedes", "notice", ["region", "supersedes"], unique=True)
    create_region_table(
        "bank_query",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("notice", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bank"], ["bank.code"], name=op.f("fk_bank_query_bank")),
        sa.ForeignKeyConstraint(
            ["region", "notice"], ["notice.region", "notice.id"], name=op.f("fk_bank_query_notice")
        ),
        sa.PrimaryKeyConstraint("region", "notice", "bank", name=op.f("pk_bank_query")),
    )
    create_region_table(
        "notice_line",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("notice", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("unit_name", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("item_code", sa.Text(), nullable=False),
        sa.Column("item_name", sa.Text(), nullable=False),
        sa.Column("line_id", sa.Text(), nullable=True),
        sa.Column("obligation_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("amount_fen", Fen(), nullable=False),
        sa.Column("explanation", JsonText(), nullable=False),
        sa.Column("basis", JsonText(), nullable=True),
        sa.Column("late_rule", JsonText(), nullable=True),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_notice_line_amount")),
        sa.CheckConstraint("line_no > 0", name=op.f("ck_notice_line_line_no")),
        sa.ForeignKeyConstraint(
            ["region", "notice"], ["notice.region", "notice.id"], name=op.f("fk_notice_line_notice")
        ),
        sa.ForeignKeyConstraint(
            ["region", "unit_code"],
            ["collecting_unit.region", "collecting_unit.unit_code"],
            name=op.f("fk_notice_line_collecting_unit"),
        ),
        sa.PrimaryKeyConstraint("region", "notice", "line_no", name=op.f("pk_notice_line")),
    )
    op.create_index(
        "ix_notice_line_unit_code",
        "notice_line",
        ["region", "unit_code", "item_id", "obligation_on"],
        unique=False,
    )
    forbid_changes(*APPEND_ONLY)
    forbid_column_changes("notice", FROZEN, deletes=True)


def downgrade() -> None:

    allow_changes(*APPEND_ONLY)
    for table in reversed(TABLES):
        op.drop_table(table)
