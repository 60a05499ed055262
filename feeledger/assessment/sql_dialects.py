"""What differs between the databases that run the plan: division, whole numbers, rows from columns.

All arithmetic is of 64-bit integers. A quotient of integers is an integer by the operator named
here (DuckDB's ``/`` would be a float); every number is written as a 64-bit one, so that none is
worked out in 32 bits. A database that finds an overflow stops; the texts are proved to have none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

ANSWER_COLUMNS: Final = (
    "item",
    "line",
    "code",
    "amount_fen",
    "low_fen",
    "high_fen",
    "alternative",
)
TYPES: Final = ("text", "text", "int", "bigint", "bigint", "bigint", "boolean")
Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One database's way of saying what the others say otherwise.

    ``fence`` ends a subquery whose expressions are not to be written into the outer one again;
    ``unpivot`` turns the columns of a source into rows, given their texts row by row.
    """

    name: str
    whole: str
    quotient: str
    total: str
    fence: str
    unpivot: Callable[[str, Sequence[Row]], str]

    def number(self, value: int) -> str:
        """Write a whole number of 64 bits."""
        return self.whole.format(value) if value >= 0 else f"(-{self.whole.format(-value)})"

    def divided(self, top: str, bottom: str) -> str:
        """Write a quotient of two numbers that are not below zero, cut to a whole number."""
        return self.quotient.format(top, bottom)

    def summed(self, column: str) -> str:
        """Write a sum that cannot overflow."""
        return self.total.format(column)


def _postgresql_rows(source: str, rows: Sequence[Row]) -> str:
    arrays = ", ".join(
        f"ARRAY[{', '.join(each)}]::{kind}[]"
        for each, kind in zip(zip(*rows, strict=True), TYPES, strict=True)
    )
    names = ", ".join(ANSWER_COLUMNS)
    return f"SELECT w.uscc, {names} FROM {source} AS w, LATERAL unnest({arrays}) AS v({names})"


def _duckdb_rows(source: str, rows: Sequence[Row]) -> str:
    lists = ", ".join(
        f"unnest([{', '.join(each)}]) AS {name}"
        for each, name in zip(zip(*rows, strict=True), ANSWER_COLUMNS, strict=True)
    )
    return f"SELECT w.uscc, {lists} FROM {source} AS w"


def _spark_rows(source: str, rows: Sequence[Row]) -> str:
    cells = ", ".join(", ".join(row) for row in rows)
    names = ", ".join(ANSWER_COLUMNS)
    return (
        f"SELECT w.uscc, {names} FROM {source} AS w "
        f"LATERAL VIEW stack({len(rows)}, {cells}) v AS {names}"
    )


POSTGRESQL: Final = Dialect(
    "postgresql", "{}::bigint", "({} / {})", "sum({}::numeric)", " OFFSET 0", _postgresql_rows
)
DUCKDB: Final = Dialect("duckdb", "{}::BIGINT", "({} // {})", "sum({}::HUGEINT)", "", _duckdb_rows)
SPARK: Final = Dialect(
    "spark", "{}L", "({} div {})", "sum(CAST({} AS DECIMAL(38, 0)))", "", _spark_rows
)
