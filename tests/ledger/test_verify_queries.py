"""The audit finds what was done to the books behind the service's back.

The owner of the database takes the walls down first: no way leads round them otherwise.
"""

from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from feeledger.ledger.actions import close_day
from feeledger.payments.verify_queries import verify_region
from feeledger.store import Store
from tests.builders import (
    CLERK,
    NOW,
    REGION,
    TODAY,
    a_notice,
    a_payment,
    a_query,
    a_ready_notice,
)

TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"


@pytest.fixture
def books(store, sqlite_url):
    """A region with a closed day and an open one, a payment in each, and one notice unpaid."""
    with store.write() as session:
        first = a_ready_notice(session)
        second, third = a_notice(session), a_notice(session)
        a_query(session, second)
        a_payment(session, first, "ONE")
        close_day(session, REGION, TODAY, next_day=TODAY + timedelta(days=1), by=CLERK, now=NOW)
        a_payment(session, second, "TWO")
        assert third.status == "issued"
    return store, sqlite_url


def codes(store):
    with store.read() as session:
        return {fault.code for fault in verify_region(session, REGION)}


def tamper(url, *statements):
    engine = create_engine(url)
    with engine.begin() as connection:
        for name in connection.scalars(text(TRIGGERS)).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_sound_books_have_no_fault(books):
    store, _ = books

    assert codes(store) == set()


def test_a_region_without_a_book_is_a_fault(store):
    with store.read() as session:
        assert [fault.code for fault in verify_region(session, REGION)] == ["no-book"]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            (
                "UPDATE ledger_posting SET fen = fen + 1 WHERE entry = (SELECT min(entry) "
                "FROM ledger_posting)"
            ),
            {
                "closed-day-changed",
                "snapshot-differs",
                "entry-without-payment",
                "account-off-payments",
            },
        ),
        (
            (
                "DELETE FROM ledger_posting WHERE entry IN (SELECT id FROM ledger_entry "
                "WHERE day > '2026-11-24')"
            ),
            {"entry-incomplete", "entry-without-payment", "account-off-payments"},
        ),
        (
            "DELETE FROM ledger_entry WHERE day > '2026-11-24'",
            # A posting without its entry is of no known kind, so its accounts do not add up either.
            {"posting-without-entry", "payment-without-entry", "account-off-payments"},
        ),
        (
            "UPDATE ledger_entry SET day = '2026-11-24' WHERE day > '2026-11-24'",
            {"closed-day-changed", "snapshot-differs"},
        ),
        ("UPDATE ledger_entry SET day = '2027-01-01'", None),
        ("UPDATE ledger_snapshot SET debit_fen = debit_fen + 1", {"snapshot-differs"}),
        ("DELETE FROM ledger_closed_day", None),
        (
            "UPDATE ledger_posting SET leg = 2",
            {"entry-incomplete"},
        ),
        (
            "UPDATE ledger_posting SET debit = 'cash/1'",
            None,
        ),
        ("DELETE FROM payment_key WHERE trade_no = 'ONE'", {"key-differs"}),
        ("UPDATE payment_key SET amount_fen = 1 WHERE trade_no = 'ONE'", {"key-differs"}),
        ("UPDATE payment_key SET account_no = '9' WHERE trade_no = 'ONE'", {"key-differs"}),
        (
            "UPDATE payment_key SET answer = replace(answer, '140.00', '14.00')",
            {"answer-differs"},
        ),
        ("UPDATE payment_key SET answer = '{}' WHERE trade_no = 'ONE'", {"answer-differs"}),
        (
            "UPDATE payment SET bank_day = '2026-11-25' WHERE trade_no = 'ONE'",
            {"bank-day-differs"},
        ),
        (
            "UPDATE notice SET issued_on = '2026-11-25' WHERE status = 'paid'",
            {"payment-off-notice"},
        ),
        (
            (
                "UPDATE notice SET issued_on = '2026-11-20', due_on = '2026-11-20', "
                "valid_until = '2026-11-23' WHERE status = 'paid'"
            ),
            {"payment-off-notice"},
        ),
        (
            "DELETE FROM payment WHERE trade_no = 'ONE'",
            {
                "key-without-payment",
                "entry-without-payment",
                "notice-paid-wrongly",
                "account-off-payments",
            },
        ),
        ("UPDATE notice SET status = 'issued' WHERE status = 'paid'", None),
        ("UPDATE notice SET status = 'paid'", {"notice-paid-wrongly"}),
        ("UPDATE notice_line SET amount_fen = 1", None),
        (
            "UPDATE payment SET amount_fen = amount_fen + 1 WHERE trade_no = 'ONE'",
            {
                "key-differs",
                "answer-differs",
                "payment-off-notice",
                "entry-without-payment",
                "account-off-payments",
            },
        ),
    ],
)
def test_every_tampering_is_found(books, statement, expected):
    store, url = books

    tamper(url, statement)

    found = codes(store)
    assert found
    if expected is not None:
        assert found == expected


def test_a_reversal_that_does_not_mirror_is_found(books):
    store, url = books

    tamper(
        url,
        "INSERT INTO ledger_entry SELECT region, 1, day, 'reversal', 'x', '', id, posted_at "
        "FROM ledger_entry WHERE day > '2026-11-24'",
        "INSERT INTO ledger_posting SELECT region, 1, leg, credit, debit, fen - 1 "
        "FROM ledger_posting WHERE entry IN (SELECT reverses FROM ledger_entry)",
    )

    assert "reversal-differs" in codes(store)


def test_the_audit_runs_on_postgresql(pg_store: Store):
    with pg_store.write() as session:
        notice = a_ready_notice(session)
        a_payment(session, notice)
        close_day(session, REGION, TODAY, next_day=TODAY + timedelta(days=1), by=CLERK, now=NOW)

    assert codes(pg_store) == set()
