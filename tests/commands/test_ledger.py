"""``feeledger ledger`` and ``feeledger db``, as an operator calls them."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from feeledger.cli import root
from feeledger.commands.database import newest_revision
from feeledger.notices.queries import notice_of
from tests.builders import REGION, TODAY, a_payment, a_ready_notice


@pytest.fixture
def run(sqlite_url):
    env = {"FEELEDGER_MODE": "test", "FEELEDGER_DATABASE_URL": sqlite_url, "LANG": "zh_CN.UTF-8"}

    def call(*words, mode="test"):
        return CliRunner().invoke(root, words, env={**env, "LC_ALL": "", "FEELEDGER_MODE": mode})

    return call


@pytest.fixture
def paid(store):
    with store.write() as session:
        a_payment(session, a_ready_notice(session))


@pytest.mark.usefixtures("paid")
def test_sound_books_exit_0(run):
    found = run("ledger", "verify")

    assert found.exit_code == 0
    assert found.stdout.splitlines() == [
        "130184: 账实相符",
        "130184: 封存：待封 1 笔，逾一分钟才封 0 笔，已关账未签署 0 日",
    ]
    told = json.loads(run("ledger", "verify", "--region", REGION, "--json").stdout)
    waiting = {"waiting": 1, "sealed_late": 0, "days_unsigned": 0, "checked_at": None}
    assert told == {"clean": True, "regions": {REGION: []}, "seals": {REGION: waiting}}


@pytest.mark.usefixtures("paid")
def test_damaged_books_exit_1_and_name_the_fault(run, sqlite_url):
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER ledger_posting_no_update"))
        connection.execute(text("UPDATE ledger_posting SET fen = fen + 1"))
    engine.dispose()

    found = run("ledger", "verify", "--json")

    assert found.exit_code == 1
    told = json.loads(found.stdout)
    assert not told["clean"]
    assert {fault["code"] for fault in told["regions"][REGION]} == {
        "entry-without-payment",
        "account-off-payments",
    }
    assert all(fault["detail"]["zh"] for fault in told["regions"][REGION])
    assert "有不符" in run("ledger", "verify").stdout
    assert "does not add up" in run("ledger", "verify", "--lang", "en").stdout


def test_no_book_is_not_a_clean_ledger(run, store):
    with store.read():
        pass

    assert run("ledger", "verify").exit_code == 1
    assert run("ledger", "verify", "--region", "999999").exit_code == 1
    assert run("ledger", "balance", "--region", "999999").exit_code == 1
    assert run("ledger", "close", "--region", "999999", "--by", "t").exit_code == 1


@pytest.mark.usefixtures("paid")
def test_balances_stand_on_the_side_on_which_accounts_grow(run):
    told = json.loads(run("ledger", "balance", "--region", REGION, "--json").stdout)

    balances = {name: kept["balance"] for name, kept in told["accounts"].items()}
    assert sorted(balances.values()) == ["140.00", "140.00"]
    eve = (TODAY - timedelta(days=1)).isoformat()
    before = run("ledger", "balance", "--region", REGION, "--on", eve, "--json")
    assert json.loads(before.stdout)["accounts"] == {}
    assert "140.00  非税收入  income/" in run("ledger", "balance", "--region", REGION).stdout
    assert run("ledger", "balance", "--region", REGION, "--on", "24.11.2026").exit_code == 2


@pytest.mark.usefixtures("paid")
def test_a_day_is_closed_and_the_books_stay_sound(run):
    close = ("ledger", "close", "--region", REGION, "--by", "clerk-1")
    # The demonstration's day is 24 November: 9 December is the latest that may be opened.
    far = run(*close, "--next-day", "2026-12-10", mode="demo")
    assert (far.exit_code, "至多为 2026-12-09" in far.output) == (1, True)
    back = run(*close, "--next-day", "2026-11-01", mode="demo")
    assert back.exit_code == 1

    found = run(*close, mode="demo")

    assert found.stdout == "2026-11-24 → 2026-11-25\n"
    twice = run(*close, mode="demo")  # the day it would close has not come
    assert (twice.exit_code, "2026-11-25 尚未到来" in twice.output) == (1, True)
    assert run("ledger", "verify").exit_code == 0


@pytest.mark.parametrize(("today", "status"), [("2026-12-31", "issued"), ("2027-01-01", "expired")])
def test_with_the_day_expire_the_notices_whose_last_day_is_over(
    run, store, monkeypatch, today, status
):
    with store.write() as session:
        notice = a_ready_notice(session)
    monkeypatch.setenv("FEELEDGER_DEMO_TODAY", today)

    assert run("ledger", "close", "--region", REGION, "--by", "c", mode="demo").exit_code == 0
    with store.read() as session:
        assert notice_of(session, REGION, notice.id).status == status


def test_the_schema_goes_up_and_down_by_command(tmp_path):
    env = {"FEELEDGER_MODE": "test", "FEELEDGER_DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}"}

    def call(*words):
        return CliRunner().invoke(root, words, env=env)

    assert call("db", "current").exit_code == 1
    assert call("db", "upgrade", "0002").stdout == "0002\n"
    assert call("db", "upgrade").stdout == f"{newest_revision()}\n"
    assert call("db", "current").exit_code == 0
    assert call("db", "downgrade", "0001").exit_code == 2  # without --yes
    assert call("db", "downgrade", "0001", "--yes").stdout == "0001\n"


def test_wrong_settings_are_named(tmp_path):
    env = {"FEELEDGER_MODE": "sandbox", "FEELEDGER_DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}"}

    for words in (("db", "current"), ("ledger", "verify")):
        found = CliRunner().invoke(root, words, env=env)
        assert found.exit_code != 0
        assert "FEELEDGER_MODE" in found.output
