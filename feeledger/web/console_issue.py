"""Issuing a notice: who pays, which fees on which day, what they come to and why, one pay code.

Nothing is kept before the last step: each page carries what was chosen. A notice may take another's
place (``supersedes``); the old one is then voided in the same transaction, with a reason.
"""

from functools import partial
from typing import Final

from flask import Blueprint, request, session
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from feeledger.catalog.queries import edition_in_use
from feeledger.doors import key_ring, kit, working_days
from feeledger.enterprises.lookup_actions import has_lookup_code, issue_lookup_code
from feeledger.enterprises.queries import EnterpriseUnknown, enterprise_of
from feeledger.enterprises.standing import EnterpriseClosed
from feeledger.enterprises.standing_queries import demand_standing
from feeledger.enterprises.tables import EnterpriseRow
from feeledger.errors import Text
from feeledger.judgements import narrow_upper
from feeledger.notices.actions import NoticeOrder, issue_notice, reissue_notice
from feeledger.notices.notice import UNPAID, NoticeNotMovable, status_after
from feeledger.notices.queries import notice_of
from feeledger.notices.tables import NoticeRow
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.regions.queries import items_of_unit, units_of
from feeledger.supervision.notice_actions import Moment, signal_notice
from feeledger.web.console_door import (
    REASON_NEEDED,
    Shown,
    carry_out,
    case_clock,
    console_page,
    done,
    officers,
    own_unit,
    record_number,
    refused_page,
)
from feeledger.web.console_preview import Pick, Preview, charges_chosen, preview_of
from feeledger.web.forms import Form, read_day, read_text, read_with
from feeledger.web.present import today
from feeledger.web.voucher_views import follow_notice

issue_pages = Blueprint("issue", __name__)

PAYER_NEEDED: Final = Text("请填写缴款人的信用代码。", "Enter the payer's credit code.")
ITEMS_NEEDED: Final = Text("请至少选择一个收费项目。", "Choose at least one fee.")
LINES_NEEDED: Final = Text("请至少勾选一行。", "Tick at least one line.")
FUTURE: Final = Text("义务发生日不能在将来。", "The day the duty arose cannot lie in the future.")
PICKS_MAX: Final = 60


@issue_pages.get("/console/notices/new")
@officers(Right.ISSUE_NOTICE)
def choose_items(officer: Officer) -> Shown:
    """Ask for the payer, the day the duty arose and the fees that the units may charge."""
    return _choice_page(officer, Form(request.args))


@issue_pages.get("/console/notices/new/lines")
@officers(Right.ISSUE_NOTICE)
def show_lines(officer: Officer) -> Shown:
    """Show what the chosen fees come to by the facts known, and ask for those missing."""
    return _lines_page(officer, Form(request.args))


@issue_pages.post("/console/notices/new/lines")
@officers(Right.ISSUE_NOTICE)
def work_out_lines(officer: Officer) -> Shown:
    """Work the amounts out again with the facts written."""
    return _lines_page(officer, Form(request.form))


@issue_pages.post("/console/notices/new/issue")
@officers(Right.ISSUE_NOTICE)
def issue(officer: Officer) -> Shown:
    """Issue the lines ticked under one pay code, or show what is wrong with them."""
    form = Form(request.form)
    preview = _preview(officer, form)
    if preview is None:
        return refused_page(_choice_page(officer, form))
    charges = charges_chosen(preview, form)
    if form.sound and not charges:
        form.refuse("line", LINES_NEEDED)
    old = form.value("supersedes")
    reason = read_text(form, "reason", needed=REASON_NEEDED if old else None, longest=1000)
    if form.sound:
        order = NoticeOrder(preview.payer.uscc, tuple(charges), ring=key_ring())
        issued = _issued(officer, form, order, reason)
        if issued is not None:
            return issued
    return refused_page(_lines_page(officer, form))


def _issued(officer: Officer, form: Form, order: NoticeOrder, reason: str) -> Response | None:
    """Issue or reissue in one transaction; the first notice brings a lookup code."""
    old = form.value("supersedes")
    found = carry_out(
        form,
        "line",
        lambda writing: _write(writing, officer, order, old=record_number(old), reason=reason),
    )
    if found is None:
        return None
    notice, code = found
    follow_notice(officer.region, notice)
    if code is not None:
        session["first_code"] = {"uscc": order.uscc, "code": code}
    text = Text("通知书已开具。", "The notice is issued.")
    return done(text, "notices.show_notice", notice=notice)


