"""Forms of the register: an enterprise, its dated facts, the acts that give rise to duties."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final, cast

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.assessment.outcomes import FactsRefused, Request
from feeledger.assessment.told_facts import limits_of, take_told
from feeledger.assessment.told_queries import Voice, demand_agreement
from feeledger.catalog.items import Catalog
from feeledger.catalog.plan import plan_of
from feeledger.catalog.queries import edition_in_use
from feeledger.codes import judge_industry, judge_uscc
from feeledger.doors import kit
from feeledger.enterprises.actions import (
    CodeOverride,
    EnterpriseDetails,
    FactOrigin,
    PermitAct,
    record_facts,
    register_enterprise,
)
from feeledger.enterprises.queries import enterprise_of, facts_on
from feeledger.enterprises.sizes import (
    INDICATOR_NAMES,
    SIZE_NAMES,
    Indicator,
    IndustryVersion,
    sector_of_industry,
    size_of,
)
from feeledger.errors import FieldsRefused, Text
from feeledger.judgements import narrow_upper
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.projects.actions import record_duty_act
from feeledger.projects.tables import ProjectRow
from feeledger.regions.queries import units_of
from feeledger.web.console_door import (
    Shown,
    carry_out,
    console_page,
    done,
    officers,
    refused_page,
)
from feeledger.web.forms import (
    Form,
    fault_of_field,
    read_amount,
    read_choice,
    read_day,
    read_text,
    refuse_fact,
    refuse_judged,
)
from feeledger.web.owe_pages import facts_of_form
from feeledger.web.owe_views import FIELD_PREFIX, questions_of
from feeledger.web.present import today

register_pages = Blueprint("register", __name__)

BY_FIGURES: Final = "by-figures"
FACT_SOURCES: Final = {
    "enterprise": Text("企业填报", "The enterprise"),
    "department": Text("执收单位提供", "The department"),
    "bureau": Text("财政部门核实", "The finance bureau"),
}
PEOPLE_DIGITS: Final = 8
INDUSTRY_LABEL: Final = Text("行业代码：", "Industry code")
NAME_NEEDED: Final = Text("请填写企业名称。", "Enter the enterprise's name.")
CODE_NEEDED: Final = Text("请填写统一社会信用代码。", "Enter the credit code.")
VERSION_NEEDED: Final = Text("请选择行业分类版本。", "Choose the edition of the classification.")
SIZE_NEEDED: Final = Text("请选择规模。", "Choose a size.")
ITEM_NEEDED: Final = Text("请选择收费项目。", "Choose a fee.")
SOURCE_NEEDED: Final = Text("请选择来源。", "Choose where it comes from.")
FACTS_NEEDED: Final = Text("请至少填写一项情况。", "Enter at least one fact.")
UNIT_NEEDED: Final = Text("请选择执收单位。", "Choose the unit.")
NUMBER_NEEDED: Final = Text("请填写文号或编号。", "Enter the number of the act.")
KIND_NEEDED: Final = Text("请写明是什么事项。", "Say what kind of act it is.")


@register_pages.get("/console/enterprises/register")
@officers(Right.REGISTER_ENTERPRISE)
def show_register(officer: Officer) -> Shown:
    """Show the form for a new enterprise."""
    return _register_page(officer, Form(request.args))


@register_pages.post("/console/enterprises/register")
@officers(Right.REGISTER_ENTERPRISE)
def register(officer: Officer) -> Shown:
    """Register an enterprise under its credit code (R-V1), or show what is wrong."""
    form = Form(request.form)
    code = read_text(form, "uscc", needed=CODE_NEEDED, longest=40)
    details = read_details(form, officer)
    override = form.value("override").strip()
    if details is not None:
        row = carry_out(
            form,
            "uscc",
            lambda session: (
                register_enterprise(
                    session,
                    code,
                    details,
                    by=officer.login,
                    now=kit().clock.now(),
                    override=CodeOverride(override) if override else None,
                ).uscc
            ),
        )
        if row is not None:
            text = Text(f"已登记 {details.name}。", f"{details.name} is registered.")
            return done(text, "enterprises.show_enterprise", uscc=row)
    return refused_page(_register_page(officer, form))


@register_pages.get("/console/enterprises/<uscc>/facts")
@officers(Right.RECORD_FACTS)
def show_facts(officer: Officer, uscc: str) -> Shown:
    """Ask for which fee, then for the facts that it needs; what is known stands in the fields."""
    return _facts_page(officer, uscc, Form(request.args.copy()))


@register_pages.post("/console/enterprises/<uscc>/facts")
@officers(Right.RECORD_FACTS)
def keep_facts(officer: Officer, uscc: str) -> Shown:
    """Record dated facts with their source and document."""
    form = Form(request.form)
    with kit().store.read() as session:
        catalog = edition_in_use(session)
    facts = _exact_facts(form, catalog)
    since = read_day(form, "since")
    source = read_choice(form, "source", FACT_SOURCES, needed=SOURCE_NEEDED)
    origin = FactOrigin(
        source,
        read_text(form, "document", needed=None),
        _unit_saying_so(form, officer) if source == "department" else None,
        {name: catalog.facts[name].unit for name in facts if catalog.facts[name].unit},
    )
    if form.sound and since is not None:
        kept = carry_out(
            form,
            "item",
            lambda session: _keep(session, officer, uscc, facts, (origin, catalog), since=since),
        )
        if kept:
            text = Text(f"已记录 {len(facts)} 项情况。", f"{len(facts)} facts recorded.")
            return done(text, "enterprises.show_enterprise", uscc=uscc)
    return refused_page(_facts_page(officer, uscc, form))


@register_pages.get("/console/enterprises/<uscc>/acts")
@officers(Right.RECORD_FACTS)
def show_act(officer: Officer, uscc: str) -> Shown:
    """Show the form for an approval or registration."""
    return _act_page(officer, uscc, Form())


@register_pages.post("/console/enterprises/<uscc>/acts")
@officers(Right.RECORD_FACTS)
def keep_act(officer: Officer, uscc: str) -> Shown:
    """Record an approval or registration as its unit declared it."""
    form = Form(request.form)
    with kit().store.read() as session:
        units = [row.unit_code for row in units_of(session, officer.region, today())]
        items = list(edition_in_use(session).items)
    unit = read_choice(form, "unit", units, needed=UNIT_NEEDED)
    number = read_text(form, "act_no", needed=NUMBER_NEEDED, longest=80)
    kind = read_text(form, "kind", needed=KIND_NEEDED, longest=80)
    item = read_choice(form, "item", items, needed=None)
    day = read_day(form, "acted_on")
    if form.sound and day is not None:
        act = PermitAct(unit, number, kind, day, item_id=item or None)
        kept = carry_out(
            form,
            "act_no",
            lambda session: record_duty_act(
                session,
                plan_of(edition_in_use(session)),
                officer.region,
                uscc,
                act,
                today=today(),
                by=officer.login,
                now=kit().clock.now(),
            ),
        )
        if kept is not None:
            return _kept_act(officer, uscc, kept[1])
    return refused_page(_act_page(officer, uscc, form))


def _unit_saying_so(form: Form, officer: Officer) -> str | None:
    """Read which unit a department's word comes from; it may be left out where nobody knows."""
    return read_choice(form, "unit", dict(_unit_choices(officer)), needed=None) or None


