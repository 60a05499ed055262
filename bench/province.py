"""The province: columns against numpy by hand, the store against COPY of the same rows."""

import resource
import time
from datetime import date
from statistics import median

import numpy as np
from sqlalchemy import create_engine

from bench.assessment import LINES
from bench.servers import production_server
from bench.yardstick_numpy import twelve_lines
from feeledger.assessment.batches import (
    assess_region,
    hold_memory,
    start_run,
    store_lines,
)
from feeledger.assessment.column_facts import Chunk, FactColumn, FactColumns
from feeledger.assessment.columns import assess_columns
from feeledger.assessment.run_lines import lines_of_chunk
from feeledger.catalog.plan import plan_of
from feeledger.catalog.reader import load_catalog
from feeledger.settings import DEFAULT_CATALOG
from feeledger.store import Store
from tests.builders import CLERK, NOW, a_region, an_edition, the_catalog

ON, REGION = date(2026, 11, 24), "130184"
ROWS, CHUNK, ROUNDS = 1_000_000, 65_536, 7
STORED, TABLE = 100_000, "assessment_run_line"
RANGES = {  # fact: scale, least, most (exclusive), as integers of the scale
    "plates_car_reflective": (0, 0, 20),
    "plates_temporary": (0, 0, 50),
    "vehicle_licences": (0, 0, 20),
    "vehicle_registration_certs": (0, 0, 20),
    "headcount": (0, 15, 2000),  # the disabled count at most twice
    "disabled_employed": (0, 0, 30),
    "average_wage": (2, 30_000_00, 300_000_00),
    "social_average_wage": (2, 80_000_00, 90_000_00),
    "ad_sales_incl_vat": (2, 0, 10_000_000_00),
    "ad_publishing_paid": (2, 0, 1_000_000_00),
    "monthly_sales": (2, 0, 2_000_000_00),
    "vat_and_consumption_tax_paid": (2, 0, 5_000_000_00),
    "electricity_kwh": (3, 0, 10_000_000_000),
    "land_occupied_m2": (3, 0, 50_000_000),
    "beds": (0, 0, 500),
    "days": (0, 1, 31),
}


def synthetic(rows, seed=20261124):
    """Give facts of made-up enterprises, the same for the same seed."""
    random = np.random.default_rng(seed)
    return {
        name: random.integers(low, high, rows, np.int64) for name, (_, low, high) in RANGES.items()
    }


def columns_of(plan, facts, rows):
    """Give the facts as columns; the two classes that decide reliefs are the same for all."""
    found = {
        name: FactColumn(values, known=True, scale=RANGES[name][0])
        for name, values in facts.items()
    }
    for name, value in (("payer_kind", "enterprise"), ("vat_taxpayer_kind", "general")):
        code = plan.catalog.facts[name].values.index(value)
        found[name] = FactColumn(np.full(rows, code, np.int64), known=True)
    return FactColumns(rows, found)


def chunks(facts):
    for start in range(0, ROWS, CHUNK):
        yield {name: values[start : start + CHUNK] for name, values in facts.items()}


def run():
    stored = _stored()  # first: its peak of memory is told
    return [*_computed(), *stored]


def _computed():
    """Time the columns and the hand-written lines, chunk by chunk, and the latter as a whole."""
    plan = plan_of(load_catalog(DEFAULT_CATALOG))
    facts = synthetic(ROWS)
    ready = [(part, columns_of(plan, part, len(part["beds"]))) for part in chunks(facts)]
    _check_equal(plan, ready[0])
    parts, columns = [part for part, _ in ready], [c for _, c in ready]
    whole = [_seconds(_by_hand, [facts]) for _ in range(ROUNDS)]
    hold_memory()
    ours, hand = [], []
    for _ in range(ROUNDS):
        ours.append(_seconds(lambda chunk: _ours(plan, chunk), columns))
        hand.append(_seconds(_by_hand, parts))
    a, b, c = (median(each) / ROWS / len(LINES) * 1e9 for each in (ours, hand, whole))
    what = f"province: 12 lines of {ROWS:,} enterprises, outcomes and bounds held, a line, CPU"
    return [
        (what, f"{a:.1f} ns", "numpy by hand, whole columns", f"{c:.1f} ns", a / c),
        (what, f"{a:.1f} ns", "numpy by hand, in our chunks, our memory", f"{b:.1f} ns", a / b),
    ]


