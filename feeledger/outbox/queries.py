"""Looking into the outbox: subscriptions, deliveries and their attempts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from feeledger.outbox.tables import AttemptRow, DeliveryRow, OutboxMessageRow, SubscriptionRow


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery with its message, whom it is for, and the last attempt."""

    delivery: DeliveryRow
    message: OutboxMessageRow
    subscription: SubscriptionRow


@dataclass(frozen=True, slots=True)
class DeliveriesWanted:
    """Which deliveries are looked for; "" and None narrow nothing."""

    state: str = ""
    subscription: int | None = None
    subject: str = ""


def regions_with_subscriptions(session: Session) -> tuple[str, ...]:
    """Name every region in which somebody ever subscribed."""
    return tuple(session.scalars(select(SubscriptionRow.region).distinct()))


def receivers_due(session: Session, region: str, *, now: datetime) -> tuple[int, ...]:
    """Give the subscriptions for which something is due, the longest waiting first."""
    row = DeliveryRow
    query = (
        select(row.subscription)
        .where(row.region == region, row.state == "pending", row.next_at <= now)
        .group_by(row.subscription)
        .order_by(func.min(row.next_at), row.subscription)
    )
    return tuple(session.scalars(query))


def find_subscriptions(
    session: Session, region: str, *, limit: int, offset: int = 0
) -> tuple[SubscriptionRow, ...]:
    """Give a region's subscriptions, those in force first, the latest first."""
    row = SubscriptionRow
    query = (
        select(row)
        .where(row.region == region)
        .order_by(row.ended_at.is_not(None), row.entered_at.desc(), row.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return tuple(session.scalars(query))


def count_subscriptions(session: Session, region: str) -> int:
    """Count a region's subscriptions."""
    query = select(func.count()).where(SubscriptionRow.region == region)
    return session.scalar(query) or 0


def find_deliveries(
    session: Session, region: str, wanted: DeliveriesWanted, *, limit: int, offset: int
) -> tuple[DeliveryView, ...]:
    """Give the deliveries that fit, the latest happening first."""
    query = (
        select(DeliveryRow, OutboxMessageRow, SubscriptionRow)
        .join(
            OutboxMessageRow,
            (OutboxMessageRow.region == DeliveryRow.region)
            & (OutboxMessageRow.id == DeliveryRow.message),
        )
        .join(
            SubscriptionRow,
            (SubscriptionRow.region == DeliveryRow.region)
            & (SubscriptionRow.id == DeliveryRow.subscription),
        )
        .where(*_where(region, wanted))
        .order_by(
            OutboxMessageRow.happened_at.desc(), DeliveryRow.message.desc(), SubscriptionRow.id
        )
        .limit(limit)
        .offset(offset)
    )
    return tuple(DeliveryView(*row) for row in session.execute(query))


def count_deliveries(session: Session, region: str, wanted: DeliveriesWanted) -> int:
    """Count the deliveries that fit."""
    query = (
        select(func.count())
        .select_from(DeliveryRow)
        .join(
            OutboxMessageRow,
            (OutboxMessageRow.region == DeliveryRow.region)
            & (OutboxMessageRow.id == DeliveryRow.message),
        )
        .where(*_where(region, wanted))
    )
    return session.scalar(query) or 0


def attempts_of(
    session: Session, region: str, message: int, subscription: int
) -> tuple[AttemptRow, ...]:
    """Give every attempt of a delivery, the earliest first."""
    row = AttemptRow
    query = (
        select(row)
        .where(row.region == region, row.message == message, row.subscription == subscription)
        .order_by(row.attempt_no)
    )
    return tuple(session.scalars(query))


def _where(region: str, wanted: DeliveriesWanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [DeliveryRow.region == region]
    if wanted.state:
        where.append(DeliveryRow.state == wanted.state)
    if wanted.subscription is not None:
        where.append(DeliveryRow.subscription == wanted.subscription)
    if wanted.subject:
        where.append(OutboxMessageRow.subject == wanted.subject)
    return where
