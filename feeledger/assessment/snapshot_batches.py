"""The facts of a region as columns, kept in one Parquet file a day, so that a question reads at once.

What always holds: a snapshot answers only for what it was made of: region, day, edition, and the
acts on record then. Where anything was written down since, it is made anew, never patched.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pyarrow.parquet as pq
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feeledger.assessment.column_facts import Chunk, columns_of_rows
from feeledger.assessment.fact_export_batches import CHUNK_SIZE, write_facts
from feeledger.assessment.fact_tables import facts_of_arrow, scales_of
from feeledger.assessment.file_results import ABOUT, FactsAbout
from feeledger.assessment.outcomes import Request
from feeledger.catalog.plan import Plan
from feeledger.enterprises.batch_queries import register_changes, stretch_of_region
from feeledger.store import Store
from feeledger.trail import TrailActRow

ACTS: Final = (
    "record-facts",
    "import-facts",
    "decide-fact",
    "register-enterprise",
    "register-enterprises",
    "override-credit-code",
    "amend-enterprise",
    "close-enterprise",
    "revoke-enterprise",
    "restore-enterprise",
)
# A long transaction is dated by its beginning: acts of the day before may still come to light.
LOOKED_BACK: Final = timedelta(days=1)
DAYS_KEPT: Final = 3


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a snapshot was made of: the edition, the instant, and the acts on record by then."""

    edition_sha256: str
    known_at: str
    acts: int


def read_fact_columns(
    store: Store, plan: Plan, region: str, on: date, known_at: datetime, *, folder: Path
) -> Chunk:
    """Give the facts of a region true on a day as known at an instant, in order of code.

    From the snapshot where it still holds; else a new one is made first. What was known before
    the snapshot is worked out apart and not kept.
    """
    path = snapshot_path(folder, region, on)
    mark = _read_mark(path)
    if mark is not None and known_at < datetime.fromisoformat(mark.known_at):
        with TemporaryDirectory(prefix="facts-") as apart:
            past = Path(apart) / path.name
            _write(store, plan, Request(None, on, region), known_at, past)
            return _read(plan, past)
    refresh_snapshot(store, plan, region, on, known_at, folder=folder)
    return _read(plan, path)


def refresh_snapshot(
    store: Store, plan: Plan, region: str, on: date, known_at: datetime, *, folder: Path
) -> bool:
    """Make a region's snapshot of a day anew where it does not hold any more; say whether it was."""
    path = snapshot_path(folder, region, on)
    mark = _read_mark(path)
    if mark is not None and _holds(store, plan, region, mark, known_at):
        return False
    with store.read() as session:
        acts = _acts_by(session, region, known_at, known_at)
    _write(store, plan, Request(None, on, region), known_at, path)
    fresh = _Mark(plan.catalog.edition.sha256, known_at.isoformat(), acts)
    _mark_path(path).write_text(json.dumps(asdict(fresh)), encoding="utf-8")
    _forget_old(path)
    return True


def snapshot_path(folder: Path, region: str, on: date) -> Path:
    """Name the file of a region's snapshot of a day."""
    return folder / "facts" / region / f"{on.isoformat()}.parquet"


def _holds(store: Store, plan: Plan, region: str, mark: _Mark, known_at: datetime) -> bool:
    """Say whether nothing was written down since, by the acts on record then and now."""
    if mark.edition_sha256 != plan.catalog.edition.sha256:
        return False
    since = datetime.fromisoformat(mark.known_at)
    if known_at < since:
        return True
    with store.read() as session:
        return _acts_by(session, region, since, known_at) == mark.acts


def _acts_by(session: Session, region: str, since: datetime, known_at: datetime) -> int:
    """Count the acts that change facts or the register, from a day before an instant up to another."""
    row, first = TrailActRow, since - LOOKED_BACK
    query = select(func.count()).where(
        row.region == region, row.at > first, row.at <= known_at, row.act.in_(ACTS)
    )
    return (session.scalar(query) or 0) + register_changes(session, region, first, known_at)


def _write(store: Store, plan: Plan, asked: Request, known_at: datetime, path: Path) -> int:
    about = FactsAbout(asked.region, asked.on, plan.catalog.edition.sha256, known_at.isoformat())
    return write_facts(plan, about, _chunks(store, plan, asked, known_at), path)


def _chunks(store: Store, plan: Plan, asked: Request, known_at: datetime) -> Iterator[Chunk]:
    """Give all facts of the catalog, not those of one question alone."""
    facts, after = plan.catalog.facts, ""
    while True:
        with store.read() as session:
            stretch = stretch_of_region(
                session,
                asked.region,
                after=after,
                limit=CHUNK_SIZE,
                on=asked.on,
                known_at=known_at,
            )
        if not stretch.codes:
            return
        yield Chunk(stretch.codes, columns_of_rows(stretch.facts, facts, facts.keys()))
        after = stretch.codes[-1]


def _read(plan: Plan, path: Path) -> Chunk:
    table = pq.read_table(path).combine_chunks()
    codes, facts = facts_of_arrow(table, scales_of(table.schema, plan.catalog.facts))
    return Chunk(codes, facts)


def _mark_path(path: Path) -> Path:
    return path.with_suffix(".json")


def _read_mark(path: Path) -> _Mark | None:
    """Read what a snapshot was made of; None where there is none that can be read."""
    try:
        mark = _Mark(**json.loads(_mark_path(path).read_text(encoding="utf-8")))
        about = (pq.read_schema(path).metadata or {}).get(ABOUT, b"{}")
        # The file and its mark are two: where another process came between, neither is believed.
        return mark if json.loads(about).get("known_at") == mark.known_at else None
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _forget_old(path: Path) -> None:
    """Keep the snapshots of the last few days asked about; they can be made again."""
    files = sorted(path.parent.glob("*.parquet"), key=lambda each: each.stat().st_mtime)
    for old in files[:-DAYS_KEPT]:
        old.unlink(missing_ok=True)
        _mark_path(old).unlink(missing_ok=True)
