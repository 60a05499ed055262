"""R-F6: an approved refund that says a charge was wrong opens a signal by itself; R-S7: and proves."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from feeledger.catalog.plan import plan_of
from feeledger.money import Money
from feeledger.people.roles import SamePerson
from feeledger.refunds.actions import approve_refund
from feeledger.refunds.money_actions import pay_refund
from feeledger.refunds.refund import Hand
from feeledger.supervision.actions import report_collection
from feeledger.supervision.case_actions import explain_case, move_case
from feeledger.supervision.proof_queries import proof_of_rectification
from feeledger.supervision.queries import cases_of_refund
from feeledger.supervision.refund_actions import signal_refunds
from feeledger.supervision.report import Told
from feeledger.supervision.states import Act, Clock
from feeledger.supervision.tables import SignalRow, SupervisionCaseRow
from feeledger.trail import acts_about
from tests.builders import (
    CLERK,
    NOW,
    REGION,
    SOIL_ITEM,
    TODAY,
    USCC,
    WATER_UNIT,
    a_hand,
    a_paid_notice,
    a_paid_refund,
    a_place,
    a_verified_refund,
    an_approved_refund,
    an_enterprise,
    the_calendar,
    the_catalog,
)

OVER = {"ground": "over_standard"}


def look(session):
    return signal_refunds(
        session,
        REGION,
        plan=plan_of(the_catalog()),
        today=TODAY,
        now=NOW,
        clock=Clock(the_calendar()),
    )


def test_r_f6_an_approved_refund_opens_one_case_and_whoever_approved_it_does_not_decide(store):
    clock = Clock(the_calendar())
    with store.write() as session:
        a_place(session)
        an_enterprise(session)
        notice = a_paid_notice(session)
        a_verified_refund(session, notice, "1.00", ground="over_standard")
        a_paid_refund(session, notice, "2.00")  # paid by mistake: nobody did wrong
        assert look(session) == 0

        over = an_approved_refund(session, notice, "40.00", ground="over_standard")
        other = a_paid_notice(session, trade_no="T0002")
        ended = a_paid_refund(session, other, "140.00", ground="cancelled_item")
        assert look(session) == 2
        assert look(session) == 0

        found = {row.refund: row for row in session.scalars(select(SignalRow))}
        assert {refund: row.code for refund, row in found.items()} == {
            over.id: "S04",
            ended.id: "S06",
        }
        signal = found[over.id]
        assert (signal.report, signal.level) == (None, "red")
        assert "实收 140.00 元" in signal.explanation_zh
        assert "退还 40.00 元" in signal.explanation_zh
        assert signal.inputs["evidence"]["excess"] == {
            "on": signal.inputs["charge"]["arose_on"],
            "highest": "100.00",
            "over": "40.00",
        }
        (case,) = cases_of_refund(session, REGION, over.id)
        row = session.get_one(SupervisionCaseRow, (REGION, case))
        assert (row.state, row.unit_code, row.opened_by) == ("red", WATER_UNIT, "reviewer:test")
        assert set(row.parties) == {"reviewer:test", "water:test"}
        explain_case(
            session,
            region=REGION,
            case=case,
            unit_code=WATER_UNIT,
            actor="water:other",
            reason="已退",
            files=(),
            today=TODAY,
            now=NOW,
            clock=clock,
        )
        for actor in ("reviewer:test", "water:test"):
            act = Act("confirm", actor, TODAY, "事实清楚")
            with pytest.raises(SamePerson):
                move_case(session, region=REGION, case=case, act=act, now=NOW, clock=clock)

        # A report of the same charge joins the case: one thing has one living case (R-S2).
        told = Told(
            department=f"演示单位 {WATER_UNIT}",
            unit_code=WATER_UNIT,
            item="水土保持补偿费",
            amount=Money(14_000),
            charged_on=TODAY,
            how_paid="transfer",
            channel="page",
            payer=USCC,
            account="0000-0000-9999-0203",
        )
        reported = report_collection(
            session,
            told,
            region=REGION,
            plan=plan_of(the_catalog()),
            today=TODAY,
            now=NOW,
            clock=clock,
        )
        assert reported.opened is False
        # A refund after the opening of a payment before it proves what was given back, no more.
        later = session.get_one(
            SupervisionCaseRow, (REGION, cases_of_refund(session, REGION, ended.id)[0])
        )
        assert proof_of_rectification(session, later, [other.pay_code]) == Money(0)


def test_r_s7_a_refund_to_the_enterprise_proves_and_one_to_another_account_does_not(store):
    with store.write() as session:
        a_place(session)
        an_enterprise(session)
        notice = a_paid_notice(session)
        # Received one second after NOW; the case opens a minute later, refunds follow.
        case = SupervisionCaseRow(
            region=REGION,
            unit_code=WATER_UNIT,
            item_id=SOIL_ITEM,
            opened_at=NOW + timedelta(minutes=1),
        )
        codes = [notice.pay_code]
        refund = an_approved_refund(session, notice, "40.00")
        later = Hand(CLERK, TODAY, NOW + timedelta(hours=1))
        pay_refund(session, REGION, refund.id, payment_no="R1", hand=later)
        assert proof_of_rectification(session, case, codes) == Money(4000)

        told = {"to_account": "6333", "to_name": "他人", "evidence": "合并公告"}
        other = an_approved_refund(session, notice, "10.00", **told)
        approve_refund(
            session, REGION, other.id, hand=a_hand("reviewer:second"), calendar=the_calendar()
        )
        pay_refund(session, REGION, other.id, payment_no="R2", hand=later)
        assert proof_of_rectification(session, case, codes) == Money(4000)

        # Paid since the opening and 40.00 and 10.00 of it given back: 90.00 stays.
        case.opened_at = NOW
        assert proof_of_rectification(session, case, codes) == Money(9000)


def test_r_s2_a_refund_whose_thing_the_case_knows_joins_it_once_and_for_all(placed):
    """Two notices of one item, both paid back for the same ground: one case, one signal."""
    with placed.write() as session:
        first, second = (
            an_approved_refund(session, a_paid_notice(session, trade_no=serial), "40.00", **OVER)
            for serial in ("T0001", "T0002")
        )
        assert look(session) == 2
        assert look(session) == 0

        (case,) = cases_of_refund(session, REGION, first.id)
        assert cases_of_refund(session, REGION, second.id) == (case,)
        assert [row.refund for row in session.scalars(select(SignalRow))] == [first.id]
        acts = acts_about(session, REGION, f"refund:{second.id}")
        assert [act.act for act in acts].count("signal-refund") == 1
