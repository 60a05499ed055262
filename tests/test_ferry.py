"""A ferry: nobody waits for company, whoever waits travels together, and each gets its own answer."""

import subprocess
import sys
import threading
from time import monotonic, sleep

import pytest

from feeledger.ferry import BERTHS, SEATS, Ferry


class Water:
    """Crossings that stand still until they are let go; they answer each rider in capitals."""

    def __init__(self):
        self.crossings, self.gates, self.fails = [], [], []

    def cross(self, riders):
        self.crossings.append(list(riders))
        if self.gates:
            assert self.gates.pop(0).wait(10)
        if self.fails:
            raise self.fails.pop(0)
        return [rider.upper() for rider in riders]

    def hold(self):
        self.gates.append(threading.Event())
        return self.gates[-1]


def started(ferry, quay, riders):
    """Let each rider ride in a thread of its own; give the threads and what they will be told."""
    told = {}

    def ride(rider):
        try:
            told[rider] = ferry.ride(quay, rider)
        except ConnectionError as error:
            told[rider] = error

    threads = [threading.Thread(target=ride, args=(rider,)) for rider in riders]
    for thread in threads:
        thread.start()
    return threads, told


def wait_until(holds):
    end = monotonic() + 10
    while not holds():
        assert monotonic() < end
        sleep(0.001)


def waiting(ferry, quay):
    return len(ferry._waiting.get(quay, ()))


def test_who_finds_no_ferry_under_way_crosses_at_once_and_alone():
    water = Water()
    ferry = Ferry(water.cross)

    assert [ferry.ride("quay", rider) for rider in ("a", "b")] == ["A", "B"]
    assert water.crossings == [["a"], ["b"]]
    assert ferry._waiting == {}, "a quay without a ferry is forgotten"


def test_who_comes_meanwhile_travels_together_and_gets_its_own_answer():
    water = Water()
    ferry, gate = Ferry(water.cross), water.hold()
    first, told_first = started(ferry, "quay", ["a"])
    wait_until(lambda: water.crossings)
    rest, told = started(ferry, "quay", ["b", "c", "d", "e"])
    wait_until(lambda: waiting(ferry, "quay") == 4)

    assert ferry.ride("another", "z") == "Z", "another quay has a ferry of its own"
    gate.set()
    for thread in first + rest:
        thread.join(10)

    assert (told_first, told) == ({"a": "A"}, {"b": "B", "c": "C", "d": "D", "e": "E"})
    assert [sorted(riders) for riders in water.crossings] == [["a"], ["z"], ["b", "c", "d", "e"]]


def test_a_ferry_has_so_many_seats_and_the_next_takes_the_rest():
    water = Water()
    ferry, gate = Ferry(water.cross), water.hold()
    riders = [f"rider {n}" for n in range(SEATS + 36)]
    first, _ = started(ferry, "quay", ["a"])
    wait_until(lambda: water.crossings)
    rest, told = started(ferry, "quay", riders)
    wait_until(lambda: waiting(ferry, "quay") == len(riders))

    gate.set()
    for thread in first + rest:
        thread.join(10)

    assert told == {rider: rider.upper() for rider in riders}
    assert [len(crossing) for crossing in water.crossings] == [1, SEATS, 36]


@pytest.mark.parametrize("leader_alone", [True, False])
def test_a_crossing_that_fails_reaches_its_leader_and_the_others_are_told_nothing(leader_alone):
    water = Water()
    ferry, gate = Ferry(water.cross), water.hold()
    first, told_first = started(ferry, "quay", ["a"])
    wait_until(lambda: water.crossings)
    failure = ConnectionError("the river is frozen")
    rest, told = started(ferry, "quay", ["b"] if leader_alone else ["b", "c", "d"])
    wait_until(lambda: waiting(ferry, "quay") == len(rest))

    water.fails = [failure]
    second = water.hold()
    gate.set()  # the first fails, alone
    wait_until(lambda: len(water.crossings) == 2)
    water.fails = [failure]
    second.set()  # then those who waited
    for thread in first + rest:
        thread.join(10)

    assert told_first == {"a": failure}
    assert sorted(told.values(), key=str) == sorted([failure] + [None] * (len(rest) - 1), key=str)
    assert ferry.ride("quay", "e") == "E", "the next is off again"


def test_so_many_quays_sail_at_a_time_and_who_waits_for_a_berth_takes_company_along():
    water = Water()
    ferry, gates = Ferry(water.cross), [water.hold() for _ in range(BERTHS)]
    sailing = [started(ferry, f"quay {n}", [f"rider {n}"])[0] for n in range(BERTHS)]
    wait_until(lambda: len(water.crossings) == BERTHS)
    first, told = started(ferry, "quay", ["a"])
    wait_until(lambda: "quay" in ferry._waiting)
    second, told_too = started(ferry, "quay", ["b"])
    wait_until(lambda: waiting(ferry, "quay") == 1)

    assert len(water.crossings) == BERTHS
    for gate in gates:
        gate.set()
    for thread in sum(sailing, first + second):
        thread.join(10)

    assert (told, told_too) == ({"a": "A"}, {"b": "B"})
    assert water.crossings[-1] == ["a", "b"]


def test_who_is_killed_while_waiting_leaves_its_quay_to_the_others():
    """Killed by gevent in a process of its own: one in the queue, then the one that was to lead."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout.split()) == (0, ["A", "D", "E", "0"]), done.stderr


KILLED = """
from gevent import monkey; monkey.patch_all()
import gevent
from gevent.event import Event
from feeledger.ferry import Ferry

gates = [Event(), Event()]
def cross(riders):
    if gates:
        gates.pop(0).wait()
    return [rider.upper() for rider in riders]

ferry = Ferry(cross)
first = gates[0]
a = gevent.spawn(ferry.ride, "quay", "a"); gevent.sleep(0)
b, c, d = (gevent.spawn(ferry.ride, "quay", x) for x in "bcd"); gevent.sleep(0)
b.kill()                      # in the queue
gates.clear()
c.kill(block=False)           # about to lead when it dies
first.set()
print(a.get(timeout=5)); print(d.get(timeout=5))
print(gevent.spawn(ferry.ride, "quay", "e").get(timeout=5)); print(len(ferry._waiting))
"""
