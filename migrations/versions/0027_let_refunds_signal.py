"""Let a signal come from a refund instead of a report (R-F6).

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Instant, JsonText
from migrations.walls import allow_changes, forbid_changes

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

SOURCE = "(report IS NULL) <> (refund IS NULL)"
FK = "fk_signal_refund"
CK = "ck_signal_source"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("signal", "report", nullable=True)
        op.add_column("signal", sa.Column("refund", sa.BigInteger(), nullable=True))
        op.create_foreign_key(
            op.f(FK), "signal", "refund", ["region", "refund"], ["region", "id"]
        )
        op.create_check_constraint(op.f(CK), "signal", SOURCE)
    else:
        _make_anew(from_refunds=True)
    op.create_index("ix_signal_refund", "signal", ["region", "refund"], unique=False)


def downgrade() -> None:
    """Go back; signals of refunds cannot be kept without their column."""
    op.drop_index("ix_signal_refund", table_name="signal")
    allow_changes("signal")
    op.execute("DELETE FROM signal WHERE refund IS NOT NULL")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(CK), "signal", type_="check")
        op.drop_constraint(op.f(FK), "signal", type_="foreignkey")
        op.drop_column("signal", "refund")
        op.alter_column("signal", "report", nullable=False)
        forbid_changes("signal")
    else:
        forbid_changes("signal")
        _make_anew(from_refunds=False)


def _make_anew(*, from_refunds: bool) -> None:
    """Make the table anew on SQLite: rows are carried over, its walls are put up again."""
    allow_changes("signal")
    op.drop_index("uq_signal_code", table_name="signal")
    op.execute("ALTER TABLE signal RENAME TO signal_before")
    op.create_table("signal", *_columns(from_refunds), *_constraints(from_refunds))
    names = ", ".join(column.name for column in _columns(from_refunds=False))
    op.execute(f"INSERT INTO signal ({names}) SELECT {names} FROM signal_before")
    op.drop_table("signal_before")
    op.create_index(
        "uq_signal_code",
        "signal",
        ["region", "case_id", "code", "unit_key", "object_key"],
        unique=True,
    )
    forbid_changes("signal")


def _columns(from_refunds: bool) -> list[sa.Column]:
    refund = [sa.Column("refund", sa.BigInteger(), nullable=True)] if from_refunds else []
    return [
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.BigInteger(), nullable=from_refunds),
        *refund,
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("unit_key", sa.Text(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("explanation_zh", sa.Text(), nullable=False),
        sa.Column("explanation_en", sa.Text(), nullable=False),
        sa.Column("inputs", JsonText(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
    ]


def _constraints(from_refunds: bool) -> list[sa.Constraint]:
    own = [
        sa.CheckConstraint(SOURCE, name=op.f(CK)),
        sa.ForeignKeyConstraint(
            ["region", "refund"], ["refund.region", "refund.id"], name=op.f(FK)
        ),
    ]
    return [
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
        *(own if from_refunds else []),
    ]
