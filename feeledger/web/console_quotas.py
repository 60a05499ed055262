"""Yearly amounts in the console: the list with its filters and export, and how much is audited."""

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.catalog.items import Catalog, stem_of_region
from feeledger.catalog.queries import edition_in_use
from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.money import Money
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.quotas.list_queries import (
    QuotaListed,
    QuotasWanted,
    coverage_by_department,
    coverage_of_region,
    departments_named,
    find_quotas,
    lines_of_department,
    total_of_quotas,
)
from feeledger.quotas.queries import quota_years
from feeledger.regions.queries import open_regions
from feeledger.trail import record_act
from feeledger.web.console_door import Shown, console_page, officers
from feeledger.web.console_enterprises import SIZES
from feeledger.web.console_notices import csv_answer, csv_text, marked_rows
from feeledger.web.coverage_map import map_of_coverage
from feeledger.web.formats import plain_text
from feeledger.web.forms import Form
from feeledger.web.language import say
from feeledger.web.paging import Page, asked_page
from feeledger.web.present import today
from feeledger.web.quota_views import BARS, STATES, QuotaShown, shown_quota
from feeledger.web.region_choices import name_of_region, regions_known

quota_list_pages = Blueprint("quotas", __name__)

EXPORT_MAX: Final = 50_000
FILTERS: Final = ("region", "year", "state", "bar", "text", "size", "department")
COLUMNS: Final = (
    Text("信用代码", "credit code"),
    Text("名称", "name"),
    Text("年度", "year"),
    Text("版本", "version"),
    Text("状态", "state"),
    Text("年收费额度（元）", "yearly amount in CNY"),
    Text("其中经通知书（元）", "by notice in CNY"),
    Text("未定条数", "open lines"),
)


@dataclass(frozen=True, slots=True)
class QuotaFiltered:
    """A filter form as read: the region asked for, what is wanted, the years there are."""

    form: Form
    region: str
    regions: list[tuple[str, str]]
    years: tuple[int, ...]
    departments: tuple[Text, ...]
    wanted: QuotasWanted


@dataclass(frozen=True, slots=True)
class QuotaEntry:
    """One entry of the list."""

    listed: QuotaListed
    shown: QuotaShown


@quota_list_pages.get("/console/quotas")
@officers(Right.SEE_QUOTAS)
def list_quotas(officer: Officer) -> Shown:
    """Show the yearly amounts that fit the filters."""
    asked = asked_page(request.args)
    with kit().store.read() as session:
        filtered = read_filter(session, officer)
        count, total = total_of_quotas(session, filtered.region, filtered.wanted)
        page = asked.within(count)
        rows = find_quotas(
            session, filtered.region, filtered.wanted, limit=page.size, offset=page.offset
        )
    form = filtered.form
    return console_page(
        "console/quotas.html",
        officer,
        filtered=filtered,
        year_choices=[(str(year), str(year)) for year in filtered.years],
        form=form,
        page=Page([QuotaEntry(r, shown_quota(r.row)) for r in rows], page.number, page.size, count),
        total=total,
        filters={name: form.value(name) for name in FILTERS if form.value(name)},
        states=STATES,
        bars=BARS,
        sizes=SIZES,
    )


@quota_list_pages.get("/console/quotas/export")
@officers(Right.SEE_QUOTAS)
def export_quotas(officer: Officer) -> Shown:
    """Give the yearly amounts that fit as a CSV file; the trail keeps who took them away."""
    with kit().store.write() as session:
        filtered = read_filter(session, officer)
        rows = find_quotas(session, filtered.region, filtered.wanted, limit=EXPORT_MAX)
        record_act(
            session,
            region=filtered.region,
            actor=officer.login,
            act="export-quotas",
            subject=f"quota-year:{filtered.wanted.year}",
            reason="",
            now=kit().clock.now(),
            details={"quotas": len(rows)},
        )
    table: list[list[object]] = [[say(name) for name in COLUMNS], *map(_csv_cells, rows)]
    text = csv_text(marked_rows(table, demo=kit().settings.mode == "demo"))
    return csv_answer(text, f"quotas-{filtered.region}-{filtered.wanted.year}.csv")


@quota_list_pages.get("/console/quotas/coverage")
@officers(Right.SEE_QUOTAS)
def show_coverage(officer: Officer) -> Shown:
    """Show what share of the enterprises is audited, by county and by department."""
    with kit().store.read() as session:
        filtered = read_filter(session, officer)
        year = filtered.wanted.year
        counties = [coverage_of_region(session, code, year) for code, _ in filtered.regions]
        catalog = edition_in_use(session)
        departments = coverage_by_department(session, filtered.region, year, catalog)
    return console_page(
        "console/quota_coverage.html",
        officer,
        filtered=filtered,
        year_choices=[(str(year), str(year)) for year in filtered.years],
        form=filtered.form,
        blocks=map_of_coverage(regions_known(), officer.region, counties, today()),
        counties=[(name_of_region(each.region, today()), each) for each in counties],
        departments=departments,
        place=name_of_region(filtered.region, today()),
    )


def read_filter(session: Session, officer: Officer) -> QuotaFiltered:
    """Read the filters of an address; what is unsound narrows nothing."""
    form = Form(request.args)
    regions = regions_served(session, officer)
    codes = [code for code, _ in regions]
    region = form.value("region") if form.value("region") in codes else officer.region
    catalog = edition_in_use(session)
    years = quota_years(session, region)
    department = form.value("department")
    wanted = QuotasWanted(
        year=_year_asked(form, years),
        state=form.value("state") if form.value("state") in STATES else "",
        text=plain_text(form.value("text"))[:100],
        size=form.value("size") if form.value("size") in SIZES else "",
        bar=form.value("bar") if form.value("bar") in BARS else "",
        lines=_lines(catalog, department) if department else None,
    )
    return QuotaFiltered(form, region, regions, years, departments_named(catalog), wanted)


def regions_served(session: Session, officer: Officer) -> list[tuple[str, str]]:
    """Give the open regions that an officer serves: the own one and those below, with names."""
    stem = stem_of_region(officer.region)
    codes = [row.code for row in open_regions(session) if row.code.startswith(stem)]
    return [(code, say(name_of_region(code, today()))) for code in codes]


def _lines(catalog: Catalog, department: str) -> frozenset[str] | None:
    """Give the lines of a department; None for a name that no item has."""
    return lines_of_department(catalog, department) or None


def _year_asked(form: Form, years: tuple[int, ...]) -> int:
    text = form.value("year")
    year = int(text) if text.isascii() and text.isdecimal() and len(text) == len("2026") else 0
    return year if year in years else (years[0] if years else today().year)


def _csv_cells(listed: QuotaListed) -> list[object]:
    row, shown = listed.row, shown_quota(listed.row)
    return [
        row.uscc,
        listed.name,
        row.year,
        row.version,
        say(shown.state),
        shown.total if shown.known else "",
        Money(row.notice_fen) if shown.known else "",
        row.open_lines,
    ]
