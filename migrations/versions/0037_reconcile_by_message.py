"""Let banks reconcile by message, and be told of the result and of notices (wp.*).

Revision ID: 0037
Revises: 0036
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

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

SUBSCRIPTION = "outbox_subscription"
HELD = (
    "region", "id", "channel", "unit_code", "uscc", "kinds", "url", "node", "entered_at",
    "entered_by",
)
DELIVERY = ("region", "message", "subscription")
CHECKS_BEFORE = {
    "holder": "(unit_code IS NULL) <> (uscc IS NULL)",
    "channel": "channel IN ('webhook', 'frame')",
    "address": (
        "(channel = 'webhook' AND secret IS NOT NULL AND keyid IS NOT NULL AND node IS NULL) "
        "OR (channel = 'frame' AND secret IS NULL AND keyid IS NULL AND node IS NOT NULL "
        "AND unit_code IS NOT NULL)"
    ),
}
CHECKS_AFTER = {
    "holder": (
        "(CASE WHEN unit_code IS NULL THEN 0 ELSE 1 END) "
        "+ (CASE WHEN uscc IS NULL THEN 0 ELSE 1 END) "
        "+ (CASE WHEN bank IS NULL THEN 0 ELSE 1 END) = 1"
    ),
    "channel": "channel IN ('webhook', 'frame', 'wp')",
    "address": (
        "(channel IN ('webhook', 'wp') AND (channel = 'wp') = (bank IS NOT NULL) "
        "AND secret IS NOT NULL AND keyid IS NOT NULL AND node IS NULL) "
        "OR (channel = 'frame' AND secret IS NULL AND keyid IS NULL AND node IS NOT NULL "
        "AND unit_code IS NOT NULL)"
    ),
}
KEY = ("region", "bank", "account_no", "day", "accconfirm_no")
REQUEST = (*KEY, "content_sha256", "raw", "line_count", "total_fen", "received_at")
REFUSAL = ("region", "bank", "accconfirm_no", "code", "content_sha256", "result", "told", "first_at")


def upgrade() -> None:
    allow_column_changes(SUBSCRIPTION)
    with op.batch_alter_table(SUBSCRIPTION) as batch:
        batch.add_column(sa.Column("bank", sa.Text(), nullable=True))
        batch.create_foreign_key(op.f(f"fk_{SUBSCRIPTION}_bank"), "bank", ["bank"], ["code"])
        for name, condition in CHECKS_AFTER.items():
            batch.drop_constraint(op.f(f"ck_{SUBSCRIPTION}_{name}"), type_="check")
            batch.create_check_constraint(op.f(f"ck_{SUBSCRIPTION}_{name}"), condition)
    forbid_column_changes(SUBSCRIPTION, (*HELD, "bank"), deletes=True)
    _create_requests()
    forbid_column_changes("recon_request", REQUEST, deletes=True)
    forbid_column_changes("recon_request_refusal", REFUSAL, deletes=True)


def downgrade() -> None:
    """Go back; subscriptions of banks cannot be kept without their column."""
    for table in ("recon_request_refusal", "recon_request"):
        allow_column_changes(table)
        op.drop_table(table)
    allow_column_changes(SUBSCRIPTION)
    allow_column_changes("outbox_delivery")
    allow_changes("outbox_attempt")
    held = f"(SELECT region, id FROM {SUBSCRIPTION} WHERE bank IS NOT NULL)"  # noqa: S608
    for table in ("outbox_attempt", "outbox_delivery"):
        op.execute(f"DELETE FROM {table} WHERE (region, subscription) IN {held}")  # noqa: S608
    op.execute(f"DELETE FROM {SUBSCRIPTION} WHERE bank IS NOT NULL")  # noqa: S608
    forbid_changes("outbox_attempt")
    forbid_column_changes("outbox_delivery", DELIVERY, deletes=True)
    with op.batch_alter_table(SUBSCRIPTION) as batch:
        for name, condition in CHECKS_BEFORE.items():
            batch.drop_constraint(op.f(f"ck_{SUBSCRIPTION}_{name}"), type_="check")
            batch.create_check_constraint(op.f(f"ck_{SUBSCRIPTION}_{name}"), condition)
        batch.drop_constraint(op.f(f"fk_{SUBSCRIPTION}_bank"), type_="foreignkey")
        batch.drop_column("bank")
    forbid_column_changes(SUBSCRIPTION, HELD, deletes=True)


def _create_requests() -> None:
    create_region_table(
        "recon_request",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("accconfirm_no", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.Column("total_fen", Fen(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=True),
        sa.Column("result", JsonText(), nullable=True),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("judged_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('received', 'judged', 'refused')", name=op.f("ck_recon_request_state")
        ),
        sa.CheckConstraint(
            "line_count >= 0 AND total_fen >= 0", name=op.f("ck_recon_request_counts")
        ),
        sa.CheckConstraint(
            "(state = 'judged') = (batch IS NOT NULL)", name=op.f("ck_recon_request_batch")
        ),
        sa.CheckConstraint(
            "(state = 'received') = (judged_at IS NULL) AND (state = 'received') = (result IS NULL)",
            name=op.f("ck_recon_request_judged"),
        ),
        sa.ForeignKeyConstraint(
            ["region"], ["region_setting.region"], name=op.f("fk_recon_request_region_setting")
        ),
        sa.ForeignKeyConstraint(["bank"], ["bank.code"], name=op.f("fk_recon_request_bank")),
        sa.ForeignKeyConstraint(
            ["region", "batch"],
            ["recon_batch.region", "recon_batch.id"],
            name=op.f("fk_recon_request_recon_batch"),
        ),
        sa.PrimaryKeyConstraint(*KEY, name=op.f("pk_recon_request")),
    )
    waiting = sa.text("state = 'received'")
    op.create_index(
        "ix_recon_request_received_at",
        "recon_request",
        ["region", "received_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    create_region_table(
        "recon_request_refusal",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("accconfirm_no", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("told", JsonText(), nullable=False),
        sa.Column("detail_zh", sa.Text(), nullable=False),
        sa.Column("detail_en", sa.Text(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("times > 0", name=op.f("ck_recon_request_refusal_times")),
        sa.ForeignKeyConstraint(
            ["bank"], ["bank.code"], name=op.f("fk_recon_request_refusal_bank")
        ),
        sa.PrimaryKeyConstraint(
            "region",
            "bank",
            "accconfirm_no",
            "code",
            "content_sha256",
            name=op.f("pk_recon_request_refusal"),
        ),
    )
    op.create_index(
        "ix_recon_request_refusal_last_at", "recon_request_refusal", ["region", "last_at"]
    )
