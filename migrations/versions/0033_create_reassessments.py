"""Create re-assessments: proposals, their differences, what was issued and asked back for them.

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Fen, Instant, JsonText
from migrations.walls import (
    allow_changes,
    allow_column_changes,
    create_region_table,
    forbid_changes,
    forbid_column_changes,
)

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

TABLES = ("reassessment", "reassessment_line", "reassessment_piece", "reassessment_booking")
FROZEN = (
    "region", "id", "uscc", "payer_name", "edition_id", "edition_sha256", "known_at", "since",
    "until", "reason", "up_fen", "down_fen", "fingerprint", "proposed_by", "proposed_at",
    "proposed_on",
)  # fmt: skip


def upgrade() -> None:
    _create_proposals()
    _create_bookings()
    forbid_changes(*TABLES[1:])
    forbid_column_changes("reassessment", FROZEN, deletes=True)


def downgrade() -> None:
    allow_column_changes("reassessment")
    allow_changes(*TABLES[1:])
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_proposals() -> None:
    create_region_table('reassessment',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('uscc', sa.Text(), nullable=False),
    sa.Column('payer_name', sa.Text(), nullable=False),
    sa.Column('edition_id', sa.Text(), nullable=False),
    sa.Column('edition_sha256', sa.Text(), nullable=False),
    sa.Column('known_at', Instant(), nullable=False),
    sa.Column('since', sa.Date(), nullable=True),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('up_fen', Fen(), nullable=False),
    sa.Column('down_fen', Fen(), nullable=False),
    sa.Column('fingerprint', sa.Text(), nullable=False),
    sa.Column('proposed_by', sa.Text(), nullable=False),
    sa.Column('proposed_at', Instant(), nullable=False),
    sa.Column('proposed_on', sa.Date(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.Text(), nullable=True),
    sa.Column('decided_at', Instant(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('decision_reason', sa.Text(), nullable=True),
    sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f('ck_reassessment_decided')),
    sa.CheckConstraint("state <> 'approved' OR decided_by <> proposed_by", name=op.f('ck_reassessment_two_persons')),
    sa.CheckConstraint("state IN ('proposed', 'approved', 'rejected', 'superseded')", name=op.f('ck_reassessment_state')),
    sa.CheckConstraint('up_fen >= 0 AND down_fen >= 0 AND up_fen + down_fen > 0', name=op.f('ck_reassessment_fen')),
    sa.ForeignKeyConstraint(['edition_id'], ['catalog_edition.id'], name=op.f('fk_reassessment_catalog_edition')),
    sa.ForeignKeyConstraint(['region'], ['region_setting.region'], name=op.f('fk_reassessment_region_setting')),
    sa.ForeignKeyConstraint(['uscc'], ['enterprise.uscc'], name=op.f('fk_reassessment_enterprise')),
    sa.PrimaryKeyConstraint('region', 'id', name=op.f('pk_reassessment'))
    )
    op.create_index('ix_reassessment_state', 'reassessment', ['region', 'state', 'proposed_at'])
    op.create_index('ix_reassessment_uscc', 'reassessment', ['region', 'uscc', 'proposed_at'])
    create_region_table('reassessment_line',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('reassessment', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('line_no', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('root', sa.BigInteger(), nullable=False),
    sa.Column('item_id', sa.Text(), nullable=False),
    sa.Column('item_name', sa.Text(), nullable=False),
    sa.Column('unit_code', sa.Text(), nullable=False),
    sa.Column('unit_name', sa.Text(), nullable=False),
    sa.Column('obligation_on', sa.Date(), nullable=False),
    sa.Column('ordinal', sa.BigInteger(), nullable=False),
    sa.Column('counted_fen', Fen(), nullable=False),
    sa.Column('fresh_fen', Fen(), nullable=False),
    sa.Column('difference_fen', Fen(), nullable=False),
    sa.Column('explanation', JsonText(), nullable=False),
    sa.CheckConstraint('counted_fen >= 0 AND fresh_fen >= 0', name=op.f('ck_reassessment_line_fen')),
    sa.CheckConstraint('difference_fen <> 0', name=op.f('ck_reassessment_line_differs')),
    sa.CheckConstraint('difference_fen = fresh_fen - counted_fen', name=op.f('ck_reassessment_line_difference')),
    sa.CheckConstraint('line_no > 0 AND ordinal >= 0', name=op.f('ck_reassessment_line_numbers')),
    sa.ForeignKeyConstraint(['region', 'reassessment'], ['reassessment.region', 'reassessment.id'], name=op.f('fk_reassessment_line_reassessment')),
    sa.ForeignKeyConstraint(['region', 'root'], ['notice.region', 'notice.id'], name='fk_reassessment_line_root'),
    sa.PrimaryKeyConstraint('region', 'reassessment', 'line_no', name=op.f('pk_reassessment_line'))
    )
    op.create_index('ix_reassessment_line_root', 'reassessment_line', ['region', 'root'])


def _create_bookings() -> None:
    create_region_table('reassessment_piece',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('notice', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('root', sa.BigInteger(), nullable=False),
    sa.Column('reassessment', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.CheckConstraint("kind IN ('supplement', 'replacement')", name=op.f('ck_reassessment_piece_kind')),
    sa.CheckConstraint('notice <> root', name=op.f('ck_reassessment_piece_another')),
    sa.ForeignKeyConstraint(['region', 'notice'], ['notice.region', 'notice.id'], name=op.f('fk_reassessment_piece_notice')),
    sa.ForeignKeyConstraint(['region', 'reassessment'], ['reassessment.region', 'reassessment.id'], name=op.f('fk_reassessment_piece_reassessment')),
    sa.ForeignKeyConstraint(['region', 'root'], ['notice.region', 'notice.id'], name='fk_reassessment_piece_root'),
    sa.PrimaryKeyConstraint('region', 'notice', name=op.f('pk_reassessment_piece'))
    )
    op.create_index('ix_reassessment_piece_root', 'reassessment_piece', ['region', 'root'])
    create_region_table('reassessment_booking',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('reassessment', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('notice', sa.BigInteger(), nullable=False),
    sa.Column('refund', sa.BigInteger(), nullable=True),
    sa.Column('fen', Fen(), nullable=False),
    sa.CheckConstraint("(kind = 'refund') = (refund IS NOT NULL)", name=op.f('ck_reassessment_booking_refund')),
    sa.CheckConstraint("kind IN ('supplement', 'replacement', 'void', 'refund')", name=op.f('ck_reassessment_booking_kind')),
    sa.CheckConstraint('seq > 0 AND fen > 0', name=op.f('ck_reassessment_booking_fen')),
    sa.ForeignKeyConstraint(['region', 'notice'], ['notice.region', 'notice.id'], name=op.f('fk_reassessment_booking_notice')),
    sa.ForeignKeyConstraint(['region', 'reassessment'], ['reassessment.region', 'reassessment.id'], name=op.f('fk_reassessment_booking_reassessment')),
    sa.ForeignKeyConstraint(['region', 'refund'], ['refund.region', 'refund.id'], name=op.f('fk_reassessment_booking_refund')),
    sa.PrimaryKeyConstraint('region', 'reassessment', 'seq', name=op.f('pk_reassessment_booking'))
    )
