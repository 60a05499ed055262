"""The jobs of the background process: what is done every so often without anyone asking.

A new job is a row of ``JOBS`` and the function it names. A job may be repeated at any time and run
in two processes at once: the database's keys and locks decide, never this table. One transaction
touches one region, and a region that fails does not stop the others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.orm import Session

from feeledger.clock import Clock
from feeledger.errors import Text
from feeledger.regions.queries import open_regions
from feeledger.settings import ROOT, Settings
from feeledger.store import Store

log = structlog.get_logger()


class JobFailed(Exception):
    """A job could not be done everywhere; each failure was logged where it happened."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a job works with."""

    store: Store
    clock: Clock
    settings: Settings


@dataclass(frozen=True, slots=True)
class Job:
    """One job: its name, what it does, how long to wait between two runs; it says how much it did."""

    name: str
    what: Text
    seconds: int
    work: Callable[[Desk], int]


def age_all_cases(desk: Desk) -> int:
    """Make the moves of cases whose limits have run out (R-S8); give how many cases moved."""
    from feeledger.regions.working_days import load_calendar
    from feeledger.supervision.case_actions import age_cases
    from feeledger.supervision.states import Clock as CaseClock

    clock, today, now = (
        CaseClock(load_calendar(ROOT / "catalogs")),
        desk.clock.today(),
        desk.clock.now(),
    )
    return in_each_region(
        desk,
        lambda session, region: age_cases(
            session, region=region, today=today, now=now, clock=clock
        ),
    )


def in_each_region(desk: Desk, work: Callable[[Session, str], int]) -> int:
    """Do work in every open region, each in a transaction of its own; give what it came to.

    Raises JobFailed at the end where a region failed.
    """
    with desk.store.read() as session:
        regions = [row.code for row in open_regions(session)]
    return across_regions(
        regions,
        lambda region: desk.store.retry(lambda session: work(session, region)),
    )


def across_regions(regions: list[str], work: Callable[[str], int]) -> int:
    """Do work region by region; one that fails is logged and stops no other. Raises JobFailed."""
    done, failed = 0, []
    for region in regions:
        try:
            done += work(region)
        except Exception:
            log.exception("job-failed-in-region", region=region)
            failed.append(region)
    if failed:
        raise JobFailed(", ".join(failed))
    return done


JOBS: Final[tuple[Job, ...]] = (
    Job("age-cases", Text("案件逾期流转", "move cases whose limits ran out"), 300, age_all_cases),
)
