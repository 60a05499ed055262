"""What a bank is told when the line to the database breaks around a commit (PostgreSQL).

The answer is lost on a real line (``tests/relay.py``): never is a payment that was kept refused, and
never is one doubled.
"""

import threading
from time import monotonic, sleep

import psycopg
import pytest

from feeledger.api import batch_calls, clear_calls
from feeledger.payments.reversal_tables import ReversalRow
from feeledger.store import Store
from feeledger.supervision.tables import ReportRow
from tests.api.banks import an_advice_message
from tests.api.conftest import fill_world, open_world
from tests.api.test_batch import PATH as BATCHES
from tests.api.test_lane import SlowStore, hand, more_notices
from tests.api.test_reports import a_report, send
from tests.api.test_reversals import PATH as REVERSALS
from tests.api.test_reversals import a_reversal_message
from tests.relay import relaying

pytestmark = pytest.mark.postgresql
CROSSING = b"\x00" + clear_calls.TAKE_TOGETHER.name + b"\x00"
BATCH = b"\x00" + batch_calls.TAKE.name + b"\x00"
COMMIT = b"COMMIT"


@pytest.fixture
def line(pg_database):
    with relaying(pg_database.service_url) as relay:
        yield relay


@pytest.fixture
def world(line, settings):
    store = Store(line.url)
    made = open_world(store, settings, fill_world(store))
    codes = more_notices(made, 2)
    for number, code in enumerate(codes):  # the lane's statement is prepared, and the pool filled
        assert made.bank.pay(code, f"W{number}").status_code == 201
    yield made
    store.close()


def test_those_of_a_crossing_whose_answer_was_lost_get_theirs(world, line, monkeypatch):
    codes = more_notices(world, 5)
    slow = SlowStore(monkeypatch, world)
    messages = [(hand(world), (code, f"T{n}"), {}) for n, code in enumerate(codes)]
    messages[4] = (hand(world), (codes[4], "T4"), {"amount": "140.01"})
    plain = clear_calls._take

    def take(calls):
        if len(calls) > 1:
            line.lose_answer_to(CROSSING)
        return plain(calls)

    monkeypatch.setattr(clear_calls._ferry, "_cross", take)
    answers = slow.send_together(world, messages)

    assert line.broken == 1
    assert slow.crossings == [1, 4, 4], "one more statement, to look for all of them"
    assert [answer.status_code for answer in answers] == [201, 201, 201, 201, 409]
    assert answers[4].get_json()["code"] == "amount-differs"
    assert world.payments() == 2 + 4
    again = [hand(world).pay(code, f"T{n}").data for n, code in enumerate(codes[:4])]
    assert again == [answer.data for answer in answers[:4]]


def test_one_that_is_kept_only_after_it_was_looked_for_gets_its_answer(world, line, pg_database):
    """The line breaks while the server still works; the nonce is then waited for, and known as its own."""
    (code,) = more_notices(world, 1)
    answers = []
    address = pg_database.owner_url.replace("+psycopg", "")
    with psycopg.connect(address) as other, psycopg.connect(address, autocommit=True) as onlooker:
        other.execute("SELECT 1 FROM ledger_book FOR UPDATE")
        line.lose_answer_to(CROSSING, heard_out=False)
        thread = threading.Thread(target=lambda: answers.append(hand(world).pay(code, "T1")))
        thread.start()
        wait_until(lambda: waiting_for_locks(onlooker) == 2)
        other.rollback()
    thread.join(20)

    assert line.broken == 1
    assert (answers[0].status_code, world.payments()) == (201, 3)
    assert hand(world).pay(code, "T1").data == answers[0].data
    assert world.bank.again().get_json()["code"] == "nonce-used", "no answer was lost to another's"


@pytest.mark.parametrize("heard_out", [True, False])
def test_a_batch_whose_answer_was_lost_gets_its_first_answers(world, line, heard_out):
    codes = more_notices(world, 4)
    told = [an_advice_message(code, f"T{number}") for number, code in enumerate(codes[1:])]
    assert (
        world.bank.post(BATCHES, {"payments": [an_advice_message(codes[0], "T9")]}).status_code
        == 200
    )
    line.lose_answer_to(BATCH, heard_out=heard_out)
    messages = len(world.messages())

    answer = world.bank.post(BATCHES, {"payments": told})

    assert (line.broken, answer.status_code, answer.get_json()["accepted"]) == (1, 200, 3)
    assert (world.payments(), len(world.messages())) == (2 + 4, messages + 1)
    assert world.bank.again().get_json()["code"] == "nonce-used"
    assert world.bank.post(BATCHES, {"payments": told}).data == answer.data


def test_where_the_database_cannot_be_asked_the_outcome_is_unknown(world, line):
    (code,) = more_notices(world, 1)
    line.lose_answer_to(CROSSING, then_closed=True)

    told = hand(world).pay(code, "T1")

    assert (told.status_code, told.get_json()["code"]) == (503, "outcome-unknown")
    assert told.headers["Retry-After"] == "5"
    assert "result" not in told.get_json()
    line.is_closed = False
    asked = world.bank.ask("T1")
    assert (asked.status_code, world.payments()) == (200, 3)
    assert hand(world).pay(code, "T1").data == asked.data


def test_a_message_of_the_long_way_whose_commit_told_nothing_is_answered_once(world, line):
    (code,) = more_notices(world, 1)
    world.bank.pay(code, "T1")
    line.lose_answer_to(COMMIT)

    told = world.bank.post(REVERSALS, a_reversal_message(code, "T1"))

    assert (line.broken, told.status_code, world.count(ReversalRow)) == (1, 201, 1)
    assert world.bank.post(REVERSALS, a_reversal_message(code, "T1")).data == told.data
    assert world.bank.again().get_json()["code"] == "nonce-used"


def test_a_report_without_a_key_is_not_done_twice(world, line):
    line.lose_answer_to(COMMIT, after=b"INSERT INTO report ")

    told = send(world, a_report())

    assert (told.status_code, told.get_json()["code"]) == (503, "outcome-unknown")
    assert world.count(ReportRow) == 1


def wait_until(holds):
    end = monotonic() + 8
    while not holds():
        assert monotonic() < end
        sleep(0.01)


def waiting_for_locks(connection):
    return connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND wait_event_type = 'Lock'"
    ).fetchone()[0]
