"""Create the registers: regions, units, banks, accounts, editions, payers, facts, the trail.

Revision ID: 0001
Revises: -
"""

import sqlalchemy as sa
from alembic import op

from feeledger.store import Instant, JsonText
from migrations.walls import (
    allow_changes,
    create_reference_table,
    create_refusal,
    create_region_table,
    drop_refusal,
    forbid_changes,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


OVERLAPS = "designated-account-overlaps"
# Half-open windows overlap where each begins before the other ends; an open end never comes.
OVERLAP = (
    "{0}.valid_from < coalesce({1}.printed_to, '9999-12-31') "
    "AND {1}.valid_from < coalesce({0}.printed_to, '9999-12-31')"
)
# The lock on the setting makes two designations of one region wait for each other; it does not
# stand in the way of the foreign keys that point to the row.
POSTGRESQL_ACCOUNTS = (
    f"""CREATE FUNCTION hold_designated_account() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE single boolean;
    BEGIN
        SELECT s.single_account INTO single FROM region_setting AS s
            WHERE s.region = NEW.region FOR NO KEY UPDATE;
        IF EXISTS (SELECT 1 FROM designated_account AS a
            WHERE a.region = NEW.region AND a.id <> NEW.id AND (a.bank = NEW.bank OR single)
            AND {OVERLAP.format("a", "NEW")})
        THEN RAISE EXCEPTION '{OVERLAPS}' USING ERRCODE = '23P01'; END IF;
        RETURN NEW;
    END $$""",
    """CREATE TRIGGER account_alone BEFORE INSERT OR UPDATE ON designated_account
    FOR EACH ROW EXECUTE FUNCTION hold_designated_account()""",
    f"""CREATE FUNCTION hold_region_setting() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM designated_account AS a JOIN designated_account AS b
            ON b.region = a.region AND b.id <> a.id
            WHERE a.region = NEW.region AND {OVERLAP.format("a", "b")})
        THEN RAISE EXCEPTION '{OVERLAPS}' USING ERRCODE = '23P01'; END IF;
        RETURN NEW;
    END $$""",
    """CREATE TRIGGER account_alone BEFORE UPDATE OF single_account ON region_setting
    FOR EACH ROW WHEN (NEW.single_account) EXECUTE FUNCTION hold_region_setting()""",
)


TABLES = (
    "bank",
    "catalog_edition",
    "lookup_try",
    "region",
    "trail_act",
    "bank_key",
    "enterprise",
    "region_setting",
    "agent_bank",
    "collecting_unit",
    "designated_account",
    "enterprise_fact",
    "lookup_code",
    "collecting_unit_item",
    "permit_act",
)
APPEND_ONLY = ("catalog_edition", "trail_act", "enterprise_fact", "permit_act")


def upgrade() -> None:
    create_refusal()
    create_reference_table(
        "bank",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_bank")),
    )
    create_reference_table(
        "catalog_edition",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("kept_by", sa.Text(), nullable=False),
        sa.Column("kept_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "kind = 'compilation' OR (medium <> '' AND number <> '' AND document <> '' AND published_on IS NOT NULL AND author <> '' AND reviewer <> '' AND author <> reviewer)",
            name=op.f("ck_catalog_edition_publication_complete"),
        ),
        sa.CheckConstraint(
            "kind IN ('publication', 'compilation')", name=op.f("ck_catalog_edition_kind_known")
        ),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_catalog_edition_sha256_whole")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_edition")),
        sa.UniqueConstraint("sha256", name=op.f("uq_catalog_edition_sha256")),
    )
    op.create_index("ix_catalog_edition_dated_on", "catalog_edition", ["dated_on"], unique=False)
    create_reference_table(
        "lookup_try",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_lookup_try")),
    )
    create_reference_table(
        "region",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("gb_code", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("length(code) = 6", name=op.f("ck_region_code")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from < valid_to", name=op.f("ck_region_window")
        ),
        sa.ForeignKeyConstraint(["parent"], ["region.code"], name="fk_region_parent"),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_region")),
    )
    create_region_table(
        "trail_act",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_trail_act")),
    )
    op.create_index("ix_trail_act_at", "trail_act", ["region", "at"], unique=False)
    op.create_index("ix_trail_act_subject", "trail_act", ["region", "subject", "at"], unique=False)
    create_reference_table(
        "bank_key",
        sa.Column("keyid", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("material", sa.Text(), nullable=False),
        sa.Column("valid_from", Instant(), nullable=False),
        sa.Column("valid_to", Instant(), nullable=True),
        sa.CheckConstraint(
            "algorithm IN ('ed25519', 'hmac-sha256')", name=op.f("ck_bank_key_algorithm")
        ),
        sa.ForeignKeyConstraint(["bank"], ["bank.code"], name=op.f("fk_bank_key_bank")),
        sa.PrimaryKeyConstraint("keyid", name=op.f("pk_bank_key")),
    )
    create_reference_table(
        "enterprise",
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("home_region", sa.Text(), nullable=False),
        sa.Column("industry_version", sa.Text(), nullable=True),
        sa.Column("industry_code", sa.Text(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("size_class", sa.Text(), nullable=True),
        sa.Column("uscc_override_reason", sa.Text(), nullable=True),
        sa.Column("uscc_override_by", sa.Text(), nullable=True),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.CheckConstraint("status IN ('active', 'closed')", name=op.f("ck_enterprise_status")),
        sa.CheckConstraint(
            "(uscc_override_reason IS NULL) = (uscc_override_by IS NULL)",
            name=op.f("ck_enterprise_uscc_override"),
        ),
        sa.CheckConstraint("length(uscc) = 18", name=op.f("ck_enterprise_uscc")),
        sa.ForeignKeyConstraint(
            ["home_region"], ["region.code"], name=op.f("fk_enterprise_region")
        ),
        sa.PrimaryKeyConstraint("uscc", name=op.f("pk_enterprise")),
    )
    op.create_index(
        "ix_enterprise_home_region", "enterprise", ["home_region", "uscc"], unique=False
    )
    create_region_table(
        "region_setting",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("paycode_profile", sa.Text(), nullable=False),
        sa.Column("require_prior_query", sa.Boolean(), nullable=False),
        sa.Column("single_account", sa.Boolean(), nullable=False),
        sa.Column("signature_required", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "paycode_profile IN ('own', 'none')", name=op.f("ck_region_setting_paycode_profile")
        ),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_region_setting_region")),
        sa.PrimaryKeyConstraint("region", name=op.f("pk_region_setting")),
    )
    create_region_table(
        "agent_bank",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from < valid_to", name=op.f("ck_agent_bank_window")
        ),
        sa.ForeignKeyConstraint(["bank"], ["bank.code"], name=op.f("fk_agent_bank_bank")),
        sa.ForeignKeyConstraint(
            ["region"], ["region_setting.region"], name=op.f("fk_agent_bank_region_setting")
        ),
        sa.PrimaryKeyConstraint("region", "bank", "valid_from", name=op.f("pk_agent_bank")),
    )
    create_region_table(
        "collecting_unit",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("is_window", sa.Boolean(), nullable=False),
        sa.Column("may_batch", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "length(unit_code) BETWEEN 1 AND 30", name=op.f("ck_collecting_unit_unit_code")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from < valid_to", name=op.f("ck_collecting_unit_window")
        ),
        sa.ForeignKeyConstraint(
            ["region"], ["region_setting.region"], name=op.f("fk_collecting_unit_region_setting")
        ),
        sa.PrimaryKeyConstraint("region", "unit_code", name=op.f("pk_collecting_unit")),
    )
    op.create_index(
        "uq_collecting_unit_window",
        "collecting_unit",
        ["region"],
        unique=True,
        sqlite_where=sa.text("is_window"),
        postgresql_where=sa.text("is_window"),
    )
    create_region_table(
        "designated_account",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("cnaps", sa.Text(), nullable=False),
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("printed_account", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("bank_name", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("printed_to", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(printed_to IS NULL AND valid_to IS NULL) OR (valid_from < printed_to AND (valid_to IS NULL OR printed_to <= valid_to))",
            name=op.f("ck_designated_account_printed_window"),
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from < valid_to", name=op.f("ck_designated_account_window")
        ),
        sa.ForeignKeyConstraint(["bank"], ["bank.code"], name=op.f("fk_designated_account_bank")),
        sa.ForeignKeyConstraint(
            ["region"], ["region_setting.region"], name=op.f("fk_designated_account_region_setting")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_designated_account")),
    )
    op.create_index(
        "ix_designated_account_no", "designated_account", ["region", "account_no"], unique=False
    )
    create_region_table(
        "enterprise_fact",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("known_at", Instant(), nullable=False),
        sa.Column("known_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from < valid_to", name=op.f("ck_enterprise_fact_window")
        ),
        sa.ForeignKeyConstraint(
            ["region"], ["region.code"], name=op.f("fk_enterprise_fact_region")
        ),
        sa.ForeignKeyConstraint(
            ["uscc"], ["enterprise.uscc"], name=op.f("fk_enterprise_fact_enterprise")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_enterprise_fact")),
    )
    op.create_index(
        "ix_enterprise_fact_uscc",
        "enterprise_fact",
        ["region", "uscc", "name", "valid_from"],
        unique=False,
    )
    create_reference_table(
        "lookup_code",
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["uscc"], ["enterprise.uscc"], name=op.f("fk_lookup_code_enterprise")
        ),
        sa.PrimaryKeyConstraint("uscc", name=op.f("pk_lookup_code")),
    )
    create_region_table(
        "collecting_unit_item",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from < valid_to", name=op.f("ck_collecting_unit_item_window")
        ),
        sa.ForeignKeyConstraint(
            ["region", "unit_code"],
            ["collecting_unit.region", "collecting_unit.unit_code"],
            name=op.f("fk_collecting_unit_item_collecting_unit"),
        ),
        sa.PrimaryKeyConstraint(
            "region", "unit_code", "item_id", "valid_from", name=op.f("pk_collecting_unit_item")
        ),
    )
    create_region_table(
        "permit_act",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("act_no", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=True),
        sa.Column("acted_on", sa.Date(), nullable=False),
        sa.Column("facts", JsonText(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region", "unit_code"],
            ["collecting_unit.region", "collecting_unit.unit_code"],
            name=op.f("fk_permit_act_collecting_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["uscc"], ["enterprise.uscc"], name=op.f("fk_permit_act_enterprise")
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_permit_act")),
    )
    op.create_index("ix_permit_act_acted_on", "permit_act", ["region", "acted_on"], unique=False)
    op.create_index(
        "ix_permit_act_uscc", "permit_act", ["region", "uscc", "acted_on"], unique=False
    )
    op.create_index(
        "uq_permit_act_act_no", "permit_act", ["region", "unit_code", "act_no"], unique=True
    )
    forbid_changes(*APPEND_ONLY)
    _hold_designated_accounts()


def downgrade() -> None:
    _free_designated_accounts()
    allow_changes(*APPEND_ONLY)
    for table in reversed(TABLES):
        op.drop_table(table)
    drop_refusal()


def _hold_designated_accounts() -> None:
    """Refuse printed windows that overlap: of one bank, or of one region with a single account."""
    if op.get_bind().dialect.name == "postgresql":
        for statement in POSTGRESQL_ACCOUNTS:
            op.execute(statement)
        return
    for event, number in (("INSERT", 1), ("UPDATE", 2)):
        op.execute(
            f"CREATE TRIGGER designated_account_alone_{number} BEFORE {event} ON designated_account "
            f"WHEN EXISTS (SELECT 1 FROM designated_account AS a JOIN region_setting AS s "
            f"ON s.region = a.region WHERE a.region = NEW.region AND a.id <> NEW.id "
            f"AND (a.bank = NEW.bank OR s.single_account) AND {OVERLAP.format('a', 'NEW')}) "
            f"BEGIN SELECT RAISE(ABORT, '{OVERLAPS}'); END"
        )
    op.execute(
        f"CREATE TRIGGER region_setting_alone BEFORE UPDATE OF single_account ON region_setting "
        f"WHEN NEW.single_account AND EXISTS (SELECT 1 FROM designated_account AS a "
        f"JOIN designated_account AS b ON b.region = a.region AND b.id <> a.id "
        f"WHERE a.region = NEW.region AND {OVERLAP.format('a', 'b')}) "
        f"BEGIN SELECT RAISE(ABORT, '{OVERLAPS}'); END"
    )


def _free_designated_accounts() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER account_alone ON designated_account")
        op.execute("DROP TRIGGER account_alone ON region_setting")
        op.execute("DROP FUNCTION hold_designated_account()")
        op.execute("DROP FUNCTION hold_region_setting()")
        return
    for name in (
        "designated_account_alone_1",
        "designated_account_alone_2",
        "region_setting_alone",
    ):
        op.execute(f"DROP TRIGGER {name}")
