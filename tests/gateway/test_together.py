"""Confirmations by frames that arrive at the same time: judged each by itself (PostgreSQL)."""

import hashlib
import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest
from psycopg import DataError

from feeledger.gateway import clear_frames
from feeledger.gateway.actions import Holder, end_node_token, enter_node
from tests.builders import BANK, CLERK, NOW, a_notice
from tests.builders import a_query as asked_by_bank
from tests.commands.test_gateway import gateway_process
from tests.gateway.conftest import fill_world, listening, open_world
from tests.gateway.peers import NODE, Line, a_confirmation, a_query

pytestmark = pytest.mark.postgresql
OTHER_TOKEN = "another-token-of-the-node"
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND wait_event_type = 'Lock'"
)


@pytest.fixture
def world(pg_store):
    made = open_world(pg_store, fill_world(pg_store))
    with listening(pg_store) as port:
        made.port = port
        yield made


def more_notices(world, count):
    """Issue notices of 140.00 yuan more, each asked for by the bank."""
    with world.store.write() as session:
        notices = [a_notice(session) for _ in range(count)]
        for notice in notices:
            asked_by_bank(session, notice)
        return [notice.pay_code for notice in notices]


def enter_token(world, token, now=NOW):
    with world.store.write() as session:
        return enter_node(session, NODE, Holder(bank=BANK), token=token, by=CLERK, now=now)


class SlowCrossing:
    """The first crossing stands still until it is let go; how many travelled together is noted."""

    def __init__(self, monkeypatch, world):
        self.world, self.gate, self.crossings, self.failures = world, threading.Event(), [], []
        plain = type(world.store).at_once

        def at_once(store, prompt, values):
            self.crossings.append(len(json.loads(values["told"])))
            if len(self.crossings) == 1:
                assert self.gate.wait(10)
            elif self.failures:
                raise self.failures.pop()
            return plain(store, prompt, values)

        monkeypatch.setattr(type(world.store), "at_once", at_once)

    def send_together(self, frames, meanwhile=lambda: None):
        """Send the first frame, and while it is on its way the others; give the answers in order."""
        with ThreadPoolExecutor(len(frames)) as threads:
            told = [threads.submit(self.world.ask, frames[0])]
            wait(lambda: self.crossings)
            for number, frame in enumerate(frames[1:], 1):
                told.append(threads.submit(self.world.ask, frame))
                wait(lambda number=number: waiting() == number)
            meanwhile()
            self.gate.set()
            return [one.result(30) for one in told]


def waiting():
    return sum(len(queue) for queue in clear_frames._ferry._waiting.values())


def wait(holds):
    end = monotonic() + 10
    while not holds():
        assert monotonic() < end
        sleep(0.002)


def test_frames_that_come_together_are_judged_each_by_itself(world, monkeypatch):
    """R-B3, R-B6: one crossing with clear ones and ones that are not, and a token ended meanwhile."""
    codes = more_notices(world, 6)
    number = enter_token(world, OTHER_TOKEN)
    said_before = a_confirmation(codes[0], "T0")
    first = world.ask(said_before)
    slow = SlowCrossing(monkeypatch, world)

    def end_the_other_token():
        with world.store.write() as session:
            end_node_token(session, NODE, number, reason="更换", by=CLERK, now=NOW)

    told = slow.send_together(
        [
            a_confirmation(codes[1], "T1"),  # under way alone
            a_confirmation(codes[2], "T2"),
            a_confirmation(codes[3], "T3", head={"msg_id": "20261124000000000003"}),
            said_before,
            a_confirmation(codes[4], "T2"),  # T2's serial, other content
            a_confirmation(codes[2], "T4"),  # T2's notice, paid a moment ago
            a_confirmation(codes[4], "T5", Amt="140.01"),
            a_confirmation(codes[5], "T6", token=OTHER_TOKEN),
        ],
        end_the_other_token,
    )

    # The second T2 and T4 bear a name of an earlier one, so they do not travel with it.
    assert slow.crossings == [1, 5]
    assert [one.result for one in told] == [
        *("00000", "00000", "00000", "00000"),
        *("99999", "12001", "12004", "99999"),
    ]
    assert [one.is_proved() for one in told] == [True] * 7 + [False]
    assert told[7].is_proved(""), "to a sender that proved nothing the answer is not signed"
    assert told[3].raw == first.raw
    paid = {row.trade_no: str(row.id) for row in world.payments()}
    assert paid == {f"T{at}": one.field("Information") for at, one in enumerate([first, *told[:3]])}
    assert told[2].head("MsgRef") == "20261124000000000003"
    rows = world.messages()
    assert Counter(row.direction for row in rows) == {"in": 9, "out": 9}
    kept = {row.raw: row for row in rows}
    for one in told:
        assert kept[one.raw].sha256 == hashlib.sha256(one.raw).hexdigest()
        assert (kept[one.raw].msg_no, kept[one.raw].result) == ("5001", one.result)
        assert (kept[one.raw].node, kept[one.raw].direction) == (NODE, "out")
    assert kept[told[2].raw].msg_ref == "20261124000000000003"


