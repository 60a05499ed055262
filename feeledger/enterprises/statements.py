"""Statements about an enterprise, weighed: which one stands, and where two sources disagree.

What always holds: a declaration of the enterprise itself never stands over what a department or
the bureau said; among equals the later knowledge stands. Nothing here forgets a statement.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

from feeledger.enterprises.facts import PLAIN_NUMBER, fact_value

DECLARED: Final = frozenset({"enterprise", "declared"})
DECISION: Final = "decision"


@dataclass(frozen=True, slots=True)
class Statement:
    """One source's word on one fact: its value as JSON text (None withdraws) and its window.

    ``said_by`` is the collecting unit that said so, where a department did. ``valid_to`` is the
    first day it no longer holds.
    """

    id: int
    uscc: str
    name: str
    value: str | None
    valid_from: date
    valid_to: date | None
    source: str
    said_by: str | None
    known_at: datetime

    @property
    def voice(self) -> tuple[str, str | None]:
        """Say whose word it is: a later word of one voice replaces its earlier one."""
        return ("enterprise" if self.source in DECLARED else self.source), self.said_by

    @property
    def weight(self) -> tuple[bool, datetime, date, int]:
        """Give what decides between statements of one day: the greatest stands."""
        return self.source not in DECLARED, self.known_at, self.valid_from, self.id

    def covers(self, day: date) -> bool:
        """Say whether it speaks of a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


def latest_of_each(statements: Iterable[Statement], day: date) -> tuple[Statement, ...]:
    """Give every voice's last word on a day, the one that stands first."""
    last: dict[tuple[str, str | None], Statement] = {}
    for each in sorted(statements, key=lambda said: said.weight):
        if each.covers(day):
            last[each.voice] = each
    return tuple(sorted(last.values(), key=lambda said: said.weight, reverse=True))


def standing_value(voices: Sequence[Statement]) -> tuple[str, object] | None:
    """Give what stands among last words, to be compared; None where nothing is known."""
    return meaning(voices[0].value) if voices else None


@lru_cache(maxsize=4096)
def meaning(value: str | None) -> tuple[str, object] | None:
    """Give what a value's JSON text says: 100, 100.0 and "100" are one number.

    >>> meaning("100.0") == meaning('"100"'), meaning("1") == meaning("true")
    (True, False)
    """
    if value is None:
        return None
    told = fact_value(value)
    if isinstance(told, bool):
        return "bool", told
    if isinstance(told, str) and not PLAIN_NUMBER.fullmatch(told):
        return "text", told
    return "number", Decimal(told)


def disagreeing(voices: Sequence[Statement]) -> tuple[Statement, ...]:
    """Give the last words that contradict the one that stands.

    A word that is both older and of an earlier day was overtaken, not contradicted; a decision of
    the bureau answers whatever was known before it.
    """
    if not voices:
        return ()
    first, *rest = voices
    return tuple(each for each in rest if _contradicts(each, first))


def _contradicts(other: Statement, standing: Statement) -> bool:
    if other.value is None or meaning(other.value) == meaning(standing.value):
        return False
    if standing.source == DECISION:
        return other.known_at > standing.known_at
    return other.valid_from >= standing.valid_from or other.known_at > standing.known_at


def says_nothing_new(told: Statement, known: Iterable[Statement]) -> bool:
    """Say whether a voice has said just this before, for the whole window, and nothing since."""
    own = [each for each in known if each.voice == told.voice]
    now = latest_of_each(own, told.valid_from)
    if not now or meaning(now[0].value) != meaning(told.value):
        return False
    if not _reaches(now[0].valid_to, told.valid_to):
        return False
    later = (each for each in own if each.weight > now[0].weight)
    return not any(_begins_within(each, told) for each in later)


def _reaches(known: date | None, told: date | None) -> bool:
    return known is None or (told is not None and told <= known)


def _begins_within(each: Statement, told: Statement) -> bool:
    after = each.valid_from > told.valid_from
    return after and (told.valid_to is None or each.valid_from < told.valid_to)
