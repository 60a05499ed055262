"""The month's account in the console (R-R7): by unit and item, proved against the ledger; to take away."""

import re
from datetime import date
from typing import Any, Final

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.ledger.chart import income
from feeledger.ledger.queries import open_day_of
from feeledger.money import Money
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.settlements.month import (
    KIND_TEXTS,
    Month,
    MonthAccount,
    MonthRow,
    add_rows,
    month_of,
)
from feeledger.settlements.month_queries import month_account
from feeledger.sharing.levels import LEVELS
from feeledger.trail import record_act
from feeledger.web.console_door import Shown, console_page, officers
from feeledger.web.console_ledger import Names, names_of_accounts
from feeledger.web.forms import Form
from feeledger.web.language import say
from feeledger.web.paging import asked_page, page_of
from feeledger.web.present import today
from feeledger.web.sheets import Cell, Sheet, kind_asked, sheet_answer
from feeledger.web.wording import words_of_month_or_day

month_pages = Blueprint("month", __name__)

MONTH: Final = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
NOT_A_MONTH: Final = Text(
    "请写成 2026-11，且不晚于本月。", "Write it like 2026-11, no later than this month."
)
AMOUNTS: Final = (
    ("opening", Text("期初结存", "held at the start")),
    ("issued", Text("开具", "issued")),
    ("voided", Text("作废", "void")),
    ("relieved", Text("减免", "relieved")),
    ("unpaid", Text("期末未缴", "unpaid at the end")),
    ("paid", Text("已缴", "paid")),
    ("reversed", Text("冲正", "reversed")),
    ("other", Text("其他调整", "other adjustments")),
    ("refunded", Text("退付（统一账户）", "refunded from the account")),
    ("from_treasury", Text("国库退库", "refunded by treasuries")),
    ("settled_fen", Text("划解合计", "settled, all levels")),
    ("closing", Text("期末结存", "held at the end")),
)


@month_pages.get("/console/month")
@officers(Right.SEE_PAYMENTS)
def show_month(officer: Officer) -> Shown:
    """Show a month: issued, paid, unpaid, void, refunded, settled by level, and the two identities."""
    form = Form(request.args)
    month = _month_asked(form)
    region = officer.region
    with kit().store.read() as session:
        account = month_account(session, region, month)
        names = names_of_accounts(session, region)
        open_day = open_day_of(session, region)
    return console_page(
        "console/month.html",
        officer,
        form=form,
        month=month,
        months=_months_to_offer(month),
        account=account,
        page=page_of(account.rows, asked_page(request.args)),
        total=add_rows(account.rows),
        name_of_row=lambda row: name_of_row(row, names),
        levels=LEVELS,
        kinds=KIND_TEXTS,
        flows=sorted(account.flows.items(), key=lambda flow: _place_of(flow[0])),
        over=open_day is None or open_day > month.last,
        open_day=open_day,
        said_month=words_of_month_or_day(str(month)),
    )


@month_pages.get("/console/month/export")
@officers(Right.SEE_PAYMENTS)
def export_month(officer: Officer) -> Shown:
    """Give the month's account as CSV or Excel, a column a level; the trail keeps who took it away."""
    month = _month_asked(Form(request.args))
    region = officer.region
    with kit().store.write() as session:
        account = month_account(session, region, month)
        names = names_of_accounts(session, region)
        _keep_export(session, officer, month, account)
    used = [level for level in LEVELS if any(level in row.settled for row in account.rows)]
    columns = (
        Text("执收单位", "unit"),
        Text("单位和项目", "unit and item"),
        Text("项目编号", "item id"),
        *(name for _, name in AMOUNTS),
        *(Text(f"划解{LEVELS[level].zh}", f"settled: {LEVELS[level].en}") for level in used),
    )
    rows = [
        [row.unit, say(name_of_row(row, names)), row.item, *_cells(row, used)]
        for row in account.rows
    ]
    rows.append(["", say(Text("合计", "Total")), "", *_cells(add_rows(account.rows), used)])
    return sheet_answer(
        Sheet(Text(f"收支月报 {month}", f"Month {month}"), columns, rows),
        kind_asked(request.args.get("as", "")),
        f"month-{region}-{month}",
        demo=kit().settings.mode == "demo",
    )


def name_of_row(row: MonthRow, names: Names) -> Text:
    """Name a row's unit and item."""
    return names.of(income(row.unit, row.item)).part


def _place_of(kind: str) -> int:
    """Give a kind of flow its place in the table: what comes in first, unknown kinds last."""
    return list(KIND_TEXTS).index(kind) if kind in KIND_TEXTS else len(KIND_TEXTS)


def _cells(row: MonthRow, used: list[str]) -> list[Cell]:
    amounts = [getattr(row, name) for name, _ in AMOUNTS]
    return [_cell(fen) for fen in (*amounts, *(row.settled.get(level, 0) for level in used))]


def _cell(fen: int) -> Cell:
    return Money(fen) if fen >= 0 else f"-{Money(-fen)}"


def _keep_export(session: Session, officer: Officer, month: Month, account: MonthAccount) -> None:
    details: dict[str, Any] = {"month": str(month), "rows": len(account.rows)}
    record_act(
        session,
        region=officer.region,
        actor=officer.login,
        act="export-month",
        subject=f"region:{officer.region}",
        reason="",
        now=kit().clock.now(),
        details=details | {"holds": account.holds},
    )


def _month_asked(form: Form) -> Month:
    """Read the month asked for; this month where none was, or none that has begun."""
    text = form.value("month")
    found = MONTH.fullmatch(text)
    this = month_of(today())
    if found is not None:
        month = Month(date(int(found[1]), int(found[2]), 1))
        if month.first <= this.first:
            return month
    if text:
        form.refuse("month", NOT_A_MONTH)
    return this


def _months_to_offer(month: Month) -> list[Month]:
    """Give the neighbouring months: the one before, and the one after where it has begun."""
    before = month_of(month.before)
    after = Month(month.next)
    return [before, *([after] if after.first <= today() else [])]
