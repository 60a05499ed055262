"""Published editions: a reference table without region, in which nothing is ever changed."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base


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
