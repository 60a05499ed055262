"""Tables of the intake: each file of facts with what it came to, and the faults of those refused.

A file is told apart by its bytes and by what was said with it (source, days, paper). It is taken at
most once; a refused one may be sent again, and is then looked at afresh.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base


class FactIntakeRow(Base):
    """One file of facts in a region: faulty, checked, or taken in.

    ``key`` is the SHA-256 of the bytes and of what was said with them. ``content`` is kept where a
    page must give the file back. ``faults`` counts all faults, also those beyond what is kept.
    """

    __tablename__ = "fact_intake"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region.code"]),
        UniqueConstraint("region", "key", name="uq_fact_intake_key"),
        CheckConstraint("state IN ('faulty', 'checked', 'taken')", "state"),
        CheckConstraint("(state = 'faulty') = (faults > 0)", "faults"),
        CheckConstraint("(state = 'taken') = (taken_at IS NOT NULL)", "taken"),
        CheckConstraint("lines >= 0 AND enterprises >= 0", "counted"),
        Index("ix_fact_intake_checked_at", "region", "checked_at"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str]
    sha256: Mapped[str]
    file_name: Mapped[str]
    size: Mapped[int]
    content: Mapped[bytes | None] = mapped_column(deferred=True)
    source: Mapped[str]
    said_by: Mapped[str | None]
    document: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    edition: Mapped[str]
    state: Mapped[str]
    lines: Mapped[int]
    enterprises: Mapped[int]
    told: Mapped[int]
    faults: Mapped[int]
    new: Mapped[int]
    known: Mapped[int]
    changed: Mapped[int]
    disputed: Mapped[int]
    checked_at: Mapped[datetime]
    checked_by: Mapped[str]
    taken_at: Mapped[datetime | None]
    taken_by: Mapped[str | None]


class FactIntakeFaultRow(Base):
    """One fault of a refused file: where it stands, what is wrong, what to do."""

    __tablename__ = "fact_intake_fault"
    __table_args__ = (
        ForeignKeyConstraint(["region", "intake"], ["fact_intake.region", "fact_intake.id"]),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    intake: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line: Mapped[int]
    place: Mapped[str]
    value: Mapped[str]
    code: Mapped[str]
    problem_zh: Mapped[str]
    problem_en: Mapped[str]
    remedy_zh: Mapped[str]
    remedy_en: Mapped[str]
