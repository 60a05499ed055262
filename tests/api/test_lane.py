"""The lane in front of the framework: what is clear is taken there, everything else as ever (PostgreSQL)."""

import json
import threading
from datetime import datetime, timedelta
from itertools import count
from time import monotonic, sleep

import psycopg
import pytest
from psycopg import DataError
from sqlalchemy import select

from feeledger.api import clear_calls
from feeledger.app import create_app
from feeledger.clock import Clock
from feeledger.payments.tables import MessageLogRow, PaymentKeyRow, PaymentRow
from feeledger.regions.bank_actions import end_bank_key
from tests.api.banks import ED_KEY, KEY, Bank, an_advice_message
from tests.api.conftest import fill_world, open_world
from tests.builders import CLERK, NOW, REGION, a_notice, a_query

pytestmark = pytest.mark.postgresql
VIEW = "api_bank.receive_payment"


@pytest.fixture
def world(pg_store, settings):
    return open_world(pg_store, settings, fill_world(pg_store))


def more_notices(world, count):
    """Issue notices of 140.00 yuan more, each asked for by the bank."""
    with world.store.write() as session:
        notices = [a_notice(session) for _ in range(count)]
        for notice in notices:
            a_query(session, notice)
        return [notice.pay_code for notice in notices]


def bar_the_view(world):
    """Let the framework's view answer 418, so that it is seen who answered."""
    world.app.view_functions[VIEW] = lambda: ("", 418)


def test_a_clear_confirmation_and_its_repetition_never_reach_the_framework(world):
    world.bank.query(world.pay_code)
    bar_the_view(world)

    first = world.bank.pay(world.pay_code)
    again = world.bank.pay(world.pay_code)  # signed afresh, as R-B3 has it

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data, "the first answer, byte for byte"
    assert json.loads(first.data)["result"] == "00000"
    assert first.headers["Content-Type"] == "application/json"
    assert first.headers["Cache-Control"] == "no-store"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert len(first.headers["X-Request-Id"]) == 16
    kept = [row for row in world.messages() if row.msg_no == "confirmation"]
    assert [row.msg_ref for row in kept] == [
        answer.headers["X-Request-Id"] for answer in (first, again)
    ]
    assert {row.result for row in kept} == {"00000"}
    assert kept[0].raw.endswith(world.bank.sent[-2][2])
    assert b"Signature: " in kept[0].raw
    assert world.payments() == 1
    assert world.nonces() == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "139.99"},
        {"account": "1111"},
        {"pay_code": "13018426000000000105"},
        {"paid_at": "2026-11-26T09:00:00+08:00"},
        {"amount": 140.0},
        {"more": 1},
    ],
)
def test_what_is_not_clear_goes_on_to_the_view_and_nothing_was_written(world, changes):
    world.bank.query(world.pay_code)
    before = (world.nonces(), len(world.messages()))
    bar_the_view(world)

    assert world.bank.pay(world.pay_code, **changes).status_code == 418
    assert (world.payments(), (world.nonces(), len(world.messages()))) == (0, before)


