"""Cases in the console: the list, one case with its signals, reports and moves, departments with flags.

A case is shown as it stands today. A department's officer sees its own unit's cases, and never who
reported (R-S3).
"""

from collections.abc import Iterable
from typing import Any, Final

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from feeledger.catalog.queries import edition_in_use
from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.files import FILE_SIZE_MAX, FILES_MAX, download_headers
from feeledger.notices.list_queries import add_figures, figures_by_status
from feeledger.notices.notice import PAID, UNPAID
from feeledger.people.queries import Officer, names_of_officers
from feeledger.people.roles import Right
from feeledger.regions.queries import items_of_unit, unit_of, units_of
from feeledger.supervision.case_actions import OF_THE_DEPARTMENT
from feeledger.supervision.charge import HOW_PAID_TEXTS
from feeledger.supervision.levels import LEVEL_TEXTS
from feeledger.supervision.queries import (
    CasesWanted,
    CaseView,
    FlaggedUnit,
    case_page,
    find_cases,
    flagged_units,
)
from feeledger.supervision.report_queries import (
    file_of_move,
    file_of_report,
    files_of_moves,
    reports_without_case,
)
from feeledger.supervision.states import EVENT_TEXTS, FINAL, STATE_TEXTS, Event
from feeledger.web.console import TO_DECIDE
from feeledger.web.console_door import (
    Shown,
    case_clock,
    console_page,
    officers,
    own_unit,
    viewer_of,
)
from feeledger.web.formats import plain_text
from feeledger.web.forms import Form
from feeledger.web.language import link, say
from feeledger.web.paging import asked_page, page_of
from feeledger.web.present import today

case_pages = Blueprint("cases", __name__)

LEVEL_TONES: Final = {"warning": "note", "yellow": "warn", "red": "bad"}
GROUPS: Final = {
    "open": Text("未结", "open"),
    "to_decide": Text("待财政处理", "waiting for the bureau"),
}
FILTERS: Final = ("state", "level", "unit", "text")
REPORTS_SHOWN: Final = 200


@case_pages.get("/console/cases")
@officers(Right.SEE_CASES)
def list_cases(officer: Officer) -> Shown:
    """Show the cases that fit the filters, as they stand today."""
    form = Form(request.args)
    state = form.value("state")
    wanted = CasesWanted(
        state=state if state in STATE_TEXTS else "",
        level=form.value("level") if form.value("level") in LEVEL_TEXTS else "",
        unit_code=own_unit(officer) or form.value("unit")[:40] or None,
        text=plain_text(form.value("text"))[:100],
    )
    with kit().store.read() as session:
        found = find_cases(session, officer.region, wanted, today=today(), clock=case_clock())
        units = [(row.unit_code, row.name) for row in units_of(session, officer.region, today())]
    return console_page(
        "console/cases.html",
        officer,
        form=form,
        page=page_of([view for view in found if _in_group(view, state)], asked_page(request.args)),
        filters={name: form.value(name) for name in FILTERS if form.value(name)},
        units=[] if own_unit(officer) else units,
        all_states={**GROUPS, **STATE_TEXTS},
        **names_of_cases(),
    )


@case_pages.get("/console/cases/<record:case>")
@officers(Right.SEE_CASES)
def show_case(officer: Officer, case: int) -> Shown:
    """Show one case with everything that the officer may see of it."""
    return case_shown(officer, case, Form())


@case_pages.get("/console/reports/<record:report>/files/<record:file_no>")
@officers(Right.SEE_CASES)
def give_report_file(officer: Officer, report: int, file_no: int) -> Shown:
    """Give a report's file as a download; never to a department (R-S3)."""
    with kit().store.read() as session:
        file = file_of_report(session, officer.region, report, file_no, viewer=viewer_of(officer))
    return Response(file.content, headers=download_headers(file))


@case_pages.get("/console/cases/<record:case>/moves/<record:seq>/files/<record:file_no>")
@officers(Right.SEE_CASES)
def give_move_file(officer: Officer, case: int, seq: int, file_no: int) -> Shown:
    """Give a file that came with a move of a case that the officer may see."""
    with kit().store.read() as session:
        _demand_case(session, officer, case)
        file = file_of_move(session, officer.region, case, seq, file_no)
    return Response(file.content, headers=download_headers(file))


