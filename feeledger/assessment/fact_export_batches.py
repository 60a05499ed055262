"""The facts of a region, as known at an instant, written to one Parquet file chunk by chunk.

Every column has one scale in the whole file, the least that holds all its values: the chunks are
written down first, each as it is, and put together at the end. Nothing is held but one chunk.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from feeledger.assessment.column_facts import Chunk, FactColumn, FactColumns, columns_of_rows
from feeledger.assessment.column_walk import spread
from feeledger.assessment.fact_tables import arrow_of_facts, facts_of_arrow, scales_of, schema_of
from feeledger.assessment.file_results import FactsAbout, about_bytes
from feeledger.assessment.outcomes import Request
from feeledger.assessment.selection import scope_of
from feeledger.assessment.sql_remainder import facts_of_row
from feeledger.catalog.nodes import INT64_MAX, unit_of
from feeledger.catalog.plan import Plan
from feeledger.enterprises.batch_queries import stretch_of_region
from feeledger.store import Store

CHUNK_SIZE: Final = 16_384


def export_facts(store: Store, plan: Plan, request: Request, known_at: datetime, path: Path) -> int:
    """Write the facts that a request of a region and day reads; give how many enterprises."""
    about = FactsAbout(
        request.region, request.on, plan.catalog.edition.sha256, known_at.isoformat()
    )
    chunks = _chunks(store, plan, request, known_at)
    return write_facts(plan, about, chunks, path)


def write_facts(plan: Plan, about: FactsAbout, chunks: Iterator[Chunk], path: Path) -> int:
    """Write chunks of facts, in order of code, to one file; give how many rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent, prefix=".facts-") as folder:
        scales: dict[str, int] = {}
        parts = []
        for number, chunk in enumerate(chunks):
            own = {name: column.scale for name, column in chunk.facts.columns.items()}
            parts.append(Path(folder) / f"{number}.parquet")
            pq.write_table(arrow_of_facts(chunk.codes, chunk.facts, own), parts[-1])
            scales |= {name: max(scale, scales.get(name, 0)) for name, scale in own.items()}
        ordered = {name: scales[name] for name in plan.catalog.facts if name in scales}
        half = Path(folder) / "whole.parquet"
        rows = _put_together(plan, about, parts, ordered, half)
        half.replace(path)
    return rows


def _put_together(
    plan: Plan, about: FactsAbout, parts: list[Path], scales: dict[str, int], path: Path
) -> int:
    schema = schema_of(scales).with_metadata(about_bytes(about))
    rows = 0
    with pq.ParquetWriter(path, schema) as writer:
        for part in parts:
            table = pq.read_table(part)
            codes, facts = facts_of_arrow(table, scales_of(table.schema, plan.catalog.facts))
            writer.write_table(_rescaled(plan, codes, facts, scales).cast(schema))
            rows += table.num_rows
    return rows


def _rescaled(plan: Plan, codes: list[str], facts: FactColumns, scales: dict[str, int]) -> pa.Table:
    """Bring a chunk to the scales of the file; rows that then pass 64 bits are kept apart."""
    wide: set[int] = set()
    for name, column in facts.columns.items():
        most = INT64_MAX // unit_of(scales[name] - column.scale)
        wide.update(np.flatnonzero((column.values > most) | (column.values < -most)).tolist())
    if wide:
        apart = {row: facts_of_row(plan, facts, row) for row in wide if row not in facts.apart}
        rows = np.array(sorted(wide))
        columns = {name: _without(column, rows) for name, column in facts.columns.items()}
        facts = replace(facts, columns=columns, apart={**facts.apart, **apart})
    return arrow_of_facts(codes, facts, scales)


def _without(column: FactColumn, rows: NDArray[np.intp]) -> FactColumn:
    """Forget the values of some rows."""
    known, values = spread(column.known, len(column.values)).copy(), column.values.copy()
    known[rows], values[rows] = False, 0
    return replace(column, values=values, known=known)


def _chunks(store: Store, plan: Plan, request: Request, known_at: datetime) -> Iterator[Chunk]:
    needed, after = scope_of(plan, request).needed, ""
    while True:
        with store.read() as session:
            stretch = stretch_of_region(
                session,
                request.region,
                after=after,
                limit=CHUNK_SIZE,
                on=request.on,
                known_at=known_at,
            )
        if not stretch.codes:
            return
        yield Chunk(stretch.codes, columns_of_rows(stretch.facts, plan.catalog.facts, needed))
        after = stretch.codes[-1]
