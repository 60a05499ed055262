"""Drafts and published editions: reference tables without region.

Of a published edition nothing is ever changed; of a draft only what becomes of it.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base, JsonText

DRAFT_STATES = ("draft", "reviewed", "returned", "withdrawn", "published")


class EditionRow(Base):
    """One published edition: its content as canonical JSON text, and that text's SHA-256.

    ``dated_on`` is the day of publication, or of compilation; the latest edition answers.
    """

    __tablename__ = "catalog_edition"
    __table_args__ = (
        UniqueConstraint("sha256"),
        CheckConstraint("kind IN ('publication', 'compilation')", name="kind_known"),
        CheckConstraint("length(sha256) = 64", name="sha256_whole"),
        CheckConstraint(
            "kind = 'compilation' OR (medium <> '' AND number <> '' AND document <> '' "
            "AND published_on IS NOT NULL AND author <> '' AND reviewer <> '' "
            "AND author <> reviewer)",
            name="publication_complete",
        ),
        Index("ix_catalog_edition_dated_on", "dated_on"),
        {"info": {"append_only": True}},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    sha256: Mapped[str]
    content: Mapped[str] = mapped_column(deferred=True)
    dated_on: Mapped[date]
    medium: Mapped[str]
    number: Mapped[str]
    document: Mapped[str]
    published_on: Mapped[date | None]
    author: Mapped[str]
    reviewer: Mapped[str]
    kept_by: Mapped[str]
    kept_at: Mapped[datetime]


class EditionDraftRow(Base):
    """One draft of an edition: its content and hash, the reasons its author gives for findings.

    The reviewer is neither the author nor who brought the draft in; ``accepted`` are the reasons by
    which the reviewer let doubtful findings pass. A returned or withdrawn draft stays on record.
    """

    __tablename__ = "catalog_draft"
    __table_args__ = (
        CheckConstraint("state IN ('" + "', '".join(DRAFT_STATES) + "')", name="state"),
        CheckConstraint("kind IN ('publication', 'compilation')", name="kind_known"),
        CheckConstraint("length(sha256) = 64", name="sha256_whole"),
        CheckConstraint("reviewed_by <> drafted_by AND reviewed_by <> author", name="two_persons"),
        CheckConstraint("published_by <> reviewed_by", name="published_by_another"),
        CheckConstraint(
            "state NOT IN ('reviewed', 'returned') OR reviewed_by IS NOT NULL", name="reviewed"
        ),
        Index("ix_catalog_draft_edition", "edition", "drafted_at"),
        Index("ix_catalog_draft_sha256", "sha256"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    edition: Mapped[str]
    kind: Mapped[str]
    province: Mapped[str]
    title_zh: Mapped[str]
    title_en: Mapped[str]
    dated_on: Mapped[date]
    sha256: Mapped[str]
    content: Mapped[str] = mapped_column(deferred=True)
    author: Mapped[str]
    reasons: Mapped[Any] = mapped_column(JsonText)
    drafted_by: Mapped[str]
    drafted_at: Mapped[datetime]
    state: Mapped[str]
    reviewed_by: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
    review_note: Mapped[str | None]
    accepted: Mapped[Any] = mapped_column(JsonText, nullable=True)
    withdrawn_by: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawal_reason: Mapped[str | None]
    published_by: Mapped[str | None]
    published_at: Mapped[datetime | None]
