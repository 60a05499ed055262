"""Two real workers: a key that ends is over in both at once, and another is good in both at once."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeledger.api.signing import SigningKey, sign_request
from tests.api.banks import KEY, a_key
from tests.builders import CLERK

ROOT = Path(__file__).parents[2]
NEXT = SigningKey("key-2", "hmac-sha256", b"second-secret-of-32-bytes-000000")
ROUNDS = 12  # one worker alone answers all of them once in 2,048 runs


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def address(world):
    """Serve the world by gunicorn with two workers; give the address."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "2", "--threads", "2", "--log-level", "error", "--no-control-socket"]
    url = world.store.writer.url.render_as_string(hide_password=False)
    environ = {**os.environ, "FEELEDGER_MODE": "test", "FEELEDGER_DATABASE_URL": url}
    environ["FEELEDGER_DEMO_TODAY"] = "2026-11-24"
    server = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def ask(address, pay_code, key, number):
    url = f"{address}/api/v1/bank/notices/{pay_code}"
    headers = sign_request(
        method="GET",
        url=url,
        body=b"",
        key=key,
        created=datetime.now(UTC),
        nonce=f"{key.id}-{number}-{time.monotonic_ns()}",
    )
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code


def statuses(address, pay_code, key):
    return {ask(address, pay_code, key, number) for number in range(ROUNDS)}


def wait_for(address):
    host, port = address.removeprefix("http://").split(":")
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex((host, int(port))) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server does not answer")


def test_keys_come_and_go_in_all_workers_at_once(world, address):
    wait_for(address)

    assert statuses(address, world.pay_code, KEY) == {200}
    with world.store.write() as session:
        a_key(session, NEXT)
    assert statuses(address, world.pay_code, NEXT) == {200}
    assert statuses(address, world.pay_code, KEY) == {200}, "both are good while keys are changed"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "feeledger",
            "bank-key",
            "end",
            KEY.id,
            "--reason",
            "x",
            "--by",
            CLERK,
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "FEELEDGER_MODE": "test",
            "FEELEDGER_DATABASE_URL": world.store.writer.url.render_as_string(hide_password=False),
        },
        check=True,
        capture_output=True,
    )
    assert statuses(address, world.pay_code, KEY) == {401}
    assert statuses(address, world.pay_code, NEXT) == {200}
