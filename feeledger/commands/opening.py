"""Opening the operator's database for a command, with the settings and the clock that go with it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from feeledger.errors import FeeLedgerError, Text

if TYPE_CHECKING:
    from feeledger.clock import Clock
    from feeledger.settings import Settings
    from feeledger.store import Store


def read_settings() -> "Settings":
    """Read the operator's settings. Raises SettingsRefused."""
    from feeledger.settings import Settings

    return Settings.from_environ(os.environ)


def open_store() -> "Store":
    """Open the operator's database. Raises SettingsRefused, DatabaseUrlRefused."""
    return open_with_clock()[0]


def open_with_clock() -> tuple["Store", "Clock"]:
    """Open the operator's database and business clock. Raises SettingsRefused, DatabaseUrlRefused."""
    from feeledger.clock import Clock
    from feeledger.store import Store

    settings = read_settings()
    return Store(settings.database_url), Clock(fixed=settings.demo_today)


@contextmanager
def open_or_tell(language: str) -> Iterator[tuple["Store", "Clock"]]:
    """Open database and clock; a business error is told in words and ends the command with exit 1."""
    try:
        store, clock = open_with_clock()
        try:
            yield store, clock
        finally:
            store.close()
    except FeeLedgerError as error:
        end_command(error.detail, language)


def end_command(detail: Text, language: str) -> NoReturn:
    """Say what is wrong and end with exit 1."""
    click.echo(detail.to(language), err=True)
    sys.exit(1)
