"""What a file of facts comes to, laid ready outside the database, so that only the writing is left.

It lies in a temporary file of this process without a name, stretch by stretch, and goes with it.
"""

import pickle
import tempfile
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from feeledger.enterprises.statement_actions import Prepared, Told

Stretch = Prepared | Sequence[Told]


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

    def add(self, stretch: Stretch) -> None:
        """Lay a stretch behind the others."""
        pickle.dump(stretch, self._file, protocol=pickle.HIGHEST_PROTOCOL)
        self._stretches += 1

    def stretches(self) -> Iterator[Stretch]:
        """Give every stretch, from the first."""
        self._file.seek(0)
        for _ in range(self._stretches):
            yield pickle.load(self._file)  # noqa: S301 - our own file
