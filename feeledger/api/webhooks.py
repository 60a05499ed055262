"""Sending a notification to a webhook: signed like a bank's call, to an address that is allowed.

The name is resolved here, once; the addresses found are judged and one of them is connected to, so
nobody can change the name's meaning in between. No redirect is followed, nothing of the answer is
read but its head, and an attempt has ten seconds in all.
"""

import base64
import contextlib
import http.client
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from feeledger.api.signing import SigningKey, sign_request
from feeledger.outbox.addresses import Address
from feeledger.outbox.letters import Letter, Receipt, body_of
from feeledger.outbox.lines import line_to

ATTEMPT_SECONDS: Final = 10.0
JSON: Final = "application/json"
AGENT: Final = "feeledger-webhook/1"
GOOD: Final = range(200, 300)
REDIRECTS: Final = range(300, 400)
NONCE_BYTES: Final = 16


def webhook_sender(
    allowed: Sequence[str],
    clock: Callable[[], datetime],
    *,
    trust: ssl.SSLContext | None = None,
    seconds: float = ATTEMPT_SECONDS,
) -> Callable[[Letter], Receipt]:
    """Make what sends a letter to its webhook; ``clock`` is the real one, for signatures."""
    context = trust or ssl.create_default_context()

    def send(letter: Letter) -> Receipt:
        way = line_to(letter.url, ("https", "http"), allowed)
        if isinstance(way, Receipt):
            return way
        mail = Mail(letter, body_of(letter), JSON, clock())
        found = post_mail(mail, *way, context, seconds=seconds)
        return found if isinstance(found, Receipt) else Receipt(answer=str(found[0]))

    return send


@dataclass(frozen=True, slots=True)
class Mail:
    """What is posted for a letter. ``reads`` is how many bytes of the answer's body are wanted."""

    letter: Letter
    body: bytes
    content_type: str
    now: datetime
    reads: int = 0


def post_mail(
    mail: Mail, address: Address, line: socket.socket, context: ssl.SSLContext, *, seconds: float
) -> tuple[int, bytes] | Receipt:
    """Speak over a line that a watch cuts when the time is over; give a good answer, or why not."""
    with line:
        return _post(mail, address, line, context, seconds=seconds)


def _post(
    mail: Mail, address: Address, line: socket.socket, context: ssl.SSLContext, *, seconds: float
) -> tuple[int, bytes] | Receipt:
    is_over = threading.Event()
    line.settimeout(seconds)
    if address.scheme == "https":
        line = context.wrap_socket(
            line, server_hostname=address.host, do_handshake_on_connect=False
        )

    def cut() -> None:
        is_over.set()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)

    watch = threading.Timer(seconds, cut)
    watch.start()
    try:
        status, told = _exchange(mail, address, line)
    except ssl.SSLCertVerificationError:
        return Receipt(error="certificate-refused")
    except (OSError, http.client.HTTPException, ValueError) as fault:
        slow = is_over.is_set() or isinstance(fault, TimeoutError)
        return Receipt(error="too-slow" if slow else "broken-answer")
    finally:
        watch.cancel()
    if status in GOOD:
        return status, told
    return Receipt(str(status), "redirected" if status in REDIRECTS else "refused")


def _exchange(mail: Mail, address: Address, line: socket.socket) -> tuple[int, bytes]:
    """Post the mail and give the answer's status and as much as is read. Raises OSError, HTTPException."""
    if isinstance(line, ssl.SSLSocket):
        line.do_handshake()
    letter, body = mail.letter, mail.body
    speaking = http.client.HTTPConnection(address.host, address.port)
    speaking.sock = line
    headers = {
        "Host": address.authority,
        "User-Agent": AGENT,
        "Content-Type": mail.content_type,
        "Connection": "close",
        "Webhook-Id": letter.message_id,
        **_signature(letter, address, body, mail.now),
    }
    try:
        speaking.request("POST", address.target, body=body, headers=headers)
        answer = speaking.getresponse()
        return answer.status, answer.read(mail.reads) if mail.reads else b""
    finally:
        speaking.close()


def _signature(letter: Letter, address: Address, body: bytes, now: datetime) -> dict[str, str]:
    key = SigningKey(letter.keyid or "", "hmac-sha256", base64.b64decode(letter.secret or ""))
    return sign_request(
        method="POST",
        url=f"{address.scheme}://{address.authority}{address.target}",
        body=body,
        key=key,
        created=now,
        nonce=secrets.token_urlsafe(NONCE_BYTES),
    )
