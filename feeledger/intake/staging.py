"""Facts of a file laid ready outside the database, so that the transaction has only to write them.

They lie in a temporary file of this process without a name, stretch by stretch, and go with it.
"""

import marshal
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from types import TracebackType
from typing import Any, Self

from feeledger.enterprises.statement_actions import Told


class Staged:
    """Stretches of facts in the order of the file, to be read as often as a transaction is tried."""

    def __init__(self) -> None:
        """Open the file."""
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._stretches = 0

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the file go."""
        self._file.close()

    def add(self, told: Sequence[Told]) -> None:
        """Lay a stretch behind the others."""
        marshal.dump([_plain(each) for each in told], self._file)
        self._stretches += 1

    def stretches(self) -> Iterator[list[Told]]:
        """Give every stretch, from the first."""
        self._file.seek(0)
        for _ in range(self._stretches):
            yield [_told(row) for row in marshal.load(self._file)]  # noqa: S302 - our own file


def _plain(told: Told) -> tuple[Any, ...]:
    last = None if told.valid_to is None else told.valid_to.toordinal()
    first = told.valid_from.toordinal()
    return told.uscc, told.name, told.value, first, last, told.document, told.unit


def _told(row: tuple[Any, ...]) -> Told:
    uscc, name, value, first, last, document, unit = row
    until = None if last is None else date.fromordinal(last)
    return Told(uscc, name, value, date.fromordinal(first), until, document, unit)
