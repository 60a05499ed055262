"""Refunds in the console: the work list with its limits, one refund whole, the list to take away.

A department's officer sees the refunds of its own unit; another's looks like none at all.
"""

from datetime import date
from typing import Final

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.files import download_headers
from feeledger.ledger.queries import entry_of_id
from feeledger.money import Money
from feeledger.people.queries import Officer, names_of_officers
from feeledger.people.roles import Right
from feeledger.refunds.evidence_queries import file_of_refund
from feeledger.refunds.hands import offers_to
from feeledger.refunds.queries import (
    RefundMissing,
    RefundsWanted,
    find_refunds,
    refund_of,
    total_of_refunds,
)
from feeledger.refunds.refund import (
    ASKING,
    GROUND_TEXTS,
    SIGNALLING,
    STATE_TEXTS,
    is_overdue,
)
from feeledger.refunds.tables import RefundRow
from feeledger.refunds.view_queries import refund_seen
from feeledger.regions.queries import units_of
from feeledger.sharing.levels import LEVELS
from feeledger.supervision.queries import cases_of_refund
from feeledger.trail import record_act
from feeledger.web.console_door import Shown, console_page, officers, own_unit
from feeledger.web.console_ledger import EntryShown, shown_entry
from feeledger.web.console_notices import searched_text
from feeledger.web.forms import Form
from feeledger.web.language import link, say
from feeledger.web.paging import Page, asked_page
from feeledger.web.present import today
from feeledger.web.refund_views import PAYER, listed, names_of_refunds, steps_of
from feeledger.web.sheets import Cell, Sheet, kind_asked, sheet_answer

refund_pages = Blueprint("refunds", __name__)

OPEN: Final = "open"
ALL: Final = "all"
EXPORT_MAX: Final = 50_000
FILTERS: Final = ("state", "unit", "text", "overdue")
STEP_WORDS: Final = {
    "verify": Text("核实无误", "Verify it: the application is right"),
    "approve": Text("批准退付", "Approve it"),
    "forward": Text("上报上级财政", "Pass it up to the upper level"),
    "reject": Text("不予退付", "Refuse it"),
}
COLUMNS: Final = (
    Text("编号", "number"),
    Text("缴款码", "pay code"),
    Text("缴款人", "payer"),
    Text("信用代码", "credit code"),
    Text("执收单位", "collecting unit"),
    Text("情形", "ground"),
    Text("申请日", "applied on"),
    Text("状态", "state"),
    Text("办理期限", "limit of the next step"),
    Text("超期", "overdue"),
    Text("金额（元）", "amount in CNY"),
    Text("支付日", "paid on"),
    Text("支付流水号", "payment number"),
)


@refund_pages.get("/console/refunds")
@officers(Right.SEE_REFUNDS)
def list_refunds(officer: Officer) -> Shown:
    """Show the refunds that fit: overdue ones first, then by limit; open ones unless asked otherwise."""
    form = Form(request.args)
    wanted = _wanted(officer, form)
    asked, region = asked_page(request.args), officer.region
    with kit().store.read() as session:
        count, total = total_of_refunds(session, region, wanted, today=today())
        asked = asked.within(count)
        rows = find_refunds(
            session, region, wanted, today=today(), limit=asked.size, offset=asked.offset
        )
        units = [(unit.unit_code, unit.name) for unit in units_of(session, region, today())]
    return console_page(
        "console/refunds.html",
        officer,
        form=form,
        state=form.value("state") or OPEN,
        all_states={OPEN: Text("未办结", "open"), ALL: Text("全部", "all"), **STATE_TEXTS},
        page=Page([listed(row) for row in rows], asked.number, asked.size, count),
        total=total,
        filters={name: form.value(name) for name in FILTERS if form.value(name)},
        units=[] if own_unit(officer) else units,
        **names_of_refunds(),
    )


@refund_pages.get("/console/refunds/export")
@officers(Right.SEE_REFUNDS)
def export_refunds(officer: Officer) -> Shown:
    """Give the refunds that fit as CSV or Excel; the trail keeps who took them away."""
    form = Form(request.args)
    region = officer.region
    with kit().store.write() as session:
        rows = find_refunds(
            session, region, _wanted(officer, form), today=today(), limit=EXPORT_MAX, offset=0
        )
        sheet = Sheet(Text("退付", "Refunds"), COLUMNS, [_cells(row) for row in rows])
        record_act(
            session,
            region=region,
            actor=officer.login,
            act="export-refunds",
            subject=f"region:{region}",
            reason="",
            now=kit().clock.now(),
            details={"refunds": len(rows), "filters": request.query_string.decode("ascii")[:400]},
        )
    return sheet_answer(
        sheet,
        kind_asked(form.value("as")),
        f"refunds-{region}-{today()}",
        demo=kit().settings.mode == "demo",
    )


