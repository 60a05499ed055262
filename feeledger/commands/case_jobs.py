"""Background jobs of supervision: limits that run out, and signals that records show by themselves."""

from typing import TYPE_CHECKING

from feeledger.commands.job_desk import Desk, across_regions, in_each_region, open_codes
from feeledger.settings import ROOT

if TYPE_CHECKING:
    from feeledger.supervision.states import Clock as CaseClock


def age_all_cases(desk: Desk) -> int:
    """Make the moves of cases whose limits have run out (R-S8); give how many cases moved."""
    from feeledger.supervision.case_actions import age_cases

    clock, today, now = _case_clock(), desk.clock.today(), desk.clock.now()
    return in_each_region(
        desk,
        lambda session, region: age_cases(
            session, region=region, today=today, now=now, clock=clock
        ),
    )


def signal_all_refunds(desk: Desk) -> int:
    """Open signals for approved refunds that say a charge was wrong (R-F6); give how many refunds."""
    from feeledger.catalog.plan import plan_of
    from feeledger.catalog.queries import EditionMissing, edition_in_use
    from feeledger.supervision.refund_actions import signal_refunds

    today, now = desk.clock.today(), desk.clock.now()
    clock = _case_clock()
    try:
        with desk.store.read() as session:
            plan = plan_of(edition_in_use(session))
    except EditionMissing:
        return 0  # before the first edition nothing was charged, so nothing is refunded
    return in_each_region(
        desk,
        lambda session, region: signal_refunds(
            session, region, plan=plan, today=today, now=now, clock=clock
        ),
    )


def signal_all_notices(desk: Desk) -> int:
    """Open and clear what notices show: a duty noticed twice (S12), a year over its amount (S13)."""
    from feeledger.quotas.queries import quota_years
    from feeledger.supervision.notice_actions import (
        Moment,
        clear_cases,
        signal_all_doubled,
        weigh_years,
    )

    moment = Moment(desk.clock.today(), desk.clock.now(), _case_clock())

    def look(region: str) -> int:
        done = desk.store.retry(lambda session: clear_cases(session, region, moment))
        notice, more = 1, 0
        while notice:
            more, notice = desk.store.retry(
                lambda session, after=notice: signal_all_doubled(  # type: ignore[misc]
                    session, region, moment, after=after
                )
            )
            done += more
        with desk.store.read() as session:
            years = quota_years(session, region)
        for year in years:
            code = "0"
            while code:
                more, code = desk.store.retry(
                    lambda session, year=year, after=code: weigh_years(  # type: ignore[misc]
                        session, region, year, moment, after=after
                    )
                )
                done += more
        return done

    return across_regions(open_codes(desk), look)


def signal_all_acts(desk: Desk) -> int:
    """Open what the log of permits shows: an act without its notice or payment (S08), a drop (S09)."""
    from feeledger.catalog.queries import EditionMissing, edition_in_use
    from feeledger.supervision.notice_actions import Moment
    from feeledger.supervision.permit_actions import signal_acts, signal_drops

    moment = Moment(desk.clock.today(), desk.clock.now(), _case_clock())

    try:
        with desk.store.read() as session:
            catalog = edition_in_use(session)
    except EditionMissing:
        return 0  # before the first edition nothing is charged for

    def look(region: str) -> int:
        opened, act = (
            desk.store.retry(lambda session: signal_drops(session, region, catalog, moment)),
            1,
        )
        while act:
            more, act = desk.store.retry(
                lambda session, after=act: signal_acts(  # type: ignore[misc]  # bound here
                    session, region, moment, after=after
                )
            )
            opened += more
        return opened

    return across_regions(open_codes(desk), look)


def _case_clock() -> "CaseClock":
    from feeledger.regions.working_days import load_calendar
    from feeledger.supervision.states import Clock as CaseClock

    return CaseClock(load_calendar(ROOT / "catalogs"))
