"""A statement that stands alone on PostgreSQL: prepared once on a connection, asked in one call.

For the two answers that are measured closely: a cursor's bookkeeping and its waits took three
quarters of their time at the database. Values travel as text; what comes back is read by the
driver's own loaders.
"""

import re
import sys
from collections.abc import Mapping
from datetime import date
from functools import cache
from itertools import count
from typing import Any, Final

from psycopg import DataError, OperationalError
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus

from feeledger.engines import Lone

NAMED: Final = re.compile(r"%\((\w+)\)s|%%")
GOOD: Final = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
_READABLE: Final = 1  # of gevent's loop
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
        loading = lone.prepared.get(self.name) or self._prepare(lone)
        server = lone.driver.pgconn
        given = [_written(values[name]) for name in self.order]
        result = _asked(server, self.name, given)
        _demand_good(server, result)
        if not result.ntuples:
            return None
        loading.set_pgresult(result, set_loaders=loading.pgresult is None)
        row: tuple[Any, ...] = loading.load_row(0, tuple)
        return row

    def _prepare(self, lone: Lone) -> Any:
        """Prepare the statement on a connection; its columns are read in one way from then on."""
        server = lone.driver.pgconn
        _demand_good(server, server.prepare(self.name, self.text))
        return lone.prepared.setdefault(self.name, Transformer(lone.driver))


def _asked(server: Any, name: bytes, given: list[bytes | None]) -> Any:
    """Ask and wait; where greenlets share the process, let the others work meanwhile."""
    if not _shares_with_greenlets():
        return server.exec_prepared(name, given)
    from gevent import get_hub
    from gevent.socket import wait_write

    server.send_query_prepared(name, given)
    while server.flush():
        wait_write(server.socket)
    hub = get_hub()
    results = []
    with hub.loop.io(server.socket, _READABLE) as answered:
        answered.priority = hub.loop.MAXPRI  # before new requests: others wait for this one's end
        while True:
            while server.is_busy():
                hub.wait(answered)
                server.consume_input()
            result = server.get_result()
            if result is None:
                break
            results.append(result)
    if not results:
        raise OperationalError(server.get_error_message())
    # A row may arrive before its transaction is kept: what is told after it counts as much.
    return next((result for result in results if result.status not in GOOD), results[0])


@cache
def _shares_with_greenlets() -> bool:
    """Say whether waiting was handed to gevent in this process (``bank_door.py`` does so)."""
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched("select"))


def _written(value: object) -> bytes | None:
    """Write a value as the server reads it; with other kinds than these nothing is asked."""
    if value is None:
        return None
    if isinstance(value, bytes):
        return b"\\x" + value.hex().encode()
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
