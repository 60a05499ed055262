"""The jobs of the background process: what is done every so often without anyone asking.

A new job is a row of ``JOBS`` and the function it names. A job may be repeated at any time and run
in two processes at once: the database's keys and locks decide, never this table. One transaction
touches one region, and a region that fails does not stop the others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.orm import Session

from feeledger.clock import Clock
from feeledger.errors import Text
from feeledger.regions.queries import open_regions
from feeledger.settings import ROOT, Settings
from feeledger.store import Store

VOUCHERS_LOOKED_BACK: Final = timedelta(days=90)
CLOCK: Final = "clock"  # who acts where nobody does
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


def signal_all_refunds(desk: Desk) -> int:
    """Open signals for approved refunds that say a charge was wrong (R-F6); give how many refunds."""
    from feeledger.catalog.plan import plan_of
    from feeledger.catalog.queries import EditionMissing, edition_in_use
    from feeledger.regions.working_days import load_calendar
    from feeledger.supervision.refund_actions import signal_refunds
    from feeledger.supervision.states import Clock as CaseClock

    today, now = desk.clock.today(), desk.clock.now()
    clock = CaseClock(load_calendar(ROOT / "catalogs"))
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
    from feeledger.regions.working_days import load_calendar
    from feeledger.supervision.notice_actions import (
        Moment,
        clear_cases,
        signal_all_doubled,
        weigh_years,
    )
    from feeledger.supervision.states import Clock as CaseClock

    clock = CaseClock(load_calendar(ROOT / "catalogs"))
    moment = Moment(desk.clock.today(), desk.clock.now(), clock)

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

    with desk.store.read() as session:
        regions = [row.code for row in open_regions(session)]
    return across_regions(regions, look)


def signal_all_acts(desk: Desk) -> int:
    """Open what the log of permits shows: an act without its notice or payment (S08), a drop (S09)."""
    from feeledger.catalog.queries import EditionMissing, edition_in_use
    from feeledger.regions.working_days import load_calendar
    from feeledger.supervision.notice_actions import Moment
    from feeledger.supervision.permit_actions import signal_acts, signal_drops
    from feeledger.supervision.states import Clock as CaseClock

    clock = CaseClock(load_calendar(ROOT / "catalogs"))
    moment = Moment(desk.clock.today(), desk.clock.now(), clock)

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

    with desk.store.read() as session:
        regions = [row.code for row in open_regions(session)]
    return across_regions(regions, look)


def seal_all(desk: Desk) -> int:
    """Seal what is committed and has no seal, in every region; give how many entries."""
    from feeledger.audits import bound_by_seal
    from feeledger.ledger.sealing import seal_region

    return across_regions(
        _regions_with_books(desk),
        lambda region: seal_region(
            desk.store, region, particulars=bound_by_seal, now=desk.clock.now()
        ),
    )


def sign_all(desk: Desk) -> int:
    """Sign the closed days whose entries are all sealed; give how many.

    Raises SealKeyMissing where there is a day to sign and no key.
    """
    from feeledger.commands.seal_key import key_of_settings
    from feeledger.ledger.day_sealing import days_to_sign, sign_day

    def sign(region: str) -> int:
        with desk.store.read() as session:
            days = days_to_sign(session, region)
        key, signed = key_of_settings(desk.settings) if days else None, 0
        for day in days:
            if key is not None:
                signed += desk.store.retry(
                    lambda session, day=day: sign_day(  # type: ignore[misc]  # bound here
                        session, region, day, key=key, now=desk.clock.now()
                    )
                )
        return signed

    return across_regions(_regions_with_books(desk), sign)


def close_all(desk: Desk) -> int:
    """Close, after midnight in Beijing, every book's day that is over; give how many.

    The next ledger day is today, whatever lies between: what came meanwhile was posted on the day
    that stood open. A day that a person closed early, opening tomorrow, is left alone. Notices
    whose last day is over expire with it.
    """
    from feeledger.ledger.actions import close_day
    from feeledger.ledger.queries import open_day_of
    from feeledger.notices.actions import expire_notices

    today, now = desk.clock.today(), desk.clock.now()

    def close(session: Session, region: str) -> int:
        day = open_day_of(session, region)
        if day is None or day >= today:
            return 0
        close_day(session, region, day, next_day=today, by=CLOCK, now=now)
        expire_notices(session, region, today=today, now=now)
        return 1

    return across_regions(
        _regions_with_books(desk),
        lambda region: desk.store.retry(lambda session: close(session, region)),
    )


def deliver_notifications(desk: Desk) -> int:
    """Send what the outbox holds and what has fallen due again; give how many arrived."""
    from feeledger.api.webhooks import webhook_sender
    from feeledger.api.wire_notifying import wire_sender
    from feeledger.gateway.notifying import frame_sender
    from feeledger.outbox.batches import Post, deliver_due

    allowed = desk.settings.webhook_hosts
    senders = {
        "webhook": webhook_sender(allowed, desk.clock.wall),
        "frame": frame_sender(desk.store, allowed, desk.clock.wall),
        "wp": wire_sender(allowed, desk.clock.wall),
    }
    return deliver_due(Post(desk.store, senders, desk.clock.now))


def judge_statements(desk: Desk) -> int:
    """Hold the banks' statements that came by message against our payments; give how many."""
    from feeledger.reconciliation.request_batches import judge_waiting

    return across_regions(
        _regions_with_books(desk),
        lambda region: judge_waiting(desk.store, region, desk.clock.now),
    )


