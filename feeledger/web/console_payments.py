"""Payments in the console: the list, a payment with its entry, refusals, discrepancies."""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, request

from feeledger.doors import kit
from feeledger.errors import Missing, Text
from feeledger.ledger.queries import entry_of_id
from feeledger.notices.queries import notice_of
from feeledger.payments.list_queries import (
    PaymentsWanted,
    count_rejections,
    find_discrepancies,
    find_payments,
    find_refused,
    find_rejections,
    total_of_payments,
)
from feeledger.payments.queries import payment_of_id
from feeledger.payments.reversal_queries import reversal_of_payment, waiting_reversals
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.reconciliation.difference import STATE_TEXTS
from feeledger.reconciliation.queries import money_difference_of
from feeledger.refunds.view_queries import refundable_of_payment, refunds_of_payment
from feeledger.regions.queries import agent_banks_of
from feeledger.regions.tables import DesignatedAccountRow
from feeledger.settlements.view_queries import settlement_of_payment
from feeledger.sharing.levels import LEVELS
from feeledger.sharing.queries import paid_lines, shares_of_payment
from feeledger.unmatched.claim_list_queries import claim_of_payment
from feeledger.web.console_door import Shown, console_page, officers
from feeledger.web.console_ledger import shown_entry
from feeledger.web.console_notices import searched_text
from feeledger.web.forms import Form, read_day
from feeledger.web.paging import Page, asked_page
from feeledger.web.present import today
from feeledger.web.refund_views import names_of_refunds

payment_pages = Blueprint("payments", __name__)

STATES: Final[Mapping[str, Text]] = {
    "confirmed": Text("已确认", "confirmed"),
    "arrived": Text("已到账", "arrived"),
    "reconciled": Text("已对账", "reconciled"),
    "settled": Text("已划解", "settled"),
    "reversed": Text("已冲正", "reversed"),
    "difference": Text("有差异", "differs"),
}
STATE_TONES: Final = {
    "confirmed": "note",
    "arrived": "note",
    "reconciled": "good",
    "settled": "good",
    "reversed": "bad",
    "difference": "warn",
}
# Banks' own codes; no list of them is published. What these five mean is inferred from messages seen.
CHANNELS: Final[Mapping[str, Text]] = {
    **dict.fromkeys(("5", "13", "51", "52"), Text("网上渠道", "online")),
    "19": Text("待查收入入账", "booking of unmatched money"),
}
CHANNEL_UNKNOWN: Final = Text("银行自定的渠道", "a channel of the bank's own")
CONTENT_NAMES: Final[Mapping[str, Text]] = {
    "pay_code": Text("缴款码", "pay code"),
    "amount": Text("金额", "amount"),
    "account": Text("账号", "account"),
    "paid_at": Text("缴款时间", "paid at"),
}
MESSAGE_KINDS: Final[Mapping[str, Text]] = {
    "confirmation": Text("缴款确认", "confirmation"),
    "reversal": Text("冲正", "reversal"),
}
DISCREPANCIES_SHOWN: Final = 200
FILTERS: Final = ("state", "bank", "text", "since", "until")


class PaymentMissing(Missing):
    """There is no such payment in the region."""

    code = "payment-missing"
    title = Text("没有这笔缴款", "There is no such payment")


@payment_pages.get("/console/payments")
@officers(Right.SEE_PAYMENTS)
def list_payments(officer: Officer) -> Shown:
    """Show the payments that fit the filters."""
    form = Form(request.args)
    wanted = PaymentsWanted(
        state=form.value("state") if form.value("state") in STATES else "",
        bank=form.value("bank")[:64],
        text=searched_text(form.value("text")),
        since=read_day(form, "since", needed=False),
        until=read_day(form, "until", needed=False),
    )
    asked, region = asked_page(request.args), officer.region
    with kit().store.read() as session:
        count, total = total_of_payments(session, region, wanted)
        asked = asked.within(count)
        rows = find_payments(session, region, wanted, limit=asked.size, offset=asked.offset)
        banks = [(bank.code, bank.name) for bank in agent_banks_of(session, region, today())]
    return console_page(
        "console/payments.html",
        officer,
        form=form,
        page=Page(rows, asked.number, asked.size, count),
        total=total,
        filters={name: form.value(name) for name in FILTERS if form.value(name)},
        states=STATES,
        tones=STATE_TONES,
        banks=banks,
    )


@payment_pages.get("/console/payments/<record:payment>")
@officers(Right.SEE_PAYMENTS)
def show_payment(officer: Officer, payment: int) -> Shown:
    """Show a payment with its notice and its ledger entry, or raise PaymentMissing."""
    with kit().store.read() as session:
        row = payment_of_id(session, officer.region, payment)
        if row is None:
            raise PaymentMissing(
                Text(f"没有编号为 {payment} 的缴款。", f"There is no payment {payment}.")
            )
        entry = entry_of_id(session, officer.region, row.entry)
        reversal = reversal_of_payment(session, officer.region, row.id)
        back = entry_of_id(session, officer.region, reversal.entry) if reversal else None
        return console_page(
            "console/payment.html",
            officer,
            row=row,
            state=STATES[row.state],
            tone=STATE_TONES[row.state],
            notice=notice_of(session, officer.region, row.notice),
            channel=CHANNELS.get(row.channel or "", CHANNEL_UNKNOWN),
            account=session.get(DesignatedAccountRow, (officer.region, row.account)),
            entry=shown_entry(session, officer.region, entry) if entry else None,
            claim=claim_of_payment(session, officer.region, row.id),
            money=money_difference_of(session, officer.region, row.id),
            states=STATE_TEXTS,
            reversal=reversal,
            lines=paid_lines(session, row),
            shares=shares_of_payment(session, officer.region, row.id),
            settlement=settlement_of_payment(session, officer.region, row.id),
            levels=LEVELS,
            refundable=refundable_of_payment(session, row),
            refunds=refunds_of_payment(session, officer.region, row.id),
            **names_of_refunds(),
            reverse_entry=shown_entry(session, officer.region, back) if back else None,
        )


@payment_pages.get("/console/payments/rejections")
@officers(Right.SEE_PAYMENTS)
def list_rejections(officer: Officer) -> Shown:
    """Show refused confirmations with how often each came (R-B4), and serials used again."""
    asked, region = asked_page(request.args), officer.region
    with kit().store.read() as session:
        total = count_rejections(session, region)
        asked = asked.within(total)
        rows = find_rejections(session, region, limit=asked.size, offset=asked.offset)
        return console_page(
            "console/rejections.html",
            officer,
            page=Page(rows, asked.number, asked.size, total),
            discrepancies=find_discrepancies(session, region, limit=DISCREPANCIES_SHOWN),
            content_names=CONTENT_NAMES,
            early=waiting_reversals(session, region, limit=DISCREPANCIES_SHOWN),
            refused=find_refused(session, region, limit=DISCREPANCIES_SHOWN),
            kinds=MESSAGE_KINDS,
            shown=DISCREPANCIES_SHOWN,
        )
