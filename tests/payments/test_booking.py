"""A payment is written the same by the database's function and by statements."""

import pytest
from sqlalchemy import text

from feeledger.ledger.actions import BookMissing
from feeledger.money import Money
from feeledger.notices.notice import DueLine
from feeledger.payments.advice import PayableNotice, entry_of, receipt_of
from feeledger.payments.booking_actions import Booking, book_by_function, book_by_statements
from feeledger.payments.view_queries import payment_view
from feeledger.store import new_id
from tests.builders import (
    ACCOUNT_NO,
    BANK,
    LICENCE_ITEM,
    LICENCE_LINE,
    NOW,
    POLICE_UNIT,
    TODAY,
    a_charge,
    a_notice,
    a_place,
    a_query,
    an_advice,
    an_answer,
    an_enterprise,
)

TABLES = ("payment_key", "payment", "ledger_entry", "ledger_posting", "notice")
OWN = {"id", "trade_no", "entry", "notice", "pay_code", "subject", "answer", "issued_at"}


def a_booking(session, trade_no):
    """A payment of two units' lines, with a late fee that the item's rule would give."""
    licence = an_answer(LICENCE_ITEM, LICENCE_LINE, facts={"vehicle_licences": 2})
    notice = a_notice(session, a_charge(), a_charge(POLICE_UNIT, licence))
    a_query(session, notice)
    view = payment_view(session, notice.pay_code, bank=BANK, account_no=ACCOUNT_NO, paid_on=TODAY)
    advice = an_advice(notice, trade_no, amount="162.00")
    payment_id = new_id(NOW)
    fees = (Money(200), Money(0))
    return Booking(
        advice=advice,
        bank=BANK,
        payment_id=payment_id,
        notice_id=notice.id,
        account_id=view.account_id,
        entry=entry_of(view.notice, payment_id=payment_id, account_id=view.account_id, fees=fees),
        late=Money(200),
        answer=receipt_of(advice, payment_id=payment_id, late=Money(200), received_at=NOW),
        now=NOW,
    )


def rows(session):
    """All rows, without what names one payment rather than the other."""
    kept = []
    for table in TABLES:
        found = session.execute(text(f"SELECT * FROM {table}")).mappings()
        kept += [(table, {k: v for k, v in row.items() if k not in OWN}) for row in found]
    return sorted(kept, key=repr)


@pytest.mark.postgresql
def test_function_and_statements_write_the_same_rows(pg_store):
    with pg_store.write() as session:
        a_place(session)
        an_enterprise(session)
        before = rows(session)
        first = a_booking(session, "BY-FUNCTION")
        assert book_by_function(session, first)
        one = rows(session)
        second = a_booking(session, "BY-STATEMENTS")
        assert book_by_statements(session, second)
        both = rows(session)

    assert before == []
    assert len(one) == 1 + 1 + 1 + 3 + 1
    assert both == sorted(one + one, key=repr)


@pytest.mark.postgresql
@pytest.mark.parametrize("book", [book_by_function, book_by_statements])
def test_a_key_that_is_bound_writes_nothing_more(pg_store, book):
    with pg_store.write() as session:
        a_place(session)
        an_enterprise(session)
        booking = a_booking(session, "ONCE")
        assert book(session, booking)
        kept = rows(session)

        assert not book(session, booking)
        assert rows(session) == kept


@pytest.mark.postgresql
@pytest.mark.parametrize("book", [book_by_function, book_by_statements])
def test_without_a_book_nothing_is_written(pg_store, book):
    with pg_store.write() as session:
        a_place(session)
        an_enterprise(session)
        booking = a_booking(session, "NO-BOOK")
    with pg_store.write() as session:
        session.execute(text("DELETE FROM ledger_book"))
        with pytest.raises(BookMissing):
            book(session, booking)
        assert {table for table, _ in rows(session)} == {"notice"}


def test_lines_of_one_unit_and_item_are_one_posting_and_fees_stand_apart():
    lines = (
        DueLine("U", "i", Money(100)),
        DueLine("U", "i", Money(50)),
        DueLine("U", "j", Money(0)),
    )
    notice = PayableNotice(1, "x", Money(150), lines, TODAY)

    entry = entry_of(notice, payment_id=7, account_id=9, fees=(Money(0), Money(5), Money(0)))

    assert [(str(p.debit), str(p.credit), p.amount.fen) for p in entry.postings] == [
        ("designated/9", "income/U/i", 150),
        ("designated/9", "late_fee/U/i", 5),
    ]
