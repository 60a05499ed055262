"""The jobs of the background process: what is done every so often without anyone asking.

A new job is a row of ``JOBS`` and the function it names: of cases in ``case_jobs.py``, of the books
in ``book_jobs.py``, any other here. A job may be repeated at any time and run in two processes at
once: the database's keys and locks decide, never this table. One transaction touches one region,
and a region that fails does not stop the others (``job_desk.py``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from feeledger.commands.book_jobs import (
    close_all,
    follow_all_vouchers,
    judge_statements,
    keep_all_shares,
    meet_all_flows,
    seal_all,
    sign_all,
)
from feeledger.commands.case_jobs import (
    age_all_cases,
    signal_all_acts,
    signal_all_notices,
    signal_all_refunds,
)
from feeledger.commands.job_desk import Desk, across_regions, in_each_region, open_codes
from feeledger.errors import Text


@dataclass(frozen=True, slots=True)
class Job:
    """One job: its name, what it does, how long to wait between two runs; it says how much it did."""

    name: str
    what: Text
    seconds: int
    work: Callable[[Desk], int]


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


def refresh_snapshots(desk: Desk) -> int:
    """Keep every open region's columns of facts up to date; give how many were made anew."""
    from feeledger.assessment.snapshot_batches import refresh_snapshot
    from feeledger.catalog.plan import plan_of
    from feeledger.catalog.queries import EditionMissing, edition_in_use

    with desk.store.read() as session:
        try:
            plan = plan_of(edition_in_use(session))
        except EditionMissing:
            return 0
    today, folder = desk.clock.today(), desk.settings.data
    return across_regions(
        open_codes(desk),
        lambda region: int(
            refresh_snapshot(desk.store, plan, region, today, desk.clock.now(), folder=folder)
        ),
    )


def mark_all_standings(desk: Desk) -> int:
    """Note what was noticed for days on which an enterprise no longer stood; give how many."""
    from feeledger.reassessments.standing_actions import mark_standings

    now = desk.clock.now()
    return in_each_region(desk, lambda session, region: mark_standings(session, region, now=now))


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
        "mark-closings",
        Text("注销、吊销晚录的列入待重新测算", "note duties behind closings entered late"),
        300,
        mark_all_standings,
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
