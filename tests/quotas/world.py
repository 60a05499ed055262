"""A region with four enterprises: all known, a class unchosen, nothing known, facts refused."""

from dataclasses import dataclass
from datetime import date

from feeledger.assessment.batches import assess_region, start_run
from feeledger.catalog.plan import plan_of
from feeledger.demo.enterprises import synthetic_enterprises
from feeledger.enterprises.actions import FactOrigin, record_facts
from feeledger.quotas.batches import draft_quotas
from feeledger.quotas.queries import versions_of
from tests.builders import CLERK, NOW, REGION, TODAY, an_enterprise, the_catalog

YEAR = 2026
AUDITOR = "reviewer:test"
CODES = sorted(each.uscc for each in synthetic_enterprises(4))
CLEAR, UNCHOSEN, UNKNOWN, REFUSED = CODES
# Two pairs of reflective plates at 100 and three licences at 10 yuan: 230.00, all by notice.
VEHICLES = {"plates_car_reflective": 2, "vehicle_licences": 3}
# 10 000 kWh: 1.9 fen (other users) or 0.1 fen (residents); 0.26 and 0.05 fen for reservoirs.
POWER = {"electricity_kwh": 10_000}


@dataclass(frozen=True)
class Ran:
    run: int
    drafted: object


def tell_facts(session, uscc, facts, *, now=NOW):
    record_facts(
        session,
        REGION,
        uscc,
        facts,
        FactOrigin("enterprise", "年报"),
        valid_from=date(YEAR, 1, 1),
        by=CLERK,
        now=now,
    )


def enter_enterprises(session):
    for code, facts in (
        (CLEAR, VEHICLES),
        (UNCHOSEN, POWER),
        (UNKNOWN, {}),
        (REFUSED, {"plates_car_reflective": -1}),
    ):
        an_enterprise(session, code, name=f"演示企业{code[-4:]}")
        tell_facts(session, code, facts)


def run_once(store, *, now=NOW, on=TODAY):
    plan = plan_of(the_catalog())
    with store.write() as session:
        run = start_run(session, plan, region=REGION, on=on, by=CLERK, now=now).id
    assess_region(store, plan, region=REGION, run=run, now=lambda: now)
    return run


def run_and_draft(store, *, now=NOW, by=CLERK):
    run = run_once(store, now=now)
    plan = plan_of(the_catalog())
    return Ran(run, draft_quotas(store, plan, region=REGION, run=run, by=by, now=lambda: now))


def latest(store, uscc):
    with store.read() as session:
        return versions_of(session, REGION, uscc, YEAR)[0]
