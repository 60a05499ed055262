"""Whom a run refused, and why: each enterprise with every fault of its facts, as the run knew them.

A run goes on past facts that cannot be used and counts who has them. Who they are is kept nowhere:
it is found again in the chunks that count any, by the same edition and the same knowledge.
"""

from collections.abc import Iterator

import numpy as np
from sqlalchemy import select

from feeledger.assessment.column_facts import columns_of_rows
from feeledger.assessment.column_walk import spread
from feeledger.assessment.columns import assess_columns
from feeledger.assessment.outcomes import FactsRefused, Request
from feeledger.assessment.run_queries import replay
from feeledger.assessment.selection import scope_of
from feeledger.assessment.tables import AssessmentRunChunkRow, AssessmentRunRow
from feeledger.catalog.plan import Plan
from feeledger.enterprises.batch_queries import stretch_of_region
from feeledger.store import Store


def refused_of_run(
    store: Store, plan: Plan, run: AssessmentRunRow
) -> Iterator[tuple[str, FactsRefused]]:
    """Give the enterprises a run refused, in order of code, each with all faults of its facts."""
    after = ""
    for last, enterprises, refused in _chunks(store, run):
        if refused:
            yield from _refused_behind(store, plan, run, after, enterprises)
        after = last


def _chunks(store: Store, run: AssessmentRunRow) -> list[tuple[str, int, int]]:
    chunk = AssessmentRunChunkRow
    query = (
        select(chunk.last_uscc, chunk.enterprises, chunk.refused)
        .where(chunk.region == run.region, chunk.run == run.id)
        .order_by(chunk.number)
    )
    with store.read() as session:
        return [(row.last_uscc, row.enterprises, row.refused) for row in session.execute(query)]


def _refused_behind(
    store: Store, plan: Plan, run: AssessmentRunRow, after: str, enterprises: int
) -> Iterator[tuple[str, FactsRefused]]:
    """Work one chunk out again and ask about each enterprise it refuses."""
    with store.read() as session:
        stretch = stretch_of_region(
            session, run.region, after=after, limit=enterprises, on=run.day, known_at=run.known_at
        )
        needed = scope_of(plan, Request(None, run.day, run.region)).needed
        facts = columns_of_rows(stretch.facts, plan.catalog.facts, needed)
        answer = assess_columns(plan, facts, on=run.day, region=run.region)
        for place in np.flatnonzero(spread(answer.refused, answer.rows)):
            uscc = stretch.codes[int(place)]
            try:
                replay(session, plan, run, uscc)
            except FactsRefused as refused:
                yield uscc, refused
