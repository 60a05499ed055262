"""Tables of the seal: blocks of entries, the chain they form, signed days, the public keys.

Only ``seal_chain`` moves: it is the row that sealers lock, and no payment ever touches it. All
else is only added to. The order of entries is block and position, nothing else.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base


class SealChainRow(Base):
    """The head of a region's chain: how many blocks, the last one's hash, when it was last looked."""

    __tablename__ = "seal_chain"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["ledger_book.region"]),
        CheckConstraint("blocks >= 0", "blocks"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    blocks: Mapped[int]
    head: Mapped[str]
    checked_at: Mapped[datetime | None]


class SealBlockRow(Base):
    """One block: entries of one ledger day, their root, the block before it. Hashes are hexadecimal."""

    __tablename__ = "seal_block"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["ledger_book.region"]),
        CheckConstraint("number > 0 AND entries > 0", "counted"),
        Index("ix_seal_block_day", "region", "day", "number"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date]
    entries: Mapped[int]
    previous: Mapped[str]
    root: Mapped[str]
    made_at: Mapped[datetime]
    hash: Mapped[str]


class EntrySealRow(Base):
    """Where an entry is sealed, and the leaf that was made of it."""

    __tablename__ = "entry_seal"
    __table_args__ = (
        ForeignKeyConstraint(["region", "entry"], ["ledger_entry.region", "ledger_entry.id"]),
        ForeignKeyConstraint(["region", "block"], ["seal_block.region", "seal_block.number"]),
        CheckConstraint("position >= 0", "position"),
        Index("uq_entry_seal_position", "region", "block", "position", unique=True),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    entry: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    block: Mapped[int]
    position: Mapped[int]
    leaf: Mapped[bytes]


class SealKeyRow(Base):
    """A public key of the bureau and the time in which it signs; the private one is never here."""

    __tablename__ = "seal_key"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_from < valid_to", "window"),
        CheckConstraint("algorithm = 'ed25519'", "algorithm"),
    )

    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    algorithm: Mapped[str]
    public: Mapped[str]
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]


class SealDayRow(Base):
    """A closed day as it was signed: the root over its blocks, and the day signed before it."""

    __tablename__ = "seal_day"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "day"], ["ledger_closed_day.region", "ledger_closed_day.day"]
        ),
        ForeignKeyConstraint(["key"], ["seal_key.fingerprint"]),
        CheckConstraint("blocks >= 0 AND entries >= blocks", "counted"),
        Index("uq_seal_day_previous", "region", "previous", unique=True),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    blocks: Mapped[int]
    entries: Mapped[int]
    previous: Mapped[str]
    root: Mapped[str]
    signed_at: Mapped[datetime]
    key: Mapped[str]
    signature: Mapped[str]
    hash: Mapped[str]
