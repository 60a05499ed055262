"""The database: engines, sessions, column types, ids; SQLite by default, PostgreSQL in production.

What always holds: only ``Store`` begins and commits; ``write()`` keeps all or nothing and ``read()``
never writes, seeing one snapshot. Instants are aware and stored in UTC, money is whole fen, and a
value of another type is refused here, because SQLite would keep it in silence.

On SQLite there is one writer at a time, in the order of asking (``turns.py`` says how): its own
busy handler starves writers. ``write()`` must therefore not be opened inside ``write()``.
"""

import json
import os
import secrets
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    Table,
    Text,
    make_url,
    select,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from feeledger.engines import (
    Lone,
    LoneConnections,
    postgres_engine,
    queue_path,
    refuse_url,
    sqlite_engine,
)
from feeledger.turns import turn_in_queue

if TYPE_CHECKING:
    from feeledger.prompts import Prompt

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
COUNTER_BITS = 22
ATTEMPTS = 4
TRANSIENT_STATES = frozenset({"40001", "40P01"})
# The region of what concerns none: trail and messages that belong to no fiscal region.
NATION = "000000"

Result = TypeVar("Result")


class Fen(TypeDecorator[int]):
    """Whole fen in a BIGINT; anything but an int is refused."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: object) -> int | None:
        """Let an int through, and nothing else."""
        if value is not None and type(value) is not int:
            raise TypeError(f"fen must be an int, not {value!r}")
        return value


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> datetime | None:
        """Turn an aware instant to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError(f"an instant must be aware: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        """Give the instant aware, in UTC (SQLite keeps no zone)."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(TypeDecorator[Any]):
    """A JSON value as canonical text (sorted keys, no blanks); floats are refused."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: object) -> str | None:
        """Write the value in its one canonical form."""
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: str | None, dialect: object) -> Any:
        """Read the value back."""
        return None if value is None else json.loads(value)


class Base(DeclarativeBase):
    """Every table of feeledger; all constraints get their names here and keep them."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(referred_table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        int: BigInteger(),
        bool: Boolean(),
        date: Date(),
        datetime: Instant(),
        bytes: LargeBinary(),
    }


def canonical_json(value: object) -> str:
    """Write a value as JSON with sorted keys and no blanks; raise TypeError on a float."""
    _refuse_floats(value)
    return _write_canonically(value)


_write_canonically: Final = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":")
).encode


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError(f"no float near the ledger: {value!r}")
    parts: Iterable[object] = ()
    if isinstance(value, dict):
        parts = value.values()
    elif isinstance(value, list | tuple):
        parts = value
    for part in parts:
        if type(part) is not str:  # nearly all are
            _refuse_floats(part)


