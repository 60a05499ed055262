"""Refunds that together exceed the payment, approved at once in real processes (R-F1)."""

from collections import Counter

import pytest

from feeledger.audits import audit_books
from feeledger.store import Store
from tests.builders import (
    REGION,
    a_paid_notice,
    a_place,
    a_verified_refund,
    an_enterprise,
)
from tests.racing import approve_at_once, in_processes


def race(url):
    """Ask 20 times for 10.00 of the 140.00 paid, and approve all at once: 14 fit."""
    store = Store(url)
    with store.write() as session:
        a_place(session)
        an_enterprise(session)
        notice = a_paid_notice(session)
        refunds = [a_verified_refund(session, notice, "10.00").id for _ in range(20)]

    found = Counter(in_processes(approve_at_once, [(url, refunds[at::4]) for at in range(4)]))

    assert found == {"finance_approved": 14, "refund-exceeds-payment": 6}
    with store.read() as session:
        assert audit_books(session, REGION) == ()
    store.close()


@pytest.mark.postgresql
def test_r_f1_exactly_as_many_refunds_as_fit_are_approved_on_postgresql(pg_database):
    race(pg_database.service_url)


def test_r_f1_exactly_as_many_refunds_as_fit_are_approved_on_sqlite(sqlite_url):
    race(sqlite_url)
