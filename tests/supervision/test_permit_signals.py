"""The log of permits: S08, an act without its notice or its payment; S09, a month that collects little."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from feeledger.catalog.plan import plan_of
from feeledger.enterprises.actions import PermitAct
from feeledger.money import Money
from feeledger.payments.actions import query_notice, record_payment
from feeledger.projects.actions import PartOrder, issue_part, record_duty_act
from feeledger.projects.queries import project_read
from feeledger.supervision.drops import UnitMonth, mean_dropped_from, month_after, months_judged
from feeledger.supervision.notice_actions import Moment
from feeledger.supervision.permit_actions import signal_acts, signal_drops
from feeledger.supervision.states import Clock
from feeledger.supervision.tables import SignalRow, SupervisionCaseRow
from tests.builders import (
    BANK,
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
    an_advice,
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


def month(number, permits, yuan):
    return UnitMonth(date(2026, number, 1), permits, Money(int(yuan * 100)))


def test_s09_half_of_the_mean_is_no_drop_and_a_fen_less_is_one():
    before = [month(n, 2, 280) for n in range(4, 10)]  # 140.00 a permit
    assert mean_dropped_from([*before, month(10, 10, 700)]) is None  # 70.00 = 140.00 / 2
    less = UnitMonth(date(2026, 10, 1), 10, Money(69_999))  # 69.999 < 70.00
    assert mean_dropped_from([*before, less]) == 14_000
    assert mean_dropped_from([*before, month(10, 9, 9)]) is None  # nine permits tell nothing
    assert mean_dropped_from([month(4, 0, 0), *before[1:], less]) is None
    # (1/3 yuan) x 6 / 6: thirds of a fen are kept; 10 permits at a half of it would be 1.666….
    thirds = [UnitMonth(date(2026, n, 1), 3, Money(100)) for n in range(4, 10)]
    assert mean_dropped_from([*thirds, UnitMonth(date(2026, 10, 1), 10, Money(167))]) is None
    assert mean_dropped_from([*thirds, UnitMonth(date(2026, 10, 1), 10, Money(166))]) is not None
    firsts = [date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)]
    assert months_judged(TODAY)[:4] == tuple(firsts)
    assert months_judged(date(2026, 3, 31))[0] == date(2025, 8, 1)
    assert month_after(date(2026, 12, 1)) == date(2027, 1, 1)


def pay(session, count, day):
    """Notice and pay licences at 10 yuan on a day."""
    at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    answer = an_answer(LICENCE_ITEM, LICENCE_LINE, on=day, facts={"vehicle_licences": count})
    notice = a_notice(session, a_charge(POLICE_UNIT, answer), today=day, now=at)
    query_notice(session, notice.pay_code, bank=BANK, today=day, now=at)
    advice = an_advice(notice, f"T{day}", paid_at=at)
    record_payment(session, advice, bank=BANK, now=at).receipt()


def test_s09_a_month_that_collects_less_than_half_a_permit_opens_one_case(store):
    with store.write() as session:
        catalog = an_edition(session)
        a_place(session)
        an_enterprise(session)
        moment = Moment(TODAY, NOW, Clock(the_calendar()))
        for number in range(4, 10):
            day = date(2026, number, 10)
            grant(session, f"2026-{number}", day, {})
            pay(session, 14, day)  # 140.00 a permit, April to September
        pay(session, 69, date(2026, 10, 9))  # 690.00
        for number in range(9):
            grant(session, f"10-{number}", date(2026, 10, 20), {})
        assert signal_drops(session, REGION, catalog, moment) == 0  # nine permits
        grant(session, "10-9", date(2026, 10, 31), {})  # 690.00 / 10 = 69.00 < 70.00
        assert signal_drops(session, REGION, catalog, moment) == 1
        assert signal_drops(session, REGION, catalog, moment) == 0
        (signal,) = session.scalars(select(SignalRow)).all()
        assert (signal.code, signal.level, signal.unit_key) == ("S09", "warning", POLICE_UNIT)
        assert signal.inputs["months"]["2026-10"] == {"permits": 10, "collected": "690.00"}
        case = session.get_one(SupervisionCaseRow, (REGION, signal.case_id))
        assert (case.state, case.opened_by, case.amount_fen) == ("warned", "clock", 71_000)


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
