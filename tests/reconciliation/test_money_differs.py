"""A payment whose money came otherwise than confirmed, and a day file that lists it (R-R3, R-R5, R-R6, R-R8)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from feeledger.auditor.program import audit_database
from feeledger.audits import audit_books
from feeledger.money import Money
from feeledger.payments.reversal import ReversalAdvice
from feeledger.payments.reversal_actions import record_reversal
from feeledger.payments.tables import PaymentRow
from feeledger.people.roles import SamePerson
from feeledger.reconciliation.actions import close_recon_day, import_day_file
from feeledger.reconciliation.difference_actions import take_step
from feeledger.reconciliation.matching import result_document
from feeledger.reconciliation.refusals import DayNotReconciled
from feeledger.reconciliation.tables import ReconDifferenceRow
from feeledger.settlements.queries import waiting_to_settle
from feeledger.sharing.actions import keep_shares
from tests.builders import (
    ACCOUNT_NO,
    BANK,
    NOW,
    REGION,
    TODAY,
    a_notice,
    a_payment,
    a_query,
    a_ready_notice,
    a_share_rule,
)
from tests.reconciliation.books import a_day_file
from tests.unmatched.books import arrive, books

TOMORROW = NOW + timedelta(days=1)


def lists(session, *notices, number="1", replaces=""):
    """Let the bank's file list the payments as they were confirmed, 140.00 each."""
    lines = [(trade_no, notice.pay_code, "140.00") for trade_no, notice in notices]
    given = {"day": TODAY, "account": ACCOUNT_NO, "bank": BANK, "number": number}
    return import_day_file(
        session, region=REGION, raw=a_day_file(*lines, **given, replaces=replaces),
        file_name="day.csv", actor="clerk:test", now=NOW,
    )  # fmt: skip


def step(session, row, name, by):
    told = {"region": REGION, "difference": row.id, "step": name, "reason": "已补足"}
    return take_step(session, **told, actor=by, now=NOW)


def take_back(session, notice, serial):
    told = ReversalAdvice(notice.pay_code, serial, Money(14_000))
    return record_reversal(session, told, bank=BANK, now=NOW + timedelta(seconds=9))


def state_of(session, notice):
    session.expire_all()
    query = select(PaymentRow.state).where(PaymentRow.notice == notice.id)
    return session.scalars(query).one(), books(session, notice)[2]


def assert_clean(store):
    with store.read() as session:
        assert audit_books(session, REGION) == ()
    assert dict(audit_database(store.url)) == {REGION: []}


@pytest.fixture
def paid(any_store):
    """Two notices of 140.00 that were confirmed; 139.00 came for each."""
    with any_store.write() as session:
        first = a_ready_notice(session)
        a_share_rule(session)
        second = a_notice(session)
        a_query(session, second)
        for serial, notice in (("T1", first), ("T2", second)):
            a_payment(session, notice, trade_no=serial)
            arrive(session, serial, amount="139.00", pay_code=notice.pay_code)
        keep_shares(session, REGION, now=NOW)
    return first, second


