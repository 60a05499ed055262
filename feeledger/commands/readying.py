"""Before anything serves or works: the database answers and has the schema that this code wants."""

import time

import click
from sqlalchemy.exc import DBAPIError

from feeledger.commands.database_words import words_of_database
from feeledger.errors import Text
from feeledger.revisions import demand_schema
from feeledger.store import Store

PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 1.0


def wait_for_database(store: Store, *, patience: float = PATIENCE_SECONDS) -> None:
    """Wait for a database that starts beside us, and look at its schema.

    Raises SchemaDiffers at once, and the driver's error where the patience is at its end.
    """
    until = time.monotonic() + patience
    waited = False
    while True:
        try:
            demand_schema(store)
        except DBAPIError as error:
            told = words_of_database(error)
            if told is None or not _may_pass(error) or time.monotonic() >= until:
                raise
            if not waited:
                _tell_waiting(told)
            waited = True
            time.sleep(PAUSE_SECONDS)
        else:
            return


def _may_pass(error: DBAPIError) -> bool:
    """Say whether waiting may help: no connection yet, and not a missing right or table."""
    return type(error).__name__ == "OperationalError"


def _tell_waiting(told: Text) -> None:
    click.echo(f"等待数据库 · waiting for the database: {told.zh} / {told.en}", err=True)
