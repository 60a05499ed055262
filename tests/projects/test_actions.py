"""A project as a whole: one computation, one notice a region, told twice changes nothing."""

from datetime import date
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from feeledger.catalog.plan import plan_of
from feeledger.enterprises.actions import PermitAct, PermitActKnown
from feeledger.money import Money
from feeledger.notices.actions import void_notice
from feeledger.notices.tables import NoticeRow
from feeledger.projects.actions import (
    PartOrder,
    issue_part,
    open_project,
    recompute_project,
    record_duty_act,
)
from feeledger.projects.project import (
    NotChargedHere,
    ProjectItem,
    ProjectKnown,
    ProjectOpen,
    ProjectRefused,
    ProjectTold,
    Quantities,
    part_lines,
    total_of_part,
)
from feeledger.projects.queries import (
    notices_of_part,
    project_numbered,
    project_read,
    projects_of_payer,
)
from feeledger.projects.tables import ProjectRoundRow, ProjectRow
from tests.builders import (
    CLERK,
    LICENCE_ITEM,
    NOW,
    POLICE_UNIT,
    REGION,
    SOIL_ITEM,
    TODAY,
    USCC,
    WATER_UNIT,
    a_place,
    an_edition,
    an_enterprise,
    the_calendar,
    the_catalog,
)

CITY = "130100"
NUMBER = "XL-2026-001"
SOIL = ProjectItem(SOIL_ITEM, REGION, WATER_UNIT)
LICENCE = ProjectItem(LICENCE_ITEM, CITY, POLICE_UNIT)
# 100 m² at 1.40 yuan in the county; three licences at 10 yuan by a unit of the city.
FACTS = {"land_occupied_m2": 100, "vehicle_licences": 3}
NOTHING_DECIDED = PartOrder({})


def told(**changed):
    values = {
        "number": NUMBER,
        "name": "演示厂房一期",
        "kind": "building",
        "uscc": USCC,
        "arose_on": date(2026, 11, 20),
        "items": (SOIL, LICENCE),
    }
    return ProjectTold(**{**values, **changed})


def open_it(session, facts=FACTS, **changed):
    return open_project(
        session,
        plan_of(the_catalog()),
        REGION,
        told(**changed),
        Quantities(facts),
        today=TODAY,
        by=CLERK,
        now=NOW,
    )


def issue(session, read, region=REGION, order=NOTHING_DECIDED):
    return issue_part(
        session, region, read, order, calendar=the_calendar(), today=TODAY, by=CLERK, now=NOW
    )


def read_it(store):
    with store.read() as session:
        return project_read(session, project_numbered(session, REGION, NUMBER))


def place_both(store):
    with store.write() as session:
        an_edition(session)
        a_place(session)
        a_place(session, CITY, bank="bank-city")
        an_enterprise(session)


@pytest.fixture
def placed_twice(any_store):
    place_both(any_store)
    return any_store


def test_one_computation_and_one_notice_with_its_own_code_for_each_region(placed_twice):
    store = placed_twice
    with store.write() as session:
        row = open_it(session)
        assert open_it(session).id == row.id
        with pytest.raises(ProjectKnown):
            open_it(session, name="另一个名称")
    read = read_it(store)
    assert (read.answer.total, read.round.total_fen, read.regions) == (
        Money(17_000),
        17_000,
        (REGION, CITY),
    )
    assert total_of_part(part_lines(read.answer, read.items, CITY)) == Money(3_000)

    codes = {}
    for region in read.regions:
        with store.write() as session:
            notice = issue(session, read, region)
            codes[region] = (notice.pay_code[:6], notice.amount_fen)
            assert issue(session, read, region).id == notice.id
    assert codes == {REGION: (REGION, 14_000), CITY: (CITY, 3_000)}
    with store.write() as session, pytest.raises(NotChargedHere):
        issue(session, read, "130183")

    # A voided notice leaves its lines to a new one; a later computation touches no notice.
    with store.write() as session:
        first = notices_of_part(session, REGION, REGION, row.id)[0].row.id
        void_notice(session, REGION, first, reason="有误", by=CLERK, now=NOW)
        assert issue(session, read).id != first
        more = Quantities({**FACTS, "land_occupied_m2": 200})
        plan = plan_of(the_catalog())
        kept = recompute_project(session, plan, row, more, by=CLERK, now=NOW)
        again = recompute_project(session, plan, row, more, by=CLERK, now=NOW)
        assert (kept.round, kept.total_fen, again.round) == (2, 31_000, 2)
    with store.write() as session:
        assert issue(session, read_it_in(session)).amount_fen == 14_000
        assert [each.id for each in projects_of_payer(session, USCC)] == [row.id]


