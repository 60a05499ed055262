"""A region whose water unit, police unit and payer have systems; receivers on real ports."""

import base64
import re
import socket
import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from feeledger.api.webhooks import webhook_sender
from feeledger.gateway.notifying import frame_sender
from feeledger.outbox.batches import Post, deliver_due
from feeledger.outbox.kinds import PAYMENT_CONFIRMED
from feeledger.outbox.subscription_actions import Wish, enter_subscription
from tests.builders import (
    CLERK,
    NOW,
    REGION,
    a_notice,
    a_payment,
    a_place,
    a_query,
    an_enterprise,
)

LOOPBACK = ("127.0.0.0/8", "localhost")


class Receiver:
    """An HTTP server that keeps what came, and answers as told (a status, or a function)."""

    def __init__(self):
        self.came, self.answer, receiver = [], 204, self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.came.append((self.path, dict(self.headers), body))
                if callable(receiver.answer):
                    receiver.answer(self)
                    return
                self.send_response(receiver.answer)
                if receiver.answer == 302:
                    self.send_header("Location", receiver.url)
                self.end_headers()

            def log_message(self, *_told):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?of=us"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receivers():
    made = []

    def one():
        made.append(Receiver())
        return made[-1]

    yield one
    for each in made:
        each.close()


@contextmanager
def node_listening(answer):
    """A unit's node: reads one frame a connection by its length, sends ``answer(frame)``."""
    server = socket.create_server(("127.0.0.1", 0))
    came = []

    def serve():
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            with line:
                raw = line.recv(8, socket.MSG_WAITALL)
                raw += line.recv(int(raw) - 8, socket.MSG_WAITALL)
                came.append(raw)
                told = answer(raw)
                for at in range(0, len(told), 7):
                    line.sendall(told[at : at + 7])

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1], came
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(10)


@pytest.fixture
def place(any_store):
    with any_store.write() as session:
        a_place(session)
        an_enterprise(session)
    return any_store


def subscribe(store, url, allowed=LOOPBACK, **holder):
    with store.write() as session:
        return enter_subscription(
            session,
            REGION,
            Wish(url, (PAYMENT_CONFIRMED,), **holder),
            allowed=allowed,
            by=CLERK,
            now=NOW,
        )


def pay(store, trade_no="T0001"):
    with store.write() as session:
        notice = a_notice(session)
        a_query(session, notice)
        return a_payment(session, notice, trade_no).answer


def deliver(store, *, after=timedelta(minutes=1), allowed=LOOPBACK, seconds=2.0):
    """One round of delivering, so long after the day's payments."""
    now = NOW + after
    senders = {
        "webhook": webhook_sender(allowed, lambda: now, seconds=seconds),
        "frame": frame_sender(store, allowed, lambda: now, seconds=seconds),
    }
    return deliver_due(Post(store, senders, lambda: now))


def by_hand(headers, body, secret):
    """Verify a webhook's signature as docs/webhooks.md tells: hashlib and hmac, nothing of ours."""
    import hashlib
    import hmac

    digest = "sha-256=:" + base64.b64encode(hashlib.sha256(body).digest()).decode() + ":"
    assert headers["Content-Digest"] in (digest, digest.replace("sha-256", "sha-256", 1))
    parameters = headers["Signature-Input"].removeprefix("sig1=")
    names = re.findall(r'"([^"]+)"', parameters.partition(")")[0])
    values = {
        "@method": "POST",
        "@path": "/hook",
        "@query": "?of=us",
        "content-digest": headers["Content-Digest"],
    }
    base = "\n".join(f'"{name}": {values[name]}' for name in names)
    base += f'\n"@signature-params": {parameters}'
    made = hmac.new(base64.b64decode(secret), base.encode(), hashlib.sha256).digest()
    assert names == list(values)
    return headers["Signature"] == f"sig1=:{base64.b64encode(made).decode()}:"
