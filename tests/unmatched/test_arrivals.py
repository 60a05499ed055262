"""Money that arrives (R-B2a): once, with or without its confirmation, in either order."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from feeledger.ledger.actions import reverse_entry
from feeledger.ledger.tables import EntryRow
from feeledger.money import parse_amount
from feeledger.notices.actions import void_notice
from feeledger.payments.actions import record_payment
from feeledger.payments.queries import payment_of_trade
from feeledger.payments.tables import DiscrepancyRow, PaymentKeyRow
from feeledger.unmatched.actions import place_money, record_transfer
from feeledger.unmatched.arrival import Transfer, Voucher
from feeledger.unmatched.tables import FundsArrivalRow, RefusedArrivalRow
from tests.builders import (
    ACCOUNT_NO,
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
    an_advice,
)
from tests.unmatched.books import an_arrival, arrive, assert_clean, books, receipts

# 140.00 yuan = 14000 fen; money in the account stands on the debit side, the rest on the credit side.
PAID = {"designated": 14000, "income": -14000}
HELD = {"designated": 14000, "unmatched": -14000}


def count(session, row):
    return session.scalar(select(func.count()).select_from(row))


def refused(session):
    return [(r.result, r.times) for r in session.scalars(select(RefusedArrivalRow))]


# --- either order ---


@pytest.mark.parametrize("with_code", [True, False], ids=["code", "no-code"])
@pytest.mark.parametrize("first", ["confirmation", "arrival"])
def test_r_b2a_confirmation_and_arrival_in_either_order_end_in_the_same_books(
    any_store, notice, first, with_code
):
    code = notice.pay_code if with_code else None
    for step in sorted(["confirmation", "arrival"], key=lambda one: one != first):
        with any_store.write() as session:
            if step == "confirmation":
                assert a_payment(session, notice).answer["result"] == "00000"
            else:
                answer = arrive(session, pay_code=code).answer
                expected = "arrived" if first == "confirmation" else "unmatched"
                assert (answer["result"], answer["status"]) == ("00000", expected)

    with any_store.read() as session:
        assert books(session, notice) == (PAID, ["arrived"], "paid")
        assert [r.state for r in receipts(session)] in ([], ["matched"])
    assert_clean(any_store)


def test_an_arrival_before_its_confirmation_is_held_as_unmatched(any_store, notice):
    with any_store.write() as session:
        arrive(session, pay_code=notice.pay_code)

        assert books(session, notice) == (HELD, [], "issued")
        assert [(r.kind, r.state) for r in receipts(session)] == [("unconfirmed", "received")]
    assert_clean(any_store)


@pytest.mark.parametrize("first", ["confirmation", "arrival"])
def test_other_money_than_was_confirmed_leaves_the_payment_in_difference(any_store, notice, first):
    with any_store.write() as session:
        if first == "confirmation":
            a_payment(session, notice)
        arrive(session, amount="139.00", pay_code=notice.pay_code)
        if first == "arrival":
            a_payment(session, notice)

        assert books(session, notice) == (PAID, ["difference"], "paid")
    assert_clean(any_store)


def test_money_of_a_reversed_serial_posts_nothing_and_is_seen_as_a_discrepancy(any_store, notice):
    with any_store.write() as session:
        a_payment(session, notice)
        payment = payment_of_trade(session, REGION, BANK, "T0001")
        reverse_entry(session, REGION, payment.entry, reason="冲正", now=NOW)
        payment.state = "reversed"
        session.flush()

        assert arrive(session).answer["status"] == "arrived"
        assert books(session)[0] == {}
        assert [row.kind for row in session.scalars(select(DiscrepancyRow))] == ["arrival"]


def test_a_reversal_takes_the_same_entry_back_whichever_came_first(any_store, notice):
    """The payment's entry is the ordinary one, so its reverse empties the account in both orders."""
    with any_store.write() as session:
        arrive(session)
        a_payment(session, notice)
        payment = payment_of_trade(session, REGION, BANK, "T0001")
        reverse_entry(session, REGION, payment.entry, reason="冲正", now=NOW)

        assert books(session)[0] == {}


