"""Writing what happened into the outbox, in the transaction in which it happens.

Only where somebody subscribed: else one look at a small table is all it costs. On PostgreSQL the
database's ``enqueue_payment`` does the same for a payment; tests/outbox/test_enqueue.py holds both
equal.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from feeledger.outbox.kinds import kind_pattern
from feeledger.outbox.tables import DeliveryRow, OutboxMessageRow, SubscriptionRow
from feeledger.store import new_id


@dataclass(frozen=True, slots=True)
class Happening:
    """Whom something concerns, and what they are told: the units, the payer, the banks, the data."""

    units: frozenset[str]
    uscc: str
    payload: Mapping[str, object]
    banks: frozenset[str] = frozenset()


def enqueue_notification(
    session: Session,
    region: str,
    *,
    kind: str,
    subject: str,
    tell: Callable[[], Happening],
    now: datetime,
) -> int:
    """Write a message for everyone who subscribed to what happened; give how many they are.

    ``kind`` is of ``kinds.KINDS``, ``subject`` "kind:key" as on the trail. ``tell`` is called only
    where somebody in the region listens to the kind. Call it in the transaction of the happening.
    """
    row = SubscriptionRow
    listening = (
        select(row.id)
        .where(row.region == region, row.ended_at.is_(None), row.kinds.like(kind_pattern(kind)))
        .order_by(row.id)
    )
    if session.scalar(listening.limit(1)) is None:
        return 0
    told = tell()
    concerned = or_(
        row.unit_code.in_(sorted(told.units)),
        row.uscc == told.uscc,
        row.bank.in_(sorted(told.banks)),
    )
    receivers = session.scalars(listening.where(concerned)).all()
    if receivers:
        message = new_id(now)
        session.execute(
            insert(OutboxMessageRow),
            {
                "region": region,
                "id": message,
                "kind": kind,
                "subject": subject,
                "payload": dict(told.payload),
                "happened_at": now,
            },
        )
        _order_deliveries(session, region, message, receivers, now)
    return len(receivers)


def _order_deliveries(
    session: Session, region: str, message: int, receivers: Sequence[int], now: datetime
) -> None:
    """Let every receiver be told, from now on."""
    fresh = {"state": "pending", "attempts": 0, "retries": 0, "next_at": now}
    session.execute(
        insert(DeliveryRow),
        [{"region": region, "message": message, "subscription": r, **fresh} for r in receivers],
    )
