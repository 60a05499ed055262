"""The application on a database of its own: with the Hebei edition, or with a bank's world."""

import shutil
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

import feeledger.schema
from feeledger.api.tables import NonceRow
from feeledger.app import create_app
from feeledger.clock import Clock
from feeledger.payments.tables import MessageLogRow, PaymentRow, RejectedConfirmationRow
from feeledger.settings import Settings
from feeledger.store import Store
from tests.api.banks import ED_KEY, SM2_KEY, Bank, a_key
from tests.builders import NOW, TODAY, a_notice, a_place, an_edition, an_enterprise, the_catalog


@pytest.fixture(scope="session")
def hebei():
    return the_catalog()


@pytest.fixture(scope="session")
def public_store(tmp_path_factory):
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('api') / 'public.db'}")
    feeledger.schema.metadata.create_all(store.writer)
    with store.write() as session:
        an_edition(session)
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


@dataclass
class World:
    """A region with an unpaid notice of 140.00 yuan, and the bank that collects there."""

    app: Flask
    store: Store
    bank: Bank
    pay_code: str
    notice_id: int
    times: list[datetime]

    def set_time(self, now):
        """Let our clock, and the bank's, stand at an instant."""
        self.times[0] = now
        self.bank.at = now

    def count(self, row):
        with self.store.read() as session:
            return session.scalar(select(func.count()).select_from(row))

    def payments(self):
        return self.count(PaymentRow)

    def rejections(self):
        with self.store.read() as session:
            return list(session.scalars(select(RejectedConfirmationRow)))

    def messages(self):
        with self.store.read() as session:
            return list(
                session.scalars(
                    select(MessageLogRow).order_by(MessageLogRow.received_at, MessageLogRow.id)
                )
            )

    def nonces(self):
        return self.count(NonceRow)


def fill_world(store):
    """Make the region, the notice and the keys; give the notice's code and id."""
    with store.write() as session:
        an_edition(session)
        a_place(session)
        an_enterprise(session)
        notice = a_notice(session)
        a_key(session)
        a_key(session, ED_KEY)
        a_key(session, SM2_KEY)
    return notice.pay_code, notice.id


def open_world(store, settings, made):
    times = [NOW]
    app = create_app(settings, store=store, clock=Clock(source=lambda: times[0]))
    return World(app, store, Bank(app.test_client()), *made, times)


@pytest.fixture(scope="session")
def world_file(migrated_file, tmp_path_factory):
    """A SQLite file with a world in it, to be copied: made once a test process."""
    path = tmp_path_factory.mktemp("world") / "world.db"
    shutil.copyfile(migrated_file, path)
    store = Store(f"sqlite:///{path}")
    made = fill_world(store)
    store.close()
    return path, made


@pytest.fixture
def world(world_file, tmp_path, settings):
    path, made = world_file
    copy = tmp_path / "world.db"
    shutil.copyfile(path, copy)
    store = Store(f"sqlite:///{copy}")
    yield open_world(store, settings, made)
    store.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def any_world(request, settings):
    if request.param == "sqlite":
        return request.getfixturevalue("world")
    store = request.getfixturevalue("pg_store")
    return open_world(store, settings, fill_world(store))
