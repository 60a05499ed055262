"""Alembic's environment: the connection is handed in by ``feeledger db`` (commands/database.py).

On PostgreSQL migrations run as the owner; after every revision, and at the end, the service's role
gets its rights on what is there, without UPDATE and DELETE on what is append-only.
"""

from alembic import context
from sqlalchemy import Connection, text

from feeledger.schema import APPEND_ONLY, metadata
from migrations.walls import grant_service

LOCK_KEY = 7_305_184


def run_migrations(connection: Connection, service_role: str | None) -> None:
    """Bring the database to the asked revision, one transaction a revision."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
        transactional_ddl=True,
        compare_type=True,
        on_version_apply=_grants_for(service_role),
    )
    with context.begin_transaction():
        context.run_migrations()


def _grants_for(service_role: str | None):
    def grant(*, ctx, **_told) -> None:
        if service_role is not None:
            grant_service(ctx.connection, service_role, APPEND_ONLY)

    return grant


def grant_again(connection: Connection, service_role: str | None) -> None:
    """Give the service's role its rights also where no revision was new: a restore may have lost them."""
    if service_role is not None:
        connection.rollback()  # what only read is still open
        with connection.begin():
            grant_service(connection, service_role, APPEND_ONLY)


def _prepare_postgresql(connection: Connection) -> None:
    """Wait for other migrations, not for ever; serve Citus as it wants, where it is."""
    connection.execute(text("SET lock_timeout = '10s'"))
    connection.execute(text("SET statement_timeout = '30min'"))
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
    found = connection.execute(text("SELECT 1 FROM pg_extension WHERE extname = 'citus'"))
    if found.first() is not None:
        connection.execute(text("SET citus.multi_shard_modify_mode = 'sequential'"))
        connection.execute(text("SET citus.enable_unsafe_triggers = on"))
    connection.commit()


if context.is_offline_mode():
    raise SystemExit("feeledger db works on a database, not offline")
attributes = context.config.attributes
bound = attributes["connection"]
if bound.dialect.name == "postgresql":
    _prepare_postgresql(bound)
run_migrations(bound, attributes.get("service_role"))
grant_again(bound, attributes.get("service_role"))
