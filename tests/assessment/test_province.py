"""A province in one run: every region below it, killed and resumed, one digest of the whole."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import insert, select

from feeledger.assessment.batches import RunWay, assess_region, register_chunk, start_run
from feeledger.assessment.province_batches import (
    ProvinceRunUnknown,
    assess_province,
    digest_of_province,
    start_province,
    summary_of_province,
)
from feeledger.assessment.run_queries import RunBusy, RunUnfinished, digest_of_run
from feeledger.assessment.tables import AssessmentRunLineRow, AssessmentRunRow
from feeledger.catalog.plan import plan_of
from feeledger.cli import root
from feeledger.enterprises.tables import EnterpriseFactRow
from feeledger.regions.actions import RegionUnknown
from feeledger.store import table_of
from tests.assessment.test_batches import LATER, a_fact, a_register, code_of, environment
from tests.builders import CLERK, REGION, TODAY, a_region, an_edition, the_catalog

ROOT = Path(__file__).parents[2]
CITY = "130100"
HOMES = (REGION, "130102", CITY)  # a county of the city, a district, the city itself
KILLS = int(os.environ.get("FEELEDGER_KILLS", "3"))  # `make equal`: 20
AT_A_KILL = 120  # enterprises, so that the work outlasts the kills


def a_city(store, many):
    with store.write() as session:
        an_edition(session)
        a_region(session)
        a_register(session, many, HOMES)


def a_whole(store, *, chunk_size=50, region=CITY, engine="local"):
    with store.write() as session:
        return start_province(
            session,
            plan_of(the_catalog()),
            region=region,
            on=TODAY,
            by=CLERK,
            now=LATER,
            way=RunWay(engine, chunk_size),
        ).id


def assess_whole(store, run, **more):
    plan = plan_of(the_catalog())
    return assess_province(store, plan, region=CITY, run=run, now=lambda: LATER, **more)


def lines_by_region(store, run):
    with store.read() as session:
        line = AssessmentRunLineRow
        query = select(
            line.region, line.uscc, line.line, line.outcome, line.amount_fen, line.high_fen
        ).where(line.run == run)
        return sorted(tuple(row) for row in session.execute(query))


def killed(url, run, draw):
    """Kill one process at a random moment of its work; say whether it was still at it."""
    words = ["assess-region", "--region", CITY, "--resume", str(run), "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "feeledger", *words],
        cwd=ROOT,
        env=environment(url),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert str(run).encode() in process.stderr.readline()  # told when the work begins
    time.sleep(draw.random() * 0.4)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def test_a_province_killed_at_random_moments_ends_in_the_digest_of_an_undisturbed_run(any_store):
    many, draw = AT_A_KILL * KILLS, random.Random(7)
    a_city(any_store, many)
    whole, run = a_whole(any_store), a_whole(any_store, chunk_size=2)
    assess_whole(any_store, whole)

    kills = sum(killed(any_store.url, run, draw) for _ in range(KILLS))
    with pytest.raises(RunUnfinished):
        digest_of_province(any_store, CITY, run)
    done = assess_whole(any_store, run)

    assert kills == KILLS
    assert done.enterprises == many
    assert lines_by_region(any_store, run) == lines_by_region(any_store, whole)
    assert digest_of_province(any_store, CITY, run) == digest_of_province(any_store, CITY, whole)


def test_a_province_is_the_runs_of_its_regions_added_up(store):
    """130184, 130102 and 130100 have enterprises; a guest of 130184 has facts in 130102 too."""
    a_city(store, 30)
    with store.write() as session:
        session.execute(
            insert(table_of(EnterpriseFactRow)),
            [a_fact(10**6, code_of(0), "vehicle_licences", 2, region="130102")],
        )
    run, seen = a_whole(store, chunk_size=4), []

    done = assess_whole(store, run, watch=seen.append)

    summary = summary_of_province(store, CITY, run)
    parts = {part.region: part for part in summary.parts}
    # Ten enterprises a region, and the guest
    assert {c: p.enterprises for c, p in parts.items() if p.enterprises} == {
        REGION: 10,
        "130102": 11,
        CITY: 10,
    }
    assert (summary.whole.enterprises, done.enterprises, seen[-1].enterprises) == (31, 31, 31)
    assert [told.regions_done for told in seen] == sorted(told.regions_done for told in seen)
    assert seen[-1].regions_done == seen[-1].regions == len(summary.parts)
    assert summary.whole.lines == sum(p.lines for p in parts.values()) == done.lines
    for each in summary.whole.counts:
        key = each.item, each.line, each.outcome, each.reason, each.alternative
        same = [
            (c.enterprises, c.fen)
            for p in parts.values()
            for c in p.counts
            if (c.item, c.line, c.outcome, c.reason, c.alternative) == key
        ]
        assert (each.enterprises, each.fen) == tuple(map(sum, zip(*same, strict=True)))
    # 2 licences of the guest at 10 yuan, charged where the fact is known
    guest = ("130102", code_of(0), "vehicle-certificate.licence", "due", 2000, None)
    assert guest in lines_by_region(store, run)

    with store.write() as session:  # one region by itself: the part is an ordinary run
        plan = plan_of(the_catalog())
        alone = start_run(session, plan, region=REGION, on=TODAY, by=CLERK, now=LATER).id
    assess_region(store, plan, region=REGION, run=alone, now=lambda: LATER)
    with store.read() as session:
        assert digest_of_run(session, REGION, alone) == digest_of_run(session, REGION, run)


def test_two_processes_on_one_province_cannot_both_begin_or_keep_a_part(store):
    a_city(store, 12)
    run, whole = a_whole(store, chunk_size=3), a_whole(store)
    assess_whole(store, whole)

    def overtaken(*asked):
        if asked[2].region == REGION and asked[3] == "":
            assess_whole(store, run)
        return register_chunk(*asked)

    with pytest.raises(RunBusy):
        assess_whole(store, run, source=overtaken)
    assert digest_of_province(store, CITY, run) == digest_of_province(store, CITY, whole)

    again = a_whole(store)

    def begun_elsewhere(told):
        if (told.region, told.regions_done) == (CITY, 1):
            with store.write() as session:
                row = session.get(AssessmentRunRow, (CITY, again))
                way = RunWay("local", row.chunk_size, again)
                plan = plan_of(the_catalog())
                start_run(session, plan, region="130102", on=TODAY, by=CLERK, now=LATER, way=way)

    assess_whole(store, again, watch=begun_elsewhere)  # begun and left: gone on with
    assert digest_of_province(store, CITY, again) == digest_of_province(store, CITY, whole)
    with pytest.raises(ProvinceRunUnknown):
        assess_whole(store, 1)
    with pytest.raises(RegionUnknown):
        a_whole(store, region="139999")


def test_the_command_assesses_a_whole_province_and_digests_it(store, sqlite_url):
    a_city(store, 9)

    def call(*words):
        asked = ["assess-region", "--region", CITY, *words]
        return CliRunner().invoke(root, asked, env=environment(sqlite_url))

    started = ["--whole", "--on", TODAY.isoformat(), "--by", CLERK]
    told = json.loads(call(*started, "--json").stdout)
    run = str(told["run"])
    assert (told["enterprises"], told["finished"], told["region"]) == (9, True, CITY)
    assert sum(part["enterprises"] for part in told["regions"]) == 9
    assert call("--digest", run).stdout.strip() == digest_of_province(store, CITY, int(run))
    again = call("--resume", run, "--lang", "en")
    assert "9 enterprises" in again.stdout
    assert f"{REGION}          3" in again.stdout
    assert call("--whole", "--resume", run).exit_code == 2
    assert call("--whole", *started[1:3]).exit_code == 2
    unknown = CliRunner().invoke(
        root,
        ["assess-region", "--region", "139999", *started],
        env=environment(sqlite_url),
    )
    assert unknown.exit_code == 1
    assert "139999" in unknown.stderr
