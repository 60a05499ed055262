"""What guards the banks' door: nonces that were used, and why signatures were refused.

Reference tables without a region; rows are of no lasting worth and are pruned.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base


class NonceRow(Base):
    """A nonce used with a key; not usable again for ``NONCE_KEPT``."""

    __tablename__ = "api_nonce"
    __table_args__ = (Index("ix_api_nonce_used_at", "used_at"),)

    keyid: Mapped[str] = mapped_column(primary_key=True)
    nonce: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime]


class SignatureRefusalRow(Base):
    """How often a part of a key's signatures was refused on a Beijing day: the bank's own log.

    ``reason`` is that of the last one. Nothing of it is ever told to a caller.
    """

    __tablename__ = "api_signature_refusal"
    __table_args__ = (
        ForeignKeyConstraint(["keyid"], ["bank_key.keyid"]),
        CheckConstraint("times > 0", name="times"),
        Index("ix_api_signature_refusal_day", "day"),
    )

    keyid: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[int]
    reason: Mapped[str]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
