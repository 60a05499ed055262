"""Notices in the console: the list and its export, a notice with its history, voiding.

A department's officer sees the notices that its own unit issued or has a line on, and of the others'
lines nothing.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, Response, make_response, request, session
from sqlalchemy.orm import Session

from feeledger.catalog.queries import edition_in_use
from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.money import Money
from feeledger.notices.actions import void_notice
from feeledger.notices.list_queries import (
    NoticesWanted,
    find_notices,
    successor_of,
    total_of_notices,
)
from feeledger.notices.notice import PAID, STATUS_LABELS, UNPAID
from feeledger.notices.printing import group_in_fours, notice_pdf
from feeledger.notices.queries import NoticeMissing, lines_of, notice_of
from feeledger.notices.relief_queries import amount_due
from feeledger.notices.tables import NoticeRow
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.refunds.queries import refunds_of_notice
from feeledger.regions.queries import units_of
from feeledger.supervision.notice_actions import Moment, weigh_voided
from feeledger.trail import acts_about, record_act
from feeledger.web.console import EXPIRING_DAYS
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
from feeledger.web.console_trail_words import shown_acts
from feeledger.web.formats import plain_code, plain_text
from feeledger.web.forms import Form, read_day, read_text
from feeledger.web.language import link, say
from feeledger.web.lookup_views import shown_notice
from feeledger.web.notice_pages import notice_shown, pdf_answer, sheet_to_print
from feeledger.web.paging import Page, asked_page
from feeledger.web.present import today
from feeledger.web.refund_views import names_of_refunds
from feeledger.web.region_choices import name_of_region
from feeledger.web.relief_views import asked_reliefs

console_notice_pages = Blueprint("notices", __name__)

EXPORT_MAX: Final = 50_000
DEMO_MARK: Final = "演示数据"
RISKY_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")
FILTERS: Final = ("status", "unit", "payer", "since", "until", "expiring")
COLUMNS: Final = (
    Text("缴款码", "pay code"),
    Text("状态", "status"),
    Text("缴款人", "payer"),
    Text("信用代码", "credit code"),
    Text("开具单位", "issued by"),
    Text("开具日期", "issued on"),
    Text("截止日", "due on"),
    Text("有效期至", "payable until"),
    Text("金额（元）", "amount in CNY"),
    Text("其中已减免（元）", "relieved in CNY"),
    Text("现应缴（元）", "asked now in CNY"),
)


@dataclass(frozen=True, slots=True)
class Filtered:
    """A filter form as read: what is wanted, and the notices whose time runs out soon alone."""

    form: Form
    wanted: NoticesWanted


@console_notice_pages.get("/console/notices")
@officers(Right.SEE_NOTICES)
def list_notices(officer: Officer) -> Shown:
    """Show the notices that fit the filters."""
    filtered = _filtered(officer)
    asked = asked_page(request.args)
    region = officer.region
    with kit().store.read() as reading:
        figure = total_of_notices(reading, region, filtered.wanted)
        asked = asked.within(figure.count)
        rows = find_notices(reading, region, filtered.wanted, limit=asked.size, offset=asked.offset)
        units = [(unit.unit_code, unit.name) for unit in units_of(reading, region, today())]
    place = name_of_region(region, today())
    entries = [shown_notice(row, place) for row in rows]
    kept = {name: filtered.form.value(name) for name in FILTERS if filtered.form.value(name)}
    return console_page(
        "console/notices.html",
        officer,
        form=filtered.form,
        page=Page(entries, asked.number, asked.size, figure.count),
        total=figure.total,
        filters=kept,
        statuses=STATUS_LABELS,
        units=[] if own_unit(officer) else units,
    )


@console_notice_pages.get("/console/notices/export")
@officers(Right.SEE_NOTICES)
def export_notices(officer: Officer) -> Shown:
    """Give the notices that fit as a CSV file; the trail keeps who took them away."""
    wanted = _filtered(officer).wanted
    with kit().store.write() as writing:
        rows = find_notices(writing, officer.region, wanted, limit=EXPORT_MAX)
        table: list[list[object]] = [[say(name) for name in COLUMNS], *map(_csv_cells, rows)]
        text = csv_text(marked_rows(table, demo=kit().settings.mode == "demo"))
        record_act(
            writing,
            region=officer.region,
            actor=officer.login,
            act="export-notices",
            subject=f"region:{officer.region}",
            reason="",
            now=kit().clock.now(),
            details={
                "notices": len(rows),
                "filters": request.query_string.decode("ascii", "replace")[:400],
            },
        )
    return csv_answer(text, f"notices-{officer.region}-{today()}.csv")


@console_notice_pages.get("/console/notices/<record:notice>")
@officers(Right.SEE_NOTICES)
def show_notice(officer: Officer, notice: int) -> Shown:
    """Show a notice with its lines, its history and what may be done with it."""
    return _notice_page(officer, notice, Form())


@console_notice_pages.get("/console/notices/<record:notice>/pdf")
@officers(Right.SEE_NOTICES)
def print_notice(officer: Officer, notice: int) -> Shown:
    """Give a notice as a PDF."""
    with kit().store.read() as reading:
        row = own_notice(reading, officer, notice, issued_by_it=True)
        sheet = sheet_to_print(reading, row)
    return pdf_answer(notice_pdf(sheet), sheet.pay_code)


@console_notice_pages.post("/console/notices/<record:notice>/void")
@officers(Right.VOID_NOTICE)
def void(officer: Officer, notice: int) -> Shown:
    """Void an unpaid notice, with a reason."""
    form = Form(request.form)
    reason = read_text(form, "void_reason", needed=REASON_NEEDED, longest=1000)
    if form.sound:
        voided = carry_out(
            form,
            "void_reason",
            lambda writing: _write_void(writing, officer, notice, reason),
        )
        if voided is not None:
            return done(
                Text("通知书已作废。", "The notice is void."), "notices.show_notice", notice=notice
            )
    return refused_page(_notice_page(officer, notice, form))


def _write_void(writing: Session, officer: Officer, notice: int, reason: str) -> int:
    """Void a notice, and clear at once what it alone had shown (S12, S13)."""
    now = kit().clock.now()
    void_notice(writing, officer.region, notice, reason=reason, by=officer.login, now=now)
    weigh_voided(writing, officer.region, notice, Moment(today(), now, case_clock()))
    return notice


def own_notice(
    reading: Session, officer: Officer, notice: int, *, issued_by_it: bool = False
) -> NoticeRow:
    """Find a notice that the officer may see; another department's looks like none at all.

    ``issued_by_it``: a line on it is not enough, the department must have issued it. Raises
    NoticeMissing.
    """
    row = notice_of(reading, officer.region, notice)
    unit = own_unit(officer)
    if unit is None or row.unit_code == unit:
        return row
    lines = () if issued_by_it else lines_of(reading, officer.region, notice)
    if not any(line.unit_code == unit for line in lines):
        raise NoticeMissing(
            Text(f"本单位没有编号为 {notice} 的通知书。", f"Your unit has no notice {notice}.")
        )
    return row


def searched_text(text: str) -> str:
    """Read what a clerk types to find a record: codes without blanks, names as they are."""
    words = plain_text(text)[:100]
    code = plain_code(words)
    return code if code.isascii() and code.isalnum() else words


def marked_rows(rows: Iterable[Sequence[object]], *, demo: bool) -> Iterator[Sequence[object]]:
    """Give the rows of a file; in the demonstration each ends in its mark."""
    return ([*row, DEMO_MARK] if demo else row for row in rows)


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Write rows as CSV that a spreadsheet opens without running anything of it."""
    out = io.StringIO()
    csv.writer(out).writerows([harmless_cell(str(cell)) for cell in row] for row in rows)
    return out.getvalue()


