"""The province in one run: the runs of a region and of all below it, under one number.

The parent says once what is asked: day, edition, what was known when, by which engine, of which
regions. Each region's part is an ordinary run of that region with the parent's number, begun when
it is its turn; one transaction touches one region. A run that was killed goes on where each part
stands; its one digest is made of those of its parts, and is that of an undisturbed run.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feeledger.assessment.batches import (
    DEFAULT_WAY,
    ENGINES,
    RunWay,
    Source,
    assess_region,
    refuse_engine,
    refuse_region,
    run_beginning,
    start_run,
)
from feeledger.assessment.digests import digest_of_parts
from feeledger.assessment.run_queries import (
    Counted,
    Progress,
    RunBusy,
    RunSummary,
    digest_of_run,
    summary_of_run,
    unfinished,
)
from feeledger.assessment.tables import AssessmentProvinceRunRow, AssessmentRunRow
from feeledger.catalog.plan import Plan
from feeledger.enterprises.batch_queries import count_at_home
from feeledger.errors import Missing, Text
from feeledger.regions.queries import regions_within
from feeledger.store import Store

NAMES: Final = {version: engine for engine, version in ENGINES.items()}


class ProvinceRunUnknown(Missing):
    """No run over a region and all below it has this number."""

    code = "province-run-unknown"
    title = Text("没有这次全域测算", "There is no such run of a province")


@dataclass(frozen=True, slots=True)
class ProvinceProgress:
    """How far a province is: which region is in work, and the whole so far."""

    region: str
    regions_done: int
    regions: int
    enterprises: int
    lines: int


@dataclass(frozen=True, slots=True)
class ProvinceSummary:
    """A run of a province as a record: the whole added up, and each region's part of it."""

    whole: RunSummary
    parts: tuple[RunSummary, ...]


Watch = Callable[[ProvinceProgress], None]


def start_province(
    session: Session,
    plan: Plan,
    *,
    region: str,
    on: date,
    by: str,
    now: datetime,
    way: RunWay = DEFAULT_WAY,
) -> AssessmentProvinceRunRow:
    """Open a run over a region and all below it on a day, of what is known now.

    Raises RegionUnknown, or EngineElsewhere for PostgreSQL's engine on another database.
    """
    refuse_region(session, region)
    refuse_engine(session.get_bind().dialect.name, way.engine)
    begun = run_beginning(plan, on=on, by=by, now=now, way=way)
    regions = list(regions_within(session, region))
    row = AssessmentProvinceRunRow(region=region, regions=regions, **begun)
    session.add(row)
    session.flush()
    return row


def find_province(session: Session, region: str, run: int) -> AssessmentProvinceRunRow | None:
    """Find a run of a province by its number, if there is one."""
    return session.get(AssessmentProvinceRunRow, (region, run))


def province_of(session: Session, region: str, run: int) -> AssessmentProvinceRunRow:
    """Find a run of a province. Raises ProvinceRunUnknown."""
    row = find_province(session, region, run)
    if row is None:
        raise ProvinceRunUnknown(
            Text(
                f"区划 {region[:20]} 没有编号为 {run} 的全域测算，请核对。",
                f"Region {region[:20]} has no province run {run}; check its number.",
            ),
            region=region[:20],
            run=run,
        )
    return row


def assess_province(
    store: Store,
    plan: Plan,
    *,
    region: str,
    run: int,
    now: Callable[[], datetime],
    source: Source | None = None,
    watch: Watch | None = None,
) -> ProvinceProgress:
    """Assess what no part has assessed yet, and finish the whole; a finished one is left as it is.

    ``plan`` is that of the run's edition. Raises ProvinceRunUnknown, or RunBusy where another
    process is at the same run.
    """
    with store.read() as session:
        row = province_of(session, region, run)
    done = ProvinceProgress(region, 0, len(row.regions), 0, 0)
    for number, each in enumerate(row.regions):
        before = done

        def tell(told: Progress, each: str = each, before: ProvinceProgress = before) -> None:
            if watch is not None:
                watch(_further(before, each, told))

        _begin_part(store, plan, row, each)
        told = assess_region(store, plan, region=each, run=run, now=now, source=source, watch=tell)
        done = _further(before, each, told, regions_done=number + 1)
        if watch is not None:
            watch(done)
    if row.finished_at is None:
        with store.write() as session:
            _finish(session, row, now())
    return done


