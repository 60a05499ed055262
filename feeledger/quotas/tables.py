"""Tables of yearly amounts: versions by enterprise and year, corrections, publications.

A version's figures are those of its run; they are not copied. What was corrected is kept beside
them, and stands. Of a version nothing moves but its state, its sums while it is a draft, and who
audited or published it when.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base, Fen

PENDING_ONLY = text("state IN ('draft', 'audited')")
PUBLISHED_ONLY = text("state = 'published'")


class QuotaYearRow(Base):
    """A year of a region that has yearly amounts; whoever changes one holds this row.

    ``known_at`` is that of the latest run drafted from: an older run never stands over it.
    """

    __tablename__ = "quota_year"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region.code"]),
        CheckConstraint("year BETWEEN 2000 AND 2999", "year"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    known_at: Mapped[datetime]


class QuotaPublicationRow(Base):
    """Where audited amounts of a year were published."""

    __tablename__ = "quota_publication"
    __table_args__ = (
        ForeignKeyConstraint(["region", "year"], ["quota_year.region", "quota_year.year"]),
        CheckConstraint("medium <> '' AND number <> '' AND document <> ''", "announced"),
        Index("uq_quota_publication_number", "region", "year", "medium", "number", unique=True),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    year: Mapped[int]
    medium: Mapped[str]
    number: Mapped[str]
    document: Mapped[str]
    published_on: Mapped[date]
    kept_by: Mapped[str]
    kept_at: Mapped[datetime]


class AnnualQuotaRow(Base):
    """年收费额度: one version of what an enterprise owes in a year, by one run.

    ``stated`` counts the facts known of the enterprise beside what the register supplies,
    ``open_by_run`` the lines about them that the run left open, ``open_lines`` those still open after
    corrections; ``refused``: the run refused its
    facts. ``notice_fen`` is the part of ``total_fen`` that is collected by notice.
    """

    __tablename__ = "annual_quota"
    __table_args__ = (
        ForeignKeyConstraint(["region", "year"], ["quota_year.region", "quota_year.year"]),
        ForeignKeyConstraint(["region", "run"], ["assessment_run.region", "assessment_run.id"]),
        ForeignKeyConstraint(["uscc"], ["enterprise.uscc"]),
        ForeignKeyConstraint(
            ["region", "publication"], ["quota_publication.region", "quota_publication.id"]
        ),
        CheckConstraint("state IN ('draft', 'audited', 'published', 'revised')", "state"),
        CheckConstraint(
            "version > 0 AND stated >= 0 AND open_lines >= 0 AND open_by_run >= 0", "counted"
        ),
        CheckConstraint("notice_fen >= 0 AND notice_fen <= total_fen", "fen"),
        CheckConstraint("audited_by <> prepared_by", "two_persons"),
        CheckConstraint("(audited_by IS NULL) = (audited_at IS NULL)", "audited"),
        CheckConstraint(
            "state NOT IN ('audited', 'published') OR (audited_by IS NOT NULL AND open_lines = 0 "
            "AND NOT refused AND stated > 0)",
            "clear",
        ),
        CheckConstraint("state <> 'published' OR publication IS NOT NULL", "published"),
        Index("uq_annual_quota_version", "region", "year", "uscc", "version", unique=True),
        Index(
            "uq_annual_quota_pending",
            "region",
            "year",
            "uscc",
            unique=True,
            sqlite_where=PENDING_ONLY,
            postgresql_where=PENDING_ONLY,
        ),
        Index(
            "uq_annual_quota_published",
            "region",
            "year",
            "uscc",
            unique=True,
            sqlite_where=PUBLISHED_ONLY,
            postgresql_where=PUBLISHED_ONLY,
        ),
        Index("ix_annual_quota_state", "region", "year", "state", "uscc"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    year: Mapped[int]
    uscc: Mapped[str]
    version: Mapped[int]
    run: Mapped[int]
    state: Mapped[str]
    total_fen: Mapped[int] = mapped_column(Fen)
    notice_fen: Mapped[int] = mapped_column(Fen)
    stated: Mapped[int]
    open_by_run: Mapped[int]
    open_lines: Mapped[int]
    refused: Mapped[bool]
    prepared_by: Mapped[str]
    prepared_at: Mapped[datetime]
    audited_by: Mapped[str | None]
    audited_at: Mapped[datetime | None]
    publication: Mapped[int | None]


class QuotaCorrectionRow(Base):
    """A line's amount set by a person, with reason and document; the latest of a line stands."""

    __tablename__ = "quota_correction"
    __table_args__ = (
        ForeignKeyConstraint(["region", "quota"], ["annual_quota.region", "annual_quota.id"]),
        CheckConstraint("amount_fen >= 0 AND before_fen >= 0", "fen"),
        CheckConstraint("reason <> '' AND document <> ''", "grounds"),
        CheckConstraint("seq > 0", "seq"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    quota: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line: Mapped[str]
    before_fen: Mapped[int | None] = mapped_column(Fen)
    amount_fen: Mapped[int] = mapped_column(Fen)
    reason: Mapped[str]
    document: Mapped[str]
    corrected_by: Mapped[str]
    corrected_at: Mapped[datetime]
