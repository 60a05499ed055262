"""Create voucher numbers, vouchers and the keys that sign them; a signature is put once.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Fen, Instant, JsonText
from migrations.walls import (
    MESSAGE,
    create_reference_table,
    create_region_table,
    allow_changes,
    allow_column_changes,
    forbid_changes,
    forbid_column_changes,
)

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLES = ("ticket_range", "voucher_round", "signing_key", "ticket_binding", "ticket_block", "voucher")
FROZEN = {
    "signing_key": ("region", "keyid", "unit_code", "material", "valid_from"),
    "ticket_block": (
        "region", "ticket_code", "first_no", "last_no", "unit_code", "opened_at", "opened_by",
    ),
    "voucher": (
        "region", "id", "notice", "unit_code", "ticket_code", "number", "check_code",
        "refunded_fen", "replaces", "assigned_on", "assigned_at",
    ),
}
SIGNED_ONCE = "OLD.signature IS NOT NULL AND NEW.signature IS {differs} OLD.signature"


def upgrade() -> None:
    create_reference_table('ticket_range',
    sa.Column('ticket_code', sa.Text(), nullable=False),
    sa.Column('first_no', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('last_no', sa.BigInteger(), nullable=False),
    sa.Column('holder', sa.Text(), nullable=False),
    sa.CheckConstraint('first_no > 0 AND first_no <= last_no AND last_no <= 9999999999', name=op.f('ck_ticket_range_numbers')),
    sa.CheckConstraint('length(ticket_code) = 8', name=op.f('ck_ticket_range_ticket_code')),
    sa.ForeignKeyConstraint(['holder'], ['region.code'], name=op.f('fk_ticket_range_region')),
    sa.PrimaryKeyConstraint('ticket_code', 'first_no', name=op.f('pk_ticket_range'))
    )
    create_region_table('voucher_round',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('last_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['region'], ['region_setting.region'], name=op.f('fk_voucher_round_region_setting')),
    sa.PrimaryKeyConstraint('region', name=op.f('pk_voucher_round'))
    )
    create_region_table('signing_key',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('keyid', sa.Text(), nullable=False),
    sa.Column('unit_code', sa.Text(), nullable=True),
    sa.Column('material', sa.Text(), nullable=False),
    sa.Column('valid_from', Instant(), nullable=False),
    sa.Column('valid_to', Instant(), nullable=True),
    sa.CheckConstraint('valid_to IS NULL OR valid_from < valid_to', name=op.f('ck_signing_key_window')),
    sa.ForeignKeyConstraint(['region', 'unit_code'], ['collecting_unit.region', 'collecting_unit.unit_code'], name=op.f('fk_signing_key_collecting_unit')),
    sa.ForeignKeyConstraint(['region'], ['region_setting.region'], name=op.f('fk_signing_key_region_setting')),
    sa.PrimaryKeyConstraint('region', 'keyid', name=op.f('pk_signing_key'))
    )
    op.create_index('ix_signing_key_unit_code', 'signing_key', ['region', 'unit_code'], unique=False)
    create_region_table('ticket_binding',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('unit_code', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('bound_at', Instant(), nullable=False),
    sa.Column('bound_by', sa.Text(), nullable=False),
    sa.CheckConstraint('length(kind) = 4', name=op.f('ck_ticket_binding_kind')),
    sa.ForeignKeyConstraint(['region', 'unit_code'], ['collecting_unit.region', 'collecting_unit.unit_code'], name=op.f('fk_ticket_binding_collecting_unit')),
    sa.PrimaryKeyConstraint('region', 'unit_code', name=op.f('pk_ticket_binding'))
    )
    create_region_table('ticket_block',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('ticket_code', sa.Text(), nullable=False),
    sa.Column('first_no', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('last_no', sa.BigInteger(), nullable=False),
    sa.Column('next_no', sa.BigInteger(), nullable=False),
    sa.Column('unit_code', sa.Text(), nullable=True),
    sa.Column('opened_at', Instant(), nullable=False),
    sa.Column('opened_by', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.CheckConstraint('first_no > 0 AND first_no <= last_no AND last_no <= 9999999999', name=op.f('ck_ticket_block_numbers')),
    sa.CheckConstraint('length(ticket_code) = 8', name=op.f('ck_ticket_block_ticket_code')),
    sa.CheckConstraint('next_no BETWEEN first_no AND last_no + 1', name=op.f('ck_ticket_block_next_no')),
    sa.ForeignKeyConstraint(['region', 'unit_code'], ['collecting_unit.region', 'collecting_unit.unit_code'], name=op.f('fk_ticket_block_collecting_unit')),
    sa.ForeignKeyConstraint(['region'], ['region_setting.region'], name=op.f('fk_ticket_block_region_setting')),
    sa.PrimaryKeyConstraint('region', 'ticket_code', 'first_no', name=op.f('pk_ticket_block'))
    )
    create_region_table('voucher',
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('notice', sa.BigInteger(), nullable=False),
    sa.Column('unit_code', sa.Text(), nullable=False),
    sa.Column('ticket_code', sa.Text(), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('check_code', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('amount_fen', Fen(), nullable=False),
    sa.Column('refunded_fen', Fen(), nullable=False),
    sa.Column('replaces', sa.BigInteger(), nullable=True),
    sa.Column('assigned_on', sa.Date(), nullable=False),
    sa.Column('assigned_at', Instant(), nullable=False),
    sa.Column('unit_signature', sa.Text(), nullable=True),
    sa.Column('content', JsonText(), nullable=True),
    sa.Column('bureau_signature', sa.Text(), nullable=True),
    sa.Column('completed_at', Instant(), nullable=True),
    sa.Column('written_off_at', Instant(), nullable=True),
    sa.Column('ended_at', Instant(), nullable=True),
    sa.Column('end_reason', sa.Text(), nullable=True),
    sa.CheckConstraint("state IN ('assigned', 'issued_unsigned_by_finance', 'complete', 'written_off', 'voided', 'red')", name=op.f('ck_voucher_state')),
    sa.CheckConstraint("state NOT IN ('complete', 'written_off') OR (unit_signature IS NOT NULL AND bureau_signature IS NOT NULL AND content IS NOT NULL)", name=op.f('ck_voucher_signed')),
    sa.CheckConstraint('amount_fen > 0 AND refunded_fen >= 0', name=op.f('ck_voucher_amount')),
    sa.CheckConstraint('length(ticket_code) = 8 AND length(check_code) = 6', name=op.f('ck_voucher_codes')),
    sa.CheckConstraint('number BETWEEN 1 AND 9999999999', name=op.f('ck_voucher_number')),
    sa.ForeignKeyConstraint(['region', 'notice'], ['notice.region', 'notice.id'], name=op.f('fk_voucher_notice')),
    sa.ForeignKeyConstraint(['region', 'replaces'], ['voucher.region', 'voucher.id'], name='fk_voucher_replaces'),
    sa.ForeignKeyConstraint(['region', 'unit_code'], ['collecting_unit.region', 'collecting_unit.unit_code'], name=op.f('fk_voucher_collecting_unit')),
    sa.PrimaryKeyConstraint('region', 'id', name=op.f('pk_voucher'))
    )
    op.create_index('ix_voucher_notice', 'voucher', ['region', 'notice'], unique=False)
    op.create_index('ix_voucher_state', 'voucher', ['region', 'state', 'assigned_on'], unique=False)
    op.create_index('uq_voucher_living', 'voucher', ['region', 'notice'], unique=True, sqlite_where=sa.text("state NOT IN ('voided', 'red')"), postgresql_where=sa.text("state NOT IN ('voided', 'red')"))
    op.create_index('uq_voucher_number', 'voucher', ['region', 'ticket_code', 'number'], unique=True)
    op.create_index('uq_voucher_replaces', 'voucher', ['region', 'replaces'], unique=True)
    forbid_changes("ticket_range")
    for table, columns in FROZEN.items():
        forbid_column_changes(table, columns, deletes=True)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER signed_once BEFORE UPDATE OF signature ON notice FOR EACH ROW WHEN ("
            + SIGNED_ONCE.format(differs="DISTINCT FROM")
            + ") EXECUTE FUNCTION refuse_change()"
        )
    else:
        op.execute(
            "CREATE TRIGGER notice_signed_once BEFORE UPDATE OF signature ON notice "
            "FOR EACH ROW WHEN "
            + SIGNED_ONCE.format(differs="NOT")
            + f" BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER signed_once ON notice")
    else:
        op.execute("DROP TRIGGER notice_signed_once")
    for table in FROZEN:
        allow_column_changes(table)
    allow_changes("ticket_range")
    for table in reversed(TABLES):
        op.drop_table(table)
