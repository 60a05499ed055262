"""Officers are appointed, let in, locked and let out; on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from feeledger.people.actions import (
    FAILURES_MAX,
    IDLE_TIME,
    LOCK_TIME,
    SESSION_TIME,
    Appointment,
    LoginTaken,
    LoginUnfit,
    OfficerUnknown,
    appoint_officer,
    change_password,
    check_password,
    close_session,
    end_officer,
    keep_session_alive,
    open_session,
)
from feeledger.people.queries import officers, session_in_force
from feeledger.people.roles import Role
from feeledger.people.tables import OfficerSessionRow
from feeledger.regions.actions import RegionUnknown, keep_regions
from feeledger.regions.queries import UnitUnknown
from feeledger.trail import TrailActRow
from tests.builders import the_regions

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
PASSWORD = "a long enough password"


def appointment(login="wang.li", role=Role.CLERK, unit=None, region="130184"):
    return Appointment(login=login, name="王丽", role=role, region=region, unit_code=unit)


def appoint(store, **changes):
    with store.write() as session:
        keep_regions(session, the_regions(), by="tests", now=NOW)
        return appoint_officer(session, appointment(**changes), PASSWORD, by="operator", now=NOW)


def sign_in(store, password=PASSWORD, at=NOW, login="wang.li"):
    with store.write() as session:
        return check_password(session, login, password, now=at)


def test_an_appointed_officer_signs_in_and_the_trail_says_who_appointed(any_store):
    appoint(any_store)

    officer = sign_in(any_store)

    assert officer is not None
    assert officer.role is Role.CLERK
    with any_store.read() as session:
        acts = session.scalars(
            select(TrailActRow).where(TrailActRow.act == "appoint-officer")
        ).all()
    assert [(a.actor, a.subject) for a in acts] == [("operator", "officer:wang.li")]


def test_a_login_is_one_persons_whatever_its_case(any_store):
    appoint(any_store)

    with pytest.raises(LoginTaken):
        appoint(any_store, login="Wang.Li")


@pytest.mark.parametrize(
    "changes",
    [
        {"login": ""},
        {"login": "王丽"},
        {"login": "x" * 41},
        {"role": Role.DEPARTMENT},
        {"role": Role.CLERK, "unit": "101"},
    ],
)
def test_an_unfit_login_or_role_is_refused(store, changes):
    with pytest.raises(LoginUnfit):
        appoint(store, **changes)


def test_the_region_and_the_unit_of_an_officer_must_be_known(store):
    with pytest.raises(RegionUnknown, match="999999"):
        appoint(store, region="999999")
    with pytest.raises(UnitUnknown, match="NOBODY"):
        appoint(store, role=Role.DEPARTMENT, unit="NOBODY")


def test_a_new_password_ends_the_lock_and_the_sessions_of_the_old(any_store):
    officer = appoint(any_store)
    token = open_for(any_store, officer)
    for _ in range(FAILURES_MAX):
        sign_in(any_store, password="wrong wrong wrong")

    with any_store.write() as session:
        change_password(session, " Wang.Li ", "another long password", by="operator", now=NOW)

    assert in_force(any_store, token, NOW) is None
    assert sign_in(any_store) is None
    assert sign_in(any_store, password="another long password") is not None


def test_an_officer_who_was_let_go_is_out_at_once_and_stays_on_record(any_store):
    token = open_for(any_store, appoint(any_store))

    for _ in range(2):  # a second time changes nothing
        with any_store.write() as session:
            end_officer(session, "wang.li", reason="调离", by="operator", now=NOW)

    assert in_force(any_store, token, NOW) is None
    assert sign_in(any_store) is None
    with any_store.read() as session:
        assert [one.active for one in officers(session)] == [False]
        acts = session.scalars(select(TrailActRow).where(TrailActRow.act == "end-officer")).all()
    assert [act.reason for act in acts] == ["调离"]


@pytest.mark.parametrize("act", [change_password, end_officer])
def test_an_unknown_login_is_told(store, act):
    given = {"reason": "调离"} if act is end_officer else {}
    arguments = ["nobody"] if act is end_officer else ["nobody", "another long password"]
    with store.write() as session, pytest.raises(OfficerUnknown, match="nobody"):
        act(session, *arguments, by="operator", now=NOW, **given)


def test_five_failures_lock_for_a_quarter_of_an_hour(any_store):
    appoint(any_store)
    for _ in range(FAILURES_MAX):
        assert sign_in(any_store, password="wrong wrong wrong") is None

    assert sign_in(any_store, at=NOW + LOCK_TIME - timedelta(seconds=1)) is None
    assert sign_in(any_store, at=NOW + LOCK_TIME + timedelta(seconds=1)) is not None


def test_four_failures_and_a_success_begin_the_count_anew(store):
    appoint(store)
    for _ in range(2):
        for _ in range(FAILURES_MAX - 1):
            sign_in(store, password="wrong wrong wrong")
        assert sign_in(store) is not None


def test_an_unknown_login_is_refused_like_a_wrong_password(store):
    assert sign_in(store, login="nobody") is None


def open_for(store, officer):
    with store.write() as session:
        return open_session(session, officer, language="zh", now=NOW)


def in_force(store, token, at):
    with store.read() as session:
        return session_in_force(session, token, now=at, idle=IDLE_TIME)


def test_a_session_holds_while_used_and_ends_by_idleness(any_store):
    token = open_for(any_store, appoint(any_store))

    assert in_force(any_store, token, NOW + IDLE_TIME - timedelta(seconds=1))
    assert in_force(any_store, token, NOW + IDLE_TIME + timedelta(seconds=1)) is None


def test_a_session_ends_by_its_own_limit_however_much_it_is_used(any_store):
    token = open_for(any_store, appoint(any_store))
    last = NOW + SESSION_TIME
    with any_store.write() as session:
        keep_session_alive(session, token, now=last - timedelta(seconds=1))

    assert in_force(any_store, token, last - timedelta(seconds=1))
    assert in_force(any_store, token, last) is None


def test_a_closed_session_is_over_at_once(any_store):
    token = open_for(any_store, appoint(any_store))
    with any_store.write() as session:
        close_session(session, token, now=NOW + timedelta(minutes=1))

    assert in_force(any_store, token, NOW + timedelta(minutes=2)) is None


def test_the_database_keeps_no_token_that_would_open_a_session(any_store):
    token = open_for(any_store, appoint(any_store))

    with any_store.read() as session:
        kept = session.scalars(select(OfficerSessionRow.token_sha256)).all()

    assert token not in kept
    assert in_force(any_store, kept[0], NOW) is None
