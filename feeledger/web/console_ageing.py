"""The ageing list of unmatched money in the console, and its export (R-U4)."""

from typing import Final

from flask import Blueprint, request

from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.money import Money, total_of
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.trail import record_act
from feeledger.unmatched.ageing import band_of
from feeledger.unmatched.ageing_queries import figures_by_age
from feeledger.unmatched.list_queries import ReceiptListed, find_receipts, total_of_receipts
from feeledger.unmatched.receipt import KINDS, STATES
from feeledger.web.console_door import Shown, console_page, officers
from feeledger.web.console_notices import csv_answer, csv_text, marked_rows
from feeledger.web.console_unmatched import filters_of, names_of_receipts, receipts_wanted
from feeledger.web.forms import Form
from feeledger.web.language import say
from feeledger.web.paging import Page, asked_page
from feeledger.web.present import today

ageing_pages = Blueprint("ageing", __name__)

EXPORT_MAX: Final = 50_000
COLUMNS: Final = (
    Text("流水号", "serial"),
    Text("银行", "bank"),
    Text("银行日", "bank's day"),
    Text("天数", "days"),
    Text("账龄", "age"),
    Text("为什么待查", "why"),
    Text("状态", "state"),
    Text("缴款码", "pay code"),
    Text("付款人", "payer"),
    Text("付款账号", "payer's account"),
    Text("附言", "remark"),
    Text("金额（元）", "amount in CNY"),
)


@ageing_pages.get("/console/payments/unmatched/ageing")
@officers(Right.SEE_PAYMENTS)
def show_ageing(officer: Officer) -> Shown:
    """Show what is open by how long it has lain, the oldest first, and the receipts themselves."""
    region, day = officer.region, today()
    wanted = receipts_wanted(Form())
    with kit().store.read() as session:
        figures = figures_by_age(session, region, today=day)
        count, _ = total_of_receipts(session, region, wanted)
        asked = asked_page(request.args).within(count)
        rows = find_receipts(session, region, wanted, limit=asked.size, offset=asked.offset)
    return console_page(
        "console/ageing.html",
        officer,
        figures=figures,
        count=sum(one.count for one in figures),
        total=total_of(one.total for one in figures),
        page=Page(rows, asked.number, asked.size, count),
        on=day,
        **names_of_receipts(),
    )


@ageing_pages.get("/console/payments/unmatched/export")
@officers(Right.SEE_PAYMENTS)
def export_receipts(officer: Officer) -> Shown:
    """Give the receipts that fit as a CSV file, with their age; the trail keeps who took them away."""
    form, region = Form(request.args), officer.region
    wanted = receipts_wanted(form)
    with kit().store.write() as session:
        rows = find_receipts(session, region, wanted, limit=EXPORT_MAX, offset=0)
        table: list[list[object]] = [[say(name) for name in COLUMNS], *map(_cells, rows)]
        record_act(
            session,
            region=region,
            actor=officer.login,
            act="export-receipts",
            subject=f"region:{region}",
            reason="",
            now=kit().clock.now(),
            details={"receipts": len(rows), "filters": filters_of(form)},
        )
    text = csv_text(marked_rows(table, demo=kit().settings.mode == "demo"))
    return csv_answer(text, f"unmatched-{region}-{today()}.csv")


def _cells(listed: ReceiptListed) -> list[object]:
    row = listed.row
    days = (today() - row.bank_day).days
    return [
        row.trade_no,
        row.bank,
        row.bank_day,
        days,
        say(band_of(days).name),
        say(KINDS[listed.kind]),
        say(STATES[row.state]),
        row.pay_code or "",
        row.payer_name or "",
        row.payer_account or "",
        row.remark or "",
        Money(row.amount_fen),
    ]
