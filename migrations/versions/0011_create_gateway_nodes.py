"""Create the nodes that speak frames, with their tokens.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Instant
from migrations.walls import create_region_table

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_region_table(
        "gateway_node",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("token_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bank", sa.Text(), nullable=True),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("valid_from", Instant(), nullable=False),
        sa.Column("valid_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("region", "node", "token_no", name="pk_gateway_node"),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name="fk_gateway_node_region"),
        sa.ForeignKeyConstraint(["bank"], ["bank.code"], name="fk_gateway_node_bank"),
        sa.ForeignKeyConstraint(
            ["region", "unit_code"],
            ["collecting_unit.region", "collecting_unit.unit_code"],
            name="fk_gateway_node_collecting_unit",
        ),
        sa.CheckConstraint(
            "(bank IS NULL) <> (unit_code IS NULL)", name=op.f("ck_gateway_node_holder")
        ),
        sa.CheckConstraint("length(token) BETWEEN 16 AND 128", name=op.f("ck_gateway_node_token")),
        sa.CheckConstraint("token_no > 0", name=op.f("ck_gateway_node_token_no")),
    )


def downgrade() -> None:
    op.drop_table("gateway_node")
