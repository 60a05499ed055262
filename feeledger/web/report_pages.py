"""Report a direct collection: anonymous to the department, with a number to ask about it by."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, session
from werkzeug.wrappers import Response

from feeledger.callers.actions import REPORTS
from feeledger.catalog.plan import plan_of
from feeledger.doors import count_call_here, kit, working_days
from feeledger.errors import Text
from feeledger.files import FILE_SIZE_MAX, FILES_MAX, FileNotAccepted, Upload
from feeledger.judgements import narrow
from feeledger.regions.queries import RegionNotOpen, open_regions
from feeledger.supervision.actions import Reported, report_collection
from feeledger.supervision.charge import HOW_PAID_TEXTS
from feeledger.supervision.report import ReportRefused, Told
from feeledger.supervision.states import Clock as CaseClock
from feeledger.web.formats import plain_lines, plain_text
from feeledger.web.forms import (
    Form,
    read_amount,
    read_choice,
    read_day,
    read_text,
)
from feeledger.web.language import link, page_language, say
from feeledger.web.present import catalog_in_use, today
from feeledger.web.region_choices import name_of_region

report_pages = Blueprint("report", __name__)

DEPARTMENT_NEEDED = Text("请填写收费的部门或单位。", "Enter the department or unit that charged.")
ITEM_NEEDED = Text("请填写收费的名目。", "Enter what was charged for.")
HOW_NEEDED = Text("请选择是怎么付的。", "Choose how it was paid.")
REGION_NEEDED = Text("请选择事情发生的地区。", "Choose the region where it happened.")


@report_pages.get("/report")
def show_report() -> str:
    """Show the form; what the address names is filled in."""
    form = Form(request.args.copy())
    item = catalog_in_use().items.get(form.value("item"))
    if item is not None:
        form.written["item"] = item.name.to(page_language())
    return _page(form)


@report_pages.post("/report")
def send_report() -> str | Response:
    """Take the report and go to its number, or show what is wrong with the form.

    Raises TooManyRequests: reports are open to everybody, and their files take room.
    """
    form = Form(request.form)
    told = told_of(form)
    if told is None:
        return _page(form)
    count_call_here(REPORTS)
    reported = take_report(told, form)
    if reported is None:
        return _page(form)
    session["report"] = str(reported.report)
    return redirect(link("report.show_received"), code=303)


@report_pages.get("/report/received")
def show_received() -> str | Response:
    """Show the number of the report just sent."""
    number = session.get("report")
    if number is None:
        return redirect(link("report.show_report"), code=303)
    return render_template("report/received.html", number=number)


def told_of(form: Form) -> Told | None:
    """Read the report; None where a field is wrong (noted in the form)."""
    read_choice(form, "region", _open_regions(), needed=REGION_NEEDED)
    department = read_text(form, "department", needed=DEPARTMENT_NEEDED, longest=100)
    item = read_text(form, "item", needed=ITEM_NEEDED)
    amount = read_amount(form, "amount")
    charged_on = read_day(form, "charged_on")
    how_paid = read_choice(form, "how_paid", HOW_PAID_TEXTS, needed=HOW_NEEDED)
    arose_on = read_day(form, "arose_on", needed=False)
    name = read_text(form, "reporter_name", needed=None, longest=100)
    contact = read_text(form, "reporter_contact", needed=None)
    if not form.sound or amount is None or charged_on is None:
        return None
    return Told(
        department=department,
        item=item,
        amount=amount,
        charged_on=charged_on,
        how_paid=how_paid,
        channel="page",
        arose_on=arose_on,
        payer=narrow(form.value("payer")),
        account=plain_text(form.value("account")),
        ticket_no=plain_text(form.value("ticket_no")),
        story=plain_lines(form.value("story")),
        anonymous=form.value("named") != "yes",
        reporter_name=name,
        reporter_contact=contact,
        files=files_of_form(),
    )


def files_of_form() -> tuple[Upload, ...]:
    """Give the files sent; one more than allowed is read, so that too many are noticed."""
    sent = [file for file in request.files.getlist("files") if file.filename]
    return tuple(
        Upload(file.filename or "", file.stream.read(FILE_SIZE_MAX + 1))
        for file in sent[: FILES_MAX + 1]
    )


def take_report(told: Told, form: Form) -> Reported | None:
    """Hand the report over; what is refused is noted beside its field."""
    clock = kit().clock
    plan = plan_of(catalog_in_use())
    try:
        with kit().store.write() as writing:
            return report_collection(
                writing,
                told,
                region=form.value("region"),
                plan=plan,
                today=clock.today(),
                now=clock.now(),
                clock=CaseClock(working_days()),
            )
    except ReportRefused as refused:
        for name, fault in refused.errors:
            form.refuse(name, fault)
    except FileNotAccepted as refused:
        form.refuse("files", refused.detail)
    except RegionNotOpen as refused:
        form.refuse("region", refused.detail)
    return None


def _open_regions() -> list[str]:
    with kit().store.read() as reading:
        return [row.code for row in open_regions(reading)]


def _page(form: Form) -> str:
    day = today()
    regions = _open_regions()
    return render_template(
        "report/form.html",
        form=form,
        regions=[(code, say(name_of_region(code, day))) for code in regions],
        region=form.value("region") or (regions[0] if len(regions) == 1 else ""),
        day=day,
        **names_of_fields(),
    )


def names_of_fields() -> dict[str, Any]:
    """Give what the fields of a report need; the console's form has the same."""
    return {
        "ways": HOW_PAID_TEXTS,
        "files_max": FILES_MAX,
        "megabytes": FILE_SIZE_MAX // 1024 // 1024,
    }
