"""Migrations go up, down and up again; the walls stand after every revision, on both databases."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from feeledger.commands.database import (
    _config,
    current_revision,
    downgrade_database,
    newest_revision,
    upgrade_database,
)
from feeledger.schema import APPEND_ONLY, metadata
from tests.postgres import Database

SCRIPTS = ScriptDirectory.from_config(_config())
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]
LEDGER = REVISIONS.index("0002")
# Rows that the walls are tried on; they need no rows of other tables.
ROWS = {
    "ledger_entry": "INSERT INTO ledger_entry (region, id, day, kind, subject, reason, posted_at) "
    "VALUES ('130184', 1, '2026-11-24', 'test', 's', '', '2026-11-24 00:00:00')",
    "ledger_posting": "INSERT INTO ledger_posting (region, entry, leg, debit, credit, fen) "
    "VALUES ('130184', 1, 1, 'a', 'b', 1)",
}
# The key of tables that belong to no region.
KEYS = {"catalog_edition": "id", "enterprise_former": "uscc", "ticket_range": "ticket_code"}
BOOK = (
    "INSERT INTO region (code, name, name_en, level) VALUES ('130184', '新乐市', 'x', 'county')",
    (
        "INSERT INTO ledger_book (region, opened_on, open_day) "
        "VALUES ('130184', '2026-11-24', '2026-11-24')"
    ),
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty(request, tmp_path):
    """An empty database, its owner's and its service's address."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.db'}"
        yield Database(url, url)
        return
    with request.getfixturevalue("pg_server").database(migrated=False) as database:
        yield database


def connect(url):
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://"))


def upgrade(database, revision="head"):
    upgrade_database(database.owner_url, service_url=database.service_url, revision=revision)


def downgrade(database, revision):
    downgrade_database(database.owner_url, service_url=database.service_url, revision=revision)


@pytest.fixture
def refusal():
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


def test_every_revision_goes_up_down_and_up_again(empty):
    for revision in REVISIONS:
        upgrade(empty, revision)
        assert current_revision(empty.owner_url) == revision
    for revision in [*reversed(REVISIONS[:-1]), "base"]:
        downgrade(empty, revision)
    engine = connect(empty.owner_url)
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    engine.dispose()

    upgrade(empty)

    assert current_revision(empty.owner_url) == newest_revision()


def test_the_database_is_what_the_tables_say(empty):
    upgrade(empty)

    engine = connect(empty.owner_url)
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


def test_after_every_revision_the_ledger_refuses_update_and_delete(empty, refusal):
    upgrade(empty, REVISIONS[LEDGER])
    for statement in (*BOOK, *ROWS.values()):
        assert refusal(empty.owner_url, statement) is None

    for revision in REVISIONS[LEDGER:]:
        upgrade(empty, revision)
        for table in ROWS:
            for statement in (f"UPDATE {table} SET region = region", f"DELETE FROM {table}"):
                told = refusal(empty.owner_url, statement)
                assert told is not None, (revision, statement)
                assert "append-only" in told, (revision, statement)
    for revision in reversed(REVISIONS[LEDGER:-1]):
        downgrade(empty, revision)
        assert "append-only" in (refusal(empty.owner_url, "DELETE FROM ledger_posting") or "")


@pytest.mark.postgresql
def test_the_service_may_not_change_the_ledger_after_any_revision(pg_server, refusal):
    """Grants are the first wall: the trigger does not even come to speak."""
    with pg_server.database(migrated=False) as database:
        for revision in REVISIONS[LEDGER:]:
            upgrade(database, revision)
            engine = connect(database.owner_url)
            tables = set(inspect(engine).get_table_names()) & set(APPEND_ONLY)
            engine.dispose()
            for table in sorted(tables):
                key = KEYS.get(table, "region")
                for statement in (
                    f"UPDATE {table} SET {key} = {key}",
                    f"DELETE FROM {table}",
                    f"TRUNCATE {table} CASCADE",
                ):
                    told = refusal(database.service_url, statement)
                    assert told is not None, (revision, statement)
                    assert "permission denied" in told, (revision, statement)


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
def test_a_banks_key_is_ended_but_never_changed_or_removed(empty, statement, refusal):
    upgrade(empty)
    for made in KEY:
        assert refusal(empty.service_url, made) is None

    assert "append-only" in (refusal(empty.service_url, statement) or "")
    ended = "UPDATE bank_key SET valid_to = '2026-11-25 00:00:00'"
    assert refusal(empty.service_url, ended) is None


def test_replace_does_not_lead_round_the_walls_on_sqlite(store):
    with store.write() as session:
        for statement in (*BOOK, *ROWS.values()):
            session.execute(text(statement))

    with pytest.raises(DBAPIError, match="append-only"), store.write() as session:
        session.execute(text("REPLACE INTO ledger_posting VALUES ('130184', 1, 1, 'a', 'b', 999)"))
