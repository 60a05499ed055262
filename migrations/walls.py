"""What migrations share: tables made for either kind of spread, and the walls around the ledger.

The walls, in order: the service's role has no right to change what is append-only (PostgreSQL);
triggers refuse UPDATE, DELETE and TRUNCATE whoever asks; ``feeledger ledger verify`` re-adds all.

Alembic's batch mode rebuilds a SQLite table and drops its triggers in silence: a batch stands within
``without_walls``, which puts the same walls up again. tests/house/test_migrations.py tries an UPDATE
and a DELETE after every revision, and looks that no revision loses a trigger.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op

MESSAGE = "append-only"


def create_region_table(name: str, *columns: Any, **options: Any) -> None:
    """Create a table bound to a region; on Citus it is spread by ``region``, with all the others."""
    op.create_table(name, *columns, **options)
    if _has_citus():
        op.execute(f"SELECT create_distributed_table('{name}', 'region')")


def create_reference_table(name: str, *columns: Any, **options: Any) -> None:
    """Create a table without region; on Citus every node holds it whole."""
    op.create_table(name, *columns, **options)
    if _has_citus():
        op.execute(f"SELECT create_reference_table('{name}')")


def forbid_changes(*tables: str) -> None:
    """Let rows only be added to these tables."""
    for table in tables:
        if op.get_bind().dialect.name == "postgresql":
            _forbid_on_postgresql(table)
        else:
            _forbid_on_sqlite(table)


def allow_changes(*tables: str) -> None:
    """Take the walls away again, for a downgrade that drops the tables."""
    for table in tables:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP TRIGGER append_only ON {table}")
            op.execute(f"DROP TRIGGER append_only_whole ON {table}")
        else:
            op.execute(f"DROP TRIGGER {table}_no_update")
            op.execute(f"DROP TRIGGER {table}_no_delete")


def forbid_column_changes(table: str, columns: Sequence[str], *, deletes: bool) -> None:
    """Freeze some columns of a table whose other columns move; perhaps refuse deletes too."""
    names = ", ".join(columns)
    differs = " OR ".join(f"NEW.{c} IS DISTINCT FROM OLD.{c}" for c in columns)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER frozen BEFORE UPDATE OF {names} ON {table} "
            f"FOR EACH ROW WHEN ({differs}) EXECUTE FUNCTION refuse_change()"
        )
        if deletes:
            op.execute(
                f"CREATE TRIGGER no_delete BEFORE DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        return
    differs = " OR ".join(f"NEW.{c} IS NOT OLD.{c}" for c in columns)
    _sqlite_trigger(f"{table}_frozen", f"BEFORE UPDATE OF {names} ON {table}", differs)
    if deletes:
        _sqlite_trigger(f"{table}_no_delete", f"BEFORE DELETE ON {table}", "1")


def allow_column_changes(table: str) -> None:
    """Take away what ``forbid_column_changes`` with ``deletes`` put up, for a downgrade."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER frozen ON {table}")
        op.execute(f"DROP TRIGGER no_delete ON {table}")
    else:
        op.execute(f"DROP TRIGGER {table}_frozen")
        op.execute(f"DROP TRIGGER {table}_no_delete")


@contextmanager
def without_walls(table: str) -> Iterator[None]:
    """Take the walls of a table down, and put the very same up again."""
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        op.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        return
    query = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :t")
    walls = bind.execute(query, {"t": table}).all()
    for name, _ in walls:
        op.execute(f"DROP TRIGGER {name}")
    yield
    for _, statement in walls:
        op.execute(statement)


def create_refusal() -> None:
    """Create the function that the walls call (PostgreSQL). It names no table: see Citus."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = '42501'; END $$"
        )


def drop_refusal() -> None:
    """Drop the function again."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")


def grant_service(connection: sa.Connection, role: str, append_only: Sequence[str]) -> None:
    """Give the service's role its rights on all tables, and only SELECT, INSERT on the ledger's."""
    quoted = connection.dialect.identifier_preparer.quote(role)
    connection.execute(
        sa.text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}")
    )
    existing = set(sa.inspect(connection).get_table_names())
    for table in sorted(existing & set(append_only)):
        connection.execute(sa.text(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {quoted}"))
    if "alembic_version" in existing:
        connection.execute(
            sa.text(f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {quoted}")
        )


def _forbid_on_postgresql(table: str) -> None:
    op.execute(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _forbid_on_sqlite(table: str) -> None:
    _sqlite_trigger(f"{table}_no_update", f"BEFORE UPDATE ON {table}", "1")
    _sqlite_trigger(f"{table}_no_delete", f"BEFORE DELETE ON {table}", "1")


def _sqlite_trigger(name: str, event: str, condition: str) -> None:
    op.execute(
        f"CREATE TRIGGER {name} {event} FOR EACH ROW WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    )


def _has_citus() -> bool:
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        return False
    found = bind.execute(sa.text("SELECT 1 FROM pg_extension WHERE extname = 'citus'"))
    return found.first() is not None
