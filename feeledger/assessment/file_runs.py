"""A run over a file of facts on this machine: chunk by chunk, by columns, into files of lines.

A chunk's lines are whole before its note is written, and what has a note is not done again: a run
that was killed at any moment goes on behind its last chunk.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from feeledger.assessment.column_facts import Chunk
from feeledger.assessment.columns import assess_columns
from feeledger.assessment.fact_tables import facts_of_arrow
from feeledger.assessment.file_results import (
    LINE_SCHEMA,
    LINES,
    FactsFile,
    add_counts,
    claim_results,
    keep_record,
    read_batches,
    write_whole,
)
from feeledger.assessment.run_lines import ChunkLines, Part, lines_of_chunk
from feeledger.catalog.plan import Plan

CHUNK_SIZE: Final = 16_384
ENGINE: Final = "columns-1"
NOTES: Final = "chunks"
Watch = Callable[[int, int], None]


def assess_file(
    plan: Plan, facts: FactsFile, results: Path, watch: Watch | None = None
) -> dict[str, Any]:
    """Assess every row of a file of facts; give the record of the run."""
    claim_results(results, facts, ENGINE)
    done, lines = 0, 0
    notes = []
    for number, batch in enumerate(read_batches(facts.path, CHUNK_SIZE), 1):
        note = results / NOTES / f"{number:06d}.json"
        if not note.exists():
            chunk = Chunk(*facts_of_arrow(batch, facts.scales))
            _keep_chunk(plan, facts, results, number, chunk)
        told = json.loads(note.read_bytes())
        notes.append(told)
        done, lines = done + batch.num_rows, lines + told["lines"]
        if watch is not None:
            watch(done, lines)
    counts = add_counts(count for note in notes for count in note["counts"])
    return keep_record(results, facts, ENGINE, sum(note["refused"] for note in notes), counts)


def _keep_chunk(plan: Plan, facts: FactsFile, results: Path, number: int, chunk: Chunk) -> None:
    request = facts.request
    answer = assess_columns(plan, chunk.facts, on=request.on, region=request.region)
    lines = lines_of_chunk(answer)
    sink = pa.BufferOutputStream()
    pq.write_table(_table_of(plan, lines, request.region, chunk), sink)
    write_whole(results / LINES / f"part-{number:06d}.parquet", sink.getvalue().to_pybytes())
    note = {"lines": lines.stored, "refused": lines.refused, "counts": lines.counts}
    write_whole(results / NOTES / f"{number:06d}.json", json.dumps(note).encode())


def _table_of(plan: Plan, lines: ChunkLines, region: str, chunk: Chunk) -> pa.Table:
    """Write the lines of a chunk as a table, in order of enterprise and line."""
    if not lines.parts:
        return LINE_SCHEMA.empty_table()
    codes = pa.array(chunk.codes, pa.string())
    parts = [_part_of(plan, part, region, codes) for part in lines.parts]
    order = np.argsort(np.concatenate([part.rows for part in lines.parts]), kind="stable")
    return pa.concat_tables(parts).take(pa.array(order))


def _part_of(plan: Plan, part: Part, region: str, codes: pa.Array) -> pa.Table:
    rows = len(part.rows)
    item = plan.lines[part.line].item.id
    constant = [pa.repeat(pa.scalar(each), rows) for each in (item, part.line, part.outcome)]
    sums = [
        pa.nulls(rows, pa.int64()) if each is None else pa.array(each, pa.int64())
        for each in (part.amount, part.low, part.high)
    ]
    named = [pa.repeat(pa.scalar(region), rows), codes.take(pa.array(part.rows))]
    return pa.Table.from_arrays([*named, *constant, *sums], schema=LINE_SCHEMA)
