"""What every test may ask for: a store on SQLite, on PostgreSQL, or on both in turn."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeledger.commands.database import upgrade_database
from feeledger.store import Store
from tests.postgres import Database, Server, running_server


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema in it, to be copied."""
    path = tmp_path_factory.mktemp("schema") / "template.db"
    upgrade_database(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """The address of a fresh SQLite database."""
    path = tmp_path / "feeledger.db"
    shutil.copyfile(migrated_file, path)
    return f"sqlite:///{path}"


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    """A store on a fresh SQLite file."""
    opened = Store(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def pg_server() -> Iterator[Server]:
    """A real PostgreSQL, started once a test process."""
    with running_server() as server:
        yield server


@pytest.fixture
def pg_database(pg_server: Server) -> Iterator[Database]:
    """A fresh PostgreSQL database, with its owner's and its service's address."""
    with pg_server.database() as database:
        yield database


@pytest.fixture
def pg_store(pg_database: Database) -> Iterator[Store]:
    """A store on PostgreSQL, as the service's role."""
    opened = Store(pg_database.service_url)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def any_store(request: pytest.FixtureRequest) -> Store:
    """A store on SQLite, then on PostgreSQL."""
    found: Store = request.getfixturevalue("store" if request.param == "sqlite" else "pg_store")
    return found