def _further(
    before: ProvinceProgress, region: str, told: Progress, *, regions_done: int | None = None
) -> ProvinceProgress:
    return ProvinceProgress(
        region,
        before.regions_done if regions_done is None else regions_done,
        before.regions,
        before.enterprises + told.enterprises,
        before.lines + told.lines,
    )


def _begin_part(store: Store, plan: Plan, row: AssessmentProvinceRunRow, region: str) -> None:
    """Open the run of one region, unless a stopped run did so already. Raises RunBusy."""
    with store.read() as session:
        if session.get(AssessmentRunRow, (region, row.id)) is not None:
            return
    way = RunWay(NAMES[row.engine], row.chunk_size, row.id)
    try:
        with store.write() as session:
            start_run(
                session,
                plan,
                region=region,
                on=row.day,
                by=row.started_by,
                now=row.known_at,
                way=way,
            )
    except IntegrityError as taken:
        raise RunBusy(
            Text(
                f"运行 {row.id} 在区划 {region} 的部分已由另一进程开始；请等它结束，或先停下它。",
                f"The part of run {row.id} in region {region} was begun by another process; let "
                "it end, or stop it.",
            ),
            run=row.id,
            region=region,
        ) from taken


def _finish(session: Session, row: AssessmentProvinceRunRow, now: datetime) -> None:
    table = AssessmentProvinceRunRow
    session.execute(
        update(table)
        .where(table.region == row.region, table.id == row.id, table.finished_at.is_(None))
        .values(finished_at=now)
    )


def count_in_province(store: Store, row: AssessmentProvinceRunRow) -> int:
    """Count the enterprises at home in the regions of a run: about how many it goes through."""
    total = 0
    for region in row.regions:
        with store.read() as session:
            total += count_at_home(session, region, row.day, row.known_at)
    return total


def summary_of_province(store: Store, region: str, run: int) -> ProvinceSummary:
    """Add up what the parts of a run came to, begun ones only. Raises ProvinceRunUnknown."""
    with store.read() as session:
        row = province_of(session, region, run)
    parts = tuple(_parts(store, row))
    return ProvinceSummary(_added(row, parts), parts)


def _parts(store: Store, row: AssessmentProvinceRunRow) -> Iterator[RunSummary]:
    for region in row.regions:
        with store.read() as session:
            if session.get(AssessmentRunRow, (region, row.id)) is not None:
                yield summary_of_run(session, region, row.id)


def _added(row: AssessmentProvinceRunRow, parts: Iterable[RunSummary]) -> RunSummary:
    sums: Counter[str] = Counter()
    numbers: Counter[tuple[str, str, str, str, bool]] = Counter()
    fen: Counter[tuple[str, str, str, str, bool]] = Counter()
    for part in parts:
        sums.update(enterprises=part.enterprises, refused=part.refused, lines=part.lines)
        for each in part.counts:
            key = each.item, each.line, each.outcome, each.reason, each.alternative
            numbers[key] += each.enterprises
            fen[key] += each.fen
    return RunSummary(
        row.region,
        row.id,
        row.day,
        row.edition,
        row.edition_sha256,
        row.known_at,
        row.finished_at,
        sums["enterprises"],
        sums["refused"],
        sums["lines"],
        tuple(Counted(*key, numbers[key], fen[key]) for key in sorted(numbers)),
    )


def digest_of_province(store: Store, region: str, run: int) -> str:
    """Give the SHA-256 of a whole run: head, then each region with the digest of its part.

    Raises ProvinceRunUnknown or RunUnfinished.
    """
    with store.read() as session:
        row = province_of(session, region, run)
    if row.finished_at is None:
        raise unfinished(run, summary_of_province(store, region, run).whole.enterprises)
    parts = []
    for each in row.regions:
        with store.read() as session:
            parts.append((each, digest_of_run(session, each, run)))
    return digest_of_parts(row.region, row.day.isoformat(), row.edition_sha256, parts)
