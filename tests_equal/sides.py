"""One question to every evaluator: the scalar walk, columns, DuckDB, PostgreSQL and Spark."""

import pyarrow.parquet as pq

from feeledger.assessment.fact_tables import arrow_of_facts
from feeledger.assessment.sql_dialects import SPARK
from tests.reference.column_side import against_reference
from tests.reference.engine_side import disagreements, engine_answer
from tests.reference.sql_side import sql_against_reference


class Spark:
    """Spark over one table of facts; ``ask`` gives rows."""

    dialect = SPARK

    def __init__(self, session, folder):
        self.session, self.folder, self.tables = session, folder, 0

    def fill(self, codes, columns, scales):
        self.tables += 1
        path = str(self.folder / f"{self.tables}.parquet")
        pq.write_table(arrow_of_facts(codes, columns, scales), path)
        self.session.read.parquet(path).createOrReplaceTempView("facts")

    def ask(self, text):
        return [tuple(row) for row in self.session.sql(text).collect()]


def by_walk(plan, edition, asked):
    """Give every difference between the scalar walk and the reference."""
    for request in asked:
        yield from disagreements(edition, request, engine_answer(plan, edition, request))


def by_columns(plan, edition, asked):
    """Give every difference between the columns and the reference."""
    yield from against_reference(plan, edition, asked)


def by_database(database):
    """Give the differences between a database and the reference, as a function like the others."""
    return lambda plan, edition, asked: sql_against_reference(database, plan, edition, asked)


def noticed(side, plan, edition, asked):
    """Say whether a side comes to something else than the reference, or stops."""
    try:
        return next((True for _ in side(plan, edition, asked)), False)
    except Exception:  # noqa: BLE001 - an evaluator that stops has noticed
        return True
