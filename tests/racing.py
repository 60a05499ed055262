"""Workers for race tests: real processes with threads, all starting at once.

They live in a module of their own because a fresh process imports them by name. A server that has
imported it, and never opened a database or a thread, forks each: to import anew takes two seconds.
"""

import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy.orm import configure_mappers

from feeledger.app import create_app
from feeledger.clock import Clock, wall_time
from feeledger.errors import FeeLedgerError
from feeledger.ledger.actions import DayNotOpen, close_day, post_entry
from feeledger.ledger.chart import designated, income
from feeledger.ledger.journal import Entry, Posting
from feeledger.ledger.sealing import seal_region
from feeledger.money import Money
from feeledger.notices.actions import take_serials
from feeledger.notices.queries import notice_of
from feeledger.notices.tables import NoticeRow
from feeledger.payments.actions import record_payment
from feeledger.payments.proof_queries import payment_particulars
from feeledger.payments.reversal import ReversalAdvice
from feeledger.payments.reversal_actions import record_reversal
from feeledger.reconciliation.actions import close_recon_day, import_day_file
from feeledger.reconciliation.refusals import DayNotReconciled
from feeledger.refunds.actions import approve_refund
from feeledger.reliefs.actions import approve_relief
from feeledger.settings import Settings
from feeledger.store import Store
from feeledger.trail import record_act
from tests.api.banks import Bank
from tests.builders import BANK, NOW, REGION, TODAY, a_hand, an_advice, the_calendar

FRESH = multiprocessing.get_context("forkserver")
FRESH.set_forkserver_preload([__name__])
configure_mappers()  # once, in the server


