"""A case as a row and as a value: the one place where the two are turned into each other."""

from typing import Any, cast

from feeledger.money import Money
from feeledger.periods import WorkingDate
from feeledger.supervision.levels import Level
from feeledger.supervision.states import Case, State


def case_of(row: Any) -> Case:
    """Give the value that decides the next move of a case's row."""
    due = None if row.due_on is None else WorkingDate(row.due_on, row.due_provisional)
    return Case(
        state=cast("State", row.state),
        level=cast("Level", row.level),
        opened_by=row.opened_by,
        opened_on=row.opened_on,
        entered_on=row.entered_on,
        due=due,
        parties=frozenset(row.parties),
        heard=row.heard,
        card_on=row.card_on,
        confirmed_on=row.confirmed_on,
        decided_by=row.decided_by,
        appealed=row.appealed,
        rounds=row.rounds,
        established=None if row.established_fen is None else Money(row.established_fen),
    )


def values_of(case: Case) -> dict[str, object]:
    """Give the columns that a move may change."""
    return {
        "state": case.state,
        "parties": sorted(case.parties),
        "entered_on": case.entered_on,
        "due_on": case.due.day if case.due else None,
        "due_provisional": case.due.provisional if case.due else False,
        "heard": case.heard,
        "card_on": case.card_on,
        "confirmed_on": case.confirmed_on,
        "decided_by": case.decided_by,
        "appealed": case.appealed,
        "rounds": case.rounds,
        "established_fen": None if case.established is None else case.established.fen,
    }
