"""Let re-assessments carry reliefs over to the notice issued in a voided one's place.

Revision ID: 0038
Revises: 0037
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Fen
from migrations.walls import allow_changes, create_region_table, forbid_changes

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

BOOKING = "reassessment_booking"
CHECK = "ck_reassessment_booking_fen"
BEFORE = "seq > 0 AND fen > 0"
AFTER = "seq > 0 AND (fen > 0 OR (fen = 0 AND refund IS NULL))"


def upgrade() -> None:
    _hold_fen(AFTER)
    create_region_table(
        "reassessment_relief",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("relief", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source", sa.BigInteger(), nullable=False),
        sa.Column("reassessment", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("relief <> source", name=op.f("ck_reassessment_relief_another")),
        sa.ForeignKeyConstraint(
            ["region", "relief"],
            ["notice_relief.region", "notice_relief.id"],
            name="fk_reassessment_relief_relief",
        ),
        sa.ForeignKeyConstraint(
            ["region", "source"],
            ["notice_relief.region", "notice_relief.id"],
            name="fk_reassessment_relief_source",
        ),
        sa.ForeignKeyConstraint(
            ["region", "reassessment"],
            ["reassessment.region", "reassessment.id"],
            name=op.f("fk_reassessment_relief_reassessment"),
        ),
        sa.PrimaryKeyConstraint("region", "relief", name=op.f("pk_reassessment_relief")),
    )
    op.create_index("ix_reassessment_relief_source", "reassessment_relief", ["region", "source"])
    op.create_index(
        "ix_reassessment_relief_reassessment", "reassessment_relief", ["region", "reassessment"]
    )
    forbid_changes("reassessment_relief")


def downgrade() -> None:
    """Go back; the checks refuse it where a notice was issued whose lines are all waived."""
    allow_changes("reassessment_relief")
    op.drop_table("reassessment_relief")
    _hold_fen(BEFORE)


def _hold_fen(check: str) -> None:
    """Exchange the check; SQLite makes the table anew, so its walls are put up again."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(CHECK), BOOKING, type_="check")
        op.create_check_constraint(op.f(CHECK), BOOKING, check)
        return
    allow_changes(BOOKING)
    with op.batch_alter_table(BOOKING, copy_from=_booking(check), recreate="always"):
        pass
    forbid_changes(BOOKING)


def _booking(check: str) -> sa.Table:
    def reference(to: str, *columns: str) -> sa.ForeignKeyConstraint:
        return sa.ForeignKeyConstraint(
            ["region", *columns],
            [f"{to}.region", f"{to}.id"],
            name=op.f(f"fk_reassessment_booking_{to}"),
        )

    return sa.Table(
        BOOKING,
        sa.MetaData(),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("reassessment", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("notice", sa.BigInteger(), nullable=False),
        sa.Column("refund", sa.BigInteger(), nullable=True),
        sa.Column("fen", Fen(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'refund') = (refund IS NOT NULL)",
            name=op.f("ck_reassessment_booking_refund"),
        ),
        sa.CheckConstraint(
            "kind IN ('supplement', 'replacement', 'void', 'refund')",
            name=op.f("ck_reassessment_booking_kind"),
        ),
        sa.CheckConstraint(check, name=op.f(CHECK)),
        reference("notice", "notice"),
        reference("reassessment", "reassessment"),
        reference("refund", "refund"),
        sa.PrimaryKeyConstraint(
            "region", "reassessment", "seq", name=op.f("pk_reassessment_booking")
        ),
    )