def test_r_r6_money_that_differs_is_settled_by_two_persons_before_it_is_reconciled(any_store, paid):
    first, second = paid
    with any_store.write() as session:
        done = lists(session, ("T1", first), ("T2", second))
        told = result_document(done.file, done.match, "zh")
        assert (told["succeedcount"], told["failcount"]) == (2, 0)  # the words agree (R-R3)
        assert state_of(session, first) == ("difference", "paid")
        found = session.scalars(select(ReconDifferenceRow)).all()
        assert [(row.result, row.bank_fen, row.booked_fen) for row in found] == [
            ("14002", 13_900, 14_000)
        ] * 2
        assert waiting_to_settle(session, REGION, until=TODAY).payments == 0
    assert_clean(any_store)
    one, other = sorted(found, key=lambda row: row.trade_no)

    with any_store.write() as session, pytest.raises(DayNotReconciled):  # R-R5
        close(session)
    with any_store.write() as session:
        assert take_back(session, second, "T2").answer  # unreconciled: its bank may (R-R8)
        for name in ("assign", "explain", "write_off"):
            step(session, other, name, "clerk:test")
        step(session, other, "close", "reviewer:test")
        assert state_of(session, second) == ("reversed", "issued")
        for name in ("assign", "explain", "correct"):
            step(session, one, name, "clerk:test")
        with pytest.raises(SamePerson):
            step(session, one, "close", "clerk:test")
        assert state_of(session, first) == ("difference", "paid")
        step(session, one, "close", "reviewer:test")
        assert state_of(session, first) == ("reconciled", "reconciled")
        assert take_back(session, first, "T1").refusal.result == "99999"
        close(session)
        assert waiting_to_settle(session, REGION, until=TODAY).payments == 1
    assert_clean(any_store)


def test_a_later_file_of_the_day_gives_unsettled_money_to_people_anew(any_store, paid):
    first, second = paid
    with any_store.write() as session:
        lists(session, ("T1", first), ("T2", second))
        lists(session, ("T1", first), ("T2", second), number="2", replaces="1")
        rows = session.execute(
            select(ReconDifferenceRow.state, ReconDifferenceRow.id).order_by(
                ReconDifferenceRow.state
            )
        ).all()
        assert [row.state for row in rows] == ["auto_closed", "auto_closed", "open", "open"]
        close(session, *[row.id for row in rows if row.state == "open"])
        assert state_of(session, first) == ("difference", "paid")
        assert take_back(session, first, "T1").refusal.result == "99999"  # the day is closed
        for name, by in (("assign", "a"), ("explain", "a"), ("write_off", "a"), ("close", "b")):
            step(session, rows[-1], name, by)
        session.expire_all()
        moved = session.scalars(select(PaymentRow.state).order_by(PaymentRow.state)).all()
        assert moved == ["difference", "reconciled"]
    assert_clean(any_store)


def test_a_corrected_file_does_not_hide_a_payment_that_people_work_on(any_store, paid):
    first, second = paid
    with any_store.write() as session:
        with pytest.raises(DayNotReconciled):  # no file at all
            close(session)
        lists(session, ("T1", first), ("T2", second))
        again = lists(session, ("T1", first), number="2")
        assert [(one.result, one.reason) for one in again.match.findings] == [
            ("15003", "already_reconciled")
        ]
        row = session.scalars(
            select(ReconDifferenceRow).where(
                ReconDifferenceRow.trade_no == "T1", ReconDifferenceRow.result == "14002"
            )
        ).one()
        for name in ("assign", "explain", "correct"):
            step(session, row, name, "clerk:test")
        third = lists(session, ("T2", second), number="3", replaces="1")
        assert [(one.result, one.trade_no) for one in third.match.differences] == [("15002", "T1")]
    assert_clean(any_store)


def test_closing_a_reversed_payment_leaves_the_notice_to_the_next_one(any_store, paid):
    first, _ = paid
    with any_store.write() as session:
        lists(session, ("T1", first))
        row = session.scalars(
            select(ReconDifferenceRow).where(ReconDifferenceRow.result == "14002")
        ).one()
        assert take_back(session, first, "T1").answer
        a_payment(session, first, trade_no="T9")
        for name, by in (("assign", "a"), ("explain", "a"), ("write_off", "a"), ("close", "b")):
            step(session, row, name, by)
        session.expire_all()
        assert books(session, first)[2] == "paid"
        lists(session, ("T9", first), number="2")
        lists(session, number="3", replaces="1")
        session.expire_all()
        assert books(session, first)[2] == "reconciled"
    assert_clean(any_store)


def close(session, *carried):
    told = {"day": TODAY, "carried": carried, "reason": "日终"}
    close_recon_day(session, region=REGION, **told, actor="reviewer:test", now=TOMORROW)