class _Counter:
    """The low bits of ids: a count from a random start, taken anew in every process."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.values = count(secrets.randbits(COUNTER_BITS))


_counter = _Counter()
os.register_at_fork(after_in_child=_counter.restart)


def new_id(now: datetime) -> int:
    """Make an id of 63 bits: milliseconds since 2020, then a count from a random start.

    Ids are names, unique within a region, roughly in the order of time; never an order to rely on.
    """
    milliseconds = int((now - EPOCH).total_seconds() * 1000)
    low = next(_counter.values) & ((1 << COUNTER_BITS) - 1)
    return (milliseconds << COUNTER_BITS) | low


class Store:
    """One database. ``write()`` and ``read()`` are the only ways in."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        """Prepare the engines; nothing is opened yet. Raises DatabaseUrlRefused."""
        self.url = url
        self.dialect = make_url(url).get_backend_name()
        self._queue: Path | None = None
        if self.dialect == "sqlite":
            self._queue = queue_path(url)
            self.writer = sqlite_engine(url, begin="BEGIN IMMEDIATE", read_only=False)
            self.reader = sqlite_engine(url, begin="BEGIN", read_only=True)
        elif self.dialect == "postgresql":
            self.writer = postgres_engine(url, pool_size=pool_size)
            self.reader = self.writer.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        else:
            raise refuse_url(url)
        self._lone = LoneConnections(self.reader)
        os.register_at_fork(after_in_child=_forgetter(weakref.ref(self)))

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session whose work is kept as a whole, or not at all if an error leaves it."""
        with (
            self._turn(),
            Session(self.writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session over one snapshot; the database refuses writes in it."""
        with Session(self.reader, expire_on_commit=False) as session:
            yield session

    def retry(self, work: Callable[[Session], Result]) -> Result:
        """Do work in ``write()``, again if the transaction was lost through no fault of its own.

        Again means: serialisation failure, deadlock, lost connection, an id met twice. Whether a
        lost transaction was kept is unknown, so the work must be safe to repeat (a trade number).
        """
        return self._repeated(work, is_transient)

    def attempt(self, work: Callable[[Session], Result]) -> Result:
        """Do work in ``write()``, again only where the database certainly undid it: a deadlock, an id met twice.

        For work that would count twice if it were kept twice, such as an officer's act.
        """
        return self._repeated(work, lambda error: was_undone(error) or met_twice(error))

    def _repeated(
        self, work: Callable[[Session], Result], may_go_again: Callable[[DBAPIError], bool]
    ) -> Result:
        for attempt in range(1, ATTEMPTS):
            try:
                with self.write() as session:
                    return work(session)
            except DBAPIError as error:
                if not may_go_again(error):
                    raise
                time.sleep(0.01 * attempt * (1 + secrets.randbelow(100) / 100))
        with self.write() as session:
            return work(session)

    def at_once(self, prompt: "Prompt", values: Mapping[str, object]) -> Any | None:
        """Run one statement that is a transaction of its own, and give its one value (PostgreSQL).

        One way to the server instead of three. None: the transaction was lost (an id met twice is
        such a loss too), or kept and its answer lost; ask the long way.
        """
        from psycopg import IntegrityError as IdMetTwice
        from psycopg import OperationalError

        try:
            with self.lone_connection() as lone:
                row = prompt.first_row(lone, values)
        except (OperationalError, IdMetTwice):
            return None
        return None if row is None else row[0]

    def lone_connection(self) -> AbstractContextManager[Lone]:
        """Lend a connection in no transaction; on SQLite it only reads."""
        return self._lone.one()

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Give a bare connection for changes of the schema; on SQLite alone in the queue.

        Foreign keys rest meanwhile on SQLite: a table is changed there by being built anew.
        """
        with self._turn(), self.writer.connect() as connection:
            if self.dialect == "sqlite":
                connection.connection.execute("PRAGMA foreign_keys=OFF")
            else:
                driver: Any = connection.connection.driver_connection
                driver.patience = None  # a table may be large
            try:
                yield connection
            finally:
                connection.invalidate()

    def close(self) -> None:
        """Close every pooled connection."""
        self._lone.close()
        self.writer.dispose()
        self.reader.dispose()

    def forget_connections(self) -> None:
        """Leave a parent process its connections and open fresh ones here."""
        self._lone.forget()
        self.writer.dispose(close=False)
        self.reader.dispose(close=False)

    def _turn(self) -> AbstractContextManager[None]:
        return nullcontext() if self._queue is None else turn_in_queue(self._queue)


def table_of(row: type[Base]) -> Table:
    """Give the bare table of a row: statements over it skip the work of the object mapper."""
    table = row.__table__
    if not isinstance(table, Table):
        raise TypeError(row)
    return table


def rows_bound(
    session: Session, row: type[Base], columns: Sequence[str], *where: ColumnElement[bool]
) -> list[dict[str, Any]]:
    """Give rows as mappings of column and value, by primary key: of the columns named, no others."""
    table = table_of(row)
    query = select(*(table.c[name] for name in columns)).where(*where)
    found = session.execute(query.order_by(*table.primary_key.columns))
    return [dict(each) for each in found.mappings()]


def insert_for(session: Session, row: type[Base]) -> Any:
    """Give the insert of the session's database, which knows ``on_conflict_do_…``."""
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as insert_postgresql

        return insert_postgresql(table_of(row))
    from sqlalchemy.dialects.sqlite import insert as insert_sqlite

    return insert_sqlite(table_of(row))


def was_undone(error: DBAPIError) -> bool:
    """Say whether the database undid the whole transaction so that rivals could go on."""
    return getattr(error.orig, "sqlstate", None) in TRANSIENT_STATES


def is_transient(error: DBAPIError) -> bool:
    """Say whether the same work may succeed when done again."""
    if error.connection_invalidated:
        return True
    if was_undone(error):
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state == "XX000" and "could not commit transaction" in str(error.orig):
        return True
    return met_twice(error)


def met_twice(error: DBAPIError) -> bool:
    """Say whether an id was taken already: another attempt takes another."""
    return isinstance(error, IntegrityError) and constraint_of(error).startswith("pk_")


def constraint_of(error: DBAPIError) -> str:
    """Name the constraint that refused, as far as the database says it; "" where it does not.

    Compare by prefix: a distributed database adds a shard number behind the name.
    """
    diagnosis = getattr(error.orig, "diag", None)
    return str(getattr(diagnosis, "constraint_name", None) or "")


def _forgetter(store: "weakref.ref[Store]") -> Callable[[], None]:
    def forget() -> None:
        living = store()
        if living is not None:
            living.forget_connections()

    return forget
