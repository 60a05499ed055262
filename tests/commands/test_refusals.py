"""What every command says where the settings or the database cannot be used: a sentence, no traceback."""

import click
import pytest
from click.testing import CliRunner
from sqlalchemy.exc import IntegrityError, ProgrammingError

from feeledger.cli import LazyGroup, root
from feeledger.settings import DEFAULT_CATALOG

ON_THE_DATABASE = (
    ("bank-key", "list"),
    ("catalog", "publish", str(DEFAULT_CATALOG), "--by", "a"),
    ("gateway-node", "list"),
    ("ledger", "verify"),
    ("people", "list"),
)


def run(words, url):
    env = {"FEELEDGER_MODE": "test", "FEELEDGER_DATABASE_URL": url}
    return CliRunner().invoke(root, words, env=env)


@pytest.mark.parametrize("words", ON_THE_DATABASE, ids=" ".join)
def test_a_database_without_tables_is_told_with_the_remedy(words, tmp_path):
    found = run(words, f"sqlite:///{tmp_path / 'empty.db'}")

    assert (found.exit_code, type(found.exception)) == (1, SystemExit)
    assert "先运行 feeledger db upgrade" in found.stderr
    assert "run feeledger db upgrade first" in found.stderr


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://a:secret@b/c", "postgresql+psycopg://a:secret@127.0.0.1:1/c"]
)
def test_a_database_that_is_not_there_is_told_without_its_password(url):
    found = run(("people", "list"), url)

    assert (found.exit_code, type(found.exception)) == (1, SystemExit)
    assert "secret" not in found.output


def test_wrong_settings_end_every_command_with_a_sentence():
    found = CliRunner().invoke(root, ("people", "list"), env={"FEELEDGER_MODE": "sandbox"})

    assert (found.exit_code, type(found.exception)) == (1, SystemExit)
    assert "须为 production" in found.stderr
    assert "use production" in found.stderr


@pytest.mark.parametrize("kind", [IntegrityError, ProgrammingError])
def test_a_fault_of_our_own_keeps_its_traceback(kind):
    group = LazyGroup("probe")

    @click.command()
    def faulty():
        raise kind("SELECT", {}, ValueError("ours"))

    group.get_command = lambda _, name: faulty if name == "faulty" else None

    assert isinstance(CliRunner().invoke(group, ["faulty"]).exception, kind)
