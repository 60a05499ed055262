"""``GET`` of one notice's JSON by a signed-in session, against a Flask hello under the same gunicorn."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.client import drive, get
from bench.place import build
from bench.servers import gunicorn, production_server
from feeledger.commands.database import upgrade_database
from feeledger.doors import SESSION_COOKIE
from feeledger.people.actions import Appointment, appoint_officer, open_session
from feeledger.people.roles import Role
from feeledger.store import Store
from tests.builders import REGION

PASSES = 5
CLIENTS = 8
EACH = 250


def run():
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        upgrade_database(url)
        rows = [_against_hello(url, "SQLite")]
    with production_server() as server, server.database() as database:
        rows.append(_against_hello(database.service_url, "PostgreSQL"))
    return rows


def _against_hello(url, name):
    store = Store(url)
    _, _, notice = build(store, 1)
    cookie = f"{SESSION_COOKIE}={_signed_in(store)}"
    store.close()
    path = f"/api/v1/notices/{REGION}/{notice.id}"
    environ = {"FEELEDGER_MODE": "demo", "FEELEDGER_DATABASE_URL": url}
    ours, hello = [], []
    with (
        gunicorn("wsgi:app", **environ) as port,
        gunicorn("bench.yardstick_hello:app") as hello_port,
    ):
        _rate(port, path, cookie)
        _rate(hello_port, "/", "")
        for _ in range(PASSES):
            ours.append(_rate(port, path, cookie))
            hello.append(_rate(hello_port, "/", ""))
    a, b = median(ours), median(hello)
    ratio = median(x / y for x, y in zip(ours, hello, strict=True))
    return (
        f"GET one notice's JSON, signed-in session, {name}, 8 connections",
        f"{a:.0f} /s",
        "Flask hello, same gunicorn",
        f"{b:.0f} /s",
        ratio,
    )


def _signed_in(store):
    now = datetime.now(UTC)
    with store.write() as session:
        officer = appoint_officer(
            session,
            Appointment(login="bench", name="演示测速", role=Role.AUDITOR, region=REGION),
            "a figure beside its yardstick",
            by="bench",
            now=now,
        )
        return open_session(session, officer, language="zh", now=now)


def _rate(port, path, cookie):
    seconds, statuses = drive(port, [[get(path, cookie)] * EACH for _ in range(CLIENTS)])
    if statuses != {200: EACH * CLIENTS}:
        raise SystemExit(f"{path}: {statuses}")
    return EACH * CLIENTS / seconds
