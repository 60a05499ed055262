"""Create reports, signals, cases and their moves.

Revision ID: 0007
Revises: 0006
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

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

FROZEN_SUPERVISION_CASE = (
    "region",
    "id",
    "unit_key",
    "unit_code",
    "unit_name",
    "object_key",
    "item_id",
    "item_name",
    "amount_fen",
    "level",
    "opened_by",
    "opened_on",
    "opened_at",
)
TABLES = ("supervision_case", "report", "report_file", "signal", "case_move", "case_file")
APPEND_ONLY = ("report", "report_file", "signal", "case_move", "case_file")


def upgrade() -> None:
    create_region_table(
        "supervision_case",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("unit_key", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("unit_name", sa.Text(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("item_name", sa.Text(), nullable=False),
        sa.Column("amount_fen", Fen(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("parties", JsonText(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_provisional", sa.Boolean(), nullable=False),
        sa.Column("heard", sa.Boolean(), nullable=False),
        sa.Column("card_on", sa.Date(), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("appealed", sa.Boolean(), nullable=False),
        sa.Column("rounds", sa.BigInteger(), nullable=False),
        sa.Column("established_fen", Fen(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "level IN ('warning', 'yellow', 'red')", name=op.f("ck_supervision_case_level")
        ),
        sa.CheckConstraint(
            "state <> 'confirmed' OR (confirmed_on IS NOT NULL AND decided_by <> opened_by)",
            name=op.f("ck_supervision_case_two_persons"),
        ),
        sa.CheckConstraint(
            "state IN ('warned', 'yellow', 'red', 'explained', 'awaiting_decision', 'appealed', 'confirmed', 'dismissed', 'rectifying', 'rectified', 'under_supervision', 'closed')",
            name=op.f("ck_supervision_case_state"),
        ),
        sa.CheckConstraint(
            "published_on IS NULL OR confirmed_on IS NOT NULL",
            name=op.f("ck_supervision_case_published"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "unit_code"],
            ["collecting_unit.region", "collecting_unit.unit_code"],
            name=op.f("fk_supervision_case_collecting_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["region"], ["region.code"], name=op.f("fk_supervision_case_region")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_supervision_case")),
    )
    op.create_index(
        "ix_supervision_case_state",
        "supervision_case",
        ["region", "state", "opened_on"],
        unique=False,
    )
    op.create_index(
        "ix_supervision_case_unit",
        "supervision_case",
        ["region", "unit_key", "confirmed_on"],
        unique=False,
    )
    op.create_index(
        "uq_supervision_case_object",
        "supervision_case",
        ["region", "unit_key", "object_key"],
        unique=True,
        sqlite_where=sa.text("state NOT IN ('dismissed', 'closed') AND object_key <> ''"),
        postgresql_where=sa.text("state NOT IN ('dismissed', 'closed') AND object_key <> ''"),
    )
    create_region_table(
        "report",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("reporter_name", sa.Text(), nullable=False),
        sa.Column("reporter_contact", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("amount_fen", Fen(), nullable=False),
        sa.Column("charged_on", sa.Date(), nullable=False),
        sa.Column("arose_on", sa.Date(), nullable=False),
        sa.Column("how_paid", sa.Text(), nullable=False),
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("ticket_no", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("edition_sha256", sa.Text(), nullable=False),
        sa.Column("reported_at", Instant(), nullable=False),
        sa.CheckConstraint("channel IN ('page', 'api', 'console')", name=op.f("ck_report_channel")),
        sa.CheckConstraint(
            "how_paid IN ('cash', 'transfer', 'card', 'mobile', 'other')",
            name=op.f("ck_report_how_paid"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_report_amount")),
        sa.ForeignKeyConstraint(
            ["region", "case_id"],
            ["supervision_case.region", "supervision_case.id"],
            name=op.f("fk_report_supervision_case"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "unit_code"],
            ["collecting_unit.region", "collecting_unit.unit_code"],
            name=op.f("fk_report_collecting_unit"),
        ),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_report_region")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_report")),
    )
    op.create_index("ix_report_case", "report", ["region", "case_id"], unique=False)
    op.create_index("ix_report_reported_at", "report", ["region", "reported_at"], unique=False)
    create_region_table(
        "report_file",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("report", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("file_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("file_no > 0 AND size > 0", name=op.f("ck_report_file_numbers")),
        sa.ForeignKeyConstraint(
            ["region", "report"], ["report.region", "report.id"], name=op.f("fk_report_file_report")
        ),
        sa.PrimaryKeyConstraint("region", "report", "file_no", name=op.f("pk_report_file")),
    )
    create_region_table(
        "signal",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("unit_key", sa.Text(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("explanation_zh", sa.Text(), nullable=False),
        sa.Column("explanation_en", sa.Text(), nullable=False),
        sa.Column("inputs", JsonText(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.CheckConstraint("level IN ('warning', 'yellow', 'red')", name=op.f("ck_signal_level")),
        sa.CheckConstraint("version > 0", name=op.f("ck_signal_version")),
        sa.ForeignKeyConstraint(
            ["region", "case_id"],
            ["supervision_case.region", "supervision_case.id"],
            name=op.f("fk_signal_supervision_case"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "report"], ["report.region", "report.id"], name=op.f("fk_signal_report")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_signal")),
    )
    op.create_index(
        "uq_signal_code",
        "signal",
        ["region", "case_id", "code", "unit_key", "object_key"],
        unique=True,
    )
    create_region_table(
        "case_move",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hearing", sa.Text(), nullable=False),
        sa.Column("amount_fen", Fen(), nullable=True),
        sa.CheckConstraint("seq > 0", name=op.f("ck_case_move_seq")),
        sa.ForeignKeyConstraint(
            ["region", "case_id"],
            ["supervision_case.region", "supervision_case.id"],
            name=op.f("fk_case_move_supervision_case"),
        ),
        sa.PrimaryKeyConstraint("region", "case_id", "seq", name=op.f("pk_case_move")),
    )
    create_region_table(
        "case_file",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("file_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("file_no > 0 AND size > 0", name=op.f("ck_case_file_numbers")),
        sa.ForeignKeyConstraint(
            ["region", "case_id", "seq"],
            ["case_move.region", "case_move.case_id", "case_move.seq"],
            name=op.f("fk_case_file_case_move"),
        ),
        sa.PrimaryKeyConstraint("region", "case_id", "seq", "file_no", name=op.f("pk_case_file")),
    )
    forbid_changes(*APPEND_ONLY)
    forbid_column_changes("supervision_case", FROZEN_SUPERVISION_CASE, deletes=True)


def downgrade() -> None:
    allow_changes(*APPEND_ONLY)
    for table in reversed(TABLES):
        op.drop_table(table)
