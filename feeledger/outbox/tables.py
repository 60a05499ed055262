"""Tables of the outbox: who is told, what happened, how far telling it has come, every attempt.

A message and an attempt never change. A subscription's address and holder do not either (its secret
is renewed, it ends); a delivery moves from ``pending`` to ``delivered``, ``failed`` or ``dropped``.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base, JsonText

PENDING = "state = 'pending'"


class SubscriptionRow(Base):
    """A unit's, an enterprise's or a bank's system that is told of what concerns it.

    ``channel``: webhook or, for a bank, wp (``keyid`` and ``secret`` sign both), or frame (5996 to
    the unit's ``node``).
    ``kinds`` as ``kinds_text`` writes them; ``secret`` is base64.
    """

    __tablename__ = "outbox_subscription"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region.code"]),
        ForeignKeyConstraint(
            ["region", "unit_code"], ["collecting_unit.region", "collecting_unit.unit_code"]
        ),
        ForeignKeyConstraint(["uscc"], ["enterprise.uscc"]),
        ForeignKeyConstraint(["bank"], ["bank.code"]),
        CheckConstraint(
            "(CASE WHEN unit_code IS NULL THEN 0 ELSE 1 END) "
            "+ (CASE WHEN uscc IS NULL THEN 0 ELSE 1 END) "
            "+ (CASE WHEN bank IS NULL THEN 0 ELSE 1 END) = 1",
            "holder",
        ),
        CheckConstraint("channel IN ('webhook', 'frame', 'wp')", "channel"),
        CheckConstraint(
            "(channel IN ('webhook', 'wp') AND (channel = 'wp') = (bank IS NOT NULL) "
            "AND secret IS NOT NULL AND keyid IS NOT NULL AND node IS NULL) "
            "OR (channel = 'frame' AND secret IS NULL AND keyid IS NULL AND node IS NOT NULL "
            "AND unit_code IS NOT NULL)",
            "address",
        ),
        CheckConstraint("length(kinds) > 2", "kinds"),
        CheckConstraint("ended_at IS NULL OR ended_at >= entered_at", "ended"),
        Index("ix_outbox_subscription_unit_code", "region", "unit_code"),
        Index("ix_outbox_subscription_uscc", "region", "uscc"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    channel: Mapped[str]
    unit_code: Mapped[str | None]
    uscc: Mapped[str | None]
    bank: Mapped[str | None]
    kinds: Mapped[str]
    url: Mapped[str]
    node: Mapped[str | None]
    keyid: Mapped[str | None]
    secret: Mapped[str | None]
    entered_at: Mapped[datetime]
    entered_by: Mapped[str]
    ended_at: Mapped[datetime | None]

    @property
    def holder(self) -> str:
        """The code of the unit, the enterprise or the bank that is told."""
        return self.unit_code or self.uscc or self.bank or ""


class OutboxMessageRow(Base):
    """What happened, told once: its number stays the same through every attempt and every receiver."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region.code"]),
        Index("ix_outbox_message_subject", "region", "subject"),
        Index("ix_outbox_message_happened_at", "region", "happened_at"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    subject: Mapped[str]
    payload: Mapped[Any] = mapped_column(JsonText)
    happened_at: Mapped[datetime]


class DeliveryRow(Base):
    """One message for one subscription. ``retries`` is its place in the table of waits.

    ``next_at`` is when it is tried next; who takes it up moves that ahead, so that it comes due
    again if they die over it.
    """

    __tablename__ = "outbox_delivery"
    __table_args__ = (
        ForeignKeyConstraint(["region", "message"], ["outbox_message.region", "outbox_message.id"]),
        ForeignKeyConstraint(
            ["region", "subscription"], ["outbox_subscription.region", "outbox_subscription.id"]
        ),
        CheckConstraint("state IN ('pending', 'delivered', 'failed', 'dropped')", "state"),
        CheckConstraint("attempts >= 0 AND retries >= 0", "counts"),
        CheckConstraint("(state = 'pending') = (finished_at IS NULL)", "finished"),
        Index(
            "ix_outbox_delivery_due",
            "region",
            "next_at",
            sqlite_where=text(PENDING),
            postgresql_where=text(PENDING),
        ),
        Index("ix_outbox_delivery_subscription", "region", "subscription", "state"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    message: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subscription: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str]
    attempts: Mapped[int]
    retries: Mapped[int]
    next_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class AttemptRow(Base):
    """One attempt: when, how long (ms), the receiver's status or result code, and what went wrong."""

    __tablename__ = "outbox_attempt"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "message", "subscription"],
            [
                "outbox_delivery.region",
                "outbox_delivery.message",
                "outbox_delivery.subscription",
            ],
        ),
        CheckConstraint("attempt_no > 0 AND took_ms >= 0", "counts"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    message: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subscription: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    attempt_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    took_ms: Mapped[int]
    delivered: Mapped[bool]
    answer: Mapped[str]
    error: Mapped[str]
