"""The province: a run assesses every enterprise of a region, chunk by chunk, in order of code.

A chunk is kept whole, with its lines, or not at all: a run that was killed at any moment goes on
behind its last chunk, and no line is lost or doubled. Two processes on one run cannot both keep
a chunk: its number is a key. Nothing is held in memory but one chunk, whatever the size.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feeledger.assessment.column_facts import Chunk, columns_of_rows
from feeledger.assessment.columns import assess_columns
from feeledger.assessment.outcomes import Request
from feeledger.assessment.run_lines import ChunkLines, copy_text, lines_of_chunk, rows_of
from feeledger.assessment.run_queries import Progress, RunBusy, last_chunk, run_of
from feeledger.assessment.selection import scope_of
from feeledger.assessment.sql_batches import ChunkKept, store_chunk_by_sql
from feeledger.assessment.tables import (
    AssessmentRunChunkRow,
    AssessmentRunLineRow,
    AssessmentRunRow,
)
from feeledger.catalog.plan import Plan
from feeledger.enterprises.batch_queries import stretch_of_region
from feeledger.errors import Invalid, Text
from feeledger.regions.actions import RegionUnknown
from feeledger.regions.queries import region_named
from feeledger.store import Store, new_id, table_of

CHUNK_SIZE = 16_384
ENGINES: Final = {"local": "columns-1", "postgresql": "postgresql-1"}
HELD_BYTES = 31 * 2**20
COLUMNS = ("region", "run", "uscc", "line", "outcome", "amount_fen", "low_fen", "high_fen")
COPY = f"COPY assessment_run_line ({', '.join(COLUMNS)}) FROM STDIN (FORMAT BINARY)"


@dataclass(frozen=True, slots=True)
class RunWay:
    """How a run is worked out: by which engine, how many enterprises at once.

    ``id`` names a run that was promised already; None gives it a new number.
    """

    engine: str = "local"
    chunk_size: int = CHUNK_SIZE
    id: int | None = None


DEFAULT_WAY: Final = RunWay()
Source = Callable[[Store, Plan, AssessmentRunRow, str], Chunk | None]
Watch = Callable[[Progress], None]


class EngineElsewhere(Invalid):
    """PostgreSQL's engine is asked for, and the database is another."""

    code = "engine-elsewhere"
    title = Text("数据库不支持这种引擎", "The database has no such engine")


def refuse_engine(dialect: str, engine: str) -> None:
    """Refuse the engine of a database that is not in use. Raises EngineElsewhere."""
    if engine == "postgresql" and dialect != "postgresql":
        raise EngineElsewhere(
            Text(
                f"引擎 postgresql 须用 PostgreSQL 数据库；现为 {dialect}，请改用 --engine local。",
                f"The engine postgresql needs a PostgreSQL database; this is {dialect}: use "
                "--engine local.",
            ),
            engine=engine,
        )


def refuse_region(session: Session, region: str) -> None:
    """Refuse a region that is not there. Raises RegionUnknown."""
    if region_named(session, region) is None:
        raise RegionUnknown(
            Text(
                f"没有区划 {region[:20]}，请核对区划代码。",
                f"There is no region {region[:20]}; check the division code.",
            ),
            region=region[:20],
        )


def start_run(
    session: Session,
    plan: Plan,
    *,
    region: str,
    on: date,
    by: str,
    now: datetime,
    way: RunWay = DEFAULT_WAY,
) -> AssessmentRunRow:
    """Open a run over a region on a day, of what is known now.

    Raises RegionUnknown, or EngineElsewhere for PostgreSQL's engine on another database.
    """
    refuse_region(session, region)
    refuse_engine(session.get_bind().dialect.name, way.engine)
    begun = run_beginning(plan, on=on, by=by, now=now, way=way)
    run = AssessmentRunRow(region=region, **begun)
    session.add(run)
    session.flush()
    return run


def run_beginning(plan: Plan, *, on: date, by: str, now: datetime, way: RunWay) -> dict[str, Any]:
    """Give what a run of a region, and one of a province, is opened with."""
    edition = plan.catalog.edition
    return {
        "id": way.id or new_id(now),
        "day": on,
        "edition": edition.id,
        "edition_sha256": edition.sha256,
        "known_at": now,
        "engine": ENGINES[way.engine],
        "chunk_size": way.chunk_size,
        "started_by": by,
        "finished_at": None,
    }


