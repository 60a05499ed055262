"""Enterprises in the console: the register's list, an enterprise's page, its lookup code."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.catalog.items import Catalog
from feeledger.catalog.queries import edition_in_use
from feeledger.doors import kit
from feeledger.enterprises.dispute_actions import DisputesWanted, find_disputes
from feeledger.enterprises.facts import HeldFact
from feeledger.enterprises.list_queries import (
    EnterprisesWanted,
    count_enterprises,
    find_enterprises,
)
from feeledger.enterprises.lookup_actions import has_lookup_code, issue_lookup_code
from feeledger.enterprises.queries import enterprise_of, facts_on, permit_acts_of
from feeledger.enterprises.sizes import SIZE_NAMES
from feeledger.errors import Text
from feeledger.judgements import narrow_upper
from feeledger.notices.queries import notices_of
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.regions.queries import units_of
from feeledger.trail import acts_about
from feeledger.web.console_amend import may_amend
from feeledger.web.console_door import (
    REASON_NEEDED,
    Shown,
    carry_out,
    console_page,
    officers,
    refused_page,
)
from feeledger.web.console_standing import standing_shown
from feeledger.web.console_trail_words import shown_acts
from feeledger.web.formats import plain_text
from feeledger.web.forms import Form, read_text
from feeledger.web.language import link, page_language
from feeledger.web.lookup_views import FactShown, shown_fact, shown_notice
from feeledger.web.paging import Page, asked_page
from feeledger.web.present import today
from feeledger.web.region_choices import name_of_region

enterprise_pages = Blueprint("enterprises", __name__)

NOTICES_SHOWN: Final = 20
SIZES: Final[Mapping[str, Text]] = {
    **{str(size): name for size, name in SIZE_NAMES.items()},
    "unknown": Text("未知", "unknown"),
}
STATUSES: Final = {
    "active": Text("在册", "on the register"),
    "closed": Text("已注销或吊销", "closed or revoked"),
}


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact as the console shows it: what, since when, and who told us when."""

    name: str
    shown: FactShown
    known_at: datetime
    known_by: str
    dispute: int | None


@enterprise_pages.get("/console/enterprises")
@officers(Right.SEE_ENTERPRISES)
def list_enterprises(officer: Officer) -> Shown:
    """Show the enterprises of the region that fit the filters."""
    form = Form(request.args)
    wanted = EnterprisesWanted(
        text=plain_text(form.value("text"))[:100],
        industry=narrow_upper(form.value("industry"))[:8],
        size=form.value("size") if form.value("size") in SIZES else "",
        status=form.value("status") if form.value("status") in STATUSES else "",
    )
    asked = asked_page(request.args)
    with kit().store.read() as session:
        total = count_enterprises(session, officer.region, wanted)
        asked = asked.within(total)
        rows = find_enterprises(
            session, officer.region, wanted, limit=asked.size, offset=asked.offset
        )
    return console_page(
        "console/enterprises.html",
        officer,
        form=form,
        page=Page(rows, asked.number, asked.size, total),
        filters={
            name: form.value(name)
            for name in ("text", "industry", "size", "status")
            if form.value(name)
        },
        sizes=SIZES,
        statuses=STATUSES,
    )


@enterprise_pages.get("/console/enterprises/<uscc>")
@officers(Right.SEE_ENTERPRISES)
def show_enterprise(officer: Officer, uscc: str) -> Shown:
    """Show what is known of an enterprise: register, facts, acts, notices, history."""
    return _enterprise_page(officer, uscc, Form())


@enterprise_pages.post("/console/enterprises/<uscc>/lookup-code")
@officers(Right.ISSUE_LOOKUP_CODE)
def give_lookup_code(officer: Officer, uscc: str) -> Shown:
    """Issue a lookup code at the desk; this answer alone shows it."""
    form = Form(request.form)
    reason = read_text(form, "lookup_reason", needed=REASON_NEEDED)
    code = None
    if form.sound:
        code = carry_out(
            form,
            "lookup_reason",
            lambda session: issue_lookup_code(
                session, uscc, reason=reason, by=officer.login, now=kit().clock.now()
            ),
        )
    page = _enterprise_page(officer, uscc, form, lookup_code=code)
    return page if code else refused_page(page)


def _enterprise_page(
    officer: Officer, uscc: str, form: Form, *, lookup_code: str | None = None
) -> str:
    with kit().store.read() as session:
        row = enterprise_of(session, narrow_upper(uscc))
        catalog = edition_in_use(session)
        notices = notices_of(session, officer.region, row.uscc, limit=NOTICES_SHOWN)
        place = name_of_region(officer.region, today())
        return console_page(
            "console/enterprise.html",
            officer,
            at=link("enterprises.show_enterprise", uscc=row.uscc),
            form=form,
            row=row,
            amendable=may_amend(officer, row),
            **standing_shown(session, row),
            home=name_of_region(row.home_region, today()),
            size=SIZES.get(row.size_class or ""),
            facts=_fact_rows(session, officer.region, row.uscc, catalog),
            acts=_act_rows(session, officer.region, row.uscc, catalog),
            notices=[shown_notice(each, place) for each in notices],
            lookup_code=lookup_code,
            has_code=has_lookup_code(session, row.uscc),
            history=shown_acts(acts_about(session, officer.region, f"enterprise:{row.uscc}")),
        )


def _fact_rows(session: Session, region: str, uscc: str, catalog: Catalog) -> list[FactRow]:
    """Give the facts that hold today, in the order of the catalog."""
    held = facts_on(session, region, uscc, today())
    wanted = DisputesWanted(uscc=uscc)
    found = find_disputes(session, region, wanted, limit=len(catalog.facts), offset=0)
    disputes = {row.name: row.id for row in found}
    order = {name: place for place, name in enumerate(catalog.facts)}
    names = sorted(held, key=lambda name: (order.get(name, len(order)), name))
    return [_fact_row(held[name], region, catalog, disputes.get(name)) for name in names]


def _fact_row(fact: HeldFact, region: str, catalog: Catalog, dispute: int | None) -> FactRow:
    place = name_of_region(region, today())
    shown = shown_fact(fact, place, catalog, page_language())
    return FactRow(fact.name, shown, fact.known_at, fact.known_by, dispute)


def _act_rows(session: Session, region: str, uscc: str, catalog: Catalog) -> list[dict[str, Any]]:
    """Give the acts of an enterprise with the names of unit and item."""
    units = {unit.unit_code: unit.name for unit in units_of(session, region, today())}
    rows = []
    for act in permit_acts_of(session, region, uscc):
        item = catalog.items.get(act.item_id) if act.item_id else None
        unit = units.get(act.unit_code, act.unit_code)
        rows.append({"row": act, "unit": unit, "item": item.name if item else None})
    return rows
