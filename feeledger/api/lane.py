"""The lane for clear confirmations, in front of the framework.

Nearly every message of a bank confirms a payment that is clear, and finding its view through the
framework cost as much as judging it. So it is verified, read and booked here (``clear_calls.py``);
whatever is not clear, refused or of another form, goes on to the view as if it had come there first:
nothing was written, and the view alone refuses and gives reasons. Where an answer was lost on the way,
something may have been written: the view is told the number of the message, and asks.
"""

import secrets
from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Final

import structlog

from feeledger.api.bank import read_advice
from feeledger.api.bank_calls import CROSSED, message_of, verify_call
from feeledger.api.clear_calls import clear_call, take_if_clear
from feeledger.api.door import BODY_SIZE_MAX, PREFIX
from feeledger.api.json_text import read_json
from feeledger.doors import Kit
from feeledger.errors import FeeLedgerError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH: Final = f"{PREFIX}/bank/payments"
HEADER_OF_REQUEST_ID: Final = "X-Request-Id"

log = structlog.get_logger()


class ClearLane:
    """An application whose clear confirmations are taken before it is asked (PostgreSQL)."""

    def __init__(self, application: "WSGIApplication", kit: Kit) -> None:
        """Keep the application and what its doors work with."""
        self.application = application
        self.kit = kit
        self.is_open = kit.store.dialect == "postgresql"

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request."""
        is_confirmation = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == PATH
        body = _body_of(environ) if is_confirmation and self.is_open else None
        if body is not None:
            request_id = secrets.token_hex(8)
            told = self._take(environ, body, request_id)
            if told is not None:
                start_response("201 CREATED", _headers(told, request_id))
                return (told,)
        return self.application(environ, start_response)

    def _take(self, environ: "WSGIEnvironment", body: bytes, request_id: str) -> bytes | None:
        """Take a confirmation that is clear and give its answer; None: let the view judge it."""
        try:
            message = message_of(environ, body)
            call = verify_call(self.kit, message, request_id, self.kit.clock.wall())
            advice = read_advice(read_json(body))
            clear = clear_call(self.kit.store, call, advice)
            if clear is None:
                return None
            environ[CROSSED] = clear.message
            told = take_if_clear(clear)
        except FeeLedgerError:
            return None
        except Exception:  # the view meets the same failure, or does better
            log.exception("clear lane failed", request_id=request_id)
            return None
        return None if told is None else told.encode()


def _body_of(environ: "WSGIEnvironment") -> bytes | None:
    """Read a JSON body of stated length, and leave it to be read again; None: it is another."""
    length = environ.get("CONTENT_LENGTH", "")
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind != "application/json" or not (length.isascii() and length.isdigit()):
        return None
    if len(length) > len(str(BODY_SIZE_MAX)) or int(length) > BODY_SIZE_MAX:
        return None
    body = b""
    with suppress(OSError):  # cut short: the view says so
        body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)
    return body if len(body) == int(length) else None


def _headers(told: bytes, request_id: str) -> list[tuple[str, str]]:
    return [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(told))),
        ("Cache-Control", "no-store"),
        (HEADER_OF_REQUEST_ID, request_id),
    ]