@case_pages.get("/console/departments")
@officers(Right.SEE_CASES)
def list_departments(officer: Officer) -> Shown:
    """Show the units of the region and which of them confirmed cases flag (R-S1)."""
    with kit().store.read() as session:
        units = units_of(session, officer.region, today())
        flags = _flags(session, officer)
    known = {unit.unit_code for unit in units}
    return console_page(
        "console/departments.html",
        officer,
        units=[unit for unit in units if own_unit(officer) in (None, unit.unit_code)],
        flags={flag.unit_code: flag for flag in flags},
        others=[flag for flag in flags if flag.unit_code not in known and not own_unit(officer)],
        **names_of_cases(),
    )


@case_pages.get("/console/departments/<unit_code>")
@officers(Right.SEE_CASES)
def show_department(officer: Officer, unit_code: str) -> Shown:
    """Show a unit: its items, its notices in figures, its cases, its flag."""
    code = own_unit(officer) or unit_code
    region, wanted = officer.region, CasesWanted(unit_code=code)
    with kit().store.read() as session:
        unit = unit_of(session, region, code, today())
        allowed = items_of_unit(session, region, code, today())
        figures = figures_by_status(session, region, unit_code=code)
        catalog = edition_in_use(session)
        return console_page(
            "console/department.html",
            officer,
            unit=unit,
            items=[item for item in catalog.items.values() if item.id in allowed],
            paid=add_figures(figures, PAID),
            unpaid=add_figures(figures, UNPAID),
            flag={flag.unit_code: flag for flag in _flags(session, officer)}.get(code),
            cases=find_cases(session, region, wanted, today=today(), clock=case_clock()),
            **names_of_cases(),
        )


@case_pages.get("/console/reports")
@officers(Right.SEE_REPORTERS)
def list_reports(officer: Officer) -> Shown:
    """Show the reports that led to no case, for the bureau to read."""
    with kit().store.read() as session:
        found = reports_without_case(session, officer.region, limit=REPORTS_SHOWN)
    return console_page(
        "console/reports.html",
        officer,
        page=page_of(found, asked_page(request.args)),
        **names_of_cases(),
    )


def case_shown(officer: Officer, case: int, form: Form) -> str:
    """Make the page of a case; acts are offered as its state and the officer's rights allow."""
    with kit().store.read() as session:
        page = case_page(
            session,
            officer.region,
            case,
            viewer=viewer_of(officer),
            unit_code=own_unit(officer),
            today=today(),
            clock=case_clock(),
        )
        files = files_of_moves(session, officer.region, case)
        names = names_of_officers(session)
    events = page.events
    of_department = [event for event in events if event in OF_THE_DEPARTMENT]
    return console_page(
        "console/case.html",
        officer,
        at=link("cases.show_case", case=case),
        form=form,
        case=page,
        row=page.view.row,
        now=page.view.now,
        move_files=files,
        names=names,
        department_events=of_department if officer.may(Right.EXPLAIN_CASE) else [],
        bureau_events=[event for event in events if event not in OF_THE_DEPARTMENT]
        if officer.may(Right.DECIDE_CASE)
        else [],
        is_party=officer.login in {*page.view.now.parties, page.view.now.opened_by},
        publishable=page.view.now.confirmed_on is not None
        and page.view.now.state not in {"dismissed", "appealed"}
        and page.view.row.published_on is None,
        appeal_open=page.appeal_until is not None and today() <= page.appeal_until,
        **names_of_cases(),
    )


def names_of_cases() -> dict[str, Any]:
    """Give the words that pages of cases need."""
    return {
        "levels": LEVEL_TEXTS,
        "level_tones": LEVEL_TONES,
        "states": STATE_TEXTS,
        "events": EVENT_TEXTS,
        "ways": HOW_PAID_TEXTS,
        "finals": FINAL,
        "event_pairs": _event_pairs,
        "files_max": FILES_MAX,
        "megabytes": FILE_SIZE_MAX // 1024 // 1024,
    }


def _event_pairs(events: Iterable[Event]) -> list[tuple[str, str]]:
    """Give acts with their names, for a choice."""
    return [(event, say(EVENT_TEXTS[event])) for event in events]


def _in_group(view: CaseView, group: str) -> bool:
    if group == "open":
        return view.now.state not in FINAL
    return view.now.state in TO_DECIDE if group == "to_decide" else True


def _flags(session: Session, officer: Officer) -> tuple[FlaggedUnit, ...]:
    return flagged_units(session, officer.region, today=today(), clock=case_clock())


def _demand_case(session: Session, officer: Officer, case: int) -> None:
    """Let an officer pass who may see the case. Raises CaseUnknown."""
    case_page(
        session,
        officer.region,
        case,
        viewer=viewer_of(officer),
        unit_code=own_unit(officer),
        today=today(),
        clock=case_clock(),
    )
