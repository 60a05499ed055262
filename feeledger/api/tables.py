"""What guards the machines' door: nonces that were used, and how often a caller asked.

Reference tables without a region; rows are of no lasting worth and are pruned.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base


class NonceRow(Base):
    """A nonce used with a key; not usable again for ``NONCE_KEPT``."""

    __tablename__ = "api_nonce"
    __table_args__ = (Index("ix_api_nonce_used_at", "used_at"),)

    keyid: Mapped[str] = mapped_column(primary_key=True)
    nonce: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime]


class CallCountRow(Base):
    """How often a caller asked in one window; the caller's address is kept as a digest only."""

    __tablename__ = "api_call_count"
    __table_args__ = (
        CheckConstraint("calls > 0", name="calls_counted"),
        Index("ix_api_call_count_window_at", "window_at"),
    )

    caller: Mapped[str] = mapped_column(primary_key=True)
    window_at: Mapped[datetime] = mapped_column(primary_key=True)
    calls: Mapped[int]
