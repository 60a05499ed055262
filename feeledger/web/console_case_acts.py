"""What officers do with cases: a department speaks, the bureau decides, a desk takes a report down.

Who may do which act is said by the right of its view; when, by the case's own rules.
"""

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final, cast

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.files import Upload
from feeledger.money import Money
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.supervision.case import RULES
from feeledger.supervision.case_actions import (
    OF_THE_DEPARTMENT,
    locked_case,
    move_case,
    publish_case,
)
from feeledger.supervision.proof_queries import proof_of_rectification
from feeledger.supervision.states import EVENT_TEXTS, Act, Event
from feeledger.web.console_cases import case_shown
from feeledger.web.console_door import (
    REASON_NEEDED,
    Shown,
    carry_out,
    case_clock,
    console_page,
    done,
    officers,
    own_unit,
    refused_page,
)
from feeledger.web.forms import Form, read_amount, read_choice, read_text
from feeledger.web.present import today
from feeledger.web.report_pages import files_of_form, names_of_fields, take_report, told_of

case_act_pages = Blueprint("case_acts", __name__)

EVENT_NEEDED: Final = Text("请选择要办理什么。", "Choose what to do.")
DEPARTMENT_EVENTS: Final = tuple(event for event in RULES if event in OF_THE_DEPARTMENT)
BUREAU_EVENTS: Final = tuple(event for event in RULES if event not in OF_THE_DEPARTMENT)
LONGEST: Final = 4000
CODES: Final = re.compile(r"[0-9]{20}")


@case_act_pages.post("/console/cases/<record:case>/department")
@officers(Right.EXPLAIN_CASE)
def speak(officer: Officer, case: int) -> Shown:
    """Take the department's explanation, appeal or report of rectification, with its files."""
    return _move(officer, case, DEPARTMENT_EVENTS, files=files_of_form())


@case_act_pages.post("/console/cases/<record:case>/decision")
@officers(Right.DECIDE_CASE)
def decide(officer: Officer, case: int) -> Shown:
    """Decide as the case's state allows; a third person, after the department was heard."""
    return _move(officer, case, BUREAU_EVENTS, files=())


@case_act_pages.post("/console/cases/<record:case>/publication")
@officers(Right.PUBLISH_CASE)
def publish(officer: Officer, case: int) -> Shown:
    """Order that a confirmed case be shown to the public (R-S5)."""
    form = Form(request.form)
    reason = read_text(form, "publish_reason", needed=REASON_NEEDED, longest=LONGEST)
    if form.sound:
        published = carry_out(
            form,
            "publish_reason",
            lambda session: (
                publish_case(
                    session,
                    region=officer.region,
                    case=case,
                    actor=officer.login,
                    reason=reason,
                    today=today(),
                    now=kit().clock.now(),
                    clock=case_clock(),
                ).id
            ),
        )
        if published is not None:
            text = Text("案件已公开。", "The case is published.")
            return done(text, "cases.show_case", case=case)
    return refused_page(case_shown(officer, case, form))


@case_act_pages.get("/console/reports/new")
@officers(Right.OPEN_CASE)
def show_report_form(officer: Officer) -> Shown:
    """Show the form to take down what an enterprise tells at the desk."""
    return _report_page(officer, Form(request.args.copy()))


@case_act_pages.post("/console/reports/new")
@officers(Right.OPEN_CASE)
def take_down_report(officer: Officer) -> Shown:
    """Take a report down; who does so counts as the opener of its case (R-S1)."""
    form = Form(request.form.copy())
    form.written["region"] = officer.region
    told = told_of(form)
    if told is not None:
        told = replace(told, channel="console", entered_by=officer.login)
        reported = take_report(told, form)
        if reported is not None:
            text = Text(
                f"举报已记录，编号 {reported.report}。", f"Report {reported.report} is kept."
            )
            if reported.case is None:
                return done(text, "cases.list_cases")
            return done(text, "cases.show_case", case=reported.case)
    return refused_page(_report_page(officer, form))


def _move(
    officer: Officer, case: int, allowed: Collection[Event], *, files: tuple[Upload, ...]
) -> Shown:
    """Make one move of a case, or show what stands against it."""
    form = Form(request.form)
    event = cast("Event", read_choice(form, "event", allowed, needed=EVENT_NEEDED))
    reason = read_text(form, "reason", needed=REASON_NEEDED, longest=LONGEST)
    hearing = read_text(form, "hearing", needed=None, longest=LONGEST)
    amount = read_amount(form, "amount") if event == "order_rectification" else None
    if form.sound:
        act = Act(event, officer.login, today(), reason, hearing, amount)
        moved = carry_out(
            form,
            "reason",
            lambda session: _write_move(session, officer, case, act, form=form, files=files),
        )
        if moved is not None:
            name = EVENT_TEXTS[event]
            text = Text(f"已办理：{name.zh}。", f"Done: {name.en}.")
            return done(text, "cases.show_case", case=case)
    return refused_page(case_shown(officer, case, form))


def _write_move(
    session: Session,
    officer: Officer,
    case: int,
    act: Act,
    *,
    form: Form,
    files: tuple[Upload, ...],
) -> int:
    """Write a move; the proof of a rectification is added up from the books, never stated."""
    if act.event == "report_rectification":
        act = replace(act, amount=_proof(session, officer, case, form))
    return move_case(
        session,
        region=officer.region,
        case=case,
        act=act,
        now=kit().clock.now(),
        clock=case_clock(),
        files=files,
        unit_code=own_unit(officer),
    ).id


def _proof(session: Session, officer: Officer, case: int, form: Form) -> Money:
    codes = CODES.findall("".join(form.value("pay_codes").split(" ")))
    return proof_of_rectification(session, locked_case(session, officer.region, case), codes)


def _report_page(officer: Officer, form: Form) -> str:
    return console_page("console/report.html", officer, form=form, regions=[], **names_of_fields())
