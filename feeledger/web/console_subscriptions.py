"""Subscriptions in the console: who is told of what, and the history of every delivery (docs/webhooks.md)."""

from typing import Any, Final

from flask import Blueprint, request, session
from sqlalchemy.orm import Session

from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.outbox.kinds import KINDS, kinds_in
from feeledger.outbox.queries import (
    DeliveriesWanted,
    attempts_of,
    count_deliveries,
    count_subscriptions,
    find_deliveries,
    find_subscriptions,
)
from feeledger.outbox.subscription_actions import (
    Wish,
    end_subscription,
    enter_subscription,
    renew_secret,
    send_again,
    subscription_known,
)
from feeledger.outbox.tables import SubscriptionRow
from feeledger.people.queries import Officer, names_of_officers
from feeledger.people.roles import Right
from feeledger.regions.queries import agent_banks_of, units_of
from feeledger.trail import acts_about
from feeledger.web.console_door import (
    REASON_NEEDED,
    Shown,
    carry_out,
    console_page,
    done,
    officers,
    record_number,
    refused_page,
)
from feeledger.web.console_trail_words import shown_acts
from feeledger.web.formats import plain_code
from feeledger.web.forms import Form, read_text
from feeledger.web.language import link
from feeledger.web.paging import Page, asked_page
from feeledger.web.present import today

subscription_pages = Blueprint("subscriptions", __name__)

URL_MAX: Final = 500
REASON_MAX: Final = 1000
CHANNELS: Final = {
    "webhook": Text("签名 webhook", "signed webhook"),
    "frame": Text("5996 报文", "5996 frames"),
    "wp": Text("wp.* 报文", "wp.* messages"),
}
DELIVERY_STATES: Final = {
    "pending": Text("待发送", "to be sent"),
    "delivered": Text("已送达", "delivered"),
    "failed": Text("失败", "failed"),
    "dropped": Text("已停发", "dropped"),
}
DELIVERY_TONES: Final = {"pending": "note", "delivered": "good", "failed": "bad", "dropped": ""}
URL_NEEDED: Final = Text("请填写地址。", "Enter the address.")


@subscription_pages.get("/console/subscriptions")
@officers(Right.SEE_TRAIL)
def list_subscriptions(officer: Officer) -> Shown:
    """Show who is told of what, those in force first, and the form that enters one."""
    return _list_page(officer, Form())


@subscription_pages.post("/console/subscriptions")
@officers(Right.MANAGE_SUBSCRIPTIONS)
def enter(officer: Officer) -> Shown:
    """Enter a subscription; its secret is shown once, on the page that follows."""
    form = Form(request.form)
    url = read_text(form, "url", needed=URL_NEEDED, longest=URL_MAX)
    wish = Wish(
        url=url,
        kinds=tuple(form.values("kind")),
        unit_code=form.value("unit") or None,
        uscc=plain_code(form.value("uscc")) or None,
        node=plain_code(form.value("node")) or None,
        bank=form.value("bank") or None,
    )
    if form.sound:
        row = carry_out(
            form,
            "url",
            lambda writing: enter_subscription(
                writing,
                officer.region,
                wish,
                allowed=kit().settings.webhook_hosts,
                by=officer.login,
                now=kit().clock.wall(),
            ),
        )
        if row is not None:
            return _shown_once(row, Text("已登记，立即生效。", "Entered, and in force."))
    return refused_page(_list_page(officer, form))


@subscription_pages.get("/console/subscriptions/<record:number>")
@officers(Right.SEE_TRAIL)
def show_subscription(officer: Officer, number: int) -> Shown:
    """Show a subscription with the history of its deliveries."""
    return _page(officer, number, Form(request.args))


@subscription_pages.post("/console/subscriptions/<record:number>/stop")
@officers(Right.MANAGE_SUBSCRIPTIONS)
def stop(officer: Officer, number: int) -> Shown:
    """End a subscription; what it was still to be told is dropped."""
    form = Form(request.form)
    reason = read_text(form, "stop_reason", needed=REASON_NEEDED, longest=REASON_MAX)

    def end(writing: Session) -> bool:
        now = kit().clock.wall()
        end_subscription(writing, officer.region, number, reason=reason, by=officer.login, now=now)
        return True

    if form.sound and carry_out(form, "stop_reason", end):
        said = Text("订阅已停止。", "The subscription has ended.")
        return done(said, "subscriptions.show_subscription", number=number)
    return refused_page(_page(officer, number, form))


