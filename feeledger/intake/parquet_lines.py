"""Parquet of facts: integer, decimal, text, boolean and date columns; floats are refused as inexact."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from feeledger.errors import FileRefused
from feeledger.intake.cells import NOTHING, Cell
from feeledger.intake.faults import fact_file_fault

BATCH: Final = 4096


def parquet_lines(file: BinaryIO, name: str) -> Iterator[tuple[int, list[Cell]]]:
    """Give the columns as line 1, then the rows. Raises FileRefused."""
    try:
        opened = pq.ParquetFile(file)
        schema = opened.schema_arrow
        faults = tuple(
            fact_file_fault("column-type", name, 1, path=field.name, value=str(field.type))
            for field in schema
            if not _is_taken(field.type)
        )
        if faults:
            raise FileRefused(faults)
        yield 1, [Cell(field.name) for field in schema]
        number = 1
        for batch in opened.iter_batches(BATCH):
            columns = [column.to_pylist() for column in batch.columns]
            for values in zip(*columns, strict=True):
                number += 1
                yield number, [_cell(value) for value in values]
    except (pa.ArrowException, OSError) as error:
        reason = str(error).partition("\n")[0]
        fault = fact_file_fault("parquet-malformed", name, 1, value=reason)
        raise FileRefused((fault,)) from error


def _is_taken(kind: Any) -> bool:
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    tests = (
        pa.types.is_integer, pa.types.is_decimal, pa.types.is_string, pa.types.is_large_string,
        pa.types.is_boolean, pa.types.is_date, pa.types.is_null,
    )  # fmt: skip
    return any(test(inner) for test in tests)


def _cell(value: object) -> Cell:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return Cell("true" if value else "false")
    if isinstance(value, Decimal):
        return Cell(f"{value:f}")
    return Cell(value.isoformat() if isinstance(value, date) else str(value))
