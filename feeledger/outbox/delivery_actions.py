"""Taking up what is due, one delivery at a time, and writing down what came of it.

Taking up moves ``next_at`` ahead by the lease: of two processes one gets the delivery, and if that
one dies over it, it comes due again. So every message arrives at least once.
"""

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from feeledger.outbox.letters import Letter, Receipt
from feeledger.outbox.schedule import LEASE, next_attempt
from feeledger.outbox.tables import AttemptRow, DeliveryRow, OutboxMessageRow, SubscriptionRow


def take_up(session: Session, region: str, subscription: int, *, now: datetime) -> Letter | None:
    """Take up the delivery of a subscription that is due longest; None where there is none."""
    row = DeliveryRow
    query = (
        select(row)
        .where(
            row.region == region,
            row.subscription == subscription,
            row.state == "pending",
            row.next_at <= now,
        )
        .order_by(row.next_at, row.message)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    due = session.scalar(query)
    if due is None:
        return None
    due.next_at = now + LEASE
    session.flush()
    return _letter(session, due)


def note_attempt(
    session: Session, letter: Letter, receipt: Receipt, *, at: datetime, took_ms: int, now: datetime
) -> str:
    """Keep an attempt for ever and move its delivery on; give the delivery's state."""
    key = (letter.region, letter.message, letter.subscription)
    row = session.get_one(DeliveryRow, key, with_for_update=True)
    row.attempts += 1
    session.execute(
        insert(AttemptRow),
        {
            "region": letter.region,
            "message": letter.message,
            "subscription": letter.subscription,
            "attempt_no": row.attempts,
            "at": at,
            "took_ms": took_ms,
            "delivered": receipt.delivered,
            "answer": receipt.answer,
            "error": receipt.error,
        },
    )
    if row.state == "pending":
        _move_on(row, receipt, now)
    session.flush()
    return row.state


def _move_on(row: DeliveryRow, receipt: Receipt, now: datetime) -> None:
    again = next_attempt(row.retries, now)
    if receipt.delivered:
        row.state, row.finished_at = "delivered", now
    elif again is None:
        row.state, row.finished_at = "failed", now
    else:
        row.retries, row.next_at = row.retries + 1, again


def drop_ended(session: Session, region: str, *, now: datetime) -> None:
    """Drop what was written for subscriptions that ended at the same moment."""
    ended = select(SubscriptionRow.id).where(
        SubscriptionRow.region == region, SubscriptionRow.ended_at.is_not(None)
    )
    session.execute(
        update(DeliveryRow)
        .where(
            DeliveryRow.region == region,
            DeliveryRow.state == "pending",
            DeliveryRow.subscription.in_(ended),
        )
        .values(state="dropped", finished_at=now)
        .execution_options(synchronize_session=False)
    )


def _letter(session: Session, due: DeliveryRow) -> Letter:
    message = session.get_one(OutboxMessageRow, (due.region, due.message))
    subscriber = session.get_one(SubscriptionRow, (due.region, due.subscription))
    return Letter(
        region=due.region,
        message=due.message,
        subscription=due.subscription,
        channel=subscriber.channel,
        url=subscriber.url,
        kind=message.kind,
        payload=message.payload,
        happened_at=message.happened_at,
        unit_code=subscriber.unit_code,
        node=subscriber.node,
        keyid=subscriber.keyid,
        secret=subscriber.secret,
        bank=subscriber.bank,
    )
