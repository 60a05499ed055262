"""Engines: how a connection to SQLite or PostgreSQL behaves, and which addresses are taken.

SQLite: WAL, every commit on disk, foreign keys on, transactions begun by us (BEGIN IMMEDIATE for
writers, so that reading first and writing then never fails half-way). PostgreSQL: every commit on
disk, time-outs for locks and statements, UTC, a look whether a connection that lay idle still lives,
and an end to waiting for a server that says nothing: a line that swallows everything, a process that
stands still.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError

from feeledger.errors import Invalid, Text

BUSY_SECONDS = 30
IDLE_SECONDS = 5
# A line to the server that went silent is given up after a quarter of a minute: others wait behind it.
KEEPALIVES = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,  # milliseconds
}
# The server ends a statement of its own after a minute. Who hears nothing for longer hears nothing at all.
PATIENCE_SECONDS = 75
# For what many wait behind. Locks are waited for ten seconds.
SHORT_PATIENCE_SECONDS = 15
TRY_SECONDS = 5
# What is told to be kept is on the disk, whatever the role, the database or the server says of it.
POSTGRES_OPTIONS = (
    "-c synchronous_commit=on -c lock_timeout=10000 -c statement_timeout=60000 "
    "-c idle_in_transaction_session_timeout=60000 -c timezone=UTC -c client_encoding=UTF8"
)


class DatabaseUrlRefused(Invalid):
    """The address names a database that cannot keep a ledger."""

    code = "database-url-refused"
    title = Text("数据库地址不可用", "The database address cannot be used")


def queue_path(url: str) -> Path:
    """Name the queue file beside a SQLite database and make its folder. Raises DatabaseUrlRefused."""
    database = make_url(url).database
    if not database or database == ":memory:":
        raise refuse_url(url)
    path = Path(database)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(path.name + ".queue")


def refuse_url(url: str) -> DatabaseUrlRefused:
    """Make the refusal of an address; its password is not shown."""
    shown = make_url(url).render_as_string(hide_password=True)
    return DatabaseUrlRefused(
        Text(
            f"数据库地址 {shown} 不可用：请用 sqlite:///文件 或 postgresql+psycopg://…",
            f"The database address {shown} cannot be used: write sqlite:///file or "
            f"postgresql+psycopg://…",
        )
    )


def sqlite_engine(url: str, *, begin: str, read_only: bool) -> Engine:
    """Make an engine on a SQLite file; ``begin`` is how its transactions begin."""
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def set_manners(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "recursive_triggers=ON",  # REPLACE must meet the append-only walls too
            f"query_only={'ON' if read_only else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def postgres_engine(url: str, *, pool_size: int) -> Engine:
    """Make an engine on PostgreSQL through psycopg 3, with a pool."""
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_use_lifo=True,
        connect_args={
            "options": POSTGRES_OPTIONS,
            "fallback_application_name": "feeledger",  # in pg_stat_activity; PGAPPNAME goes before
            **KEEPALIVES,
        },
    )

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, cargs: Any, cparams: Any) -> Any:
        return _patient_connection().connect(*cargs, **cparams)

    @event.listens_for(engine, "checkin")
    def note_time(_connection: object, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def try_if_idle(connection: Any, record: Any, _proxy: object) -> None:
        if time.monotonic() - record.info.get("idle_since", time.monotonic()) > IDLE_SECONDS:
            _try_connection(connection)

    return engine


@cache
def _patient_connection() -> Any:
    """Make the driver's connection that waits no longer than ``patience`` seconds for any answer."""
    from psycopg import Connection, OperationalError
    from psycopg.errors import _WaitTimeout

    class PatientConnection(Connection[Any]):
        patience: float | None = PATIENCE_SECONDS

        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            if timeout is not None:
                return super().wait(gen, interval, timeout)
            try:
                return super().wait(gen, interval, self.patience)
            except _WaitTimeout:
                self.pgconn.finish()  # what it says later is an answer to nothing
                raise OperationalError("the server says nothing") from None

    return PatientConnection


def _try_connection(connection: Any) -> None:
    """Ask a connection that lay idle whether it lives; the pool opens another if not."""
    from psycopg import OperationalError

    try:
        _ask_quickly(connection)
    except OperationalError as error:
        raise DisconnectionError from error


def _ask_quickly(connection: Any) -> None:
    """Ask for next to nothing, and wait a few seconds for it."""
    patience, connection.patience = connection.patience, TRY_SECONDS
    connection.execute("SELECT 1")
    connection.rollback()
    connection.patience = patience


@dataclass(slots=True)
class Lone:
    """A driver's connection in no transaction, and what is prepared on it, by name."""

    driver: Any
    prepared: dict[bytes, Any] = field(default_factory=dict)
    idle_since: float = 0.0


class LoneConnections:
    """A stack of connections; there are never more than were in use at once."""

    def __init__(self, engine: Engine) -> None:
        """Keep the engine that opens connections; none is opened yet."""
        self.engine = engine
        self._has_line = engine.dialect.name == "postgresql"  # which can be lost
        self._idle: list[Lone] = []

    @contextmanager
    def one(self) -> Iterator[Lone]:
        """Lend a connection; it is closed if an error leaves the block, and if it was lost, all idle ones too."""
        lone = self._take()
        try:
            yield lone
        except BaseException:
            was_lost = self._has_line and (lone.driver.broken or lone.driver.closed)
            lone.driver.close()
            if was_lost:  # whoever asks next is not to meet one that was lost with it
                self.close()
                self.engine.dispose()
            raise
        lone.idle_since = time.monotonic()
        self._idle.append(lone)

    def close(self) -> None:
        """Close what lies on the stack."""
        while self._idle:
            self._idle.pop().driver.close()

    def forget(self) -> None:
        """Leave a parent process its connections."""
        self._idle.clear()

    def _take(self) -> Lone:
        while True:
            try:
                lone = self._idle.pop()
            except IndexError:
                return self._open()
            if time.monotonic() - lone.idle_since < IDLE_SECONDS or self._lives(lone):
                return lone

    def _open(self) -> Lone:
        pooled = self.engine.raw_connection()
        driver: Any = pooled.driver_connection
        pooled.detach()
        if self._has_line:
            driver.patience = SHORT_PATIENCE_SECONDS
        return Lone(driver)

    def _lives(self, lone: Lone) -> bool:
        """Ask a connection that lay idle whether it lives."""
        if not self._has_line:
            return True
        try:
            _ask_quickly(lone.driver)
        except self.engine.dialect.loaded_dbapi.Error:
            lone.driver.close()
            return False
        return True
