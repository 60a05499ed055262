"""The store: who may write, what is kept, what is refused; writers in turn on SQLite."""

import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from feeledger.engines import DatabaseUrlRefused
from feeledger.store import (
    Fen,
    Instant,
    JsonText,
    Store,
    canonical_json,
    is_transient,
    new_id,
)
from feeledger.trail import TrailActRow, record_act
from tests.builders import NOW
from tests.racing import in_processes, write_steadily


def act(session, subject="test:1"):
    record_act(session, actor="t", act="test", subject=subject, reason="", now=NOW)


def acts(store):
    with store.read() as session:
        return session.scalar(text("SELECT count(*) FROM trail_act"))


def test_write_keeps_all_or_nothing(any_store):
    with any_store.write() as session:
        act(session)

    with pytest.raises(ZeroDivisionError), any_store.write() as session:
        session.info["half done"] = (act(session), 1 / 0)

    assert acts(any_store) == 1


def test_read_never_writes(any_store):
    with any_store.read() as session, pytest.raises(DBAPIError):
        act(session)

    assert acts(any_store) == 0


def test_read_sees_one_snapshot(any_store):
    with any_store.read() as session:
        before = session.scalar(text("SELECT count(*) FROM trail_act"))
        with any_store.write() as writing:
            act(writing)
        after = session.scalar(text("SELECT count(*) FROM trail_act"))

    assert (before, after) == (0, 0)
    assert acts(any_store) == 1


def test_foreign_keys_and_checks_are_on(any_store):
    with pytest.raises(IntegrityError), any_store.write() as session:
        session.execute(
            text("INSERT INTO ledger_book VALUES ('999999', '2026-01-01', '2026-01-01')")
        )


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://u:secret@h/d"])
def test_a_database_that_keeps_no_ledger_is_refused_without_telling_its_password(url):
    with pytest.raises(DatabaseUrlRefused) as caught:
        Store(url)

    assert "secret" not in caught.value.detail.zh + caught.value.detail.en


@pytest.mark.parametrize("value", [1.0, "1", True])
def test_only_an_int_is_kept_as_fen(value):
    with pytest.raises(TypeError):
        Fen().process_bind_param(value, None)