@subscription_pages.post("/console/subscriptions/<record:number>/renew")
@officers(Right.MANAGE_SUBSCRIPTIONS)
def renew(officer: Officer, number: int) -> Shown:
    """Give a webhook a fresh secret, shown once."""
    form = Form(request.form)
    reason = read_text(form, "renew_reason", needed=REASON_NEEDED, longest=REASON_MAX)
    if form.sound:
        row = carry_out(
            form,
            "renew_reason",
            lambda writing: renew_secret(
                writing,
                officer.region,
                number,
                reason=reason,
                by=officer.login,
                now=kit().clock.wall(),
            ),
        )
        if row is not None:
            return _shown_once(row, Text("密钥已更换。", "The secret is renewed."))
    return refused_page(_page(officer, number, form))


@subscription_pages.post("/console/subscriptions/<record:number>/again")
@officers(Right.MANAGE_SUBSCRIPTIONS)
def try_again(officer: Officer, number: int) -> Shown:
    """Send a delivery that is over once more, with the whole table of waits before it."""
    form = Form(request.form)
    message = record_number(form.value("message")) or 0

    def again(writing: Session) -> bool:
        now = kit().clock.wall()
        send_again(writing, officer.region, message, number, by=officer.login, now=now)
        return True

    if carry_out(form, "message", again):
        said = Text("已排入发送。", "It will be sent again.")
        return done(said, "subscriptions.show_subscription", number=number)
    return refused_page(_page(officer, number, form))


def _shown_once(row: SubscriptionRow, said: Text) -> Shown:
    """Keep a secret for the one page that follows, as a lookup code is."""
    session["fresh_secret"] = {"number": str(row.id), "secret": row.secret}
    return done(said, "subscriptions.show_subscription", number=row.id)


def _list_page(officer: Officer, form: Form) -> str:
    region = officer.region
    with kit().store.read() as reading:
        count = count_subscriptions(reading, region)
        asked = asked_page(request.args).within(count)
        rows = find_subscriptions(reading, region, limit=asked.size, offset=asked.offset)
        units = [(unit.unit_code, unit.name) for unit in units_of(reading, region, today())]
        banks = [(bank.code, bank.name) for bank in agent_banks_of(reading, region, today())]
    return console_page(
        "console/subscriptions.html",
        officer,
        at=link("subscriptions.list_subscriptions"),
        form=form,
        page=Page(rows, asked.number, asked.size, count),
        units=units,
        banks=banks,
        **_names(),
    )


def _page(officer: Officer, number: int, form: Form) -> str:
    region = officer.region
    state = form.value("state") if form.value("state") in DELIVERY_STATES else ""
    wanted = DeliveriesWanted(state=state, subscription=number)
    with kit().store.read() as reading:
        row = subscription_known(reading, region, number)
        count = count_deliveries(reading, region, wanted)
        asked = asked_page(request.args).within(count)
        views = find_deliveries(reading, region, wanted, limit=asked.size, offset=asked.offset)
        entries = [(view, attempts_of(reading, region, view.message.id, number)) for view in views]
        names = names_of_officers(reading)
        acts = acts_about(reading, region, f"subscription:{number}")
        return console_page(
            "console/subscription.html",
            officer,
            at=link("subscriptions.show_subscription", number=number),
            form=form,
            row=row,
            state=state,
            page=Page(entries, asked.number, asked.size, count),
            history=shown_acts(acts, names),
            names=names,
            secret=_secret_of(row),
            **_names(),
        )


def _secret_of(row: SubscriptionRow) -> str | None:
    kept = session.get("fresh_secret")
    if not isinstance(kept, dict) or kept.get("number") != str(row.id):
        return None
    session.pop("fresh_secret")
    return str(kept["secret"])


def _names() -> dict[str, Any]:
    return {
        "kinds": KINDS,
        "kinds_in": kinds_in,
        "channels": CHANNELS,
        "states": DELIVERY_STATES,
        "tones": DELIVERY_TONES,
    }