def read_it_in(session):
    return project_read(session, project_numbered(session, REGION, NUMBER))


def test_what_is_open_waits_unless_only_what_is_settled_is_asked_for(store):
    place_both(store)
    here = ProjectItem(LICENCE_ITEM, REGION, POLICE_UNIT)
    with store.write() as session:
        open_it(session, {"land_occupied_m2": 100}, items=(SOIL, here))
    read = read_it(store)
    assert read.answer.complete is False
    with store.write() as session, pytest.raises(ProjectOpen):
        issue(session, read)
    with store.write() as session:
        part = issue(session, read, order=PartOrder({}, settled_only=True))
        assert part.amount_fen == 14_000
        row = project_numbered(session, REGION, NUMBER)
        recompute_project(
            session, plan_of(the_catalog()), row, Quantities(FACTS), by=CLERK, now=NOW
        )
        rest = issue(session, read_it_in(session))
        # a class of certificate needs no other fact: 3 licences at 10 yuan
        assert rest.amount_fen == 3_000


def test_an_act_is_computed_when_it_is_recorded_and_told_again_changes_nothing(placed_twice):
    plan = plan_of(the_catalog())

    def record(session, number_of_licences):
        act = PermitAct(
            POLICE_UNIT,
            "新公交〔2026〕77号",
            "车辆注册登记",
            TODAY,
            LICENCE_ITEM,
            {"vehicle_licences": number_of_licences},
        )
        return record_duty_act(session, plan, REGION, USCC, act, today=TODAY, by=CLERK, now=NOW)

    with placed_twice.write() as session:
        act, duty = record(session, 2)
        assert (duty.kind, duty.act) == ("act", act.id)
        again, same = record(session, 2)
        assert (again.id, same.id) == (act.id, duty.id)
        with pytest.raises(PermitActKnown):
            record(session, 3)
        assert session.scalar(select(func.count()).select_from(ProjectRow)) == 1
        kept = session.scalars(select(ProjectRoundRow)).one()
        assert kept.total_fen == 2_000
        assert issue(session, project_read(session, duty)).amount_fen == 2_000


def test_a_project_names_all_its_faults_at_once(store):
    place_both(store)
    below = ProjectItem(SOIL_ITEM, "130183", WATER_UNIT)
    with store.write() as session, pytest.raises(ProjectRefused) as refused:
        open_it(session, number=" ", arose_on=date(2026, 12, 1), items=(below, SOIL))

    assert [name for name, _ in refused.value.errors] == ["number", "arose_on", "item", "item"]


@pytest.mark.postgresql
def test_two_who_issue_at_once_come_to_one_notice(pg_store):
    place_both(pg_store)
    with pg_store.write() as session:
        open_it(session)
    read, start, found = read_it(pg_store), Barrier(4), []

    def press():
        start.wait()
        found.append(pg_store.retry(lambda session: issue(session, read).id))

    threads = [Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with pg_store.read() as session:
        kept = session.scalar(select(func.count()).select_from(NoticeRow))
    assert (len(found), len(set(found)), kept) == (4, 1, 1)
