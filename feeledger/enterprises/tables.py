"""Tables of the payer register, of dated facts, of acts, and of lookup codes.

The register and the lookup codes are reference tables (no region); facts and acts are bound to the
region that learnt of them. Facts are never changed: a later statement stands over an earlier one.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base, JsonText


class EnterpriseRow(Base):
    """A payer by its credit code. ``uscc_override_*`` stand where the code fails its check."""

    __tablename__ = "enterprise"
    __table_args__ = (
        ForeignKeyConstraint(["home_region"], ["region.code"]),
        CheckConstraint("length(uscc) = 18", "uscc"),
        CheckConstraint("status IN ('active', 'closed')", "status"),
        CheckConstraint(
            "(uscc_override_reason IS NULL) = (uscc_override_by IS NULL)", "uscc_override"
        ),
        Index("ix_enterprise_home_region", "home_region", "uscc"),
    )

    uscc: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    status: Mapped[str] = mapped_column(default="active")
    home_region: Mapped[str]
    industry_version: Mapped[str | None]
    industry_code: Mapped[str | None]
    registered_on: Mapped[date | None]
    size_class: Mapped[str | None]
    uscc_override_reason: Mapped[str | None]
    uscc_override_by: Mapped[str | None]
    entered_at: Mapped[datetime]
    entered_by: Mapped[str]


class EnterpriseFactRow(Base):
    """One fact of one enterprise: true from ``valid_from`` on (until ``valid_to``), as known since.

    ``value`` is JSON text, exact; null withdraws the fact for that window.
    """

    __tablename__ = "enterprise_fact"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region.code"]),
        ForeignKeyConstraint(["uscc"], ["enterprise.uscc"]),
        CheckConstraint("valid_to IS NULL OR valid_from < valid_to", "window"),
        Index("ix_enterprise_fact_uscc", "region", "uscc", "name", "valid_from"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    uscc: Mapped[str]
    name: Mapped[str]
    value: Mapped[str | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source: Mapped[str]
    document: Mapped[str]
    known_at: Mapped[datetime]
    known_by: Mapped[str]


class PermitActRow(Base):
    """An approval or registration that gives rise to a duty, as the unit declared it."""

    __tablename__ = "permit_act"
    __table_args__ = (
        ForeignKeyConstraint(["uscc"], ["enterprise.uscc"]),
        ForeignKeyConstraint(
            ["region", "unit_code"], ["collecting_unit.region", "collecting_unit.unit_code"]
        ),
        Index("uq_permit_act_act_no", "region", "unit_code", "act_no", unique=True),
        Index("ix_permit_act_uscc", "region", "uscc", "acted_on"),
        Index("ix_permit_act_acted_on", "region", "acted_on"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    uscc: Mapped[str]
    unit_code: Mapped[str]
    act_no: Mapped[str]
    kind: Mapped[str]
    item_id: Mapped[str | None]
    acted_on: Mapped[date]
    facts: Mapped[Any] = mapped_column(JsonText)
    source: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class LookupCodeRow(Base):
    """The code that opens an enterprise's page, as a salted hash; a new one replaces the old."""

    __tablename__ = "lookup_code"
    __table_args__ = (ForeignKeyConstraint(["uscc"], ["enterprise.uscc"]),)

    uscc: Mapped[str] = mapped_column(primary_key=True)
    salt: Mapped[bytes]
    digest: Mapped[bytes]
    issued_at: Mapped[datetime]
    issued_by: Mapped[str]


class LookupTryRow(Base):
    """How often a page was asked for in vain. Unknown payers are counted like known ones."""

    __tablename__ = "lookup_try"

    subject: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    failures: Mapped[int]
