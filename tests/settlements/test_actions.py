"""Settlements on both databases: what may be settled, by two people, to the fen."""

import pytest

from feeledger.audits import audit_books
from feeledger.ledger.queries import balances_on
from feeledger.notices.queries import notice_of
from feeledger.payments.queries import payment_of_notice
from feeledger.people.roles import SamePerson
from feeledger.refunds.actions import approve_refund
from feeledger.settlements.actions import (
    NothingToSettle,
    SettlementChanged,
    SettlementDocumentNeeded,
    SettlementNotOpen,
    approve_settlement,
    cancel_settlement,
    prepare_settlement,
)
from feeledger.settlements.queries import levels_of_settlement, waiting_to_settle
from feeledger.sharing.actions import keep_shares
from tests.builders import (
    CLERK,
    LICENCE_ITEM,
    LICENCE_LINE,
    NOW,
    POLICE_UNIT,
    REGION,
    TODAY,
    a_charge,
    a_hand,
    a_paid_notice,
    a_paid_refund,
    a_settlement,
    a_share_rule,
    a_verified_refund,
    an_answer,
    reconcile_all,
    the_calendar,
)

REVIEWER = "reviewer:test"


@pytest.fixture
def placed(placed):
    with placed.write() as session:
        a_share_rule(session)
    return placed


def prepare(session, document="演示划解〔2026〕1号"):
    return prepare_settlement(session, REGION, document=document, until=TODAY, hand=a_hand(CLERK))


def test_reconciled_payments_with_shares_leave_the_account_by_level(placed):
    with placed.write() as session:
        notice = a_paid_notice(session)
        with pytest.raises(NothingToSettle):
            prepare(session)
        reconcile_all(session)
        with pytest.raises(NothingToSettle):
            prepare(session)  # its shares are not kept yet
        keep_shares(session, REGION, now=NOW)
        assert waiting_to_settle(session, REGION, until=TODAY).total.fen == 14000

        row = prepare(session)
        with pytest.raises(SamePerson):
            approve_settlement(session, REGION, row.id, hand=a_hand(CLERK))
        approve_settlement(session, REGION, row.id, hand=a_hand(REVIEWER))

        assert levels_of_settlement(session, REGION, row.id) == {
            "central": 1400,
            "province": 2800,
            "county": 9800,
        }
        balances = balances_on(session, REGION)
        assert balances["treasury/county"].net_fen == 9800
        payment = payment_of_notice(session, REGION, notice.id)
        assert balances[f"designated/{payment.account}"].net_fen == 0
        assert (payment.state, notice_of(session, REGION, notice.id).status) == (
            "settled",
            "settled",
        )
        with pytest.raises(SettlementNotOpen):
            approve_settlement(session, REGION, row.id, hand=a_hand(REVIEWER))
        assert audit_books(session, REGION) == ()


def test_a_payment_with_an_undetermined_line_cannot_be_settled(placed):
    licence = an_answer(LICENCE_ITEM, LICENCE_LINE, facts={"vehicle_licences": 2})
    with placed.write() as session:
        a_paid_notice(session, a_charge(), a_charge(POLICE_UNIT, licence))
        keep_shares(session, REGION, now=NOW)
        reconcile_all(session)

        with pytest.raises(NothingToSettle):
            prepare(session)
        with pytest.raises(SettlementDocumentNeeded):
            prepare(session, document=" ")


def test_a_share_of_another_payments_line_determines_nothing(placed):
    """The second payment's first line has no ratio; the first payment's first line has."""
    licence = an_answer(LICENCE_ITEM, LICENCE_LINE, facts={"vehicle_licences": 2})
    with placed.write() as session:
        first = a_paid_notice(session, trade_no="T0001")
        a_paid_notice(session, a_charge(POLICE_UNIT, licence), a_charge(), trade_no="T0002")
        keep_shares(session, REGION, now=NOW)
        reconcile_all(session)
        assert waiting_to_settle(session, REGION, until=TODAY).payments == 1

        row = a_settlement(session)

        assert (row.payments, row.fen) == (1, 14000)
        assert payment_of_notice(session, REGION, first.id).state == "settled"
        assert audit_books(session, REGION) == ()


def test_r_f4_what_was_refunded_before_is_taken_off_level_by_level(placed):
    with placed.write() as session:
        notice = a_paid_notice(session)
        keep_shares(session, REGION, now=NOW)
        reconcile_all(session)
        a_paid_refund(session, notice, "100.01")

        row = a_settlement(session)

        # 14.00, 28.00, 98.00 less 10.00, 20.00, 70.01.
        assert levels_of_settlement(session, REGION, row.id) == {
            "central": 400,
            "province": 800,
            "county": 2799,
        }
        a_paid_refund(session, notice, "39.99")
        balances = balances_on(session, REGION)
        assert {b.net_fen for n, b in balances.items() if n.startswith("treasury/")} == {0}
        assert audit_books(session, REGION) == ()


def test_an_approved_refund_holds_a_settlement_up_and_a_cancelled_one_frees_its_payments(placed):
    with placed.write() as session:
        notice = a_paid_notice(session)
        reconcile_all(session)
        refund = a_verified_refund(session, notice, "1.00")
        keep_shares(session, REGION, now=NOW)
        row = prepare(session)
        with pytest.raises(NothingToSettle):
            prepare(session)  # it is in one already
        refund.shared = False
    with placed.write() as session:
        # Passed up and approved between preparation and approval.
        from feeledger.refunds.actions import forward_refund

        doing = {"hand": a_hand(REVIEWER), "calendar": the_calendar()}
        forward_refund(session, REGION, refund.id, **doing)
        approve_refund(session, REGION, refund.id, **doing)
    with pytest.raises(SettlementChanged), placed.write() as session:
        approve_settlement(session, REGION, row.id, hand=a_hand(REVIEWER))
    with placed.write() as session:
        cancel_settlement(session, REGION, row.id, hand=a_hand(CLERK, reason="有退付"))
        with pytest.raises(NothingToSettle):
            prepare(session)  # the refund is owed and not paid
        assert audit_books(session, REGION) == ()
