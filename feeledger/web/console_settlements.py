"""Settlements in the console: prepared by one officer, approved by another, shown level by level."""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.ledger.queries import entry_of_id
from feeledger.money import Money
from feeledger.people.queries import Officer, names_of_officers
from feeledger.people.roles import Right
from feeledger.refunds.refund import Hand
from feeledger.settlements.actions import (
    PAYMENTS_MAX,
    approve_settlement,
    cancel_settlement,
    prepare_settlement,
)
from feeledger.settlements.queries import (
    count_settlements,
    parts_of_settlement,
    settlement_of,
    settlements_of,
    waiting_to_settle,
)
from feeledger.settlements.view_queries import level_sums, settled_payments
from feeledger.sharing.levels import LEVELS
from feeledger.trail import record_act
from feeledger.web.console_door import (
    REASON_NEEDED,
    Shown,
    carry_out,
    console_page,
    done,
    officers,
    refused_page,
)
from feeledger.web.console_ledger import shown_entry
from feeledger.web.forms import Form, read_day, read_text
from feeledger.web.language import link
from feeledger.web.paging import Page, asked_page
from feeledger.web.present import today
from feeledger.web.sheets import Cell, Sheet, kind_asked, sheet_answer

settlement_pages = Blueprint("settlements", __name__)

PAGE: Final = "/console/settlements/<record:settlement>"
STATES: Final[Mapping[str, Text]] = {
    "prepared": Text("待批准", "to be approved"),
    "settled": Text("已划解", "settled"),
    "cancelled": Text("已撤销", "cancelled"),
}
STATE_TONES: Final = {"prepared": "note", "settled": "good", "cancelled": ""}
DOCUMENT_NEEDED: Final = Text(
    "请写明划解依据文件（文号或指令号）。",
    "Name the document or order that the settlement rests on.",
)
DAY_TO_COME: Final = Text("截止日不能晚于今天。", "The last day cannot lie after today.")


@settlement_pages.get("/console/settlements")
@officers(Right.SEE_PAYMENTS)
def list_settlements(officer: Officer) -> Shown:
    """Show the settlements, the latest first, and what waits to be settled."""
    return _list_page(officer, Form())


@settlement_pages.post("/console/settlements")
@officers(Right.PREPARE_SETTLEMENT)
def prepare(officer: Officer) -> Shown:
    """Put what may be settled up to a bank's day into one order, for another person to approve."""
    form = Form(request.form)
    until = read_day(form, "until")
    document = read_text(form, "document", needed=DOCUMENT_NEEDED)
    if until is not None and until > today():
        form.refuse("until", DAY_TO_COME)
    if form.sound and until is not None:
        prepared = carry_out(
            form,
            "until",
            lambda session: (
                prepare_settlement(
                    session,
                    officer.region,
                    document=document,
                    until=until,
                    hand=_hand(officer),
                ).id
            ),
        )
        if prepared is not None:
            text = Text("划解单已编制，待另一人批准。", "Prepared; another person approves it.")
            return done(text, "settlements.show_settlement", settlement=prepared)
    return refused_page(_list_page(officer, form))


@settlement_pages.get(PAGE)
@officers(Right.SEE_PAYMENTS)
def show_settlement(officer: Officer, settlement: int) -> Shown:
    """Show one settlement: each level's part with refunds netted, its payments, its entry."""
    return _settlement_page(officer, settlement, Form())


@settlement_pages.post(f"{PAGE}/approval")
@officers(Right.APPROVE_SETTLEMENT)
def approve(officer: Officer, settlement: int) -> Shown:
    """Approve a settlement that another person prepared: the money leaves the account."""
    form = Form(request.form)

    def act(session: Session) -> bool:
        approve_settlement(session, officer.region, settlement, hand=_hand(officer))
        return True

    if carry_out(form, "approve", act):
        text = Text("已批准划解并记账。", "The settlement is approved and posted.")
        return done(text, "settlements.show_settlement", settlement=settlement)
    return refused_page(_settlement_page(officer, settlement, form))


