"""Many callers at once, in real processes on a real PostgreSQL; and a worker that is killed."""

import os
import signal
import time

import pytest
from sqlalchemy import func, select

from feeledger.notices.queries import notice_of
from feeledger.payments.actions import record_payment
from feeledger.payments.tables import PaymentKeyRow, PaymentRow, RejectedConfirmationRow
from feeledger.payments.verify_queries import verify_region
from tests.builders import BANK, NOW, REGION, a_notice, a_query, a_ready_notice, an_advice
from tests.racing import FRESH, in_processes, pay_at_once, pay_until_killed, take_at_once

pytestmark = pytest.mark.postgresql
PROCESSES = 8
THREADS = 8


@pytest.fixture
def notice(pg_store):
    with pg_store.write() as session:
        return a_ready_notice(session)


def count(store, row):
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(row))


def assert_clean(store):
    with store.read() as session:
        assert verify_region(session, REGION) == ()


def test_one_serial_64_times_gets_64_equal_answers_and_one_entry(pg_store, pg_database, notice):
    job = (pg_database.service_url, notice.id, ["SAME"] * THREADS)

    answers = [answer for _, answer in in_processes(pay_at_once, [job] * PROCESSES)]

    assert len(answers) == 64
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["result"] == "00000"
    assert (count(pg_store, PaymentKeyRow), count(pg_store, PaymentRow)) == (1, 1)
    assert_clean(pg_store)


def test_of_64_serials_on_one_notice_exactly_one_pays(pg_store, pg_database, notice):
    jobs = [
        (pg_database.service_url, notice.id, [f"P{p}T{t}" for t in range(THREADS)])
        for p in range(PROCESSES)
    ]

    results = dict(in_processes(pay_at_once, jobs))

    assert len(results) == 64
    paid = [serial for serial, answer in results.items() if isinstance(answer, dict)]
    assert len(paid) == 1
    assert [answer for serial, answer in results.items() if serial not in paid] == ["12001"] * 63
    assert (count(pg_store, PaymentKeyRow), count(pg_store, PaymentRow)) == (1, 1)
    assert count(pg_store, RejectedConfirmationRow) == 63
    assert_clean(pg_store)


def test_one_serial_for_two_notices_at_once_pays_one_of_them(pg_store, pg_database, notice):
    with pg_store.write() as session:
        other = a_notice(session)
        a_query(session, other)
    jobs = [(pg_database.service_url, each.id, ["SAME"] * 4) for each in (notice, other)] * 4

    answers = [answer for _, answer in in_processes(pay_at_once, jobs)]

    good = [answer for answer in answers if isinstance(answer, dict)]
    assert len({answer["pay_code"] for answer in good}) == 1
    assert len(good) == 16
    assert [answer for answer in answers if not isinstance(answer, dict)] == ["99999"] * 16
    assert_clean(pg_store)


@pytest.mark.usefixtures("notice")
def test_serials_are_never_given_twice_rp4(pg_database):
    rounds = 50

    taken = in_processes(take_at_once, [(pg_database.service_url, rounds)] * PROCESSES)

    assert len(taken) == PROCESSES * rounds * 2  # every other time three
    assert sorted(taken) == list(range(2, len(taken) + 2))  # the notice has the first


@pytest.mark.usefixtures("notice")
def test_a_worker_killed_in_the_middle_loses_nothing_acknowledged(pg_store, pg_database, tmp_path):
    with pg_store.write() as session:
        notices = [a_notice(session) for _ in range(120)]
        for each in notices:
            a_query(session, each)
    work = [(each.id, f"K{number}") for number, each in enumerate(notices)]
    files = [tmp_path / "one", tmp_path / "two"]
    workers = [
        FRESH.Process(target=pay_until_killed, args=(pg_database.service_url, half, file))
        for half, file in zip((work[:60], work[60:]), files, strict=True)
    ]
    for worker in workers:
        worker.start()
    while not files[0].exists() or len(files[0].read_text().split()) < 15:
        time.sleep(0.01)

    os.kill(workers[0].pid, signal.SIGKILL)
    for worker in workers:
        worker.join(120)

    assert [worker.exitcode for worker in workers] == [-signal.SIGKILL, 0]
    acknowledged = {serial for file in files for serial in file.read_text().split()}
    assert 75 <= len(acknowledged) < 120
    with pg_store.read() as session:
        kept = set(session.scalars(select(PaymentKeyRow.trade_no)))
    assert acknowledged <= kept
    assert len(kept - acknowledged) <= 1  # kept, the answer lost: the bank asks and finds it
    for notice_id, serial in work:  # everything sent again, as a bank would
        with pg_store.write() as session:
            advice = an_advice(notice_of(session, REGION, notice_id), serial)
            assert record_payment(session, advice, bank=BANK, now=NOW).answer is not None
    assert count(pg_store, PaymentRow) == 120
    assert_clean(pg_store)
