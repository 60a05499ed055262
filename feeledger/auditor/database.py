"""Reading a database in one snapshot, row by row, by the plain drivers; writing is impossible.

Days and instants come out as the texts that the database writes; ``day_text`` and ``instant_text``
give them their one form: ``2026-11-24`` and ``2026-11-24T02:00:00.000000Z``.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

ROWS_AT_ONCE = 1000
SQLITE_LENGTH = len("2026-11-24 02:00:00.000000")
BEIJING = timedelta(hours=8)
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
Row = tuple[Any, ...]


class AddressRefused(ValueError):
    """The address names neither a SQLite file nor a PostgreSQL database."""


class DatabaseUnreadable(Exception):
    """The database cannot be read: not there, not ours, or no right to read; the driver's line."""


class Reader:
    """One snapshot of a database. ``rows`` streams; parameters are named and written ``:name``."""

    def __init__(self, connection: Any = None, *, more: Callable[[], Any] | None = None) -> None:
        """Keep a connection that streams beside itself, or what opens more of the same snapshot."""
        self._connection = connection
        self._more = more
        self._free: list[Any] = []

    def rows(self, query: str, values: Mapping[str, object]) -> Iterator[Row]:
        """Stream the rows of a query."""
        if self._more is None:
            yield from self._connection.execute(query, dict(values))
            return
        for name in values:
            query = query.replace(f":{name}", f"%({name})s")
        # A connection to itself: the database goes on while the rows it sent are looked at.
        connection = self._free.pop() if self._free else self._more()
        with connection.cursor() as cursor:
            yield from cursor.stream(query, dict(values), size=ROWS_AT_ONCE)
        self._free.append(connection)  # one whose stream was left behind is not used again

    def first(self, query: str, values: Mapping[str, object]) -> Row | None:
        """Give the first row of a query that has few, or None."""
        return next(iter(list(self.rows(query, values))), None)


@contextmanager
def snapshot_of(url: str) -> Iterator[Reader]:
    """Open one snapshot of a database for reading. Raises AddressRefused, DatabaseUnreadable."""
    scheme = urlsplit(url).scheme.partition("+")[0]
    if scheme == "sqlite":
        refusals: tuple[type[Exception], ...] = (sqlite3.Error,)
        snapshot = _sqlite_snapshot(unquote(url.partition(":///")[2]))
    elif scheme in {"postgresql", "postgres"}:
        import psycopg

        refusals = (psycopg.Error,)
        snapshot = _postgres_snapshot("postgresql:" + url.partition(":")[2])
    else:
        raise AddressRefused(url.partition(":")[0])
    try:
        with snapshot as reader:
            yield reader
    except refusals as error:
        raise DatabaseUnreadable(str(error).partition("\n")[0]) from error


@contextmanager
def _sqlite_snapshot(path: str) -> Iterator[Reader]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    try:
        connection.execute("PRAGMA query_only=ON")
        connection.execute("BEGIN")
        yield Reader(connection)
    finally:
        connection.close()


@contextmanager
def _postgres_snapshot(url: str) -> Iterator[Reader]:
    with ExitStack() as opened:
        holder = _connected(opened, url)
        holder.execute("SET LOCAL idle_in_transaction_session_timeout TO 0")
        name = holder.execute("SELECT pg_export_snapshot()").fetchone()[0]

        def another() -> Any:
            connection = _connected(opened, url)
            connection.execute(f"SET TRANSACTION SNAPSHOT '{name}'")
            _read_as_text(connection)
            return connection

        yield Reader(more=another)


def _connected(opened: ExitStack, url: str) -> Any:
    import psycopg

    connection = psycopg.connect(url)
    opened.callback(connection.close)
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    return connection


def _read_as_text(connection: Any) -> None:
    """Let days and instants come as texts: making objects of them costs most of reading a row."""
    from psycopg.types.string import TextLoader

    connection.adapters.register_loader("date", TextLoader)
    connection.adapters.register_loader("timestamptz", TextLoader)
    connection.execute("SET LOCAL TIME ZONE 'UTC'")
    connection.execute("SET LOCAL datestyle TO 'ISO'")


def day_text(value: date | str | None) -> str:
    """Write a day in its one form; nothing is ""."""
    return "" if value is None else str(value)


def instant_text(value: datetime | str | None) -> str:
    """Write an instant in UTC to the microsecond; nothing is "", what is no instant stays as it is."""
    if value is None:
        return ""
    if isinstance(value, str):
        if value[-3:] == "+00":  # PostgreSQL in UTC: 2026-11-24 02:00:00.5+00
            return f"{value[:10]}T{value[11:19]}.{value[20:-3]:0<6}Z"
        if len(value) == SQLITE_LENGTH:
            return f"{value[:10]}T{value[11:]}Z"
        if value[-1:] == "Z":
            return value
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return str(value)
    instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    return instant.isoformat(timespec="microseconds").replace("+00:00", "Z")


def same_instant(one: datetime | str | None, other: datetime | str | None) -> bool:
    """Say whether two values of the database are one instant, or both nothing."""
    return one == other or instant_text(one) == instant_text(other)


def beijing_day(instant: str) -> str:
    """Give the Beijing day of an instant as ``instant_text`` writes it."""
    if instant[11:13] < "16":
        return instant[:10]
    return (instant_of(instant) + BEIJING).date().isoformat()


def instant_of(text: str) -> datetime:
    """Read an instant of that form, or of ISO 8601; what is none counts as long ago."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return LONG_AGO
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