def assess_region(
    store: Store,
    plan: Plan,
    *,
    region: str,
    run: int,
    now: Callable[[], datetime],
    source: Source | None = None,
    watch: Watch | None = None,
) -> Progress:
    """Assess what a run has not assessed yet, and finish it; a finished run is left as it is.

    ``plan`` is that of the run's edition. Raises RunUnknown, or RunBusy where another process is at
    the same run.
    """
    hold_memory()
    with store.read() as session:
        row = run_of(session, region, run)
        number, after, done = last_chunk(session, region, run)
    while row.finished_at is None:
        chunk = (source or register_chunk)(store, plan, row, after)
        if chunk is None:
            with store.write() as session:
                _finish(session, row, now())
            break
        number, after = number + 1, chunk.codes[-1]
        kept = _keep_chunk(store, plan, row, number, chunk)
        done = Progress(done.enterprises + len(chunk.codes), done.lines + kept)
        if watch is not None:
            watch(done)
    return done


def register_chunk(store: Store, plan: Plan, run: AssessmentRunRow, after: str) -> Chunk | None:
    """Read the next enterprises of the register behind a code, as the run knows them."""
    with store.read() as session:
        stretch = stretch_of_region(
            session,
            run.region,
            after=after,
            limit=run.chunk_size,
            on=run.day,
            known_at=run.known_at,
        )
    if not stretch.codes:
        return None
    needed = scope_of(plan, Request(None, run.day, run.region)).needed
    facts = columns_of_rows(stretch.facts, plan.catalog.facts, needed)
    return Chunk(stretch.codes, facts)


def _keep_chunk(store: Store, plan: Plan, run: AssessmentRunRow, number: int, chunk: Chunk) -> int:
    """Assess a chunk and keep it with its lines in one transaction; say how many lines.

    Raises RunBusy.
    """
    try:
        if run.engine == ENGINES["postgresql"]:
            return _keep_by_sql(store, plan, run, number, chunk)
        answer = assess_columns(plan, chunk.facts, on=run.day, region=run.region)
        lines = lines_of_chunk(answer)
        told = ChunkKept(lines.stored, lines.refused, lines.counts)
        with store.write() as session:
            _keep_counts(session, run, number, chunk.codes, told)
            store_lines(session, run, chunk.codes, lines)
    except IntegrityError as taken:
        raise RunBusy(
            Text(
                f"运行 {run.id} 的第 {number} 批已由另一进程写入；请等它结束，或先停下它。",
                f"Chunk {number} of run {run.id} was kept by another process; let it end, or stop it.",
            ),
            run=run.id,
        ) from taken
    return told.lines


def _keep_by_sql(store: Store, plan: Plan, run: AssessmentRunRow, number: int, chunk: Chunk) -> int:
    request = Request(None, run.day, run.region)
    with store.write() as session:
        told = store_chunk_by_sql(session, plan, request, run.id, chunk)
        _keep_counts(session, run, number, chunk.codes, told)
    return told.lines


def _keep_counts(
    session: Session, run: AssessmentRunRow, number: int, codes: Sequence[str], told: ChunkKept
) -> None:
    row = {
        "region": run.region,
        "run": run.id,
        "number": number,
        "last_uscc": codes[-1],
        "enterprises": len(codes),
        "refused": told.refused,
        "lines": told.lines,
        "counts": [list(count) for count in told.counts],
    }
    session.execute(insert(table_of(AssessmentRunChunkRow)), row)


def store_lines(
    session: Session, run: AssessmentRunRow, codes: Sequence[str], chunk: ChunkLines
) -> None:
    """Write the lines of a chunk: COPY on PostgreSQL, many at once on SQLite."""
    if session.get_bind().dialect.name == "postgresql":
        driver: Any = session.connection().connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(COPY) as copy:
            copy.write(copy_text(chunk, region=run.region, run=run.id, codes=codes))
        return
    rows = list(rows_of(chunk, region=run.region, run=run.id, codes=codes))
    if rows:
        marks = ", ".join("?" * len(COLUMNS))
        table = AssessmentRunLineRow.__tablename__
        session.connection().exec_driver_sql(
            f"INSERT INTO {table} ({', '.join(COLUMNS)}) VALUES ({marks})",  # noqa: S608 - constants
            rows,
        )


def _finish(session: Session, run: AssessmentRunRow, now: datetime) -> None:
    session.execute(
        update(AssessmentRunRow)
        .where(
            AssessmentRunRow.region == run.region,
            AssessmentRunRow.id == run.id,
            AssessmentRunRow.finished_at.is_(None),
        )
        .values(finished_at=now)
    )


def hold_memory() -> None:
    """Let the allocator keep what columns give back, instead of fetching it anew each time.

    glibc raises its threshold to the largest block it saw freed; measured: half the time of a run.
    """
    np.empty(HELD_BYTES, np.uint8)
