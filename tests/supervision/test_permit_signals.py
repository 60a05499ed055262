"""S08: an approval that is charged for, without its notice in five working days or its payment in time."""

from datetime import date, timedelta

from sqlalchemy import select

from feeledger.catalog.plan import plan_of
from feeledger.enterprises.actions import PermitAct
from feeledger.projects.actions import PartOrder, issue_part, record_duty_act
from feeledger.projects.queries import project_read
from feeledger.supervision.notice_actions import Moment
from feeledger.supervision.permit_actions import signal_acts
from feeledger.supervision.states import Clock
from feeledger.supervision.tables import SignalRow, SupervisionCaseRow
from tests.builders import (
    CLERK,
    LICENCE_ITEM,
    LICENCE_LINE,
    NOW,
    POLICE_UNIT,
    REGION,
    TODAY,
    USCC,
    a_charge,
    a_notice,
    a_place,
    an_answer,
    an_edition,
    an_enterprise,
    the_calendar,
    the_catalog,
)


def grant(session, number, day, facts):
    act = PermitAct(POLICE_UNIT, number, "机动车登记", day, item_id=LICENCE_ITEM, facts=facts)
    doing = {"today": TODAY, "by": CLERK, "now": NOW}
    return record_duty_act(session, plan_of(the_catalog()), REGION, USCC, act, **doing)


def look(session, today=TODAY):
    return signal_acts(session, REGION, Moment(today, NOW, Clock(the_calendar())), after=1)[0]


def test_s08_an_act_without_its_notice_or_its_payment_opens_one_case(any_store):
    monday, tuesday = date(2026, 11, 16), date(2026, 11, 17)
    three = {"vehicle_licences": 3}  # 3 × 10 = 30.00
    with any_store.write() as session:
        an_edition(session)
        a_place(session)
        an_enterprise(session)
        _, duty = grant(session, "1", tuesday, three)  # 18, 19, 20, 23, 24: today is the fifth
        grant(session, "2", monday, {})  # nothing is told of it: it cannot be charged yet
        _, noticed = grant(session, "3", date(2026, 11, 12), three)
        answer = an_answer(LICENCE_ITEM, LICENCE_LINE, on=date(2026, 11, 12), facts=three)
        a_notice(session, a_charge(POLICE_UNIT, answer))  # beside the project
        assert look(session) == 0

        late, _ = grant(session, "4", monday, three)  # 17, 18, 19, 20, 23: over
        assert look(session) == 1
        assert look(session) == 0
        (signal,) = session.scalars(select(SignalRow)).all()
        assert (signal.code, signal.act, signal.level) == ("S08", late.id, "yellow")
        assert "30.00 元，5 个工作日内没有开具通知书" in signal.explanation_zh
        case = session.get_one(SupervisionCaseRow, (REGION, signal.case_id))
        assert (case.state, case.unit_code, case.opened_by) == ("yellow", POLICE_UNIT, CLERK)

        part = issue_part(
            session,
            REGION,
            project_read(session, duty),
            PartOrder({}),
            calendar=the_calendar(),
            today=TODAY,
            by=CLERK,
            now=NOW,
        )
        assert noticed is not None
        day = part.due_on + timedelta(days=30)
        assert look(session, today=day) == 0
        assert look(session, today=day + timedelta(days=1)) == 2  # both notices are overdue
        told = {row.explanation_zh for row in session.scalars(select(SignalRow))}
        assert any(f"缴款码 {part.pay_code} 的通知书 {part.due_on} 到期" in each for each in told)
