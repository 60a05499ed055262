"""Tables of re-assessments: what was proposed, its differences, and the notices issued for them.

A proposal's figures never change; only whether it was approved, by another person than its author.
What was booked is told by the notices and refunds themselves; ``reassessment_piece`` says to which
first notice a later one belongs.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base, Fen, JsonText


class ReassessmentRow(Base):
    """重新测算: one enterprise of a region, by one edition and the facts known at an instant.

    ``fingerprint`` is of the differences: the same proposal is not made twice.
    """

    __tablename__ = "reassessment"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region_setting.region"]),
        ForeignKeyConstraint(["uscc"], ["enterprise.uscc"]),
        ForeignKeyConstraint(["edition_id"], ["catalog_edition.id"]),
        CheckConstraint("state IN ('proposed', 'approved', 'rejected', 'superseded')", "state"),
        CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", "decided"),
        CheckConstraint("state <> 'approved' OR decided_by <> proposed_by", "two_persons"),
        CheckConstraint("up_fen >= 0 AND down_fen >= 0 AND up_fen + down_fen > 0", "fen"),
        Index("ix_reassessment_uscc", "region", "uscc", "proposed_at"),
        Index("ix_reassessment_state", "region", "state", "proposed_at"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    uscc: Mapped[str]
    payer_name: Mapped[str]
    edition_id: Mapped[str]
    edition_sha256: Mapped[str]
    known_at: Mapped[datetime]
    since: Mapped[date | None]
    until: Mapped[date | None]
    reason: Mapped[str]
    up_fen: Mapped[int] = mapped_column(Fen)
    down_fen: Mapped[int] = mapped_column(Fen)
    fingerprint: Mapped[str]
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    proposed_on: Mapped[date]
    state: Mapped[str]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_on: Mapped[date | None]
    decision_reason: Mapped[str | None]


class ReassessmentLineRow(Base):
    """One duty's difference: what counted, what it comes to, and the explanation, frozen."""

    __tablename__ = "reassessment_line"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "reassessment"], ["reassessment.region", "reassessment.id"]
        ),
        ForeignKeyConstraint(
            ["region", "root"], ["notice.region", "notice.id"], name="fk_reassessment_line_root"
        ),
        CheckConstraint("line_no > 0 AND ordinal >= 0", "numbers"),
        CheckConstraint("counted_fen >= 0 AND fresh_fen >= 0", "fen"),
        CheckConstraint("difference_fen = fresh_fen - counted_fen", "difference"),
        CheckConstraint("difference_fen <> 0", "differs"),
        Index("ix_reassessment_line_root", "region", "root"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    reassessment: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root: Mapped[int]
    item_id: Mapped[str]
    item_name: Mapped[str]
    unit_code: Mapped[str]
    unit_name: Mapped[str]
    obligation_on: Mapped[date]
    ordinal: Mapped[int]
    counted_fen: Mapped[int] = mapped_column(Fen)
    fresh_fen: Mapped[int] = mapped_column(Fen)
    difference_fen: Mapped[int] = mapped_column(Fen)
    explanation: Mapped[Any] = mapped_column(JsonText)


class ReassessmentPieceRow(Base):
    """A notice that a re-assessment issued: for a difference, or in an unpaid notice's place."""

    __tablename__ = "reassessment_piece"
    __table_args__ = (
        ForeignKeyConstraint(["region", "notice"], ["notice.region", "notice.id"]),
        ForeignKeyConstraint(
            ["region", "root"], ["notice.region", "notice.id"], name="fk_reassessment_piece_root"
        ),
        ForeignKeyConstraint(
            ["region", "reassessment"], ["reassessment.region", "reassessment.id"]
        ),
        CheckConstraint("kind IN ('supplement', 'replacement')", "kind"),
        CheckConstraint("notice <> root", "another"),
        Index("ix_reassessment_piece_root", "region", "root"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    notice: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root: Mapped[int]
    reassessment: Mapped[int]
    kind: Mapped[str]


class ReassessmentBookingRow(Base):
    """What an approval did: a notice issued or voided, a refund applied for; in fen, unsigned.

    ``fen`` is after reliefs, so that of a notice whose lines are all waived is nothing.
    """

    __tablename__ = "reassessment_booking"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "reassessment"], ["reassessment.region", "reassessment.id"]
        ),
        ForeignKeyConstraint(["region", "notice"], ["notice.region", "notice.id"]),
        ForeignKeyConstraint(["region", "refund"], ["refund.region", "refund.id"]),
        CheckConstraint("kind IN ('supplement', 'replacement', 'void', 'refund')", "kind"),
        CheckConstraint("(kind = 'refund') = (refund IS NOT NULL)", "refund"),
        CheckConstraint("seq > 0 AND (fen > 0 OR (fen = 0 AND refund IS NULL))", "fen"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    reassessment: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    notice: Mapped[int]
    refund: Mapped[int | None]
    fen: Mapped[int] = mapped_column(Fen)


class ReassessmentReliefRow(Base):
    """A relief of a notice that was carried over from ``source``, a relief of a voided notice."""

    __tablename__ = "reassessment_relief"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "relief"],
            ["notice_relief.region", "notice_relief.id"],
            name="fk_reassessment_relief_relief",
        ),
        ForeignKeyConstraint(
            ["region", "source"],
            ["notice_relief.region", "notice_relief.id"],
            name="fk_reassessment_relief_source",
        ),
        ForeignKeyConstraint(
            ["region", "reassessment"], ["reassessment.region", "reassessment.id"]
        ),
        CheckConstraint("relief <> source", "another"),
        Index("ix_reassessment_relief_source", "region", "source"),
        Index("ix_reassessment_relief_reassessment", "region", "reassessment"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    relief: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[int]
    reassessment: Mapped[int]
