"""The yearly amount as the enterprise sees it, before anything is due; and totals for the public.

An enterprise sees its own alone, after its codes have opened its page. The public sees sums by
region; where they would tell of fewer than five enterprises, they are left out.
"""

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from feeledger.doors import kit
from feeledger.enterprises.queries import enterprise_of
from feeledger.errors import Text
from feeledger.money import Money
from feeledger.quotas.list_queries import RegionCoverage, coverage_of_region
from feeledger.quotas.queries import (
    QuotaRead,
    quota_read,
    quota_years,
    quotas_of_payer,
    versions_of,
)
from feeledger.regions.queries import open_regions
from feeledger.web.console_notices import csv_answer, csv_text, marked_rows
from feeledger.web.language import link, page_language, say
from feeledger.web.payer_session import payer_here
from feeledger.web.present import today
from feeledger.web.quota_views import (
    YEARLY_QUANTITIES,
    QuotaLineShown,
    QuotaShown,
    bar_text,
    facts_needed,
    shown_quota,
    shown_quota_lines,
)
from feeledger.web.region_choices import name_of_region

yearly_pages = Blueprint("yearly", __name__)

FEWEST_SHOWN: Final = 5
FIRST_YEAR: Final = 2001
COLUMNS: Final = (
    Text("区划", "region"),
    Text("收费项目", "fee"),
    Text("标准", "price"),
    Text("怎么缴", "how it is paid"),
    Text("结果", "outcome"),
    Text("金额（元）", "amount in CNY"),
    Text("缺的情况", "facts missing"),
)
OPEN: Final = Text("未定", "open")


@dataclass(frozen=True, slots=True)
class YearlyShown:
    """One region's yearly amount of the enterprise: its version, lines, what is missing."""

    region: Text
    quota: QuotaShown
    read: QuotaRead
    lines: list[QuotaLineShown]
    bar: Text | None
    needed: list[tuple[Text, Text]]
    revising: bool


@dataclass(frozen=True, slots=True)
class PublicRow:
    """One region's totals for the public; ``total`` is None where it would tell of too few."""

    region: Text
    covered: RegionCoverage
    total: Money | None


@yearly_pages.get("/lookup/yearly")
def show_yearly() -> str | Response:
    """Show the enterprise its items and yearly amount in every region, and why."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    year = year_asked()
    with kit().store.read() as session:
        payer = enterprise_of(session, uscc)
        return render_template(
            "lookup/yearly.html",
            payer=payer,
            home=name_of_region(payer.home_region, today()),
            year=year,
            years=_years(session, payer.home_region, year),
            amounts=_amounts(session, uscc, year),
            quantities=YEARLY_QUANTITIES,
        )


@yearly_pages.get("/lookup/yearly/file")
def give_yearly() -> Response:
    """Give the same as a CSV file."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    year = year_asked()
    with kit().store.read() as session:
        amounts = _amounts(session, uscc, year)
    rows = [_csv_cells(each, line) for each in amounts for line in each.lines]
    rows += [
        [
            say(each.region),
            say(Text("合计", "total")),
            "",
            "",
            say(each.quota.state),
            _sum(each),
            "",
        ]
        for each in amounts
    ]
    table: list[list[object]] = [[say(name) for name in COLUMNS], *rows]
    text = csv_text(marked_rows(table, demo=kit().settings.mode == "demo"))
    return csv_answer(text, f"yearly-{uscc}-{year}.csv")


@yearly_pages.get("/yearly")
def show_public() -> str:
    """Show the public how many yearly amounts are audited and published, by region."""
    year = year_asked()
    with kit().store.read() as session:
        rows = [
            _public(coverage_of_region(session, region.code, year))
            for region in open_regions(session)
        ]
    return render_template("yearly.html", year=year, rows=rows, fewest=FEWEST_SHOWN)


def year_asked() -> int:
    """Read the year of an address; what is unsound becomes the present one."""
    year = request.args.get("year", today().year, type=int)
    return year if FIRST_YEAR <= year <= today().year + 1 else today().year


def _years(session: Session, home: str, year: int) -> list[int]:
    return sorted({today().year, year, *quota_years(session, home)}, reverse=True)


def _amounts(session: Session, uscc: str, year: int) -> list[YearlyShown]:
    found = []
    for row in quotas_of_payer(session, uscc, year):
        read = quota_read(session, row)
        lines = shown_quota_lines(read, page_language())
        versions = versions_of(session, row.region, uscc, year)
        found.append(
            YearlyShown(
                region=name_of_region(row.region, today()),
                quota=shown_quota(row),
                read=read,
                lines=lines,
                bar=bar_text(row),
                needed=facts_needed(lines),
                revising=versions[0].id != row.id,
            )
        )
    return found


def _public(covered: RegionCoverage) -> PublicRow:
    """Leave a sum out that would tell of too few enterprises."""
    few = covered.share.settled < FEWEST_SHOWN
    return PublicRow(
        name_of_region(covered.region, today()), covered, None if few else covered.total
    )


def _sum(each: YearlyShown) -> object:
    return each.quota.total if each.quota.known else ""


def _csv_cells(each: YearlyShown, line: QuotaLineShown) -> list[object]:
    stands = line.line.stands
    missing = [f"{say(label)}({say(who)})" for label, who in line.shown.missing]
    return [
        say(each.region),
        say(line.shown.item),
        say(line.shown.line),
        say(line.through),
        say(OPEN) if line.line.open else say(line.shown.outcome),
        "" if stands is None or line.line.open else stands,
        "; ".join(missing) if line.line.open else "",
    ]
