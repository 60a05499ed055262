"""Create shares by level, refunds and settlements; and the wall of what is promised back (R-F1).

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Fen, Instant
from migrations.walls import (
    allow_changes,
    allow_column_changes,
    create_region_table,
    forbid_changes,
    forbid_column_changes,
)

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = ("payment_refund", "share_rule", "share_level", "payment_share", "refund", "refund_line", "refund_move", "refund_share", "settlement", "settlement_payment", "settlement_share",)
APPEND_ONLY = ("share_level", "payment_share", "refund_line", "refund_move", "refund_share", "settlement_share")
FROZEN = {
    "payment_refund": ("region", "payment", "amount_fen"),
    "share_rule": ("region", "id", "item_id", "unit_code", "collecting", "document", "valid_from", "entered_by", "entered_at",),
    "refund": ("region", "id", "payment", "notice", "pay_code", "uscc", "payer_name", "unit_code", "unit_name", "ground", "reason", "applied_as", "applicant", "found_on", "apply_due", "applied_on", "applied_at", "amount_fen", "account_kind", "to_name", "to_account", "to_bank", "evidence",),
    "settlement": ("region", "id", "document", "until", "payments", "fen", "prepared_by", "prepared_on", "prepared_at",),
    "settlement_payment": ("region", "settlement", "payment", "fen",),
}


def upgrade() -> None:
    _create_sharing()
    _create_refunds()
    _create_settlements()
    forbid_changes(*APPEND_ONLY)
    for table, columns in FROZEN.items():
        forbid_column_changes(table, columns, deletes=True)


def downgrade() -> None:
    for table in FROZEN:
        allow_column_changes(table)
    allow_changes(*APPEND_ONLY)
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_sharing() -> None:
    create_region_table('payment_refund',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('payment', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('amount_fen', Fen(), nullable=False),
    sa.Column('reserved_fen', Fen(), nullable=False),
    sa.Column('refunded_fen', Fen(), nullable=False),
    sa.CheckConstraint('refunded_fen BETWEEN 0 AND reserved_fen AND reserved_fen <= amount_fen', name=op.f('ck_payment_refund_reserved')),
    sa.ForeignKeyConstraint(['region', 'payment'], ['payment.region', 'payment.id'], name=op.f('fk_payment_refund_payment')),
    sa.PrimaryKeyConstraint('region', 'payment', name=op.f('pk_payment_refund'))
    )
    create_region_table('share_rule',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('item_id', sa.Text(), nullable=False),
    sa.Column('unit_code', sa.Text(), nullable=True),
    sa.Column('collecting', sa.Text(), nullable=False),
    sa.Column('document', sa.Text(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('entered_by', sa.Text(), nullable=False),
    sa.Column('entered_at', Instant(), nullable=False),
    sa.Column('ended_by', sa.Text(), nullable=True),
    sa.Column('ended_at', Instant(), nullable=True),
    sa.CheckConstraint("collecting IN ('central', 'province', 'city', 'county', 'township')", name=op.f('ck_share_rule_collecting')),
    sa.CheckConstraint('(valid_to IS NULL) = (ended_by IS NULL)', name=op.f('ck_share_rule_ended')),
    sa.CheckConstraint('valid_to IS NULL OR valid_from < valid_to', name=op.f('ck_share_rule_window')),
    sa.ForeignKeyConstraint(['region', 'unit_code'], ['collecting_unit.region', 'collecting_unit.unit_code'], name=op.f('fk_share_rule_collecting_unit')),
    sa.ForeignKeyConstraint(['region'], ['region_setting.region'], name=op.f('fk_share_rule_region_setting')),
    sa.PrimaryKeyConstraint('region', 'id', name=op.f('pk_share_rule'))
    )
    op.create_index('ix_share_rule_item', 'share_rule', ['region', 'item_id', 'valid_from'], unique=False)
    create_region_table('share_level',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('rule', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('level', sa.Text(), nullable=False),
    sa.Column('ratio', sa.Text(), nullable=False),
    sa.CheckConstraint("level IN ('central', 'province', 'city', 'county', 'township')", name=op.f('ck_share_level_level')),
    sa.CheckConstraint('length(ratio) > 0', name=op.f('ck_share_level_ratio')),
    sa.ForeignKeyConstraint(['region', 'rule'], ['share_rule.region', 'share_rule.id'], name=op.f('fk_share_level_share_rule')),
    sa.PrimaryKeyConstraint('region', 'rule', 'level', name=op.f('pk_share_level'))
    )
    create_region_table('payment_share',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('payment', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('line_no', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('level', sa.Text(), nullable=False),
    sa.Column('rule', sa.BigInteger(), nullable=False),
    sa.Column('fen', Fen(), nullable=False),
    sa.Column('kept_at', Instant(), nullable=False),
    sa.CheckConstraint('fen >= 0', name=op.f('ck_payment_share_fen')),
    sa.CheckConstraint('line_no > 0', name=op.f('ck_payment_share_line_no')),
    sa.ForeignKeyConstraint(['region', 'payment'], ['payment.region', 'payment.id'], name=op.f('fk_payment_share_payment')),
    sa.ForeignKeyConstraint(['region', 'rule', 'level'], ['share_level.region', 'share_level.rule', 'share_level.level'], name=op.f('fk_payment_share_share_level')),
    sa.PrimaryKeyConstraint('region', 'payment', 'line_no', 'level', name=op.f('pk_payment_share'))
    )
    op.create_index('ix_payment_share_rule', 'payment_share', ['region', 'rule'], unique=False)


def _create_refunds() -> None:
    create_region_table('refund',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('payment', sa.BigInteger(), nullable=False),
    sa.Column('notice', sa.BigInteger(), nullable=False),
    sa.Column('pay_code', sa.Text(), nullable=False),
    sa.Column('uscc', sa.Text(), nullable=False),
    sa.Column('payer_name', sa.Text(), nullable=False),
    sa.Column('unit_code', sa.Text(), nullable=False),
    sa.Column('unit_name', sa.Text(), nullable=False),
    sa.Column('ground', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('applied_as', sa.Text(), nullable=False),
    sa.Column('applicant', sa.Text(), nullable=False),
    sa.Column('found_on', sa.Date(), nullable=True),
    sa.Column('apply_due', sa.Date(), nullable=True),
    sa.Column('apply_due_provisional', sa.Boolean(), nullable=False),
    sa.Column('applied_on', sa.Date(), nullable=False),
    sa.Column('applied_at', Instant(), nullable=False),
    sa.Column('amount_fen', Fen(), nullable=False),
    sa.Column('account_kind', sa.Text(), nullable=False),
    sa.Column('to_name', sa.Text(), nullable=False),
    sa.Column('to_account', sa.Text(), nullable=False),
    sa.Column('to_bank', sa.Text(), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('shared', sa.Boolean(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('due_provisional', sa.Boolean(), nullable=False),
    sa.Column('route', sa.Text(), nullable=True),
    sa.Column('verified_by', sa.Text(), nullable=True),
    sa.Column('approved_by', sa.Text(), nullable=True),
    sa.Column('second_approver', sa.Text(), nullable=True),
    sa.Column('approved_on', sa.Date(), nullable=True),
    sa.Column('approval_entry', sa.BigInteger(), nullable=True),
    sa.Column('paid_by', sa.Text(), nullable=True),
    sa.Column('paid_on', sa.Date(), nullable=True),
    sa.Column('paid_at', Instant(), nullable=True),
    sa.Column('payment_no', sa.Text(), nullable=True),
    sa.Column('payment_entry', sa.BigInteger(), nullable=True),
    sa.Column('changed_at', Instant(), nullable=False),
    sa.CheckConstraint("(applied_as = 'unit') = (found_on IS NOT NULL)", name=op.f('ck_refund_found_on')),
    sa.CheckConstraint("(state = 'paid') = (payment_entry IS NOT NULL) AND (state = 'paid') = (paid_on IS NOT NULL)", name=op.f('ck_refund_paid')),
    sa.CheckConstraint("account_kind = 'original' OR evidence <> ''", name=op.f('ck_refund_evidence')),
    sa.CheckConstraint("account_kind IN ('original', 'evidenced', 'other')", name=op.f('ck_refund_account_kind')),
    sa.CheckConstraint("applied_as IN ('payer', 'unit')", name=op.f('ck_refund_applied_as')),
    sa.CheckConstraint("ground IN ('over_standard', 'cancelled_item', 'technical_error', 'mistaken_payment', 'policy_change', 'other_approved')", name=op.f('ck_refund_ground')),
    sa.CheckConstraint("route IN ('account', 'treasury')", name=op.f('ck_refund_route')),
    sa.CheckConstraint("state IN ('applied', 'unit_verified', 'forwarded', 'finance_approved', 'paid', 'rejected', 'withdrawn')", name=op.f('ck_refund_state')),
    sa.CheckConstraint("state NOT IN ('finance_approved', 'paid') OR (verified_by IS NOT NULL AND approved_by IS NOT NULL AND route IS NOT NULL AND approval_entry IS NOT NULL AND (account_kind <> 'other' OR second_approver IS NOT NULL))", name=op.f('ck_refund_approved')),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_refund_amount')),
    sa.CheckConstraint('verified_by <> applicant AND approved_by <> applicant AND approved_by <> verified_by AND second_approver <> applicant AND second_approver <> verified_by AND second_approver <> approved_by', name=op.f('ck_refund_persons')),
    sa.ForeignKeyConstraint(['region', 'approval_entry'], ['ledger_entry.region', 'ledger_entry.id'], name='fk_refund_approval_entry'),
    sa.ForeignKeyConstraint(['region', 'notice'], ['notice.region', 'notice.id'], name=op.f('fk_refund_notice')),
    sa.ForeignKeyConstraint(['region', 'payment'], ['payment.region', 'payment.id'], name=op.f('fk_refund_payment')),
    sa.ForeignKeyConstraint(['region', 'payment_entry'], ['ledger_entry.region', 'ledger_entry.id'], name='fk_refund_payment_entry'),
    sa.ForeignKeyConstraint(['region', 'unit_code'], ['collecting_unit.region', 'collecting_unit.unit_code'], name=op.f('fk_refund_collecting_unit')),
    sa.PrimaryKeyConstraint('region', 'id', name=op.f('pk_refund'))
    )
    op.create_index('ix_refund_notice', 'refund', ['region', 'notice'], unique=False)
    op.create_index('ix_refund_payment', 'refund', ['region', 'payment', 'state'], unique=False)
    op.create_index('ix_refund_state', 'refund', ['region', 'state', 'due_on'], unique=False)
    op.create_index('uq_refund_approval_entry', 'refund', ['region', 'approval_entry'], unique=True)
    op.create_index('uq_refund_payment_entry', 'refund', ['region', 'payment_entry'], unique=True)
    create_region_table('refund_line',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('refund', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('line_no', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('item_id', sa.Text(), nullable=False),
    sa.Column('item_name', sa.Text(), nullable=False),
    sa.Column('amount_fen', Fen(), nullable=False),
    sa.Column('late_fen', Fen(), nullable=False),
    sa.CheckConstraint('amount_fen >= 0 AND late_fen >= 0 AND amount_fen + late_fen > 0', name=op.f('ck_refund_line_fen')),
    sa.CheckConstraint('line_no > 0', name=op.f('ck_refund_line_line_no')),
    sa.ForeignKeyConstraint(['region', 'refund'], ['refund.region', 'refund.id'], name=op.f('fk_refund_line_refund')),
    sa.PrimaryKeyConstraint('region', 'refund', 'line_no', name=op.f('pk_refund_line'))
    )
    create_region_table('refund_move',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('refund', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('event', sa.Text(), nullable=False),
    sa.Column('before', sa.Text(), nullable=False),
    sa.Column('after', sa.Text(), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('limit_was', sa.Date(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('due_provisional', sa.Boolean(), nullable=False),
    sa.CheckConstraint('seq > 0', name=op.f('ck_refund_move_seq')),
    sa.ForeignKeyConstraint(['region', 'refund'], ['refund.region', 'refund.id'], name=op.f('fk_refund_move_refund')),
    sa.PrimaryKeyConstraint('region', 'refund', 'seq', name=op.f('pk_refund_move'))
    )
    create_region_table('refund_share',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('refund', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('line_no', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('level', sa.Text(), nullable=False),
    sa.Column('fen', Fen(), nullable=False),
    sa.CheckConstraint("level IN ('central', 'province', 'city', 'county', 'township')", name=op.f('ck_refund_share_level')),
    sa.ForeignKeyConstraint(['region', 'refund', 'line_no'], ['refund_line.region', 'refund_line.refund', 'refund_line.line_no'], name=op.f('fk_refund_share_refund_line')),
    sa.PrimaryKeyConstraint('region', 'refund', 'line_no', 'level', name=op.f('pk_refund_share'))
    )


def _create_settlements() -> None:
    create_region_table('settlement',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('document', sa.Text(), nullable=False),
    sa.Column('until', sa.Date(), nullable=False),
    sa.Column('payments', sa.BigInteger(), nullable=False),
    sa.Column('fen', Fen(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('prepared_by', sa.Text(), nullable=False),
    sa.Column('prepared_on', sa.Date(), nullable=False),
    sa.Column('prepared_at', Instant(), nullable=False),
    sa.Column('approved_by', sa.Text(), nullable=True),
    sa.Column('approved_at', Instant(), nullable=True),
    sa.Column('entry', sa.BigInteger(), nullable=True),
    sa.Column('cancelled_by', sa.Text(), nullable=True),
    sa.Column('cancelled_at', Instant(), nullable=True),
    sa.Column('cancel_reason', sa.Text(), nullable=True),
    sa.CheckConstraint("(state = 'cancelled') = (cancelled_by IS NOT NULL)", name=op.f('ck_settlement_cancelled')),
    sa.CheckConstraint("(state = 'settled') = (entry IS NOT NULL) AND (state = 'settled') = (approved_by IS NOT NULL)", name=op.f('ck_settlement_settled')),
    sa.CheckConstraint("state IN ('prepared', 'settled', 'cancelled')", name=op.f('ck_settlement_state')),
    sa.CheckConstraint('approved_by <> prepared_by', name=op.f('ck_settlement_two_persons')),
    sa.CheckConstraint('payments > 0 AND fen > 0', name=op.f('ck_settlement_amount')),
    sa.ForeignKeyConstraint(['region', 'entry'], ['ledger_entry.region', 'ledger_entry.id'], name=op.f('fk_settlement_ledger_entry')),
    sa.ForeignKeyConstraint(['region'], ['region_setting.region'], name=op.f('fk_settlement_region_setting')),
    sa.PrimaryKeyConstraint('region', 'id', name=op.f('pk_settlement'))
    )
    op.create_index('ix_settlement_prepared_at', 'settlement', ['region', 'prepared_at'], unique=False)
    op.create_index('uq_settlement_entry', 'settlement', ['region', 'entry'], unique=True)
    create_region_table('settlement_payment',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('settlement', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('payment', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('fen', Fen(), nullable=False),
    sa.Column('cancelled', sa.Boolean(), nullable=False),
    sa.CheckConstraint('fen > 0', name=op.f('ck_settlement_payment_fen')),
    sa.ForeignKeyConstraint(['region', 'payment'], ['payment.region', 'payment.id'], name=op.f('fk_settlement_payment_payment')),
    sa.ForeignKeyConstraint(['region', 'settlement'], ['settlement.region', 'settlement.id'], name=op.f('fk_settlement_payment_settlement')),
    sa.PrimaryKeyConstraint('region', 'settlement', 'payment', name=op.f('pk_settlement_payment'))
    )
    op.create_index('uq_settlement_payment_payment', 'settlement_payment', ['region', 'payment'], unique=True, sqlite_where=sa.text('NOT cancelled'), postgresql_where=sa.text('NOT cancelled'))
    create_region_table('settlement_share',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('settlement', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('payment', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('line_no', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('level', sa.Text(), nullable=False),
    sa.Column('fen', Fen(), nullable=False),
    sa.CheckConstraint("level IN ('central', 'province', 'city', 'county', 'township')", name=op.f('ck_settlement_share_level')),
    sa.CheckConstraint('line_no > 0', name=op.f('ck_settlement_share_line_no')),
    sa.ForeignKeyConstraint(['region', 'settlement', 'payment'], ['settlement_payment.region', 'settlement_payment.settlement', 'settlement_payment.payment'], name=op.f('fk_settlement_share_settlement_payment')),
    sa.PrimaryKeyConstraint('region', 'settlement', 'payment', 'line_no', 'level', name=op.f('pk_settlement_share'))
    )