def _write(
    writing: Session, officer: Officer, order: NoticeOrder, *, old: int | None, reason: str
) -> tuple[int, str | None]:
    """Write the notice; give its id, and the lookup code if the payer had none."""
    clock = kit().clock
    now, day, by = clock.now(), clock.today(), officer.login
    if old is None:
        row = issue_notice(
            writing, officer.region, order, calendar=working_days(), today=day, by=by, now=now
        )
    else:
        row = reissue_notice(
            writing,
            officer.region,
            old,
            order,
            reason=reason,
            calendar=working_days(),
            today=day,
            by=by,
            now=now,
        )
    signal_notice(writing, officer.region, row.id, Moment(day, now, case_clock()))
    if has_lookup_code(writing, order.uscc):
        return row.id, None
    code = issue_lookup_code(writing, order.uscc, reason=f"notice {row.id}", by=by, now=now)
    return row.id, code


def _preview(officer: Officer, form: Form) -> Preview | None:
    """Read payer, day and fees and work them out; None where one is wrong (noted in the form)."""
    on = read_day(form, "on")
    if on is not None and on > today():
        form.refuse("on", FUTURE)
    with kit().store.read() as reading:
        payer = _payer(reading, form)
        picks = _picks(officer, form)
        _old_notice(reading, officer, form)
        if payer is not None and on is not None:
            read_with(form, "on", partial(demand_standing, reading, payer, [on]), EnterpriseClosed)
        if payer is None or on is None or not form.sound:
            return None
        catalog = edition_in_use(reading)
        return preview_of(
            reading, form, catalog=catalog, region=officer.region, payer=payer, on=on, picks=picks
        )


def _payer(reading: Session, form: Form) -> EnterpriseRow | None:
    code = narrow_upper(form.value("uscc"))
    if not code:
        form.refuse("uscc", PAYER_NEEDED)
        return None
    return read_with(form, "uscc", lambda: enterprise_of(reading, code), EnterpriseUnknown)


def _picks(officer: Officer, form: Form) -> tuple[Pick, ...]:
    """Read the chosen fees, each with the unit that charges it; a department's own only."""
    picks = []
    for text in dict.fromkeys(form.values("item")[:PICKS_MAX]):
        unit, _, item = text.partition(":")
        if own_unit(officer) not in (None, unit):
            form.refuse("item", Text("只能为本单位开具。", "You may issue for your own unit only."))
        picks.append(Pick(unit, item))
    if not picks:
        form.refuse("item", ITEMS_NEEDED)
    return tuple(picks)


def _old_notice(reading: Session, officer: Officer, form: Form) -> NoticeRow | None:
    """Find the notice to be replaced, if one is named; it must still be unpaid."""
    text = form.value("supersedes")
    if not text:
        return None
    officer.require(Right.VOID_NOTICE)
    row = notice_of(reading, officer.region, record_number(text) or 0)
    if row.status not in UNPAID:
        read_with(form, "item", lambda: status_after(row.status, "void"), NoticeNotMovable)  # type: ignore[arg-type]  # the column holds these alone
    return row


def _choice_page(officer: Officer, form: Form) -> str:
    day = read_day(Form(form.written), "on", needed=False) or today()
    with kit().store.read() as reading:
        catalog = edition_in_use(reading)
        groups = []
        for unit in units_of(reading, officer.region, today()):
            if own_unit(officer) not in (None, unit.unit_code):
                continue
            allowed = items_of_unit(reading, officer.region, unit.unit_code, day)
            items = [item for item in catalog.items.values() if item.id in allowed]
            if items:
                groups.append((unit, items))
    return console_page(
        "console/issue_items.html",
        officer,
        form=form,
        groups=groups,
        chosen=set(form.values("item")),
        day=form.value("on") or day.isoformat(),
    )


def _lines_page(officer: Officer, form: Form) -> str:
    preview = _preview(officer, form)
    if preview is None:
        return _choice_page(officer, form)
    return console_page(
        "console/issue_lines.html",
        officer,
        form=form,
        preview=preview,
        ticked=_ticked(form, preview),
        keep_form=request.method == "POST" and request.path.endswith("/lines"),
    )


def _ticked(form: Form, preview: Preview) -> set[str]:
    """Give the lines to show ticked: those chosen, at first every one that can be issued as it is."""
    if form.value("seen") == "yes":
        return set(form.values("line"))
    return {row.key for row in preview.rows if row.refusal is None and not row.bounded}
