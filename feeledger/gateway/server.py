"""The TCP side of the frame door: many connections at once, one request and one answer at a time.

A frame has ten seconds to arrive whole and its answer as long to be taken; who is slower, or sends
what is no frame, is answered where that is possible and cut off, at no cost to the others. Each
connection is a greenlet. Frames are answered in it where waiting for the database was handed to gevent
(``feeledger gateway`` does so on PostgreSQL), and by threads everywhere else, so that reading never
waits for the database.
"""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import gevent
from gevent import Greenlet, monkey, socket
from gevent.server import StreamServer
from gevent.threadpool import ThreadPool

from feeledger.gateway.frames import BrokenFrame, Frame, FrameReader

PIECE_SIZE: Final = 1 << 16
BACKLOG: Final = 256
LINGER_SECONDS: Final = 1

Answering = Callable[[Frame | BrokenFrame], bytes]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long we wait, in seconds, and how much we bear.

    ``idle`` is for a peer that was answered before; a stranger's first bytes come within ``frame``.
    """

    frame: float = 10
    idle: float = 300
    stop: float = 20
    connections: int = 512
    threads: int = 16


class FrameServer:
    """A listening gateway; ``answering`` gives the bytes of the answer to what came.

    It lives in the thread that calls ``listen``, among that thread's greenlets.
    """

    def __init__(self, answering: Answering, limits: Limits) -> None:
        """Prepare; nothing listens yet."""
        self._answering = answering
        self._limits = limits
        self._threads: ThreadPool | None = None
        self._server: StreamServer | None = None
        self._open: set[Greenlet] = set()
        self._answered: set[Greenlet] = set()
        self._stopping = False

    def listen(self, host: str, port: int) -> int:
        """Begin to listen; give the port (asked for as 0, one that is free). Raises OSError."""
        listener = _listener(host, port)
        if not monkey.is_module_patched("select"):
            self._threads = ThreadPool(self._limits.threads)
        self._server = StreamServer(listener, self._converse)
        self._server.start()
        return int(listener.getsockname()[1])

    def stop(self) -> None:
        """Take no more frames, let those that came be answered, then hang up."""
        self._stopping = True
        if self._server is not None:
            self._server.stop()
        for greenlet in self._open - self._answered:
            greenlet.kill(block=False)
        gevent.joinall(list(self._open), timeout=self._limits.stop)
        if self._threads is not None:
            self._threads.kill()

    def _converse(self, line: socket.socket, _address: object) -> None:
        """Keep one connection until it ends, breaks or is too slow; it is closed by whoever called."""
        if self._stopping or len(self._open) >= self._limits.connections:
            return
        greenlet = gevent.getcurrent()
        self._open.add(greenlet)
        try:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._answer_all(greenlet, line)
        except OSError:  # broken, or too slow
            pass
        finally:
            self._open.discard(greenlet)

    def _answer_all(self, greenlet: Greenlet, line: socket.socket) -> None:
        frames = FrameReader()
        patience = self._limits.frame
        while not self._stopping:
            came = self._next_frame(line, frames, patience)
            if came is None:
                return
            self._answered.add(greenlet)
            try:
                self._answer(came, line)
            finally:
                self._answered.discard(greenlet)
            if isinstance(came, BrokenFrame):
                _hang_up(line)
                return
            patience = self._limits.idle

    def _next_frame(
        self, line: socket.socket, frames: FrameReader, patience: float
    ) -> Frame | BrokenFrame | None:
        """Wait for the next frame, or for its fault; None: the peer is done, or long silent."""
        allowed = self._limits.frame
        deadline = time.monotonic() + (allowed if frames.begun else patience)
        while (came := frames.take()) is None:
            was_begun = frames.begun
            data = _piece_before(line, deadline)
            if not data:
                return frames.break_off()
            frames.add(data)
            if not was_begun:
                deadline = time.monotonic() + allowed
        return came

    def _answer(self, came: Frame | BrokenFrame, line: socket.socket) -> None:
        if self._threads is None:
            answer = self._answering(came)
        else:
            answer = self._threads.apply(self._answering, (came,))
        line.settimeout(self._limits.frame)
        line.sendall(answer)


def _listener(host: str, port: int) -> socket.socket:
    """Bind a socket to the first address of a host. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _piece_before(line: socket.socket, deadline: float) -> bytes:
    """Read what comes before a deadline; b"" where nothing does, or the peer sends no more."""
    left = deadline - time.monotonic()
    if left <= 0:
        return b""
    line.settimeout(left)
    try:
        data: bytes = line.recv(PIECE_SIZE)
    except TimeoutError:
        return b""
    return data


def _hang_up(line: socket.socket) -> None:
    """End a connection so that the answer is not lost to bytes that are still coming."""
    line.shutdown(socket.SHUT_WR)
    deadline = time.monotonic() + LINGER_SECONDS
    with contextlib.suppress(TimeoutError):
        while _piece_before(line, deadline):
            pass
