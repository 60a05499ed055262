"""Confirmations by frames over TCP, beside the same at the banks' HTTP door in one run (PostgreSQL, fsync)."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from statistics import median

from bench.client import drive, drive_frames
from bench.payments import message
from bench.place import build
from bench.servers import ROOT, banks_door, production_server
from feeledger.banksim.client import Order
from feeledger.banksim.frames import FrameBank
from feeledger.gateway.actions import Holder, enter_node
from feeledger.store import Store
from tests.builders import ACCOUNT_NO, BANK, CLERK, NOW, REGION

PASSES = 3
CLIENTS = 8
EACH = 250
NODE = f"K{REGION}0001"
TOKEN = "the-token-of-the-bench"
PAID_AT = datetime(2026, 11, 24, 1, tzinfo=UTC)


def run():
    with production_server() as server, server.database() as database:
        store = Store(database.service_url)
        codes, amount, _ = build(store, 2 * PASSES * CLIENTS * EACH)
        with store.write() as session:
            enter_node(session, NODE, Holder(bank=BANK), token=TOKEN, by=CLERK, now=NOW)
        store.close()
        environ = {
            "FEELEDGER_MODE": "demo",
            "FEELEDGER_DATABASE_URL": database.service_url,
            "FEELEDGER_DEMO_TODAY": "2026-11-24",
        }
        ours, theirs = [], []
        with banks_door(**environ) as port, _gateway(**environ) as frames:
            for number in range(PASSES):
                part = codes[2 * number * CLIENTS * EACH : 2 * (number + 1) * CLIENTS * EACH]
                theirs.append(_by_http(port, part[0::2], amount))
                ours.append(_by_frames(frames, part[1::2], amount))
    a, b = median(ours), median(theirs)
    return [
        (
            "payment confirmations by frames over TCP, PostgreSQL with fsync, 8 clients",
            f"{a:.0f} /s",
            "the same over signed HTTP, the banks' door",
            f"{b:.0f} /s",
            a / b,
        )
    ]


def _by_http(port, codes, amount):
    shares = [[message(port, code, amount) for code in codes[n::CLIENTS]] for n in range(CLIENTS)]
    seconds, statuses = drive(port, shares)
    if statuses != {201: len(codes)}:
        raise SystemExit(f"not every payment was taken: {statuses}")
    return len(codes) / seconds


def _by_frames(port, codes, amount):
    bank = FrameBank(NODE, TOKEN.encode(), "127.0.0.1", port)

    def frame(code):
        order = Order(code, f"F{code}", amount, ACCOUNT_NO, PAID_AT, "演示商行")
        return bank.write_confirmation(order).body

    shares = [[frame(code) for code in codes[n::CLIENTS]] for n in range(CLIENTS)]
    seconds, results = drive_frames(port, shares)
    if results != {"00000": len(codes)}:
        raise SystemExit(f"not every payment was taken: {results}")
    return len(codes) / seconds


class _gateway:  # noqa: N801 - used as a word
    """The gateway as an operator starts it, on a port that is free."""

    def __init__(self, **environ):
        self.environ = environ

    def __enter__(self):
        command = [sys.executable, "-m", "feeledger", "gateway", "--port", "0"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **self.environ}, stdout=subprocess.PIPE, text=True
        )
        return int(self.process.stdout.readline().rsplit(":", 1)[1])

    def __exit__(self, *_fault):
        self.process.terminate()
        self.process.wait()
