"""Tables of supervision: reports and their files, signals, cases and their moves.

All are bound to a region. Everything but the case itself is append-only, and of a case only what a
move changes may change (R-S8).
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base, Fen, JsonText

STATES = (
    "warned",
    "yellow",
    "red",
    "explained",
    "awaiting_decision",
    "appealed",
    "confirmed",
    "dismissed",
    "rectifying",
    "rectified",
    "under_supervision",
    "closed",
)
LEVELS = "level IN ('warning', 'yellow', 'red')"
SOURCE = (
    "(CASE WHEN report IS NULL THEN 0 ELSE 1 END) + (CASE WHEN refund IS NULL THEN 0 ELSE 1 END) "
    "+ (CASE WHEN notice IS NULL THEN 0 ELSE 1 END) + (CASE WHEN act IS NULL THEN 0 ELSE 1 END) "
    "= 1 AND (quota IS NULL OR notice IS NOT NULL)"
)
LIVING = "state NOT IN ('dismissed', 'closed') AND object_key <> ''"


class SupervisionCaseRow(Base):
    """One case against one unit. ``unit_key`` is its code, or the words of the report without one.

    ``object_key`` names the thing that it is about; one thing has one living case (R-S2).
    """

    __tablename__ = "supervision_case"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region.code"]),
        ForeignKeyConstraint(
            ["region", "unit_code"], ["collecting_unit.region", "collecting_unit.unit_code"]
        ),
        CheckConstraint(LEVELS, "level"),
        CheckConstraint("state IN ('" + "', '".join(STATES) + "')", "state"),
        CheckConstraint("published_on IS NULL OR confirmed_on IS NOT NULL", "published"),
        CheckConstraint(
            "state <> 'confirmed' OR (confirmed_on IS NOT NULL AND decided_by <> opened_by)",
            "two_persons",
        ),
        Index(
            "uq_supervision_case_object",
            "region",
            "unit_key",
            "object_key",
            unique=True,
            sqlite_where=text(LIVING),
            postgresql_where=text(LIVING),
        ),
        Index("ix_supervision_case_state", "region", "state", "opened_on"),
        Index("ix_supervision_case_unit", "region", "unit_key", "confirmed_on"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    unit_key: Mapped[str]
    unit_code: Mapped[str | None]
    unit_name: Mapped[str]
    object_key: Mapped[str]
    item_id: Mapped[str]
    item_name: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(Fen)
    level: Mapped[str]
    state: Mapped[str]
    opened_by: Mapped[str]
    parties: Mapped[Any] = mapped_column(JsonText)
    opened_on: Mapped[date]
    entered_on: Mapped[date]
    due_on: Mapped[date | None]
    due_provisional: Mapped[bool]
    heard: Mapped[bool]
    card_on: Mapped[date | None]
    confirmed_on: Mapped[date | None]
    decided_by: Mapped[str]
    appealed: Mapped[bool]
    rounds: Mapped[int]
    established_fen: Mapped[int | None] = mapped_column(Fen)
    published_on: Mapped[date | None]
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ReportRow(Base):
    """What an enterprise reports. The reporter is seen by the bureau alone (R-S3).

    ``case_id`` is null where the report showed no signal. ``entered_by`` is "" where the reporter
    wrote it; ``payer`` "" where none was named.
    """

    __tablename__ = "report"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region.code"]),
        ForeignKeyConstraint(
            ["region", "unit_code"], ["collecting_unit.region", "collecting_unit.unit_code"]
        ),
        ForeignKeyConstraint(
            ["region", "case_id"], ["supervision_case.region", "supervision_case.id"]
        ),
        CheckConstraint("channel IN ('page', 'api', 'console')", "channel"),
        CheckConstraint("how_paid IN ('cash', 'transfer', 'card', 'mobile', 'other')", "how_paid"),
        CheckConstraint("amount_fen > 0", "amount"),
        Index("ix_report_case", "region", "case_id"),
        Index("ix_report_reported_at", "region", "reported_at"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    case_id: Mapped[int | None]
    channel: Mapped[str]
    entered_by: Mapped[str]
    anonymous: Mapped[bool]
    reporter_name: Mapped[str]
    reporter_contact: Mapped[str]
    payer: Mapped[str]
    unit_code: Mapped[str | None]
    department: Mapped[str]
    item: Mapped[str]
    item_id: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(Fen)
    charged_on: Mapped[date]
    arose_on: Mapped[date]
    how_paid: Mapped[str]
    account_no: Mapped[str]
    ticket_no: Mapped[str]
    story: Mapped[str]
    edition_sha256: Mapped[str]
    reported_at: Mapped[datetime]


class ReportFileRow(Base):
    """A file of a report, byte for byte."""

    __tablename__ = "report_file"
    __table_args__ = (
        ForeignKeyConstraint(["region", "report"], ["report.region", "report.id"]),
        CheckConstraint("file_no > 0 AND size > 0", "numbers"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    report: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    content: Mapped[bytes] = mapped_column(deferred=True)


class SignalRow(Base):
    """One signal with its rule's version, its inputs and its sentence (R-S4).

    It comes from a report, from an approved refund (R-F6), from a notice (S12, S13), or
    from an act of the log of permits (S08); that of S13 names the version of the yearly amount that was exceeded.
    """

    __tablename__ = "signal"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "case_id"], ["supervision_case.region", "supervision_case.id"]
        ),
        ForeignKeyConstraint(["region", "report"], ["report.region", "report.id"]),
        ForeignKeyConstraint(["region", "refund"], ["refund.region", "refund.id"]),
        CheckConstraint(LEVELS, "level"),
        CheckConstraint("version > 0", "version"),
        ForeignKeyConstraint(["region", "notice"], ["notice.region", "notice.id"]),
        ForeignKeyConstraint(["region", "quota"], ["annual_quota.region", "annual_quota.id"]),
        ForeignKeyConstraint(["region", "act"], ["permit_act.region", "permit_act.id"]),
        CheckConstraint(SOURCE, "source"),
        Index("ix_signal_refund", "region", "refund"),
        Index("ix_signal_notice", "region", "notice"),
        Index("ix_signal_quota", "region", "quota"),
        Index("ix_signal_act", "region", "act"),
        Index("uq_signal_code", "region", "case_id", "code", "unit_key", "object_key", unique=True),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    case_id: Mapped[int]
    report: Mapped[int | None]
    refund: Mapped[int | None]
    notice: Mapped[int | None]
    quota: Mapped[int | None]
    act: Mapped[int | None]
    code: Mapped[str]
    unit_key: Mapped[str]
    object_key: Mapped[str]
    level: Mapped[str]
    version: Mapped[int]
    explanation_zh: Mapped[str]
    explanation_en: Mapped[str]
    inputs: Mapped[Any] = mapped_column(JsonText)
    seen_at: Mapped[datetime]


class CaseMoveRow(Base):
    """One move of a case: who, when, why (R-S8). ``actor`` is "" where time ran out."""

    __tablename__ = "case_move"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "case_id"], ["supervision_case.region", "supervision_case.id"]
        ),
        CheckConstraint("seq > 0", "seq"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
    day: Mapped[date]
    at: Mapped[datetime]
    actor: Mapped[str]
    reason: Mapped[str]
    hearing: Mapped[str]
    amount_fen: Mapped[int | None] = mapped_column(Fen)


class CaseFileRow(Base):
    """A file that came with a move, byte for byte."""

    __tablename__ = "case_file"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "case_id", "seq"], ["case_move.region", "case_move.case_id", "case_move.seq"]
        ),
        CheckConstraint("file_no > 0 AND size > 0", "numbers"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    content: Mapped[bytes] = mapped_column(deferred=True)
