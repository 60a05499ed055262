"""The lines of one chunk made ready to be stored: sorted, counted, and written for COPY.

Only figures above zero are kept, of lines that somebody chose; every answer is counted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from feeledger.assessment.column_findings import CODES, FIGURED, FINDINGS, LineColumn
from feeledger.assessment.column_walk import Ints, spread
from feeledger.assessment.columns import ColumnAnswer
from feeledger.assessment.copying import COPY_END, COPY_HEAD
from feeledger.catalog.nodes import INT64_MAX

Count = tuple[str, str, str, str, bool, int, int]
Stored = tuple[str, int, str, str, str, int | None, int | None, int | None]
FIGURED_CODES: Final = [CODES[outcome, ""] for outcome in FIGURED]
FIELDS: Final = 8
USCC_LENGTH: Final = 18


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one line that came to one outcome, with what they have of amount and range."""

    line: str
    outcome: str
    rows: NDArray[np.intp]
    amount: Ints | None
    low: Ints | None
    high: Ints | None


@dataclass(frozen=True, slots=True)
class ChunkLines:
    """What a chunk stores and counts; ``places`` is the order by enterprise and line.

    A count is item, line, outcome, reason, alternative, enterprises and fen.
    """

    enterprises: int
    refused: int
    parts: tuple[Part, ...]
    counts: tuple[Count, ...]

    @property
    def stored(self) -> int:
        """How many lines are stored."""
        return sum(len(part.rows) for part in self.parts)


def lines_of_chunk(answer: ColumnAnswer) -> ChunkLines:
    """Read a chunk's answers once; keep the figures, count everything."""
    parts: list[Part] = []
    counts: list[Count] = []
    for column in answer.lines:
        counts += _counts_of(column)
        if column.line is not None:
            parts += _parts_of(column, column.line)
    parts.sort(key=lambda part: (part.line, part.outcome))
    refused = int(spread(answer.refused, answer.rows).sum())
    return ChunkLines(answer.rows, refused, tuple(parts), tuple(sorted(counts)))


def _counts_of(column: LineColumn) -> Iterator[Count]:
    line, rows = column.line or "", len(column.codes)
    alternative = spread(column.alternative, rows)
    for code in np.flatnonzero(np.bincount(column.codes, minlength=len(FINDINGS))).tolist():
        finding = FINDINGS[code]
        if finding is None:
            continue
        here = column.codes == code
        for unchosen in (False, True):
            chosen = here & (alternative == unchosen)
            number = int(chosen.sum())
            if number:
                fen = _total(column.amount[chosen])
                yield (column.item, line, *finding, unchosen, number, fen)
    if column.beyond:
        yield (column.item, line, "refused", "beyond_64_bits", False, len(column.beyond), 0)


def _total(amounts: Ints) -> int:
    """Add amounts without ever wrapping."""
    if int(amounts.max(initial=0)) * len(amounts) <= INT64_MAX:
        return int(amounts.sum())
    return sum(amounts.tolist())


def _parts_of(column: LineColumn, line: str) -> Iterator[Part]:
    rows = len(column.codes)
    kept = np.isin(column.codes, FIGURED_CODES) & ~spread(column.alternative, rows)
    kept &= (column.amount > 0) | (column.high > 0)
    if not kept.any():
        return
    has_low, has_high = spread(column.has_low, rows), spread(column.has_high, rows)
    group = column.codes * np.uint8(4) + has_low * np.uint8(2) + has_high
    for key in np.unique(group[kept]).tolist():
        finding = FINDINGS[key // 4]
        found = np.flatnonzero(kept & (group == key))
        if finding is None:
            raise TypeError(line)
        yield Part(
            line,
            finding[0],
            found,
            None if finding[0] == "range" else column.amount[found],
            column.low[found] if key & 2 else None,
            column.high[found] if key & 1 else None,
        )


def _order(parts: Sequence[Part]) -> NDArray[np.intp]:
    """Give the order of all rows by enterprise, then line."""
    rows = np.concatenate([part.rows for part in parts])
    return np.argsort(rows, kind="stable")  # the parts stand by line already


def rows_of(chunk: ChunkLines, *, region: str, run: int, codes: Sequence[str]) -> Iterator[Stored]:
    """Give the rows to store, in order of enterprise and line."""
    rows = sorted(
        (codes[row], part.line, part.outcome, *sums)
        for part in chunk.parts
        for row, *sums in zip(part.rows.tolist(), *_sums(part), strict=True)
    )
    for uscc, line, outcome, *sums in rows:
        yield (region, run, uscc, line, outcome, *sums)


def _sums(part: Part) -> Iterator[list[int | None]]:
    for values in (part.amount, part.low, part.high):
        yield [None] * len(part.rows) if values is None else values.tolist()


def copy_text(chunk: ChunkLines, *, region: str, run: int, codes: Sequence[str]) -> bytes:
    """Write the rows as PostgreSQL's binary COPY wants them, in order of enterprise and line."""
    if not chunk.parts:
        return COPY_HEAD + COPY_END
    usccs = np.array([code.encode("ascii") for code in codes], f"S{USCC_LENGTH}")
    records = [_records(part, region, run, usccs) for part in chunk.parts]
    widths = np.repeat([each.shape[1] for each in records], [each.shape[0] for each in records])
    order = _order(chunk.parts)
    ends = np.cumsum(widths[order])
    starts = np.empty(len(order), np.intp)
    starts[order] = ends - widths[order]
    written = np.empty(int(ends[-1]), np.uint8)
    begin = 0
    for each in records:
        number, width = each.shape
        places = starts[begin : begin + number, None] + np.arange(width)
        written[places] = each
        begin += number
    return COPY_HEAD + written.tobytes() + COPY_END


def _records(part: Part, region: str, run: int, usccs: NDArray[np.bytes_]) -> NDArray[np.uint8]:
    """Write the rows of a part side by side: each field behind its length, null as length -1."""
    fields: list[tuple[str, Any]] = [
        (f"S{len(region.encode())}", region.encode()),
        (">i8", run),
        (f"S{USCC_LENGTH}", usccs[part.rows]),
        (f"S{len(part.line.encode())}", part.line.encode()),
        (f"S{len(part.outcome)}", part.outcome.encode()),
        *((">i8", values) for values in (part.amount, part.low, part.high)),
    ]
    shape = [("fields", ">i2")]
    for place, (kind, value) in enumerate(fields):
        shape.append((f"length{place}", ">i4"))
        if value is not None:
            shape.append((f"value{place}", kind))
    records = np.zeros(len(part.rows), np.dtype(shape))
    records["fields"] = FIELDS
    for place, (kind, value) in enumerate(fields):
        records[f"length{place}"] = -1 if value is None else np.dtype(kind).itemsize
        if value is not None:
            records[f"value{place}"] = value
    return records.view(np.uint8).reshape(len(records), -1)
