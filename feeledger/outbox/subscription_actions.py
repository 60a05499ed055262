"""Entering, renewing and ending subscriptions, and sending a delivery again; all on the trail."""

import base64
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feeledger.errors import Conflict, Invalid, Missing, Text
from feeledger.outbox.addresses import read_address
from feeledger.outbox.kinds import (
    KINDS,
    PAYMENT_CONFIRMED,
    PLATFORM_KINDS,
    PLATFORM_ONLY,
    kinds_text,
)
from feeledger.outbox.tables import DeliveryRow, SubscriptionRow
from feeledger.store import new_id
from feeledger.trail import record_act

SECRET_BYTES: Final = 32
_NODE: Final = re.compile("K([0-9]{6})[0-9]{4}")


class SubscriptionRefused(Invalid):
    """A subscription names no holder, kind or node that there is."""

    code = "subscription-refused"
    title = Text("订阅内容不符合要求", "The subscription cannot be entered")


class SubscriptionUnknown(Missing):
    """There is no such subscription in the region, or it has ended."""

    code = "subscription-unknown"
    title = Text("没有该订阅", "There is no such subscription")


class DeliveryNotFinished(Conflict):
    """A delivery is sent again only once it has been delivered or has failed."""

    code = "delivery-not-finished"
    title = Text("该投递尚未结束", "The delivery is still under way")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: whose system, where it listens, of what it is told.

    With ``node`` it is a unit's node that gets 5996 at a ``tcp://`` address; a bank's platform gets
    wp.* messages; all others have a webhook.
    """

    url: str
    kinds: tuple[str, ...]
    unit_code: str | None = None
    uscc: str | None = None
    node: str | None = None
    bank: str | None = None

    @property
    def channel(self) -> str:
        """How it is told."""
        if self.node is not None:
            return "frame"
        return "webhook" if self.bank is None else "wp"


def enter_subscription(
    session: Session, region: str, wish: Wish, *, allowed: Sequence[str], by: str, now: datetime
) -> SubscriptionRow:
    """Enter a subscription, in force at once; a webhook gets a fresh secret, shown once by the door.

    ``allowed`` is the operator's list of hosts. Raises SubscriptionRefused, AddressRefused.
    """
    _demand_sound(region, wish)
    read_address(wish.url, ("https", "http") if wish.node is None else ("tcp",), allowed)
    row = SubscriptionRow(
        region=region,
        id=new_id(now),
        channel=wish.channel,
        unit_code=wish.unit_code,
        uscc=wish.uscc,
        bank=wish.bank,
        kinds=kinds_text(wish.kinds),
        url=wish.url,
        node=wish.node,
        entered_at=now,
        entered_by=by,
    )
    if wish.node is None:
        _give_secret(row, 1)
    _keep(session, row)
    _note(session, row, "enter-subscription", by=by, now=now, reason="")
    return row


def renew_secret(
    session: Session, region: str, subscription: int, *, reason: str, by: str, now: datetime
) -> SubscriptionRow:
    """Give a webhook a fresh secret under the next keyid; the old one signs nothing from now on.

    Raises SubscriptionUnknown.
    """
    row = _in_force(session, region, subscription)
    if row.keyid is None:
        raise _unknown(region, subscription)
    _give_secret(row, int(row.keyid.rpartition(".")[2]) + 1)
    session.flush()
    _note(session, row, "renew-webhook-secret", by=by, now=now, reason=reason)
    return row


def end_subscription(
    session: Session, region: str, subscription: int, *, reason: str, by: str, now: datetime
) -> None:
    """End a subscription at once; what it was still to be told is dropped.

    Raises SubscriptionUnknown.
    """
    row = _in_force(session, region, subscription)
    row.ended_at = now
    session.flush()
    delivery = DeliveryRow
    session.execute(
        update(delivery)
        .where(
            delivery.region == region,
            delivery.subscription == subscription,
            delivery.state == "pending",
        )
        .values(state="dropped", finished_at=now)
    )
    _note(session, row, "end-subscription", by=by, now=now, reason=reason)


def subscription_known(session: Session, region: str, subscription: int) -> SubscriptionRow:
    """Find a subscription, in force or ended. Raises SubscriptionUnknown."""
    row = session.get(SubscriptionRow, (region, subscription))
    if row is None:
        raise _unknown(region, subscription)
    return row


def send_again(
    session: Session, region: str, message: int, subscription: int, *, by: str, now: datetime
) -> None:
    """Let a finished delivery be tried again at once, with the whole table of waits before it.

    Raises SubscriptionUnknown, DeliveryNotFinished.
    """
    row = session.get(DeliveryRow, (region, message, subscription), with_for_update=True)
    if row is None:
        raise _unknown(region, subscription)
    subscriber = _in_force(session, region, subscription)
    if row.state == "pending":
        raise DeliveryNotFinished(
            Text(
                "该投递仍在进行，会自动重试，不必另发。",
                "The delivery is under way and tried again by itself.",
            )
        )
    row.state, row.retries, row.next_at, row.finished_at = "pending", 0, now, None
    session.flush()
    _note(
        session, subscriber, "send-again", by=by, now=now, reason="", message=f"{region}-{message}"
    )


def _demand_sound(region: str, wish: Wish) -> None:
    """Demand one holder, known kinds, and for frames a node of the region that takes 5996."""
    if sum(one is not None for one in (wish.unit_code, wish.uscc, wish.bank)) != 1:
        raise SubscriptionRefused(
            Text(
                "订阅须属于一个执收单位、一家企业或一家银行，三者择一。",
                "A subscription is a unit's, an enterprise's or a bank's, one of the three.",
            )
        )
    _demand_kinds(wish)
    if wish.node is not None:
        _demand_node(region, wish, wish.node)


def _demand_kinds(wish: Wish) -> None:
    """Demand kinds that the holder can be told of: a platform has messages for some alone."""
    known = [k for k in KINDS if (k in PLATFORM_KINDS if wish.bank else k not in PLATFORM_ONLY)]
    unknown = [kind for kind in wish.kinds if kind not in known]
    if unknown or not wish.kinds:
        raise SubscriptionRefused(
            Text(
                f"通知种类{'、'.join(unknown) or '未选'}：可选 {'、'.join(known)}。",
                f"Kind {', '.join(unknown) or 'missing'}: choose of {', '.join(known)}.",
            )
        )


def _demand_node(region: str, wish: Wish, node: str) -> None:
    """Demand a unit's node of the region, which takes 5996."""
    found = _NODE.fullmatch(node)
    if found is None or found[1] != region or wish.unit_code is None:
        raise SubscriptionRefused(
            Text(
                f"节点 {node[:20]} 须为 {region} 的执收单位节点，如 K{region}0001。",
                f"Node {node[:20]} must be a unit's node of {region}, such as K{region}0001.",
            )
        )
    if wish.kinds != (PAYMENT_CONFIRMED,):
        raise SubscriptionRefused(
            Text(
                f"报文帧只有 5996 交易确认通知，种类须为 {PAYMENT_CONFIRMED}。",
                f"By frames there is 5996 alone: the kind is {PAYMENT_CONFIRMED}.",
            )
        )


