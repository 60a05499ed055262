"""Day reconciliation in the console: take in a bank's day file, see how it matched, close the day."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from flask import Blueprint, make_response, request

from feeledger.doors import kit
from feeledger.errors import Fault, FeeLedgerError, FileRefused, Text
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.reconciliation.actions import close_recon_day, import_day_file
from feeledger.reconciliation.difference import STATE_TEXTS
from feeledger.reconciliation.matching import MONEY_DIFFERS, REASON_TEXTS
from feeledger.reconciliation.queries import (
    batch_page,
    count_batches,
    day_overview,
    held_up_differences,
    raw_of_batch,
    recent_batches,
    unreconciled_banks,
)
from feeledger.reconciliation.request_queries import (
    count_requests,
    recent_request_refusals,
    recent_requests,
)
from feeledger.reconciliation.statements import SIZE_MAX
from feeledger.unmatched.flow_queries import awaited_lines
from feeledger.web.console_door import (
    REASON_NEEDED,
    Shown,
    carry_out,
    console_page,
    done,
    officers,
    record_number,
    refused_page,
)
from feeledger.web.forms import Form, read_text
from feeledger.web.language import link
from feeledger.web.paging import Page, asked_page
from feeledger.web.present import today

reconciliation_pages = Blueprint("reconciliation", __name__)

BATCH_STATES: Final[Mapping[str, Text]] = {
    "matched": Text("全部一致", "all agrees"),
    "with_differences": Text("有差异", "with differences"),
    "closed": Text("已关闭", "closed"),
}
BATCH_TONES: Final = {"matched": "good", "with_differences": "warn", "closed": "note"}
REQUEST_STATES: Final[Mapping[str, Text]] = {
    "received": Text("已受理，待核对", "taken in, to be judged"),
    "judged": Text("已核对", "judged"),
    "refused": Text("未能受理", "could not be taken in"),
}
REQUEST_TONES: Final = {"received": "note", "judged": "good", "refused": "bad"}
REFUSALS_SHOWN: Final = 20
OUTCOMES: Final[Mapping[str, Text]] = {
    "matched": Text("一致", "matched"),
    "differing": Text("金额不符", "differs"),
    "extra": Text("文件多出", "extra in the file"),
}
RESULTS: Final[Mapping[str, Text]] = {
    "15001": Text("金额不符", "differing"),
    "15002": Text("文件缺少（短款）", "missing in the file (short)"),
    "15003": Text("文件多出（长款）", "extra in the file (over)"),
    "14002": Text("到账款项不符", "other money came"),
}
FILE_NEEDED: Final = Text("请选择银行的日终对账文件。", "Choose the bank's day file.")


@reconciliation_pages.get("/console/reconciliation")
@officers(Right.SEE_RECONCILIATION)
def list_batches(officer: Officer) -> Shown:
    """Show the batches of the banks, the latest day first, and the form for a file."""
    return _batches_page(officer, Form(), ())


@reconciliation_pages.post("/console/reconciliation")
@officers(Right.IMPORT_DAY_FILE)
def take_in_file(officer: Officer) -> Shown:
    """Take in a day file whole, or show every fault of it with its line; nothing half done."""
    form = Form(request.form)
    sent = request.files.get("file")
    raw = sent.stream.read(SIZE_MAX + 1) if sent is not None else b""
    name = (sent.filename or "") if sent is not None else ""
    if not name:
        form.refuse("file", FILE_NEEDED)
        return refused_page(_batches_page(officer, form, ()))
    batch, faults = _imported(officer, form, raw, name)
    if batch is None:
        return refused_page(_batches_page(officer, form, faults))
    text = Text("对账文件已导入并核对。", "The file is taken in and compared.")
    return done(text, "reconciliation.show_batch", batch=batch)


@reconciliation_pages.get("/console/reconciliation/batches/<record:batch>")
@officers(Right.SEE_RECONCILIATION)
def show_batch(officer: Officer, batch: int) -> Shown:
    """Show a batch: both sides' totals, its differences, its lines."""
    asked = asked_page(request.args)
    with kit().store.read() as session:
        found = batch_page(session, officer.region, batch, limit=asked.size, offset=asked.offset)
    lines = Page(found.lines, asked.number, asked.size, found.batch.file_count)
    return console_page(
        "console/batch.html",
        officer,
        batch=found.batch,
        differences=found.differences,
        page=lines,
        missing=sum(row.result == "15002" for row in found.differences),
        extra=sum(row.result == "15003" for row in found.differences),
        differing=sum(row.result == "15001" for row in found.differences),
        astray=sum(row.result == MONEY_DIFFERS for row in found.differences),
        outcomes=OUTCOMES,
        **names_of_differences(),
    )


