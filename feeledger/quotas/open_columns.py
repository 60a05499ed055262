"""What of many enterprises is still open, over columns: the meaning of ``sheet.py``, set-based. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from feeledger.assessment.column_facts import FactColumns, columns_of_rows
from feeledger.assessment.column_findings import CODES, FINDINGS, LineColumn
from feeledger.assessment.column_walk import spread
from feeledger.assessment.columns import assess_columns
from feeledger.assessment.outcomes import Request
from feeledger.assessment.selection import scope_of
from feeledger.catalog.plan import Plan
from feeledger.quotas.quota import Standing
from feeledger.quotas.sheet import CHOOSABLE, stated_names

UNDETERMINED: Final = [CODES["undetermined", ""], CODES["undetermined", "reduction_unknown"]]
CHOOSABLE_CODES: Final = [
    code for code, found in enumerate(FINDINGS) if found is not None and found[0] in CHOOSABLE
]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Place:
    """The day and region that enterprises are assessed for."""

    on: date
    region: str


def standings_of(
    plan: Plan, place: Place, rows: Sequence[Mapping[str, object]]
) -> tuple[Standing, ...]:
    """Say of each row of facts how much is stated, how much open, and whether it is refused."""
    scope = scope_of(plan, Request(None, place.on, place.region))
    facts = columns_of_rows(rows, plan.catalog.facts, scope.needed)
    answer = assess_columns(plan, facts, on=place.on, region=place.region)
    refused = spread(answer.refused, answer.rows)
    opened = np.zeros(len(rows), np.int64)
    for column in answer.lines:
        opened += _open_in(plan, column, facts)
    stated = [len(stated_names(row)) for row in rows]
    return tuple(
        Standing(number, int(count), bool(refuse))
        for number, count, refuse in zip(stated, opened, refused, strict=True)
    )


def _open_in(plan: Plan, column: LineColumn, facts: FactColumns) -> Counts:
    """Count one line where it is open and reads a fact that was stated."""
    nothing = np.zeros(facts.rows, np.int64)
    if column.line is None:
        return nothing
    names = stated_names(plan.lines[column.line].facts) & facts.columns.keys()
    if not names:
        return nothing
    stated = np.zeros(facts.rows, np.bool_)
    for name in names:
        stated |= spread(facts.columns[name].known, facts.rows)
    unchosen = spread(column.alternative, facts.rows) & np.isin(column.codes, CHOOSABLE_CODES)
    found = np.isin(column.codes, UNDETERMINED) | unchosen
    for row in column.beyond:
        found[row] = True
    return (found & stated).astype(np.int64)
