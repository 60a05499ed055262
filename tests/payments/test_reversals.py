"""Reversals (R-R8): who wins, what is booked, what comes early; on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update

from feeledger.ledger.actions import close_day
from feeledger.ledger.queries import balances_on, entry_of_id
from feeledger.money import parse_amount
from feeledger.notices.actions import void_notice
from feeledger.notices.tables import NoticeRow
from feeledger.outbox.kinds import PAYMENT_REVERSED, REVERSAL_EARLY
from feeledger.outbox.tables import OutboxMessageRow
from feeledger.payments.actions import record_payment
from feeledger.payments.queries import payment_of_trade
from feeledger.payments.reversal import ReversalAdvice
from feeledger.payments.reversal_actions import record_reversal
from feeledger.payments.reversal_queries import reversal_of_payment, waiting_reversals
from feeledger.payments.reversal_tables import EarlyReversalRow, ReconDayRow, ReversalRow
from feeledger.payments.tables import DiscrepancyRow, PaymentRow, RefusedMessageRow
from feeledger.payments.verify_queries import verify_region
from feeledger.periods import beijing_date
from tests.builders import (
    BANK,
    CLERK,
    NOW,
    OTHER_BANK,
    REGION,
    TODAY,
    a_bank,
    a_notice,
    a_payment,
    a_query,
    a_ready_notice,
    an_advice,
)
from tests.outbox.test_enqueue import a_subscription

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def notice(any_store):
    with any_store.write() as session:
        return a_ready_notice(session)


def a_reversal(notice, trade_no="T0001", *, amount=None):
    money = amount or f"{notice.amount_fen // 100}.{notice.amount_fen % 100:02d}"
    return ReversalAdvice(notice.pay_code, trade_no, parse_amount(money), reason="柜员误操作")


def reverse(store, advice, *, bank=BANK, now=LATER):
    with store.write() as session:
        return record_reversal(session, advice, bank=bank, now=now)


def pay(store, notice, trade_no="T0001", *, now=NOW):
    with store.write() as session:
        return record_payment(session, an_advice(notice, trade_no), bank=BANK, now=now)


def status_of(store, notice):
    with store.read() as session:
        return session.scalar(select(NoticeRow.status).where(NoticeRow.id == notice.id))


def count(store, row):
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(row))


def assert_clean(store):
    with store.read() as session:
        assert verify_region(session, REGION) == ()


def refused(outcome):
    return outcome.refusal.result, outcome.refusal.code


def test_r_r8_a_reversal_takes_the_payment_back_and_the_notice_is_payable_again(any_store, notice):
    pay(any_store, notice)

    outcome = reverse(any_store, a_reversal(notice))

    assert outcome.answer["result"] == "00000"
    assert (outcome.answer["amount"], outcome.answer["status"]) == ("140.00", "0")
    with any_store.read() as session:
        payment = payment_of_trade(session, REGION, BANK, "T0001")
        kept = reversal_of_payment(session, REGION, payment.id)
        entry = entry_of_id(session, REGION, kept.entry).entry
        paid = entry_of_id(session, REGION, payment.entry).entry
        assert payment.state == "reversed"
        assert (entry.reverses, entry.reason) == (payment.entry, "柜员误操作")
        assert [(p.debit, p.credit, p.amount) for p in entry.postings] == [
            (p.credit, p.debit, p.amount) for p in paid.postings
        ]
        assert {balance.net_fen for balance in balances_on(session, REGION).values()} == {0}
    assert status_of(any_store, notice) == "issued"
    assert pay(any_store, notice, "T0002").answer is not None
    assert_clean(any_store)


def test_r_b3_the_same_reversal_again_gets_the_first_answer_and_one_entry(any_store, notice):
    pay(any_store, notice)
    first = reverse(any_store, a_reversal(notice))
    pay(any_store, notice, "T0002")

    again = reverse(any_store, a_reversal(notice), now=LATER + timedelta(days=3))
    other = reverse(any_store, a_reversal(notice, amount="139.00"))

    assert (again.answer, again.repeated) == (first.answer, True)
    assert refused(other) == ("99999", "serial-reused")
    assert count(any_store, ReversalRow) == count(any_store, DiscrepancyRow) == 1
    assert status_of(any_store, notice) == "paid"
    assert_clean(any_store)


def test_r_b3_a_reversed_serial_never_pays_again(any_store, notice):
    pay(any_store, notice)
    reverse(any_store, a_reversal(notice))

    assert refused(pay(any_store, notice)) == ("99999", "payment-reversed")


def voided(session, notice):
    void_notice(session, REGION, notice.id, reason="开错", by=CLERK, now=NOW)


def paid(session, notice):
    a_payment(session, notice)


def reconciled(session, notice):
    paid(session, notice)
    session.execute(update(PaymentRow).values(state="reconciled"))
    session.execute(update(NoticeRow).values(status="reconciled"))


def closed(session, notice):
    paid(session, notice)
    session.add(
        ReconDayRow(
            region=REGION, day=TODAY, batches=0, carried=0, closed_at=NOW, closed_by="x", reason="y"
        )
    )


@pytest.mark.parametrize(
    ("prepare", "changes", "bank", "expected"),
    [
        (paid, {"pay_code": "13018426000000000105"}, BANK, ("11001", "pay-code-unknown")),
        (voided, {}, BANK, ("11004", "notice-void")),
        (paid, {"amount": parse_amount("139.99")}, BANK, ("12004", "amount-differs")),
        (
            paid,
            {"amount": parse_amount("1.00"), "trade_no": "X"},
            BANK,
            ("12004", "amount-differs"),
        ),
        (paid, {"trade_no": "X"}, BANK, ("99999", "other-serial-paid")),
        (paid, {}, OTHER_BANK, ("99999", "other-serial-paid")),
        (reconciled, {}, BANK, ("99999", "payment-not-reversible")),
        (closed, {}, BANK, ("99999", "bank-day-closed")),
    ],
)
def test_r_r8_answers(store, prepare, changes, bank, expected):
    with store.write() as session:
        notice = a_ready_notice(session)
        a_bank(session, OTHER_BANK)
        prepare(session, notice)
    states = status_of(store, notice)

    outcomes = [reverse(store, replace(a_reversal(notice), **changes), bank=bank) for _ in range(2)]

    assert [refused(outcome) for outcome in outcomes] == [expected] * 2
    assert status_of(store, notice) == states
    assert count(store, ReversalRow) == 0
    with store.read() as session:
        row = session.scalars(select(RefusedMessageRow)).one()
        assert (row.kind, row.result, row.times) == ("reversal", expected[0], 2)


def test_a_reversal_after_the_last_day_leaves_the_notice_expired(any_store, notice):
    pay(any_store, notice)
    over = datetime(2026, 12, 31, 16, tzinfo=UTC)  # midnight in Beijing: 2027-01-01
    assert beijing_date(over) > notice.valid_until

    assert reverse(any_store, a_reversal(notice), now=over).answer is not None

    assert status_of(any_store, notice) == "expired"


def test_r_r8_an_early_reversal_is_99999_and_its_payment_is_reversed_at_once(any_store, notice):
    with any_store.write() as session:
        a_subscription(session, unit=notice.unit_code, kinds=[PAYMENT_REVERSED, REVERSAL_EARLY])
    early = [reverse(any_store, a_reversal(notice), now=NOW) for _ in range(2)]
    with any_store.read() as session:
        assert [row.times for row in waiting_reversals(session, REGION, limit=5)] == [2]
        told = session.scalars(select(OutboxMessageRow)).one()  # sent twice, told once
        assert (told.kind, told.subject) == (REVERSAL_EARLY, f"notice:{notice.id}")
        assert told.payload["trade_no"] == a_reversal(notice).trade_no
        assert (told.payload["amount"], told.payload["reason"]) == ("140.00", "柜员误操作")

    outcome = pay(any_store, notice, now=LATER)

    assert [refused(one) for one in early] == [("99999", "nothing-to-reverse")] * 2
    assert outcome.answer["reversed"] is True
    assert status_of(any_store, notice) == "issued"
    with any_store.read() as session:
        kept = session.scalars(select(ReversalRow)).one()
        told = session.scalars(
            select(OutboxMessageRow).where(OutboxMessageRow.kind == PAYMENT_REVERSED)
        ).one()
        assert (kept.was_early, kept.reason) == (True, "柜员误操作")
        assert (told.kind, told.payload["was_early"]) == (PAYMENT_REVERSED, True)
        assert waiting_reversals(session, REGION, limit=5) == ()
    # The reversal sent again is answered as accepted; the confirmation is not.
    assert reverse(any_store, a_reversal(notice)).answer["result"] == "00000"
    assert refused(pay(any_store, notice)) == ("99999", "payment-reversed")
    assert_clean(any_store)


def test_r_r8_an_early_reversal_of_another_day_amount_or_code_takes_nothing_back(any_store, notice):
    with any_store.write() as session:
        other = a_notice(session)
        a_query(session, other)
    reverse(any_store, a_reversal(notice, amount="139.00"), now=NOW)
    reverse(any_store, a_reversal(other), now=NOW)
    assert "reversed" not in pay(any_store, notice).answer
    reverse(any_store, a_reversal(other, "T0002"), now=NOW)
    with any_store.write() as session:
        close_day(session, REGION, TODAY, next_day=TODAY + timedelta(days=1), by="x", now=NOW)

    outcome = pay(any_store, other, "T0002")

    assert "reversed" not in outcome.answer
    assert count(any_store, ReversalRow) == 0
    assert count(any_store, EarlyReversalRow) == 3
    assert_clean(any_store)


def test_r_r5_an_early_reversal_does_not_reach_into_a_closed_bank_day(store):
    with store.write() as session:
        notice = a_ready_notice(session)
    reverse(store, a_reversal(notice), now=NOW)
    with store.write() as session:
        session.add(
            ReconDayRow(
                region=REGION, day=TODAY, batches=0, carried=0, closed_at=NOW, closed_by="x",
                reason="y",
            )
        )  # fmt: skip

    assert "reversed" not in pay(store, notice).answer
    assert_clean(store)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE payment SET state = 'confirmed'", "payment-off-reversal"),
        ("DELETE FROM payment_reversal", "reversal-off-entry"),
        ("UPDATE payment_reversal SET reason = reason, amount_fen = 1", "reversal-off-key"),
        ("UPDATE payment_reversal SET trade_no = 'X'", "payment-off-reversal"),
    ],
)
def test_the_audit_knows_reversals(store, statement, code):
    with store.write() as session:
        notice = a_ready_notice(session)
    pay(store, notice)
    reverse(store, a_reversal(notice))
    assert_clean(store)
    with store.write() as session:
        session.execute(text("PRAGMA ignore_check_constraints=ON"))
        for name in ("no_update", "no_delete"):
            session.execute(text(f"DROP TRIGGER payment_reversal_{name}"))
        session.execute(text("PRAGMA defer_foreign_keys=ON"))
        session.execute(text(statement))
        found = {fault.code for fault in verify_region(session, REGION)}
        session.rollback()

    assert code in found
