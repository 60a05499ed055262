"""A statement that stands alone on PostgreSQL: prepared once on a connection, asked in one call.

For the two answers that are measured closely: a cursor's bookkeeping and its waits took three
quarters of their time at the database. Values travel as text, bytes as they are; what comes back
is read by the driver's own loaders.
"""

import re
from collections.abc import Mapping
from datetime import date
from itertools import count
from typing import Any, Final

from psycopg import DataError, OperationalError
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus

from feeledger.engines import Lone

NAMED: Final = re.compile(r"%\((\w+)\)s|%%")
GOOD: Final = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
_numbers = count(1)


class Prompt:
    """One statement, ``%(name)s`` where a value stands."""

    def __init__(self, statement: str) -> None:
        """Keep the statement with its places numbered; a name is sent once however often it stands."""
        order: dict[str, int] = {}

        def place(found: re.Match[str]) -> str:
            name = found[1]
            return "%" if name is None else f"${order.setdefault(name, len(order) + 1)}"

        self.text = NAMED.sub(place, statement).encode()
        self.order = tuple(order)
        self.name = f"prompt_{next(_numbers)}".encode()

    def first_row(self, lone: Lone, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        """Ask for the first row, as a transaction of its own. Raises the driver's errors."""
        server = lone.driver.pgconn
        if self.name not in lone.prepared:
            _demand_good(server, server.prepare(self.name, self.text))
            lone.prepared.add(self.name)
        given = [values[name] for name in self.order]
        formats = [1 if isinstance(value, bytes) else 0 for value in given]
        result = server.exec_prepared(self.name, [_written(value) for value in given], formats)
        _demand_good(server, result)
        if not result.ntuples:
            return None
        loading = Transformer(lone.driver)
        loading.set_pgresult(result)
        row: tuple[Any, ...] = loading.load_row(0, tuple)
        return row


def _written(value: object) -> bytes | None:
    """Write a value as the server reads it; with other kinds than these nothing is asked."""
    if value is None or isinstance(value, bytes):
        return value
    if not isinstance(value, str | int | date):  # an instant is a date, a truth an integer
        raise TypeError(f"cannot be asked with: {value!r}")
    text = str(value).encode()
    if b"\0" in text:  # the text would end there
        raise DataError("a text with NUL cannot be kept")
    return text


def _demand_good(server: Any, result: Any) -> None:
    """Raise what the server refused, or the loss of the connection, as the driver does."""
    if result.status in GOOD:
        return
    if server.status != ConnStatus.OK:
        raise OperationalError(result.get_error_message())
    raise error_from_result(result)
