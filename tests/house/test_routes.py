"""Every door is known: console views name their right, forms carry a token, the rest is public on purpose."""

import pytest

from feeledger.app import create_app
from feeledger.people.roles import Right
from feeledger.settings import DEFAULT_CATALOG, Settings
from feeledger.store import Store

ENGLISH = "/en"
CONSOLE = "/console"
# Pages that anybody may open. A new one is entered here by whoever decides that it is public.
PUBLIC_PAGES = {
    "/",
    "/about",
    "/accessibility",
    "/account",
    "/assets/<path:filename>",
    "/burden",
    "/lookup/burden",
    "/cases",
    "/catalog",
    "/catalog/<item_id>",
    "/display",
    "/lawful",
    "/ledger/check",
    "/ledger/keys/<fingerprint>.pem",
    "/ledger/roots",
    "/ledger/roots/<region>/<day>",
    "/lookup",
    "/lookup/as-known",
    "/lookup/declare",
    "/lookup/declare/facts",
    "/lookup/end",
    "/lookup/notices/<region>/<int:notice>",
    "/lookup/notices/<region>/<int:notice>/pdf",
    "/lookup/notices/<region>/<int:notice>/proof",
    "/lookup/notices/<region>/<int:notice>/receipt",
    "/lookup/notices/<region>/<record:notice>/refund",
    "/lookup/notices/<region>/<int:notice>/voucher",
    "/lookup/notices/<region>/<int:notice>/voucher/<int:voucher>/file",
    "/lookup/notices/<region>/<int:notice>/voucher/<int:voucher>/pdf",
    "/lookup/overview",
    "/lookup/refunds/<region>/<record:refund>",
    "/lookup/refunds/<region>/<record:refund>/files",
    "/lookup/refunds/<region>/<record:refund>/withdrawal",
    "/lookup/projects/<region>/<record:project>",
    "/lookup/yearly",
    "/lookup/yearly/file",
    "/owe",
    "/owe/facts",
    "/privacy",
    "/receipt",
    "/report",
    "/report/received",
    "/sign-in",
    "/sign-out",
    "/voucher",
    "/yearly",
}
# A display choice changes nothing but the look; it is the one form without a token.
WITHOUT_TOKEN = {"/display"}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('routes') / 'empty.db'}"
    settings = Settings(
        mode="test",
        database_url=url,
        owner_url=url,
        secret_key="a secret of the tests, long enough to be one",
        catalog=DEFAULT_CATALOG,
        demo_today=None,
    )
    store = Store(url)
    yield create_app(settings, store=store)
    store.close()


def bare(rule):
    return (
        rule.removeprefix(ENGLISH) or "/"
        if rule.startswith(f"{ENGLISH}/") or rule == ENGLISH
        else rule
    )


def pages(app):
    return [rule for rule in app.url_map.iter_rules() if not rule.rule.startswith("/api/")]


def console(app):
    return [rule for rule in pages(app) if bare(rule.rule).startswith(CONSOLE)]


def address(rule):
    values = {"int": "1", "default": "x", "path": "x"}
    _, address = rule.build(
        {name: values.get("int") for name in rule.arguments}, append_unknown=False
    )
    return address


def test_every_view_of_the_console_names_its_right(app):
    views = {rule.endpoint: app.view_functions[rule.endpoint] for rule in console(app)}

    assert len(views) > 60
    unguarded = [
        name for name, view in views.items() if not isinstance(getattr(view, "right", None), Right)
    ]
    assert unguarded == []


def test_a_view_that_changes_something_never_asks_for_a_right_to_see_alone(app):
    changing = [rule for rule in console(app) if "POST" in rule.methods]
    seeing = {
        rule.rule
        for rule in changing
        if app.view_functions[rule.endpoint].right.value.startswith("see-")
    }

    assert seeing == set()


def test_nobody_gets_into_the_console_without_signing_in(app):
    client = app.test_client()
    for rule in console(app):
        if "GET" in rule.methods:
            answer = client.get(address(rule))
            assert (answer.status_code, "/sign-in?next=" in answer.location) == (303, True), rule


def test_every_form_is_refused_without_its_token(app):
    client = app.test_client()
    forms = [rule for rule in pages(app) if "POST" in rule.methods]

    assert len(forms) > 40
    taken = [
        rule.rule
        for rule in forms
        if bare(rule.rule) not in WITHOUT_TOKEN and client.post(address(rule)).status_code != 400
    ]
    assert taken == []


def test_the_public_pages_are_those_that_were_meant_to_be(app):
    public = {bare(rule.rule) for rule in pages(app)} - {bare(rule.rule) for rule in console(app)}

    assert public == PUBLIC_PAGES


def test_every_page_stands_in_both_languages(app):
    rules = {rule.rule for rule in pages(app) if not rule.rule.startswith("/assets/")}
    chinese = {rule for rule in rules if bare(rule) == rule}

    assert {bare(rule) for rule in rules - chinese} == chinese
