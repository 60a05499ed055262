"""The demonstration's year: amounts in every state, and one building project worked out as a whole."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from feeledger.assessment.batches import assess_region, start_run
from feeledger.catalog.plan import Plan
from feeledger.demo.enterprises import Synthetic, synthetic_enterprises
from feeledger.demo.steps import details_of, is_done, note_done
from feeledger.enterprises.facts import FactValue
from feeledger.money import Money
from feeledger.people.demonstration import DEMO_REGION
from feeledger.periods import Calendar
from feeledger.projects.actions import PartOrder, issue_part, open_project
from feeledger.projects.project import ProjectItem, ProjectTold, Quantities
from feeledger.projects.queries import project_numbered, project_read
from feeledger.quotas.actions import audit_quota, publish_quota, revise_quota
from feeledger.quotas.batches import audit_clear_quotas, draft_quotas, publish_quotas
from feeledger.quotas.list_queries import QuotasWanted, coverage_of_region, find_quotas
from feeledger.quotas.quota import Announcement, Correction
from feeledger.store import Store

STEP = "year"
CLERK = "clerk"
REVIEWER = "reviewer"
LICENCE = "vehicle-certificate.licence"
PROJECT_NUMBER = "演示-2026-001"
# Invented, and unlike the facts of any enterprise: a workshop of 12 000 m² on 9 000 m² of land.
PROJECT_FACTS: Final[Mapping[str, FactValue]] = {
    "land_occupied_m2": 9000,
    "new_floor_area_m2": 12_000,
    "shelter_area_required_m2": 480,
    "settlement_class": "county",
    "project_kind": "other",
}
PROJECT_LINES = (
    "civil-air-defence.6b-county",
    "infrastructure-matching.industrial",
)
PROJECT_ITEMS = (
    ProjectItem("civil-air-defence", DEMO_REGION, "203"),
    ProjectItem("infrastructure-matching", DEMO_REGION, "205"),
    ProjectItem("soil-water-compensation", DEMO_REGION, "204"),
)


def tell_year(
    store: Store, plan: Plan, calendar: Calendar, *, today: date, now: datetime
) -> dict[str, object]:
    """Bring the year's amounts into every state and record the project, once; give what to tell."""
    with store.read() as session:
        if is_done(session, STEP):
            return details_of(session, STEP)
    _amounts(store, plan, today=today, now=now)
    _project(store, plan, calendar, today=today, now=now)
    with store.write() as session:
        covered = coverage_of_region(session, DEMO_REGION, today.year)
        row = project_numbered(session, DEMO_REGION, PROJECT_NUMBER)
        total = "" if row is None else str(project_read(session, row).answer.total)
        note_done(
            session,
            STEP,
            now=now,
            published=covered.published,
            audited=covered.audited,
            draft=covered.draft,
            project=PROJECT_NUMBER,
            project_total=total,
        )
        return details_of(session, STEP)


def _amounts(store: Store, plan: Plan, *, today: date, now: datetime) -> None:
    """Run, draft, audit and publish; revise one, draft another revision, audit one by itself."""
    with store.write() as session:
        run = start_run(session, plan, region=DEMO_REGION, on=today, by=CLERK, now=now).id
    assess_region(store, plan, region=DEMO_REGION, run=run, now=lambda: now)
    draft_quotas(store, plan, region=DEMO_REGION, run=run, by=CLERK, now=lambda: now)
    audit_clear_quotas(store, DEMO_REGION, today.year, by=REVIEWER, now=lambda: now)
    paper = _paper(today, 1)
    publish_quotas(store, DEMO_REGION, today.year, paper, today=today, by=REVIEWER, now=lambda: now)
    for place, step in enumerate(("published", "audited", "draft")):
        _revise(store, place, step, today=today, now=now)


def _revise(store: Store, place: int, step: str, *, today: date, now: datetime) -> None:
    """Take one carrier's amount through a revision, as far as a step."""
    carrier = [each.uscc for each in synthetic_enterprises() if _has_licences(each)][place]
    wanted = QuotasWanted(today.year, state="published", text=carrier)
    with store.write() as session:
        found = find_quotas(session, DEMO_REGION, wanted, limit=1)
        if not found:
            return
        fewer = Correction(LICENCE, Money(1000), "核查只领一本", f"演示核查记录{place + 1}号")
        old = found[0].row.id
        row = revise_quota(session, DEMO_REGION, old, [fewer], by=CLERK, now=now)
        if step in ("published", "audited"):
            audit_quota(session, DEMO_REGION, row.id, by=REVIEWER, now=now)
        if step == "published":
            paper = _paper(today, 2)
            publish_quota(session, DEMO_REGION, row.id, paper, today=today, by=REVIEWER, now=now)


def _project(store: Store, plan: Plan, calendar: Calendar, *, today: date, now: datetime) -> None:
    """Record one building project of three departments and issue its one notice."""
    payer = next(e for e in synthetic_enterprises() if "new_floor_area_m2" in dict(e.facts))
    told = ProjectTold(
        number=PROJECT_NUMBER,
        name="演示厂房一期工程",
        kind="building",
        uscc=payer.uscc,
        arose_on=today,
        items=PROJECT_ITEMS,
    )
    quantities = Quantities(PROJECT_FACTS, PROJECT_LINES)
    with store.write() as session:
        row = open_project(
            session, plan, DEMO_REGION, told, quantities, today=today, by=CLERK, now=now
        )
        issue_part(
            session,
            DEMO_REGION,
            project_read(session, row),
            PartOrder({}),
            calendar=calendar,
            today=today,
            by=CLERK,
            now=now,
        )


def _has_licences(enterprise: Synthetic) -> bool:
    return int(str(dict(enterprise.facts).get("vehicle_licences", "0"))) > 1


def _paper(today: date, number: int) -> Announcement:
    return Announcement(
        "演示日报", f"{today.year}-{number}", f"演示公告〔{today.year}〕{number}号", today
    )