def _stored():
    """Time a whole run on PostgreSQL against COPY and INSERT … SELECT of the lines it kept."""
    with production_server() as server, server.database() as database:
        store = Store(database.service_url)
        began = time.perf_counter()
        lines = _kept(store)
        ours, peak = time.perf_counter() - began, _peak()
        writing = _writing(store)
        store.close()
        copied, inserted, disk = _again(database.owner_url)
    what = f"{lines:,} lines of {STORED:,} enterprises"
    table = "into a table of the same definition"
    return [
        (
            f"province: storing {what}",
            f"{writing:.1f} s",
            f"COPY of the same rows {table}",
            f"{copied:.1f} s",
            writing / copied,
        ),
        (
            f"province: whole run, {what} ({disk} on disk, peak memory {peak} MB)",
            f"{lines / ours:,.0f} lines/s",
            f"INSERT … SELECT {table}",
            f"{lines / inserted:,.0f} lines/s",
            inserted / ours,
        ),
    ]


def _kept(store):
    """Make a region and run over made-up enterprises; give how many lines it kept."""
    with store.write() as session:
        an_edition(session)
        a_region(session)
        plan = plan_of(the_catalog())
        row = start_run(session, plan, region=REGION, on=ON, by=CLERK, now=NOW)
    done = assess_region(
        store, plan, region=REGION, run=row.id, now=lambda: NOW, source=_Made(plan).chunk
    )
    return done.lines


class _Made:
    """Chunks of made-up enterprises, in order of code; what was written is kept for timing."""

    def __init__(self, plan):
        self.facts = synthetic(STORED)
        self.plan = plan

    def chunk(self, _store, _plan, run, after):
        start = int(after[8:]) + 1 if after else 0
        stop = min(start + run.chunk_size, STORED)
        if start >= stop:
            return None
        part = {name: values[start:stop] for name, values in self.facts.items()}
        codes = [f"91130184{number:010d}" for number in range(start, stop)]
        return Chunk(codes, columns_of(self.plan, part, stop - start))


def _writing(store):
    """Store the same chunks once more under another run, the columns worked out beforehand."""
    plan = plan_of(the_catalog())
    with store.write() as session:
        row = start_run(session, plan, region=REGION, on=ON, by=CLERK, now=NOW)
    made, after, seconds = _Made(plan), "", 0.0
    while (chunk := made.chunk(store, plan, row, after)) is not None:
        after = chunk.codes[-1]
        lines = lines_of_chunk(assess_columns(plan, chunk.facts, on=ON, region=REGION))
        began = time.perf_counter()
        with store.write() as session:
            store_lines(session, row, chunk.codes, lines)
        seconds += time.perf_counter() - began
    return seconds


def _again(url):
    """COPY, then INSERT … SELECT, one run's lines into twins of the table; say what they take."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    seconds = []
    select = f"SELECT * FROM {TABLE} WHERE run = (SELECT min(id) FROM assessment_run)"
    for name in ("copied", "inserted"):
        with engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING ALL)")
            connection.exec_driver_sql(
                f"ALTER TABLE {name} ADD FOREIGN KEY (region, run) REFERENCES assessment_run"
            )
    with engine.begin() as connection, connection.connection.driver_connection.cursor() as cursor:
        with cursor.copy(f"COPY ({select} ORDER BY uscc, line) TO STDOUT (FORMAT BINARY)") as out:
            rows = b"".join(out)
        began = time.perf_counter()
        with cursor.copy("COPY copied FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(rows)
        connection.commit()
        seconds.append(time.perf_counter() - began)
    with engine.connect() as connection:
        began = time.perf_counter()
        connection.exec_driver_sql(f"INSERT INTO inserted {select} ORDER BY uscc, line")
        connection.commit()
        seconds.append(time.perf_counter() - began)
        size = "SELECT pg_size_pretty(pg_total_relation_size('copied'))"
        disk = connection.exec_driver_sql(size).scalar()
    engine.dispose()
    return *seconds, disk


def _peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _ours(plan, columns):
    """Work out every line and take note of its counts, as a run does."""
    for column in assess_columns(plan, columns, on=ON, region=REGION, lines=LINES).lines:
        column.codes.max()


def _check_equal(plan, ready):
    part, columns = ready
    answer = assess_columns(plan, columns, on=ON, region=REGION, lines=LINES)
    found = {column.line: column for column in answer.lines}
    for line, amounts in zip(LINES, twelve_lines(part), strict=True):
        column = found[line]
        figures = np.where(column.amount == 0, column.low, column.amount)
        if not np.array_equal(figures, amounts):
            at = int(np.flatnonzero(figures != amounts)[0])
            raise SystemExit(f"{line}, row {at}: {figures[at]} is not {amounts[at]}")


def _by_hand(part):
    for _ in twelve_lines(part):
        pass


def _seconds(work, parts):
    """Time the work on every part, in CPU seconds; what it gives is dropped, as a store drops it."""
    began = time.process_time()
    for part in parts:
        work(part)
    return time.process_time() - began
