"""Rows as PostgreSQL's binary COPY wants them, from columns: each field behind its length.

NULL has length -1 and no bytes. Worked out over whole columns; nothing is held but one chunk.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from feeledger.assessment.column_facts import FactColumns
from feeledger.assessment.column_walk import Mask, spread

COPY_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_END: Final = b"\xff\xff"
HEAD_BYTES: Final = 2
LENGTH_BYTES: Final = 4
Bytes = NDArray[np.uint8]


def copy_of_facts(codes: Sequence[str], facts: FactColumns, names: Iterable[str]) -> bytes:
    """Write a chunk of facts: code, refused, apart, then the named facts."""
    rows = facts.rows
    apart = np.zeros(rows, np.bool_)
    apart[list(facts.apart)] = True
    width = max(map(len, codes), default=1)
    fields: list[tuple[Bytes, Mask]] = [
        (_bytes_of(np.array([code.encode("ascii") for code in codes], f"S{width}")), True),
        (_bytes_of(spread(facts.refused, rows).astype(np.uint8)), True),
        (_bytes_of(np.full(rows, b"x", "S1")), apart),
    ]
    for name in names:
        column = facts.columns[name]
        fields.append((_bytes_of(column.values.astype(">i8")), column.known))
    return COPY_HEAD + _packed(rows, fields) + COPY_END


def _bytes_of(values: NDArray[Any]) -> Bytes:
    return np.ascontiguousarray(values).view(np.uint8).reshape(len(values), -1)


def _packed(rows: int, fields: Sequence[tuple[Bytes, Mask]]) -> bytes:
    """Lay the fields of each row behind each other."""
    widths = np.full(rows, HEAD_BYTES + LENGTH_BYTES * len(fields), np.int64)
    for values, known in fields:
        widths += values.shape[1] * spread(known, rows)
    ends = np.cumsum(widths)
    written = np.zeros(int(ends[-1]) if rows else 0, np.uint8)
    cursor = ends - widths
    written[cursor + 1] = len(fields) & 0xFF
    written[cursor] = len(fields) >> 8
    cursor += HEAD_BYTES
    for values, known in fields:
        mask, width = spread(known, rows), values.shape[1]
        length = np.where(mask, width, -1).astype(">i4").view(np.uint8).reshape(rows, -1)
        written[cursor[:, None] + np.arange(LENGTH_BYTES)] = length
        places = cursor[mask, None] + (LENGTH_BYTES + np.arange(width))
        written[places] = values[mask]
        cursor += LENGTH_BYTES + width * mask
    return written.tobytes()
