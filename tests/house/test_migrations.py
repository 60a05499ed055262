"""Migrations go up, down and up again; the walls stand after every revision, on both databases."""

from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from feeledger.commands.database import (
    ServiceRoleMissing,
    _config,
    current_revision,
    downgrade_database,
    newest_revision,
    upgrade_database,
)
from feeledger.schema import APPEND_ONLY, metadata
from tests.postgres import SERVICE, Database

SCRIPTS = ScriptDirectory.from_config(_config())
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]
LEDGER = REVISIONS.index("0002")
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
together = pytest.mark.xdist_group("the walk through the revisions")
# Rows that the walls are tried on; they need no rows of other tables.
ROWS = {
    "ledger_entry": "INSERT INTO ledger_entry (region, id, day, kind, subject, reason, posted_at) "
    "VALUES ('130184', 1, '2026-11-24', 'test', 's', '', '2026-11-24 00:00:00')",
    "ledger_posting": "INSERT INTO ledger_posting (region, entry, leg, debit, credit, fen) "
    "VALUES ('130184', 1, 1, 'a', 'b', 1)",
}
# The key of tables that belong to no region.
KEYS = {
    "catalog_edition": "id",
    "enterprise_former": "uscc",
    "enterprise_standing": "uscc",
    "ticket_range": "ticket_code",
}
BOOK = (
    "INSERT INTO region (code, name, name_en, level) VALUES ('130184', '新乐市', 'x', 'county')",
    (
        "INSERT INTO ledger_book (region, opened_on, open_day) "
        "VALUES ('130184', '2026-11-24', '2026-11-24')"
    ),
)


@pytest.fixture(params=BOTH)
def migrated(request):
    """A database with the newest schema and no rows; the walk below shows the way there."""
    if request.param == "sqlite":
        url = request.getfixturevalue("sqlite_url")
        return Database(url, url)
    return request.getfixturevalue("pg_database")


def connect(url):
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://"))


def upgrade(database, revision="head"):
    upgrade_database(database.owner_url, service_url=database.service_url, revision=revision)


def downgrade(database, revision):
    downgrade_database(database.owner_url, service_url=database.service_url, revision=revision)


@pytest.fixture
def refusal():
    with refusing() as refuse:
        yield refuse


@contextmanager
def refusing():
    """Try a statement at an address and give the refusal's text, or None where it went through.

    An address keeps its connection for the test; each statement is a transaction of its own.
    """
    engines = {}

    def refuse(url, statement):
        engine = engines.get(url) or engines.setdefault(url, connect(url))
        try:
            with engine.begin() as connection:
                connection.execute(text(statement))
        except DBAPIError as error:
            return str(error.orig)
        return None

    yield refuse
    for engine in engines.values():
        engine.dispose()


def test_revisions_are_one_chain_of_four_digits():
    assert [f"{number:04d}" for number in range(1, len(REVISIONS) + 1)] == REVISIONS
    assert SCRIPTS.get_heads() == [newest_revision()]


@dataclass
class Walk:
    """What was seen on the way: up through every revision, down again to nothing, and up at once.

    ``walls``: what the owner was told for each statement on the ledger, up and down; ``grants``: what
    the service was told for each on every append-only table there was (PostgreSQL). ``triggers``: the names
    there were after each revision, of each table.
    """

    up: list = field(default_factory=list)
    walls: dict = field(default_factory=dict)
    triggers: list = field(default_factory=list)
    walls_down: dict = field(default_factory=dict)
    grants: dict = field(default_factory=dict)
    tables_left: set | None = None
    revision_at_last: str | None = None


@pytest.fixture(scope="module", params=BOTH)
def walk(request, tmp_path_factory):
    """Walk once for all that is asked of the way; rows stand in the ledger from its revision on."""
    walked = Walk()
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('walk') / 'empty.db'}"
        _take(walked, Database(url, url))
        return walked
    with request.getfixturevalue("pg_server").database(migrated=False) as database:
        _take(walked, database)
    return walked


def _take(walked, database):
    with refusing() as refusal:
        for number, revision in enumerate(REVISIONS):
            upgrade(database, revision)
            walked.up.append(current_revision(database.owner_url))
            walked.triggers.append(triggers_of(database))
            if number == LEDGER:
                for statement in (*BOOK, *ROWS.values()):
                    assert refusal(database.owner_url, statement) is None
            if number >= LEDGER:
                _try_walls(walked, database, revision, refusal)
        for revision in reversed(REVISIONS[LEDGER:-1]):
            downgrade(database, revision)
            statement = "DELETE FROM ledger_posting"
            walked.walls_down[revision] = refusal(database.owner_url, statement)
    for revision in [*reversed(REVISIONS[:LEDGER]), "base"]:
        downgrade(database, revision)
    walked.tables_left = tables_of(database)
    upgrade(database)
    walked.revision_at_last = current_revision(database.owner_url)


