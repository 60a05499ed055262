"""One notice as JSON: who may see it, what it says, and that what moves is never out of date."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from feeledger.doors import SESSION_COOKIE
from feeledger.notices.actions import void_notice
from feeledger.people.actions import Appointment, appoint_officer, close_session, open_session
from feeledger.people.roles import Role
from feeledger.people.tables import OfficerSessionRow
from tests.builders import CLERK, NOW, POLICE_UNIT, REGION, WATER_UNIT

PASSWORD = "a long enough password, 2026"


def sign_in(world, role=Role.CLERK, *, region=REGION, unit=None, login="clerk.one"):
    """Let an officer in; give a client that carries the session, and its token."""
    with world.store.write() as session:
        officer = appoint_officer(
            session,
            Appointment(login=login, name="演示人员", role=role, region=region, unit_code=unit),
            PASSWORD,
            by=CLERK,
            now=NOW,
        )
        token = open_session(session, officer, language="zh", now=NOW)
    client = world.app.test_client()
    client.set_cookie(SESSION_COOKIE, token)
    return client, token


def path(world, region=REGION):
    return f"/api/v1/notices/{region}/{world.notice_id}"


def code_of(answer):
    assert answer.mimetype == "application/problem+json"
    return answer.status_code, answer.get_json()["code"]


def test_a_signed_in_officer_reads_a_notice(any_world):
    client, _ = sign_in(any_world)

    answer = client.get(path(any_world))

    assert answer.status_code == 200
    document = answer.get_json()
    assert document["pay_code"] == any_world.pay_code
    assert document["id"] == str(any_world.notice_id)
    assert (document["status"], document["amount"], document["payable"], document["refunded"]) == (
        "issued",
        "140.00",
        "140.00",
        "0.00",
    )
    assert [line["amount"] for line in document["lines"]] == ["140.00"]
    assert document["lines"][0]["explanation"]
    assert document["account"]["account_no"] == "0000-1111-2222-3333"
    assert "no-store" in answer.headers["Cache-Control"]


def test_what_moves_is_read_afresh_each_time(any_world):
    client, _ = sign_in(any_world)
    client.get(path(any_world))
    any_world.bank.query(any_world.pay_code)
    any_world.bank.pay(any_world.pay_code)

    document = client.get(path(any_world)).get_json()

    assert (document["status"], document["payable"]) == ("paid", "0.00")


def test_a_void_notice_says_so(world):
    client, _ = sign_in(world)
    client.get(path(world))
    with world.store.write() as session:
        void_notice(session, REGION, world.notice_id, reason="错开", by=CLERK, now=NOW)

    assert client.get(path(world)).get_json()["status"] == "voided"


@pytest.mark.parametrize("token", ["", "nonsense"])
def test_nobody_reads_a_notice_without_a_session(world, token):
    client = world.app.test_client()
    client.set_cookie(SESSION_COOKIE, token)

    assert code_of(client.get(path(world))) == (401, "sign-in-needed")


def test_a_session_that_was_ended_is_over_at_once(world):
    client, token = sign_in(world)
    client.get(path(world))
    with world.store.write() as session:
        close_session(session, token, now=NOW)

    assert code_of(client.get(path(world))) == (401, "sign-in-needed")


def test_a_session_that_lay_idle_is_over(world):
    client, _ = sign_in(world)
    world.set_time(NOW + timedelta(minutes=30))

    assert code_of(client.get(path(world))) == (401, "sign-in-needed")


def test_reading_keeps_a_session_alive_but_writes_at_most_once_a_minute(world):
    client, _ = sign_in(world)
    seen = []
    for seconds in (30, 61, 90):
        world.set_time(NOW + timedelta(seconds=seconds))
        client.get(path(world))
        with world.store.read() as session:
            seen.append(session.scalar(select(OfficerSessionRow.seen_at)))

    assert seen == [NOW, NOW + timedelta(seconds=61), NOW + timedelta(seconds=61)]


@pytest.mark.parametrize(
    ("region", "status"),
    [("130184", 200), ("130100", 200), ("130000", 200), ("130183", 404), ("130200", 404)],
)
def test_an_officer_reads_the_region_served_and_all_below_it(world, region, status):
    client, _ = sign_in(world, region=region)

    assert client.get(path(world)).status_code == status


@pytest.mark.parametrize(("unit", "status"), [(WATER_UNIT, 200), (POLICE_UNIT, 404)])
def test_a_department_reads_its_own_notices_only(world, unit, status):
    client, _ = sign_in(world, Role.DEPARTMENT, unit=unit)

    assert client.get(path(world)).status_code == status


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.SUPERVISOR, Role.AUDITOR])
def test_every_other_role_of_the_console_reads_notices(world, role):
    client, _ = sign_in(world, role)

    assert client.get(path(world)).status_code == 200


@pytest.mark.parametrize(
    "where", ["/api/v1/notices/130184/1", f"/api/v1/notices/130184/{2**63}", "/api/v1/notices/x/1"]
)
def test_a_notice_that_is_not_there_is_a_problem(world, where):
    client, _ = sign_in(world)

    assert code_of(client.get(where)) == (404, "notice-missing")
