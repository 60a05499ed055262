"""Callers are counted by a digest of their address, each kind by itself; old counts are forgotten."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from feeledger.callers.actions import (
    KEPT,
    QUESTIONS,
    REPORTS,
    CallLimit,
    TooManyRequests,
    count_call,
    prune_calls,
)
from feeledger.callers.tables import CallCountRow

AT = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
TWO = CallLimit("two", 2, timedelta(hours=1))


def count(store, address="192.0.2.7", limit=TWO, *, now=AT):
    with store.write() as session:
        count_call(session, address, limit, secret="a secret of the tests", now=now)


def rows(store):
    with store.read() as session:
        return session.scalars(select(CallCountRow)).all()


def test_beyond_the_limit_a_caller_waits_for_the_next_window(any_store):
    count(any_store)
    count(any_store)

    with pytest.raises(TooManyRequests) as refused:
        count(any_store, now=AT + timedelta(minutes=10))
    assert refused.value.facts == {"retry_after": 20 * 60 + 1}
    count(any_store, now=AT + timedelta(minutes=30))


def test_other_addresses_and_other_kinds_are_counted_apart(store):
    count(store)
    count(store)

    count(store, "192.0.2.8")
    count(store, limit=QUESTIONS)
    count(store, limit=REPORTS)

    assert sorted(row.calls for row in rows(store)) == [1, 1, 1, 2]
    assert not any("192" in row.caller for row in rows(store))


def test_counts_are_forgotten_when_the_longest_window_is_long_over(store):
    count(store)

    with store.write() as session:
        prune_calls(session, now=AT + KEPT - timedelta(hours=1))
    assert len(rows(store)) == 1
    with store.write() as session:
        prune_calls(session, now=AT + KEPT)
    assert rows(store) == []