def test_a_naive_instant_is_refused_and_an_aware_one_comes_back_in_utc(any_store):
    beijing = datetime(2026, 11, 24, 8, 30, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    with any_store.write() as session:
        session.add(
            TrailActRow(
                region="000000",
                id=1,
                at=beijing,
                actor="",
                act="",
                subject="",
                reason="",
                details={"甲": [1, "二"]},
            )
        )
    with any_store.read() as session:
        kept = session.get(TrailActRow, ("000000", 1))
        assert kept.at == beijing
        assert kept.at.tzinfo is UTC
        assert kept.details == {"甲": [1, "二"]}
    with pytest.raises(TypeError):
        Instant().process_bind_param(datetime(2026, 1, 1), None)  # noqa: DTZ001


def test_json_is_canonical_and_without_floats():
    assert canonical_json({"b": 1, "a": "甲"}) == '{"a":"甲","b":1}'
    assert JsonText().process_bind_param(None, None) is None
    for value in (1.5, {"a": [1.5]}, ({"x": 0.1},)):
        with pytest.raises(TypeError):
            canonical_json(value)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2080, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_ids_fit_63_bits_and_follow_time(now):
    first, second = new_id(now), new_id(now)

    assert 0 <= first < 2**63
    assert first != second
    assert abs((first >> 22) - (second >> 22)) == 0
    assert new_id(now + timedelta(milliseconds=2)) >> 22 > first >> 22


def test_a_hundred_thousand_ids_of_one_instant_are_different():
    assert len({new_id(NOW) for _ in range(100_000)}) == 100_000


class _Lost(Exception):
    def __init__(self, state, words="", constraint=None):
        super().__init__(words)
        self.sqlstate = state
        self.diag = type("Diag", (), {"constraint_name": constraint})()


@pytest.mark.parametrize(
    ("kind", "original", "transient"),
    [
        (OperationalError, _Lost("40001"), True),
        (OperationalError, _Lost("40P01"), True),
        (DBAPIError, _Lost("XX000", "could not commit transaction on x"), True),
        (DBAPIError, _Lost("XX000", "another internal error"), False),
        (IntegrityError, _Lost("23505", constraint="pk_payment"), True),
        (IntegrityError, _Lost("23505", constraint="uq_payment_notice"), False),
        (IntegrityError, _Lost("23503"), False),
        (OperationalError, sqlite3.OperationalError("database is locked"), False),
    ],
)
def test_what_may_be_done_again(kind, original, transient):
    assert is_transient(kind("", {}, original)) is transient


@pytest.mark.parametrize(
    ("error", "goes_again"),
    [
        (OperationalError("", {}, _Lost("40P01")), True),
        (IntegrityError("", {}, _Lost("23505", constraint="pk_notice")), True),
        # Kept or not, nobody knows: done again it might count twice.
        (OperationalError("", {}, _Lost(None), connection_invalidated=True), False),
        (DBAPIError("", {}, _Lost("XX000", "could not commit transaction on x")), False),
    ],
)
def test_an_act_is_attempted_again_only_where_it_was_certainly_undone(store, error, goes_again):
    waiting = [error]

    def work(session):
        act(session)
        if waiting:
            raise waiting.pop()

    if goes_again:
        store.attempt(work)
    else:
        with pytest.raises(type(error)):
            store.attempt(work)
    assert acts(store) == goes_again


def test_retry_does_lost_work_again_and_gives_up_in_the_end(store):
    tries = []

    def work(session):
        act(session)
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("", {}, _Lost("40001"))
        return "done"

    assert store.retry(work) == "done"
    assert (len(tries), acts(store)) == (3, 1)

    def never(session):
        tries.append(session)
        raise OperationalError("", {}, _Lost("40001"))

    tries.clear()
    with pytest.raises(OperationalError):
        store.retry(never)
    assert len(tries) == 4


@pytest.mark.postgresql
def test_a_connection_cut_by_the_server_is_replaced(pg_store, pg_server):
    with pg_store.read() as session:
        assert session.scalar(text("SELECT 1")) == 1
    with pg_server._admin.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :role"),
            {"role": "feeledger_service"},
        )

    pg_store.retry(act)

    assert acts(pg_store) == 1


@pytest.mark.postgresql
def test_postgresql_speaks_utc_and_waits_for_locks_ten_seconds_at_most(pg_store):
    with pg_store.read() as session:
        shown = [
            session.scalar(text(f"SHOW {name}"))
            for name in ("timezone", "lock_timeout", "statement_timeout", "transaction_isolation")
        ]

    assert shown == ["UTC", "10s", "1min", "repeatable read"]


@pytest.mark.postgresql
def test_postgresql_commits_to_the_disk_whatever_the_database_says(pg_database):
    owner = make_url(pg_database.owner_url)
    address = owner.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {owner.database} SET synchronous_commit = off")
    store = Store(pg_database.service_url)
    with store.write() as session:
        assert session.scalar(text("SHOW synchronous_commit")) == "on"
    store.close()


def test_sqlite_keeps_what_was_committed_through_a_crash(store):
    with store.write() as session:
        pragmas = {
            name: session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
        }

    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
    }


def test_writers_of_threads_and_processes_take_turns_on_sqlite(sqlite_url):
    """Nobody starves: of eight writers the slowest writes at least half as often as the mean."""
    counts = dict(
        in_processes(write_steadily, [(sqlite_url, two, 1.5) for two in ("ab", "cd", "ef", "gh")])
    )

    assert min(counts.values()) > 0
    assert 2 * min(counts.values()) >= sum(counts.values()) / 8, counts


def test_a_writer_waits_for_the_one_before_and_not_longer(store):
    order = []
    entered, leave = threading.Event(), threading.Event()

    def first():
        with store.write() as session:
            act(session)
            entered.set()
            leave.wait(10)
            order.append("first")

    def second():
        entered.wait(10)
        with store.write() as session:
            order.append("second")
            act(session)

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    for thread in threads:
        thread.start()
    entered.wait(10)
    with store.read() as session:  # readers never wait
        assert session.scalar(text("SELECT count(*) FROM trail_act")) == 0
    leave.set()
    for thread in threads:
        thread.join(10)

    assert order == ["first", "second"]
