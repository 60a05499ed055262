"""The command line: names and where each command lives; a command is imported when it is called."""

import importlib
import os
import sys
from typing import Any

import click

from feeledger.errors import FeeLedgerError, Text

COMMANDS = {
    "assess": "feeledger.commands.assess:assess",
    "assess-region": "feeledger.commands.assess_region:assess_region",
    "audit": "feeledger.commands.audit:audit",
    "bank-key": "feeledger.commands.bank_key:bank_key",
    "bank-sim": "feeledger.commands.bank_sim:bank_sim",
    "burden": "feeledger.commands.burden:burden",
    "catalog": "feeledger.commands.catalog:catalog",
    "check": "feeledger.commands.check:check",
    "db": "feeledger.commands.database:db",
    "demo": "feeledger.commands.demo:demo",
    "enterprise": "feeledger.commands.enterprise:enterprise",
    "facts": "feeledger.commands.facts:facts",
    "gateway": "feeledger.commands.gateway:gateway",
    "gateway-node": "feeledger.commands.gateway_node:gateway_node",
    "ledger": "feeledger.commands.ledger:ledger",
    "people": "feeledger.commands.people:people",
    "project": "feeledger.commands.project:project",
    "quota": "feeledger.commands.quota:quota",
    "reassess": "feeledger.commands.reassess:reassess",
    "reconcile": "feeledger.commands.reconcile:reconcile",
    "region": "feeledger.commands.region:region",
    "seal-key": "feeledger.commands.seal_key:seal_key",
    "serve": "feeledger.commands.serve:serve",
    "signing-key": "feeledger.commands.signing_key:signing_key",
    "subscription": "feeledger.commands.subscription:subscription",
    "verdict": "feeledger.commands.verdict:verdict",
    "verify-receipt": "feeledger.commands.verify_receipt:verify_receipt",
    "voucher": "feeledger.commands.voucher:voucher",
    "whatif": "feeledger.commands.whatif:whatif",
    "work": "feeledger.commands.work:work",
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command, in order."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of a name."""
        del ctx
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, attribute = target.split(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(target)
        _keep_lines(command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what it refuses is told in a sentence, with exit 1, never as a traceback."""
        try:
            return super().invoke(ctx)
        except _refusals() as error:
            told = _told(error)
            if told is None:
                raise
            raise click.ClickException(f"{told.zh} / {told.en}") from error


def _refusals() -> tuple[type[Exception], ...]:
    """Name what may be told; a command that never met the database has not loaded its library."""
    exc = sys.modules.get("sqlalchemy.exc")
    return (FeeLedgerError,) if exc is None else (FeeLedgerError, exc.DBAPIError, exc.ArgumentError)


def _told(error: Exception) -> Text | None:
    """Say what is wrong; None for a fault of ours, which keeps its traceback."""
    if isinstance(error, FeeLedgerError):
        return error.detail
    from feeledger.commands.database_words import words_of_database

    return words_of_database(error)


def _keep_lines(command: click.Command) -> None:
    r"""Turn the ``\b`` written in the raw docstrings of commands into click's own mark."""
    command.help = (command.help or "").replace("\\b\n", "\b\n")
    for each in command.commands.values() if isinstance(command, click.Group) else ():
        _keep_lines(each)


@click.group(cls=LazyGroup)
def root() -> None:
    """涉企收费「一口收费」系统 · One catalog, one amount, one account.

    Example: python -m feeledger check uscc 91130184MA0CQ3T535
    """


def main() -> None:
    """Run the command line; exit 0 done, 1 not all well, 2 usage."""
    try:
        root(prog_name="feeledger")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
