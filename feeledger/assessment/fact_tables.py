"""Facts as an Arrow table, and so as Parquet: the columns of ``column_facts.py``, NULL for unknown.

Columns: ``uscc``; ``refused``, the row could not be read; ``apart``, all facts of a row with a
number beyond 64 bits, as JSON; and ``f_`` with a fact's name, a 64-bit integer a row. How many of
its digits are decimals stands in the column's own metadata (``scale``). An enum is the place of its
value, a boolean 0 or 1.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa

from feeledger.assessment.column_facts import FactColumn, FactColumns, least_decimals
from feeledger.assessment.column_walk import Mask, spread
from feeledger.assessment.sql_verdicts import column_of
from feeledger.catalog.building import shape_of
from feeledger.catalog.items import Fact
from feeledger.catalog.nodes import unit_of
from feeledger.enterprises.facts import fact_text
from feeledger.errors import Invalid, Text

SCALE: Final = b"scale"
FIXED: Final = (
    pa.field("uscc", pa.string(), nullable=False),
    pa.field("refused", pa.bool_(), nullable=False),
    pa.field("apart", pa.string()),
)


class FactsFileRefused(Invalid):
    """A file of facts is not as this system writes it."""

    code = "facts-file-refused"
    title = Text("数据文件不符合格式", "The file of facts is not of the form")


def schema_of(scales: Mapping[str, int]) -> pa.Schema:
    """Give the schema of a table with columns of these scales."""
    facts = [
        pa.field(column_of(name), pa.int64(), metadata={SCALE: str(scale).encode()})
        for name, scale in scales.items()
    ]
    return pa.schema([*FIXED, *facts])


def arrow_of_facts(codes: Sequence[str], facts: FactColumns, scales: Mapping[str, int]) -> pa.Table:
    """Write a chunk of facts as a table; ``scales`` are at least those of its columns."""
    columns: list[Any] = [
        pa.array(codes, pa.string()),
        pa.array(spread(facts.refused, facts.rows)),
        pa.array(
            [_json_of(facts.apart.get(row)) for row in range(facts.rows)]
            if facts.apart
            else pa.nulls(facts.rows, pa.string()),
            pa.string(),
        ),
    ]
    for name, scale in scales.items():
        column = facts.columns.get(name)
        if column is None:
            columns.append(pa.nulls(facts.rows, pa.int64()))
            continue
        values = column.values
        if scale > column.scale:
            values = values * unit_of(scale - column.scale)
        unknown = ~spread(column.known, facts.rows)
        columns.append(pa.array(values, pa.int64(), mask=unknown))
    return pa.Table.from_arrays(columns, schema=schema_of(scales))


def facts_of_arrow(
    table: pa.Table | pa.RecordBatch, scales: Mapping[str, int]
) -> tuple[list[str], FactColumns]:
    """Read a chunk of facts back, with the codes of its rows."""
    columns = {}
    for name, scale in scales.items():
        values, known = _numbers(table.column(column_of(name)))
        if known is not False:
            columns[name] = FactColumn(values, known, scale)
    apart = {
        row: _facts_apart(row, text)
        for row, text in enumerate(table.column("apart").to_pylist())
        if text is not None
    }
    refused = np.asarray(table.column("refused").to_numpy(zero_copy_only=False), np.bool_)
    some: Mask = refused if refused.any() else False
    facts = FactColumns(table.num_rows, columns, some, apart)
    return table.column("uscc").to_pylist(), facts


def scales_of(schema: pa.Schema, known: Mapping[str, Fact]) -> dict[str, int]:
    """Read the scale of each fact's column. Raises FactsFileRefused for any other column."""
    for each in FIXED:
        if schema.get_field_index(each.name) < 0 or schema.field(each.name).type != each.type:
            raise _refused(each.name, Text(f"须为 {each.type} 列", f"must be of type {each.type}"))
    scales = {}
    for field in schema:
        name = field.name.removeprefix("f_")
        if field.name in {each.name for each in FIXED}:
            continue
        if name == field.name or name not in known:
            raise _refused(field.name, Text("目录中没有这项数据", "the catalog has no such fact"))
        scale = (field.metadata or {}).get(SCALE, b"").decode()
        if field.type != pa.int64() or not scale.isdigit():
            raise _refused(
                field.name,
                Text("须为 int64，并注明 scale", "must be int64 with scale in its metadata"),
            )
        scales[name] = _scale_allowed(known[name], int(scale))
    return scales


def _scale_allowed(fact: Fact, scale: int) -> int:
    least, most = least_decimals(fact), shape_of(fact).scale
    if not least <= scale <= most:
        why = Text(
            f"scale 为 {scale}，须在 {least} 至 {most} 之间",
            f"its scale is {scale}, {least} to {most} is wanted",
        )
        raise _refused(column_of(fact.name), why)
    return scale


def _facts_apart(row: int, text: str) -> dict[str, object]:
    try:
        told = json.loads(text, parse_float=Decimal)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        why = Text(
            f"第 {row + 1} 行“{text[:60]}”不是 JSON 对象",
            f'"{text[:60]}" of row {row + 1} is no JSON object',
        )
        raise _refused("apart", why)
    return told


def _refused(column: str, why: Text) -> FactsFileRefused:
    return FactsFileRefused(
        Text(
            f"数据文件的列“{column[:60]}”有误：{why.zh}。请用 assess-region --export-facts 重新导出。",
            f'Column "{column[:60]}" of the file of facts: {why.en}. Write the file anew with '
            "assess-region --export-facts.",
        ),
        column=column[:60],
    )


def _numbers(array: Any) -> tuple[Any, Mask]:
    """Give the values of a column, zero where unknown, and where they are known."""
    if array.null_count == len(array):
        return np.zeros(len(array), np.int64), False
    known: Mask = True
    if array.null_count:
        known = np.asarray(array.is_valid().to_numpy(zero_copy_only=False), np.bool_)
        array = array.fill_null(0)
    return np.asarray(array.to_numpy(zero_copy_only=False), np.int64), known


def _json_of(facts: Mapping[str, object] | None) -> str | None:
    if facts is None:
        return None
    parts = (f"{json.dumps(name)}: {fact_text(name, value)}" for name, value in facts.items())
    return f"{{{', '.join(parts)}}}"
