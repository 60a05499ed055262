"""The TCP side of the frame door: many connections at once, one request and one answer at a time.

A frame has ten seconds to arrive whole and its answer as long to be taken; who is slower, or sends
what is no frame, is answered where that is possible and cut off, at no cost to the others. Reading
never waits for the database: frames are answered by threads.
"""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from feeledger.gateway.frames import BrokenFrame, Frame, FrameReader

PIECE_SIZE: Final = 1 << 16
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
    """A listening gateway; ``answering`` gives the bytes of the answer to what came."""

    def __init__(self, answering: Answering, limits: Limits) -> None:
        """Prepare; nothing listens yet."""
        self._answering = answering
        self._limits = limits
        self._threads = ThreadPoolExecutor(limits.threads, thread_name_prefix="frames")
        self._open: set[asyncio.Task[None]] = set()
        self._answered: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def listen(self, host: str, port: int) -> tuple[asyncio.Server, int]:
        """Begin to listen; give the server and its port (asked for as 0, one that is free)."""
        server = await asyncio.start_server(self._converse, host, port, backlog=256)
        return server, int(server.sockets[0].getsockname()[1])

    async def stop(self, server: asyncio.Server) -> None:
        """Take no more frames, let those that came be answered, then hang up."""
        self._stopping = True
        server.close()
        for task in self._open - self._answered:
            task.cancel()
        if self._open:
            await asyncio.wait(self._open, timeout=self._limits.stop)
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Keep one connection until it ends, breaks or is too slow."""
        task = asyncio.current_task()
        if task is None or self._stopping or len(self._open) >= self._limits.connections:
            writer.close()
            return
        self._open.add(task)
        try:
            await self._answer_all(task, reader, writer)
        except (OSError, TimeoutError):
            writer.transport.abort()
        except asyncio.CancelledError:  # by ``stop``: the peer was waiting for nothing
            pass
        finally:
            self._open.discard(task)
            writer.close()

    async def _answer_all(
        self,
        task: asyncio.Task[None],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        frames = FrameReader()
        patience = self._limits.frame
        while not self._stopping:
            came = await self._next_frame(reader, frames, patience)
            if came is None:
                return
            self._answered.add(task)
            try:
                await self._answer(came, writer)
            finally:
                self._answered.discard(task)
            if isinstance(came, BrokenFrame):
                await _hang_up(reader, writer)
                return
            patience = self._limits.idle

    async def _next_frame(
        self, reader: asyncio.StreamReader, frames: FrameReader, patience: float
    ) -> Frame | BrokenFrame | None:
        """Wait for the next frame, or for its fault; None: the peer is done, or long silent."""
        clock = asyncio.get_running_loop()
        allowed = self._limits.frame
        deadline = clock.time() + (allowed if frames.begun else patience)
        while (came := frames.take()) is None:
            was_begun = frames.begun
            try:
                async with asyncio.timeout_at(deadline):
                    data = await reader.read(PIECE_SIZE)
            except TimeoutError:
                data = b""
            if not data:
                return frames.break_off()
            frames.add(data)
            if not was_begun:
                deadline = clock.time() + allowed
        return came

    async def _answer(self, came: Frame | BrokenFrame, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        writer.write(await loop.run_in_executor(self._threads, self._answering, came))
        async with asyncio.timeout(self._limits.frame):
            await writer.drain()


async def _hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """End a connection so that the answer is not lost to bytes that are still coming."""
    if writer.can_write_eof():
        writer.write_eof()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while await reader.read(PIECE_SIZE):
                pass
