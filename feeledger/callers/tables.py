"""How often each caller asked. A reference table without a region; rows are pruned soon."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base


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
