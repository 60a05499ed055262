"""S12: one duty noticed twice; S13: a year's notices over the audited yearly amount. On both databases."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from feeledger.catalog.plan import plan_of
from feeledger.codes import make_pay_code
from feeledger.money import Money
from feeledger.notices.actions import NoticeOrder, issue_notice, void_notice
from feeledger.notices.charges import Charge, DecidedAmount, Registered
from feeledger.payments.actions import record_payment
from feeledger.projects.actions import PartOrder, issue_part, open_project
from feeledger.projects.project import ProjectItem, ProjectTold, Quantities
from feeledger.projects.queries import project_numbered, project_read
from feeledger.quotas.actions import audit_quota, revise_quota
from feeledger.quotas.queries import quota_years
from feeledger.quotas.quota import Correction
from feeledger.refunds.actions import reject_refund
from feeledger.supervision.case import Act
from feeledger.supervision.case_actions import move_case
from feeledger.supervision.notice_actions import (
    Moment,
    clear_cases,
    signal_all_doubled,
    signal_notice,
    weigh_voided,
    weigh_years,
)
from feeledger.supervision.queries import case_page
from feeledger.supervision.states import Clock
from feeledger.supervision.tables import SignalRow, SupervisionCaseRow
from tests.builders import (
    BANK,
    CLERK,
    LICENCE_ITEM,
    LICENCE_LINE,
    NOW,
    PAYER_ACCOUNT,
    POLICE_UNIT,
    REGION,
    SOIL_ITEM,
    TODAY,
    WATER_UNIT,
    a_charge,
    a_hand,
    a_notice,
    a_place,
    a_query,
    an_advice,
    an_answer,
    an_applied_refund,
    an_edition,
    an_enterprise,
    the_calendar,
    the_catalog,
)
from tests.quotas.world import AUDITOR, CLEAR, YEAR, enter_enterprises, latest, run_and_draft

MOMENT = Moment(TODAY, NOW, Clock(the_calendar()))


def draft(store):
    """CLEAR's yearly amount, by notice: 2 pairs of plates at 100 and 3 licences at 10 = 230.00."""
    with store.write() as session:
        an_edition(session)
        a_place(session)
        enter_enterprises(session)
    run_and_draft(store)


def licences(session, count, *, on=TODAY, **more):
    answer = an_answer(LICENCE_ITEM, LICENCE_LINE, on=on, facts={"vehicle_licences": count})
    return a_notice(session, a_charge(POLICE_UNIT, answer), uscc=CLEAR, **more)


def land(session, square_metres, *, on=TODAY):
    """1.40 yuan a square metre."""
    answer = an_answer(on=on, facts={"land_occupied_m2": square_metres})
    return a_notice(session, a_charge(answer=answer), uscc=CLEAR)


def look(session):
    """Do what the background job does; give how many cases were opened or cleared."""
    done = clear_cases(session, REGION, MOMENT)
    done += signal_all_doubled(session, REGION, MOMENT, after=1)[0]
    for year in quota_years(session, REGION):
        done += weigh_years(session, REGION, year, MOMENT, after="")[0]
    return done


def signals(session, code="S13"):
    query = (
        select(SignalRow).where(SignalRow.code == code).order_by(SignalRow.seen_at, SignalRow.id)
    )
    return session.scalars(query).all()


def audited(store):
    with store.write() as session:
        audit_quota(session, REGION, latest(store, CLEAR).id, by=AUDITOR, now=NOW)


def revised(session, old, amount):
    """Revise by the licences' line: the plates stay 200.00."""
    told = Correction(LICENCE_LINE, amount, "核查", "核查记录2号")
    row = revise_quota(session, REGION, old, [told], by=CLERK, now=NOW)
    return row, lambda: audit_quota(session, REGION, row.id, by=AUDITOR, now=NOW)


def test_s13_a_year_over_its_audited_amount_opens_one_case_and_a_revision_clears_it(any_store):
    store = any_store
    draft(store)
    with store.write() as session:
        void = licences(session, 99)  # 990.00, void: does not count
        void_notice(session, REGION, void.id, reason="开错", by=CLERK, now=NOW)
        notice = licences(session, 23)  # 23 × 10 = 230.00
        assert look(session) == 0  # nothing is audited: nothing is known, so nothing is said
    audited(store)
    first = latest(store, CLEAR).id
    with store.write() as session:
        assert look(session) == 0  # 230.00 = 230.00: equal is not over
        land(session, 100, on=date(YEAR - 1, 12, 31))  # last year's duty: another year's amount
        second, audit = revised(session, first, Money(2999))  # 200.00 + 29.99 = 229.99
        audit()
        assert look(session) == 1  # 230.00 - 229.99 = 0.01
        (signal,) = signals(session)
        assert (signal.notice, signal.quota, signal.report, signal.level) == (
            notice.id,
            second.id,
            None,
            "warning",
        )
        assert "合计 230.00 元" in signal.explanation_zh
        assert "多 0.01 元" in signal.explanation_zh
        assert signal.inputs["year"]["by_notice"] == "229.99"
        case = session.get_one(SupervisionCaseRow, (REGION, signal.case_id))
        assert (case.state, case.unit_code, case.opened_by, case.amount_fen) == (
            "warned",
            POLICE_UNIT,
            CLERK,
            1,
        )
        more = land(session, 100)  # 370.00, by another unit: the same thing
        assert signal_notice(session, REGION, more.id, MOMENT) == 0
        assert look(session) == 0
        assert len(signals(session)) == 1

        # The revision on its way clears nothing; audited, 200.00 + 170.00 = 370.00 is not exceeded.
        third, audit = revised(session, second.id, Money(17_000))
        assert look(session) == 0
        audit()
        assert look(session) == 1
        page = case_page(session, REGION, case.id, viewer="bureau", today=TODAY, clock=MOMENT.clock)
        assert (page.view.now.state, page.moves[-1].event, page.moves[-1].actor) == (
            "dismissed",
            "clear",
            "",
        )
        assert "370.00" in page.moves[-1].reason

        # One square metre more opens a case anew; a person's dismissal stands until it is further over.
        again = land(session, 1, on=date(YEAR, 5, 6))  # 371.40
        assert signal_notice(session, REGION, again.id, MOMENT) == 1
        assert signals(session)[-1].quota == third.id
        act = Act("dismiss", "third", TODAY, "可以", "电话")
        dismissed = signals(session)[-1].case_id
        move_case(session, region=REGION, case=dismissed, act=act, now=NOW, clock=MOMENT.clock)
        assert look(session) == 0
        licences(session, 1, on=date(YEAR, 5, 7))  # 381.40: 11.40 over
        assert look(session) == 1
        assert look(session) == 0


