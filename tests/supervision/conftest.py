"""The Hebei catalog as a plan, and a working calendar without holidays."""

import pytest

from feeledger.catalog.plan import Plan, plan_of
from feeledger.catalog.reader import load_catalog
from feeledger.periods import Calendar, CalendarYear
from feeledger.settings import DEFAULT_CATALOG
from feeledger.supervision.states import Clock


@pytest.fixture(scope="session")
def plan() -> Plan:
    return plan_of(load_catalog(DEFAULT_CATALOG))


@pytest.fixture(scope="session")
def clock() -> Clock:
    years = (2026, 2027)
    return Clock(
        Calendar({year: CalendarYear(year, False, frozenset(), frozenset()) for year in years})
    )
