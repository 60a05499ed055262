"""Registering enterprises by file in the console: a template, every fault of a file, or all of it at once."""

import io
from typing import Final

from flask import Blueprint, make_response, request

from feeledger.doors import kit
from feeledger.errors import Fault, FeeLedgerError, Text
from feeledger.intake.register_batches import RegisterOffer, look_at_register, register_file
from feeledger.intake.register_rows import COLUMNS, column_words
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.web.console_door import Shown, console_page, done, officers, refused_page
from feeledger.web.console_intake import LINES_MAX, read_file_sent
from feeledger.web.forms import Form
from feeledger.web.language import page_language

register_file_pages = Blueprint("register_file", __name__)

FAULTS_SHOWN: Final = 500


@register_file_pages.get("/console/enterprises/register/file")
@officers(Right.REGISTER_ENTERPRISE)
def show_register_file(officer: Officer) -> Shown:
    """Show the form for a file of enterprises."""
    return _page(officer, Form())


@register_file_pages.get("/console/enterprises/register/template")
@officers(Right.REGISTER_ENTERPRISE)
def give_register_template(_officer: Officer) -> Shown:
    """Give a CSV with the headings, marked as UTF-8 so that spreadsheets read it right."""
    heads = ",".join(text.to(page_language()) for text in COLUMNS.values())
    answer = make_response(f"{heads}\r\n".encode("utf-8-sig"))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = "attachment; filename=enterprises-template.csv"
    return answer


@register_file_pages.post("/console/enterprises/register/file")
@officers(Right.REGISTER_ENTERPRISE)
def register_by_file(officer: Officer) -> Shown:
    """Register every enterprise of a sound file; with one fault nobody is."""
    form, here = Form(request.form), kit()
    raw, name = read_file_sent(form)
    if not form.sound:
        return refused_page(_page(officer, form))
    offer = RegisterOffer(name, officer.region, here.clock.today(), LINES_MAX)
    looked = look_at_register(here.store, io.BytesIO(raw), offer)
    if looked.faults:
        count = len(looked.faults)
        form.refuse(
            "file",
            Text(
                f"共 {count} 处错误，没有登记任何企业；改正后重新上传。",
                f"{count} faults, nobody was registered; correct them and send the file again.",
            ),
        )
        return refused_page(_page(officer, form, looked.faults))
    try:
        new = register_file(here.store, offer, looked, by=officer.login, now=here.clock.now())
    except FeeLedgerError as refused:
        form.refuse("file", refused.detail)
        return refused_page(_page(officer, form))
    text = Text(
        f"新登记 {new} 户，原已登记 {looked.known} 户。",
        f"{new} registered, {looked.known} were registered already.",
    )
    return done(text, "enterprises.list_enterprises")


def _page(officer: Officer, form: Form, faults: tuple[Fault, ...] = ()) -> str:
    return console_page(
        "console/register_file.html",
        officer,
        at="/console/enterprises/register/file",
        form=form,
        faults=faults[:FAULTS_SHOWN],
        column=column_words,
        more=len(faults) - FAULTS_SHOWN,
    )
