"""Create projects: items, computations, the parts of regions and their notices.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Fen, Instant, JsonText
from migrations.walls import (
    allow_changes,
    create_region_table,
    forbid_changes,
    forbid_column_changes,
    allow_column_changes,
)

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TABLES = ("project", "project_item", "project_round", "project_part", "project_notice")
APPEND_ONLY = ("project", "project_item", "project_round", "project_notice")
FROZEN_PART = ("region", "project_region", "project", "opened_at")


def upgrade() -> None:
    create_region_table('project',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('uscc', sa.Text(), nullable=False),
    sa.Column('arose_on', sa.Date(), nullable=False),
    sa.Column('act', sa.BigInteger(), nullable=True),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('recorded_at', Instant(), nullable=False),
    sa.CheckConstraint("kind IN ('building', 'act')", name=op.f('ck_project_kind')),
    sa.CheckConstraint("number <> '' AND name <> ''", name=op.f('ck_project_named')),
    sa.ForeignKeyConstraint(['region', 'act'], ['permit_act.region', 'permit_act.id'], name=op.f('fk_project_permit_act')),
    sa.ForeignKeyConstraint(['region'], ['region.code'], name=op.f('fk_project_region')),
    sa.ForeignKeyConstraint(['uscc'], ['enterprise.uscc'], name=op.f('fk_project_enterprise')),
    sa.PrimaryKeyConstraint('region', 'id', name=op.f('pk_project')),
    )
    op.create_index('ix_project_arose_on', 'project', ['region', 'arose_on'], unique=False)
    op.create_index('ix_project_uscc', 'project', ['region', 'uscc', 'arose_on'], unique=False)
    op.create_index('uq_project_number', 'project', ['region', 'number'], unique=True)
    create_region_table('project_item',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('project', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('item_id', sa.Text(), nullable=False),
    sa.Column('unit_region', sa.Text(), nullable=False),
    sa.Column('unit_code', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['region', 'project'], ['project.region', 'project.id'], name=op.f('fk_project_item_project')),
    sa.PrimaryKeyConstraint('region', 'project', 'item_id', name=op.f('pk_project_item')),
    )
    create_region_table('project_round',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('project', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('round', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('facts', JsonText(), nullable=False),
    sa.Column('from_register', JsonText(), nullable=False),
    sa.Column('lines', JsonText(), nullable=False),
    sa.Column('edition', sa.Text(), nullable=False),
    sa.Column('edition_sha256', sa.Text(), nullable=False),
    sa.Column('total_fen', Fen(), nullable=False),
    sa.Column('assessed_by', sa.Text(), nullable=False),
    sa.Column('assessed_at', Instant(), nullable=False),
    sa.CheckConstraint('round > 0', name=op.f('ck_project_round_round')),
    sa.ForeignKeyConstraint(['edition'], ['catalog_edition.id'], name=op.f('fk_project_round_catalog_edition')),
    sa.ForeignKeyConstraint(['region', 'project'], ['project.region', 'project.id'], name=op.f('fk_project_round_project')),
    sa.PrimaryKeyConstraint('region', 'project', 'round', name=op.f('pk_project_round')),
    )
    create_region_table('project_part',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('project_region', sa.Text(), nullable=False),
    sa.Column('project', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('opened_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['region'], ['region_setting.region'], name=op.f('fk_project_part_region_setting')),
    sa.PrimaryKeyConstraint('region', 'project_region', 'project', name=op.f('pk_project_part'))
    )
    create_region_table('project_notice',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('notice', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('project_region', sa.Text(), nullable=False),
    sa.Column('project', sa.BigInteger(), nullable=False),
    sa.Column('round', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['region', 'notice'], ['notice.region', 'notice.id'], name=op.f('fk_project_notice_notice')),
    sa.ForeignKeyConstraint(['region', 'project_region', 'project'], ['project_part.region', 'project_part.project_region', 'project_part.project'], name=op.f('fk_project_notice_project_part')),
    sa.PrimaryKeyConstraint('region', 'notice', name=op.f('pk_project_notice')),
    )
    op.create_index('ix_project_notice_part', 'project_notice', ['region', 'project_region', 'project'], unique=False)
    forbid_changes(*APPEND_ONLY)
    forbid_column_changes("project_part", FROZEN_PART, deletes=True)


def downgrade() -> None:
    allow_column_changes("project_part")
    allow_changes(*APPEND_ONLY)
    for table in reversed(TABLES):
        op.drop_table(table)
