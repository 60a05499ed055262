"""The demonstration's direct collections: five reports, their cases, and what people decided.

The fifth was told two months ago and has gone the whole way: confirmed, put right, closed, published.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from feeledger.catalog.plan import Plan
from feeledger.demo.setting import ACCOUNT_NO, WRONG_ACCOUNT_NO
from feeledger.money import Money, parse_amount
from feeledger.people.demonstration import DEMO_REGION
from feeledger.supervision.actions import Reported, report_collection
from feeledger.supervision.case_actions import explain_case, move_case, publish_case
from feeledger.supervision.report import Told
from feeledger.supervision.states import Act, Clock, Event

TOLD_DAYS_AGO = 12
EXPLAINED_DAYS_AGO = 9
DECIDED_DAYS_AGO = 6
# The closed case: told, explained, confirmed; the appeal (5 working days) ran out, then put right.
CLOSED_TOLD, CLOSED_EXPLAINED, CLOSED_PUBLISHED = 75, 74, 50
CLOSED_STEPS: Final[tuple[tuple[Event, str, int, str], ...]] = (
    ("reject_explanation", "watch", 73, "演示数据：属直接收费，应退还。"),
    ("order_rectification", "watch", 60, "演示数据：责令全额退还企业。"),
    ("report_rectification", "clerk", 55, "演示数据：已全额退还，附回单。"),
    ("verify_rectification", "watch", 53, "演示数据：回单与金额相符。"),
)
WITH_AMOUNT: Final = frozenset({"order_rectification", "report_rectification"})


@dataclass(frozen=True, slots=True)
class Reports:
    """What came of the reports: numbers of cases, by what happened to each."""

    confirmed: int
    published: int
    dismissed: int
    waiting: int
    without_case: int


def tell_reports(
    session: Session,
    plan: Plan,
    clock: Clock,
    *,
    payer: str,
    paid: tuple[str, str],
    today: date,
    now: datetime,
) -> Reports:
    """Report five collections, decide three of the cases, and publish one.

    ``payer`` is the enterprise that reports; ``paid`` is (credit code, amount) of a payer who paid
    a notice of the traffic police as it should be: a report about that opens no case.
    """
    told_on = today - timedelta(days=TOLD_DAYS_AGO)

    def tell(told: Told) -> Reported:
        return report_collection(
            session,
            told,
            region=DEMO_REGION,
            plan=plan,
            today=told_on,
            now=now - (today - told_on),
            clock=clock,
        )

    direct = tell(_direct(payer, told_on))
    cancelled = tell(_cancelled(payer, told_on))
    unknown = tell(_unknown(payer, told_on))
    lawful = report_collection(
        session,
        _lawful(paid, today),
        region=DEMO_REGION,
        plan=plan,
        today=today,
        now=now,
        clock=clock,
    )
    confirmed = _decide(session, direct, clock, unit="203", upheld=True, today=today, now=now)
    dismissed = _decide(session, unknown, clock, unit=None, upheld=False, today=today, now=now)
    published = _publish(session, plan, clock, payer=payer, today=today, now=now)
    return Reports(
        confirmed=confirmed,
        published=published,
        dismissed=dismissed,
        waiting=cancelled.case or 0,
        without_case=lawful.report if lawful.case is None else 0,
    )


def _direct(payer: str, day: date) -> Told:
    return Told(
        department="演示人民防空办公室",
        unit_code="203",
        item="防空地下室易地建设费",
        amount=Money(30_000_000),
        charged_on=day - timedelta(days=5),
        how_paid="transfer",
        channel="page",
        payer=payer,
        account=WRONG_ACCOUNT_NO,
        ticket_no="",
        story="演示数据：经办人要求直接转入单位账户，未出具缴款通知书。",
    )


def _cancelled(payer: str, day: date) -> Told:
    return Told(
        department="演示生态环境监测站",
        unit_code="206",
        item="环境监测服务费",
        amount=Money(80_000),
        charged_on=day - timedelta(days=9),
        how_paid="cash",
        channel="page",
        payer=payer,
        anonymous=True,
        story="演示数据：上门收取现金，未给票据。",
    )


def _closed(payer: str, day: date) -> Told:
    return Told(
        department="演示住房城乡建设局",
        unit_code="205",
        item="城市道路占用挖掘修复费",
        amount=Money(1_280_000),
        charged_on=day - timedelta(days=2),
        how_paid="cash",
        channel="page",
        payer=payer,
        anonymous=True,
        story="演示数据：在工地收取现金，未开缴款通知书，也未给票据。",
    )


def _publish(
    session: Session, plan: Plan, clock: Clock, *, payer: str, today: date, now: datetime
) -> int:
    """Let one case go all the way to the public page; 0 where the report opens none."""

    def then(days: int) -> tuple[date, datetime]:
        return today - timedelta(days=days), now - timedelta(days=days)

    told_on, told_at = then(CLOSED_TOLD)
    told = _closed(payer, told_on)
    reported = report_collection(
        session, told, region=DEMO_REGION, plan=plan, today=told_on, now=told_at, clock=clock
    )
    if reported.case is None:
        return 0
    case = reported.case
    explained_on, explained_at = then(CLOSED_EXPLAINED)
    explain_case(
        session,
        region=DEMO_REGION,
        case=case,
        unit_code="205",
        actor="clerk",
        reason="演示数据：施工队代收，未上缴。",
        files=(),
        today=explained_on,
        now=explained_at,
        clock=clock,
    )
    for event, actor, days, reason in CLOSED_STEPS:
        on, at = then(days)
        proved = told.amount if event in WITH_AMOUNT else None
        act = Act(event, actor, on, reason, amount=proved)
        move_case(session, region=DEMO_REGION, case=case, act=act, now=at, clock=clock)
    on, at = then(CLOSED_PUBLISHED)
    reason = "演示数据：申诉期已过，整改完成。"
    publish_case(
        session,
        region=DEMO_REGION,
        case=case,
        actor="watch",
        reason=reason,
        today=on,
        now=at,
        clock=clock,
    )
    return case


def _unknown(payer: str, day: date) -> Told:
    return Told(
        department="演示住房城乡建设局",
        unit_code="205",
        item="施工现场文明管理押金",
        amount=Money(500_000),
        charged_on=day - timedelta(days=3),
        how_paid="transfer",
        channel="page",
        payer=payer,
        account=ACCOUNT_NO,
        story="演示数据：要求先交押金再办理手续。",
    )


def _lawful(paid: tuple[str, str], today: date) -> Told:
    uscc, amount = paid
    return Told(
        department="演示公安交警大队",
        unit_code="201",
        item="机动车号牌工本费",
        amount=parse_amount(amount),
        charged_on=today - timedelta(days=1),
        how_paid="transfer",
        channel="page",
        payer=uscc,
        account=ACCOUNT_NO,
        story="演示数据：想确认这笔费用是否合规。",
    )


def _decide(
    session: Session,
    reported: Reported,
    clock: Clock,
    *,
    unit: str | None,
    upheld: bool,
    today: date,
    now: datetime,
) -> int:
    if reported.case is None:
        return 0
    explained_on = today - timedelta(days=EXPLAINED_DAYS_AGO)
    explain_case(
        session,
        region=DEMO_REGION,
        case=reported.case,
        unit_code=unit,
        actor="unit" if unit else "clerk",
        reason="演示数据：单位说明情况。",
        files=(),
        today=explained_on,
        now=now - (today - explained_on),
        clock=clock,
    )
    decided_on = today - timedelta(days=DECIDED_DAYS_AGO)
    act = Act(
        "reject_explanation" if upheld else "accept_explanation",
        "watch",
        decided_on,
        "演示数据：款项未进入统一账户，事实清楚。"
        if upheld
        else "演示数据：押金已当日退还，不属收费。",
    )
    move_case(
        session,
        region=DEMO_REGION,
        case=reported.case,
        act=act,
        now=now - (today - decided_on),
        clock=clock,
    )
    return reported.case
