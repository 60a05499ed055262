"""What SQL leaves to the scalar walk: rows whose numbers are not proved to fit 64 bits.

Each such row is asked as a request is; nothing of it was worked out in the database.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from feeledger.assessment.column_facts import FactColumns
from feeledger.assessment.column_findings import FIGURED
from feeledger.assessment.columns import Key
from feeledger.assessment.engine import assess
from feeledger.assessment.outcomes import FactsRefused, LineAnswer, Request
from feeledger.assessment.run_lines import Count
from feeledger.catalog.nodes import INT64_MAX
from feeledger.catalog.plan import Plan
from feeledger.money import Money

KeptLine = tuple[str, str, str, int | None, int | None, int | None]


@dataclass(frozen=True, slots=True)
class LeftRow:
    """A row left to the walk: its code, its facts, the answers wanted; None for all of them."""

    uscc: str
    facts: Mapping[str, object]
    wanted: Collection[Key] | None


def answers_by_walk(
    plan: Plan, request: Request, rows: Collection[LeftRow]
) -> Iterator[tuple[str, tuple[LineAnswer, ...] | None]]:
    """Answer the rows one by one, in the order given; None for a row that is refused."""
    for row in rows:
        try:
            asked = _asked_of(request, row)
            lines = assess(plan, asked, bounded=False).lines
        except FactsRefused:
            yield row.uscc, None
            continue
        wanted = row.wanted
        yield (
            row.uscc,
            tuple(each for each in lines if wanted is None or (each.item, each.line) in wanted),
        )


def _asked_of(request: Request, row: LeftRow) -> Request:
    """Ask of a row only the items that were left; what else it states was judged before."""
    if row.wanted is None or request.items or request.lines:
        return replace(request, facts=row.facts)
    items = tuple(sorted({item for item, _ in row.wanted}))
    return replace(request, facts=row.facts, items=items)


def facts_of_row(plan: Plan, facts: FactColumns, row: int) -> dict[str, object]:
    """Give the facts of one row as a request states them."""
    found: dict[str, object] = {}
    for name, column in facts.columns.items():
        if column.known is False or (column.known is not True and not column.known[row]):
            continue
        fact, whole = plan.catalog.facts[name], int(column.values[row])
        if fact.type == "bool":
            found[name] = bool(whole)
        elif fact.type == "enum":
            found[name] = fact.values[whole]
        else:
            found[name] = Decimal(whole).scaleb(-column.scale)
    return found


def line_kept(uscc: str, answer: LineAnswer) -> KeptLine | None:
    """Give the line that is kept of an answer: a figure above zero that somebody chose."""
    if answer.line is None or answer.alternative or answer.outcome not in FIGURED:
        return None
    low, high = answer.allowed_range or (None, None)
    ends = (_fen(answer.amount), _fen(low), _fen(high))
    if is_beyond(answer) or not ((ends[0] or 0) > 0 or (ends[2] or 0) > 0):
        return None
    return uscc, answer.line, answer.outcome, *ends


def count_of(answer: LineAnswer) -> Count:
    """Count one answer as a chunk counts it."""
    line = answer.line or ""
    if is_beyond(answer):
        return answer.item, line, "refused", "beyond_64_bits", False, 1, 0
    fen = _fen(answer.amount) or 0
    if answer.outcome == "undetermined":
        fen = 0
    reason = answer.reason or ""
    return answer.item, line, answer.outcome, reason, answer.alternative, 1, fen


def is_beyond(answer: LineAnswer) -> bool:
    """Say whether a sum of an answer is beyond what any account holds."""
    if answer.outcome == "undetermined":
        return False
    sums = (answer.amount, *(answer.allowed_range or ()))
    return any(each is not None and each.fen > INT64_MAX for each in sums)


def _fen(amount: Money | None) -> int | None:
    return None if amount is None else amount.fen