def meet_all_flows(desk: Desk) -> int:
    """Let money that a statement brought meet payments confirmed since; give how many met."""
    from feeledger.unmatched.flow_actions import meet_later_payments

    now = desk.clock.now()
    return in_each_region(
        desk, lambda session, region: meet_later_payments(session, region, now=now)
    )


def keep_all_shares(desk: Desk) -> int:
    """Keep the shares of paid lines that have a rule and none yet (R-M6); give how many lines."""
    from feeledger.sharing.actions import keep_shares

    def keep(region: str) -> int:
        kept = 0
        while found := desk.store.retry(
            lambda session: keep_shares(session, region, now=desk.clock.now())
        ):
            kept += found
        return kept

    return across_regions(_regions_with_books(desk), keep)


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


def _regions_with_books(desk: Desk) -> list[str]:
    from feeledger.ledger.queries import regions_with_books

    with desk.store.read() as session:
        return list(regions_with_books(session))


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


def follow_all_vouchers(desk: Desk) -> int:
    """Bring vouchers after their notices: number, sign, complete, write off; give how many moved."""
    from feeledger.signatures import read_key_ring
    from feeledger.vouchers.actions import Round, follow_vouchers

    today, ring = desk.clock.today(), read_key_ring(desk.settings.signing_keys)
    asked = Round(ring, today, desk.clock.now(), since=today - VOUCHERS_LOOKED_BACK)

    def follow(region: str) -> int:
        moved = 0
        while step := desk.store.retry(
            lambda session: follow_vouchers(session, region, asked).moved
        ):
            moved += step
        return moved

    return across_regions(_regions_with_books(desk), follow)


def refresh_snapshots(desk: Desk) -> int:
    """Keep every open region's columns of facts up to date; give how many were made anew."""
    from feeledger.assessment.snapshot_batches import refresh_snapshot
    from feeledger.catalog.plan import plan_of
    from feeledger.catalog.queries import EditionMissing, edition_in_use

    with desk.store.read() as session:
        regions = [row.code for row in open_regions(session)]
        try:
            plan = plan_of(edition_in_use(session))
        except EditionMissing:
            return 0
    today, folder = desk.clock.today(), desk.settings.data
    return across_regions(
        regions,
        lambda region: int(
            refresh_snapshot(desk.store, plan, region, today, desk.clock.now(), folder=folder)
        ),
    )


JOBS: Final[tuple[Job, ...]] = (
    Job("seal", Text("封存新分录", "seal new entries"), 20, seal_all),
    Job("close-days", Text("零时后日结", "close the days that are over"), 60, close_all),
    Job("sign-days", Text("签署已关账日", "sign the closed days"), 60, sign_all),
    Job("age-cases", Text("案件逾期流转", "move cases whose limits ran out"), 300, age_all_cases),
    Job("signal-refunds", Text("退付引起的预警", "signals of refunds"), 60, signal_all_refunds),
    Job("signal-notices", Text("通知书引起的预警", "signals of notices"), 3600, signal_all_notices),
    Job("signal-acts", Text("审批未收费的预警", "permits without fee"), 3600, signal_all_acts),
    Job("keep-shares", Text("留存各级分成", "keep shares by level"), 60, keep_all_shares),
    Job(
        "vouchers",
        Text("票据赋码、签章、核销", "number and sign vouchers"),
        30,
        follow_all_vouchers,
    ),
    Job(
        "fact-columns",
        Text("更新情况的列式快照", "keep the columns of facts up to date"),
        300,
        refresh_snapshots,
    ),
    Job(
        "meet-flows",
        Text("账户流水与后到的确认相配", "let statements meet later payments"),
        60,
        meet_all_flows,
    ),
    Job(
        "reconcile-statements",
        Text("核对银行报文对账", "judge banks' statements by message"),
        10,
        judge_statements,
    ),
    Job("deliver", Text("发送对外通知", "send notifications"), 5, deliver_notifications),
)