def test_a_wrong_signature_an_ended_key_and_a_used_nonce_go_on_to_the_view(world):
    world.bank.query(world.pay_code)
    other, third = more_notices(world, 2)
    body = json.dumps(an_advice_message(world.pay_code)).encode()
    assert world.bank.send("POST", "/api/v1/bank/payments", body, nonce="once").status_code == 201
    body = json.dumps(an_advice_message(other, "T0002")).encode()

    assert world.bank.send("POST", "/api/v1/bank/payments", body, nonce="once").status_code == 401
    assert world.bank.send("POST", "/api/v1/bank/payments", body, late=301).status_code == 401
    assert world.bank.again(Signature="sig1=:AAAA:").status_code == 401
    assert world.bank.pay(third, "T0003").status_code == 201, "this process has seen the key"
    with world.store.write() as session:
        end_bank_key(session, KEY.id, valid_to=NOW, reason="x", by=CLERK, now=NOW)
    assert world.bank.pay(other, "T0002").status_code == 401
    assert Bank(world.app.test_client(), ED_KEY).pay(other, "T0002").status_code == 201
    assert world.payments() == 3


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"content_type": "text/plain"}, 415),
        ({"body": b"{"}, 400),
        ({"body": b'{"pay_code":' + b"[" * 20_000}, 400),
        ({"body": b" " * (256 * 1024 + 1)}, 413),
    ],
)
def test_a_body_that_is_no_confirmation_is_refused_by_the_view(world, changes, status):
    body = changes.pop("body", b"{}")

    answer = world.bank.send("POST", "/api/v1/bank/payments", body, **changes)

    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_a_payment_that_is_booked_is_answered_whatever_becomes_of_the_pruning(world, monkeypatch):
    def fail(*_given, **_named):
        raise DataError("no pruning today")

    monkeypatch.setattr(clear_calls, "PRUNE_ODDS", 1)
    monkeypatch.setattr(clear_calls, "prune_guards", fail)
    world.bank.query(world.pay_code)

    assert world.bank.pay(world.pay_code).status_code == 201
    assert world.payments() == 1


class SlowStore:
    """The first crossing stands still until it is let go; how many asked together is noted."""

    def __init__(self, monkeypatch, world):
        self.gate, self.crossings, self.failures = threading.Event(), [], []
        plain = type(world.store).at_once

        def at_once(store, prompt, values):
            self.crossings.append(len(json.loads(values["told"])))
            if len(self.crossings) == 1:
                assert self.gate.wait(10)
            elif self.failures:
                raise self.failures.pop()
            return plain(store, prompt, values)

        monkeypatch.setattr(type(world.store), "at_once", at_once)

    def send_together(self, world, messages):
        """Send the first message, and while it is on its way the others; give the answers in order."""
        answers = [None] * len(messages)

        def send(at):
            bank, arguments, changes = messages[at]
            answers[at] = bank.pay(*arguments, **changes)

        threads = [threading.Thread(target=send, args=(at,)) for at in range(len(messages))]
        threads[0].start()
        _wait(lambda: self.crossings)
        for number, thread in enumerate(threads[1:], 1):
            thread.start()
            _wait(lambda number=number: _waiting() == number)
        self.gate.set()
        for thread in threads:
            thread.join(20)
        return answers


def _waiting():
    return sum(len(queue) for queue in clear_calls._ferry._waiting.values())


def _wait(holds):
    end = monotonic() + 10
    while not holds():
        assert monotonic() < end
        sleep(0.002)


def hand(world, key=KEY):
    return Bank(world.app.test_client(), key)


