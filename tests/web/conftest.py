"""The pages under test: one database with the real catalog, read by a client or a browser."""

import re
import threading
from dataclasses import dataclass
from datetime import date

import pytest
from werkzeug.serving import make_server

from feeledger.app import create_app
from feeledger.clock import Clock
from feeledger.enterprises.actions import FactOrigin, record_facts
from feeledger.enterprises.lookup_actions import issue_lookup_code
from feeledger.settings import DEFAULT_CATALOG, Settings, Site
from feeledger.store import Store
from tests.browser import ARGUMENTS, browser_path
from tests.builders import (
    NOW,
    REGION,
    USCC,
    a_charge,
    a_notice,
    a_payment,
    a_query,
    a_ready_notice,
    an_answer,
    an_edition,
    the_catalog,
)
from tests.web.desk import Desk, copy_of, fill

TODAY = date(2026, 11, 24)


def settings_of(url, mode="test", **site):
    return Settings(
        mode=mode,
        database_url=url,
        owner_url=url,
        secret_key="a secret of the tests, long enough to be one",
        catalog=DEFAULT_CATALOG,
        demo_today=TODAY if mode == "demo" else None,
        site=Site(**site),
    )


@dataclass(frozen=True)
class Told:
    """What the database of the pages holds: one enterprise, one notice to be paid, one paid."""

    uscc: str
    lookup_code: str
    pay_code: str
    notice: int
    paid_code: str
    paid_notice: int


@pytest.fixture(scope="session")
def catalog():
    return the_catalog()


@pytest.fixture(scope="session")
def site_store(migrated_file, tmp_path_factory):
    store = Store(f"sqlite:///{copy_of(migrated_file, tmp_path_factory.mktemp('web'))}")
    yield store
    store.close()


@pytest.fixture(scope="session")
def told(site_store):
    with site_store.write() as session:
        return tell(session)


def tell(session):
    """Fill a database: 新乐市 with its account, an enterprise with facts, two notices."""
    an_edition(session)
    unpaid = a_ready_notice(session)
    paid = a_notice(session, a_charge(answer=an_answer(facts={"land_occupied_m2": 50})))
    a_query(session, paid)
    a_payment(session, paid)
    record_facts(
        session,
        REGION,
        USCC,
        {"headcount": 45, "disabled_employed": 0, "land_occupied_m2": 100},
        FactOrigin("enterprise", "年报"),
        valid_from=date(2026, 1, 1),
        by="tests",
        now=NOW,
    )
    code = issue_lookup_code(session, USCC, reason="", by="tests", now=NOW)
    return Told(USCC, code, unpaid.pay_code, unpaid.id, paid.pay_code, paid.id)


@pytest.fixture(scope="session")
def site(site_store, told):
    assert told  # the database is filled
    return create_app(settings_of(site_store.url), store=site_store, clock=Clock(fixed=TODAY))


@pytest.fixture
def client(site):
    return site.test_client()


@pytest.fixture(scope="session")
def make_site(site_store, told):
    assert told

    def make(mode="test", **site):
        settings = settings_of(site_store.url, mode, **site)
        return create_app(settings, store=site_store, clock=Clock(fixed=TODAY))

    return make


@pytest.fixture(scope="session")
def address(make_site):
    """The address of a live server in demonstration mode."""
    server = make_server("127.0.0.1", 0, make_site("demo"), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=browser_path(), args=list(ARGUMENTS))
        yield found
        found.close()


@pytest.fixture
def fresh(store):
    """A site of its own, on the day of the tests, with a clock that a test may set."""
    with store.write() as session:
        told = tell(session)
    hands = {"wall": NOW}
    clock = Clock(fixed=TODAY, source=lambda: hands["wall"])
    site = create_app(settings_of(store.url), store=store, clock=clock)
    return Fresh(site.test_client(), told, hands, store)


@dataclass(frozen=True)
class Fresh:
    client: object
    told: Told
    hands: dict
    store: Store

    def send(self, path, data, *, page=None):
        return send_by(self.client, path, data, page=page)


def send_by(client, path, data, *, page=None, **kwargs):
    """Fetch a page, take its form token, and send the form as a browser would."""
    text = client.get(page or path).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', text)[1]
    return client.post(path, data={**data, "csrf_token": token}, **kwargs)


@pytest.fixture
def send(client):
    """Send forms from the shared site's client."""

    def send_form(path, data, *, page=None, **kwargs):
        return send_by(client, path, data, page=page, **kwargs)

    return send_form


@pytest.fixture(scope="session")
def desk_file(migrated_file, tmp_path_factory):
    """A database with a region at work, and what it holds; copied for every test."""
    path = copy_of(migrated_file, tmp_path_factory.mktemp("filled"))
    store = Store(f"sqlite:///{path}")
    with store.write() as session:
        world = fill(session)
    store.close()
    return path, world


@pytest.fixture
def desk(desk_file, tmp_path):
    """The console, freshly filled."""
    path, world = desk_file
    target = copy_of(path, tmp_path)
    made = Desk(target, world, settings_of(f"sqlite:///{target}"))
    yield made
    made.store.close()
