"""What fees cost, for officers: groups, every enterprise beside its kind and the year before, a file."""

from typing import Final

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.burden.queries import AUDITED
from feeledger.burden.weighing import Burdened, medians_of_kinds
from feeledger.doors import kit
from feeledger.enterprises.batch_queries import names_of_enterprises
from feeledger.errors import Text
from feeledger.money import Money
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.quotas.queries import quota_years
from feeledger.trail import record_act
from feeledger.web.burden_views import GROUPING_NAMES, burden_shown, grouping_asked
from feeledger.web.console_door import Shown, console_page, officers
from feeledger.web.console_notices import csv_answer, csv_text, marked_rows
from feeledger.web.console_quotas import regions_served
from feeledger.web.forms import Form
from feeledger.web.language import say
from feeledger.web.paging import Page, asked_page
from feeledger.web.present import today
from feeledger.web.region_choices import name_of_region

console_burden_pages = Blueprint("console_burden", __name__)

FILTERS: Final = ("region", "year", "by")
COLUMNS: Final = (
    Text("信用代码", "credit code"),
    Text("行业大类", "trade"),
    Text("规模", "size"),
    Text("年度", "year"),
    Text("年收费额度（元）", "yearly amount in CNY"),
    Text("上年（元）", "year before in CNY"),
    Text("同类中位数（元）", "median of its kind in CNY"),
    Text("同类户数", "enterprises of its kind"),
)


@console_burden_pages.get("/console/burden")
@officers(Right.SEE_QUOTAS)
def show_burden(officer: Officer) -> Shown:
    """Show a region's audited year in groups, and its enterprises, those that owe most first."""
    form, asked = Form(request.args), asked_page(request.args)
    with kit().store.read() as session:
        regions, region, years, year = _place(session, officer, form)
        by = grouping_asked(form)
        shown = burden_shown(session, region, year, by, states=AUDITED)
        rows = sorted(shown.rows, key=lambda row: (-row.fen, row.uscc))
        page = asked.within(len(rows))
        entries = rows[page.offset : page.offset + page.size]
        names = names_of_enterprises(session, [row.uscc for row in entries])
    return console_page(
        "console/burden.html",
        officer,
        form=form,
        regions=regions,
        region=region,
        place=name_of_region(region, today()),
        years=[(str(each), str(each)) for each in years],
        year=year,
        by=by,
        groupings=GROUPING_NAMES,
        shown=shown,
        page=Page(entries, page.number, page.size, len(rows)),
        filters={name: form.value(name) for name in FILTERS if form.value(name)},
        names=names,
        kinds=medians_of_kinds(shown.rows),
    )


@console_burden_pages.get("/console/burden/export")
@officers(Right.SEE_QUOTAS)
def export_burden(officer: Officer) -> Shown:
    """Give every enterprise of the year as a CSV file; the trail keeps who took it away."""
    form = Form(request.args)
    with kit().store.write() as session:
        _, region, _, year = _place(session, officer, form)
        rows = burden_shown(session, region, year, "size", states=AUDITED).rows
        record_act(
            session,
            region=region,
            actor=officer.login,
            act="export-burden",
            subject=f"quota-year:{year}",
            reason="",
            now=kit().clock.now(),
            details={"enterprises": len(rows)},
        )
    kinds = medians_of_kinds(rows)
    table: list[list[object]] = [
        [say(name) for name in COLUMNS],
        *(_cells(row, year, kinds[row.kind]) for row in rows),
    ]
    text = csv_text(marked_rows(table, demo=kit().settings.mode == "demo"))
    return csv_answer(text, f"burden-{region}-{year}.csv")


def _cells(row: Burdened, year: int, kind: tuple[int, int]) -> list[object]:
    number, median = kind
    before = "" if row.before is None else Money(row.before)
    return [row.uscc, row.trade, row.size, year, Money(row.fen), before, Money(median), number]


def _place(
    session: Session, officer: Officer, form: Form
) -> tuple[list[tuple[str, str]], str, tuple[int, ...], int]:
    """Give the regions served, the one asked for, its years and the year asked for."""
    regions = regions_served(session, officer)
    codes = [code for code, _ in regions]
    region = form.value("region") if form.value("region") in codes else officer.region
    years = quota_years(session, region)
    chosen = next((each for each in years if str(each) == form.value("year")), None)
    return regions, region, years, chosen or (years[0] if years else today().year)
