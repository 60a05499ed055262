"""Vouchers in the console: the list, one voucher, the stock of numbers with what is wrong in it.

A department's officer sees the vouchers that its own unit issued; numbers are the bureau's.
"""

from typing import Final

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.doors import kit
from feeledger.errors import FeeLedgerError, Text
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.regions.queries import units_of
from feeledger.vouchers.queries import (
    VoucherMissing,
    VouchersWanted,
    bindings_of,
    blocks_of,
    count_vouchers,
    find_vouchers,
    notices_without_number,
    vouchers_of_notice,
)
from feeledger.vouchers.stock_actions import (
    BLOCK_MOST,
    TicketNotBound,
    bind_ticket_kind,
    open_ticket_block,
)
from feeledger.vouchers.tables import VoucherRow
from feeledger.vouchers.verify_queries import voucher_faults
from feeledger.vouchers.voucher import STATE_LABELS, TicketKindRefused, number_text
from feeledger.web.console_door import (
    REASON_NEEDED,
    Shown,
    carry_out,
    console_page,
    done,
    officers,
    own_unit,
    refused_page,
)
from feeledger.web.formats import plain_code
from feeledger.web.forms import Form, read_choice, read_text
from feeledger.web.language import link
from feeledger.web.notice_pages import pdf_answer
from feeledger.web.paging import Page, asked_page
from feeledger.web.present import today
from feeledger.web.voucher_views import (
    END_REASONS,
    SIGNATURES,
    follow_notice,
    print_voucher,
    shown_voucher,
    voucher_of_notice,
)

voucher_desk_pages = Blueprint("vouchers", __name__)

FILTERS: Final = ("text", "state", "unit")
FAULTS_SHOWN: Final = 100
DEFAULT_KIND: Final = "0301"
STATE_TONES: Final = {
    "assigned": "note",
    "issued_unsigned_by_finance": "note",
    "complete": "good",
    "written_off": "good",
    "voided": "",
    "red": "bad",
}
COUNT_NEEDED: Final = Text(
    f"请填写号数：1 至 {BLOCK_MOST} 的整数。", f"Enter how many numbers: 1 to {BLOCK_MOST}."
)
YEAR_NEEDED: Final = Text("请填写四位年度。", "Enter the year, four digits.")
FIELD_OF_REFUSAL: Final[dict[type[FeeLedgerError], str]] = {
    TicketKindRefused: "kind",
    TicketNotBound: "for_unit",
}
UNIT_NEEDED: Final = Text("请选择执收单位。", "Choose the unit.")


@voucher_desk_pages.get("/console/vouchers")
@officers(Right.SEE_NOTICES)
def list_vouchers(officer: Officer) -> Shown:
    """Show the vouchers that fit the filters, the latest numbers first."""
    form, region = Form(request.args), officer.region
    wanted = VouchersWanted(
        state=form.value("state") if form.value("state") in STATE_LABELS else "",
        unit_code=own_unit(officer) or form.value("unit")[:64],
        words=_words(form.value("text")),
    )
    asked = asked_page(request.args)
    with kit().store.read() as session:
        count = count_vouchers(session, region, wanted)
        asked = asked.within(count)
        rows = find_vouchers(session, region, wanted, limit=asked.size, offset=asked.offset)
        units = [(unit.unit_code, unit.name) for unit in units_of(session, region, today())]
    return console_page(
        "console/vouchers.html",
        officer,
        form=form,
        page=Page(rows, asked.number, asked.size, count),
        filters={name: form.value(name) for name in FILTERS if form.value(name)},
        units=[] if own_unit(officer) else units,
        states=STATE_LABELS,
        tones=STATE_TONES,
        number_text=number_text,
    )


@voucher_desk_pages.get("/console/vouchers/<record:voucher>")
@officers(Right.SEE_NOTICES)
def show_voucher(officer: Officer, voucher: int) -> Shown:
    """Show one voucher as far as its notice has come, with those before and after it."""
    region = officer.region
    with kit().store.read() as session:
        notice = _voucher_seen(session, officer, voucher).notice
    follow_notice(region, notice)
    with kit().store.read() as session:
        row = _voucher_seen(session, officer, voucher)
        others = [one for one in vouchers_of_notice(session, region, notice) if one.id != voucher]
        return console_page(
            "console/voucher.html",
            officer,
            one=shown_voucher(session, row),
            others=others,
            signatures=SIGNATURES,
            end_reasons=END_REASONS,
            states=STATE_LABELS,
            tones=STATE_TONES,
            number_text=number_text,
        )