def _keep(session: Session, row: SubscriptionRow) -> None:
    """Insert a subscription; the foreign keys know whether its holder exists."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as fault:
        raise SubscriptionRefused(
            Text(
                f"{row.region} 没有执收单位、企业或银行 {row.holder[:40]}，请先登记。",
                f"{row.region} has no unit, enterprise or bank {row.holder[:40]}; enter it first.",
            )
        ) from fault


def _give_secret(row: SubscriptionRow, number: int) -> None:
    row.keyid = f"{row.region}-{row.id}.{number}"
    row.secret = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _in_force(session: Session, region: str, subscription: int) -> SubscriptionRow:
    row = session.get(SubscriptionRow, (region, subscription), with_for_update=True)
    if row is None or row.ended_at is not None:
        raise _unknown(region, subscription)
    return row


def _unknown(region: str, subscription: int) -> SubscriptionUnknown:
    return SubscriptionUnknown(
        Text(
            f"{region[:6]} 没有有效的订阅 {subscription}。",
            f"{region[:6]} has no subscription {subscription} in force.",
        )
    )


def _note(
    session: Session,
    row: SubscriptionRow,
    act: str,
    *,
    by: str,
    now: datetime,
    reason: str,
    **details: str,
) -> None:
    record_act(
        session,
        region=row.region,
        actor=by,
        act=act,
        subject=f"subscription:{row.id}",
        reason=reason,
        now=now,
        details={
            "holder": row.holder,
            "url": row.url,
            "kinds": row.kinds.strip(),
            **details,
        },
    )