def test_s13_counts_after_refunds_and_of_a_project_what_the_yearly_amount_has_too(store):
    draft(store)
    audited(store)
    with store.write() as session:
        paid = licences(session, 23)  # 230.00
        a_query(session, paid)
        advice = an_advice(paid, payer_account=PAYER_ACCOUNT)
        record_payment(session, advice, bank=BANK, now=NOW).receipt()
        refund = an_applied_refund(session, paid, "10.00")  # 220.00 stay, while it is not refused
        told = ProjectTold(
            number="XL-1",
            name="演示厂房",
            kind="building",
            uscc=CLEAR,
            arose_on=TODAY - timedelta(days=1),
            items=(
                ProjectItem(SOIL_ITEM, REGION, WATER_UNIT),
                ProjectItem(LICENCE_ITEM, REGION, POLICE_UNIT),
            ),
        )
        facts = Quantities({"land_occupied_m2": 100, "vehicle_licences": 1})
        doing = {"today": TODAY, "by": CLERK, "now": NOW}
        open_project(session, plan_of(the_catalog()), REGION, told, facts, **doing)
        read = project_read(session, project_numbered(session, REGION, "XL-1"))
        part = issue_part(session, REGION, read, PartOrder({}), calendar=the_calendar(), **doing)
        assert part.amount_fen == 15_000  # 140.00 + 10.00
        assert look(session) == 0  # 220.00 + 10.00 = 230.00; the land is no part of the year

        hand = a_hand("reviewer:test", reason="不符")
        reject_refund(session, REGION, refund.id, hand=hand, calendar=the_calendar())
        assert look(session) == 1  # 240.00
        assert "多 10.00 元" in signals(session)[0].explanation_zh


def test_s12_a_duty_noticed_twice_opens_one_case_and_a_voided_notice_clears_it(store):
    with store.write() as session:
        a_place(session)
        an_enterprise(session, CLEAR)
        first = licences(session, 2)
        licences(session, 3, on=date(YEAR, 11, 23))  # another day: another duty
        land(session, 100)  # another item
        assert look(session) == 0
        second = licences(session, 1)
        assert signal_notice(session, REGION, second.id, MOMENT) == 1
        assert look(session) == 0
        (signal,) = signals(session, "S12")
        assert (signal.notice, signal.level) == (second.id, "warning")
        assert first.pay_code in signal.explanation_zh
        assert "通知 20.00 元" in signal.explanation_zh
        assert "通知 10.00 元" in signal.explanation_zh

        void_notice(session, REGION, second.id, reason="重复", by=CLERK, now=NOW)
        assert weigh_voided(session, REGION, second.id, MOMENT) == 1
        assert look(session) == 0
        assert session.get_one(SupervisionCaseRow, (REGION, signal.case_id)).state == "dismissed"
        third = licences(session, 1)
        assert look(session) == 1  # noticed twice again
        assert signals(session, "S12")[-1].notice in (third.id, first.id)


@pytest.mark.postgresql
def test_s13_notices_registered_at_once_that_cross_the_amount_together_open_one_case(pg_store):
    """Units register notices with pay codes of their own, so no counter of ours makes them wait."""
    draft(pg_store)
    audited(pg_store)
    written, opened = Barrier(4), []

    def register(day):
        facts = {"vehicle_licences": 8}
        answer = an_answer(LICENCE_ITEM, LICENCE_LINE, on=date(YEAR, 6, day), facts=facts)
        decided = DecidedAmount(Money(8000), "8994", "登记")  # 80.00 each: 320.00 in all
        own = Registered(make_pay_code(REGION, 26, 900 + day), None)
        order = NoticeOrder(CLEAR, (Charge(POLICE_UNIT, answer, decided),), registered=own)
        doing = {"calendar": the_calendar(), "today": TODAY, "by": CLERK, "now": NOW}

        def work(session):
            row = issue_notice(session, REGION, order, **doing)
            written.wait(20)  # all four are written and none is committed
            return signal_notice(session, REGION, row.id, MOMENT)

        opened.append(pg_store.attempt(work))

    threads = [Thread(target=register, args=(day,)) for day in (1, 2, 3, 4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert sorted(opened) == [0, 0, 0, 1]  # the third to be weighed saw 240.00, without any job
    with pg_store.write() as session:
        (signal,) = signals(session)
        assert signal.inputs["year"]["noticed"] == "240.00"
        assert look(session) == 0
