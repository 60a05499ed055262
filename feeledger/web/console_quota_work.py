"""What a bureau does with a year of yearly amounts: run and draft, audit in bulk, publish."""

from typing import Final

from flask import Blueprint, request

from feeledger.assessment.batches import assess_region, start_run
from feeledger.assessment.run_queries import run_of
from feeledger.catalog.plan import plan_of
from feeledger.catalog.queries import edition_in_use, edition_of
from feeledger.doors import kit
from feeledger.enterprises.batch_queries import count_at_home
from feeledger.errors import FeeLedgerError, FieldsRefused, Text
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.quotas.batches import audit_clear_quotas, draft_quotas, publish_quotas
from feeledger.quotas.bulk_actions import left_by_audit
from feeledger.quotas.list_queries import QuotasWanted, coverage_of_region, total_of_quotas
from feeledger.quotas.queries import finished_runs, publications_of
from feeledger.quotas.quota import Announcement
from feeledger.web.console_door import (
    Shown,
    console_page,
    done,
    officers,
    record_number,
    refused_page,
)
from feeledger.web.console_quotas import read_filter
from feeledger.web.forms import Form, read_day, read_text
from feeledger.web.present import today

quota_work_pages = Blueprint("quota_work", __name__)

AT_ONCE_MAX: Final = 5_000
RUN_NEEDED: Final = Text("请选择一次已完成的测算。", "Choose a finished run.")
MEDIUM_NEEDED: Final = Text("请填写公布媒介。", "Enter the medium.")
NUMBER_NEEDED: Final = Text("请填写期号或网址编号。", "Enter the issue or number.")
DOCUMENT_NEEDED: Final = Text("请填写文号。", "Enter the document's number.")
FUTURE: Final = Text("测算日不能在将来。", "The day of the run cannot lie in the future.")


@quota_work_pages.get("/console/quotas/work")
@officers(Right.SEE_QUOTAS)
def show_work(officer: Officer) -> Shown:
    """Show how far the year is, and what may be done with it."""
    return _work_page(officer, Form(request.args))


@quota_work_pages.post("/console/quotas/runs")
@officers(Right.PREPARE_QUOTA)
def run_and_draft(officer: Officer) -> Shown:
    """Assess the region on a day and draft from it at once; large regions use the command line."""
    form = Form(request.form)
    day = read_day(form, "on")
    if day is not None and day > today():
        form.refuse("on", FUTURE)
    here = kit()
    now = here.clock.now()
    with here.store.read() as session:
        plan = plan_of(edition_in_use(session))
        size = count_at_home(session, officer.region, today(), now)
    if size > AT_ONCE_MAX:
        form.refuse("on", _too_many(size, officer.region))
    if day is None or not form.sound:
        return refused_page(_work_page(officer, form))
    with here.store.write() as session:
        run = start_run(session, plan, region=officer.region, on=day, by=officer.login, now=now).id
    assess_region(here.store, plan, region=officer.region, run=run, now=here.clock.now)
    return _drafted(officer, form, run, "on")


@quota_work_pages.post("/console/quotas/drafts")
@officers(Right.PREPARE_QUOTA)
def draft_from_run(officer: Officer) -> Shown:
    """Draft from a finished run; a second time changes nothing."""
    form = Form(request.form)
    run = record_number(form.value("run"))
    if run is None:
        form.refuse("run", RUN_NEEDED)
        return refused_page(_work_page(officer, form))
    return _drafted(officer, form, run, "run")


@quota_work_pages.post("/console/quotas/audits")
@officers(Right.AUDIT_QUOTA)
def audit_all(officer: Officer) -> Shown:
    """Audit every draft in which nothing is open and that somebody else prepared."""
    form = Form(request.form)
    year = _year(form)
    try:
        told = audit_clear_quotas(
            kit().store, officer.region, year, by=officer.login, now=kit().clock.now
        )
    except FeeLedgerError as refused:
        form.refuse("audit", refused.detail)
        return refused_page(_work_page(officer, form))
    left = told.open_lines + told.nothing_stated + told.refused
    return done(
        Text(
            f"已审核 {told.audited} 户；有疑问留下 {left} 户，须他人审核 {told.own} 户。",
            f"{told.audited} audited; {left} left with open questions, {told.own} for another "
            "person.",
        ),
        "quota_work.show_work",
        year=year,
    )


