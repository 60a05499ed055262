"""Refunds on both databases: money, people, limits, routes; and the books after each step."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from feeledger.audits import audit_books
from feeledger.ledger.queries import balances_on
from feeledger.notices.queries import notice_of
from feeledger.payments.queries import payment_of_notice, reserved_of_payment
from feeledger.people.roles import SamePerson
from feeledger.refunds.actions import (
    NothingPaid,
    NoUpperLevelConcerned,
    UpperLevelConcerned,
    apply_for_refund,
    approve_refund,
    forward_refund,
    reject_refund,
    verify_refund,
    withdraw_refund,
)
from feeledger.refunds.application import RefundExceedsPayment, RefundRefused
from feeledger.refunds.money_actions import PaymentNumberNeeded, pay_refund
from feeledger.refunds.queries import (
    RefundsWanted,
    find_refunds,
    moves_of_refund,
    refunds_of_notice,
    shares_of_refund,
)
from feeledger.refunds.refund import RefundNotMovable
from feeledger.sharing.actions import keep_shares
from feeledger.trail import acts_about
from tests.builders import (
    CLERK,
    LICENCE_ITEM,
    LICENCE_LINE,
    NOW,
    PAYER_ACCOUNT,
    POLICE_UNIT,
    REGION,
    TODAY,
    a_charge,
    a_hand,
    a_notice,
    a_paid_notice,
    a_paid_refund,
    a_settlement,
    a_share_rule,
    a_verified_refund,
    an_answer,
    an_application,
    an_applied_refund,
    an_approved_refund,
    reconcile_all,
    the_calendar,
)

REVIEWER = "reviewer:test"


def net(session, head):
    """Give what accounts of a kind come to, debit less credit, in fen."""
    return sum(
        balance.net_fen
        for name, balance in balances_on(session, REGION).items()
        if name.startswith(head + "/")
    )


def step(act, session, row, actor, **told):
    return act(session, REGION, row.id, hand=a_hand(actor, **told), calendar=the_calendar())


def test_a_refund_goes_from_application_to_payment_with_its_limits(placed):
    with placed.write() as session:
        notice = a_paid_notice(session)

        row = an_applied_refund(session, notice, "40.00")

        # 2026-11-24 is a Tuesday; ten working days on is Tuesday, 8 December.
        assert (row.state, row.due_on) == ("applied", date(2026, 12, 8))
        assert (row.account_kind, row.to_account) == ("original", PAYER_ACCOUNT)
        step(verify_refund, session, row, "water:test", today=date(2026, 11, 26))
        assert (row.state, row.due_on) == ("unit_verified", date(2026, 12, 10))
        with pytest.raises(NoUpperLevelConcerned):  # nobody above has a part, and the limit stays
            step(forward_refund, session, row, REVIEWER)
        step(approve_refund, session, row, REVIEWER, today=date(2026, 11, 27))
        assert (row.state, row.route, row.due_on) == (
            "finance_approved",
            "account",
            date(2026, 12, 11),
        )
        # Approved: the revenue falls, the money is owed, the account has not moved (R-R7).
        assert (net(session, "income"), net(session, "refund_due")) == (-10000, -4000)
        assert net(session, "designated") == 14000
        assert audit_books(session, REGION) == ()

        pay_refund(session, REGION, row.id, payment_no=" R 1 ", hand=a_hand(CLERK))

        assert (row.state, row.payment_no, row.due_on) == ("paid", "R1", None)
        assert (net(session, "refund_due"), net(session, "designated")) == (0, 10000)
        kept = notice_of(session, REGION, notice.id)
        assert (kept.status, kept.refunded_fen) == ("paid", 4000)
        assert [move.event for move in moves_of_refund(session, REGION, row.id)] == [
            "apply",
            "verify",
            "approve",
            "pay",
        ]
        assert [act.act for act in acts_about(session, REGION, f"refund:{row.id}")] == [
            "apply-for-refund",
            "verify-refund",
            "approve-refund",
            "pay-refund",
        ]
        assert audit_books(session, REGION) == ()


def test_a_full_refund_makes_the_notice_refunded_and_nothing_more_can_be_asked(placed):
    with placed.write() as session:
        notice = a_paid_notice(session)
        a_paid_refund(session, notice, "40.00")
        a_paid_refund(session, notice, "100.00")

        assert notice_of(session, REGION, notice.id).status == "refunded"
        rows = refunds_of_notice(session, REGION, notice.id)
        assert sorted(row.amount_fen for row in rows) == [4000, 10000]
        with pytest.raises(RefundExceedsPayment):
            an_applied_refund(session, notice, "0.01")
        assert audit_books(session, REGION) == ()


def test_r_f1_approval_reserves_and_the_second_of_two_that_do_not_fit_is_refused(placed):
    with placed.write() as session:
        notice = a_paid_notice(session)
        first = a_verified_refund(session, notice, "100.00")
        second = a_verified_refund(session, notice, "40.01")
        step(approve_refund, session, first, REVIEWER)

        payment = payment_of_notice(session, REGION, notice.id)
        assert reserved_of_payment(session, REGION, payment.id).fen == 10000
        with pytest.raises(RefundExceedsPayment):
            step(approve_refund, session, second, REVIEWER)
    with placed.read() as session:
        assert audit_books(session, REGION) == ()


def test_r_f1_the_database_itself_holds_what_is_promised_back_below_what_was_paid(placed):
    with placed.write() as session:
        an_approved_refund(session, a_paid_notice(session))

    for change in ("reserved_fen = reserved_fen + 1", "amount_fen = amount_fen + 1"):
        with pytest.raises(Exception, match=r"reserved|append-only"), placed.write() as session:
            session.execute(text(f"UPDATE payment_refund SET {change}"))


def test_r_f3_who_applied_verified_and_approved_are_three_people(placed):
    with placed.write() as session:
        notice = a_paid_notice(session)
        row = apply_for_refund(
            session,
            REGION,
            notice.id,
            an_application(applied_as="unit", found_on=TODAY - timedelta(days=10)),
            hand=a_hand("water:one"),
            calendar=the_calendar(),
        )
        # Found on Saturday, 14 November: five working days on is Friday the 20th. Late, and shown.
        assert row.apply_due == date(2026, 11, 20)
        with pytest.raises(SamePerson):
            step(verify_refund, session, row, "water:one")
        step(verify_refund, session, row, "water:two")
        for actor in ("water:one", "water:two"):
            with pytest.raises(SamePerson):
                step(approve_refund, session, row, actor)
        with pytest.raises(SamePerson):
            step(reject_refund, session, row, "water:one", reason="自己")
        step(approve_refund, session, row, REVIEWER)
    with (
        pytest.raises(Exception, match="ck_refund_persons"),
        placed.write() as session,
    ):
        session.execute(text("UPDATE refund SET approved_by = verified_by"))


def test_r_f3_another_account_needs_two_approvers(placed):
    told = {"to_account": "6333", "to_name": "承继企业", "evidence": "合并公告〔2026〕2号"}
    with placed.write() as session:
        notice = a_paid_notice(session)
        row = a_verified_refund(session, notice, "140.00", **told)

        step(approve_refund, session, row, REVIEWER)
        assert (row.state, row.approval_entry) == ("unit_verified", None)
        with pytest.raises(SamePerson):
            step(approve_refund, session, row, REVIEWER)
        step(approve_refund, session, row, "reviewer:second")

        assert (row.state, row.second_approver) == ("finance_approved", "reviewer:second")
        assert audit_books(session, REGION) == ()


def test_the_payer_withdraws_until_it_is_decided_and_an_unpaid_notice_has_nothing_to_give(placed):
    with placed.write() as session:
        notice = a_paid_notice(session)
        row = a_verified_refund(session, notice)
        step(withdraw_refund, session, row, row.applicant)
        other = an_approved_refund(session, notice)
        with pytest.raises(RefundNotMovable):
            step(withdraw_refund, session, other, other.applicant)
        with pytest.raises(PaymentNumberNeeded):
            pay_refund(session, REGION, other.id, payment_no=" ", hand=a_hand(CLERK))
        unpaid = a_notice(session)
        with pytest.raises(NothingPaid):
            an_applied_refund(session, unpaid)
        with pytest.raises(RefundRefused):
            an_applied_refund(session, notice, "0.00")


def test_an_upper_levels_part_has_to_be_passed_up_first(placed):
    with placed.write() as session:
        a_share_rule(session)
        notice = a_paid_notice(session)
        keep_shares(session, REGION, now=NOW)

        row = a_verified_refund(session, notice)

        # Fifteen working days after Tuesday, 24 November: Tuesday, 15 December.
        assert (row.shared, row.due_on) == (True, date(2026, 12, 15))
        with pytest.raises(UpperLevelConcerned):
            step(approve_refund, session, row, REVIEWER)


def test_r_f2_r_f4_after_settlement_the_treasuries_give_back_exactly_what_they_got(placed):
    with placed.write() as session:
        # 140.00 at 1 : 1 : 1, the county collects: 46.66, 46.66, 46.68.
        a_share_rule(session, ratios={"city": "1", "province": "1", "county": "1"})
        notice = a_paid_notice(session)
        keep_shares(session, REGION, now=NOW)
        reconcile_all(session)
        settlement = a_settlement(session)
        assert settlement.fen == 14000
        assert (net(session, "designated"), net(session, "treasury")) == (0, 14000)

        first = a_paid_refund(session, notice, "0.02")
        second = a_paid_refund(session, notice, "0.01")
        a_paid_refund(session, notice, "139.97")

        assert first.route == "treasury"
        # Two fen: 0, 0, 2. The third: +1, +1, -1. So the county gains a fen that the others give.
        assert shares_of_refund(session, REGION, first.id) == {
            "city": 0,
            "province": 0,
            "county": 2,
        }
        assert shares_of_refund(session, REGION, second.id) == {
            "city": 1,
            "province": 1,
            "county": -1,
        }
        balances = balances_on(session, REGION)
        treasuries = {n: b.net_fen for n, b in balances.items() if n.startswith("treasury/")}
        assert set(treasuries.values()) == {0}
        assert notice_of(session, REGION, notice.id).status == "refunded"
        assert audit_books(session, REGION) == ()


def test_a_refund_of_one_units_line_leaves_the_others_alone(placed):
    licence = an_answer(LICENCE_ITEM, LICENCE_LINE, facts={"vehicle_licences": 2})
    with placed.write() as session:
        notice = a_paid_notice(session, a_charge(), a_charge(POLICE_UNIT, licence))

        row = an_approved_refund(session, notice, amounts={2: an_application("5.00").amounts[1]})

        assert row.unit_code == POLICE_UNIT
        balances = balances_on(session, REGION)
        assert balances[f"income/{POLICE_UNIT}/{LICENCE_ITEM}"].net_fen == -1500


def test_lists_give_overdue_ones_first_then_by_limit(placed):
    with placed.write() as session:
        for number, applied in enumerate((date(2026, 11, 20), date(2026, 11, 2), TODAY)):
            notice = a_paid_notice(session, trade_no=f"T{number}")
            apply_for_refund(
                session,
                REGION,
                notice.id,
                an_application(),
                hand=a_hand("payer:x", today=applied),
                calendar=the_calendar(),
            )
        a_paid_refund(session, a_paid_notice(session, trade_no="T9"))
        wanted = RefundsWanted()

        rows = find_refunds(session, REGION, wanted, today=TODAY, limit=9, offset=0)
        late = find_refunds(
            session, REGION, RefundsWanted(overdue=True), today=TODAY, limit=9, offset=0
        )

        # From Monday, 2 November ten working days end on the 16th: overdue on the 24th.
        assert [row.applied_on.day for row in rows] == [2, 20, 24, 24]
        assert rows[-1].state == "paid"
        assert [row.due_on for row in late] == [date(2026, 11, 16)]
