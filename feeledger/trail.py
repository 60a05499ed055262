"""操作记录, the trail: who did what to which record, and why. Append-only.

An act about no fiscal region (the catalog, a bank, the payer register) stands under region 000000.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Index, func, insert, select
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


@dataclass(frozen=True, slots=True)
class ActsWanted:
    """Which acts are looked for; "" and None narrow nothing.

    ``subject`` is a whole subject ("notice:…") or the kind before its colon. The acts lie from
    ``since`` on and before ``until``.
    """

    subject: str = ""
    actor: str = ""
    act: str = ""
    since: datetime | None = None
    until: datetime | None = None


def find_acts(
    session: Session, region: str, wanted: ActsWanted, *, limit: int, offset: int
) -> tuple[TrailActRow, ...]:
    """Give the acts that fit, the latest first."""
    query = (
        select(TrailActRow)
        .where(*_where(region, wanted))
        .order_by(TrailActRow.at.desc(), TrailActRow.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return tuple(session.scalars(query))


def count_acts(session: Session, region: str, wanted: ActsWanted) -> int:
    """Count the acts that fit."""
    query = select(func.count()).select_from(TrailActRow).where(*_where(region, wanted))
    return session.scalar(query) or 0


def acts_about(session: Session, region: str, *subjects: str) -> tuple[TrailActRow, ...]:
    """Give every act about any of some subjects, the earliest first: a record's history."""
    query = (
        select(TrailActRow)
        .where(TrailActRow.region == region, TrailActRow.subject.in_(subjects))
        .order_by(TrailActRow.at, TrailActRow.id)
    )
    return tuple(session.scalars(query))


def _where(region: str, wanted: ActsWanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [TrailActRow.region == region]
    if ":" in wanted.subject:
        where.append(TrailActRow.subject == wanted.subject)
    elif wanted.subject:
        where.append(TrailActRow.subject.startswith(f"{wanted.subject}:", autoescape=True))
    if wanted.actor:
        where.append(TrailActRow.actor == wanted.actor)
    if wanted.act:
        where.append(TrailActRow.act == wanted.act)
    if wanted.since is not None:
        where.append(TrailActRow.at >= wanted.since)
    if wanted.until is not None:
        where.append(TrailActRow.at < wanted.until)
    return where
