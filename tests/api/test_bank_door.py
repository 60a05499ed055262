"""``feeledger serve --banks``: the banks' API alone, many of them at a time in one process (PostgreSQL)."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime

import psutil
import pytest
from sqlalchemy import func, select

from feeledger.api.signing import sign_request
from feeledger.payments.tables import PaymentRow
from feeledger.store import Store
from tests.api.banks import ED_KEY, KEY, an_advice_message
from tests.api.conftest import fill_world
from tests.api.test_workers import ROOT, free_port
from tests.builders import a_notice, a_query

PAY = "/api/v1/bank/payments"
RIVALS = 64


def an_environment(url):
    settings = {"FEELEDGER_MODE": "demo", "FEELEDGER_DEMO_TODAY": "2026-11-24"}
    return {**os.environ, **settings, "FEELEDGER_DATABASE_URL": url}


@pytest.fixture(scope="module")
def door(pg_server):
    """A county with a bank's keys, and the door in front of it: store, notices, port, process."""
    with pg_server.database() as database:
        store = Store(database.service_url)
        fill_world(store)
        with store.write() as session:
            notices = [a_notice(session) for _ in range(12)]
            for notice in notices:
                a_query(session, notice)
            codes = [notice.pay_code for notice in notices]
        port = free_port()
        words = ["serve", "--banks", "--port", str(port), "--log-level", "error"]
        server = subprocess.Popen(
            [sys.executable, "-m", "feeledger", *words],
            cwd=ROOT,
            env=an_environment(database.service_url),
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(port)
            yield store, codes, port, server
        finally:
            server.terminate()
            server.wait(30)
            store.close()


def wait_for(port):
    end = time.monotonic() + 30
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < end, "the door does not open"
        time.sleep(0.05)


def send(port, method, path, body=b"", *, key=KEY, line=None, chunked=False):
    """Send one signed call; give status, document and body."""
    line = line or http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    nonce = f"{threading.get_ident()}-{time.monotonic_ns()}"
    headers = sign_request(
        method=method,
        url=f"http://127.0.0.1:{port}{path}",
        body=body,
        key=key,
        created=datetime.now(UTC),
        nonce=nonce,
    )
    if body:
        headers["Content-Type"] = "application/json"
    line.request(
        method, path, iter([body]) if chunked else body or None, headers, encode_chunked=chunked
    )
    answer = line.getresponse()
    told = answer.read()
    return answer.status, told


def pay(port, code, serial, **changes):
    how = {name: changes.pop(name) for name in ("key", "line", "chunked") if name in changes}
    return send(
        port, "POST", PAY, json.dumps(an_advice_message(code, serial, **changes)).encode(), **how
    )


def at_once(works):
    """Do all works at the same time, each in a thread; give what they gave."""
    gate, found = threading.Barrier(len(works)), []

    def do(work):
        gate.wait()
        found.append(work())

    threads = [threading.Thread(target=do, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def payments(store):
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(PaymentRow))


@pytest.mark.postgresql
def test_the_calls_of_a_bank_are_answered_and_nothing_else_is_there(door):
    _, codes, port, _ = door
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    status, told = send(port, "GET", f"/api/v1/bank/notices/{codes[0]}", line=line)
    assert (status, json.loads(told)["payable"]) == (200, "140.00")
    status, first = pay(port, codes[0], "T1", line=line)
    assert (status, json.loads(first)["result"]) == (201, "00000")
    assert pay(port, codes[0], "T1", key=ED_KEY, line=line) == (201, first), (
        "by any key of the bank"
    )
    assert pay(port, codes[0], "T1", amount="1.00", line=line)[0] == 409
    assert pay(port, codes[1], "T2", chunked=True)[0] == 201, "a body of unsaid length"
    assert send(port, "GET", f"{PAY}/T1?region=130184", line=line) == (200, first)
    batch = {"payments": [an_advice_message(codes[2], "B1"), an_advice_message(codes[0], "B2")]}
    status, told = send(port, "POST", f"{PAY}/batch", json.dumps(batch).encode(), line=line)
    assert (status, json.loads(told)["accepted"], json.loads(told)["refused"]) == (200, 1, 1)
    assert send(port, "POST", PAY, b" " * 10_000_000)[0] == 413
    for path in ("/", "/notice", "/console", "/api/v1/designated-account", "/api/v1/bank/none"):
        status, told = send(port, "GET", path, line=line)
        assert (status, json.loads(told)["code"]) == (404, "address-unknown"), path
    assert send(port, "DELETE", PAY, line=line)[0] == 405


@pytest.mark.postgresql
def test_of_64_serials_on_one_notice_one_pays_and_64_repetitions_are_told_the_same(door):
    store, codes, port, _ = door
    before = payments(store)

    rivals = at_once([lambda n=n: pay(port, codes[3], f"R{n}") for n in range(RIVALS)])
    same = at_once([lambda: pay(port, codes[4], "S") for _ in range(RIVALS)])

    assert Counter(status for status, _ in rivals) == {201: 1, 409: RIVALS - 1}
    assert (len(same), {status for status, _ in same}, len(set(same))) == (RIVALS, {201}, 1)
    assert payments(store) == before + 2


@pytest.mark.postgresql
def test_a_line_that_sends_half_a_message_keeps_nobody_waiting(door):
    _, codes, port, _ = door
    halves = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
    for half in halves:
        half.sendall(b"POST /api/v1/bank/payments HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")

    began = time.monotonic()
    assert pay(port, codes[5], "H1")[0] == 201
    assert time.monotonic() - began < 5
    for half in halves:
        half.close()
    with socket.create_connection(("127.0.0.1", port)) as odd:
        odd.sendall(b"NO HTTP AT ALL\r\n\r\n")
        assert odd.recv(1000).startswith(b"HTTP/1.1 400")


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "lengths",
    [
        "Content-Length: 2\r\nContent-Length: 40",
        "Content-Length: +2",
        "Content-Length: 0_2",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: xchunked\r\nContent-Length: 2",
        "Transfer-Encoding: chunked\r\nContent-Length: 2",
    ],
)
def test_a_body_of_two_lengths_is_refused_and_the_line_is_cut(door, lengths):
    _, _, port, _ = door
    head = f"POST {PAY} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{lengths}\r\n\r\n"

    told = everything(port, head.encode() + b"{}POST /x HTTP/1.1\r\nHost: x\r\n\r\n")

    assert told.startswith(b"HTTP/1.1 400")
    assert told.count(b"HTTP/1.1 ") == 1, "what stands behind it is no request"


@pytest.mark.postgresql
def test_a_body_cut_short_is_refused_as_such(door):
    _, _, port, _ = door
    head = f"POST {PAY} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

    told = everything(port, f"{head}Content-Length: 100\r\n\r\n{{}}".encode())

    assert told.startswith(b"HTTP/1.1 401"), "what came is not what was signed"
    assert b"application/problem+json" in told


def everything(port, sent):
    """Send bytes, say that no more come, and give all that is answered."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        told = b""
        while part := line.recv(65536):
            told += part
    return told


@pytest.mark.postgresql
def test_a_worker_that_is_killed_is_followed_by_another(door):
    _, codes, port, server = door
    worker = psutil.Process(server.pid).children()[0]
    os.kill(worker.pid, signal.SIGKILL)

    end = time.monotonic() + 10
    while True:
        try:
            status, _ = pay(port, codes[6], "K1")
            break
        except (ConnectionError, http.client.HTTPException):
            assert time.monotonic() < end
            time.sleep(0.05)
    assert status == 201


def test_sqlite_is_refused_for_its_one_writer(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "feeledger", "serve", "--banks"],
        cwd=ROOT,
        env=an_environment(f"sqlite:///{tmp_path / 'x.db'}"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "--banks 须用 PostgreSQL" in done.stderr
