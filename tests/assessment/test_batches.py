"""The province in one run: kept chunk by chunk, resumed after any kill, the same digest again."""

import json
import os
import random
import time
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import insert, select

from feeledger.assessment.batches import (
    EngineElsewhere,
    RunWay,
    assess_region,
    register_chunk,
    start_run,
)
from feeledger.assessment.outcomes import FactsRefused
from feeledger.assessment.run_queries import (
    RunBusy,
    RunUnfinished,
    RunUnknown,
    digest_of_run,
    replay,
    run_of,
    summary_of_run,
)
from feeledger.assessment.tables import AssessmentRunLineRow
from feeledger.catalog.plan import plan_of
from feeledger.cli import root
from feeledger.enterprises.facts import fact_text
from feeledger.enterprises.standing import StandingChange
from feeledger.enterprises.standing_actions import change_standing
from feeledger.enterprises.tables import EnterpriseFactRow, EnterpriseRow
from feeledger.regions.actions import RegionUnknown
from feeledger.store import table_of
from tests.builders import (
    CLERK,
    NOW,
    OTHER_REGION,
    REGION,
    TODAY,
    a_region,
    an_edition,
    the_catalog,
)

MANY = 120
LATER = NOW + timedelta(hours=1)
ROOT = Path(__file__).parents[2]
SAMPLED = [f"91130184{number:010d}" for number in range(0, MANY, 3)]
PLACED = ("due", "reduced", "provisional", "guided", "ceiling", "range", "below_floor")


def code_of(number):
    return f"91130184{number:010d}"


def facts_of(number):
    """Facts of one made-up enterprise; every seventh is given one that has to be refused."""
    draw = random.Random(number)
    facts = {
        "headcount": draw.randint(1, 200),
        "disabled_employed": draw.randint(0, 1),
        "average_wage": Decimal(draw.randint(3_000_000, 20_000_000)) / 100,
        "social_average_wage": Decimal(84000),
        "land_occupied_m2": Decimal(draw.randint(0, 10**7)) / 1000,
        "vehicle_licences": draw.randint(0, 3),
        "beds": draw.randint(0, 20),
        "days": Decimal(30),
        "medical_site_class": "with_beds",
        "winning_bid": Decimal(draw.randint(0, 10**10)) / 100,
        "trading_class": draw.choice(["works", "consulting"]),
        "construction_cost": Decimal(draw.randint(0, 10**11)) / 100,
        "cost_service_class": "budget",
        "specialty_coefficient": Decimal(1),
        "freight_tonnes": draw.randint(1, 50),
        "freight_km": draw.randint(1, 900),
        "vat_taxpayer_kind": draw.choice(["general", "small_scale"]),
    }
    facts = {name: value for name, value in facts.items() if draw.random() < 0.9}
    return facts | ({"headcount": -1} if number % 7 == 6 else {})


def a_register(session, many=MANY, regions=(REGION,)):
    """Enter enterprises and their facts, in no order; they are at home in one region after another."""
    numbers = list(range(many))
    random.Random(1).shuffle(numbers)
    rows, facts = [], []
    for number in numbers:
        region = regions[number % len(regions)]
        rows.append(
            {
                "uscc": code_of(number),
                "name": f"演示企业 {number}",
                "status": "active",
                "home_region": region,
                "size_class": "small",
                "registered_on": TODAY - timedelta(days=100 * number % 3000),
                "entered_at": NOW,
                "entered_by": CLERK,
            }
        )
        for place, (name, value) in enumerate(facts_of(number).items()):
            fact = a_fact(number * 100 + place, code_of(number), name, value, region=region)
            facts.append(fact)
    session.execute(insert(table_of(EnterpriseRow)), rows)
    session.execute(insert(table_of(EnterpriseFactRow)), facts)


def a_fact(number, uscc, name, value, *, region=REGION, known_at=NOW):
    return {
        "region": region,
        "id": number,
        "uscc": uscc,
        "name": name,
        "value": None if value is None else fact_text(name, value),
        "valid_from": TODAY - timedelta(days=30),
        "valid_to": None,
        "source": "enterprise",
        "document": "",
        "known_at": known_at,
        "known_by": CLERK,
    }


