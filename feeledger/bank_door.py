"""How gunicorn serves the banks' API alone: one process of greenlets, for many banks at a time.

``feeledger serve --banks`` starts gunicorn with all waiting handed to gevent, and names this file as
its configuration. While one message waits for the database the others are read and judged, and what
arrives at the same time is booked together (``ferry.py``); the process never sleeps with work at
hand, which is where threads lost half of their time (docs/decisions/0027). Nothing here may keep the
processor for long, so pages, imports and PDFs have a server of their own.
"""

from typing import Any, Final

from gunicorn.workers.ggevent import GeventPyWSGIWorker, PyWSGIHandler, PyWSGIServer

# A line that says nothing for so long is cut; banks keep theirs open between payments.
SILENCE_SECONDS: Final = 75


class Handler(PyWSGIHandler):  # type: ignore[misc]  # gunicorn has no types
    """Reads and answers requests; what an access log would say is made only where one is kept."""

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
