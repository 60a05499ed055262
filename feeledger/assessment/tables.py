"""Tables of assessment runs: what every enterprise of a region owes by one edition on one day.

A run is a record. Its chunks and lines are only ever added, a chunk with its lines in one
transaction; of the run itself nothing moves but the instant at which it was finished. A line is
stored where it has a figure above zero; all others are counted by the chunk. A province is the runs
of its regions, under one number.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base, Fen, JsonText


class AssessmentRunRow(Base):
    """One run: region, the day the duties arose, the edition, and what was known at ``known_at``."""

    __tablename__ = "assessment_run"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region.code"]),
        ForeignKeyConstraint(["edition"], ["catalog_edition.id"]),
        CheckConstraint("chunk_size > 0", "chunk_size"),
        Index("ix_assessment_run_day", "region", "day"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date]
    edition: Mapped[str]
    edition_sha256: Mapped[str]
    known_at: Mapped[datetime]
    engine: Mapped[str]
    chunk_size: Mapped[int]
    started_by: Mapped[str]
    finished_at: Mapped[datetime | None]


class AssessmentProvinceRunRow(Base):
    """A run over a region and all below it: its parts are the runs of ``regions``, of the same id.

    Each part is a run of its own region. What was asked of the whole was asked of every part.
    """

    __tablename__ = "assessment_province_run"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region.code"]),
        ForeignKeyConstraint(["edition"], ["catalog_edition.id"]),
        CheckConstraint("chunk_size > 0", "chunk_size"),
        Index("ix_assessment_province_run_day", "region", "day"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date]
    edition: Mapped[str]
    edition_sha256: Mapped[str]
    known_at: Mapped[datetime]
    engine: Mapped[str]
    chunk_size: Mapped[int]
    started_by: Mapped[str]
    regions: Mapped[Any] = mapped_column(JsonText)
    finished_at: Mapped[datetime | None]


class AssessmentRunChunkRow(Base):
    """The enterprises up to ``last_uscc`` that were assessed together, and the counts of theirs.

    ``counts`` are lists of item, line, outcome, reason, alternative, enterprises and fen.
    """

    __tablename__ = "assessment_run_chunk"
    __table_args__ = (
        ForeignKeyConstraint(["region", "run"], ["assessment_run.region", "assessment_run.id"]),
        CheckConstraint("number > 0 AND enterprises > 0", "counted"),
        CheckConstraint("refused >= 0 AND refused <= enterprises AND lines >= 0", "within"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    run: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_uscc: Mapped[str]
    enterprises: Mapped[int]
    refused: Mapped[int]
    lines: Mapped[int]
    counts: Mapped[Any] = mapped_column(JsonText)


class AssessmentRunLineRow(Base):
    """One line of one enterprise: outcome, amount, and the allowed range where there is one."""

    __tablename__ = "assessment_run_line"
    __table_args__ = (
        ForeignKeyConstraint(["region", "run"], ["assessment_run.region", "assessment_run.id"]),
        CheckConstraint(
            "outcome IN ('due', 'reduced', 'provisional', 'guided', 'ceiling', 'range', "
            "'below_floor')",
            "outcome",
        ),
        CheckConstraint("(amount_fen IS NULL) = (outcome = 'range')", "amount"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    run: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    uscc: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str]
    amount_fen: Mapped[int | None] = mapped_column(Fen)
    low_fen: Mapped[int | None] = mapped_column(Fen)
    high_fen: Mapped[int | None] = mapped_column(Fen)
