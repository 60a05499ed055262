"""Attacks on the money: what could be paid back twice, settled though refunded, or never settled at all.

Every one was tried against the books first; the sums are by hand, from a notice of 140.00 yuan.
"""

from datetime import timedelta

import pytest

from feeledger.audits import audit_books
from feeledger.ledger.queries import balances_on
from feeledger.money import Money
from feeledger.notices.queries import notice_of
from feeledger.payments.actions import record_payment
from feeledger.payments.queries import payment_of_notice
from feeledger.payments.reversal import ReversalAdvice
from feeledger.payments.reversal_actions import record_reversal
from feeledger.reconciliation.actions import close_recon_day
from feeledger.refunds.actions import NothingPaid, approve_refund, reject_refund
from feeledger.sharing.actions import keep_shares
from feeledger.unmatched.receipt import ReceiptNotMovable
from feeledger.unmatched.receipt_actions import request_return, split_receipt
from tests.builders import (
    BANK,
    NOW,
    REGION,
    TODAY,
    a_hand,
    a_notice,
    a_paid_notice,
    a_paid_refund,
    a_place,
    a_query,
    a_settlement,
    a_share_rule,
    a_verified_refund,
    an_advice,
    an_enterprise,
    the_calendar,
)
from tests.unmatched.books import PAYER, a_receipt, arrive
from tests.unmatched.test_claims import ASKED, claim_through

REVIEWER = "reviewer:test"


@pytest.fixture
def here(store):
    """A place on SQLite, for what touches no SQL of its own."""
    with store.write() as session:
        a_place(session)
        an_enterprise(session)
    return store


def balance(session, head):
    return sum(
        one.net_fen for name, one in balances_on(session, REGION).items() if name.startswith(head)
    )


def reverse(session, notice, serial="T0001"):
    told = ReversalAdvice(notice.pay_code, serial, Money(notice.amount_fen))
    return record_reversal(session, told, bank=BANK, now=NOW)


def pay_again(session, notice, serial):
    told = an_advice(notice, serial, payer_account="6222-0000-0001")
    record_payment(session, told, bank=BANK, now=NOW + timedelta(seconds=9)).receipt()


def test_r_f1_a_refund_of_a_payment_that_was_reversed_is_not_paid_out_of_the_next_one(here):
    """Apply, let the bank reverse, pay again, apply again: only the second may be paid."""
    doing = {"hand": a_hand(REVIEWER), "calendar": the_calendar()}
    with here.write() as session:
        notice = a_paid_notice(session)
        first = a_verified_refund(session, notice, "140.00")
        other = a_verified_refund(
            session,
            notice,
            "10.00",
            to_name="某人",
            to_account="1",
            to_bank="某行",
            evidence="授权委托书第1号",
        )
        assert reverse(session, notice).answer
        pay_again(session, notice, "T0002")
    for refund in (first, other):
        with pytest.raises(NothingPaid), here.write() as session:
            approve_refund(session, REGION, refund.id, **doing)
    with here.write() as session:
        reject_refund(session, REGION, first.id, **doing)
        a_paid_refund(session, notice, "140.00")
        assert balance(session, "designated/") == 0
        assert audit_books(session, REGION) == ()


def test_r_u1_money_that_was_claimed_is_neither_returned_nor_split_nor_reversed_nor_confirmed(here):
    with here.write() as session:
        notice = a_notice(session)
        a_query(session, notice)
        receipt = a_receipt(session, "OWN").id
        claim_through(session, [receipt], [notice.pay_code])
        with pytest.raises(ReceiptNotMovable):
            request_return(session, REGION, receipt, ASKED, by="clerk", now=NOW)
        with pytest.raises(ReceiptNotMovable):
            split_receipt(session, REGION, receipt, Money(1), reason="", by="clerk", now=NOW)
        assert reverse(session, notice, "OWN").refusal.result == "99999"
        payment = payment_of_notice(session, REGION, notice.id)
        assert reverse(session, notice, payment.trade_no).refusal.result == "99999"
        assert arrive(session, "OWN").answer  # the bank's retry: the first answer again
        a_paid_refund(
            session,
            notice,
            "140.00",
            to_name="演示商行",
            to_account=PAYER.account,
            evidence="银行回单第1号",
        )
        assert (balance(session, "designated/"), balance(session, "income/")) == (0, 0)
        assert audit_books(session, REGION) == ()


def test_r_r5_claimed_money_is_reconciled_when_its_bank_day_closes_and_is_then_settled(placed):
    """No day file brings a claim: the bank told of its money, two people of whose it is."""
    with placed.write() as session:
        a_share_rule(session)
        notice = a_notice(session)
        claim_through(session, [a_receipt(session, "OWN").id], [notice.pay_code])
        close_recon_day(
            session, region=REGION, day=TODAY, carried=(), actor="li", reason="日终",
            now=NOW + timedelta(days=1),
        )  # fmt: skip
        session.expire_all()
        assert notice_of(session, REGION, notice.id).status == "reconciled"
        keep_shares(session, REGION, now=NOW)
        a_settlement(session)
        assert (balance(session, "designated/"), balance(session, "treasury/")) == (0, 14000)
        late = a_notice(session)
        claim_through(session, [a_receipt(session, "LATE").id], [late.pay_code])
        tomorrow = TODAY + timedelta(days=1)
        close_recon_day(
            session, region=REGION, day=tomorrow, carried=(), actor="li", reason="日终",
            now=NOW + timedelta(days=2),
        )  # fmt: skip
        session.expire_all()
        assert payment_of_notice(session, REGION, late.id).state == "reconciled"
        assert audit_books(session, REGION) == ()
