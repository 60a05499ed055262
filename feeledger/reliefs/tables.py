"""Table of reliefs: what was applied for of a notice, by whom, on which document, and who decided.

What an approved one did to the lines stands with the notices (``line_relief``), because payments are
judged by it. What was applied for is frozen; applicant and decider are two persons.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base, Fen

TERMS = (
    "(kind = 'waive' AND fen IS NULL AND bp IS NULL AND due_on IS NULL) OR "
    "(kind = 'reduce' AND (fen IS NULL) <> (bp IS NULL) AND due_on IS NULL) OR "
    "(kind = 'late' AND fen IS NULL AND bp IS NOT NULL AND due_on IS NULL) OR "
    "(kind = 'defer' AND fen IS NULL AND bp IS NULL AND due_on IS NOT NULL AND line_no IS NULL)"
)
OPEN = text("state = 'applied'")


class NoticeReliefRow(Base):
    """减免缓办理: one relief of a notice, applied for and decided.

    ``line_no`` NULL: every line; ``bp`` in hundredths of a per cent. ``seq`` is its number among the
    notice's approved reliefs.
    """

    __tablename__ = "notice_relief"
    __table_args__ = (
        ForeignKeyConstraint(["region", "notice"], ["notice.region", "notice.id"]),
        CheckConstraint("kind IN ('waive', 'reduce', 'defer', 'late')", "kind"),
        CheckConstraint("state IN ('applied', 'approved', 'refused', 'withdrawn')", "state"),
        CheckConstraint(TERMS, "terms"),
        CheckConstraint("fen > 0", "fen"),
        CheckConstraint("bp BETWEEN 1 AND 10000", "bp"),
        CheckConstraint(
            "(state = 'applied') = (decided_by IS NULL) "
            "AND (state = 'applied') = (decided_at IS NULL)",
            "decided",
        ),
        CheckConstraint(
            "state NOT IN ('approved', 'refused') OR decided_by <> applied_by", "two_persons"
        ),
        CheckConstraint("(state = 'approved') = (seq IS NOT NULL)", "approved"),
        CheckConstraint("seq > 0", "seq"),
        Index(
            "uq_notice_relief_notice",
            "region",
            "notice",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index("uq_notice_relief_seq", "region", "notice", "seq", unique=True),
        Index("ix_notice_relief_state", "region", "state", "applied_at"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    notice: Mapped[int]
    kind: Mapped[str]
    line_no: Mapped[int | None]
    fen: Mapped[int | None] = mapped_column(Fen)
    bp: Mapped[int | None]
    due_on: Mapped[date | None]
    document: Mapped[str]
    document_on: Mapped[date]
    issuer: Mapped[str]
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(default="applied")
    applied_by: Mapped[str]
    applied_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    seq: Mapped[int | None]
