"""The pages under test: one database with the real catalog, read by a client or a browser."""

import re
import threading
from datetime import date

import pytest
from werkzeug.serving import make_server

from feeledger.app import create_app
from feeledger.catalog.actions import publish_edition
from feeledger.catalog.reader import load_catalog
from feeledger.clock import Clock
from feeledger.commands.database import upgrade_database
from feeledger.settings import DEFAULT_CATALOG, Settings, Site
from feeledger.store import Store

TODAY = date(2026, 11, 24)
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]


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


@pytest.fixture(scope="session")
def catalog():
    return load_catalog(DEFAULT_CATALOG)


@pytest.fixture(scope="session")
def site_store(tmp_path_factory, catalog):
    url = f"sqlite:///{tmp_path_factory.mktemp('web') / 'pages.db'}"
    upgrade_database(url)
    store = Store(url)
    with store.write() as session:
        publish_edition(session, catalog, by="tests", now=Clock(fixed=TODAY).now())
    yield store
    store.close()


@pytest.fixture(scope="session")
def site(site_store):
    return create_app(settings_of(site_store.url), store=site_store, clock=Clock(fixed=TODAY))


@pytest.fixture
def client(site):
    return site.test_client()


@pytest.fixture(scope="session")
def make_site(site_store):
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
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield found
        found.close()


@pytest.fixture
def send(client):
    """Fetch a page, take its form token, and send the form as a browser would."""

    def send_form(path, data, *, page=None, **kwargs):
        text = client.get(page or path).get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', text)[1]
        return client.post(path, data={**data, "csrf_token": token}, **kwargs)

    return send_form
