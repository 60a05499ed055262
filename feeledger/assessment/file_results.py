"""A run in files: facts in one Parquet file, its lines in Parquet files beside a record of it.

``lines/`` holds the stored lines (region, uscc, item, line, outcome, amount_fen, low_fen, high_fen)
in order of enterprise, file by file; ``run.json``, written last, is the record: what was asked, of
which edition, what was known when, by which engine, counts and totals, and the one digest.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from feeledger.assessment.digests import RunHead, digest_of_export
from feeledger.assessment.fact_tables import FactsFileRefused, scales_of
from feeledger.assessment.outcomes import Request
from feeledger.assessment.run_lines import Count
from feeledger.catalog.plan import Plan
from feeledger.errors import Text

ABOUT: Final = b"feeledger"
RECORD: Final = "run.json"
LINES: Final = "lines"
READ_AT_ONCE: Final = 65_536
LINE_SCHEMA: Final = pa.schema(
    [
        pa.field("region", pa.string(), nullable=False),
        pa.field("uscc", pa.string(), nullable=False),
        pa.field("item", pa.string(), nullable=False),
        pa.field("line", pa.string(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("amount_fen", pa.int64()),
        pa.field("low_fen", pa.int64()),
        pa.field("high_fen", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class FactsAbout:
    """What a file of facts is about: region, day, edition by its SHA-256, known at an instant."""

    region: str
    on: date
    edition_sha256: str
    known_at: str


@dataclass(frozen=True, slots=True)
class FactsFile:
    """An opened file of facts."""

    path: Path
    about: FactsAbout
    scales: Mapping[str, int]
    rows: int

    @property
    def request(self) -> Request:
        """What is asked of every row."""
        return Request(None, self.about.on, self.about.region)


def about_bytes(about: FactsAbout) -> dict[bytes, bytes]:
    """Write what a file is about, as the metadata of its schema."""
    told = {
        "region": about.region,
        "on": about.on.isoformat(),
        "edition_sha256": about.edition_sha256,
        "known_at": about.known_at,
    }
    return {ABOUT: json.dumps(told, sort_keys=True).encode()}


def open_facts(path: Path, plan: Plan) -> FactsFile:
    """Open a file of facts made for the plan's edition. Raises FactsFileRefused."""
    try:
        schema, rows = pq.read_schema(path), pq.read_metadata(path).num_rows
        told = json.loads((schema.metadata or {})[ABOUT])
        about = FactsAbout(
            told["region"],
            date.fromisoformat(told["on"]),
            told["edition_sha256"],
            told["known_at"],
        )
    except (OSError, pa.ArrowInvalid, KeyError, ValueError) as fault:
        raise FactsFileRefused(
            Text(
                f"{path} 不是 assess-region --export-facts 导出的数据文件，请核对路径。",
                f"{path} is no file of facts made by assess-region --export-facts; check the path.",
            )
        ) from fault
    if about.edition_sha256 != plan.catalog.edition.sha256:
        raise FactsFileRefused(
            Text(
                f"{path} 是为另一版目录导出的（{about.edition_sha256[:12]}…），现用目录为 "
                f"{plan.catalog.edition.id}；请用 --catalog 指明那一版，或重新导出。",
                f"{path} was made for another edition ({about.edition_sha256[:12]}…), not for "
                f"{plan.catalog.edition.id}; name that edition by --catalog, or export anew.",
            )
        )
    return FactsFile(path, about, scales_of(schema, plan.catalog.facts), rows)


def add_counts(counts: Iterable[Sequence[Any]]) -> tuple[Count, ...]:
    """Add counts up by item, line, outcome, reason and alternative, in order."""
    numbers: Counter[tuple[str, str, str, str, bool]] = Counter()
    fen: Counter[tuple[str, str, str, str, bool]] = Counter()
    for item, line, outcome, reason, alternative, enterprises, amount in counts:
        key = item, line, outcome, reason, bool(alternative)
        numbers[key] += enterprises
        fen[key] += amount
    return tuple((*key, numbers[key], fen[key]) for key in sorted(numbers))


def keep_record(
    results: Path, facts: FactsFile, engine: str, refused: int, counts: Sequence[Count]
) -> dict[str, Any]:
    """Write the record of a finished run, with its digest; give it."""
    about = facts.about
    head = RunHead(about.region, about.on.isoformat(), about.edition_sha256, facts.rows, refused)
    lines = sum(pq.read_metadata(part).num_rows for part in line_files(results))
    record = {
        "region": about.region,
        "on": about.on.isoformat(),
        "edition_sha256": about.edition_sha256,
        "known_at": about.known_at,
        "engine": engine,
        "enterprises": facts.rows,
        "refused": refused,
        "lines_stored": lines,
        "counts": [list(count) for count in counts],
        "sha256": digest_of_export(head, counts, read_lines(results)),
    }
    write_whole(results / RECORD, json.dumps(record, ensure_ascii=False, indent=1).encode())
    return record


def line_files(results: Path) -> list[Path]:
    """Give the files of lines, in order of enterprise."""
    return sorted((results / LINES).glob("part-*.parquet"))


def read_lines(results: Path) -> Iterator[tuple[Any, ...]]:
    """Read the lines of a run as its digest wants them, a part at a time."""
    names = ["uscc", "line", "outcome", "amount_fen", "low_fen", "high_fen"]
    for path in line_files(results):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(READ_AT_ONCE, columns=names):
                yield from zip(*(batch.column(name).to_pylist() for name in names), strict=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    half.write_bytes(content)
    half.replace(path)
