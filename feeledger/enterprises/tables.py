"""Tables of the payer register, of dated facts, of acts, and of lookup codes.

The register and the lookup codes are reference tables (no region); facts and acts are bound to the
region that learnt of them. Facts are never changed: a later statement stands over an earlier one,
and what the register said before it was amended is kept too.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
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


class EnterpriseFormerRow(Base):
    """What the register said of an enterprise until it was amended at ``replaced_at``."""

    __tablename__ = "enterprise_former"
    __table_args__ = (
        ForeignKeyConstraint(["uscc"], ["enterprise.uscc"]),
        {"info": {"append_only": True}},
    )

    uscc: Mapped[str] = mapped_column(primary_key=True)
    replaced_at: Mapped[datetime] = mapped_column(primary_key=True)
    replaced_by: Mapped[str]
    name: Mapped[str]
    home_region: Mapped[str]
    industry_version: Mapped[str | None]
    industry_code: Mapped[str | None]
    registered_on: Mapped[date | None]
    size_class: Mapped[str | None]


class EnterpriseStandingRow(Base):
    """One change of an enterprise's standing: closed or revoked on ``day``, or restored from it.

    ``no`` counts the changes of one enterprise; ``status`` of the register is what they come to.
    """

    __tablename__ = "enterprise_standing"
    __table_args__ = (
        ForeignKeyConstraint(["uscc"], ["enterprise.uscc"]),
        CheckConstraint("change IN ('closed', 'revoked', 'restored')", "change"),
        CheckConstraint("no > 0", "no"),
        {"info": {"append_only": True}},
    )

    uscc: Mapped[str] = mapped_column(primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    change: Mapped[str]
    day: Mapped[date]
    document: Mapped[str]
    reason: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class EnterpriseFactRow(Base):
    """One fact of one enterprise: true from ``valid_from`` on (until ``valid_to``), as known since.

    ``value`` is JSON text, exact, in ``unit`` (null: the catalog's unit of that time); null
    withdraws the fact for that window. ``said_by`` is the unit of a department that said so,
    ``reason`` why the bureau decided so, ``intake`` the file it came with.
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
    unit: Mapped[str | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source: Mapped[str]
    said_by: Mapped[str | None]
    document: Mapped[str]
    reason: Mapped[str | None]
    intake: Mapped[int | None]
    known_at: Mapped[datetime]
    known_by: Mapped[str]


class FactDisputeRow(Base):
    """Two sources disagree on a fact, from ``day`` on; open until ``settled_at``.

    ``decision`` is the statement by which the bureau settled it; null where the sources came to
    agree. ``round`` counts the disputes over one fact.
    """

    __tablename__ = "fact_dispute"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region.code"]),
        ForeignKeyConstraint(["uscc"], ["enterprise.uscc"]),
        UniqueConstraint("region", "uscc", "name", "round", name="uq_fact_dispute_round"),
        CheckConstraint("decision IS NULL OR settled_by IS NOT NULL", "settled"),
        CheckConstraint("settled_by IS NULL OR settled_at IS NOT NULL", "settled_at"),
        Index("ix_fact_dispute_open", "region", "settled_at", "opened_at"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    uscc: Mapped[str]
    name: Mapped[str]
    round: Mapped[int]
    day: Mapped[date]
    opened_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
    decision: Mapped[int | None]


class ReassessmentDueRow(Base):
    """An enterprise is to be assessed again, by one cause; waiting until ``settled_at``.

    ``since`` is the first day from which something else holds, ``facts`` are the facts that differ.
    """

    __tablename__ = "reassessment_due"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region.code"]),
        ForeignKeyConstraint(["uscc"], ["enterprise.uscc"]),
        UniqueConstraint("region", "uscc", "cause", "cause_key", name="uq_reassessment_due_cause"),
        CheckConstraint("(settled_at IS NULL) = (settled_by IS NULL)", "settled"),
        Index("ix_reassessment_due_settled_at", "region", "settled_at", "marked_at"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    uscc: Mapped[str]
    cause: Mapped[str]
    cause_key: Mapped[str]
    since: Mapped[date]
    facts: Mapped[Any] = mapped_column(JsonText)
    marked_at: Mapped[datetime]
    marked_by: Mapped[str]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]


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
