"""Unmatched receipts in the console: the work list, one receipt with its history, refused arrivals."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.people.queries import Officer, names_of_officers
from feeledger.people.roles import Right
from feeledger.regions.queries import agent_banks_of
from feeledger.unmatched.claim_list_queries import CLAIM_STATES
from feeledger.unmatched.history_queries import ReceiptSeen, receipt_seen
from feeledger.unmatched.list_queries import (
    ReceiptsWanted,
    count_refused_arrivals,
    find_receipts,
    find_refused_arrivals,
    total_of_receipts,
)
from feeledger.unmatched.receipt import KINDS, OLD_AFTER_DAYS, STATES
from feeledger.web.console_door import Shown, console_page, officers
from feeledger.web.console_ledger import shown_entry
from feeledger.web.console_notices import searched_text
from feeledger.web.console_trail_words import shown_acts
from feeledger.web.forms import Form, read_amount, read_day
from feeledger.web.language import link
from feeledger.web.paging import Page, asked_page
from feeledger.web.present import today

unmatched_pages = Blueprint("unmatched", __name__)

OPEN: Final = "open"
ALL: Final = "all"
OLD: Final = "old"
STATE_TONES: Final = {
    "received": "warn",
    "claim_proposed": "note",
    "audited": "note",
    "return_requested": "note",
    "matched": "good",
    "returned": "good",
    "split": "",
}
RETURN_STATES: Final = {
    "requested": Text("待确认", "to be confirmed"),
    "returned": Text("已退回", "returned"),
    "refused": Text("不同意", "refused"),
}
ARRIVAL_KINDS: Final = {
    "arrival": Text("到账", "arrival"),
    "in_transit": Text("在途划转", "bulk transfer"),
    "flow": Text("账户流水", "account statement"),
}
TOLD_NAMES: Final = {
    "pay_code": Text("缴款码", "pay code"),
    "amount": Text("金额", "amount"),
    "account": Text("账号", "account"),
    "paid_at": Text("到账时间", "arrived at"),
    "payer_name": Text("付款人", "payer"),
    "payer_account": Text("付款账号", "payer's account"),
    "payer_bank": Text("付款行", "payer's bank"),
    "remark": Text("附言", "remark"),
    "batch_no": Text("批次号", "batch"),
    "vouchers": Text("清单笔数", "payments listed"),
    "vouchers_sha256": Text("清单摘要", "digest of the list"),
    "listed": Text("清单合计", "sum of the list"),
    "date": Text("日期", "day"),
    "count": Text("笔数", "lines"),
    "content_sha256": Text("内容摘要", "digest"),
}
FILTERS: Final = ("state", "kind", "age", "bank", "text", "since", "until", "least", "most")


@unmatched_pages.get("/console/payments/unmatched")
@officers(Right.SEE_PAYMENTS)
def list_unmatched(officer: Officer) -> Shown:
    """Show the money that fits the filters, the oldest first; what is open unless asked otherwise."""
    form = Form(request.args)
    wanted = receipts_wanted(form)
    asked, region = asked_page(request.args), officer.region
    with kit().store.read() as session:
        count, total = total_of_receipts(session, region, wanted)
        asked = asked.within(count)
        rows = find_receipts(session, region, wanted, limit=asked.size, offset=asked.offset)
        banks = [(bank.code, bank.name) for bank in agent_banks_of(session, region, today())]
    return console_page(
        "console/unmatched.html",
        officer,
        form=form,
        state=form.value("state") or OPEN,
        all_states={OPEN: Text("未办结", "open"), ALL: Text("全部", "all"), **STATES},
        page=Page(rows, asked.number, asked.size, count),
        total=total,
        filters=filters_of(form),
        banks=banks,
        **names_of_receipts(),
    )


@unmatched_pages.get("/console/payments/unmatched/<record:receipt>")
@officers(Right.SEE_PAYMENTS)
def show_unmatched(officer: Officer, receipt: int) -> Shown:
    """Show one receipt: what the bank told, where the money lies, what became of it."""
    return receipt_shown(officer, receipt, Form())


@unmatched_pages.get("/console/payments/refused-arrivals")
@officers(Right.SEE_PAYMENTS)
def list_refused_arrivals(officer: Officer) -> Shown:
    """Show arrivals and transfers that were refused: their money may have come all the same (R-B4)."""
    asked, region = asked_page(request.args), officer.region
    with kit().store.read() as session:
        total = count_refused_arrivals(session, region)
        asked = asked.within(total)
        rows = find_refused_arrivals(session, region, limit=asked.size, offset=asked.offset)
    return console_page(
        "console/refused_arrivals.html",
        officer,
        page=Page(rows, asked.number, asked.size, total),
        arrival_kinds=ARRIVAL_KINDS,
        told_names=TOLD_NAMES,
        instant_told=datetime.fromisoformat,
    )


def receipt_shown(officer: Officer, receipt: int, form: Form) -> str:
    """Make the page of one receipt, perhaps with what a form got wrong. Raises ReceiptMissing."""
    region = officer.region
    with kit().store.read() as session:
        seen = receipt_seen(session, region, receipt)
        names = names_of_officers(session)
        return console_page(
            "console/unmatched_receipt.html",
            officer,
            at=link("unmatched.show_unmatched", receipt=receipt),
            form=form,
            seen=seen,
            row=seen.row,
            entries=[shown_entry(session, region, entry) for entry in seen.entries],
            history=shown_acts(seen.acts, names),
            names=names,
            bank=bank_name(session, region, seen),
            return_states=RETURN_STATES,
            claim_states=CLAIM_STATES,
            **names_of_receipts(),
        )


def bank_name(session: Session, region: str, seen: ReceiptSeen) -> str:
    """Give the name of the bank that told of a receipt; its code where it serves no more."""
    banks = agent_banks_of(session, region, seen.row.bank_day)
    return next((bank.name for bank in banks if bank.code == seen.row.bank), seen.row.bank)


def names_of_receipts() -> dict[str, Any]:
    """Give the names that pages about receipts need, and from when on a receipt is old (R-U4)."""
    return {
        "kinds": KINDS,
        "states": STATES,
        "tones": STATE_TONES,
        "old_before": _old_before(),
        "days": OLD_AFTER_DAYS,
    }


def receipts_wanted(form: Form) -> ReceiptsWanted:
    """Read which receipts are looked for; what is open unless a state is asked for."""
    state = form.value("state") or OPEN
    return ReceiptsWanted(
        state=state if state in STATES else "",
        kind=form.value("kind") if form.value("kind") in KINDS else "",
        text=searched_text(form.value("text")),
        bank=form.value("bank")[:64],
        open_only=state == OPEN,
        before=_old_before() if form.value("age") == OLD else None,
        since=read_day(form, "since", needed=False),
        until=read_day(form, "until", needed=False),
        least=read_amount(form, "least", needed=False),
        most=read_amount(form, "most", needed=False),
    )


def filters_of(form: Form) -> dict[str, str]:
    """Give the filters that were filled in, for links that keep them."""
    return {name: form.value(name) for name in FILTERS if form.value(name)}


def _old_before() -> date:
    return today() - timedelta(days=OLD_AFTER_DAYS)