def a_province(store, many=MANY):
    with store.write() as session:
        an_edition(session)
        a_region(session)
        a_register(session, many)


def a_run(store, *, chunk_size=50, now=LATER, engine="local"):
    with store.write() as session:
        return start_run(
            session,
            plan_of(the_catalog()),
            region=REGION,
            on=TODAY,
            by=CLERK,
            now=now,
            way=RunWay(engine, chunk_size),
        ).id


def assess_all(store, run, **more):
    plan = plan_of(the_catalog())
    return assess_region(store, plan, region=REGION, run=run, now=lambda: LATER, **more)


def kept_lines(store, run):
    with store.read() as session:
        line = AssessmentRunLineRow
        query = select(
            line.uscc, line.line, line.outcome, line.amount_fen, line.low_fen, line.high_fen
        ).where(line.run == run)
        return sorted(tuple(row) for row in session.execute(query))


def digest(store, run):
    with store.read() as session:
        return digest_of_run(session, REGION, run)


def fen(money):
    return None if money is None else money.fen


def walked_lines(store, run):
    """What the scalar walk says of sampled enterprises, those it refuses left out."""
    plan, found, refused = plan_of(the_catalog()), [], []
    with store.read() as session:
        row = run_of(session, REGION, run)
        for uscc in SAMPLED:
            try:
                answer = replay(session, plan, row, uscc)
            except FactsRefused:
                refused.append(uscc)
                continue
            for each in answer.lines:
                ends = [fen(end) for end in each.allowed_range or (None, None)]
                if each.outcome in PLACED and not each.alternative:
                    found.append((answer.ref, each.line, each.outcome, fen(each.amount), *ends))
    above = [line for line in found if (line[3] or 0) > 0 or (line[5] or 0) > 0]
    return sorted(above), refused


def test_a_run_keeps_what_the_scalar_walk_says_of_every_enterprise(any_store):
    a_province(any_store)
    run = a_run(any_store)

    done = assess_all(any_store, run)

    walked, refused = walked_lines(any_store, run)
    kept = kept_lines(any_store, run)
    assert [line for line in kept if line[0] in SAMPLED] == walked
    assert {outcome for _, _, outcome, *_ in walked} >= {
        "due",
        "reduced",
        "range",
        "guided",
        "ceiling",
    }
    assert refused == [code_of(number) for number in range(MANY) if number % 21 == 6]
    with any_store.read() as session:
        summary = summary_of_run(session, REGION, run)
    assert (done.enterprises, done.lines) == (MANY, len(kept))
    assert (summary.enterprises, summary.refused, summary.lines) == (MANY, 17, len(kept))
    owed = Counter()
    for _, line, outcome, amount, *_ in kept:
        owed[line, outcome] += amount or 0
    told = {(c.line, c.outcome): c.fen for c in summary.counts if c.fen and not c.alternative}
    assert told == {key: amount for key, amount in owed.items() if amount}


def test_every_enterprise_that_is_not_refused_is_counted_once_in_each_line(store):
    a_province(store)
    run = a_run(store)
    assess_all(store, run)

    with store.read() as session:
        summary = summary_of_run(session, REGION, run)

    by_line = {}
    for each in summary.counts:
        if each.line:
            by_line[each.line] = by_line.get(each.line, 0) + each.enterprises
    assert set(by_line.values()) == {summary.enterprises - summary.refused}


def test_the_digest_is_of_the_content_not_of_the_run(any_store):
    a_province(any_store)
    first, second = a_run(any_store, chunk_size=7), a_run(any_store, chunk_size=1000)
    assess_all(any_store, first)
    assess_all(any_store, second)

    assert digest(any_store, first) == digest(any_store, second)
    with any_store.write() as session:
        session.execute(
            insert(table_of(EnterpriseFactRow)),
            [a_fact(10**6, code_of(3), "vehicle_licences", 9, known_at=LATER)],
        )
    third = a_run(any_store, now=LATER + timedelta(hours=1))
    assess_all(any_store, third)
    assert digest(any_store, third) != digest(any_store, first)