def test_a_crossing_that_fails_sends_each_of_them_the_long_way(world, monkeypatch):
    codes = more_notices(world, 4)
    slow = SlowCrossing(monkeypatch, world)
    slow.failures = [DataError("nobody knows why")]

    told = slow.send_together([a_confirmation(code, f"T{at}") for at, code in enumerate(codes)])

    assert slow.crossings == [1, 3]
    assert [one.result for one in told] == ["00000"] * 4
    assert len(world.payments()) == 4


def test_a_new_token_is_taken_at_once_and_an_ended_one_refused_at_once(world):
    codes = more_notices(world, 3)
    assert world.ask(a_confirmation(codes[0], "T0")).result == "00000"
    enter_token(world, OTHER_TOKEN)

    assert world.ask(a_confirmation(codes[1], "T1", token=OTHER_TOKEN)).result == "00000"
    with world.store.write() as session:
        end_node_token(session, NODE, 1, reason="更换", by=CLERK, now=NOW)
    assert world.ask(a_confirmation(codes[2], "T2")).result == "99999"
    assert world.ask(a_confirmation(codes[2], "T2", token=OTHER_TOKEN)).result == "00000"


def test_the_command_serves_among_greenlets_and_gives_its_answers_before_it_ends(
    pg_database, world
):
    """Many lines at once, an idle one and a slow one among them; SIGTERM ends it in order."""
    held, *codes = more_notices(world, 25)
    enter_token(world, OTHER_TOKEN, now=datetime(2020, 1, 1, tzinfo=UTC))
    environ = {
        "FEELEDGER_MODE": "demo",
        "FEELEDGER_DEMO_TODAY": "2026-11-24",
        "FEELEDGER_DATABASE_URL": pg_database.service_url,
    }

    def paying(code):
        return a_confirmation(code, f"T{code}", token=OTHER_TOKEN, CfmTime="000001")

    def pay(share):
        line = Line(port)
        return [line.ask(paying(code), 300).result for code in share]

    with gateway_process(environ) as (process, port):
        idle, slow = Line(port), Line(port)
        slow.send(a_query(codes[0], OTHER_TOKEN)[:90])
        with ThreadPoolExecutor(8) as threads:
            told = list(threads.map(pay, (codes[at::8] for at in range(8))))
        words = Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")
        slow.send(a_query(codes[0], OTHER_TOKEN)[90:])
        assert slow.told().field("PayStats") == "1"
        with psycopg.connect(pg_database.owner_url.replace("+psycopg", "")) as holder:
            holder.execute("SELECT 1 FROM notice WHERE pay_code = %s FOR UPDATE", (held,))
            at_work = Line(port)
            at_work.send(paying(held))
            wait(lambda: holder.execute(WAITING).fetchone() == (1,))
            assert slow.ask(a_query(codes[0], OTHER_TOKEN)).msg_no == "5997", "others go on"
            process.terminate()
            assert idle.told() is None
            holder.rollback()
        assert at_work.told().result == "00000"

    assert b"gevent.monkey" in words
    assert told == [["00000"] * 3] * 8
    assert sorted(row.pay_code for row in world.payments()) == sorted([held, *codes])
    assert process.returncode == 0
