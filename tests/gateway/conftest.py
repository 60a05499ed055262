"""A region with an unpaid notice, a bank's node and a unit's, and a gateway on a real port."""

import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace

import gevent
import pytest
from sqlalchemy import func, select

from feeledger.app import create_app
from feeledger.clock import Clock
from feeledger.gateway.actions import Holder, enter_node
from feeledger.gateway.answering import Gateway
from feeledger.gateway.exchange import answer_frame
from feeledger.gateway.server import FrameServer, Limits
from feeledger.payments.tables import MessageLogRow, PaymentRow
from feeledger.schema import metadata
from feeledger.settings import Settings
from feeledger.store import Store
from tests.api.banks import Bank, a_key
from tests.builders import (
    BANK,
    CLERK,
    NOW,
    WATER_UNIT,
    a_notice,
    a_place,
    an_edition,
    an_enterprise,
    the_calendar,
)
from tests.gateway.peers import FINANCE, NODE, TOKEN, UNIT_NODE, Line

NEVER_IN_A_FRAME = {"message_log"}


@dataclass
class World:
    """The database behind the gateway; ``bank`` is the same bank at the API's door."""

    store: Store
    pay_code: str
    bank: Bank
    port: int = 0

    def line(self):
        return Line(self.port)

    def ask(self, data, size=None):
        """Ask over a connection of its own."""
        line = self.line()
        try:
            return line.ask(data, size)
        finally:
            line.close()

    def messages(self):
        with self.store.read() as session:
            return list(session.scalars(select(MessageLogRow).order_by(MessageLogRow.id)))

    def payments(self):
        with self.store.read() as session:
            return list(session.scalars(select(PaymentRow)))

    def counts(self):
        """How many rows each table has, all but the message log."""
        with self.store.read() as session:
            return {
                name: session.scalar(select(func.count()).select_from(table))
                for name, table in metadata.tables.items()
                if name not in NEVER_IN_A_FRAME
            }


def fill_world(store):
    with store.write() as session:
        an_edition(session)
        a_place(session)
        an_enterprise(session)
        notice = a_notice(session)
        a_key(session)
        enter_node(session, NODE, Holder(bank=BANK), token=TOKEN, by=CLERK, now=NOW)
        unit = Holder(unit_code=WATER_UNIT)
        enter_node(session, UNIT_NODE, unit, token=TOKEN, by=CLERK, now=NOW)
    return notice.pay_code


def open_world(store, pay_code):
    settings = replace(Settings.from_environ({"FEELEDGER_MODE": "test"}), database_url=store.url)
    app = create_app(settings, store=store, clock=Clock(source=lambda: NOW))
    return World(store, pay_code, Bank(app.test_client()))


@contextmanager
def listening(store, limits=Limits(), answering=None):  # noqa: B008 - a frozen value
    """A gateway on a free port, in a thread of its own; gives the port."""
    door = Gateway(store, Clock(source=lambda: NOW), FINANCE, the_calendar())
    server = FrameServer(answering or (lambda came: answer_frame(door, came)), limits)
    ready, ports, ended = threading.Event(), [], []

    def serve():
        hub = gevent.get_hub()  # this thread's own
        ended.append(hub.loop.async_())
        ports.append(server.listen("127.0.0.1", 0))
        ready.set()
        hub.wait(ended[0])
        server.stop()
        ended[0].close()
        hub.destroy(destroy_loop=True)

    thread = threading.Thread(target=serve)
    thread.start()
    assert ready.wait(10)
    try:
        yield ports[0]
    finally:
        ended[0].send()
        thread.join(30)
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def gateway_file(migrated_file, tmp_path_factory):
    path = tmp_path_factory.mktemp("gateway") / "world.db"
    shutil.copyfile(migrated_file, path)
    store = Store(f"sqlite:///{path}")
    pay_code = fill_world(store)
    store.close()
    return path, pay_code


@pytest.fixture
def quiet_world(gateway_file, tmp_path):
    """The world without a gateway."""
    path, pay_code = gateway_file
    copy = tmp_path / "world.db"
    shutil.copyfile(path, copy)
    store = Store(f"sqlite:///{copy}")
    yield open_world(store, pay_code)
    store.close()


@pytest.fixture
def world(quiet_world):
    with listening(quiet_world.store) as port:
        quiet_world.port = port
        yield quiet_world


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def any_world(request):
    if request.param == "sqlite":
        yield request.getfixturevalue("world")
        return
    store = request.getfixturevalue("pg_store")
    made = open_world(store, fill_world(store))
    with listening(store) as port:
        made.port = port
        yield made
