"""Signing in and out: who is let in, for how long, and where to."""

from datetime import timedelta

import pytest

from feeledger.doors import SESSION_COOKIE
from feeledger.people.demonstration import DEMO_OFFICERS
from tests.web.conftest import settings_of
from tests.web.desk import PASSWORD, TOKEN, Desk, copy_of


def test_an_officer_is_let_in_and_sees_whom_and_which_region(desk):
    text = desk.as_("clerk").text("/console")

    assert "经办甲" in text
    assert "财政经办" in text
    assert "新乐市" in text


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(desk):
    visitor = desk.visitor()
    answer = visitor.send("/sign-in", {"login": "clerk", "password": PASSWORD})

    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if SESSION_COOKIE in one)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_in_production_the_cookie_goes_over_tls_alone(desk_file, tmp_path):
    path, world = desk_file
    site = Desk(copy_of(path, tmp_path), world, settings_of("unused", "production"))
    answer = site.visitor().send("/sign-in", {"login": "clerk", "password": PASSWORD})

    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if SESSION_COOKIE in one)
    assert "Secure" in cookie
    site.store.close()


def test_unknown_wrong_and_locked_look_alike(desk):
    visitor = desk.visitor()
    wrong = visitor.send("/sign-in", {"login": "clerk", "password": "wrong"})
    unknown = visitor.send("/sign-in", {"login": "nobody", "password": "wrong"})
    for _ in range(5):
        visitor.send("/sign-in", {"login": "watch", "password": "wrong"})
    locked = visitor.send("/sign-in", {"login": "watch", "password": PASSWORD})

    assert [a.status_code for a in (wrong, unknown, locked)] == [403, 403, 403]
    said = "登录名或口令不对；连续错 5 次将暂停 15 分钟。"
    assert all(said in a.text for a in (wrong, unknown, locked))
    assert SESSION_COOKIE not in "".join(locked.headers.getlist("Set-Cookie"))


def test_a_locked_officer_is_let_in_again_after_a_quarter_of_an_hour(desk):
    visitor = desk.visitor()
    for _ in range(5):
        visitor.send("/sign-in", {"login": "watch", "password": "wrong"})
    desk.let_pass(minutes=16)

    assert visitor.send("/sign-in", {"login": "watch", "password": PASSWORD}).status_code == 303


def test_the_password_is_never_sent_back(desk):
    answer = desk.visitor().send("/sign-in", {"login": "clerk", "password": "my secret words"})

    assert "my secret words" not in answer.text
    assert 'value="clerk"' in answer.text


def test_who_is_not_signed_in_is_led_there_and_back(desk):
    visitor = desk.visitor()
    away = visitor.get("/en/console/notices?status=paid")

    assert away.status_code == 303
    assert away.location == "/en/sign-in?next=/en/console/notices?status%3Dpaid"
    page = visitor.get(away.location).text
    token = TOKEN.search(page)[1]
    back = visitor.client.post(
        "/en/sign-in",
        data={
            "login": "clerk",
            "password": PASSWORD,
            "next": "/en/console/notices?status=paid",
            "csrf_token": token,
        },
    )
    assert 'value="/en/console/notices?status=paid"' in page
    assert back.location == "/en/console/notices?status=paid"


@pytest.mark.parametrize("way", ["//evil.example/", "https://evil.example/", "/\\evil.example", ""])
def test_the_way_back_is_never_another_site(desk, way):
    answer = desk.visitor().send("/sign-in", {"login": "clerk", "password": PASSWORD, "next": way})

    assert answer.location == "/console"


def test_a_session_that_lay_idle_is_over(desk):
    visitor = desk.as_("clerk")
    desk.let_pass(minutes=29)
    assert visitor.get("/console").status_code == 200
    desk.let_pass(minutes=31)

    assert visitor.get("/console").location.startswith("/sign-in")


def test_a_form_sent_after_the_session_ended_does_nothing_and_leads_back_to_its_page(desk):
    visitor = desk.as_("clerk")
    page = f"/console/notices/{desk.world.unpaid}"
    token = TOKEN.search(visitor.text(page))[1]
    desk.hands["wall"] += timedelta(hours=11)
    answer = visitor.client.post(
        f"{page}/void",
        data={"void_reason": "错", "csrf_token": token},
        headers={"Referer": f"http://localhost{page}"},
    )

    assert answer.status_code == 303
    assert answer.location == f"/sign-in?next={page}"
    assert "待缴款" in desk.as_("clerk").text(page)


def test_signing_out_ends_the_session_in_the_database(desk):
    visitor = desk.as_("clerk")
    token = visitor.client.get_cookie(SESSION_COOKIE).value
    visitor.send("/sign-out", {}, page="/console")
    thief = desk.visitor()
    thief.client.set_cookie(SESSION_COOKIE, token)

    assert thief.get("/console").status_code == 303


def test_a_session_planted_before_signing_in_is_replaced(desk):
    visitor = desk.visitor()
    visitor.client.set_cookie(SESSION_COOKIE, "planted")
    visitor.send("/sign-in", {"login": "clerk", "password": PASSWORD})

    assert visitor.client.get_cookie(SESSION_COOKIE).value != "planted"
    thief = desk.visitor()
    thief.client.set_cookie(SESSION_COOKIE, "planted")
    assert thief.get("/console").status_code == 303


def test_a_form_without_its_token_is_refused(desk):
    answer = desk.visitor().client.post("/sign-in", data={"login": "clerk", "password": PASSWORD})

    assert answer.status_code == 400
    assert SESSION_COOKIE not in "".join(answer.headers.getlist("Set-Cookie"))


def test_the_demonstration_shows_its_people_and_only_there(desk, make_site):
    demo = make_site("demo").test_client().get("/sign-in").text

    assert all(one.password in demo for one in DEMO_OFFICERS)
    assert "演示数据" in demo
    assert not any(one.password in desk.visitor().text("/sign-in") for one in DEMO_OFFICERS)