@reconciliation_pages.get("/console/reconciliation/batches/<record:batch>/file")
@officers(Right.SEE_RECONCILIATION)
def give_file(officer: Officer, batch: int) -> Shown:
    """Give the bank's file back, byte for byte, as a download."""
    with kit().store.read() as session:
        raw = raw_of_batch(session, officer.region, batch)
    answer = make_response(raw)
    answer.headers["Content-Type"] = "application/octet-stream"
    ending = "json" if raw[:1] == b"{" else "csv"  # a message's content, else a day file
    answer.headers["Content-Disposition"] = f'attachment; filename="batch-{batch}.{ending}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@reconciliation_pages.get("/console/reconciliation/messages")
@officers(Right.SEE_RECONCILIATION)
def list_messages(officer: Officer) -> Shown:
    """Show the statements that banks sent by wp.* messages: of their day, of an account, refused ones."""
    asked, region = asked_page(request.args), officer.region
    with kit().store.read() as session:
        total = count_requests(session, region)
        asked = asked.within(total)
        rows = recent_requests(session, region, limit=asked.size, offset=asked.offset)
        return console_page(
            "console/recon_messages.html",
            officer,
            at=link("reconciliation.list_messages"),
            page=Page(rows, asked.number, asked.size, total),
            refusals=recent_request_refusals(session, region, limit=REFUSALS_SHOWN),
            awaited=awaited_lines(session, region, limit=REFUSALS_SHOWN),
            states=REQUEST_STATES,
            tones=REQUEST_TONES,
        )


@reconciliation_pages.get("/console/reconciliation/days/<day>")
@officers(Right.SEE_RECONCILIATION)
def show_day(officer: Officer, day: str) -> Shown:
    """Show a bank day: each bank's payments and files, and what holds its closing up."""
    return _day_page(officer, _day_of(day), Form())


@reconciliation_pages.post("/console/reconciliation/days/<day>")
@officers(Right.CLOSE_RECON_DAY)
def close_day(officer: Officer, day: str) -> Shown:
    """Close a bank day; differences are settled or carried on by name (R-R5)."""
    form, on = Form(request.form), _day_of(day)
    reason = read_text(form, "close_reason", needed=REASON_NEEDED, longest=1000)
    numbers = [record_number(text) for text in form.values("carry")]
    carried = [number for number in numbers if number is not None]
    if form.sound:
        closed = carry_out(
            form,
            "close_reason",
            lambda session: (
                close_recon_day(
                    session,
                    region=officer.region,
                    day=on,
                    carried=carried,
                    actor=officer.login,
                    reason=reason,
                    now=kit().clock.now(),
                ).day
            ),
        )
        if closed is not None:
            text = Text(f"{on} 已关闭。", f"{on} is closed.")
            return done(text, "reconciliation.show_day", day=on.isoformat())
    return refused_page(_day_page(officer, on, form))


def names_of_differences() -> dict[str, Any]:
    """Give the words that tables of differences need."""
    return {
        "results": RESULTS,
        "reasons": REASON_TEXTS,
        "difference_states": STATE_TEXTS,
        "batch_states": BATCH_STATES,
        "batch_tones": BATCH_TONES,
    }


def _imported(
    officer: Officer, form: Form, raw: bytes, name: str
) -> tuple[int | None, tuple[Fault, ...]]:
    """Take a file in; a refusal is noted in the form, the faults of the file are given."""
    try:
        found = kit().store.attempt(
            lambda session: import_day_file(
                session,
                region=officer.region,
                raw=raw,
                file_name=name,
                actor=officer.login,
                now=kit().clock.now(),
            )
        )
    except FileRefused as refused:
        form.refuse("file", refused.detail)
        return None, refused.faults
    except FeeLedgerError as refused:
        result = getattr(refused, "result", "")
        head = f"{result} " if result else ""
        form.refuse("file", Text(f"{head}{refused.detail.zh}", f"{head}{refused.detail.en}"))
        return None, ()
    return found.batch, ()


def _day_of(text: str) -> date:
    """Read the day of an address; anything else counts as today."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return today()


def _batches_page(officer: Officer, form: Form, faults: tuple[Fault, ...]) -> str:
    asked, region = asked_page(request.args), officer.region
    with kit().store.read() as session:
        total = count_batches(session, region)
        asked = asked.within(total)
        rows = recent_batches(session, region, limit=asked.size, offset=asked.offset)
    return console_page(
        "console/batches.html",
        officer,
        at=link("reconciliation.list_batches"),
        form=form,
        faults=faults,
        page=Page(rows, asked.number, asked.size, total),
        **names_of_differences(),
    )


def _day_page(officer: Officer, day: date, form: Form) -> str:
    with kit().store.read() as session:
        return console_page(
            "console/recon_day.html",
            officer,
            at=link("reconciliation.show_day", day=day.isoformat()),
            form=form,
            day=day,
            overview=day_overview(session, officer.region, day),
            held_up=held_up_differences(session, officer.region, day),
            without_file=unreconciled_banks(session, officer.region, day),
            over=day < today(),
            **names_of_differences(),
        )
