"""Which revision of the schema this code wants, and whether a database has it.

The migrations' file names say the newest one, so nothing of Alembic is read in. A database that has
another is refused by whatever serves or works on it, before it writes a row.
"""

from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from feeledger.errors import Conflict, Text
from feeledger.settings import ROOT
from feeledger.store import Store

VERSIONS = ROOT / "migrations" / "versions"
KEPT = text("SELECT version_num FROM alembic_version")
DATABASE_AWAY = Text("数据库现在不能用。", "The database cannot be used now.")


class SchemaDiffers(Conflict):
    """The database's schema is not the one this code wants."""

    code = "schema-differs"
    title = Text("数据库结构与程序不符", "The schema is not the one this program wants")


def newest_revision() -> str:
    """Name the newest revision of this checkout."""
    return max(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*_*.py"))


def demand_schema(store: Store) -> str:
    """Give the revision of a database that has the one wanted.

    Raises SchemaDiffers, or SQLAlchemy's error where the database cannot be read.
    """
    wanted = newest_revision()
    with store.read() as session:
        found = _kept_revision(session)
    if found != wanted:
        raise _differing(found, wanted)
    return wanted


def find_unreadiness(store: Store) -> tuple[Text, str] | None:
    """Say why a database cannot be worked with, and the cause for the log; None where it can."""
    try:
        demand_schema(store)
    except SchemaDiffers as differs:
        return differs.detail, differs.detail.en
    except SQLAlchemyError as error:
        return DATABASE_AWAY, str(getattr(error, "orig", error)).partition("\n")[0]
    return None


def _kept_revision(session: Session) -> str | None:
    """Read the database's revision; None: nothing was ever made in it."""
    if not inspect(session.connection()).has_table("alembic_version"):
        return None
    found: str | None = session.execute(KEPT).scalar()
    return found


def _differing(found: str | None, wanted: str) -> SchemaDiffers:
    if found is not None and found > wanted:
        return SchemaDiffers(
            Text(
                f"数据库结构 {found} 比程序（{wanted}）新：换用新的程序，或恢复升级前的备份",
                f"the schema is at {found}, newer than this program ({wanted}): run the newer "
                f"program, or restore the backup from before the upgrade",
            ),
            found=found,
            wanted=wanted,
        )
    return SchemaDiffers(
        Text(
            f"数据库结构为 {found or '空'}，程序需要 {wanted}：先运行 feeledger db upgrade",
            f"the schema is at {found or 'nothing'}, this program wants {wanted}: run feeledger db "
            f"upgrade first",
        ),
        found=found or "",
        wanted=wanted,
    )
