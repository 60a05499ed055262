"""The console under test: a region with officers of every role, notices, a payment and a case."""

import re
import shutil
from dataclasses import dataclass
from datetime import timedelta

from feeledger.app import create_app
from feeledger.catalog.plan import plan_of
from feeledger.clock import Clock
from feeledger.enterprises.actions import FactOrigin, record_facts
from feeledger.files import Upload
from feeledger.money import Money
from feeledger.payments.queries import payment_of_notice
from feeledger.people.actions import Appointment, appoint_officer
from feeledger.people.roles import Role
from feeledger.store import Store
from feeledger.supervision.actions import report_collection
from feeledger.supervision.report import Told
from feeledger.supervision.states import Clock as CaseClock
from tests.builders import (
    CLERK,
    LICENCE_ITEM,
    LICENCE_LINE,
    NOW,
    POLICE_UNIT,
    REGION,
    TODAY,
    USCC,
    WATER_UNIT,
    a_charge,
    a_notice,
    a_payment,
    a_query,
    a_ready_notice,
    an_answer,
    an_edition,
    the_calendar,
    the_catalog,
)

PASSWORD = "a long enough phrase 2026"
PDF = b"%PDF-1.4 evidence"
OFFICERS = (
    Appointment("clerk", "经办甲", Role.CLERK, REGION),
    Appointment("second", "经办乙", Role.CLERK, REGION),
    Appointment("reviewer", "复核丙", Role.REVIEWER, REGION),
    Appointment("watch", "监督丁", Role.SUPERVISOR, REGION),
    Appointment("water", "水利经办", Role.DEPARTMENT, REGION, WATER_UNIT),
    Appointment("police", "公安经办", Role.DEPARTMENT, REGION, POLICE_UNIT),
    Appointment("audit", "审计戊", Role.AUDITOR, REGION),
)
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True)
class World:
    """What the database holds: notices of two units, one payment, one case against the police."""

    unpaid: int
    unpaid_code: str
    paid: int
    paid_code: str
    joint: int
    payment: int
    case: int
    report: int


def fill(session):
    """Make the region, its people, three notices (140.00, 70.00 paid, 150.00 of two units), a case."""
    an_edition(session)
    unpaid = a_ready_notice(session)
    paid = a_notice(session, a_charge(answer=an_answer(facts={"land_occupied_m2": 50})))
    a_query(session, paid)
    a_payment(session, paid)
    licence = an_answer(LICENCE_ITEM, LICENCE_LINE, facts={"vehicle_licences": 1})
    joint = a_notice(session, a_charge(), a_charge(POLICE_UNIT, licence))
    record_facts(
        session,
        REGION,
        USCC,
        {"land_occupied_m2": 100},
        FactOrigin("enterprise", "年报"),
        valid_from=TODAY - timedelta(days=200),
        by=CLERK,
        now=NOW,
    )
    for appointment in OFFICERS:
        appoint_officer(session, appointment, PASSWORD, by="tests", now=NOW)
    told = Told(
        department=f"演示单位 {POLICE_UNIT}",
        unit_code=POLICE_UNIT,
        item="机动车行驶证工本费",
        amount=Money(8000),
        charged_on=TODAY - timedelta(days=1),
        how_paid="cash",
        channel="page",
        payer=USCC,
        story="在窗口交了现金",
        anonymous=True,
        reporter_name="刘某某",
        reporter_contact="电话一二三",
        facts={"vehicle_licences": 1},
        files=(Upload("收据.pdf", PDF),),
    )
    reported = report_collection(
        session,
        told,
        region=REGION,
        plan=plan_of(the_catalog()),
        today=TODAY,
        now=NOW,
        clock=CaseClock(the_calendar()),
    )
    return World(
        unpaid=unpaid.id,
        unpaid_code=unpaid.pay_code,
        paid=paid.id,
        paid_code=paid.pay_code,
        joint=joint.id,
        payment=payment_of_notice(session, REGION, paid.id).id,
        case=reported.case,
        report=reported.report,
    )


class Desk:
    """A console of its own: a store, a site on the day of the tests, a clock that a test may set."""

    def __init__(self, path, world, settings):
        self.world = world
        self.store = Store(f"sqlite:///{path}")
        self.settings = settings
        self.hands = {"wall": NOW}
        self.live_on(TODAY)

    def live_on(self, day):
        """Let the site's business day be another one."""
        clock = Clock(fixed=day, source=lambda: self.hands["wall"])
        self.site = create_app(self.settings, store=self.store, clock=clock)

    def visitor(self):
        return Visitor(self.site.test_client())

    def as_(self, login):
        """Sign in as an officer."""
        visitor = self.visitor()
        answer = visitor.send("/sign-in", {"login": login, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return visitor

    def let_pass(self, **time):
        self.hands["wall"] += timedelta(**time)


class Visitor:
    """A browser without a window."""

    def __init__(self, client):
        self.client = client

    def get(self, path):
        return self.client.get(path)

    def text(self, path):
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
        return answer.text

    def send(self, path, data, *, page=None, **kwargs):
        """Send a form with the token of its page, as a browser would."""
        shown = self.client.get(page or path, follow_redirects=True).text
        token = TOKEN.search(shown)
        data = {**data, "csrf_token": token[1] if token else ""}
        return self.client.post(path, data=data, **kwargs)


def copy_of(path, folder):
    target = folder / "desk.db"
    shutil.copyfile(path, target)
    return target
