"""Facts by file in the console: send a file, see every fault of it, take it in whole, get it back.

A department's officer sends for the own unit only, and sees its files only.
"""

import io
from datetime import date, timedelta
from itertools import islice
from typing import Final

from flask import Blueprint, make_response, redirect, request
from werkzeug.wrappers import Response

from feeledger.catalog.queries import edition_in_use
from feeledger.doors import kit
from feeledger.enterprises.reassessment_actions import count_reassessments_due, reassessments_due
from feeledger.errors import FeeLedgerError, FileRefused, Text
from feeledger.intake.actions import FAULTS_KEPT
from feeledger.intake.batches import check_file, look_at_file, offer_of_row, take_file
from feeledger.intake.faults import fact_file_fault
from feeledger.intake.headings import RESULT_MARKS
from feeledger.intake.offer import Offer, Sheet
from feeledger.intake.queries import (
    content_of_intake,
    count_intakes,
    faults_of_intake,
    find_intakes,
    intake_of,
)
from feeledger.intake.register_rows import column_words
from feeledger.intake.results import file_with_faults
from feeledger.intake.sheets import lines_of_file
from feeledger.intake.tables import FactIntakeRow
from feeledger.intake.templates import csv_template, excel_template
from feeledger.intake.wanted import facts_wanted
from feeledger.people.queries import Officer
from feeledger.people.roles import Right, Role
from feeledger.regions.queries import units_of
from feeledger.web.console_door import (
    Shown,
    console_page,
    done,
    officers,
    own_unit,
    refused_page,
)
from feeledger.web.console_names import keep_names_of_payers
from feeledger.web.console_register import FACT_SOURCES
from feeledger.web.forms import Form, read_choice, read_day, read_text
from feeledger.web.language import link, page_language
from feeledger.web.paging import Page, asked_page
from feeledger.web.present import today

intake_pages = Blueprint("intake", __name__)

SIZE_MAX: Final = 11 * 1024 * 1024
LINES_MAX: Final = 20_000  # what is looked at and written within the time of one request
LINES_SHOWN: Final = 20
FILE_NEEDED: Final = Text("请选择数据文件。", "Choose the file of facts.")
SOURCE_NEEDED: Final = Text("请选择是谁提供的。", "Choose who says so.")
UNIT_NEEDED: Final = Text("请选择提供数据的执收单位。", "Choose the unit that says so.")
STATES: Final = {
    "faulty": Text("有错误，未导入", "faulty, not taken in"),
    "checked": Text("检查无误，待导入", "sound, to be taken in"),
    "taken": Text("已导入", "taken in"),
}
STATE_TONES: Final = {"faulty": "bad", "checked": "warn", "taken": "good"}
FILE_KINDS: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}


@intake_pages.get("/console/facts")
@officers(Right.SEE_FACTS)
def list_intakes(officer: Officer) -> Shown:
    """Show the files of facts, the latest first, and the form for one.

    What was said with a file before it was refused stands in the form again.
    """
    return _list_page(officer, Form(request.args))


@intake_pages.post("/console/facts")
@officers(Right.SUBMIT_FACTS)
def send_file(officer: Officer) -> Shown:
    """Look at a file whole; what was found stands on its page, and nothing is taken in yet."""
    form = Form(request.form)
    raw, name = read_file_sent(form)
    offer = _offer_of(form, officer, name)
    if not form.sound:
        return refused_page(_list_page(officer, form))
    here = kit()
    with here.store.read() as session:
        catalog = edition_in_use(session)
    sheet = Sheet(catalog, io.BytesIO(raw), lines_max=LINES_MAX)
    looked = look_at_file(here.store, officer.region, sheet, offer, now=here.clock.now())
    row = check_file(
        here.store,
        officer.region,
        sheet,
        offer,
        looked,
        by=officer.login,
        now=here.clock.now(),
    )
    if row.state == "faulty":
        return redirect(link("intake.show_intake", intake=row.id), code=303)
    text = {
        "checked": Text("文件检查无误。", "The file is sound."),
        "taken": Text(
            "这份文件以前已导入，没有改动。", "This file was taken in before; nothing changed."
        ),
    }[row.state]
    return done(text, "intake.show_intake", intake=row.id)


@intake_pages.get("/console/facts/<record:intake>")
@officers(Right.SEE_FACTS)
def show_intake(officer: Officer, intake: int) -> Shown:
    """Show what a file holds: its counts, its faults page by page, its first lines."""
    return _intake_page(officer, intake, Form())


