"""A run in files: facts in one Parquet file, its lines in Parquet files beside a record of it.

``lines/`` holds the stored lines (region, uscc, item, line, outcome, amount_fen, low_fen, high_fen)
in order of enterprise, file by file; ``run.json``, written last, is the record: what was asked, of
which edition, what was known when, by which engine, counts and totals, and the one digest.
``asked.json``, written first, holds whose folder it is: a run never writes into that of another.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from feeledger.assessment.digests import RunHead, digest_of_export
from feeledger.assessment.fact_tables import FactsFileRefused, scales_of
from feeledger.assessment.outcomes import Request
from feeledger.assessment.run_lines import Count
from feeledger.catalog.plan import Plan
from feeledger.errors import Conflict, Text

ABOUT: Final = b"feeledger"
ASKED: Final = "asked.json"
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


class ResultsOfAnotherRun(Conflict):
    """The folder of results holds something that is not of this run."""

    code = "results-of-another-run"
    title = Text("结果目录已被占用", "The folder of results is taken")


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
        with pq.ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
        told = json.loads((schema.metadata or {})[ABOUT])
        about = FactsAbout(
            told["region"],
            date.fromisoformat(told["on"]),
            told["edition_sha256"],
            told["known_at"],
        )
    except (OSError, pa.ArrowInvalid, KeyError, TypeError, ValueError) as fault:
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
    scales = scales_of(schema, plan.catalog.facts)
    _judge_codes(path)
    return FactsFile(path, about, scales, rows)


def read_batches(path: Path, size: int, columns: list[str] | None = None) -> Iterator[Any]:
    """Read a file of facts, some rows at a time. Raises FactsFileRefused where it is damaged."""
    try:
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(size, columns=columns)
    except (OSError, pa.ArrowException) as damage:
        raise FactsFileRefused(
            Text(
                f"{path} 已损坏，读不下去。请重新复制，或重新导出。",
                f"{path} is damaged and cannot be read on; copy it again, or export anew.",
            )
        ) from damage


def _judge_codes(path: Path) -> None:
    """Refuse a file whose rows do not stand once each, in order of code."""
    before = ""
    for batch in read_batches(path, READ_AT_ONCE, ["uscc"]):
        for code in batch.column("uscc").to_pylist():
            if code is None or code <= before:
                raise FactsFileRefused(
                    Text(
                        f"{path} 的列“uscc”有误：{code} 在 {before} 之后，须每户一行，依代码升序。",
                        f'Column "uscc" of {path}: {code} stands after {before}; one row an '
                        "enterprise is wanted, in ascending order of code.",
                    ),
                    column="uscc",
                    value=str(code)[:60],
                )
            before = code


def claim_results(results: Path, facts: FactsFile, engine: str) -> None:
    """Take a folder for the run of a file, or go on in it. Raises ResultsOfAnotherRun."""
    with facts.path.open("rb") as file:
        content = file_digest(file, "sha256").hexdigest()
    asked = json.dumps({"facts_sha256": content, "engine": engine}, sort_keys=True).encode()
    note = results / ASKED
    if note.exists():
        taken = note.read_bytes() != asked
    else:
        taken = any(not each.name.startswith(".") for each in results.glob("*"))
    if taken:
        raise ResultsOfAnotherRun(
            Text(
                f"{results} 里已有另一次测算的结果或别的文件；请用 --results 另指一个空目录。",
                f"{results} holds the results of another run, or other files; name an empty "
                "folder by --results.",
            )
        )
    write_whole(note, asked)


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
