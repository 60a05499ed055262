"""Give arrivals, claims, returns and the serials of banks their tables; let claims pay.

A clear confirmation of a serial that is known already (its money arrived first) goes the long way.
The first message of a serial inserts its ``bank_trade``; others wait for it there.

Revision ID: 0015
Revises: 0014
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

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = (
    "bank_trade",
    "funds_arrival",
    "receipt_claim",
    "claimed_receipt",
    "claimed_notice",
    "receipt_return",
)
APPEND_ONLY = ("bank_trade", "funds_arrival", "claimed_receipt")
FROZEN_PAYMENT = (
    "region",
    "id",
    "notice",
    "pay_code",
    "bank",
    "trade_no",
    "amount_fen",
    "late_fen",
    "account",
    "entry",
    "paid_at",
    "bank_day",
)
FROZEN_RECEIPT_BEFORE = (
    "region",
    "id",
    "bank",
    "trade_no",
    "amount_fen",
    "account",
    "entry",
    "arrived_at",
)
FROZEN_RECEIPT = (*FROZEN_RECEIPT_BEFORE, "kind", "parent", "pay_code", "bank_day", "recorded_at")
FROZEN_CLAIM = (
    "region",
    "id",
    "amount_fen",
    "reason",
    "differences",
    "proposed_by",
    "proposed_at",
)
FROZEN_CLAIMED_NOTICE = ("region", "claim", "notice", "pay_code", "amount_fen")
FROZEN_RETURN = (
    "region",
    "id",
    "receipt",
    "amount_fen",
    "payee_name",
    "payee_account",
    "payee_bank",
    "reason",
    "evidence",
    "requested_by",
    "requested_at",
)
KEY_KINDS = "'confirmation', 'arrival', 'in_transit', 'reversal'"
RECEIPT_KINDS = (
    "'duplicate', 'no_code', 'unknown_code', 'amount_differs', 'surplus', 'rejected'"
)
RECEIPT_STATES = (
    "'received', 'claim_proposed', 'audited', 'matched', 'return_requested', 'returned'"
)
CLAIM_CHECK = (
    "(claim IS NULL AND state NOT IN ('claim_proposed', 'audited')) "
    "OR (claim IS NOT NULL AND state IN ('claim_proposed', 'audited', 'matched'))"
)
PAYMENT_CHECK = (
    "(payment IS NULL AND (state <> 'matched' OR claim IS NOT NULL)) "
    "OR (payment IS NOT NULL AND state = 'matched' AND claim IS NULL)"
)
BOOK_NOW = "    RETURN book_payment(p_region, p_bank,"
HOLD_TRADE = """    INSERT INTO bank_trade (region, bank, trade_no) VALUES (p_region, p_bank, p_trade_no)
        ON CONFLICT (region, bank, trade_no) DO NOTHING;
    IF NOT FOUND THEN RETURN 'unclear'; END IF;