@pytest.mark.postgresql
def test_postgresql_itself_comes_to_the_digest_of_the_columns(pg_store):
    a_province(pg_store)
    with pg_store.write() as session:  # a headcount that is whole, a wage beyond 64 bits
        wide = Decimal("9" * 15 + ".999999")
        facts = [("average_wage", wide), ("social_average_wage", wide), ("beds", 10**18)]
        session.execute(
            insert(table_of(EnterpriseFactRow)),
            [a_fact(10**6 + n, code_of(n), *fact, known_at=LATER) for n, fact in enumerate(facts)],
        )
    columns, database = a_run(pg_store), a_run(pg_store, engine="postgresql", chunk_size=47)
    assess_all(pg_store, columns)
    assess_all(pg_store, database)

    assert kept_lines(pg_store, database) == kept_lines(pg_store, columns)
    assert digest(pg_store, database) == digest(pg_store, columns)


def test_postgresql_as_engine_is_refused_on_another_database(store):
    a_province(store, many=1)

    with pytest.raises(EngineElsewhere):
        a_run(store, engine="postgresql")


@pytest.mark.postgresql
def test_both_databases_come_to_one_digest(store, pg_store):
    digests = set()
    for each in (store, pg_store):
        a_province(each)
        run = a_run(each)
        assess_all(each, run)
        digests.add(digest(each, run))

    assert len(digests) == 1


def test_a_run_knows_only_what_was_known_when_it_began(store):
    a_province(store, many=3)
    run = a_run(store)
    with store.write() as session:
        later = LATER + timedelta(seconds=1)
        session.execute(
            insert(table_of(EnterpriseFactRow)),
            [a_fact(10**6, code_of(0), "vehicle_licences", 77, known_at=later)],
        )

    assess_all(store, run)

    licences = [line for line in kept_lines(store, run) if line[3] == 77 * 1000]
    assert licences == []


def test_an_enterprise_from_elsewhere_is_assessed_where_facts_are_known_of_it(store):
    a_province(store, many=10)
    guest = code_of(5)[:-1] + "X"  # between two that are at home
    with store.write() as session:
        session.execute(
            insert(table_of(EnterpriseRow)),
            [
                {
                    "uscc": guest,
                    "name": "演示外地企业",
                    "status": "active",
                    "home_region": OTHER_REGION,
                    "entered_at": NOW,
                    "entered_by": CLERK,
                }
            ],
        )
        session.execute(
            insert(table_of(EnterpriseFactRow)), [a_fact(10**6, guest, "vehicle_licences", 2)]
        )
    run = a_run(store, chunk_size=4)

    done = assess_all(store, run)

    # 2 licences at 10 yuan
    assert done.enterprises == 11
    assert (guest, "vehicle-certificate.licence", "due", 2000, None, None) in kept_lines(store, run)


def test_a_withdrawn_fact_and_a_closed_enterprise_owe_nothing(store):
    a_province(store, many=4)
    with store.write() as session:
        session.execute(
            insert(table_of(EnterpriseFactRow)),
            [
                a_fact(10**6, code_of(1), name, None, known_at=LATER)
                for name in ["vehicle_licences"]
            ],
        )
        gone = StandingChange("closed", TODAY - timedelta(days=1), "注销通知书", "企业办结注销")
        change_standing(session, code_of(2), gone, today=TODAY, by=CLERK, now=NOW)
    run = a_run(store)

    assess_all(store, run)

    codes = {line[0] for line in kept_lines(store, run)}
    licences = {line[0] for line in kept_lines(store, run) if line[1].endswith(".licence")}
    assert code_of(2) not in codes
    assert code_of(1) not in licences


def test_an_unfinished_run_has_no_digest_and_goes_on_where_it_stopped(any_store):
    a_province(any_store)
    run, whole = a_run(any_store, chunk_size=30), a_run(any_store)
    assess_all(any_store, whole)

    def broken_off(*asked):
        chunk = register_chunk(*asked)
        if asked[3] >= code_of(59):
            raise KeyboardInterrupt
        return chunk

    with pytest.raises(KeyboardInterrupt):
        assess_all(any_store, run, source=broken_off)
    with pytest.raises(RunUnfinished):
        digest(any_store, run)
    assess_all(any_store, run)

    assert kept_lines(any_store, run) == kept_lines(any_store, whole)
    assert digest(any_store, run) == digest(any_store, whole)
    assert assess_all(any_store, run).enterprises == MANY  # a finished run is left as it is