# --- exactly once ---


@pytest.mark.usefixtures("notice")
def test_r_b2a_the_same_arrival_gets_the_first_answer_and_no_entry(any_store):
    with any_store.write() as session:
        first = arrive(session).answer
        for seconds in range(3):
            again = arrive(session, now=NOW + timedelta(seconds=10 + seconds), remark="再发")
            assert again.answer == first
            assert again.repeated

        assert count(session, EntryRow) == 1
        assert count(session, FundsArrivalRow) == 1


def test_r_b2a_other_content_under_the_serial_is_13001_and_one_discrepancy(any_store, notice):
    with any_store.write() as session:
        arrive(session)
        for changed in ({"amount": "141.00"}, {"amount": "141.00"}, {"pay_code": notice.pay_code}):
            assert arrive(session, **changed).refusal.result == "13001"

        found = session.scalars(select(DiscrepancyRow)).all()
        assert [(d.kind, d.trade_no, d.times) for d in found] == [("arrival", "T0001", 3)]
        assert sorted(refused(session)) == [("13001", 1), ("13001", 2)]
        assert count(session, EntryRow) == 1


# --- refused, never lost ---


@pytest.mark.usefixtures("notice")
def test_r_b2a_an_account_that_is_not_designated_is_13002_and_kept_with_its_payer(any_store):
    with any_store.write() as session:
        outcome = arrive(session, account="9999-8888-7777", remark="缴费")
        arrive(session, account="9999-8888-7777", remark="缴费")

        assert outcome.refusal.result == "13002"
        row = session.scalars(select(RefusedArrivalRow)).one()
        assert (row.times, row.amount_fen, row.told["payer_account"], row.told["remark"]) == (
            2,
            14000,
            "6222-0000-1111",
            "缴费",
        )
        assert count(session, PaymentKeyRow) == 0


@pytest.mark.usefixtures("notice")
def test_an_account_is_judged_by_the_day_on_which_the_money_came(any_store):
    with any_store.write() as session:
        early = arrive(session, arrived_at=NOW.replace(year=2012))

        assert early.refusal.result == "13002"
        assert arrive(session).answer is not None  # a refusal binds no key (R-B3)


@pytest.mark.usefixtures("notice")
@pytest.mark.parametrize(
    ("changes", "bank", "result"),
    [
        ({"arrived_at": NOW + timedelta(days=1)}, BANK, "10002"),
        ({"region": "130183"}, BANK, "13002"),
        ({}, OTHER_BANK, "11006"),
    ],
)
def test_a_day_to_come_another_region_and_a_strange_bank_are_refused_and_recorded(
    any_store, changes, bank, result
):
    with any_store.write() as session:
        a_bank(session, OTHER_BANK, region=None)

        assert arrive(session, bank=bank, **changes).refusal.result == result
        assert refused(session) == [(result, 1)]
        assert count(session, FundsArrivalRow) == 0


# --- why it is unmatched ---


def test_r_b2a_kinds_of_unmatched_money(any_store, notice):
    """Paid by another serial, no code, an unknown code, another amount: a home for each."""
    with any_store.write() as session:
        other = a_notice(session)
        a_payment(session, notice)
        for serial, told in {
            "A1": {"pay_code": notice.pay_code},
            "A2": {},
            "A3": {"pay_code": "13018426999999999999"},
            "A4": {"pay_code": other.pay_code, "amount": "100.00"},
            "A5": {"pay_code": "见附言"},
        }.items():
            assert arrive(session, serial, **told).answer["status"] == "unmatched"
        void_notice(session, REGION, other.id, reason="开错", by=CLERK, now=NOW)
        arrive(session, "A6", pay_code=other.pay_code)

        assert {r.trade_no: r.kind for r in receipts(session)} == {
            "A1": "duplicate",
            "A2": "no_code",
            "A3": "unknown_code",
            "A4": "amount_differs",
            "A5": "unknown_code",
            "A6": "rejected",
        }
    assert_clean(any_store)


