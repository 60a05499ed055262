"""Tables of regions, collecting units, banks and designated accounts.

``region``, ``bank`` and ``bank_key`` are reference tables; all others are bound to
a region, which stands first in every key. Windows are half-open: ``valid_to`` is the first day
not covered.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base

WINDOW_CHECK = "valid_to IS NULL OR valid_from < valid_to"


class RegionRow(Base):
    """A fiscal region: one that keeps its own book."""

    __tablename__ = "region"
    __table_args__ = (
        ForeignKeyConstraint(["parent"], ["region.code"], name="fk_region_parent"),
        CheckConstraint("length(code) = 6", "code"),
        CheckConstraint(WINDOW_CHECK, "window"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]
    level: Mapped[str]
    parent: Mapped[str | None]
    gb_code: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class RegionSettingRow(Base):
    """What a region's bureau decides for itself.

    ``paycode_profile``: own (check digit judged) or none. ``signature_required``: a notice is
    issued only with its unit's signature.
    """

    __tablename__ = "region_setting"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region.code"]),
        CheckConstraint("paycode_profile IN ('own', 'none')", "paycode_profile"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    paycode_profile: Mapped[str] = mapped_column(default="own")
    require_prior_query: Mapped[bool] = mapped_column(default=True)
    single_account: Mapped[bool] = mapped_column(default=True)
    signature_required: Mapped[bool] = mapped_column(default=False)


class CollectingUnitRow(Base):
    """执收单位: a department that may charge. One unit a region may be its unified window."""

    __tablename__ = "collecting_unit"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region_setting.region"]),
        CheckConstraint("length(unit_code) BETWEEN 1 AND 30", "unit_code"),
        Index(
            "uq_collecting_unit_window",
            "region",
            unique=True,
            sqlite_where=text("is_window"),
            postgresql_where=text("is_window"),
        ),
        CheckConstraint(WINDOW_CHECK, "window"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    unit_code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]
    uscc: Mapped[str | None]
    level: Mapped[str]
    is_window: Mapped[bool] = mapped_column(default=False)
    may_batch: Mapped[bool] = mapped_column(default=False)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class UnitItemRow(Base):
    """An item that a unit may charge, from a day on."""

    __tablename__ = "collecting_unit_item"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "unit_code"], ["collecting_unit.region", "collecting_unit.unit_code"]
        ),
        CheckConstraint(WINDOW_CHECK, "window"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    unit_code: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]


class BankRow(Base):
    """A bank that may collect somewhere."""

    __tablename__ = "bank"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]


class BankKeyRow(Base):
    """A key a bank signs with. Several may be valid at once: that is how keys are changed.

    ``material`` is base64: the public key (ed25519, sm2-sm3) or the shared secret (hmac-sha256).
    """

    __tablename__ = "bank_key"
    __table_args__ = (
        ForeignKeyConstraint(["bank"], ["bank.code"]),
        CheckConstraint("algorithm IN ('ed25519', 'hmac-sha256', 'sm2-sm3')", "algorithm"),
    )

    keyid: Mapped[str] = mapped_column(primary_key=True)
    bank: Mapped[str]
    algorithm: Mapped[str]
    material: Mapped[str]
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]


class AgentBankRow(Base):
    """代收银行: a bank that may collect in a region, from a day on."""

    __tablename__ = "agent_bank"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region_setting.region"]),
        ForeignKeyConstraint(["bank"], ["bank.code"]),
        CheckConstraint(WINDOW_CHECK, "window"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    bank: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]


class DesignatedAccountRow(Base):
    """The announced account. It is printed until ``printed_to`` and takes money until ``valid_to``.

    The two differ only in an announced change, by the stated days of overlap. Triggers hold that
    printed windows never overlap: per bank, and per region under its setting ``single_account``.
    """

    __tablename__ = "designated_account"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region_setting.region"]),
        ForeignKeyConstraint(["bank"], ["bank.code"]),
        CheckConstraint(WINDOW_CHECK, "window"),
        CheckConstraint(
            "(printed_to IS NULL AND valid_to IS NULL) OR "
            "(valid_from < printed_to AND (valid_to IS NULL OR printed_to <= valid_to))",
            "printed_window",
        ),
        Index("ix_designated_account_no", "region", "account_no"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bank: Mapped[str]
    cnaps: Mapped[str]
    account_no: Mapped[str]
    printed_account: Mapped[str]
    name: Mapped[str]
    bank_name: Mapped[str]
    document: Mapped[str]
    medium: Mapped[str]
    announced_on: Mapped[date]
    valid_from: Mapped[date]
    printed_to: Mapped[date | None]
    valid_to: Mapped[date | None]


class SigningKeyRow(Base):
    """A public key that a unit (``unit_code``) or the bureau (null) signs documents with.

    Several may be valid at once: that is how keys are changed. The private half is never here.
    """

    __tablename__ = "signing_key"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region_setting.region"]),
        ForeignKeyConstraint(
            ["region", "unit_code"], ["collecting_unit.region", "collecting_unit.unit_code"]
        ),
        CheckConstraint(WINDOW_CHECK, "window"),
        Index("ix_signing_key_unit_code", "region", "unit_code"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    keyid: Mapped[str] = mapped_column(primary_key=True)
    unit_code: Mapped[str | None]
    material: Mapped[str]
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