@refund_pages.get("/console/refunds/<record:refund>")
@officers(Right.SEE_REFUNDS)
def show_refund(officer: Officer, refund: int) -> Shown:
    """Show a refund: its lines, each step with its limit, whose turn it is, what may be done."""
    return refund_shown(officer, refund, Form())


@refund_pages.get("/console/refunds/<record:refund>/files/<record:file_no>")
@officers(Right.SEE_REFUNDS)
def give_refund_file(officer: Officer, refund: int, file_no: int) -> Shown:
    """Give a file of a refund that the officer may see, as a download."""
    with kit().store.read() as session:
        own_refund(session, officer, refund)
        file = file_of_refund(session, officer.region, refund, file_no)
    return Response(file.content, headers=download_headers(file))


def refund_shown(officer: Officer, refund: int, form: Form) -> str:
    """Make the page of one refund, perhaps with what a form got wrong. Raises RefundMissing."""
    region = officer.region
    with kit().store.read() as session:
        own_refund(session, officer, refund)
        seen = refund_seen(session, region, refund)
        names = names_of_officers(session)
        return console_page(
            "console/refund.html",
            officer,
            at=link("refunds.show_refund", refund=refund),
            form=form,
            seen=seen,
            row=seen.row,
            standing=seen.standing,
            event_pairs=lambda events: [
                (event, say(word)) for event, word in STEP_WORDS.items() if event in events
            ],
            offers=offers_to(seen.standing, officer.login, officer.may),
            hand=lambda actor: say(name_of_hand(actor, names)),
            entries=_entries(session, region, seen.row),
            levels=LEVELS,
            cases=cases_of_refund(session, region, refund),
            signalling=seen.row.ground in SIGNALLING,
            attachable=seen.row.state in ASKING and officer.may(Right.APPLY_FOR_REFUND),
            **steps_of(seen),
            **names_of_refunds(),
        )


def own_refund(session: Session, officer: Officer, refund: int) -> RefundRow:
    """Find a refund that the officer may see; another department's looks like none at all.

    Raises RefundMissing.
    """
    row = refund_of(session, officer.region, refund)
    if own_unit(officer) not in (None, row.unit_code):
        raise RefundMissing(
            Text(f"本单位没有编号为 {refund} 的退付。", f"Your unit has no refund {refund}.")
        )
    return row


def name_of_hand(actor: str, names: dict[str, str]) -> Text:
    """Name whoever took a step: the payer, or an officer by name."""
    if actor.startswith(PAYER):
        return Text("缴款人", "the payer")
    name = names.get(actor, actor)
    return Text(name, name)


def _wanted(officer: Officer, form: Form) -> RefundsWanted:
    state = form.value("state") or OPEN
    return RefundsWanted(
        state=state if state in STATE_TEXTS else "",
        unit_code=own_unit(officer) or form.value("unit")[:40] or None,
        text=searched_text(form.value("text")),
        open_only=state == OPEN,
        overdue=form.value("overdue") == "yes",
    )


def _entries(session: Session, region: str, row: RefundRow) -> list[EntryShown]:
    ids = [entry for entry in (row.approval_entry, row.payment_entry) if entry is not None]
    kept = [entry_of_id(session, region, entry) for entry in ids]
    return [shown_entry(session, region, entry) for entry in kept if entry is not None]


def _cells(row: RefundRow) -> list[Cell]:
    due: date | None = row.due_on
    late = is_overdue(row.state, due, today())
    return [
        str(row.id),
        row.pay_code,
        row.payer_name,
        row.uscc,
        row.unit_name,
        say(GROUND_TEXTS[row.ground]),  # type: ignore[index]  # the CHECK holds the names
        row.applied_on,
        say(STATE_TEXTS[row.state]),  # type: ignore[index]
        due,
        say(Text("是", "yes")) if late else "",
        Money(row.amount_fen),
        row.paid_on,
        row.payment_no or "",
    ]
