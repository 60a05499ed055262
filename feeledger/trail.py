"""操作记录, the trail: who did what to which record, and why. Append-only.

An act about no fiscal region (the catalog, a bank, the payer register) stands under region 000000.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Index, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from feeledger.store import NATION, Base, JsonText, new_id


class TrailActRow(Base):
    """One act of one person or program."""

    __tablename__ = "trail_act"
    __table_args__ = (
        Index("ix_trail_act_subject", "region", "subject", "at"),
        Index("ix_trail_act_at", "region", "at"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    act: Mapped[str]
    subject: Mapped[str]
    reason: Mapped[str]
    details: Mapped[Any] = mapped_column(JsonText)


def record_act(
    session: Session,
    *,
    region: str = NATION,
    actor: str,
    act: str,
    subject: str,
    reason: str,
    now: datetime,
    details: Mapping[str, object] | None = None,
) -> None:
    """Write one act down, in the transaction that does it.

    ``act`` is a kebab-case verb and noun ("void-notice"), ``subject`` "kind:key" ("notice:…").
    """
    session.execute(
        insert(TrailActRow),
        {
            "region": region,
            "id": new_id(now),
            "at": now,
            "actor": actor,
            "act": act,
            "subject": subject,
            "reason": reason,
            "details": dict(details or {}),
        },
    )
