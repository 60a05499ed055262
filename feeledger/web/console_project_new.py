"""Recording a project: who, what, which fees of which units; then the facts; one computation."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.catalog.items import Catalog, FeeItem, stem_of_region
from feeledger.catalog.plan import plan_of
from feeledger.catalog.queries import edition_in_use
from feeledger.doors import kit
from feeledger.enterprises.queries import EnterpriseUnknown, enterprise_of
from feeledger.errors import FieldsRefused, Text
from feeledger.judgements import narrow_upper
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.projects.actions import open_project
from feeledger.projects.project import ProjectItem, ProjectTold, Quantities, demand_project
from feeledger.regions.queries import items_of_unit, open_regions, units_of
from feeledger.web.console_door import (
    Shown,
    carry_out,
    console_page,
    done,
    officers,
    refused_page,
)
from feeledger.web.console_issue import PAYER_NEEDED, PICKS_MAX
from feeledger.web.console_project_facts import project_facts, project_questions
from feeledger.web.forms import Form, read_day, read_text, read_with
from feeledger.web.present import today
from feeledger.web.region_choices import name_of_region

project_new_pages = Blueprint("project_new", __name__)

NUMBER_NEEDED: Final = Text("请填写项目编号。", "Enter the project's number.")
NAME_NEEDED: Final = Text("请填写项目名称。", "Enter the project's name.")


@dataclass(frozen=True, slots=True)
class UnitGroup:
    """The items that one unit may charge."""

    region: str
    region_name: Text
    unit_code: str
    unit_name: str
    items: list[FeeItem]


@project_new_pages.get("/console/projects/new")
@officers(Right.RECORD_PROJECT)
def choose(officer: Officer) -> Shown:
    """Ask for the project, its payer, the day, and the fees of all units concerned."""
    return _choice_page(officer, Form(request.args))


@project_new_pages.get("/console/projects/new/facts")
@officers(Right.RECORD_PROJECT)
def ask(officer: Officer) -> Shown:
    """Ask for the facts that the chosen fees need."""
    form = Form(request.args)
    told = _told(officer, form)
    if told is None:
        return _choice_page(officer, form)
    return _facts_page(officer, form, told)


@project_new_pages.post("/console/projects/new")
@officers(Right.RECORD_PROJECT)
def keep(officer: Officer) -> Shown:
    """Keep the project and compute it as a whole; told twice it is the same one."""
    form = Form(request.form)
    told = _told(officer, form)
    if told is None:
        return refused_page(_choice_page(officer, form))
    with kit().store.read() as session:
        plan = plan_of(edition_in_use(session))
    facts = project_facts(form, plan.catalog)
    if form.sound:
        clock = kit().clock
        project = carry_out(
            form,
            "number",
            lambda session: (
                open_project(
                    session,
                    plan,
                    officer.region,
                    told,
                    Quantities(facts),
                    today=clock.today(),
                    by=officer.login,
                    now=clock.now(),
                ).id
            ),
        )
        if project is not None:
            text = Text("项目已记录并核定。", "The project is recorded and worked out.")
            return done(text, "projects.show_project", region=officer.region, project=project)
    return refused_page(_facts_page(officer, form, told))


def _told(officer: Officer, form: Form) -> ProjectTold | None:
    """Read what is told of the project; faults are noted in the form, all at once."""
    number = read_text(form, "number", needed=NUMBER_NEEDED, longest=60)
    name = read_text(form, "name", needed=NAME_NEEDED, longest=120)
    on = read_day(form, "arose_on")
    uscc = narrow_upper(form.value("uscc"))
    if not uscc:
        form.refuse("uscc", PAYER_NEEDED)
    items = tuple(_item(text) for text in dict.fromkeys(form.values("item")[:PICKS_MAX]))
    with kit().store.read() as session:
        if uscc:
            read_with(form, "uscc", lambda: enterprise_of(session, uscc), EnterpriseUnknown)
        catalog = edition_in_use(session)
    told = ProjectTold(number, name, "building", uscc, on or today(), items)
    try:
        demand_project(told, officer.region, catalog, today())
    except FieldsRefused as refused:
        for field, fault in refused.errors:
            form.refuse(field, Text(f"{fault.zh}。", f"{fault.en[:1].upper()}{fault.en[1:]}."))
    return told if form.sound else None


def _item(text: str) -> ProjectItem:
    region, _, rest = text.partition(":")
    unit, _, item = rest.partition(":")
    return ProjectItem(item, region, unit)


def _choice_page(officer: Officer, form: Form) -> str:
    day = read_day(Form(form.written), "arose_on", needed=False) or today()
    with kit().store.read() as session:
        groups = _groups(session, officer.region, edition_in_use(session), day)
    return console_page(
        "console/project_new.html",
        officer,
        form=form,
        groups=groups,
        chosen=set(form.values("item")),
        day=form.value("arose_on") or day.isoformat(),
    )


def _facts_page(officer: Officer, form: Form, told: ProjectTold) -> str:
    with kit().store.read() as session:
        catalog = edition_in_use(session)
        payer = enterprise_of(session, told.uscc)
    return console_page(
        "console/project_facts.html",
        officer,
        at="/console/projects/new",
        form=form,
        told=told,
        payer=payer,
        names=[catalog.items[each.item_id].name for each in told.items],
        questions=project_questions(catalog, officer.region, told.arose_on, told.items),
    )


def _groups(session: Session, region: str, catalog: Catalog, day: date) -> list[UnitGroup]:
    """Give the units of the region and of those above it, each with what it may charge."""
    groups = []
    above = [
        row.code for row in open_regions(session) if region.startswith(stem_of_region(row.code))
    ]
    for code in sorted(above, key=lambda each: (each != region, each)):
        for unit in units_of(session, code, day):
            allowed = items_of_unit(session, code, unit.unit_code, day)
            items = [item for item in catalog.items.values() if item.id in allowed]
            if items:
                place = name_of_region(code, day)
                groups.append(UnitGroup(code, place, unit.unit_code, unit.name, items))
    return groups
