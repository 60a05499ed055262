"""A statement that stands alone on PostgreSQL: prepared once on a connection, asked in one call.

For the two answers that are measured closely: a cursor's bookkeeping and its waits took three
quarters of their time at the database. Values travel as text; what comes back is read by the
driver's own loaders.
"""

import re
import select
import sys
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from itertools import count
from typing import Any, Final

from psycopg import DataError, OperationalError
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus

from feeledger.engines import SHORT_PATIENCE_SECONDS, Lone

NAMED: Final = re.compile(r"%\((\w+)\)s|%%")
GOOD: Final = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
SILENT: Final = "the server says nothing"
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
        server.send_prepare(self.name, self.text)
        _demand_good(server, _heard(server))
        return lone.prepared.setdefault(self.name, Transformer(lone.driver))


def _asked(server: Any, name: bytes, given: list[bytes | None]) -> Any:
    """Ask, and wait for all that is told."""
    server.send_query_prepared(name, given)
    return _heard(server)


def _heard(server: Any) -> Any:
    """Wait until the server has said all; where greenlets share the process, let others work meanwhile."""
    if _shares_with_greenlets():
        return _heard_among_greenlets(server)
    poll = select.poll()
    poll.register(server.socket, select.POLLOUT)
    while server.flush():
        _poll(poll)
    poll.modify(server.socket, select.POLLIN)
    return _told(server, lambda: _poll(poll))


def _poll(poll: select.poll) -> None:
    if not poll.poll(SHORT_PATIENCE_SECONDS * 1000):
        raise OperationalError(SILENT)


def _heard_among_greenlets(server: Any) -> Any:
    from gevent import Timeout, get_hub
    from gevent.socket import wait_write

    hub = get_hub()
    with Timeout(SHORT_PATIENCE_SECONDS, OperationalError(SILENT)):
        while server.flush():
            wait_write(server.socket)
        with hub.loop.io(server.socket, _READABLE) as answered:
            # Before new requests: others wait for this one's end.
            answered.priority = hub.loop.MAXPRI
            return _told(server, lambda: hub.wait(answered))


def _told(server: Any, wait: Callable[[], object]) -> Any:
    """Give what was told to the very end.

    A row may arrive before its transaction is kept: what is told after it counts as much.
    """
    results = []
    while True:
        while server.is_busy():
            wait()
            server.consume_input()
        result = server.get_result()
        if result is None:
            break
        results.append(result)
    if not results:
        raise OperationalError(server.get_error_message())
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
