"""Payment confirmations over signed HTTP on PostgreSQL with fsync, against pgbench tpcb-like."""

import json
import secrets
from datetime import UTC, datetime
from statistics import median

from bench.client import drive
from bench.place import ACCOUNT_NO, KEY, build
from bench.servers import banks_door, gunicorn, pgbench, production_server
from feeledger.api.signing import sign_request
from feeledger.store import Store

PASSES = 3
CLIENTS = 8
EACH = 1500  # a client, a pass: about as long as a pass of pgbench
BATCH = 500
BATCHES = 8  # a client, a pass
SECONDS = 5


def run():
    with production_server() as server, server.database() as database:
        store = Store(database.service_url)
        codes, amount, _ = build(store, PASSES * CLIENTS * (EACH + BATCH * BATCHES))
        store.close()
        pgbench(_plain(database.owner_url), 0, prepare=True)
        codes, many = codes[: PASSES * CLIENTS * EACH], codes[PASSES * CLIENTS * EACH :]
        environ = {
            "FEELEDGER_MODE": "demo",
            "FEELEDGER_DATABASE_URL": database.service_url,
            "FEELEDGER_DEMO_TODAY": "2026-11-24",
        }

        def tpcb():
            return pgbench(_plain(database.owner_url), SECONDS)

        with banks_door(**environ) as port:
            singles = [
                (tpcb(), _singles(port, codes[number::PASSES], amount)) for number in range(PASSES)
            ]
        with gunicorn("wsgi:app", **environ) as port:
            batches = [
                (tpcb(), _batches(port, many[number::PASSES], amount)) for number in range(PASSES)
            ]
    return [
        _row(
            "payment confirmations, signed HTTP (banks' door), PostgreSQL with fsync, 8 clients",
            singles,
        ),
        _row(
            f"confirmations in batches of {BATCH}, signed HTTP, PostgreSQL with fsync, 8 clients",
            batches,
        ),
    ]


def _row(what, passes):
    b, a = (median(figures) for figures in zip(*passes, strict=True))
    return what, f"{a:.0f} /s", "pgbench tpcb-like, 8 clients", f"{b:.0f} /s", a / b


def _singles(port, codes, amount):
    """Confirm one by one from all clients at once; give confirmations a second."""
    shares = [
        [message(port, code, amount) for code in codes[client::CLIENTS]]
        for client in range(CLIENTS)
    ]
    seconds, statuses = drive(port, shares)
    if statuses != {201: len(codes)}:
        raise SystemExit(f"not every payment was taken: {statuses}")
    return len(codes) / seconds


def _batches(port, codes, amount):
    """Confirm in batches from all clients at once; give confirmations a second."""
    shares = [
        [
            _request(
                port,
                "/api/v1/bank/payments/batch",
                {"payments": [_confirmation(code, amount) for code in part]},
            )
            for part in (own[at : at + BATCH] for at in range(0, len(own), BATCH))
        ]
        for own in (codes[client::CLIENTS] for client in range(CLIENTS))
    ]
    seconds, statuses = drive(port, shares)
    if set(statuses) != {200}:
        raise SystemExit(f"not every batch was taken: {statuses}")
    return len(codes) / seconds


def message(port, pay_code, amount, account=ACCOUNT_NO):
    return _request(port, "/api/v1/bank/payments", _confirmation(pay_code, amount, account))


def query(port, pay_code):
    return _request(port, f"/api/v1/bank/notices/{pay_code}", None)


def _confirmation(pay_code, amount, account=ACCOUNT_NO):
    return {
        "pay_code": pay_code,
        "trade_no": f"B{pay_code}",
        "amount": amount,
        "account": account,
        "paid_at": "2026-11-24T09:00:00+08:00",
    }


def _request(port, path, message):
    method = "GET" if message is None else "POST"
    body = b"" if message is None else json.dumps(message).encode()
    headers = sign_request(
        method=method,
        url=f"http://127.0.0.1:{port}{path}",
        body=body,
        key=KEY,
        created=datetime.now(UTC),
        nonce=secrets.token_urlsafe(16),
    )
    headers["Host"] = f"127.0.0.1:{port}"
    if body:
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def _plain(url):
    return url.replace("postgresql+psycopg://", "postgresql://")
