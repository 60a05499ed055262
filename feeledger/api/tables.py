"""What guards the banks' door: nonces that were used.

A reference table without a region; rows are of no lasting worth and are pruned.
"""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base


class NonceRow(Base):
    """A nonce used with a key; not usable again for ``NONCE_KEPT``."""

    __tablename__ = "api_nonce"
    __table_args__ = (Index("ix_api_nonce_used_at", "used_at"),)

    keyid: Mapped[str] = mapped_column(primary_key=True)
    nonce: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime]
