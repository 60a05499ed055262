"""Reading a database in one snapshot, row by row, by the plain drivers; writing is impossible.

Days and instants come out as texts of one form on both databases: ``2026-11-24`` and
``2026-11-24T02:00:00.000000Z``.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import unquote, urlsplit

ROWS_AT_ONCE = 2000
SQLITE_LENGTH = len("2026-11-24 02:00:00.000000")
BEIJING = timedelta(hours=8)
Row = tuple[Any, ...]


class AddressRefused(ValueError):
    """The address names neither a SQLite file nor a PostgreSQL database."""


class Reader:
    """One snapshot of a database. ``rows`` streams; parameters are named and written ``:name``."""

    def __init__(self, connection: Any, *, postgres: bool) -> None:
        """Keep the driver's connection."""
        self._connection = connection
        self._postgres = postgres
        self._names = count(1)

    def rows(self, query: str, values: Mapping[str, object]) -> Iterator[Row]:
        """Stream the rows of a query."""
        if not self._postgres:
            yield from self._connection.execute(query, dict(values))
            return
        for name in values:
            query = query.replace(f":{name}", f"%({name})s")
        with self._connection.cursor(name=f"audit_{next(self._names)}") as cursor:
            cursor.execute(query, dict(values))
            while rows := cursor.fetchmany(ROWS_AT_ONCE):
                yield from rows


@contextmanager
def snapshot_of(url: str) -> Iterator[Reader]:
    """Open one snapshot of a database for reading. Raises AddressRefused, or the driver's error."""
    scheme = urlsplit(url).scheme.partition("+")[0]
    if scheme == "sqlite":
        with _sqlite_snapshot(unquote(url.partition(":///")[2])) as reader:
            yield reader
    elif scheme in {"postgresql", "postgres"}:
        with _postgres_snapshot("postgresql:" + url.partition(":")[2]) as reader:
            yield reader
    else:
        raise AddressRefused(url.partition(":")[0])


@contextmanager
def _sqlite_snapshot(path: str) -> Iterator[Reader]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    try:
        connection.execute("PRAGMA query_only=ON")
        connection.execute("BEGIN")
        yield Reader(connection, postgres=False)
    finally:
        connection.close()


@contextmanager
def _postgres_snapshot(url: str) -> Iterator[Reader]:
    import psycopg

    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        _read_as_text(connection)
        yield Reader(connection, postgres=True)
        connection.rollback()


def _read_as_text(connection: Any) -> None:
    """Let days and instants come as texts: making objects of them costs most of reading a row."""
    from psycopg.adapt import Loader

    class Day(Loader):
        def load(self, data: Any) -> str:
            return bytes(data).decode()

    class Moment(Loader):
        def load(self, data: Any) -> str:  # 2026-11-24 02:00:00.5+00, as the session is in UTC
            day, _, rest = bytes(data).decode().partition(" ")
            clock, _, part = rest.removesuffix("+00").partition(".")
            return f"{day}T{clock}.{part:0<6}Z"

    connection.adapters.register_loader("date", Day)
    connection.adapters.register_loader("timestamptz", Moment)
    connection.execute("SET LOCAL TIME ZONE 'UTC'")
    connection.execute("SET LOCAL datestyle TO 'ISO'")


def day_text(value: date | str | None) -> str:
    """Write a day in its one form; nothing is ""."""
    return "" if value is None else str(value)


def instant_text(value: datetime | str | None) -> str:
    """Write an instant in UTC to the microsecond; nothing is ""."""
    if value is None:
        return ""
    if isinstance(value, str):
        if value.endswith("Z"):
            return value
        if len(value) == SQLITE_LENGTH:
            return f"{value[:10]}T{value[11:]}Z"
    instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    return instant.isoformat(timespec="microseconds").replace("+00:00", "Z")


def beijing_day(instant: str) -> str:
    """Give the Beijing day of an instant as ``instant_text`` writes it."""
    if instant[11:13] < "16":
        return instant[:10]
    return (instant_of(instant) + BEIJING).date().isoformat()


def instant_of(text: str) -> datetime:
    """Read an instant of that form, or of ISO 8601."""
    return datetime.fromisoformat(text)