@settlement_pages.post(f"{PAGE}/cancellation")
@officers(Right.PREPARE_SETTLEMENT)
def cancel(officer: Officer, settlement: int) -> Shown:
    """Cancel a prepared settlement; its payments may go into another."""
    form = Form(request.form)
    reason = read_text(form, "cancel_reason", needed=REASON_NEEDED, longest=1000)
    if form.sound:

        def act(session: Session) -> bool:
            cancel_settlement(session, officer.region, settlement, hand=_hand(officer, reason))
            return True

        if carry_out(form, "cancel_reason", act):
            text = Text("划解单已撤销。", "The settlement is cancelled.")
            return done(text, "settlements.show_settlement", settlement=settlement)
    return refused_page(_settlement_page(officer, settlement, form))


@settlement_pages.get(f"{PAGE}/export")
@officers(Right.SEE_PAYMENTS)
def export_settlement(officer: Officer, settlement: int) -> Shown:
    """Give a settlement, payment by payment and level by level, as CSV or Excel."""
    region = officer.region
    with kit().store.write() as session:
        row = settlement_of(session, region, settlement)
        payments = settled_payments(session, region, settlement, limit=PAYMENTS_MAX, offset=0)
        parts: dict[tuple[int, str], int] = {}
        for (payment, _, level), fen in parts_of_settlement(session, region, settlement).items():
            parts[payment, level] = parts.get((payment, level), 0) + fen
        used = [level for level in LEVELS if any(level == at for _, at in parts)]
        rows: list[list[Cell]] = [
            [
                one.payment.pay_code,
                one.payment.bank,
                one.payment.trade_no,
                one.payment.bank_day,
                Money(one.payment.amount_fen),
                one.amount,
                *(_signed_cell(parts.get((one.payment.id, level), 0)) for level in used),
            ]
            for one in payments
        ]
        record_act(
            session,
            region=region,
            actor=officer.login,
            act="export-settlement",
            subject=f"settlement:{settlement}",
            reason="",
            now=kit().clock.now(),
            details={"payments": len(rows)},
        )
    columns = (
        Text("缴款码", "pay code"),
        Text("银行", "bank"),
        Text("流水号", "serial"),
        Text("银行日", "bank's day"),
        Text("缴款金额（元）", "paid, CNY"),
        Text("划解金额（元）", "settled, CNY"),
        *(Text(f"{LEVELS[level].zh}（元）", f"{LEVELS[level].en}, CNY") for level in used),
    )
    return sheet_answer(
        Sheet(Text("划解单", "Settlement"), columns, rows),
        kind_asked(request.args.get("as", "")),
        f"settlement-{region}-{row.id}",
        demo=kit().settings.mode == "demo",
    )


def signed_money(fen: int) -> str:
    """Write fen that may lie below zero, in yuan: the rounding of R-F4 can leave a fen or two."""
    return f"{'-' if fen < 0 else ''}{Money(abs(fen))}"


def _signed_cell(fen: int) -> Cell:
    return Money(fen) if fen >= 0 else signed_money(fen)


def _list_page(officer: Officer, form: Form) -> str:
    asked, region = asked_page(request.args), officer.region
    with kit().store.read() as session:
        total = count_settlements(session, region)
        asked = asked.within(total)
        rows = settlements_of(session, region, limit=asked.size, offset=asked.offset)
        waiting = waiting_to_settle(session, region, until=today())
        names = names_of_officers(session)
    return console_page(
        "console/settlements.html",
        officer,
        at=link("settlements.list_settlements"),
        form=form,
        page=Page(rows, asked.number, asked.size, total),
        waiting=waiting,
        most=PAYMENTS_MAX,
        states=STATES,
        tones=STATE_TONES,
        names=names,
        day=today(),
    )


def _settlement_page(officer: Officer, settlement: int, form: Form) -> str:
    asked, region = asked_page(request.args), officer.region
    with kit().store.read() as session:
        row = settlement_of(session, region, settlement)
        asked = asked.within(row.payments)
        payments = settled_payments(
            session, region, settlement, limit=asked.size, offset=asked.offset
        )
        entry = entry_of_id(session, region, row.entry) if row.entry is not None else None
        return console_page(
            "console/settlement.html",
            officer,
            at=link("settlements.show_settlement", settlement=settlement),
            form=form,
            row=row,
            sums=level_sums(session, region, settlement),
            page=Page(payments, asked.number, asked.size, row.payments),
            entry=shown_entry(session, region, entry) if entry else None,
            names=names_of_officers(session),
            levels=LEVELS,
            states=STATES,
            tones=STATE_TONES,
        )


def _hand(officer: Officer, reason: str = "") -> Hand:
    return Hand(officer.login, today(), kit().clock.now(), reason)