def _unit_choices(officer: Officer) -> list[tuple[str, Text]]:
    with kit().store.read() as session:
        rows = units_of(session, officer.region, today())
        return [(row.unit_code, Text(row.name, row.name_en)) for row in rows]


def _kept_act(officer: Officer, uscc: str, duty: ProjectRow | None) -> Shown:
    """Go on to the duty that the act gave rise to, if there is one."""
    if duty is None:
        text = Text("已记录审批登记事项。", "The act is recorded.")
        return done(text, "enterprises.show_enterprise", uscc=uscc)
    text = Text("已记录审批登记事项并核定。", "The act is recorded and its duty worked out.")
    return done(text, "projects.show_project", region=officer.region, project=duty.id)


def _keep(
    session: Session,
    officer: Officer,
    uscc: str,
    facts: Mapping[str, object],
    told: tuple[FactOrigin, Catalog],
    *,
    since: date,
) -> bool:
    """Record facts that contradict nothing beside them; else blame their fields."""
    (origin, catalog), now = told, kit().clock.now()
    voice = Voice(origin.source, origin.said_by, now)
    try:
        demand_agreement(
            session, officer.region, uscc, facts, voice, known=catalog.facts, since=since
        )
    except FactsRefused as refused:
        beside = [(FIELD_PREFIX + each.field, fault_of_field(each)) for each in refused.errors]
        raise FieldsRefused(beside) from refused
    record_facts(
        session, officer.region, uscc, facts, origin, valid_from=since, by=officer.login, now=now
    )
    return True


def read_details(form: Form, officer: Officer) -> EnterpriseDetails | None:
    """Read what the register keeps; None where a field is wrong (noted in the form)."""
    name = read_text(form, "name", needed=NAME_NEEDED, longest=120)
    industry = narrow_upper(form.value("industry"))
    version = read_choice(
        form, "version", ("2017", "2011"), needed=VERSION_NEEDED if industry else None
    )
    if industry:
        refuse_judged(form, "industry", INDUSTRY_LABEL, judge_industry(industry).problem)
    registered_on = read_day(form, "registered_on", needed=False)
    if registered_on is not None and registered_on > today():
        form.refuse("registered_on", Text("登记日期在将来。", "The day lies in the future."))
    size = _size_of(form, industry, version)
    if not form.sound:
        return None
    return EnterpriseDetails(
        name=name,
        home_region=officer.region,
        industry_version=version or None,
        industry_code=industry or None,
        registered_on=registered_on,
        size_class=size,
    )


