"""What every test may ask for: a store on SQLite, on PostgreSQL, or on both in turn."""

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from werkzeug.routing import Rule

from feeledger.commands.database import upgrade_database
from feeledger.store import Store
from tests.browser import NO_BROWSER, browser_is_missed, browser_path
from tests.builders import ROOT, a_place, an_enterprise
from tests.postgres import HASTE, Database, Server, running_server

# Where no bytecode may be written beside the sources it is kept apart: the tests start hundreds of
# Pythons, and each would compile the whole service anew.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(ROOT / ".var" / "bytecode"))
    sys.dont_write_bytecode, sys.pycache_prefix = False, os.environ["PYTHONPYCACHEPREFIX"]


# What `make fuzz` draws: more, never twice the same, and with what is needed to draw it again.
settings.register_profile(
    "fuzz", max_examples=1000, derandomize=False, deadline=None, print_blob=True
)


def compile_routes_once() -> None:
    """Let werkzeug compile a rule once a process: hundreds of applications have the same 400.

    What is compiled follows from the key alone; without this each application costs 60 ms more.
    """
    compiled: dict[tuple[object, ...], Any] = {}
    compile_anew = Rule._compile_builder

    def compile_once(rule: Rule, append_unknown: bool = True) -> Any:
        defaults = repr(sorted((rule.defaults or {}).items()))
        key = rule.rule, rule.host, rule.subdomain, tuple(rule._trace), defaults, append_unknown
        if key not in compiled:
            compiled[key] = compile_anew(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = compile_once  # type: ignore[method-assign]


compile_routes_once()


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
    with running_server(*HASTE) as server:
        yield server


@pytest.fixture
def pg_database(pg_server: Server) -> Iterator[Database]:
    """A PostgreSQL database without rows, with its owner's and its service's address."""
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


@pytest.fixture
def placed(any_store: Store) -> Store:
    """A store with a region that can bill and collect, and an enterprise."""
    with any_store.write() as session:
        a_place(session)
        an_enterprise(session)
    return any_store


@pytest.fixture
def url(any_store: Store, request: pytest.FixtureRequest) -> str:
    """The address of ``any_store`` for other processes; on PostgreSQL with the service's role."""
    if any_store.dialect == "sqlite":
        return any_store.url
    return str(request.getfixturevalue("pg_database").service_url)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the browser tests out where there is no Chromium, and say so at the end."""
    if browser_path() is not None:
        return
    missing = pytest.mark.skip(reason=NO_BROWSER)
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(missing)


def pytest_collection_finish() -> None:
    """Spare the collector what was collected: looking through it was half of a small test's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run that missed its browser, unless that was declared by BROWSER=no.

    Under FEELEDGER_REQUIRE_ALL (the submission's run) any skipped test fails it.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = os.environ.get("FEELEDGER_REQUIRE_ALL") and reporter and reporter.stats.get("skipped")
    if exitstatus == 0 and (browser_is_missed(session.config) or skipped):
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Name what to install, in one line."""
    if browser_is_missed(config):
        terminalreporter.write_line(NO_BROWSER)
