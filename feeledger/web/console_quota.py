"""One yearly amount in the console: its lines and why, correction, audit, revision, its versions."""

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.doors import kit
from feeledger.enterprises.queries import enterprise_of
from feeledger.errors import Text
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.quotas.actions import audit_quota, correct_quota_line, revise_quota
from feeledger.quotas.queries import quota_of, quota_read, versions_of
from feeledger.quotas.quota import Correction
from feeledger.quotas.sheet import CORRECTABLE
from feeledger.quotas.tables import AnnualQuotaRow
from feeledger.supervision.notice_actions import Moment, weigh_year
from feeledger.trail import acts_about
from feeledger.web.console_door import (
    REASON_NEEDED,
    Shown,
    carry_out,
    case_clock,
    console_page,
    done,
    officers,
    refused_page,
)
from feeledger.web.console_quotas import regions_served
from feeledger.web.console_trail_words import shown_acts
from feeledger.web.forms import Form, read_amount, read_text
from feeledger.web.language import link, page_language
from feeledger.web.present import today
from feeledger.web.quota_views import (
    YEARLY_QUANTITIES,
    bar_text,
    facts_needed,
    shown_quota,
    shown_quota_lines,
)

quota_pages = Blueprint("quota", __name__)

DOCUMENT_NEEDED = Text("请写明所依据的文件。", "Name the document it rests on.")
LINE_NEEDED = Text("请选择要更正的一条。", "Choose the line to correct.")


@quota_pages.get("/console/quotas/<record:quota>")
@officers(Right.SEE_QUOTAS)
def show_quota(officer: Officer, quota: int) -> Shown:
    """Show a version: what it comes to, every line and why, what may be done with it."""
    return _quota_page(officer, quota, Form(request.args))


@quota_pages.post("/console/quotas/<record:quota>/correction")
@officers(Right.AUDIT_QUOTA)
def correct(officer: Officer, quota: int) -> Shown:
    """Set a line's amount on the ground of a document."""
    form = Form(request.form)
    told = _correction(form)
    if told is not None:
        row = carry_out(
            form,
            "line",
            lambda session: correct_quota_line(
                session, officer.region, quota, told, by=officer.login, now=kit().clock.now()
            ),
        )
        if row is not None:
            return done(Text("已更正。", "Corrected."), "quota.show_quota", quota=quota)
    return refused_page(_quota_page(officer, quota, form))


@quota_pages.post("/console/quotas/<record:quota>/audit")
@officers(Right.AUDIT_QUOTA)
def audit(officer: Officer, quota: int) -> Shown:
    """Audit one version."""
    form = Form(request.form)
    row = carry_out(
        form,
        "audit",
        lambda session: _audited(session, officer, quota),
    )
    if row is not None:
        return done(Text("已审核。", "Audited."), "quota.show_quota", quota=quota)
    return refused_page(_quota_page(officer, quota, form))


@quota_pages.post("/console/quotas/<record:quota>/revision")
@officers(Right.PREPARE_QUOTA)
def revise(officer: Officer, quota: int) -> Shown:
    """Prepare a new version with one line corrected; another person audits it."""
    form = Form(request.form)
    told = _correction(form)
    if told is not None:
        row = carry_out(
            form,
            "line",
            lambda session: revise_quota(
                session, officer.region, quota, [told], by=officer.login, now=kit().clock.now()
            ),
        )
        if row is not None:
            text = Text("已生成新一版草案。", "A new version is drafted.")
            return done(text, "quota.show_quota", quota=row.id)
    return refused_page(_quota_page(officer, quota, form))


def _audited(session: Session, officer: Officer, quota: int) -> AnnualQuotaRow:
    """Audit a version and hold the enterprise's notices against it at once (S13)."""
    now = kit().clock.now()
    row = audit_quota(session, officer.region, quota, by=officer.login, now=now)
    weigh_year(session, row.region, row.uscc, row.year, Moment(today(), now, case_clock()))
    return row


def _correction(form: Form) -> Correction | None:
    """Read a correction; faults are noted in the form."""
    line = read_text(form, "line", needed=LINE_NEEDED)
    amount = read_amount(form, "amount")
    document = read_text(form, "document", needed=DOCUMENT_NEEDED)
    reason = read_text(form, "reason", needed=REASON_NEEDED, longest=1000)
    if amount is None or not form.sound:
        return None
    return Correction(line, amount, reason, document)


def _quota_page(officer: Officer, quota: int, form: Form) -> str:
    with kit().store.read() as session:
        asked = request.args.get("region", "")
        served = [code for code, _ in regions_served(session, officer)]
        region = asked if asked in served else officer.region
        read = quota_read(session, quota_of(session, region, quota))
        row = read.row
        lines = shown_quota_lines(read, page_language())
        versions = versions_of(session, region, row.uscc, row.year)
        return console_page(
            "console/quota.html",
            officer,
            at=link("quota.show_quota", quota=quota),
            form=form,
            read=read,
            own=region == officer.region,
            quota=shown_quota(row),
            payer=enterprise_of(session, row.uscc),
            bar=bar_text(row),
            lines=lines,
            needed=facts_needed(lines),
            correctable=[each for each in lines if each.line.answer.outcome in CORRECTABLE],
            versions=[shown_quota(each) for each in versions],
            pending=any(each.state in ("draft", "audited") for each in versions),
            quantities=YEARLY_QUANTITIES,
            history=shown_acts(acts_about(session, region, f"quota:{row.id}")),
        )
