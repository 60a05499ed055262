"""Create the outbox: subscriptions, messages, deliveries, attempts; payments write into it.

``book_payment`` (PostgreSQL) keeps its arguments and gains one step, ``enqueue_payment``: where
nobody in the region listens, that is one look at a small table.

Revision ID: 0014
Revises: 0013
"""

import importlib

import sqlalchemy as sa
from alembic import op

from feeledger.store import Instant, JsonText
from migrations.walls import (
    allow_changes,
    allow_column_changes,
    create_region_table,
    forbid_changes,
    forbid_column_changes,
)

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

APPEND_ONLY = ("outbox_message", "outbox_attempt")
FROZEN = {
    "outbox_subscription": (
        "region",
        "id",
        "channel",
        "unit_code",
        "uscc",
        "kinds",
        "url",
        "node",
        "entered_at",
        "entered_by",
    ),
    "outbox_delivery": ("region", "message", "subscription"),
}
PENDING = sa.text("state = 'pending'")
ENQUEUE_PAYMENT = """
CREATE FUNCTION enqueue_payment(
    p_region text, p_payment bigint, p_notice bigint, p_bank text, p_channel text,
    p_payer_name text, p_payer_account text, p_answer text, p_now timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    its_notice jsonb;
    its_uscc text;
    its_units text[];
    its_lines jsonb;
    receivers bigint[];
BEGIN
    IF NOT EXISTS (SELECT 1 FROM outbox_subscription AS s WHERE s.region = p_region
            AND s.ended_at IS NULL AND s.kinds LIKE '% payment-confirmed %') THEN
        RETURN;
    END IF;
    SELECT array_agg(l.unit_code), jsonb_agg(jsonb_build_object('unit_code', l.unit_code,
            'item_id', l.item_id, 'item_code', l.item_code, 'item_name', l.item_name,
            'amount', l.amount_fen / 100 || '.' || lpad((l.amount_fen % 100)::text, 2, '0'))
            ORDER BY l.line_no)
        INTO its_units, its_lines
        FROM notice_line AS l WHERE l.region = p_region AND l.notice = p_notice;
    SELECT n.uscc, its_units || n.unit_code, jsonb_build_object('notice_id', n.id::text,
            'uscc', n.uscc, 'notice_payer', n.payer_name, 'unit_code', n.unit_code,
            'unit_name', n.unit_name, 'lines', its_lines)
        INTO its_uscc, its_units, its_notice
        FROM notice AS n WHERE n.region = p_region AND n.id = p_notice;
    SELECT array_agg(s.id ORDER BY s.id) INTO receivers
        FROM outbox_subscription AS s WHERE s.region = p_region AND s.ended_at IS NULL
            AND s.kinds LIKE '% payment-confirmed %'
            AND (s.unit_code = ANY (its_units) OR s.uscc = its_uscc);
    IF receivers IS NULL THEN RETURN; END IF;
    INSERT INTO outbox_message (region, id, kind, subject, payload, happened_at)
        VALUES (p_region, p_payment, 'payment-confirmed', 'payment:' || p_payment,
            ((p_answer::jsonb - 'result' - 'status') || its_notice || jsonb_build_object(
                'bank', p_bank, 'channel', p_channel, 'payer_name', p_payer_name,
                'payer_account', p_payer_account))::text, p_now);
    INSERT INTO outbox_delivery (region, message, subscription, state, attempts, retries, next_at)
        SELECT p_region, p_payment, receiver, 'pending', 0, 0, p_now
        FROM unnest(receivers) AS r (receiver);
END $$
"""
BOOK_PAYMENT = """
CREATE OR REPLACE FUNCTION book_payment(
    p_region text, p_bank text, p_trade_no text, p_pay_code text, p_amount_fen bigint,
    p_account_no text, p_paid_at timestamptz, p_answer text, p_now timestamptz,
    p_payment bigint, p_entry bigint, p_notice bigint, p_late_fen bigint, p_account bigint,
    p_bank_day date, p_channel text, p_payer_name text, p_payer_account text,
    p_debits text[], p_credits text[], p_fens bigint[]
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE its_day date;
BEGIN
    SELECT b.open_day INTO its_day FROM ledger_book AS b WHERE b.region = p_region FOR SHARE;
    IF NOT FOUND THEN RETURN 'no-book'; END IF;
    INSERT INTO payment_key (region, bank, kind, trade_no, pay_code, amount_fen, account_no,
            paid_at, answer, accepted_at)
        VALUES (p_region, p_bank, 'confirmation', p_trade_no, p_pay_code, p_amount_fen,
            p_account_no, p_paid_at, p_answer, p_now)
        ON CONFLICT (region, bank, kind, trade_no) DO NOTHING;
    IF NOT FOUND THEN RETURN 'taken'; END IF;
    PERFORM post_entry(p_region, p_entry, its_day, 'payment', 'payment:' || p_payment, p_now,
        p_debits, p_credits, p_fens);
    UPDATE notice SET status = 'paid' WHERE region = p_region AND id = p_notice;
    INSERT INTO payment (region, id, notice, pay_code, bank, kind, trade_no, amount_fen, late_fen,
            account, entry, state, paid_at, bank_day, received_at, channel, payer_name,
            payer_account)
        VALUES (p_region, p_payment, p_notice, p_pay_code, p_bank, 'confirmation', p_trade_no,
            p_amount_fen, p_late_fen, p_account, p_entry, 'confirmed', p_paid_at, p_bank_day,
            p_now, p_channel, p_payer_name, p_payer_account);
    PERFORM enqueue_payment(p_region, p_payment, p_notice, p_bank, p_channel, p_payer_name,
        p_payer_account, p_answer, p_now);
    RETURN 'booked';
END $$
"""


