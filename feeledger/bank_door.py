"""How gunicorn serves the banks' API alone: one process of greenlets, for many banks at a time.

``feeledger serve --banks`` starts gunicorn with all waiting handed to gevent, and names this file as
its configuration. While one message waits for the database the others are read and judged, and what
arrives at the same time is booked together (``ferry.py``); the process never sleeps with work at
hand, which is where threads lost half of their time (docs/decisions/0027). Nothing here may keep the
processor for long, so pages, imports and PDFs have a server of their own.
"""

import re
from typing import Any, Final

from gunicorn.workers.ggevent import GeventPyWSGIWorker, PyWSGIHandler, PyWSGIServer

# A line that says nothing for so long is cut; banks keep theirs open between payments.
SILENCE_SECONDS: Final = 75
PLAIN_LENGTH: Final = re.compile("[0-9]{1,9}")
CODING: Final = "Transfer-Encoding"


class Handler(PyWSGIHandler):  # type: ignore[misc]  # gunicorn has no types
    """Reads and answers requests; what an access log would say is made only where one is kept."""

    def MessageClass(self, lines: Any, seekable: int) -> Any:  # noqa: N802 (the server's name)
        """Read the headers, and refuse those that two servers could read in two ways (RFC 9112, 6.3)."""
        headers = super().MessageClass(lines, seekable)
        lengths, codings = headers.get_all("Content-Length", []), headers.get_all(CODING, [])
        is_plain = len(lengths) + len(codings) <= 1
        if not is_plain or not all(PLAIN_LENGTH.fullmatch(length) for length in lengths):
            raise ValueError("several lengths of the body, or one that is no number")
        if any(coding.lower() != "chunked" for coding in codings):
            raise ValueError(f"no such coding: {codings[0][:40]!r}")
        return headers

    def log_request(self) -> None:
        """Log a request where an access log is kept."""
        if self.server.log.access_log_enabled:
            super().log_request()


class Server(PyWSGIServer):  # type: ignore[misc]  # as above
    """Cuts lines that say nothing."""

    def handle(self, sock: Any, address: Any) -> None:
        """Serve one line until it ends, is closed, or is silent for too long."""
        sock.settimeout(SILENCE_SECONDS)
        super().handle(sock, address)


class Worker(GeventPyWSGIWorker):  # type: ignore[misc]  # as above
    """The greenlets of one process."""

    server_class = Server
    wsgi_handler = Handler


worker_class = "feeledger.bank_door.Worker"
preload_app = True
