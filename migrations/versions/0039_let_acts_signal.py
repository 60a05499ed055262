"""Let a signal come from an act of the log of permits (S08, S09).

Revision ID: 0039
Revises: 0038
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Instant, JsonText
from migrations.walls import allow_changes, forbid_changes

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

BEFORE = (
    "(CASE WHEN report IS NULL THEN 0 ELSE 1 END) + (CASE WHEN refund IS NULL THEN 0 ELSE 1 END) "
    "+ (CASE WHEN notice IS NULL THEN 0 ELSE 1 END) = 1 "
    "AND (quota IS NULL OR notice IS NOT NULL)"
)
SOURCE = (
    "(CASE WHEN report IS NULL THEN 0 ELSE 1 END) + (CASE WHEN refund IS NULL THEN 0 ELSE 1 END) "
    "+ (CASE WHEN notice IS NULL THEN 0 ELSE 1 END) + (CASE WHEN act IS NULL THEN 0 ELSE 1 END) "
    "= 1 AND (quota IS NULL OR notice IS NOT NULL)"
)
CK = "ck_signal_source"
OLD = {"report": "report", "refund": "refund", "notice": "notice", "quota": "annual_quota"}
NEW = {"act": "permit_act"}
INDEXES = {f"ix_signal_{name}": name for name in ("refund", "notice", "quota", "act")}


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(CK), "signal", type_="check")
        for column, table in NEW.items():
            op.add_column("signal", sa.Column(column, sa.BigInteger(), nullable=True))
            op.create_foreign_key(
                op.f(f"fk_signal_{table}"), "signal", table, ["region", column], ["region", "id"]
            )
            op.create_index(f"ix_signal_{column}", "signal", ["region", column])
        op.create_check_constraint(op.f(CK), "signal", SOURCE)
    else:
        _make_anew(from_acts=True)


def downgrade() -> None:
    """Go back; signals of acts cannot be kept without their column."""
    allow_changes("signal")
    op.execute("DELETE FROM signal WHERE act IS NOT NULL")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(CK), "signal", type_="check")
        for column, table in NEW.items():
            op.drop_index(f"ix_signal_{column}", table_name="signal")
            op.drop_constraint(op.f(f"fk_signal_{table}"), "signal", type_="foreignkey")
            op.drop_column("signal", column)
        op.create_check_constraint(op.f(CK), "signal", BEFORE)
        forbid_changes("signal")
    else:
        forbid_changes("signal")
        _make_anew(from_acts=False)


def _make_anew(*, from_acts: bool) -> None:
    """Make the table anew on SQLite: rows are carried over, its walls are put up again."""
    allow_changes("signal")
    op.drop_index("uq_signal_code", table_name="signal")
    for index, column in INDEXES.items():
        if column != "act" or not from_acts:
            op.drop_index(index, table_name="signal")
    op.execute("ALTER TABLE signal RENAME TO signal_before")
    op.create_table("signal", *_columns(from_acts), *_constraints(from_acts))
    names = ", ".join(column.name for column in _columns(from_acts=False))
    op.execute(f"INSERT INTO signal ({names}) SELECT {names} FROM signal_before")
    op.drop_table("signal_before")
    op.create_index(
        "uq_signal_code",
        "signal",
        ["region", "case_id", "code", "unit_key", "object_key"],
        unique=True,
    )
    for index, column in INDEXES.items():
        if column != "act" or from_acts:
            op.create_index(index, "signal", ["region", column])
    forbid_changes("signal")


def _columns(from_acts: bool) -> list[sa.Column]:
    more = [sa.Column(name, sa.BigInteger(), nullable=True) for name in NEW]
    return [
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in OLD),
        *(more if from_acts else []),
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


def _constraints(from_acts: bool) -> list[sa.Constraint]:
    sources = {**OLD, **(NEW if from_acts else {})}
    return [
        sa.CheckConstraint("level IN ('warning', 'yellow', 'red')", name=op.f("ck_signal_level")),
        sa.CheckConstraint("version > 0", name=op.f("ck_signal_version")),
        sa.CheckConstraint(SOURCE if from_acts else BEFORE, name=op.f(CK)),
        sa.ForeignKeyConstraint(
            ["region", "case_id"],
            ["supervision_case.region", "supervision_case.id"],
            name=op.f("fk_signal_supervision_case"),
        ),
        *(
            sa.ForeignKeyConstraint(
                ["region", column],
                [f"{table}.region", f"{table}.id"],
                name=op.f(f"fk_signal_{table}"),
            )
            for column, table in sources.items()
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_signal")),
    ]