def upgrade() -> None:
    _create_tables()
    forbid_changes(*APPEND_ONLY)
    for table, columns in FROZEN.items():
        forbid_column_changes(table, columns, deletes=True)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(ENQUEUE_PAYMENT)
        op.execute(BOOK_PAYMENT)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        before = importlib.import_module("migrations.versions.0009_create_booking_functions")
        op.execute(before.BOOK_PAYMENT.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
        op.execute(
            "DROP FUNCTION enqueue_payment(text, bigint, bigint, text, text, text, text, text, "
            "timestamptz)"
        )
    for table in FROZEN:
        allow_column_changes(table)
    allow_changes(*APPEND_ONLY)
    for table in ("outbox_attempt", "outbox_delivery", "outbox_message", "outbox_subscription"):
        op.drop_table(table)


def _create_tables() -> None:
    create_region_table(
        "outbox_subscription",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("uscc", sa.Text(), nullable=True),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=True),
        sa.Column("keyid", sa.Text(), nullable=True),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "(unit_code IS NULL) <> (uscc IS NULL)", name=op.f("ck_outbox_subscription_holder")
        ),
        sa.CheckConstraint(
            "channel IN ('webhook', 'frame')", name=op.f("ck_outbox_subscription_channel")
        ),
        sa.CheckConstraint(
            "(channel = 'webhook' AND secret IS NOT NULL AND keyid IS NOT NULL AND node IS NULL) "
            "OR (channel = 'frame' AND secret IS NULL AND keyid IS NULL AND node IS NOT NULL "
            "AND unit_code IS NOT NULL)",
            name=op.f("ck_outbox_subscription_address"),
        ),
        sa.CheckConstraint("length(kinds) > 2", name=op.f("ck_outbox_subscription_kinds")),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= entered_at", name=op.f("ck_outbox_subscription_ended")
        ),
        sa.ForeignKeyConstraint(
            ["region"], ["region.code"], name=op.f("fk_outbox_subscription_region")
        ),
        sa.ForeignKeyConstraint(
            ["region", "unit_code"],
            ["collecting_unit.region", "collecting_unit.unit_code"],
            name=op.f("fk_outbox_subscription_collecting_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["uscc"], ["enterprise.uscc"], name=op.f("fk_outbox_subscription_enterprise")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_outbox_subscription")),
    )
    op.create_index(
        "ix_outbox_subscription_unit_code", "outbox_subscription", ["region", "unit_code"]
    )
    op.create_index("ix_outbox_subscription_uscc", "outbox_subscription", ["region", "uscc"])
    create_region_table(
        "outbox_message",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("payload", JsonText(), nullable=False),
        sa.Column("happened_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_outbox_message_region")),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_outbox_message")),
    )
    op.create_index("ix_outbox_message_subject", "outbox_message", ["region", "subject"])
    op.create_index("ix_outbox_message_happened_at", "outbox_message", ["region", "happened_at"])
    create_region_table(
        "outbox_delivery",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("message", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subscription", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("retries", sa.BigInteger(), nullable=False),
        sa.Column("next_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'delivered', 'failed', 'dropped')",
            name=op.f("ck_outbox_delivery_state"),
        ),
        sa.CheckConstraint(
            "attempts >= 0 AND retries >= 0", name=op.f("ck_outbox_delivery_counts")
        ),
        sa.CheckConstraint(
            "(state = 'pending') = (finished_at IS NULL)", name=op.f("ck_outbox_delivery_finished")
        ),
        sa.ForeignKeyConstraint(
            ["region", "message"],
            ["outbox_message.region", "outbox_message.id"],
            name=op.f("fk_outbox_delivery_outbox_message"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "subscription"],
            ["outbox_subscription.region", "outbox_subscription.id"],
            name=op.f("fk_outbox_delivery_outbox_subscription"),
        ),
        sa.PrimaryKeyConstraint(
            "region", "message", "subscription", name=op.f("pk_outbox_delivery")
        ),
    )
    op.create_index(
        "ix_outbox_delivery_due",
        "outbox_delivery",
        ["region", "next_at"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
    op.create_index(
        "ix_outbox_delivery_subscription", "outbox_delivery", ["region", "subscription", "state"]
    )
    create_region_table(
        "outbox_attempt",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("message", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subscription", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempt_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("took_ms", sa.BigInteger(), nullable=False),
        sa.Column("delivered", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "attempt_no > 0 AND took_ms >= 0", name=op.f("ck_outbox_attempt_counts")
        ),
        sa.ForeignKeyConstraint(
            ["region", "message", "subscription"],
            ["outbox_delivery.region", "outbox_delivery.message", "outbox_delivery.subscription"],
            name=op.f("fk_outbox_attempt_outbox_delivery"),
        ),
        sa.PrimaryKeyConstraint(
            "region", "message", "subscription", "attempt_no", name=op.f("pk_outbox_attempt")
        ),
    )