def harmless_cell(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula.

    >>> harmless_cell("=1+1"), harmless_cell("演示商行")
    ("'=1+1", '演示商行')
    """
    return f"'{text}" if text.startswith(RISKY_SIGNS) else text


def csv_answer(text: str, name: str) -> Response:
    """Give CSV as a file to save, with the mark by which spreadsheets know UTF-8; kept by no cache."""
    answer = make_response(text.encode("utf-8-sig"))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _filtered(officer: Officer) -> Filtered:
    form = Form(request.args)
    since, until = read_day(form, "since", needed=False), read_day(form, "until", needed=False)
    status = form.value("status")
    unit = own_unit(officer) or form.value("unit")[:40]
    expiring = form.value("expiring") == "yes"
    wanted = NoticesWanted(
        status="issued" if expiring else status if status in STATUS_LABELS else "",
        unit_code=unit,
        payer=searched_text(form.value("payer")),
        since=since,
        until=until,
        expiring_by=today() + timedelta(days=EXPIRING_DAYS) if expiring else None,
    )
    return Filtered(form, wanted)


def _csv_cells(row: NoticeRow) -> list[object]:
    status = STATUS_LABELS[row.status]
    return [
        group_in_fours(row.pay_code) if row.pay_code else "",
        say(status),
        row.payer_name,
        row.uscc,
        row.unit_name,
        row.issued_on,
        row.due_on,
        row.valid_until,
        Money(row.amount_fen),
        Money(row.relieved_fen),
        amount_due(row),
    ]


def _notice_page(officer: Officer, notice: int, form: Form) -> str:
    with kit().store.read() as reading:
        row = own_notice(reading, officer, notice)
        shown = notice_shown(reading, row, edition_in_use(reading))
        lines = shown["lines"]
        own = [line for line in lines if _is_own(line, officer)]
        before = notice_of(reading, row.region, row.supersedes) if row.supersedes else None
        printable = row.pay_code is not None and (own_unit(officer) in (None, row.unit_code))
        address = link("notices.print_notice", notice=notice) if printable else ""
        return console_page(
            "console/notice.html",
            officer,
            at=link("notices.show_notice", notice=notice),
            form=form,
            **shown | {"lines": own},
            hidden_lines=len(lines) - len(own),
            own_total=sum((line["amount"] for line in own), Money(0)),
            pdf_address=address,
            before=before,
            after=successor_of(reading, row.region, row.id),
            history=shown_acts(acts_about(reading, row.region, f"notice:{row.id}")),
            asked_reliefs=asked_reliefs(reading, row),
            issued_here=own_unit(officer) in (None, row.unit_code),
            voidable=row.status in UNPAID,
            refundable=row.status in PAID and officer.may(Right.APPLY_FOR_REFUND),
            refunds=[
                refund
                for refund in refunds_of_notice(reading, row.region, row.id)
                if own_unit(officer) in (None, refund.unit_code)
            ],
            **names_of_refunds(),
            reissue=_reissue_values(row, lines),
            lookup_code=_code_to_hand_over(row.uscc),
        )


def _is_own(line: dict[str, Any], officer: Officer) -> bool:
    return own_unit(officer) in (None, line["row"].unit_code)


def _reissue_values(row: NoticeRow, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Give what the form of a notice in place of this one begins with."""
    return {
        "uscc": row.uscc,
        "on": lines[0]["row"].obligation_on.isoformat() if lines else "",
        "item": [f"{line['row'].unit_code}:{line['row'].item_id}" for line in lines],
        "supersedes": row.id,
    }


def _code_to_hand_over(uscc: str) -> str | None:
    """Take the lookup code that was issued with an enterprise's first notice: shown once."""
    kept = session.get("first_code")
    if not isinstance(kept, dict) or kept.get("uscc") != uscc:
        return None
    session.pop("first_code")
    return str(kept["code"])
