"""feeledger db: bring the database's schema up, down, or say where it stands.

Migrations run as the owner (``FEELEDGER_OWNER_URL``), the service as another role
(``FEELEDGER_DATABASE_URL``) that can add to the ledger but change nothing in it.
"""

import os
from pathlib import Path
from typing import Any

import click

from feeledger.errors import FeeLedgerError, Invalid, Text
from feeledger.revisions import newest_revision

ROOT = Path(__file__).resolve().parent.parent.parent
MIGRATIONS = ROOT / "migrations"


class ServiceRoleMissing(Invalid):
    """The role that the service runs as does not exist on the server."""

    code = "service-role-missing"
    title = Text("服务角色不存在", "There is no such role of the service")


@click.group()
def db() -> None:
    """数据库结构 · The database's schema.

    Example: python -m feeledger db upgrade
    """


@db.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """升级到指定版本，并给服务角色授权 · Bring the schema up to a revision; grant the service's role its rights.

    再次运行无害：已是最新时只重新授权（恢复备份之后、换角色之后）。Again does no harm: where nothing is
    new it grants anew, as after a restore or for another role.

    Example: python -m feeledger db upgrade
    """
    owner, service = _urls()
    upgrade_database(owner, service_url=service, revision=revision)
    click.echo(current_revision(owner) or "-")


@db.command()
@click.argument("revision")
@click.option("--yes", is_flag=True, help="确认：数据将丢失 · Data will be lost: do it.")
def downgrade(revision: str, *, yes: bool) -> None:
    """退回到指定版本 · Take the schema down to a revision; its tables' data are lost.

    Example: python -m feeledger db downgrade 0004 --yes
    """
    if not yes:
        raise click.UsageError("退回版本会丢失数据，请加 --yes · data will be lost; add --yes")
    owner, service = _urls()
    downgrade_database(owner, service_url=service, revision=revision)
    click.echo(current_revision(owner) or "-")


@db.command()
def current() -> None:
    """显示当前版本 · Say which revision the database has, and which is the newest.

    Exit 1 where they differ. Example: python -m feeledger db current
    """
    owner, _ = _urls()
    here, newest = current_revision(owner), newest_revision()
    click.echo(f"{here or '-'} ({newest})")
    if here != newest:
        raise SystemExit(1)


def upgrade_database(
    owner_url: str, *, service_url: str | None = None, revision: str = "head"
) -> None:
    """Upgrade the schema as the owner, granting the service's role its rights."""
    from alembic import command

    _run(command.upgrade, owner_url, service_url, revision)


def downgrade_database(owner_url: str, *, service_url: str | None = None, revision: str) -> None:
    """Take the schema down to a revision ("base" for none)."""
    from alembic import command

    _run(command.downgrade, owner_url, service_url, revision)


def current_revision(url: str) -> str | None:
    """Say which revision a database has; None for an empty one."""
    from alembic.runtime.migration import MigrationContext

    from feeledger.store import Store

    store = Store(url)
    try:
        with store.writer.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        store.close()


def _run(step: Any, owner_url: str, service_url: str | None, revision: str) -> None:
    from feeledger.store import Store

    config = _config()
    role = _service_role(owner_url, service_url)
    store = Store(owner_url)
    try:
        with store.migrating() as connection:
            if role is not None:
                _demand_role(connection, role)
            config.attributes["connection"] = connection
            config.attributes["service_role"] = role
            step(config, revision)
    finally:
        store.close()


def _config() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.set_main_option("prepend_sys_path", str(ROOT))
    return config


def _service_role(owner_url: str, service_url: str | None) -> str | None:
    """Name the service's role, where it is another than the owner on a PostgreSQL database."""
    from sqlalchemy import make_url

    if service_url is None or not service_url.startswith("postgresql"):
        return None
    owner, service = make_url(owner_url).username, make_url(service_url).username
    return service if service != owner else None


def _demand_role(connection: Any, role: str) -> None:
    """Raise ServiceRoleMissing before anything is made for a role that is not there."""
    from sqlalchemy import text

    known = text("SELECT 1 FROM pg_roles WHERE rolname = :role")
    found = connection.execute(known, {"role": role}).first()
    connection.rollback()
    if found is None:
        raise ServiceRoleMissing(
            Text(
                f"FEELEDGER_DATABASE_URL 的角色 {role} 不存在：先建角色"
                f"（CREATE ROLE {role} LOGIN PASSWORD '…'），或改正地址",
                f"the role {role} of FEELEDGER_DATABASE_URL does not exist: make it first "
                f"(CREATE ROLE {role} LOGIN PASSWORD '…'), or mend the address",
            ),
            role=role,
        )


def _urls() -> tuple[str, str]:
    from feeledger.settings import Settings

    try:
        settings = Settings.from_environ(os.environ)
    except FeeLedgerError as error:
        raise click.UsageError(f"{error.detail.zh}\n{error.detail.en}") from error
    return settings.owner_url, settings.database_url