def _size_of(form: Form, industry: str, version: str) -> str | None:
    """Read the size class, or work it out from last year's figures (R-V4)."""
    choice = read_choice(form, "size", (*SIZE_NAMES, BY_FIGURES, "unknown"), needed=SIZE_NEEDED)
    if choice != BY_FIGURES:
        return choice if choice in SIZE_NAMES else None
    people = form.value("people").strip()
    if people and not (people.isascii() and people.isdigit() and len(people) <= PEOPLE_DIGITS):
        form.refuse("people", Text("请填写人数，如 25。", "Enter a whole number, such as 25."))
    revenue = read_amount(form, "revenue", needed=False)
    assets = read_amount(form, "assets", needed=False)
    if not form.sound:
        return None
    sector = sector_of_industry(industry, cast("IndustryVersion", version)) if industry else None
    found = size_of(
        judge_uscc(form.value("uscc")).value or "",
        sector,
        people=int(people) if people else None,
        revenue=revenue,
        assets=assets,
    )
    if found.size is None:
        form.refuse("size", _size_missing(found.needs))
    return found.size


def _size_missing(needs: tuple[str, ...]) -> Text:
    if "sector" in needs:
        return Text(
            "该行业的划型标准未录入或未填行业代码，不能推算，请直接选择规模。",
            "The bounds of this industry are not entered, or no industry is given: choose a size.",
        )
    names = [INDICATOR_NAMES[cast("Indicator", need)] for need in needs]
    return Text(
        f"推算规模还缺：{'、'.join(name.zh for name in names)}。",
        f"To work the size out, add: {', '.join(name.en for name in names)}.",
    )


def _exact_facts(form: Form, catalog: Catalog) -> dict[str, object]:
    """Read the facts as exact values; what the catalog does not take is noted beside its field."""
    written = facts_of_form(form, catalog)
    _, faults = take_told(written, catalog.facts, limits_of(catalog))
    for fault in faults:
        refuse_fact(form, FIELD_PREFIX + fault.field, fault)
    if faults:
        return {}
    if not written:
        form.refuse("item", FACTS_NEEDED)
    return {name: _exact(value, catalog.facts[name].type) for name, value in written.items()}


def _exact(value: object, kind: str) -> object:
    return value if kind in ("bool", "enum") else Decimal(str(value))


def register_sizes() -> Mapping[str, Text]:
    """Give the choices of size in the forms of the register."""
    return {
        **{str(size): name for size, name in SIZE_NAMES.items()},
        BY_FIGURES: Text("按上年数据推算", "work it out from last year's figures"),
        "unknown": Text("未知", "unknown"),
    }


def _register_page(officer: Officer, form: Form) -> str:
    judged = judge_uscc(form.value("uscc")) if form.value("uscc") else None
    return console_page(
        "console/register.html",
        officer,
        form=form,
        sizes=register_sizes(),
        needs_override=judged is not None and judged.code == "uscc-check",
    )


def _facts_page(officer: Officer, uscc: str, form: Form) -> str:
    with kit().store.read() as session:
        row = enterprise_of(session, uscc)
        catalog = edition_in_use(session)
        held = facts_on(session, officer.region, uscc, today())
    item = form.value("item")
    questions = []
    if item in catalog.items:
        asked = Request(ref=None, on=_day_of(form), region=officer.region, items=(item,))
        questions = questions_of(plan_of(catalog), asked)
        if request.method == "GET":
            for name, fact in held.items():
                form.written.setdefault(FIELD_PREFIX + name, _written(fact.value))
    return console_page(
        "console/facts.html",
        officer,
        form=form,
        row=row,
        items=[(each.id, each.name) for each in catalog.items.values()],
        item=item,
        questions=questions,
        sources=FACT_SOURCES,
        units=_unit_choices(officer),
        day=form.value("since") or today().isoformat(),
    )


def _day_of(form: Form) -> date:
    return read_day(Form(form.written), "since", needed=False) or today()


def _written(value: object) -> str:
    """Write a known fact as its field would hold it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _act_page(officer: Officer, uscc: str, form: Form) -> str:
    with kit().store.read() as session:
        return console_page(
            "console/act.html",
            officer,
            form=form,
            row=enterprise_of(session, uscc),
            units=[
                (unit.unit_code, unit.name) for unit in units_of(session, officer.region, today())
            ],
            items=[(each.id, each.name) for each in edition_in_use(session).items.values()],
            day=today().isoformat(),
        )
