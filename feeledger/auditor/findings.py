"""What the auditor finds: a kind that never changes its name, a place, and a sentence in two languages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold. ``place`` is table:key, as the row is found."""

    region: str
    kind: str
    place: str
    zh: str
    en: str

    def told(self, language: str) -> str:
        """Give the sentence in a language."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Place:
    """Where a check stands: it makes findings of its region."""

    region: str

    def finding(self, kind: str, place: str, zh: str, en: str) -> Finding:
        """Make a finding."""
        return Finding(self.region, kind, place, zh, en)


class Peeked:
    """A stream in order of its first column that is asked for one key after another, rising."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Begin a stream."""
        self._rows = iter(rows)
        self._next: Any | None = next(self._rows, None)

    def at(self, key: int, strays: list[Row]) -> list[Row]:
        """Give the rows of a key; those of lower keys, which nobody asked for, go to the strays."""
        row, rows, found = self._next, self._rows, []
        while row is not None and row[0] < key:
            strays.append(row)
            row = next(rows, None)
        while row is not None and row[0] == key:
            found.append(row)
            row = next(rows, None)
        self._next = row
        return found

    def before(self, key: int) -> Iterator[Row]:
        """Give the rows whose key is lower than this one: nobody asked for them."""
        while self._next is not None and self._next[0] < key:
            yield self._next
            self._next = next(self._rows, None)

    def of(self, key: int) -> list[Row]:
        """Give the rows of a key."""
        found = []
        while self._next is not None and self._next[0] == key:
            found.append(self._next)
            self._next = next(self._rows, None)
        return found

    def rest(self) -> Iterator[Row]:
        """Give what is left."""
        while self._next is not None:
            yield self._next
            self._next = next(self._rows, None)
