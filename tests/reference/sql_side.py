"""Ask a database what the columns are asked, and bring its answers into the same shape."""

from datetime import date

import duckdb
import psycopg

from feeledger.assessment.column_facts import columns_of_rows
from feeledger.assessment.column_findings import FINDINGS
from feeledger.assessment.copying import copy_of_facts
from feeledger.assessment.fact_tables import arrow_of_facts
from feeledger.assessment.outcomes import Request
from feeledger.assessment.selection import scope_of
from feeledger.assessment.sql_cases import TO_THE_WALK
from feeledger.assessment.sql_dialects import DUCKDB, POSTGRESQL
from feeledger.assessment.sql_remainder import LeftRow, answers_by_walk
from feeledger.assessment.sql_verdicts import (
    APART,
    REFUSED,
    FactTable,
    SqlQuestion,
    column_of,
    write_verdict,
)
from feeledger.assessment.sqltext import write_answers, write_rows
from tests.reference.column_side import (
    answer_beyond,
    answer_of,
    answers_by_row,
    chunks_of,
    columns_of,
    differing_from_reference,
    told,
)
from tests.reference.engine_side import facts_for_engine


class DuckDB:
    """DuckDB over one table of facts; ``ask`` gives rows."""

    dialect = DUCKDB

    def __init__(self):
        self.connection = duckdb.connect(config={"threads": 1})

    def fill(self, codes, columns, scales):
        self.connection.register("facts", arrow_of_facts(codes, columns, scales))

    def ask(self, text):
        return self.connection.execute(text).fetchall()


class PostgreSQL:
    """PostgreSQL over a temporary table of facts, filled by COPY as a run fills it."""

    dialect = POSTGRESQL

    def __init__(self, url):
        self.connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        self.ask("SET jit = off")

    def fill(self, codes, columns, scales):
        self.ask("DROP TABLE IF EXISTS facts")
        made = "".join(f", {column_of(name)} bigint" for name in scales)
        self.ask(f"CREATE TEMP TABLE facts (uscc text, refused boolean, apart text{made})")
        text = "COPY facts FROM STDIN (FORMAT BINARY)"
        with self.connection.cursor() as cursor, cursor.copy(text) as copy:
            copy.write(copy_of_facts(codes, columns, scales))

    def ask(self, text):
        found = self.connection.execute(text)
        return found.fetchall() if found.description else []


def table_of_facts(database, plan, scope, rows):
    """Put rows of facts into a database, every fact that is read, and measure its columns."""
    columns = columns_of_rows(rows, plan.catalog.facts, scope.needed)
    scales = {name: column.scale for name, column in columns.columns.items()}
    codes = [f"{place:018d}" for place in range(len(rows))]
    database.fill(codes, columns, scales)
    reach = {name: int(column.values.max()) for name, column in columns.columns.items()}
    return FactTable("facts", scales, {name: max(0, most) for name, most in reach.items()})


def sql_by_row(database, plan, edition, key, requests, *, walked=None):
    """Answer one chunk in a database; what it leaves to the walk is told in ``walked``."""
    on, region, items, lines = key
    request = Request(None, date.fromisoformat(on), region, items, lines)
    scope = scope_of(plan, request)
    rows = [facts_for_engine(edition, each.facts) for each in requests]
    table = table_of_facts(database, plan, scope, rows)
    question = SqlQuestion(plan, request, table, database.dialect)
    verdict = write_verdict(question)
    verdicts = dict(database.ask(f"SELECT uscc, {verdict} AS verdict FROM facts"))
    codes = sorted(verdicts)
    found = {code: None if verdicts[code] == REFUSED else {} for code in codes}
    left = {code: None for code in codes if verdicts[code] == APART}
    for query in write_answers(question):
        for uscc, item, line, code, amount, low, high, alternative in database.ask(
            write_rows(query, database.dialect)
        ):
            if code == TO_THE_WALK:
                left.setdefault(uscc, set()).add((item, line))
            elif code:
                outcome, reason = FINDINGS[code]
                told_ends = (amount, low or 0, high or 0, low is not None, high is not None)
                found[uscc][item, line] = answer_of(outcome, reason, *told_ends, alternative)
    asked = [LeftRow(code, rows[int(code)], wanted) for code, wanted in left.items()]
    for uscc, answers in answers_by_walk(plan, request, asked):
        if answers is None:
            found[uscc] = None
        for each in answers or ():
            found[uscc][each.item, each.line] = answer_beyond(each)
    if walked is not None:
        walked.extend(asked)
    return [found[code] for code in codes]


def sql_against_columns(database, plan, edition, requests):
    """Give every difference between a database's answers and the columns'."""
    for key, asked in chunks_of(requests).items():
        by_row = sql_by_row(database, plan, edition, key, asked)
        columns = answers_by_row(columns_of(plan, edition, key, asked))
        for request, found, expected in zip(asked, by_row, columns, strict=True):
            if found != expected:
                yield f"{told(found, expected)} | {request}"


def sql_against_reference(database, plan, edition, requests):
    """Give every difference between a database's answers and the independent reference."""
    for key, asked in chunks_of(requests).items():
        by_row = sql_by_row(database, plan, edition, key, asked)
        yield from differing_from_reference(edition, asked, by_row)
