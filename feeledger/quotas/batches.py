"""Yearly amounts for a whole region: drafted from a run, audited and published in bulk.

A run's chunks are drafted one by one, each slice in a transaction of its own; drafting again from
the same run changes nothing, so a stopped draft is simply started again, and so are the others.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.assessment.run_queries import RunUnfinished, run_of
from feeledger.assessment.tables import AssessmentRunChunkRow, AssessmentRunRow
from feeledger.catalog.plan import Plan
from feeledger.enterprises.batch_queries import stretch_of_region
from feeledger.errors import Text
from feeledger.quotas.actions import hold_year, keep_publication, open_year
from feeledger.quotas.bulk_actions import (
    SLICE,
    BulkAudit,
    audit_slice,
    left_by_audit,
    publish_slice,
)
from feeledger.quotas.draft_actions import QuotaSlice, draft_slice, drafted_already
from feeledger.quotas.open_columns import Place, standings_of
from feeledger.quotas.quota import Announcement, NothingToPublish
from feeledger.store import Store
from feeledger.trail import record_act

Now = Callable[[], datetime]
Watch = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Drafted:
    """What drafting came to: new versions, and enterprises whose version says the same already."""

    year: int
    drafted: int
    unchanged: int


def draft_quotas(
    store: Store,
    plan: Plan,
    *,
    region: str,
    run: int,
    by: str,
    now: Now,
    watch: Watch | None = None,
) -> Drafted:
    """Draft the yearly amount of every enterprise that a finished run went through.

    ``plan`` is that of the run's edition. Raises RunUnknown, RunUnfinished, QuotaRunStale.
    """
    with store.write() as session:
        row = run_of(session, region, run)
        _demand_finished(row)
        year = open_year(session, region, row.day.year, known_at=row.known_at)
        ends = _ends_of_chunks(session, row)
    drafted, seen, after = 0, 0, ""
    for last, size in ends:
        for part in _slices(store, plan, row, (after, last, size)):
            if part.standings:
                with store.write() as session:
                    hold_year(session, region, year)
                    drafted += draft_slice(session, plan.catalog, row, part, by=by, now=now())
            seen += len(part.codes)
            if watch is not None:
                watch(seen)
        after = last
    told = Drafted(year, drafted, seen - drafted)
    with store.write() as session:
        details = {"run": run, "drafted": told.drafted, "unchanged": told.unchanged}
        _record(session, region, "draft-quotas", year, details, by=by, now=now())
    return told


def audit_clear_quotas(store: Store, region: str, year: int, *, by: str, now: Now) -> BulkAudit:
    """Audit every draft of a year in which nothing is open and that somebody else prepared."""
    audited, found = 0, SLICE
    while found == SLICE:
        with store.write() as session:
            hold_year(session, region, year)
            found = audit_slice(session, region, year, by=by, now=now())
            audited += found
    with store.write() as session:
        told = left_by_audit(session, region, year, audited, by=by)
        _record(session, region, "audit-quotas", year, asdict(told), by=by, now=now())
    return told


def publish_quotas(
    store: Store,
    region: str,
    year: int,
    told: Announcement,
    *,
    today: date,
    by: str,
    now: Now,
) -> int:
    """Publish every audited amount of a year under one announcement; say how many.

    Told again after a stop it goes on. Raises PublicationRefused, PublicationDiffers,
    NothingToPublish.
    """
    published, found = 0, SLICE
    while found == SLICE:
        with store.write() as session:
            hold_year(session, region, year)
            kept = keep_publication(session, region, year, told, today=today, by=by, now=now())
            found = publish_slice(session, region, year, kept)
            published += found
            _demand_some(published, year)
    with store.write() as session:
        details = {"published": published, "document": told.document.strip()}
        _record(session, region, "publish-quotas", year, details, by=by, now=now())
    return published


def _demand_some(published: int, year: int) -> None:
    """Refuse a publication of nothing; the transaction around it keeps nothing either."""
    if not published:
        raise NothingToPublish(
            Text(
                f"{year} 年没有已审核、待公布的额度；请先审核。",
                f"No yearly amount of {year} is audited and waiting; audit some first.",
            ),
            year=year,
        )


def _record(
    session: Session,
    region: str,
    act: str,
    year: int,
    details: Mapping[str, object],
    *,
    by: str,
    now: datetime,
) -> None:
    record_act(
        session,
        region=region,
        actor=by,
        act=act,
        subject=f"quota-year:{year}",
        reason="",
        now=now,
        details=details,
    )


def _demand_finished(run: AssessmentRunRow) -> None:
    if run.finished_at is None:
        raise RunUnfinished(
            Text(
                f"测算 {run.id} 尚未完成；请先用 assess-region --resume {run.id} 完成它。",
                f"Run {run.id} is not finished; finish it with assess-region --resume {run.id}.",
            ),
            run=run.id,
        )


def _ends_of_chunks(session: Session, run: AssessmentRunRow) -> list[tuple[str, int]]:
    chunk = AssessmentRunChunkRow
    query = (
        select(chunk.last_uscc, chunk.enterprises)
        .where(chunk.region == run.region, chunk.run == run.id)
        .order_by(chunk.number)
    )
    return [(row.last_uscc, row.enterprises) for row in session.execute(query)]


def _slices(
    store: Store, plan: Plan, run: AssessmentRunRow, within: tuple[str, str, int]
) -> Iterator[QuotaSlice]:
    """Cut a chunk's enterprises, and say what is open of each; closed ones are left out.

    A slice that rests on the run already, as after a stop, is not worked out again: it says nothing.
    """
    after, last, size = within
    with store.read() as session:
        stretch = stretch_of_region(
            session, run.region, after=after, limit=size, on=run.day, known_at=run.known_at
        )
    rows = [(c, f) for c, f in zip(stretch.codes, stretch.facts, strict=True) if c <= last]
    place = Place(run.day, run.region)
    for start in range(0, len(rows), SLICE):
        part = rows[start : start + SLICE]
        codes = tuple(code for code, _ in part)
        with store.read() as session:
            again = drafted_already(session, run, run.day.year, codes)
        if again:
            yield QuotaSlice(run.day.year, codes, {})
            continue
        found = standings_of(plan, place, [facts for _, facts in part])
        yield QuotaSlice(run.day.year, codes, dict(zip(codes, found, strict=True)))
