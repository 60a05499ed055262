"""Statements that stand alone on PostgreSQL: values there and back, refusals, lost connections."""

import subprocess
import sys
from datetime import UTC, date, datetime

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from feeledger import prompts
from feeledger.engines import IDLE_SECONDS, PATIENCE_SECONDS
from feeledger.prompts import Prompt
from feeledger.store import Store
from tests.relay import relaying

ECHO = Prompt(
    "SELECT %(words)s::text, %(number)s::bigint, %(truth)s::boolean, %(day)s::date, "
    "%(at)s::timestamptz, %(raw)s::bytea, %(nothing)s::text, %(words)s::text, 7 %% 4"
)
VALUES = {
    "words": "演示 'quoted' \\ % $1",
    "number": 2**62,
    "truth": True,
    "day": date(2026, 11, 24),
    "at": datetime(2026, 11, 24, 2, 0, 0, 123456, tzinfo=UTC),
    "raw": bytes(range(256)),
    "nothing": None,
}
PROCESS = Prompt("SELECT pg_backend_pid()")
ADD_BANK = Prompt("INSERT INTO bank (code, name, name_en) VALUES (%(code)s, '', '') RETURNING code")
SPLIT = Prompt("SELECT 1 / %(by)s::int")
# Gives its row, and fails when it is to be kept.
FAILING_AT_ITS_END = """
CREATE TEMP TABLE kept (number int);
CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'not kept'; END $$;
CREATE CONSTRAINT TRIGGER at_the_end AFTER INSERT ON kept DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION pg_temp.refuse()
"""
PUT_IN = Prompt("INSERT INTO kept VALUES (7) RETURNING number")


def test_values_go_there_and_come_back_as_they_were(pg_store):
    for _ in range(3):
        with pg_store.lone_connection() as lone:
            row = ECHO.first_row(lone, VALUES)

    assert row == (*VALUES.values(), VALUES["words"], 3)


def test_a_statement_without_a_row_gives_none(pg_store):
    with pg_store.lone_connection() as lone:
        assert Prompt("SELECT 1 WHERE %(no)s").first_row(lone, {"no": False}) is None


@pytest.mark.parametrize(
    ("value", "error"), [("a\0b", psycopg.DataError), (0.1, TypeError), ([], TypeError)]
)
def test_a_value_that_cannot_be_kept_is_refused_before_anything_is_asked(pg_store, value, error):
    with pytest.raises(error), pg_store.lone_connection() as lone:
        ECHO.first_row(lone, VALUES | {"words": value})


def test_what_the_server_refuses_is_raised_as_the_driver_raises_it(pg_store):
    with pytest.raises(psycopg.errors.DivisionByZero), pg_store.lone_connection() as lone:
        SPLIT.first_row(lone, {"by": 0})


def test_a_row_whose_transaction_is_then_lost_is_no_answer(pg_store):
    with pg_store.lone_connection() as lone:
        lone.driver.execute(FAILING_AT_ITS_END)
        lone.driver.commit()
        with pytest.raises(psycopg.errors.RaiseException, match="not kept"):
            PUT_IN.first_row(lone, {})


def test_a_row_whose_transaction_is_then_lost_is_no_answer_among_greenlets(pg_store):
    done = subprocess.run(
        [sys.executable, "-c", AMONG_GREENLETS, pg_store.url],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stdout) == (0, "7 not kept\nsilent True\n"), done.stderr


AMONG_GREENLETS = """
from gevent import monkey; monkey.patch_all()
import sys
import psycopg
from gevent import spawn
from feeledger import prompts
from feeledger.prompts import Prompt
from feeledger.store import Store
from tests.relay import relaying
from tests.test_prompts import FAILING_AT_ITS_END, PUT_IN

with Store(sys.argv[1]).lone_connection() as lone:
    lone.driver.execute(FAILING_AT_ITS_END)
    lone.driver.commit()
    print(Prompt("SELECT 7").first_row(lone, {})[0], end=" ")
    try:
        PUT_IN.first_row(lone, {})
    except psycopg.errors.RaiseException as refused:
        print(refused.diag.message_primary)

prompts.SHORT_PATIENCE_SECONDS = 0.3
with relaying(sys.argv[1]) as line, Store(line.url).lone_connection() as lone:
    line.is_silent, worked = True, []
    spawn(worked.append, True)
    try:
        Prompt("SELECT 7").first_row(lone, {})
    except psycopg.OperationalError:
        print("silent", *worked)
"""


def test_a_server_that_says_nothing_is_not_waited_for(pg_database, monkeypatch):
    monkeypatch.setattr(prompts, "SHORT_PATIENCE_SECONDS", 0.1)
    with relaying(pg_database.service_url) as line:
        store = Store(line.url)
        with store.lone_connection() as lone:
            assert PROCESS.first_row(lone, {})
        with store.read() as session:
            driver = session.connection().connection.driver_connection
            assert driver.patience == PATIENCE_SECONDS
            driver.patience = 0.1
            line.is_silent = True
            with pytest.raises(OperationalError) as lost:
                session.execute(text("SELECT 1"))
        assert lost.value.connection_invalidated
        assert store.at_once(PROCESS, {}) is None
        line.is_silent = False
        assert store.at_once(PROCESS, {}) is not None
        store.close()


def test_a_statement_alone_is_kept_at_once_and_an_id_met_twice_changes_nothing(pg_store):
    assert pg_store.at_once(ADD_BANK, {"code": "bank-x"}) == "bank-x"
    assert pg_store.at_once(ADD_BANK, {"code": "bank-x"}) is None

    with pg_store.read() as session:
        assert session.scalar(text("SELECT count(*) FROM bank WHERE code = 'bank-x'")) == 1


def test_one_connection_serves_one_statement_after_another(pg_store):
    assert len({pg_store.at_once(PROCESS, {}) for _ in range(9)}) == 1


def test_a_connection_lost_at_work_is_told_as_none_and_another_is_opened(pg_store):
    lost = pg_store.at_once(PROCESS, {})
    end_backend(pg_store, lost)

    assert pg_store.at_once(PROCESS, {}) is None
    assert pg_store.at_once(PROCESS, {}) not in (None, lost)


def test_a_connection_lost_while_it_lay_idle_is_not_lent(pg_store):
    with pg_store.lone_connection() as lone:
        lost = PROCESS.first_row(lone, {})[0]
    lone.idle_since -= IDLE_SECONDS + 1
    end_backend(pg_store, lost)

    assert pg_store.at_once(PROCESS, {}) not in (None, lost)


def test_an_idle_connection_that_lives_is_lent_again(pg_store):
    with pg_store.lone_connection() as lone:
        kept = PROCESS.first_row(lone, {})[0]
    lone.idle_since -= IDLE_SECONDS + 1

    assert pg_store.at_once(PROCESS, {}) == kept


def end_backend(store, process):
    with store.write() as session:
        session.execute(text("SELECT pg_terminate_backend(:process, 5000)"), {"process": process})
