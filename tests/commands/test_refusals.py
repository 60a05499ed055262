"""What every command says where the settings or the database cannot be used: a sentence, no traceback."""

import sqlite3
from contextlib import closing

import click
import pytest
from click.testing import CliRunner
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from feeledger.cli import LazyGroup, root
from feeledger.commands import readying
from feeledger.commands.database_words import words_of_database
from feeledger.revisions import demand_schema
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


@pytest.mark.parametrize(
    "words",
    [("serve", "--port", "1"), ("work", "--once"), ("gateway", "--port", "0")],
    ids=" ".join,
)
def test_nothing_serves_or_works_on_a_schema_it_does_not_know(words, tmp_path):
    for revision, told in (
        (None, "the schema is at nothing"),
        ("0001", "run feeledger db upgrade first"),
        ("9999", "run the newer program"),
    ):
        path = tmp_path / f"{revision}.db"
        if revision is not None:
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
                connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
                connection.commit()
        found = run(words, f"sqlite:///{path}")

        assert (found.exit_code, type(found.exception)) == (1, SystemExit)
        assert told in found.stderr


def test_the_audit_of_a_database_it_cannot_read_says_so_and_ends_with_2(tmp_path):
    for url in (f"sqlite:///{tmp_path / 'not-there.db'}", "postgresql://a:secret@127.0.0.1:1/c"):
        found = run(("audit", "--lang", "en"), url)

        assert (found.exit_code, type(found.exception)) == (2, SystemExit)
        assert "nothing was audited" in found.stderr
        assert "secret" not in found.stderr


class Stated(Exception):
    """A driver's error with a state, as psycopg's are."""

    def __init__(self, line, state=None):
        super().__init__(line)
        self.sqlstate = state


@pytest.mark.parametrize(
    ("cause", "remedy"),
    [
        (Stated("could not extend file", "53100"), "make room on the disk"),
        (Stated("database or disk is full"), "make room on the disk"),
        (Stated("no privileges", "42501"), "FEELEDGER_OWNER_URL"),
        (Stated("FATAL: sorry, too many clients already"), "run fewer processes"),
        (Stated("port 55401 failed: Connection refused"), "that the server runs"),
        (Stated("FATAL: the database system is starting up"), "try again shortly"),
    ],
)
def test_each_refusal_of_the_database_comes_with_the_remedy_that_fits(cause, remedy):
    told = words_of_database(OperationalError("SELECT 1", {}, cause))

    assert str(cause) in told.zh
    assert remedy in told.en


def test_whoever_serves_waits_for_a_database_that_starts_beside_it(monkeypatch, store, capsys):
    answers = [OperationalError("", {}, Stated("Connection refused"))] * 2
    monkeypatch.setattr(readying, "PAUSE_SECONDS", 0.0)

    def come_up(found):
        if answers:
            raise answers.pop()
        return demand_schema(found)

    monkeypatch.setattr(readying, "demand_schema", come_up)
    readying.wait_for_database(store)

    assert answers == []
    assert capsys.readouterr().err.count("waiting for the database") == 1


@pytest.mark.parametrize("kind", [IntegrityError, ProgrammingError])
def test_a_fault_of_our_own_keeps_its_traceback(kind):
    group = LazyGroup("probe")

    @click.command()
    def faulty():
        raise kind("SELECT", {}, ValueError("ours"))

    group.get_command = lambda _, name: faulty if name == "faulty" else None

    assert isinstance(CliRunner().invoke(group, ["faulty"]).exception, kind)
