"""Posting, reversing, closing days; balances from snapshots and tail, on both databases."""

from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from feeledger.ledger.actions import (
    BookKnown,
    BookMissing,
    DayNotOpen,
    close_day,
    open_book,
    post_entry,
    reverse_entry,
)
from feeledger.ledger.chart import designated, income
from feeledger.ledger.journal import Entry, Posting
from feeledger.ledger.queries import (
    balances_on,
    closed_days_of,
    entries_about,
    entry_of_id,
    open_day_of,
    postings_of_entry,
)
from feeledger.ledger.verify_queries import verify_ledger
from feeledger.money import Money
from tests.builders import CLERK, NOW, OTHER_REGION, REGION, TODAY, a_region

BANK_ACCOUNT = designated(7)
WATER = income("WATER", "item")
TOMORROW = TODAY + timedelta(days=1)


def booked(store, fen, *, region=REGION, subject="test:1"):
    entry = Entry("payment", subject, (Posting(BANK_ACCOUNT, WATER, Money(fen)),))
    with store.write() as session:
        return post_entry(session, region, entry, now=NOW)


def closed(store, day, next_day):
    with store.write() as session:
        close_day(session, REGION, day, next_day=next_day, by=CLERK, now=NOW)


@pytest.fixture
def book(any_store):
    with any_store.write() as session:
        a_region(session)
    return any_store


def net(store, on=None):
    with store.read() as session:
        return {name: kept.net_fen for name, kept in balances_on(session, REGION, on).items()}


def test_an_entry_is_kept_on_the_open_day_with_its_postings(book):
    entry_id = booked(book, 100)

    with book.read() as session:
        kept = entry_of_id(session, REGION, entry_id)
        assert (kept.day, kept.entry.postings) == (
            TODAY,
            (Posting(BANK_ACCOUNT, WATER, Money(100)),),
        )
        assert [e.id for e in entries_about(session, REGION, "test:1", TODAY)] == [entry_id]


def test_a_region_without_a_book_takes_no_entry(book):
    with pytest.raises(BookMissing):
        booked(book, 1, region=OTHER_REGION)


def test_a_book_is_opened_once(book):
    with book.write() as session, pytest.raises(BookKnown):
        open_book(session, REGION, first_day=TODAY, by=CLERK, now=NOW)


def test_a_reversal_mirrors_its_entry_and_happens_once(book):
    entry_id = booked(book, 100)
    with book.write() as session:
        reverse = reverse_entry(session, REGION, entry_id, reason="冲正", now=NOW)

    with book.read() as session:
        assert postings_of_entry(session, REGION, reverse) == (
            Posting(WATER, BANK_ACCOUNT, Money(100)),
        )
        assert verify_ledger(session, REGION) == ()
    assert net(book) == {str(BANK_ACCOUNT): 0, str(WATER): 0}
    with pytest.raises(IntegrityError), book.write() as session:
        reverse_entry(session, REGION, entry_id, reason="再次", now=NOW)


def test_a_balance_is_the_last_snapshot_and_the_tail(book):
    booked(book, 100)
    closed(book, TODAY, TOMORROW)
    booked(book, 23)

    assert net(book) == {str(BANK_ACCOUNT): 123, str(WATER): -123}
    assert net(book, TODAY) == {str(BANK_ACCOUNT): 100, str(WATER): -100}
    assert net(book, TODAY - timedelta(days=1)) == {}


def test_days_without_entries_close_too_and_keep_the_balance(book):
    booked(book, 5)
    monday = TODAY + timedelta(days=3)
    closed(book, TODAY, TOMORROW)
    closed(book, TOMORROW, monday)

    assert net(book, TOMORROW) == {str(BANK_ACCOUNT): 5, str(WATER): -5}
    with book.read() as session:
        assert open_day_of(session, REGION) == monday
        assert [(row.day, row.entries, row.fen) for row in closed_days_of(session, REGION)] == [
            (TOMORROW, 0, 0),
            (TODAY, 1, 5),
        ]
        assert verify_ledger(session, REGION) == ()


@pytest.mark.parametrize(
    ("day", "next_day"),
    [(TOMORROW, TODAY + timedelta(days=2)), (TODAY, TODAY), (TODAY, date(2026, 11, 1))],
)
def test_only_the_open_day_closes_and_only_forwards(book, day, next_day):
    with pytest.raises(DayNotOpen):
        closed(book, day, next_day)


def test_regions_keep_their_books_apart(any_store):
    with any_store.write() as session:
        a_region(session)
        a_region(session, OTHER_REGION)
    booked(any_store, 1)
    booked(any_store, 10, region=OTHER_REGION)

    assert net(any_store) == {str(BANK_ACCOUNT): 1, str(WATER): -1}