def test_r_b4_money_whose_confirmation_was_refused_is_kept_under_its_pay_code(any_store, notice):
    with any_store.write() as session:
        wrong = an_advice(notice, "T7", account="9999-8888-7777")
        assert record_payment(session, wrong, bank=BANK, now=NOW).refusal.result == "12003"

        arrive(session, "T7")

        assert [(r.kind, r.pay_code) for r in receipts(session)] == [("rejected", notice.pay_code)]


def test_a_confirmation_mended_after_a_refusal_takes_the_money_that_came_meanwhile(
    any_store, notice
):
    with any_store.write() as session:
        wrong = an_advice(notice, amount="1.00")
        assert record_payment(session, wrong, bank=BANK, now=NOW).refusal.result == "12004"
        arrive(session)
        assert a_payment(session, notice).answer["result"] == "00000"

        assert books(session, notice) == (PAID, ["arrived"], "paid")
    assert_clean(any_store)


def test_money_known_from_an_account_statement_is_kept_once_and_met_by_its_arrival(
    any_store, notice
):
    """What the funds side of the reconciliation calls (R-R6)."""
    with any_store.write() as session:
        account = notice.account
        known = {"bank": BANK, "account_id": account, "now": NOW}
        assert place_money(session, an_arrival("S1"), **known).kind == "no_code"
        assert place_money(session, an_arrival("S1"), **known) is None
        a_payment(session, notice)
        assert place_money(session, an_arrival("T0001"), **known) is None
        assert arrive(session, "S1").answer["status"] == "unmatched"

        assert books(session)[0] == {"designated": 28000, "income": -14000, "unmatched": -14000}
    assert_clean(any_store)


# --- transfers in transit ---


def a_transfer(*vouchers, amount, trade_no="B1", **changes):
    told = {"account": ACCOUNT_NO, "arrived_at": NOW, "region": REGION} | changes
    return Transfer(
        trade_no=trade_no,
        amount=parse_amount(amount),
        vouchers=tuple(Voucher(code, serial, parse_amount(fen)) for code, serial, fen in vouchers),
        **told,
    )


def transfer(session, *vouchers, **told):
    return record_transfer(session, a_transfer(*vouchers, **told), bank=BANK, now=NOW)


@pytest.fixture
def two(any_store, notice):
    """One notice paid under T0001, another of 140.00 not confirmed yet; a list of both."""
    with any_store.write() as session:
        other = a_notice(session)
        a_query(session, other)
        a_payment(session, notice)
    return [(notice.pay_code, "T0001", "140.00"), (other.pay_code, "T0002", "140.00")], other


def test_a_transfer_brings_the_money_of_each_payment_it_lists(any_store, two):
    listed, other = two
    with any_store.write() as session:
        outcome = transfer(session, *listed, amount="280.00")

        assert (outcome.answer["arrived"], outcome.answer["unmatched"]) == (1, 1)
        # The payment confirmed before stands once; the other's money waits for its confirmation.
        assert books(session)[0] == {"designated": 28000, "income": -14000, "unmatched": -14000}
        assert transfer(session, *listed[::-1], amount="280.00").answer == outcome.answer
        assert a_payment(session, other, "T0002").answer is not None
        assert books(session)[:2] == (
            {"designated": 28000, "income": -28000},
            ["arrived", "arrived"],
        )
    assert_clean(any_store)


def test_r_b2a_14001_and_14002_change_nothing(any_store, two):
    listed, _ = two
    with any_store.write() as session:
        assert transfer(session, *listed, amount="279.99").refusal.result == "14002"
        assert transfer(session, *listed, amount="280.00").answer is not None
        other_list = transfer(session, listed[0], amount="140.00")
        other_number = transfer(session, *listed, amount="280.00", trade_no="B2")
        by_itself = arrive(session, "T0002")
        elsewhere = transfer(session, *listed, amount="280.00", trade_no="B3", account="1111-2222")

        results = [o.refusal.result for o in (other_list, other_number, by_itself, elsewhere)]
        assert results == ["14001", "14001", "13001", "13002"]
        assert count(session, FundsArrivalRow) == 2
        assert books(session)[0] == {"designated": 28000, "income": -14000, "unmatched": -14000}
    assert NOW.date() == TODAY
    assert_clean(any_store)
