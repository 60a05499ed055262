"""Connections: bytes in pieces, slow and broken peers, many at once, an orderly end."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from feeledger.gateway.frames import BrokenFrame
from feeledger.gateway.server import Limits
from tests.gateway.conftest import listening
from tests.gateway.peers import Line, a_confirmation, a_query

QUICK = Limits(frame=0.5, idle=0.5, connections=60, threads=8)


@pytest.mark.parametrize("size", [1, 7, 64, 300])
def test_a_frame_in_pieces_is_one_frame(world, size):
    assert world.ask(a_query(world.pay_code), size).msg_no == "5997"


def test_one_connection_serves_many_frames_and_surplus_bytes_begin_the_next(world):
    line = world.line()
    query = a_query(world.pay_code)

    line.send(query + query + query[:100])
    told = [line.told(), line.told()]
    line.send(query[100:])
    told.append(line.told())
    line.close()

    assert [one.msg_no for one in told] == ["5997"] * 3


def test_a_half_closed_connection_still_gets_its_answers(world):
    line = world.line()

    line.send(a_query(world.pay_code))
    line.half_close()

    assert line.told().msg_no == "5997"
    assert line.told() is None


@pytest.mark.parametrize("size", [5, 20, 200])
def test_a_frame_cut_off_by_a_half_close_is_10002_and_the_end(world, size):
    """R-B6."""
    line = world.line()

    line.send(a_query(world.pay_code)[:size])
    line.half_close()

    assert line.told().result == "10002"
    assert line.told() is None


def test_a_frame_that_takes_too_long_is_10002_and_the_end(quiet_world):
    """R-B6: all stated bytes within the time; bytes that trickle do not lengthen it."""
    with listening(quiet_world.store, QUICK) as port:
        line, query = Line(port), a_query(quiet_world.pay_code)
        began = time.monotonic()
        for at in range(4):
            line.send(query[at : at + 1])
            time.sleep(0.1)

        assert line.told().result == "10002"
        assert line.told() is None
        assert 0.4 < time.monotonic() - began < 5


def test_the_time_of_a_frame_is_ten_seconds():
    assert Limits().frame == 10


def test_a_silent_connection_is_closed_without_an_answer(quiet_world):
    with listening(quiet_world.store, QUICK) as port:
        assert Line(port).told() is None


def test_after_a_broken_head_the_connection_ends_and_the_answer_is_not_lost(world):
    line = world.line()

    line.send(b"nonsense" + b"x" * 200_000)

    assert line.told().result == "10002"
    assert line.told() is None


def test_after_a_wrong_mac_the_next_frame_is_taken(world):
    line = world.line()

    assert line.ask(a_query(world.pay_code, "another-token-42x")).result == "99999"
    assert line.ask(a_query(world.pay_code)).msg_no == "5997"


def test_fifty_connections_are_answered_while_five_are_slow_and_two_are_broken(world):
    query = a_query(world.pay_code)
    slow = [world.line() for _ in range(5)]
    for line in slow:
        line.send(query[:50])
    for _ in range(2):
        broken = world.line()
        broken.send(query[:70])
        broken.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        broken.close()  # a reset, in the middle of a frame

    began = time.monotonic()
    with ThreadPoolExecutor(45) as threads:
        told = list(threads.map(lambda _: world.ask(query, 100), range(45)))
    took = time.monotonic() - began

    assert [one.msg_no for one in told] == ["5997"] * 45
    assert took < 10
    for line in slow:  # within their ten seconds the slow ones are still served
        line.send(query[50:])
        assert line.told().msg_no == "5997"


def test_more_connections_than_allowed_are_hung_up_and_room_is_given_again(quiet_world):
    few = Limits(frame=5, idle=5, connections=2, threads=2)
    with listening(quiet_world.store, few) as port:
        query = a_query(quiet_world.pay_code)
        two = [Line(port), Line(port)]
        assert [line.ask(query).msg_no for line in two] == ["5997"] * 2

        assert Line(port).told() is None

        two[0].close()
        deadline = time.monotonic() + 5
        answered = None
        while answered is None and time.monotonic() < deadline:
            answered = asked_or_none(port, query)
        assert answered.msg_no == "5997"


def asked_or_none(port, query):
    try:
        return Line(port).ask(query)
    except OSError:
        return None


def test_a_peer_that_takes_no_answers_is_cut_off(quiet_world):
    """Its answer fills what the system holds for it; then the time of one answer runs out."""
    huge = b"0" * (1 << 26)
    with listening(quiet_world.store, QUICK, answering=lambda _: huge) as port:
        line = Line(port)
        line.send(a_query(quiet_world.pay_code))
        time.sleep(5)  # ten times what it is given: the machine may be busy

        assert bytes_taken(line) < len(huge)


def bytes_taken(line):
    taken = 0
    with suppress(ConnectionResetError):
        while more := line.socket.recv(1 << 20):
            taken += len(more)
    return taken


def test_a_stop_lets_the_frame_at_work_be_answered_and_hangs_up_the_idle(quiet_world):
    at_work, may_go = threading.Event(), threading.Event()

    def answering(came):
        at_work.set()
        assert may_go.wait(10)
        return came.refusal.result.encode() if isinstance(came, BrokenFrame) else b"answered"

    with listening(quiet_world.store, answering=answering) as port:
        idle, busy = Line(port), Line(port)
        busy.send(a_query(quiet_world.pay_code))
        assert at_work.wait(10)
        threading.Timer(0.3, may_go.set).start()
    # the gateway has stopped here

    assert busy.read(8) == b"answered"
    assert busy.read(1) is None
    assert idle.read(1) is None
    with pytest.raises(OSError, match="refused"):
        Line(port)


def test_payments_over_a_broken_line_are_kept_and_told_when_asked_again(world):
    """The bank loses the answer, not the payment."""
    world.ask(a_query(world.pay_code))
    line = world.line()
    line.send(a_confirmation(world.pay_code))
    deadline = time.monotonic() + 10
    while not world.payments() and time.monotonic() < deadline:
        time.sleep(0.02)
    line.close()

    told = world.ask(a_confirmation(world.pay_code))

    [payment] = world.payments()
    assert (told.result, told.field("Information")) == ("00000", str(payment.id))
