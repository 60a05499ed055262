"""A lean load: processes with one kept connection each, sending bytes made beforehand."""

import base64
import multiprocessing
import re
import socket
import time


def drive(port, shares, *, work=None):
    """Send each share of requests over its own connection, at once; give (seconds, statuses)."""
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    gate = context.Barrier(len(shares) + 1)
    workers = [
        context.Process(target=work or _work, args=(port, share, gate, queue)) for share in shares
    ]
    for worker in workers:
        worker.start()
    gate.wait()
    began = time.perf_counter()
    statuses = {}
    for _ in shares:
        for status, count in queue.get().items():
            statuses[status] = statuses.get(status, 0) + count
    seconds = time.perf_counter() - began
    for worker in workers:
        worker.join()
    return seconds, statuses


def drive_timed(port, shares):
    """Send each share over its own connection; give (seconds, counts by status and 0.1 ms)."""
    return drive(port, shares, work=_work_timed)


def drive_frames(port, shares):
    """Send each share of frames over its own connection, at once; give (seconds, results)."""
    return drive(port, shares, work=_work_frames)


def get(path, cookie=""):
    """One GET as bytes."""
    extra = f"Cookie: {cookie}\r\n" if cookie else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{extra}\r\n".encode()


def _work(port, share, gate, queue):
    statuses = {}
    connection = _Connection(port)
    gate.wait()
    for request in share:
        status = connection.ask(request)
        statuses[status] = statuses.get(status, 0) + 1
    queue.put(statuses)


def _work_timed(port, share, gate, queue):
    counts = {}
    connection = _Connection(port)
    gate.wait()
    for request in share:
        began = time.perf_counter()
        status = connection.ask(request)
        key = status, int((time.perf_counter() - began) * 10_000)
        counts[key] = counts.get(key, 0) + 1
    queue.put(counts)


def _work_frames(port, share, gate, queue):
    results = {}
    line = socket.create_connection(("127.0.0.1", port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    gate.wait()
    for frame in share:
        line.sendall(frame)
        data = line.recv(65536)
        while len(data) < 8 or len(data) < int(data[:8]):
            data += line.recv(65536)
        inner = re.search(rb"<Voucher>([^<]*)</Voucher>", data)[1]
        result = re.search(rb"<Result>([^<]*)</Result>", base64.b64decode(inner))[1].decode()
        results[result] = results.get(result, 0) + 1
    queue.put(results)


class _Connection:
    """One connection, opened again when the server closes it."""

    def __init__(self, port):
        self.port = port
        self.socket = None

    def ask(self, request):
        for _ in range(3):
            try:
                if self.socket is None:
                    self.socket = socket.create_connection(("127.0.0.1", self.port))
                    self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.socket.sendall(request)
                return self._read()
            except (ConnectionError, OSError):
                self.socket = None
        return 0

    def _read(self):
        data = b""
        while b"\r\n\r\n" not in data:
            part = self.socket.recv(65536)
            if not part:
                raise ConnectionError
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        lower = head.lower()
        length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += self.socket.recv(65536)
        if b"connection: close" in lower:
            self.socket.close()
            self.socket = None
        return int(head[9:12])
