"""The demonstration's notices: who is asked to pay what, worked out from the published catalog."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from feeledger.assessment.engine import assess
from feeledger.assessment.outcomes import OWED, LineAnswer, Request
from feeledger.catalog.plan import Plan
from feeledger.demo.enterprises import Synthetic
from feeledger.demo.setting import BY
from feeledger.enterprises.queries import assessment_facts, enterprise_of
from feeledger.notices.actions import NoticeOrder, issue_notice
from feeledger.notices.charges import Charge
from feeledger.people.demonstration import DEMO_REGION
from feeledger.periods import Calendar

# The lines each kind of enterprise is asked for, and the unit that charges each.
_LINES_OF_FACT = {
    "new_floor_area_m2": (
        ("civil-air-defence.6b-county", "203"),
        ("infrastructure-matching.non-residential", "205"),
        ("soil-water.general-construction", "204"),
    ),
    "vehicle_registration_certs": (
        ("vehicle-plate.car-reflective", "201"),
        ("vehicle-certificate.licence", "201"),
        ("vehicle-certificate.registration", "201"),
    ),
    "plates_car_reflective": (
        ("vehicle-plate.car-reflective", "201"),
        ("vehicle-certificate.licence", "201"),
    ),
}
FIRST_ISSUE_DAYS_AGO = 29
LAST_ISSUE_DAYS_AGO = 4


@dataclass(frozen=True, slots=True)
class DemoNotice:
    """One issued notice as the bank simulator needs it."""

    pay_code: str
    payer: str
    amount: str
    issued_on: date


def issue_notices(
    session: Session,
    enterprises: tuple[Synthetic, ...],
    plan: Plan,
    calendar: Calendar,
    *,
    today: date,
    now: datetime,
) -> tuple[DemoNotice, ...]:
    """Issue a notice to every enterprise that has something to pay by notice.

    The days of issue are spread over the weeks before ``today``.
    """
    issued: list[DemoNotice] = []
    span = FIRST_ISSUE_DAYS_AGO - LAST_ISSUE_DAYS_AGO
    for enterprise in enterprises:
        lines = _lines_for(enterprise)
        if not lines:
            continue
        day = today - timedelta(days=FIRST_ISSUE_DAYS_AGO - len(issued) % (span + 1))
        charges = _charges(session, enterprise, lines, plan, day=day)
        if not charges:
            continue
        row = issue_notice(
            session,
            DEMO_REGION,
            NoticeOrder(uscc=enterprise.uscc, charges=charges),
            calendar=calendar,
            today=day,
            by=BY,
            now=now - (today - day),
        )
        if row.pay_code is not None:
            amount = f"{row.amount_fen // 100}.{row.amount_fen % 100:02d}"
            issued.append(DemoNotice(row.pay_code, row.payer_name, amount, day))
    return tuple(issued)


def _lines_for(enterprise: Synthetic) -> tuple[tuple[str, str], ...]:
    facts = dict(enterprise.facts)
    return next((lines for fact, lines in _LINES_OF_FACT.items() if fact in facts), ())


def _charges(
    session: Session,
    enterprise: Synthetic,
    lines: tuple[tuple[str, str], ...],
    plan: Plan,
    *,
    day: date,
) -> tuple[Charge, ...]:
    payer = enterprise_of(session, enterprise.uscc)
    facts, sources = assessment_facts(session, DEMO_REGION, payer, day)
    request = Request(
        ref=None,
        on=day,
        region=DEMO_REGION,
        lines=tuple(line for line, _ in lines),
        facts=facts,
        sources=sources,
    )
    units = dict(lines)
    return tuple(
        Charge(unit_code=units[answer.line], answer=answer)
        for answer in assess(plan, request).lines
        if answer.line is not None and _is_owed(answer)
    )


def _is_owed(answer: LineAnswer) -> bool:
    return answer.outcome in OWED and answer.amount is not None and answer.amount.fen > 0
