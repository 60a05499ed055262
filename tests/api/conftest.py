"""An application on a database of its own, with the Hebei edition published in it."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

import feeledger.schema
from feeledger.app import create_app
from feeledger.catalog.actions import publish_edition
from feeledger.catalog.reader import load_catalog
from feeledger.clock import Clock
from feeledger.settings import DEFAULT_CATALOG, Settings
from feeledger.store import Store

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="session")
def hebei():
    return load_catalog(DEFAULT_CATALOG)


@pytest.fixture(scope="session")
def public_store(tmp_path_factory, hebei):
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('api') / 'public.db'}")
    feeledger.schema.metadata.create_all(store.writer)
    with store.write() as session:
        publish_edition(session, hebei, by="test", now=datetime(2026, 11, 24, tzinfo=UTC))
    yield store
    store.close()


@pytest.fixture
def settings():
    return replace(
        Settings.from_environ({"FEELEDGER_MODE": "test"}), database_url="sqlite:///never.db"
    )


@pytest.fixture
def public_app(public_store, settings):
    return create_app(settings, store=public_store, clock=Clock(fixed=TODAY))


@pytest.fixture
def client(public_app):
    return public_app.test_client()
