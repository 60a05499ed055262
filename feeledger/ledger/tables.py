"""Tables of the ledger: one book a region, entries of pairs, snapshots. Nothing is ever changed.

Only ``ledger`` imports this module: postings are written by ``post_entry`` alone. A posting names
the account debited, the account credited and an amount above zero, so an entry cannot be
unbalanced on any database. There is no balance column anywhere: a balance is the last snapshot
and what was posted since.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base, Fen


class BookRow(Base):
    """A region's book and its open day. A payment reads the row ``FOR SHARE``, a close updates it."""

    __tablename__ = "ledger_book"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region.code"]),
        CheckConstraint("opened_on <= open_day", "open_day"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    opened_on: Mapped[date]
    open_day: Mapped[date]


class EntryRow(Base):
    """One entry on its ledger day. ``reverses`` names the entry that it takes back."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["ledger_book.region"]),
        ForeignKeyConstraint(
            ["region", "reverses"],
            ["ledger_entry.region", "ledger_entry.id"],
            name="fk_ledger_entry_reverses",
        ),
        Index("ix_ledger_entry_day", "region", "day"),
        Index("uq_ledger_entry_reverses", "region", "reverses", unique=True),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date]
    kind: Mapped[str]
    subject: Mapped[str]
    reason: Mapped[str]
    reverses: Mapped[int | None]
    posted_at: Mapped[datetime]


class PostingRow(Base):
    """One pair: ``fen`` moved from the account credited to the account debited."""

    __tablename__ = "ledger_posting"
    __table_args__ = (
        ForeignKeyConstraint(["region", "entry"], ["ledger_entry.region", "ledger_entry.id"]),
        CheckConstraint("debit <> credit", "two_accounts"),
        CheckConstraint("fen > 0", "fen"),
        CheckConstraint("leg > 0", "leg"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    entry: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    leg: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    debit: Mapped[str]
    credit: Mapped[str]
    fen: Mapped[int] = mapped_column(Fen)


class ClosedDayRow(Base):
    """A day that was closed: who, when, how many entries it holds and what they come to."""

    __tablename__ = "ledger_closed_day"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["ledger_book.region"]),
        CheckConstraint("day < next_day", "next_day"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    next_day: Mapped[date]
    entries: Mapped[int]
    fen: Mapped[int] = mapped_column(Fen)
    closed_at: Mapped[datetime]
    closed_by: Mapped[str]


class SnapshotRow(Base):
    """What an account had been debited and credited, since ever, at the end of a closed day."""

    __tablename__ = "ledger_snapshot"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "day"], ["ledger_closed_day.region", "ledger_closed_day.day"]
        ),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    debit_fen: Mapped[int] = mapped_column(Fen)
    credit_fen: Mapped[int] = mapped_column(Fen)