@quota_work_pages.post("/console/quotas/publications")
@officers(Right.PUBLISH_QUOTA)
def publish_all(officer: Officer) -> Shown:
    """Publish all audited amounts of a year under one announcement."""
    form = Form(request.form)
    year = _year(form)
    told = read_announcement(form)
    if told is not None:
        try:
            count = publish_quotas(
                kit().store,
                officer.region,
                year,
                told,
                today=today(),
                by=officer.login,
                now=kit().clock.now,
            )
            text = Text(f"已公布 {count} 户。", f"{count} published.")
            return done(text, "quotas.list_quotas", year=year, state="published")
        except FieldsRefused as refused:
            for name, fault in refused.errors:
                form.refuse(name, Text(f"{fault.zh}。", f"{fault.en.capitalize()}."))
        except FeeLedgerError as refused:
            form.refuse("medium", refused.detail)
    return refused_page(_work_page(officer, form))


def read_announcement(form: Form) -> Announcement | None:
    """Read where amounts are published; faults are noted in the form."""
    medium = read_text(form, "medium", needed=MEDIUM_NEEDED, longest=100)
    number = read_text(form, "number", needed=NUMBER_NEEDED, longest=60)
    document = read_text(form, "document", needed=DOCUMENT_NEEDED, longest=100)
    day = read_day(form, "published_on")
    if day is None or not form.sound:
        return None
    return Announcement(medium, number, document, day)


def _drafted(officer: Officer, form: Form, run: int, field: str) -> Shown:
    here = kit()
    try:
        with here.store.read() as session:
            edition = run_of(session, officer.region, run).edition
            plan = plan_of(edition_of(session, edition))
        told = draft_quotas(
            here.store, plan, region=officer.region, run=run, by=officer.login, now=here.clock.now
        )
    except FeeLedgerError as refused:
        form.refuse(field, refused.detail)
        return refused_page(_work_page(officer, form))
    text = Text(
        f"{told.year} 年：新草案 {told.drafted} 户，未变 {told.unchanged} 户。",
        f"{told.year}: {told.drafted} drafted, {told.unchanged} unchanged.",
    )
    return done(text, "quota_work.show_work", year=told.year)


def _work_page(officer: Officer, form: Form) -> str:
    with kit().store.read() as session:
        filtered = read_filter(session, officer)
        year = filtered.wanted.year
        left = left_by_audit(session, officer.region, year, 0, by=officer.login)
        return console_page(
            "console/quota_work.html",
            officer,
            at="/console/quotas/work",
            form=form,
            filtered=filtered,
            year=year,
            covered=coverage_of_region(session, officer.region, year),
            runs=finished_runs(session, officer.region),
            left=left,
            waiting=total_of_quotas(session, officer.region, QuotasWanted(year, "draft"))[0],
            to_publish=total_of_quotas(session, officer.region, QuotasWanted(year, "audited"))[0],
            publications=publications_of(session, officer.region, year),
            day=form.value("on") or today().isoformat(),
            published_on=form.value("published_on") or today().isoformat(),
        )


def _year(form: Form) -> int:
    text = form.value("year")
    return int(text) if text.isascii() and text.isdecimal() and len(text) == len("2026") else 0


def _too_many(size: int, region: str) -> Text:
    return Text(
        f"本区划有 {size} 户，超过页面一次 {AT_ONCE_MAX} 户；请用 feeledger assess-region --region "
        f"{region} 测算，再在此选用。",
        f"The region has {size} enterprises, more than {AT_ONCE_MAX} at once on a page: run "
        f"feeledger assess-region --region {region}, then choose the run here.",
    )
