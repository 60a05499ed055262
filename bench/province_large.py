"""The province as large as it is: made-up enterprises of every region of Hebei, stored on PostgreSQL.

``FEELEDGER_BENCH_ENTERPRISES`` says how many (2,000,000). One run over the province, a part a
region; then 20,000 enterprises, spread over all of it, are walked one by one and held against the
lines that the run stored, to the fen.
"""

import os
import time
from dataclasses import replace

import numpy as np
from sqlalchemy import select, text

from bench.province import ON, RANGES, _peak, columns_of
from bench.servers import production_server
from feeledger.assessment.batches import RunWay
from feeledger.assessment.column_facts import Chunk
from feeledger.assessment.engine import assess
from feeledger.assessment.explanation import answer_document
from feeledger.assessment.outcomes import Request
from feeledger.assessment.province_batches import (
    assess_province,
    start_province,
    summary_of_province,
)
from feeledger.assessment.sql_remainder import facts_of_row, line_kept
from feeledger.assessment.tables import AssessmentRunLineRow
from feeledger.catalog.plan import plan_of
from feeledger.store import Store
from tests.builders import CLERK, NOW, a_region, an_edition, the_catalog

ENTERPRISES = int(os.environ.get("FEELEDGER_BENCH_ENTERPRISES", "2000000"))
SAMPLED = min(20_000, ENTERPRISES)
PROVINCE, CHUNK = "130000", 16_384
EXPLAINED = "soil-water.general-construction"


def code_of(region, number):
    return f"91{region}{number:010d}"


class Made:
    """The enterprises of every region, drawn a chunk at a time: nothing is held."""

    def __init__(self, plan, regions, enterprises=ENTERPRISES):
        self.plan = plan
        share, more = divmod(enterprises, len(regions))
        self.sizes = {r: share + (place < more) for place, r in enumerate(regions)}

    def facts(self, region, start, rows):
        """Draw the facts of some enterprises, the same whenever they are asked for."""
        random = np.random.default_rng([int(region), start])
        drawn = {n: random.integers(lo, hi, rows, np.int64) for n, (_, lo, hi) in RANGES.items()}
        return columns_of(self.plan, drawn, rows)

    def chunk(self, _store, _plan, run, after):
        start = int(after[8:]) + 1 if after else 0
        rows = min(CHUNK, self.sizes[run.region] - start)
        if rows <= 0:
            return None
        codes = [code_of(run.region, n) for n in range(start, start + rows)]
        return Chunk(codes, self.facts(run.region, start, rows))


def run():
    with production_server() as server, server.database() as database:
        store = Store(database.service_url)
        plan = plan_of(the_catalog())
        with store.write() as session:
            an_edition(session)
            a_region(session)
            row = start_province(
                session, plan, region=PROVINCE, on=ON, by=CLERK, now=NOW, way=RunWay("local", CHUNK)
            )
        made = Made(plan, row.regions)
        began = time.perf_counter()
        done = assess_province(
            store, plan, region=PROVINCE, run=row.id, now=lambda: NOW, source=made.chunk
        )
        took, peak = time.perf_counter() - began, _peak()
        with store.read() as session:
            size = text("SELECT pg_total_relation_size('assessment_run_line')")
            disk = session.scalar(size) / 1e9
        whole = summary_of_province(store, PROVINCE, row.id).whole
        compared, differing = sampled(store, plan, made, row)
        store.close()
    rate = done.lines / took
    counted = sum(each.enterprises for each in whole.counts)
    size = f"{done.enterprises:,} enterprises of {len(made.sizes)} regions"
    return [
        (
            f"large: {size}, {counted:,} answers counted, lines stored",
            f"{done.lines:,}, {rate:,.0f} /s",
            "in",
            f"{took:,.0f} s",
            None,
        ),
        (
            f"large: disk for {done.lines:,} lines with their key",
            f"{disk:.1f} GB",
            "a line",
            f"{disk * 1e9 / done.lines:.0f} B",
            None,
        ),
        ("large: peak memory of the run", f"{peak} MB", "aim", "1000 MB", peak / 1000),
        (
            f"large: {SAMPLED:,} sampled enterprises walked one by one, fen that differ",
            f"{differing}",
            "lines compared",
            f"{compared:,}",
            None,
        ),
        explained(plan, made),
    ]


def sampled(store, plan, made, row):
    """Walk every so manieth enterprise and hold its lines against those stored."""
    step, compared, differing = max(1, ENTERPRISES // SAMPLED), 0, 0
    for region, size in made.sizes.items():
        for start in range(0, size, CHUNK):
            rows = min(CHUNK, size - start)
            facts, expected = made.facts(region, start, rows), {}
            for place in range(0, rows, step):
                asked = Request(None, ON, region, facts=facts_of_row(plan, facts, place))
                uscc = code_of(region, start + place)
                for answer in assess(plan, asked, bounded=False).lines:
                    if (line := line_kept(uscc, answer)) is not None:
                        expected[line[:2]] = line[2:]
            stored = lines_of(store, region, row.id, sorted({uscc for uscc, _ in expected}))
            compared += len(stored)
            for key in expected.keys() | stored.keys():
                one, other = expected.get(key, ("", 0, 0, 0)), stored.get(key, ("", 0, 0, 0))
                fen = sum(abs((a or 0) - (b or 0)) for a, b in zip(one[1:], other[1:], strict=True))
                differing += fen or int(one != other)
    return compared, differing


def lines_of(store, region, run, codes):
    line = AssessmentRunLineRow
    query = select(
        line.uscc, line.line, line.outcome, line.amount_fen, line.low_fen, line.high_fen
    ).where(line.region == region, line.run == run, line.uscc.in_(codes))
    with store.read() as session:
        return {(r.uscc, r.line): tuple(r)[2:] for r in session.execute(query)}


def explained(plan, made):
    """Time one line answered again and explained, as ``--explain --line`` does, facts at hand."""
    region = next(iter(made.sizes))
    facts = facts_of_row(plan, made.facts(region, 0, 1), 0)
    item = plan.lines[EXPLAINED].item.id
    asked, rounds, best = Request(None, ON, region, items=(item,), facts=facts), 200, 1e9
    for _ in range(5):
        began = time.process_time()
        for _ in range(rounds):
            answer = assess(plan, asked)
            only = tuple(line for line in answer.lines if line.line == EXPLAINED)
            answer_document(replace(answer, lines=only))
        best = min(best, (time.process_time() - began) / rounds)
    what = "large: one line of one enterprise explained by replay, facts at hand, CPU"
    return (what, f"{best * 1e6:.0f} µs", "aim", "1000 µs", best * 1e3)
