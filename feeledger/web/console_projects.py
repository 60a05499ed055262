"""Projects in the console: the list, a project with every region's part, its computation and notices."""

from flask import Blueprint, request

from feeledger.catalog.plan import plan_of
from feeledger.catalog.queries import edition_in_use
from feeledger.doors import key_ring, kit, working_days
from feeledger.errors import Missing, Text
from feeledger.notices.charges import DecidedAmount
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.projects.actions import PartOrder, issue_part, recompute_project
from feeledger.projects.project import Quantities
from feeledger.projects.queries import (
    ProjectRead,
    ProjectsWanted,
    count_projects,
    facts_of_round,
    find_projects,
    project_read,
    project_row,
)
from feeledger.trail import acts_about
from feeledger.web.console_door import (
    Shown,
    carry_out,
    console_page,
    done,
    officers,
    refused_page,
)
from feeledger.web.console_names import keep_names_of_payers
from feeledger.web.console_preview import DOCUMENT_NEEDED
from feeledger.web.console_project_facts import project_facts, project_questions, written_fact
from feeledger.web.console_quotas import regions_served
from feeledger.web.console_trail_words import shown_acts
from feeledger.web.formats import plain_text
from feeledger.web.forms import Form, read_amount, read_text
from feeledger.web.language import link, page_language
from feeledger.web.owe_views import FIELD_PREFIX
from feeledger.web.paging import Page, asked_page
from feeledger.web.present import today
from feeledger.web.project_views import KIND_NAMES, ProjectShown, project_shown
from feeledger.web.region_choices import name_of_region
from feeledger.web.voucher_views import follow_notice

project_pages = Blueprint("projects", __name__)


class ProjectElsewhere(Missing):
    """The project lies in a region that the officer does not serve."""

    code = "project-elsewhere"
    title = Text("不在您办理的区划", "The project is not in your region")


@project_pages.get("/console/projects")
@officers(Right.SEE_PROJECTS)
def list_projects(officer: Officer) -> Shown:
    """Show the projects of a region that fit the filters."""
    form = Form(request.args)
    asked = asked_page(request.args)
    wanted = ProjectsWanted(
        text=plain_text(form.value("text"))[:100],
        kind=form.value("kind") if form.value("kind") in KIND_NAMES else "",
    )
    with kit().store.read() as session:
        regions = regions_served(session, officer)
        codes = [code for code, _ in regions]
        region = form.value("region") if form.value("region") in codes else officer.region
        total = count_projects(session, region, wanted)
        page = asked.within(total)
        rows = find_projects(session, region, wanted, limit=page.size, offset=page.offset)
        keep_names_of_payers(session, [row.uscc for row in rows])
    return console_page(
        "console/projects.html",
        officer,
        form=form,
        regions=regions,
        region=region,
        place=name_of_region(region, today()),
        page=Page(rows, page.number, page.size, total),
        kinds=KIND_NAMES,
        filters={n: form.value(n) for n in ("region", "text", "kind") if form.value(n)},
    )


@project_pages.get("/console/projects/<region>/<record:project>")
@officers(Right.SEE_PROJECTS)
def show_project(officer: Officer, region: str, project: int) -> Shown:
    """Show a project: each region's lines and notices, and what may be done."""
    return _project_page(officer, region, project, Form(request.args))


@project_pages.post("/console/projects/<region>/<record:project>/round")
@officers(Right.RECORD_PROJECT)
def recompute(officer: Officer, region: str, project: int) -> Shown:
    """Compute the project anew with the facts and classes written."""
    form = Form(request.form)
    read = _read_served(officer, region, project)
    with kit().store.read() as session:
        plan = plan_of(edition_in_use(session))
    facts = project_facts(form, plan.catalog)
    lines = tuple(line for line in form.values("class") if line in plan.lines)
    if form.sound:
        kept = carry_out(
            form,
            "facts",
            lambda session: recompute_project(
                session,
                plan,
                read.row,
                Quantities(facts, lines),
                by=officer.login,
                now=kit().clock.now(),
            ),
        )
        if kept is not None:
            text = Text("已重新核定。", "Worked out again.")
            return done(text, "projects.show_project", region=region, project=project)
    return refused_page(_project_page(officer, region, project, form))


@project_pages.post("/console/projects/<region>/<record:project>/notice")
@officers(Right.RECORD_PROJECT)
def issue(officer: Officer, region: str, project: int) -> Shown:
    """Issue the notice of the part that the officer's own region charges."""
    form = Form(request.form)
    read = _read_served(officer, region, project)
    decided = _decided(form)
    settled_only = form.value("settled_only") == "yes"
    if form.sound:
        order = PartOrder(decided, settled_only=settled_only, ring=key_ring())
        clock = kit().clock
        notice = carry_out(
            form,
            "issue",
            lambda session: (
                issue_part(
                    session,
                    officer.region,
                    read,
                    order,
                    calendar=working_days(),
                    today=clock.today(),
                    by=officer.login,
                    now=clock.now(),
                ).id
            ),
        )
        if notice is not None:
            follow_notice(officer.region, notice)
            text = Text("通知书已开具。", "The notice is issued.")
            return done(text, "projects.show_project", region=region, project=project)
    return refused_page(_project_page(officer, region, project, form))


def _decided(form: Form) -> dict[str, DecidedAmount]:
    """Read the amounts that an officer set within published bounds; those left empty wait."""
    decided = {}
    for line in form.values("decide"):
        if not form.value(f"amount-{line}").strip():
            continue
        amount = read_amount(form, f"amount-{line}")
        document = read_text(form, f"document-{line}", needed=DOCUMENT_NEEDED)
        if amount is not None:
            decided[line] = DecidedAmount(amount, document, "")
    return decided


def _read_served(officer: Officer, region: str, project: int) -> ProjectRead:
    """Read a project of a region that the officer serves. Raises ProjectElsewhere, ProjectMissing."""
    with kit().store.read() as session:
        if region not in [code for code, _ in regions_served(session, officer)]:
            raise ProjectElsewhere(
                Text(
                    f"您办理的是 {officer.region}，看不到 {region[:12]} 的项目。",
                    f"You serve {officer.region}; projects of {region[:12]} are not yours to see.",
                )
            )
        return project_read(session, project_row(session, region, project))


def _project_page(officer: Officer, region: str, project: int, form: Form) -> str:
    read = _read_served(officer, region, project)
    shown = project_shown(kit().store, read, today(), page_language())
    if not request.path.endswith("/round"):
        form.written = form.written.copy()
        for name, value in facts_of_round(read.round).items():
            form.written.setdefault(FIELD_PREFIX + name, written_fact(value))
    with kit().store.read() as session:
        history = acts_about(session, region, f"project:{project}")
    return console_page(
        "console/project.html",
        officer,
        at=link("projects.show_project", region=region, project=project),
        form=form,
        project=shown,
        questions=project_questions(read.catalog, region, read.row.arose_on, read.items),
        classes=_classes(shown),
        chosen=set(form.values("class")) or set(read.round.lines),
        history=shown_acts(history),
    )


def _classes(shown: ProjectShown) -> list[object]:
    """Give the open lines of classes among which no fact chooses."""
    lines = [each for part in shown.parts for each in part.lines]
    return [each for each in lines if each.part.answer.alternative]