def test_two_processes_on_one_run_cannot_both_keep_a_chunk(any_store):
    a_province(any_store)
    run = a_run(any_store, chunk_size=60)

    def overtaken(*asked):
        if asked[3] == "":
            assess_all(any_store, run)
        return register_chunk(*asked)

    with pytest.raises(RunBusy):
        assess_all(any_store, run, source=overtaken)

    whole = a_run(any_store)
    assess_all(any_store, whole)
    assert digest(any_store, run) == digest(any_store, whole)


def test_a_run_of_a_region_that_is_not_there_is_refused(store):
    with store.write() as session:
        an_edition(session)

    with pytest.raises(RegionUnknown):
        a_run(store)
    with store.read() as session, pytest.raises(RunUnknown):
        run_of(session, REGION, 1)


# ---------------------------------------------------------------- as an operator calls it


def environment(url):
    return {
        **os.environ,
        "FEELEDGER_MODE": "test",
        "FEELEDGER_DATABASE_URL": url,
        "LANG": "zh_CN.UTF-8",
        "LC_ALL": "",
    }


def call(url, *words):
    return CliRunner().invoke(
        root, ["assess-region", "--region", REGION, *words], env=environment(url)
    )


def test_the_command_runs_digests_and_explains(store, sqlite_url):
    a_province(store, many=10)

    ran = call(sqlite_url, "--on", TODAY.isoformat(), "--by", CLERK, "--json")

    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert (told["enterprises"], told["finished"]) == (10, True)
    run = str(told["run"])
    assert call(sqlite_url, "--digest", run).stdout.strip() == digest(store, told["run"])
    # Of ten made-up enterprises the seventh has a headcount of -1.
    listed = json.loads(call(sqlite_url, "--refused", run, "--json").stdout)["refused"]
    assert told["refused"] == len(listed) == 1
    assert (listed[0]["uscc"], listed[0]["errors"][0]["field"]) == (code_of(6), "headcount")
    said = call(sqlite_url, "--refused", run, "--lang", "en").stdout
    assert f"{code_of(6)}  headcount (employees, year before) = -1: must lie between 0" in said
    line = kept_lines(store, told["run"])[0]
    why = call(sqlite_url, "--run", run, "--explain", line[0], "--line", line[1], "--json")
    (explained,) = json.loads(why.stdout)["lines"]
    assert explained["amount"] == f"{line[3] // 100}.{line[3] % 100:02d}"
    assert explained["steps"]["sentences"]
    assert "户" in call(sqlite_url, "--resume", run).stdout


def test_the_command_wants_one_thing_at_a_time_and_names_what_is_unknown(store, sqlite_url):
    a_province(store, many=1)

    assert call(sqlite_url).exit_code == 2
    assert call(sqlite_url, "--on", "2026-11-24").exit_code == 2
    assert call(sqlite_url, "--resume", "1", "--digest", "1").exit_code == 2
    unknown = call(sqlite_url, "--digest", "1")
    assert unknown.exit_code == 1
    assert "没有编号为 1 的测算" in unknown.stderr


def test_one_line_of_a_refused_enterprise_is_refused_whatever_is_wrong(store):
    a_province(store, many=7)
    run = a_run(store)
    with store.read() as session:
        row = run_of(session, REGION, run)
        with pytest.raises(FactsRefused):
            replay(session, plan_of(the_catalog()), row, code_of(6), item="vehicle-certificate")


def test_one_explained_line_comes_at_once(store):
    a_province(store, many=3)
    run = a_run(store)
    plan, item = plan_of(the_catalog()), "soil-water-compensation"
    with store.read() as session:
        row = run_of(session, REGION, run)
        whole = replay(session, plan, row, code_of(0))
        one = replay(session, plan, row, code_of(0), item=item)
        began = time.perf_counter()
        for _ in range(20):
            replay(session, plan, row, code_of(0), item=item)
        took = (time.perf_counter() - began) / 20

    line = "soil-water.general-construction"
    told = [[(e.outcome, e.amount) for e in a.lines if e.line == line] for a in (whole, one)]
    assert told[0] == told[1] != []
    assert took < 0.1
