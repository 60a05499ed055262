"""``feeledger subscription``: who is told of what happens, and how far telling them has come."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click

from feeledger.commands.opening import open_or_tell, read_settings
from feeledger.commands.options import by_operator, reason_option

if TYPE_CHECKING:
    from feeledger.outbox.queries import DeliveryView
    from feeledger.outbox.tables import SubscriptionRow

LISTED_MAX: Final = 1000
SHOWN_MAX: Final = 50
_region = click.option("--region", required=True, help="区划代码 · region code")
_json = click.option(
    "--json", "as_json", is_flag=True, help="一行一条的 JSON · one JSON object a line"
)
_lang = click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default="zh",
    show_default=True,
    help="语言 · language",
)


@click.group()
def subscription() -> None:
    """对外通知的订阅 · Subscriptions to notifications (docs/webhooks.md).

    Example: python -m feeledger subscription list --region 130184
    """


@subscription.command()
@_region
@click.option("--unit", default=None, help="执收单位编码 · the unit it is for")
@click.option("--uscc", default=None, help="企业信用代码 · or the enterprise it is for")
@click.option("--bank", default=None, help="银行代码（收 wp.* 报文）· or the bank, told by wp.*")
@click.option("--url", required=True, help="地址 · https://… or tcp://host:port with --node")
@click.option("--kind", "kinds", multiple=True, required=True, help="通知种类，可多次 · may repeat")
@click.option("--node", default=None, help="单位节点（发 5996 报文）· the unit's node, for frames")
@by_operator
@_json
@_lang
def add(
    region: str,
    unit: str | None,
    uscc: str | None,
    bank: str | None,
    url: str,
    kinds: tuple[str, ...],
    node: str | None,
    by: str,
    as_json: bool,
    lang: str,
) -> None:
    """登记订阅，立即生效；密钥只显示这一次 · Enter a subscription; its secret is shown this once.

    Example: python -m feeledger subscription add --region 130184 --unit 204 --url https://fee.example.org/hook --kind payment-confirmed
    """
    from feeledger.outbox.subscription_actions import Wish, enter_subscription

    wish = Wish(url, kinds, unit, uscc, node, bank)
    with open_or_tell(lang) as (store, clock), store.write() as session:
        allowed = read_settings().webhook_hosts
        row = enter_subscription(session, region, wish, allowed=allowed, by=by, now=clock.wall())
        told = _of_subscription(row) | {"secret": row.secret}
    _tell(told, as_json=as_json)


@subscription.command("list")
@_region
@_json
@_lang
def list_all(region: str, as_json: bool, lang: str) -> None:
    """列出订阅（不含密钥），有效的在前 · List subscriptions, never a secret; those in force first.

    Example: python -m feeledger subscription list --region 130184 --json
    """
    from feeledger.outbox.queries import find_subscriptions

    with open_or_tell(lang) as (store, _), store.read() as session:
        found = find_subscriptions(session, region, limit=LISTED_MAX)
        rows = [_of_subscription(row) for row in found]
    for row in rows:
        _tell(row, as_json=as_json)


@subscription.command()
@_region
@click.argument("number", type=int)
@click.option("--state", default="", help="投递状态 · pending, delivered, failed, dropped")
@_json
@_lang
def show(region: str, number: int, state: str, as_json: bool, lang: str) -> None:
    """一个订阅最近的投递 · The latest deliveries of a subscription, with what came of them.

    Example: python -m feeledger subscription show 912884 --region 130184 --state failed
    """
    from feeledger.outbox.queries import DeliveriesWanted, attempts_of, find_deliveries
    from feeledger.outbox.subscription_actions import subscription_known

    with open_or_tell(lang) as (store, _), store.read() as session:
        rows = [_of_subscription(subscription_known(session, region, number))]
        wanted = DeliveriesWanted(state=state, subscription=number)
        for view in find_deliveries(session, region, wanted, limit=SHOWN_MAX, offset=0):
            tried = attempts_of(session, region, view.message.id, number)
            rows.append(_of_delivery(view, tried[-1] if tried else None))
    for row in rows:
        _tell(row, as_json=as_json)


@subscription.command()
@_region
@click.argument("number", type=int)
@reason_option
@by_operator
@_json
@_lang
def renew(region: str, number: int, reason: str, by: str, as_json: bool, lang: str) -> None:
    """更换密钥，只显示这一次 · Give a webhook a fresh secret, shown this once.

    Example: python -m feeledger subscription renew 912884 --region 130184 --reason 定期更换
    """
    from feeledger.outbox.subscription_actions import renew_secret

    with open_or_tell(lang) as (store, clock), store.write() as session:
        row = renew_secret(session, region, number, reason=reason, by=by, now=clock.wall())
        told = _of_subscription(row) | {"secret": row.secret}
    _tell(told, as_json=as_json)


@subscription.command()
@_region
@click.argument("number", type=int)
@reason_option
@by_operator
@_lang
def stop(region: str, number: int, reason: str, by: str, lang: str) -> None:
    """停止订阅，未发的不再发 · End a subscription; what it was still to be told is dropped.

    Example: python -m feeledger subscription stop 912884 --region 130184 --reason 系统停用
    """
    from feeledger.outbox.subscription_actions import end_subscription

    with open_or_tell(lang) as (store, clock), store.write() as session:
        end_subscription(session, region, number, reason=reason, by=by, now=clock.wall())
    click.echo(str(number))


@subscription.command()
@_region
@click.argument("number", type=int)
@click.option("--message", type=int, default=None, help="只重发这一条 · this message only")
@by_operator
@_lang
def retry(region: str, number: int, message: int | None, by: str, lang: str) -> None:
    """重发失败的投递 · Send what failed again: every failed delivery, or one message.

    Example: python -m feeledger subscription retry 912884 --region 130184
    """
    from feeledger.outbox.queries import DeliveriesWanted, find_deliveries
    from feeledger.outbox.subscription_actions import send_again, subscription_known

    with open_or_tell(lang) as (store, clock), store.write() as session:
        subscription_known(session, region, number)
        wanted = DeliveriesWanted(state="failed", subscription=number)
        failed = find_deliveries(session, region, wanted, limit=LISTED_MAX, offset=0)
        ids = [view.message.id for view in failed] if message is None else [message]
        for one in ids:
            send_again(session, region, one, number, by=by, now=clock.wall())
    click.echo(str(len(ids)))


def _of_subscription(row: "SubscriptionRow") -> dict[str, Any]:
    return {
        "subscription": str(row.id),
        "holder": row.holder,
        "channel": row.channel,
        "kinds": row.kinds.strip(),
        "url": row.url,
        "node": row.node,
        "keyid": row.keyid,
        "entered_at": _at(row.entered_at),
        "ended_at": _at(row.ended_at),
    }


def _of_delivery(view: "DeliveryView", last: Any) -> dict[str, Any]:
    delivery = view.delivery
    return {
        "message": str(view.message.id),
        "kind": view.message.kind,
        "subject": view.message.subject,
        "happened_at": _at(view.message.happened_at),
        "state": delivery.state,
        "attempts": str(delivery.attempts),
        "next_at": _at(delivery.next_at) if delivery.state == "pending" else None,
        "last": None if last is None else last.error or last.answer,
    }


def _at(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat(timespec="seconds")


def _tell(row: dict[str, Any], *, as_json: bool) -> None:
    told = json.dumps(row, ensure_ascii=False)
    click.echo(told if as_json else "\t".join(str(value or "-") for value in row.values()))
