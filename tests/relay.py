"""A line to PostgreSQL that can be broken: an answer lost after the commit, or before it; silence; no line at all.

It stands between the service and the server and reads no more of what passes than it is told to
look for.
"""

import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy import make_url

READY = b"Z\x00\x00\x00\x05I"  # the server is done, and in no transaction
PIECE = 1 << 16


@dataclass
class Relay:
    """A line to a server; ``url`` is the address of the service's database by this line."""

    url: str
    server: tuple[int, object]
    listener: socket.socket
    needle: bytes | None = None  # what is to pass once more before the line breaks
    after: bytes = b""
    then_closed: bool = False
    heard_out: bool = True  # the server's answer is waited for, and lost
    is_silent: bool = False  # swallows everything, and hangs up nowhere
    is_closed: bool = False  # takes nobody any more
    broken: int = 0
    ends: list[socket.socket] = field(default_factory=list)

    def lose_answer_to(self, needle, *, after=b"", heard_out=True, then_closed=False):
        """Break the line when the next message with ``needle`` was answered, or has just arrived.

        ``after``: not before this has passed on the same line.
        """
        self.heard_out, self.then_closed = heard_out, then_closed
        self.after, self.needle = after, needle

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(self.server[0])
            self.ends += [client, server]
            try:
                if self.is_closed:
                    raise ConnectionRefusedError
                server.connect(self.server[1])
            except OSError:
                client.close()
                continue
            line = _Line(self, client, server)
            for way in (line.ask, line.tell):
                threading.Thread(target=way, daemon=True).start()

    def hang_up(self, *ends):
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@dataclass
class _Line:
    relay: Relay
    client: socket.socket
    server: socket.socket
    is_last: bool = False
    is_after: bool = False

    def ask(self):
        """Carry what the service says."""
        while data := _piece(self.client):
            if self.relay.is_silent:
                continue
            self.look_for_the_needle(data)
            with suppress(OSError):
                self.server.sendall(data)
            if self.is_last and not self.relay.heard_out:
                self.relay.hang_up(self.client)  # the server goes on, and learns of it later
                return
        self.relay.hang_up(self.server)

    def look_for_the_needle(self, data):
        wanted = self.relay.needle
        self.is_after = self.is_after or self.relay.after in data
        if wanted is not None and self.is_after and wanted in data:
            self.relay.needle, self.is_last = None, True
            self.relay.broken += 1

    def tell(self):
        """Carry what the server says, but for the answer that is to be lost."""
        while data := _piece(self.server):
            if self.is_last and data.endswith(READY):
                break
            if not self.is_last and not self.relay.is_silent:
                with suppress(OSError):
                    self.client.sendall(data)
        if self.is_last and self.relay.then_closed:
            self.relay.is_closed = True
            self.relay.hang_up(*self.relay.ends)
        self.relay.hang_up(self.client, self.server)


def _piece(end):
    try:
        return end.recv(PIECE)
    except OSError:
        return b""


@contextmanager
def relaying(url):
    """Give a line to the database of an address."""
    there = make_url(url)
    folder = there.query.get("host")
    if folder:
        server = (socket.AF_UNIX, f"{folder}/.s.PGSQL.{there.port or 5432}")
    else:
        server = (socket.AF_INET, (there.host, there.port or 5432))
    listener = socket.create_server(("127.0.0.1", 0))
    here = there.set(query={}, host="127.0.0.1", port=listener.getsockname()[1])
    relay = Relay(here.render_as_string(hide_password=False), server, listener)
    threading.Thread(target=relay.serve, daemon=True).start()
    try:
        yield relay
    finally:
        listener.close()
        for end in relay.ends:
            end.close()