@voucher_desk_pages.get("/console/vouchers/<record:voucher>/pdf")
@officers(Right.SEE_NOTICES)
def print_paper(officer: Officer, voucher: int) -> Shown:
    """Give a complete voucher as PDF."""
    with kit().store.read() as session:
        row = _voucher_seen(session, officer, voucher)
        voucher_of_notice(session, row.region, row.notice, row.id)
        return pdf_answer(print_voucher(row), f"{row.ticket_code}-{number_text(row.number)}")


@voucher_desk_pages.get("/console/vouchers/stock")
@officers(Right.SEE_PAYMENTS)
def show_stock(officer: Officer) -> Shown:
    """Show the blocks of numbers, who may use them, who waits for one, and what is wrong."""
    return _stock_shown(officer, Form())


@voucher_desk_pages.post("/console/vouchers/stock/open")
@officers(Right.KEEP_VOUCHER_STOCK)
def open_block(officer: Officer) -> Shown:
    """Open the next numbers of a kind and year, perhaps beforehand for one unit."""
    form = Form(request.form)
    year = _whole(form, "year", YEAR_NEEDED, range(4, 5))
    count = _whole(form, "count", COUNT_NEEDED, range(1, len(str(BLOCK_MOST)) + 1))
    reason = read_text(form, "reason", needed=REASON_NEEDED)
    unit = form.value("for_unit")[:64] or None
    if form.sound and year is not None and count is not None:
        try:
            kit().store.attempt(
                lambda session: open_ticket_block(
                    session,
                    officer.region,
                    kind=plain_code(form.value("kind", DEFAULT_KIND)),
                    year=year,
                    count=count,
                    reason=reason,
                    by=officer.login,
                    now=kit().clock.now(),
                    unit_code=unit,
                )
            )
        except FeeLedgerError as refused:
            form.refuse(FIELD_OF_REFUSAL.get(type(refused), "count"), refused.detail)
        else:
            return done(Text("号段已开放。", "The numbers are open."), "vouchers.show_stock")
    return refused_page(_stock_shown(officer, form))


@voucher_desk_pages.post("/console/vouchers/stock/bind")
@officers(Right.KEEP_VOUCHER_STOCK)
def bind_unit(officer: Officer) -> Shown:
    """Bind a unit to the one kind of voucher that it issues."""
    form = Form(request.form)
    with kit().store.read() as session:
        codes = [unit.unit_code for unit in units_of(session, officer.region, today())]
    unit = read_choice(form, "unit", codes, needed=UNIT_NEEDED)
    kind = plain_code(form.value("unit_kind", DEFAULT_KIND))

    def bind(session: Session) -> bool:
        bind_ticket_kind(
            session, officer.region, unit, kind, by=officer.login, now=kit().clock.now()
        )
        return True

    if form.sound and carry_out(form, "unit_kind", bind):
        return done(Text("已绑定。", "The unit is bound."), "vouchers.show_stock")
    return refused_page(_stock_shown(officer, form))


def _stock_shown(officer: Officer, form: Form) -> str:
    region = officer.region
    with kit().store.read() as session:
        units = {unit.unit_code: unit.name for unit in units_of(session, region, today())}
        waiting = notices_without_number(session, region)
        faults = voucher_faults(session, region)
        return console_page(
            "console/voucher_stock.html",
            officer,
            at=link("vouchers.show_stock"),
            form=form,
            blocks=blocks_of(session, region),
            bindings=bindings_of(session, region),
            units=units,
            waiting=waiting,
            faults=faults[:FAULTS_SHOWN],
            fault_count=len(faults),
            year=today().year,
            number_text=number_text,
        )


def _voucher_seen(session: Session, officer: Officer, voucher: int) -> VoucherRow:
    """Find a voucher that an officer may see. Raises VoucherMissing."""
    row = session.get(VoucherRow, (officer.region, voucher))
    if row is None or own_unit(officer) not in (None, row.unit_code):
        raise VoucherMissing(
            Text(
                "没有这张票据。请从列表中选择。",
                "There is no such voucher. Choose one from the list.",
            )
        )
    return row


def _words(text: str) -> str:
    """Read what is searched: a number or code without its gaps, any other words as they stand."""
    bare = plain_code(text)
    return bare if bare.isascii() and bare.isdecimal() else " ".join(text.split())[:100]


def _whole(form: Form, name: str, needed: Text, digits: range) -> int | None:
    """Read a whole number of so many digits."""
    text = plain_code(form.value(name))
    if text.isascii() and text.isdecimal() and len(text) in digits:
        return int(text)
    form.refuse(name, needed)
    return None