def test_those_that_come_together_are_judged_each_by_itself(world, settings, monkeypatch):
    """One crossing: clear ones, a repetition, an equal serial, an equal code, a wrong amount."""
    ticks = count()
    clock = Clock(source=lambda: NOW + timedelta(milliseconds=next(ticks)))
    world.app = create_app(settings, store=world.store, clock=clock)
    codes = more_notices(world, 5)
    first_answer = hand(world).pay(codes[0], "T0").data
    slow = SlowStore(monkeypatch, world)
    messages = [
        (hand(world), (codes[1], "T1"), {}),  # under way alone
        (hand(world), (codes[2], "T2"), {}),
        (hand(world, ED_KEY), (codes[3], "T3"), {}),
        (hand(world), (codes[0], "T0"), {}),  # said before
        (hand(world), (codes[4], "T2"), {}),  # T2's serial, other content
        (hand(world), (codes[2], "T4"), {}),  # T2's notice, paid a moment ago
        (hand(world), (codes[4], "T5"), {"amount": "140.01"}),
    ]

    answers = slow.send_together(world, messages)

    # T4 and the second T2 bear a name of an earlier one, so they do not travel with it.
    assert slow.crossings[:2] == [1, 4]
    results = [(answer.status_code, answer.get_json()["result"]) for answer in answers]
    assert results == [
        (201, "00000"),
        (201, "00000"),
        (201, "00000"),
        (201, "00000"),
        (409, "99999"),
        (409, "12001"),
        (409, "12004"),
    ]
    assert answers[3].data == first_answer
    with world.store.read() as session:
        paid = session.execute(
            select(PaymentRow.trade_no, PaymentRow.received_at, PaymentKeyRow.answer).join(
                PaymentKeyRow, PaymentKeyRow.trade_no == PaymentRow.trade_no
            )
        ).all()
        logged = session.scalars(
            select(MessageLogRow.msg_id).where(MessageLogRow.region == REGION)
        ).all()
    assert sorted(row.trade_no for row in paid) == ["T0", "T1", "T2", "T3"]
    instants = {datetime.fromisoformat(row.answer["received_at"]) for row in paid}
    assert instants == {row.received_at for row in paid}
    assert len(instants) == 4, "each was accepted at an instant of its own"
    assert sorted(name for name in logged if name.startswith("T")) == sorted(
        ["T0", "T0", "T1", "T2", "T2", "T3", "T4", "T5"]
    )


def test_a_crossing_that_fails_sends_each_of_them_the_long_way(world, monkeypatch):
    codes = more_notices(world, 4)
    slow = SlowStore(monkeypatch, world)
    slow.failures = [DataError("nobody knows why")]

    answers = slow.send_together(
        world, [(hand(world), (code, f"T{n}"), {}) for n, code in enumerate(codes)]
    )

    assert [answer.status_code for answer in answers] == [201] * 4
    assert world.payments() == 4


def test_a_notice_that_somebody_holds_keeps_none_of_the_others_waiting(world, pg_database):
    held, *free = more_notices(world, 4)
    with psycopg.connect(pg_database.owner_url.replace("+psycopg", "")) as other:
        other.execute("SELECT 1 FROM notice WHERE pay_code = %s FOR UPDATE", (held,))
        slow = threading.Thread(target=lambda: answers.append(hand(world).pay(held, "T0")))
        answers = []
        slow.start()
        began = monotonic()
        quick = [hand(world).pay(code, f"T{n}") for n, code in enumerate(free, 1)]
        took = monotonic() - began
        assert [answer.status_code for answer in quick] == [201] * 3
        assert took < 5, "the lock was waited for"
        assert not answers
        other.rollback()
    slow.join(20)
    assert answers[0].status_code == 201


def test_a_key_that_ended_while_others_waited_books_nothing_on_their_crossing(
    world, settings, monkeypatch
):
    codes = more_notices(world, 3)
    now = [NOW]
    world.app = create_app(settings, store=world.store, clock=Clock(source=lambda: now[0]))
    assert hand(world, ED_KEY).query(codes[2]).status_code == 200  # this process has seen the key
    slow = SlowStore(monkeypatch, world)
    end = NOW + timedelta(seconds=3)

    def late():
        """Come when the key has ended, behind one who came before and waits."""
        with world.store.write() as session:
            end_bank_key(session, ED_KEY.id, valid_to=end, reason="x", by=CLERK, now=end)
        now[0] = NOW + timedelta(seconds=5)
        return Bank(world.app.test_client(), ED_KEY, at=now[0])

    answers = slow.send_together(
        world,
        [
            (hand(world), (codes[0], "F"), {}),
            (hand(world), (codes[1], "L"), {}),
            (late_rider(late), (codes[2], "R"), {}),
        ],
    )

    assert slow.crossings[:2] == [1, 2]
    assert [answer.status_code for answer in answers] == [201, 201, 401]
    assert world.payments() == 2


def late_rider(make):
    """Give a bank that is made at the moment it sends."""

    class Late:
        def pay(self, *arguments, **changes):
            return make().pay(*arguments, **changes)

    return Late()