"""


def upgrade() -> None:
    _create_tables()
    allow_changes("payment_key")
    allow_column_changes("payment")
    allow_column_changes("unmatched_receipt")
    _replace_check("payment_key", "kind", f"kind IN ({KEY_KINDS}, 'claim')")
    _replace_check("payment", "kind", "kind IN ('confirmation', 'claim')")
    _widen_receipts()
    forbid_changes("payment_key", *APPEND_ONLY)
    forbid_column_changes("payment", FROZEN_PAYMENT, deletes=True)
    forbid_column_changes("unmatched_receipt", FROZEN_RECEIPT, deletes=True)
    forbid_column_changes("receipt_claim", FROZEN_CLAIM, deletes=True)
    forbid_column_changes("claimed_notice", FROZEN_CLAIMED_NOTICE, deletes=True)
    forbid_column_changes("receipt_return", FROZEN_RETURN, deletes=True)
    if op.get_bind().dialect.name == "postgresql":
        _rewrite_function("book_clear_payment", BOOK_NOW, HOLD_TRADE + BOOK_NOW)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _rewrite_function("book_clear_payment", HOLD_TRADE, "")
    allow_changes("payment_key", *APPEND_ONLY)
    allow_column_changes("payment")
    allow_column_changes("unmatched_receipt")
    _narrow_receipts()
    _replace_check("payment", "kind", "kind = 'confirmation'")
    _replace_check("payment_key", "kind", f"kind IN ({KEY_KINDS})")
    for table in reversed(TABLES):
        op.drop_table(table)
    forbid_changes("payment_key")
    forbid_column_changes("payment", FROZEN_PAYMENT, deletes=True)
    forbid_column_changes("unmatched_receipt", FROZEN_RECEIPT_BEFORE, deletes=True)


def _rewrite_function(name: str, old: str, new: str) -> None:
    """Change a few words of a function as it stands, whatever other revisions did to the rest."""
    bind = op.get_bind()
    source = bind.execute(
        sa.text("SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = :name"),
        {"name": name},
    ).scalar_one()
    if source.count(old) != 1:
        raise ValueError(f"{name} does not read as expected")
    bind.exec_driver_sql(source.replace(old, new).replace("%", "%%"))


def _replace_check(table: str, name: str, condition: str) -> None:
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{name}"), condition)


def _widen_receipts() -> None:
    table = "unmatched_receipt"
    op.drop_index("ix_unmatched_receipt_trade_no", table)
    with op.batch_alter_table(table) as batch:
        batch.add_column(sa.Column("claim", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("payment", sa.BigInteger(), nullable=True))
        batch.drop_constraint(op.f(f"ck_{table}_kind"), type_="check")
        batch.drop_constraint(op.f(f"ck_{table}_state"), type_="check")
        batch.create_check_constraint(
            op.f(f"ck_{table}_kind"), f"kind IN ({RECEIPT_KINDS}, 'unconfirmed')"
        )
        batch.create_check_constraint(
            op.f(f"ck_{table}_state"), f"state IN ({RECEIPT_STATES}, 'split')"
        )
        batch.create_check_constraint(op.f(f"ck_{table}_claim"), CLAIM_CHECK)
        batch.create_check_constraint(op.f(f"ck_{table}_payment"), PAYMENT_CHECK)
        batch.create_foreign_key(
            op.f(f"fk_{table}_receipt_claim"),
            "receipt_claim",
            ["region", "claim"],
            ["region", "id"],
        )
        batch.create_foreign_key(
            op.f(f"fk_{table}_payment"), "payment", ["region", "payment"], ["region", "id"]
        )
    op.create_index("ix_unmatched_receipt_parent", table, ["region", "parent"])
    op.create_index("ix_unmatched_receipt_claim", table, ["region", "claim"])
    op.create_index(
        "uq_unmatched_receipt_trade_no",
        table,
        ["region", "bank", "trade_no"],
        unique=True,
        sqlite_where=sa.text("parent IS NULL"),
        postgresql_where=sa.text("parent IS NULL"),
    )


def _narrow_receipts() -> None:
    table = "unmatched_receipt"
    for index in ("parent", "claim"):
        op.drop_index(f"ix_unmatched_receipt_{index}", table)
    op.drop_index("uq_unmatched_receipt_trade_no", table)
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"fk_{table}_receipt_claim"), type_="foreignkey")
        batch.drop_constraint(op.f(f"fk_{table}_payment"), type_="foreignkey")
        for name in ("claim", "payment", "kind", "state"):
            batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_kind"), f"kind IN ({RECEIPT_KINDS})")
        batch.create_check_constraint(op.f(f"ck_{table}_state"), f"state IN ({RECEIPT_STATES})")
        batch.drop_column("claim")
        batch.drop_column("payment")
    op.create_index("ix_unmatched_receipt_trade_no", table, ["region", "bank", "trade_no"])


def _create_tables() -> None:
    create_region_table(
        "bank_trade",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("trade_no", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["bank"], ["bank.code"], name=op.f("fk_bank_trade_bank")),
        sa.PrimaryKeyConstraint("region", "bank", "trade_no", name=op.f("pk_bank_trade")),
    )
    _create_arrivals()
    _create_claims()
    _create_returns()


def _create_arrivals() -> None:
    create_region_table(
        "funds_arrival",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("trade_no", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message_no", sa.Text(), nullable=False),
        sa.Column("amount_fen", Fen(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("pay_code", sa.Text(), nullable=True),
        sa.Column("payer_name", sa.Text(), nullable=True),
        sa.Column("payer_account", sa.Text(), nullable=True),
        sa.Column("payer_bank", sa.Text(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("batch_no", sa.Text(), nullable=True),
        sa.Column("arrived_at", Instant(), nullable=False),
        sa.Column("bank_day", sa.Date(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.CheckConstraint("kind IN ('arrival', 'in_transit')", name=op.f("ck_funds_arrival_kind")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_funds_arrival_amount")),
        sa.ForeignKeyConstraint(
            ["region", "account"],
            ["designated_account.region", "designated_account.id"],
            name=op.f("fk_funds_arrival_designated_account"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "bank", "kind", "message_no"],
            ["payment_key.region", "payment_key.bank", "payment_key.kind", "payment_key.trade_no"],
            name=op.f("fk_funds_arrival_payment_key"),
        ),
        sa.PrimaryKeyConstraint("region", "bank", "trade_no", name=op.f("pk_funds_arrival")),
    )
    op.create_index("ix_funds_arrival_bank_day", "funds_arrival", ["region", "bank_day"])
    op.create_index(
        "ix_funds_arrival_message_no", "funds_arrival", ["region", "bank", "kind", "message_no"]
    )


def _create_claims() -> None:
    create_region_table(
        "receipt_claim",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount_fen", Fen(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("differences", JsonText(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("audited_by", sa.Text(), nullable=True),
        sa.Column("audited_at", Instant(), nullable=True),
        sa.Column("ended_as", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_receipt_claim_amount")),
        sa.CheckConstraint(
            "audited_by IS NULL OR audited_by <> proposed_by",
            name=op.f("ck_receipt_claim_two_persons"),
        ),
        sa.CheckConstraint(
            "(audited_by IS NULL) = (audited_at IS NULL)", name=op.f("ck_receipt_claim_audited")
        ),
        sa.CheckConstraint(
            "ended_as IN ('booked', 'rejected', 'withdrawn')", name=op.f("ck_receipt_claim_ended_as")
        ),
        sa.CheckConstraint(
            "ended_as IS NULL OR (ended_by IS NOT NULL AND ended_at IS NOT NULL)",
            name=op.f("ck_receipt_claim_ended"),
        ),
        sa.CheckConstraint(
            "ended_as IS NULL OR ended_as <> 'booked' OR audited_by IS NOT NULL",
            name=op.f("ck_receipt_claim_booked"),
        ),
        sa.CheckConstraint(
            "ended_as <> 'rejected' OR ended_by <> proposed_by",
            name=op.f("ck_receipt_claim_rejected"),
        ),
        sa.ForeignKeyConstraint(
            ["region"], ["region_setting.region"], name=op.f("fk_receipt_claim_region_setting")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_receipt_claim")),
    )
    op.create_index("ix_receipt_claim_proposed_at", "receipt_claim", ["region", "proposed_at"])
    create_region_table(
        "claimed_receipt",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("claim", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("receipt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount_fen", Fen(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_claimed_receipt_amount")),
        sa.ForeignKeyConstraint(
            ["region", "claim"],
            ["receipt_claim.region", "receipt_claim.id"],
            name=op.f("fk_claimed_receipt_receipt_claim"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "receipt"],
            ["unmatched_receipt.region", "unmatched_receipt.id"],
            name=op.f("fk_claimed_receipt_unmatched_receipt"),
        ),
        sa.PrimaryKeyConstraint("region", "claim", "receipt", name=op.f("pk_claimed_receipt")),
    )
    op.create_index("ix_claimed_receipt_receipt", "claimed_receipt", ["region", "receipt"])
    create_region_table(
        "claimed_notice",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("claim", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("notice", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pay_code", sa.Text(), nullable=False),
        sa.Column("amount_fen", Fen(), nullable=False),
        sa.Column("payment", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_claimed_notice_amount")),
        sa.ForeignKeyConstraint(
            ["region", "claim"],
            ["receipt_claim.region", "receipt_claim.id"],
            name=op.f("fk_claimed_notice_receipt_claim"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "notice"],
            ["notice.region", "notice.id"],
            name=op.f("fk_claimed_notice_notice"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "payment"],
            ["payment.region", "payment.id"],
            name=op.f("fk_claimed_notice_payment"),
        ),
        sa.PrimaryKeyConstraint("region", "claim", "notice", name=op.f("pk_claimed_notice")),
    )
    op.create_index("ix_claimed_notice_notice", "claimed_notice", ["region", "notice"])
    op.create_index(
        "uq_claimed_notice_payment", "claimed_notice", ["region", "payment"], unique=True
    )


def _create_returns() -> None:
    create_region_table(
        "receipt_return",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("receipt", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", Fen(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("payee_name", sa.Text(), nullable=False),
        sa.Column("payee_account", sa.Text(), nullable=False),
        sa.Column("payee_bank", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("bank_reference", sa.Text(), nullable=True),
        sa.Column("entry", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_receipt_return_amount")),
        sa.CheckConstraint(
            "state IN ('requested', 'returned', 'refused')", name=op.f("ck_receipt_return_state")
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> requested_by",
            name=op.f("ck_receipt_return_two_persons"),
        ),
        sa.CheckConstraint(
            "(state = 'requested') = (decided_by IS NULL) "
            "AND (state = 'requested') = (decided_at IS NULL)",
            name=op.f("ck_receipt_return_decided"),
        ),
        sa.CheckConstraint(
            "(state = 'returned') = (entry IS NOT NULL) "
            "AND (state = 'returned') = (returned_on IS NOT NULL) "
            "AND (state = 'returned') = (bank_reference IS NOT NULL)",
            name=op.f("ck_receipt_return_returned"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "receipt"],
            ["unmatched_receipt.region", "unmatched_receipt.id"],
            name=op.f("fk_receipt_return_unmatched_receipt"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "entry"],
            ["ledger_entry.region", "ledger_entry.id"],
            name=op.f("fk_receipt_return_ledger_entry"),
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_receipt_return")),
    )
    op.create_index(
        "uq_receipt_return_receipt",
        "receipt_return",
        ["region", "receipt"],
        unique=True,
        sqlite_where=sa.text("state <> 'refused'"),
        postgresql_where=sa.text("state <> 'refused'"),
    )
    op.create_index("uq_receipt_return_entry", "receipt_return", ["region", "entry"], unique=True)