def in_processes(work: Callable[..., list], jobs: list[tuple]) -> list:
    """Run work(barrier, *job) in one process a job and give all results in one list."""
    barrier = FRESH.Barrier(len(jobs))
    with FRESH.Manager() as manager:
        results = manager.list()
        workers = [
            FRESH.Process(target=_report, args=(results, barrier, work, job)) for job in jobs
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(120)
        assert [worker.exitcode for worker in workers] == [0] * len(jobs)
        return list(results)


def _report(results: list, barrier: Barrier, work: Callable[..., list], job: tuple) -> None:
    results.extend(work(barrier, *job))


def at_once(barrier: Barrier, url: str, jobs: list, work: Callable[[Store, Any], Any]) -> list:
    """Do work(store, job) in as many threads as there are jobs, all starting together."""
    store = Store(url, pool_size=len(jobs))
    with ThreadPoolExecutor(len(jobs)) as threads:
        barrier.wait(60)
        found = list(threads.map(lambda job: work(store, job), jobs))
    store.close()
    return found


def _notice_at(url: str, notice_id: int) -> NoticeRow:
    store = Store(url)
    with store.read() as session:
        notice = notice_of(session, REGION, notice_id)
    store.close()
    return notice


def pay_at_once(barrier: Barrier, url: str, notice_id: int, serials: list[str]) -> list:
    """Pay one notice from as many threads as there are serials; give results, in any order."""
    notice = _notice_at(url, notice_id)

    def pay(store: Store, serial: str) -> tuple[str, object]:
        outcome = store.retry(
            lambda session: record_payment(session, an_advice(notice, serial), bank=BANK, now=NOW)
        )
        return serial, outcome.answer or outcome.refusal.result

    return at_once(barrier, url, serials, pay)


def take_at_once(barrier: Barrier, url: str, rounds: int) -> list[int]:
    """Take serials one by one and in threes."""
    store = Store(url)
    taken: list[int] = []
    barrier.wait(60)
    for number in range(rounds):
        count = 3 if number % 2 else 1
        taken += store.retry(lambda session, n=count: take_serials(session, REGION, 2026, n))
    store.close()
    return taken


def pay_until_killed(url: str, notices: list[tuple[int, str]], acknowledged: Path) -> None:
    """Pay notices one after the other; write each serial down once its payment is kept."""
    store = Store(url)
    with acknowledged.open("a", encoding="utf-8") as written:
        for notice_id, serial in notices:
            with store.read() as session:
                notice = notice_of(session, REGION, notice_id)
            advice = an_advice(notice, serial)
            outcome = store.retry(
                lambda session, told=advice: record_payment(session, told, bank=BANK, now=NOW)
            )
            assert outcome.answer is not None
            written.write(f"{serial}\n")
            written.flush()
            os.fsync(written.fileno())


def write_steadily(barrier: Barrier, url: str, names: str, seconds: float) -> list:
    """Write as often as possible for a while, one thread a name; give how often each did."""

    def write(store: Store, name: str) -> tuple[str, int]:
        end, count = monotonic() + seconds, 0
        while monotonic() < end:
            at = NOW + timedelta(milliseconds=count)
            with store.write() as session:
                record_act(session, actor=name, act="write", subject="t:1", reason="", now=at)
            count += 1
        return name, count

    return at_once(barrier, url, list(names), write)


def post_at_once(barrier: Barrier, url: str, threads: int, each: int) -> list:
    """Post entries from several threads; the first thread closes the day in the middle."""
    store = Store(url, pool_size=threads)
    moved = Posting(designated(7), income("U", "i"), Money(1))

    def post(number: int) -> None:
        for count in range(each):
            store.retry(
                lambda session: post_entry(
                    session, REGION, Entry("test", "test:1", (moved,)), now=wall_time()
                )
            )
            if number == 0 and count == each // 2:
                _close_today(store)

    with ThreadPoolExecutor(threads) as pool:
        barrier.wait(60)
        list(pool.map(post, range(threads)))
    store.close()
    return []


def _close_today(store: Store) -> None:
    with suppress(DayNotOpen), store.write() as session:
        next_day = TODAY + timedelta(days=1)
        close_day(session, REGION, TODAY, next_day=next_day, by="test", now=NOW)


def seal_at_once(barrier: Barrier, url: str) -> list[int]:
    """Seal again and again until nothing new came for half a second; give how much each time."""
    store, sealed, idle = Store(url), [], 0
    barrier.wait(60)
    while idle < 25:
        count = seal_region(store, REGION, particulars=payment_particulars, now=wall_time())
        sealed.append(count)
        idle = 0 if count else idle + 1
        sleep(0.02)
    store.close()
    return sealed


def approve_at_once(barrier: Barrier, url: str, refunds: list[int]) -> list[str]:
    """Approve refunds from as many threads; give what became of each, in any order."""
    the_calendar()

    def approve(store: Store, refund: int) -> str:
        hand, calendar = a_hand("reviewer:test"), the_calendar()
        try:
            return store.retry(
                lambda session: (
                    approve_refund(session, REGION, refund, hand=hand, calendar=calendar).state
                )
            )
        except FeeLedgerError as refused:
            return refused.code

    return at_once(barrier, url, refunds, approve)


def approve_relief_at_once(barrier: Barrier, url: str, relief: int) -> list:
    """Approve a relief while its notice is being paid."""
    store = Store(url)
    barrier.wait(60)
    try:
        with store.write() as session:  # no retry: no deadlock may reach a client
            row = approve_relief(session, REGION, relief, reason="", by="reviewer", now=NOW)
            return [("approve", row.state)]
    except FeeLedgerError as refused:
        return [("approve", refused.code)]
    finally:
        store.close()


def reverse_at_once(barrier: Barrier, url: str, notice_id: int, serials: list[str]) -> list:
    """Reverse payments of one notice from as many threads as there are serials."""
    notice = _notice_at(url, notice_id)

    def reverse(store: Store, serial: str) -> tuple[str, object]:
        told = ReversalAdvice(notice.pay_code, serial, Money(notice.amount_fen))
        with store.write() as session:  # no retry: no deadlock may reach a client
            outcome = record_reversal(session, told, bank=BANK, now=NOW)
        return serial, outcome.answer or outcome.refusal.result

    return at_once(barrier, url, serials, reverse)


def import_at_once(barrier: Barrier, url: str, raw: bytes) -> list:
    """Take in a bank's day file while its payments are being reversed; close the day after it."""
    store = Store(url)
    barrier.wait(60)
    with store.write() as session:
        found = import_day_file(
            session, region=REGION, raw=raw, file_name="day", actor="li", now=NOW
        )
    store.close()
    return [("matched", len(found.match.matched))]


def close_at_once(barrier: Barrier, url: str, day: date) -> list:
    """Close a bank day while its payments are being reversed."""
    store = Store(url)
    barrier.wait(60)
    try:
        with store.write() as session:
            close_recon_day(
                session, region=REGION, day=day, carried=(), actor="li", reason="日终",
                now=NOW + timedelta(days=1),
            )  # fmt: skip
    except DayNotReconciled:
        return [("closed", False)]
    finally:
        store.close()
    return [("closed", True)]


def batches_at_once(url: str, batches: list[list[dict]]) -> list:
    """Send batches of confirmations from as many threads, each through the real application."""
    settings = replace(Settings.from_environ({"FEELEDGER_MODE": "test"}), database_url=url)
    store = Store(url, pool_size=len(batches))
    app = create_app(settings, store=store, clock=Clock(source=lambda: NOW))
    together = threading.Barrier(len(batches))

    def send(batch: list[dict]) -> tuple[int, dict]:
        bank = Bank(app.test_client())
        together.wait(60)
        answer = bank.post("/api/v1/bank/payments/batch", {"payments": batch})
        return answer.status_code, answer.get_json()

    with ThreadPoolExecutor(len(batches)) as threads:
        found = list(threads.map(send, batches))
    store.close()
    return found
