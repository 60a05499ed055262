"""Verifying a receipt: the books speak to whoever knows a pay code and its amount or serial."""

import pytest

from feeledger.money import Money
from feeledger.notices.actions import void_notice
from feeledger.payments.receipt_actions import verify_receipt
from tests.builders import NOW, a_payment, a_ready_notice

AMOUNT = Money(14000)  # the notice of the builders: 100 m² at 1.40 yuan


def verified(session, notice, *, amount, trade_no):
    return verify_receipt(
        session, notice.pay_code, amount=amount, trade_no=trade_no, caller="here", now=NOW
    )


def test_a_notice_without_a_payment_is_no_receipt(store):
    with store.write() as session:
        notice = a_ready_notice(session)

        found = verified(session, notice, amount=AMOUNT, trade_no="")

        assert (found.state, found.paid, found.noticed) == ("notice_only", None, AMOUNT)


@pytest.mark.parametrize(("amount", "trade_no"), [(AMOUNT, ""), (None, "T0001"), (AMOUNT, "T0001")])
def test_a_paid_notice_is_told_by_amount_or_serial(any_store, amount, trade_no):
    with any_store.write() as session:
        notice = a_ready_notice(session)
        a_payment(session, notice)

        found = verified(session, notice, amount=amount, trade_no=trade_no)

        assert (found.state, found.paid) == ("paid", AMOUNT)


@pytest.mark.parametrize(
    ("amount", "trade_no"),
    [(Money(1), ""), (None, "T9"), (Money(1), "T0001"), (AMOUNT, "T9"), (None, "")],
)
def test_what_does_not_fit_is_told_nothing(store, amount, trade_no):
    with store.write() as session:
        notice = a_ready_notice(session)
        a_payment(session, notice)

        found = verified(session, notice, amount=amount, trade_no=trade_no)

        assert found is None


def test_a_void_notice_is_told_as_void(store):
    with store.write() as session:
        notice = a_ready_notice(session)
        void_notice(session, notice.region, notice.id, reason="开错", by="clerk:test", now=NOW)

        found = verified(session, notice, amount=AMOUNT, trade_no="")

        assert found.state == "voided"