@intake_pages.post("/console/facts/<record:intake>/take")
@officers(Right.SUBMIT_FACTS)
def take_intake(officer: Officer, intake: int) -> Shown:
    """Take a sound file in, whole."""
    form, here = Form(request.form), kit()
    with here.store.read() as session:
        intake_of(session, officer.region, intake, said_by=own_unit(officer))
        raw = content_of_intake(session, officer.region, intake)
        catalog = edition_in_use(session)
    try:
        row = take_file(
            here.store,
            officer.region,
            intake,
            Sheet(catalog, io.BytesIO(raw or b"")),
            by=officer.login,
            now=here.clock.now(),
        )
    except FileRefused as refused:
        form.refuse("take", _outdated(refused))
    except FeeLedgerError as refused:
        form.refuse("take", refused.detail)
    else:
        text = Text(f"已导入：新记 {row.new} 项。", f"Taken in: {row.new} facts recorded.")
        return done(text, "intake.show_intake", intake=intake)
    return refused_page(_intake_page(officer, intake, form))


@intake_pages.get("/console/facts/<record:intake>/file")
@officers(Right.SEE_FACTS)
def give_result(officer: Officer, intake: int) -> Shown:
    """Give the file back with a column of faults, to be corrected and sent again."""
    here = kit()
    with here.store.read() as session:
        row = intake_of(session, officer.region, intake, said_by=own_unit(officer))
        raw = content_of_intake(session, officer.region, intake)
        catalog = edition_in_use(session)
    file = io.BytesIO(raw or b"")
    sheet, now = Sheet(catalog, file, lines_max=LINES_MAX), here.clock.now()
    faults = look_at_file(here.store, row.region, sheet, offer_of_row(row), now=now).faults
    try:
        made, ending = file_with_faults(file, row.file_name, faults, page_language())
    except FileRefused:
        made, ending = raw or b"", "csv"
    return _download(made, f"facts-{intake}", ending)


@intake_pages.get("/console/facts/template")
@officers(Right.SUBMIT_FACTS)
def give_template(officer: Officer) -> Shown:
    """Give a template with the facts that a fee reads, or all of them."""
    with kit().store.read() as session:
        catalog = edition_in_use(session)
    items = [item for item in request.args.getlist("item") if item in catalog.items]
    facts = facts_wanted(catalog, today(), officer.region, items=items)
    if request.args.get("kind") == "csv":
        return _download(csv_template(facts, page_language()), "facts-template", "csv")
    return _download(excel_template(facts, page_language()), "facts-template", "xlsx")


@intake_pages.get("/console/facts/due")
@officers(Right.SEE_ENTERPRISES)
def list_due(officer: Officer) -> Shown:
    """Show which enterprises are to be assessed again, and why."""
    asked = asked_page(request.args)
    with kit().store.read() as session:
        total = count_reassessments_due(session, officer.region)
        asked = asked.within(total)
        rows = reassessments_due(session, officer.region, limit=asked.size, offset=asked.offset)
        facts = edition_in_use(session).facts
        keep_names_of_payers(session, [row.uscc for row in rows])
    labels = {name: fact.label for name, fact in facts.items()}
    page = Page(rows, asked.number, asked.size, total)
    return console_page("console/facts_due.html", officer, page=page, labels=labels, causes=CAUSES)


CAUSES: Final = {
    "facts": Text("情况有变", "facts changed"),
    "decision": Text("分歧已裁定", "a dispute was decided"),
    "register": Text("登记信息有变", "the register was amended"),
    "standing": Text("企业注销、吊销或恢复", "the enterprise was closed, revoked or restored"),
    "edition": Text("目录有变", "the catalog changed"),
}


def read_file_sent(form: Form) -> tuple[bytes, str]:
    """Read the file of a form; one that is missing or too large is noted."""
    sent = request.files.get("file")
    name = (sent.filename or "") if sent is not None else ""
    raw = sent.stream.read(SIZE_MAX + 1) if sent is not None and name else b""
    if not name:
        form.refuse("file", FILE_NEEDED)
    elif len(raw) > SIZE_MAX:
        fault = fact_file_fault("file-too-large", name, 1, most=SIZE_MAX)
        zh = f"{fault.problem.zh}；{fault.remedy.zh}。"
        form.refuse("file", Text(zh, f"{fault.problem.en}; {fault.remedy.en}."))
    return raw, name


