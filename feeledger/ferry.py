"""A ferry: what arrives while one crossing is under way travels together on the next.

Writing many things in one transaction costs little more than writing one. Whoever finds no ferry
under way for its quay crosses at once, alone; whoever comes meanwhile waits, and the first of them
then takes all of them along. So nobody ever waits for company, and what waits is at most one
crossing old, unless more quays are busy than there are berths. It works among threads, and among
greenlets where those stand in for threads.
"""

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from threading import Lock, Semaphore
from typing import Final, Generic, Protocol, TypeVar

Rider = TypeVar("Rider")
Told = TypeVar("Told")


class Named(Protocol):
    """A rider with names that no other on the same crossing may bear."""

    @property
    def names(self) -> frozenset[tuple[str, str]]:
        """Give each name with its kind."""


OneNamed = TypeVar("OneNamed", bound=Named)

SEATS: Final = 64
BERTHS: Final = 12  # crossings at a time: each needs a connection of its own


def first_of_equals(riders: Sequence[OneNamed]) -> list[OneNamed]:
    """Leave out every rider that bears a name of one before it that stays."""
    seen: set[tuple[str, str]] = set()
    first = []
    for rider in riders:
        if seen.isdisjoint(rider.names):
            first.append(rider)
            seen |= rider.names
    return first


@dataclass(slots=True, eq=False)
class _Seat(Generic[Rider, Told]):
    """One that waits; ``called`` opens when it was carried across, or when it is to take the lead."""

    rider: Rider
    called: Lock = field(default_factory=Lock)
    leads: bool = False
    told: Told | None = None


class Ferry(Generic[Rider, Told]):
    """Carries riders across by ``cross``, which gives each its answer in their order, or None."""

    def __init__(self, cross: Callable[[Sequence[Rider]], Sequence[Told | None]]) -> None:
        """Keep how to cross; what it raises reaches the one who led, the others get None."""
        self._cross = cross
        self._guard = Lock()
        self._berths = Semaphore(BERTHS)
        # A quay stands here while a ferry of it is under way, with those who wait for the next.
        self._waiting: dict[Hashable, list[_Seat[Rider, Told]]] = {}

    def ride(self, quay: Hashable, rider: Rider) -> Told | None:
        """Cross from a quay, alone or with those who wait there too; give what one was told."""
        seat: _Seat[Rider, Told] = _Seat(rider)
        with self._guard:
            queue = self._waiting.get(quay)
            if queue is None:
                self._waiting[quay] = []
            else:
                seat.called.acquire()
                queue.append(seat)
        if queue is not None:
            self._wait(quay, seat)
            if not seat.leads:
                return seat.told
        return self._lead(quay, seat)

    def _lead(self, quay: Hashable, seat: _Seat[Rider, Told]) -> Told | None:
        """Take along whoever waits, and call the next to lead."""
        others: list[_Seat[Rider, Told]] = []
        try:
            with self._berths:
                others = self._board(quay)
                told = self._cross([seat.rider, *(other.rider for other in others)])
            for other, its in zip(others, told[1:], strict=True):
                other.told = its
            return told[0]
        finally:
            self._leave(quay)  # first: who leads next is to be off before the others are served
            for other in others:
                other.called.release()
            time.sleep(0)  # let them go on: who leads next has the ferry to send off

    def _wait(self, quay: Hashable, seat: _Seat[Rider, Told]) -> None:
        """Wait until somebody calls; whoever is killed meanwhile leaves the queue, or hands the lead on."""
        try:
            seat.called.acquire()
        except BaseException:
            with self._guard:
                queue = self._waiting.get(quay, [])
                if seat in queue:
                    queue.remove(seat)
            if seat.leads:
                self._leave(quay)
            raise

    def _board(self, quay: Hashable) -> list[_Seat[Rider, Told]]:
        """Let those who wait take their seats."""
        with self._guard:
            queue = self._waiting[quay]
            others = queue[: SEATS - 1]
            del queue[: SEATS - 1]
        return others

    def _leave(self, quay: Hashable) -> None:
        with self._guard:
            queue = self._waiting[quay]
            if not queue:
                del self._waiting[quay]
                return
            following = queue.pop(0)
            following.leads = True
        following.called.release()
