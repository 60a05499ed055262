"""Reliefs in the console: the list, applying for one, one with its decision (R-M4).

A department's officer sees and applies for reliefs of the notices that its own unit issued.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.doors import kit
from feeledger.errors import FeeLedgerError, FieldsRefused, Text
from feeledger.money import Money
from feeledger.notices.notice import STATUS_LABELS, UNPAID
from feeledger.notices.queries import lines_of
from feeledger.notices.relief_queries import amount_due, reliefs_of
from feeledger.notices.tables import NoticeRow
from feeledger.people.queries import Officer, names_of_officers
from feeledger.people.roles import Right
from feeledger.reliefs.actions import (
    apply_for_relief,
    approve_relief,
    refuse_relief,
    withdraw_relief,
)
from feeledger.reliefs.queries import (
    ReliefsWanted,
    count_reliefs,
    find_reliefs,
    lines_now,
    relief_of,
    terms_of,
)
from feeledger.reliefs.relief import (
    DOCUMENT_MAX,
    KINDS,
    REASON_MAX,
    STATES,
    Ground,
    ReliefImpossible,
    Terms,
    amount_after,
    effect_of,
)
from feeledger.reliefs.tables import NoticeReliefRow
from feeledger.trail import acts_about
from feeledger.web.console_door import (
    REASON_NEEDED,
    Shown,
    carry_out,
    console_page,
    done,
    officers,
    own_unit,
    record_number,
    refused_page,
)
from feeledger.web.console_notices import own_notice, searched_text
from feeledger.web.console_trail_words import shown_acts
from feeledger.web.forms import Form, plain_amount, read_amount, read_day, read_text
from feeledger.web.language import link
from feeledger.web.lookup_views import STATUS_TONES
from feeledger.web.paging import Page, asked_page
from feeledger.web.relief_views import asked_reliefs, shown_relief

relief_pages = Blueprint("reliefs", __name__)

WAITING: Final = "applied"
ALL: Final = "all"
BP_IN_PERCENT: Final = 100
PERCENT_WRONG: Final = Text(
    "百分比请填 0 至 100 之间的数，最多两位小数。",
    "Enter a number between 0 and 100 with at most two decimals.",
)
FILTERS: Final = ("state", "kind", "text")


@relief_pages.get("/console/notices/reliefs")
@officers(Right.SEE_NOTICES)
def list_reliefs(officer: Officer) -> Shown:
    """Show the reliefs that fit; those that wait for their decision unless asked otherwise."""
    form = Form(request.args)
    chosen = form.value("state")
    state = chosen if chosen in {*STATES, ALL} else WAITING
    wanted = ReliefsWanted(
        state="" if state == ALL else state,
        kind=form.value("kind") if form.value("kind") in KINDS else "",
        text=searched_text(form.value("text")),
        unit_code=own_unit(officer) or "",
    )
    region = officer.region
    with kit().store.read() as session:
        count = count_reliefs(session, region, wanted)
        asked = asked_page(request.args).within(count)
        found = find_reliefs(session, region, wanted, limit=asked.size, offset=asked.offset)
        names = names_of_officers(session)
    entries = [(shown_relief(one.row), one.notice) for one in found]
    return console_page(
        "console/reliefs.html",
        officer,
        form=form,
        state=state,
        all_states={**STATES, ALL: Text("全部", "all")},
        kinds=KINDS,
        page=Page(entries, asked.number, asked.size, count),
        filters={name: form.value(name) for name in FILTERS if form.value(name)},
        names=names,
    )


@relief_pages.get("/console/notices/<record:notice>/relief")
@officers(Right.APPLY_RELIEF)
def draw_up_relief(officer: Officer, notice: int) -> Shown:
    """Show the form of a relief with the lines of its notice."""
    return _form_page(officer, notice, Form())


@relief_pages.post("/console/notices/<record:notice>/relief")
@officers(Right.APPLY_RELIEF)
def apply_here(officer: Officer, notice: int) -> Shown:
    """Apply for a relief; another person decides."""
    form = Form(request.form)
    terms, ground = _read(form)
    if form.sound:
        made = _carry_out_fields(
            form,
            lambda session: (
                apply_for_relief(
                    session,
                    officer.region,
                    own_notice(session, officer, notice, issued_by_it=True).id,
                    terms,
                    ground,
                    by=officer.login,
                    now=kit().clock.now(),
                ).id
            ),
        )
        if made is not None:
            text = Text("已申请，待另一人审批。", "Applied for; another person decides.")
            return done(text, "reliefs.show_relief", relief=made)
    return refused_page(_form_page(officer, notice, form))


@relief_pages.get("/console/notices/reliefs/<record:relief>")
@officers(Right.SEE_NOTICES)
def show_relief(officer: Officer, relief: int) -> Shown:
    """Show a relief with its notice, what it comes to, and what may be done."""
    return _relief_page(officer, relief, Form())


@relief_pages.post("/console/notices/reliefs/<record:relief>/approve")
@officers(Right.DECIDE_RELIEF)
def approve(officer: Officer, relief: int) -> Shown:
    """Approve a relief; from now on the notice asks less, or later."""
    said = Text(
        "已批准，通知书应缴已更新。", "Approved; the notice asks less, or later, from now on."
    )
    return _decide(officer, relief, "approve_reason", approve_relief, said=said, needed=None)


@relief_pages.post("/console/notices/reliefs/<record:relief>/refuse")
@officers(Right.DECIDE_RELIEF)
def refuse(officer: Officer, relief: int) -> Shown:
    """Refuse a relief with a reason."""
    said = Text("未批准。", "Refused.")
    return _decide(officer, relief, "refuse_reason", refuse_relief, said=said)


@relief_pages.post("/console/notices/reliefs/<record:relief>/withdraw")
@officers(Right.APPLY_RELIEF)
def withdraw(officer: Officer, relief: int) -> Shown:
    """Take an application back."""
    said = Text("申请已撤回。", "The application is withdrawn.")
    return _decide(officer, relief, "withdraw_reason", withdraw_relief, said=said)


def _decide(
    officer: Officer,
    relief: int,
    name: str,
    act: Callable[..., Any],
    *,
    said: Text,
    needed: Text | None = REASON_NEEDED,
) -> Shown:
    form = Form(request.form)
    reason = read_text(form, name, needed=needed, longest=REASON_MAX)

    def decide(session: Session) -> bool:
        found = relief_of(session, officer.region, relief)
        own_notice(session, officer, found.notice, issued_by_it=True)
        act(
            session,
            officer.region,
            relief,
            reason=reason,
            by=officer.login,
            now=kit().clock.now(),
        )
        return True

    if form.sound and carry_out(form, name, decide):
        return done(said, "reliefs.show_relief", relief=relief)
    return refused_page(_relief_page(officer, relief, form))


def _carry_out_fields(form: Form, act: Callable[[Session], int]) -> int | None:
    """Apply; each fault of what was asked for goes beside its own field, all at once."""
    try:
        with kit().store.write() as session:
            return act(session)
    except FieldsRefused as refused:
        for name, fault in refused.errors:
            form.refuse(name, fault)
    except FeeLedgerError as refused:
        form.refuse("kind", refused.detail)
    return None


def _read(form: Form) -> tuple[Terms, Ground]:
    kind = form.value("kind")
    reduces = kind == "reduce"
    amount = read_amount(form, "amount", needed=False) if reduces else None
    bp = _read_percent(form) if kind in ("reduce", "late") else None
    terms = Terms(
        kind=kind,
        line_no=None if kind == "defer" else record_number(form.value("line_no")),
        amount=amount,
        bp=bp,
        due_on=read_day(form, "due_on", needed=False) if kind == "defer" else None,
    )
    ground = Ground(
        document=read_text(form, "document", needed=None, longest=DOCUMENT_MAX),
        issued_on=read_day(form, "document_on", needed=False),
        issuer=read_text(form, "issuer", needed=None, longest=DOCUMENT_MAX),
        reason=read_text(form, "reason", needed=None, longest=REASON_MAX),
    )
    return terms, ground


def _read_percent(form: Form) -> int | None:
    """Read a percentage into hundredths of a per cent; nothing written is None."""
    text = plain_amount(form.value("percent").replace("%", "").replace("％", ""))
    if not text:
        return None
    try:
        hundredths = Decimal(text) * BP_IN_PERCENT
    except InvalidOperation:
        hundredths = Decimal("NaN")
    sound = hundredths.is_finite() and 0 <= hundredths <= BP_IN_PERCENT**2
    if not sound or hundredths != int(hundredths):
        form.refuse("percent", PERCENT_WRONG)
        return None
    return int(hundredths)


def _form_page(officer: Officer, notice: int, form: Form) -> str:
    with kit().store.read() as session:
        row = own_notice(session, officer, notice, issued_by_it=True)
        rows = lines_of(session, row.region, row.id)
        reliefs = reliefs_of(session, row.region, [row.id])[row.id]
        now = lines_now(rows, reliefs)
        return console_page(
            "console/relief_new.html",
            officer,
            at=link("reliefs.draw_up_relief", notice=notice),
            form=form,
            row=row,
            lines=list(zip(rows, now, strict=True)),
            due=amount_due(row),
            status=STATUS_LABELS[row.status],
            tone=STATUS_TONES.get(row.status, ""),
            open=row.status in UNPAID,
            kinds=KINDS,
            asked=asked_reliefs(session, row),
        )


def _relief_page(officer: Officer, relief: int, form: Form) -> str:
    with kit().store.read() as session:
        found = relief_of(session, officer.region, relief)
        notice = own_notice(session, officer, found.notice)
        names = names_of_officers(session)
        acts = [
            act
            for act in acts_about(session, officer.region, f"notice:{notice.id}")
            if act.details.get("relief") == str(relief)
        ]
        return console_page(
            "console/relief.html",
            officer,
            at=link("reliefs.show_relief", relief=relief),
            form=form,
            row=found,
            shown=shown_relief(found),
            notice=notice,
            status=STATUS_LABELS[notice.status],
            tone=STATUS_TONES.get(notice.status, ""),
            due=amount_due(notice),
            after=_after(session, found, notice),
            kinds=KINDS,
            names=names,
            history=shown_acts(acts, names),
        )


def _after(session: Session, found: NoticeReliefRow, notice: NoticeRow) -> Money | None:
    """Give what the notice would ask after an open relief; None where it can no longer act."""
    if found.state != "applied":
        return None
    reliefs = reliefs_of(session, notice.region, [notice.id])[notice.id]
    lines = lines_now(lines_of(session, notice.region, notice.id), reliefs)
    seq = notice.reliefs + 1
    try:
        effect = effect_of(terms_of(found), lines, seq=seq, due_on=notice.due_on)
    except ReliefImpossible:
        return None
    return amount_after(lines, effect)