def _try_walls(walked, database, revision, refusal):
    for table in ROWS:
        for statement in (f"UPDATE {table} SET region = region", f"DELETE FROM {table}"):
            walked.walls[revision, statement] = refusal(database.owner_url, statement)
    if database.owner_url == database.service_url:
        return
    for table in sorted(tables_of(database) & set(APPEND_ONLY)):
        key = KEYS.get(table, "region")
        for statement in (
            f"UPDATE {table} SET {key} = {key}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            walked.grants[revision, statement] = refusal(database.service_url, statement)


def tables_of(database):
    engine = connect(database.owner_url)
    tables = set(inspect(engine).get_table_names())
    engine.dispose()
    return tables


def triggers_of(database):
    engine = connect(database.owner_url)
    query = (
        "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'"
        if engine.dialect.name == "sqlite"
        else "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with engine.connect() as connection:
        triggers = {tuple(row) for row in connection.execute(text(query))}
    engine.dispose()
    return triggers


@together
def test_no_revision_loses_a_trigger(walk):
    for revision, before, after in zip(
        REVISIONS[1:], walk.triggers, walk.triggers[1:], strict=False
    ):
        assert before <= after, revision


@together
def test_every_revision_goes_up_down_and_up_again(walk):
    assert walk.up == REVISIONS
    assert walk.tables_left == {"alembic_version"}
    assert walk.revision_at_last == newest_revision()


@together
def test_after_every_revision_the_ledger_refuses_update_and_delete(walk):
    assert {revision for revision, _ in walk.walls} == set(REVISIONS[LEDGER:])
    assert len(walk.walls) == 2 * len(ROWS) * len(REVISIONS[LEDGER:])
    assert walk.walls_down.keys() == set(REVISIONS[LEDGER:-1])
    for at, told in (walk.walls | walk.walls_down).items():
        assert told is not None, at
        assert "append-only" in told, at


@together
@pytest.mark.parametrize("walk", BOTH[1:], indirect=True)
def test_the_service_may_not_change_the_ledger_after_any_revision(walk):
    """Grants are the first wall: the trigger does not even come to speak."""
    assert {revision for revision, _ in walk.grants} == set(REVISIONS[LEDGER:])
    newest = {statement for revision, statement in walk.grants if revision == REVISIONS[-1]}
    assert len(newest) == 3 * len(APPEND_ONLY)
    for at, told in walk.grants.items():
        assert told is not None, at
        assert "permission denied" in told, at


def test_the_database_is_what_the_tables_say(migrated):
    engine = connect(migrated.owner_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        checks = {
            (table, check["name"])
            for table in metadata.tables
            for check in inspect(connection).get_check_constraints(table)
        }
    engine.dispose()
    assert checks == {
        (table.name, str(constraint.name))
        for table in metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }


@pytest.mark.postgresql
def test_the_service_owns_nothing_and_cannot_take_the_walls_down(pg_database, refusal):
    for statement in (
        "ALTER TABLE ledger_posting DISABLE TRIGGER append_only",
        "DROP TRIGGER append_only ON ledger_posting",
        "DROP TABLE ledger_posting",
        "UPDATE alembic_version SET version_num = '0001'",
        "CREATE TABLE beside (a int)",
    ):
        told = refusal(pg_database.service_url, statement)
        assert told is not None, statement
        assert "permission denied" in told or "must be owner" in told, statement


@pytest.mark.postgresql
def test_another_upgrade_gives_the_rights_again_that_a_restore_lost(pg_database, refusal):
    """As after ``pg_restore --no-privileges``; the ledger is no more open to changes than before."""
    engine = connect(pg_database.owner_url)
    with engine.begin() as connection:
        connection.execute(text(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {SERVICE}"))
    assert "permission denied" in refusal(pg_database.service_url, "SELECT 1 FROM ledger_posting")

    upgrade(pg_database)

    assert refusal(pg_database.service_url, "SELECT 1 FROM ledger_posting") is None
    told = refusal(pg_database.service_url, "DELETE FROM ledger_posting")
    assert "permission denied" in (told or "")
    engine.dispose()


@pytest.mark.postgresql
def test_an_upgrade_for_a_role_that_is_not_there_makes_nothing(pg_server):
    with pg_server.database(migrated=False) as database:
        nobody = database.service_url.replace(SERVICE, "feeledger_nobody", 1)
        with pytest.raises(ServiceRoleMissing) as told:
            upgrade_database(database.owner_url, service_url=nobody)

        assert "CREATE ROLE feeledger_nobody" in told.value.detail.en
        assert tables_of(database) == set()


@pytest.mark.postgresql
def test_not_even_the_owner_truncates_the_ledger(pg_database, refusal):
    told = refusal(pg_database.owner_url, "TRUNCATE ledger_entry CASCADE")

    assert "append-only" in (told or "")


def test_every_append_only_table_has_its_walls(sqlite_url):
    engine = connect(sqlite_url)
    with engine.connect() as connection:
        triggers = set(
            connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        )
    engine.dispose()

    for table in APPEND_ONLY:
        assert {f"{table}_no_update", f"{table}_no_delete"} <= triggers, table


KEY = (
    "INSERT INTO region (code, name, name_en, level) VALUES ('130184', '新乐市', 'x', 'county')",
    "INSERT INTO bank (code, name, name_en) VALUES ('B', '演示银行', 'demo')",
    (
        "INSERT INTO bank_key (keyid, bank, algorithm, material, valid_from) "
        "VALUES ('K', 'B', 'ed25519', 'x', '2026-11-24 00:00:00')"
    ),
)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM bank_key",
        "UPDATE bank_key SET material = 'another'",
        "UPDATE bank_key SET bank = 'C'",
    ],
)
def test_a_banks_key_is_ended_but_never_changed_or_removed(migrated, statement, refusal):
    for made in KEY:
        assert refusal(migrated.service_url, made) is None

    assert "append-only" in (refusal(migrated.service_url, statement) or "")
    ended = "UPDATE bank_key SET valid_to = '2026-11-25 00:00:00'"
    assert refusal(migrated.service_url, ended) is None


def test_replace_does_not_lead_round_the_walls_on_sqlite(store):
    with store.write() as session:
        for statement in (*BOOK, *ROWS.values()):
            session.execute(text(statement))

    with pytest.raises(DBAPIError, match="append-only"), store.write() as session:
        session.execute(text("REPLACE INTO ledger_posting VALUES ('130184', 1, 1, 'a', 'b', 999)"))