def _offer_of(form: Form, officer: Officer, name: str) -> Offer:
    """Read what is said with a file; faults are noted in the form."""
    since = read_day(form, "since", needed=False)
    until = read_day(form, "until", needed=False)
    if since is not None and until is not None and until < since:
        form.refuse("until", Text("止日早于起日。", "The last day lies before the first."))
    document = read_text(form, "document", needed=None)
    source, unit = "department", own_unit(officer)
    if officer.role is not Role.DEPARTMENT:
        source = read_choice(form, "source", FACT_SOURCES, needed=SOURCE_NEEDED)
        if source == "department":
            unit = read_choice(form, "unit", dict(_units(officer)), needed=UNIT_NEEDED) or None
    after = None if until is None or until == date.max else until + timedelta(days=1)
    return Offer(name, source, unit, document, since, after, keep_content=True)


def _units(officer: Officer) -> list[tuple[str, Text]]:
    with kit().store.read() as session:
        return [
            (row.unit_code, Text(row.name, row.name_en))
            for row in units_of(session, officer.region, today())
        ]


def _outdated(refused: FileRefused) -> Text:
    count = len(refused.faults)
    return Text(
        f"检查之后目录或登记有变，现有 {count} 处错误，没有导入；请重新上传。",
        f"The catalog or the register changed since: {count} faults now, nothing was taken in; "
        f"send the file again.",
    )


def _list_page(officer: Officer, form: Form) -> str:
    asked, unit = asked_page(request.args), own_unit(officer)
    with kit().store.read() as session:
        total = count_intakes(session, officer.region, said_by=unit)
        asked = asked.within(total)
        rows = find_intakes(
            session, officer.region, said_by=unit, limit=asked.size, offset=asked.offset
        )
        items = [(each.id, each.name) for each in edition_in_use(session).items.values()]
    return console_page(
        "console/intakes.html",
        officer,
        at=link("intake.list_intakes"),
        form=form,
        page=Page(rows, asked.number, asked.size, total),
        states=STATES,
        tones=STATE_TONES,
        sources=FACT_SOURCES,
        units=_units(officer),
        own_unit=unit,
        items=items,
    )


def _intake_page(officer: Officer, intake: int, form: Form) -> str:
    asked = asked_page(request.args)
    with kit().store.read() as session:
        row = intake_of(session, officer.region, intake, said_by=own_unit(officer))
        raw = content_of_intake(session, officer.region, intake)
        faults = faults_of_intake(
            session, officer.region, intake, limit=asked.size, offset=asked.offset
        )
    return console_page(
        "console/intake.html",
        officer,
        at=link("intake.show_intake", intake=intake),
        form=form,
        row=row,
        page=Page(faults, asked.number, asked.size, min(row.faults, FAULTS_KEPT)),
        lines=_first_lines(raw, row.file_name),
        again=_said_with(row),
        column=column_words,
        states=STATES,
        tones=STATE_TONES,
        sources=FACT_SOURCES,
        units=dict(_units(officer)),
        kept=FAULTS_KEPT,
    )


def _first_lines(raw: bytes | None, name: str) -> list[tuple[int, list[str]]]:
    """Give the headings and the first lines of a file, as they stand; none where unreadable."""
    if not raw:
        return []
    try:
        lines = list(islice(lines_of_file(io.BytesIO(raw), name), LINES_SHOWN + 1))
    except FileRefused:
        return []
    texts = [(number, [cell.text for cell in cells]) for number, cells in lines]
    # The column of faults that we gave out ourselves tells of the file before this one.
    ours = (
        {at for at, text in enumerate(texts[0][1]) if text.strip() in RESULT_MARKS} if texts else ()
    )
    return [(n, [text for at, text in enumerate(cells) if at not in ours]) for n, cells in texts]


def _said_with(row: FactIntakeRow) -> dict[str, str]:
    """Give what was said with a file, for the form that sends it again."""
    until = row.valid_to - timedelta(days=1) if row.valid_to else None
    said = {
        "source": row.source,
        "unit": row.said_by or "",
        "since": row.valid_from.isoformat() if row.valid_from else "",
        "until": until.isoformat() if until else "",
        "document": row.document or "",
    }
    return {name: text for name, text in said.items() if text}


def _download(made: bytes, name: str, ending: str) -> Response:
    answer = make_response(made)
    answer.headers["Content-Type"] = FILE_KINDS[ending]
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
