"""The whole demonstration as a stranger starts it: one command, real HTTP, told once."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from feeledger.auditor.program import audit_database

pytestmark = pytest.mark.xdist_group("the demonstration")  # told once, to one worker
ROOT = Path(__file__).parents[2]


def tell(database, language):
    environ = os.environ | {"FEELEDGER_DATABASE_URL": f"sqlite:///{database}"}
    for name in ("FEELEDGER_OWNER_URL", "FEELEDGER_MODE", "FEELEDGER_DEMO_TODAY"):
        environ.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-m", "feeledger", "demo", "--lang", language],
        cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def count(database, question):
    with sqlite3.connect(database) as connection:
        return connection.execute(question).fetchone()[0]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    database = tmp_path_factory.mktemp("demo") / "demo.db"
    return database, tell(database, "zh")


def test_the_tale_says_that_all_of_it_is_a_demonstration(told):
    assert told[1].startswith("【演示数据】")


def test_payments_went_through_the_signed_api_and_the_refused_ones_are_kept(told):
    database = told[0]

    paid = count(database, "SELECT count(*) FROM payment WHERE kind = 'confirmation'")
    messages = count(database, "SELECT count(*) FROM message_log WHERE result = '00000'")

    assert paid > 100
    assert messages >= 2 * paid  # every payment was asked for before it was told
    assert count(database, "SELECT count(*) FROM rejected_confirmation") == 4


def test_the_day_file_differs_in_three_ways(told):
    results = (
        "SELECT group_concat(result) FROM (SELECT result FROM recon_difference ORDER BY result)"
    )

    assert count(told[0], results) == "15001,15002,15003"


def test_one_department_is_flagged_by_a_confirmed_case(told):
    states = "SELECT group_concat(state) FROM (SELECT state FROM supervision_case ORDER BY state)"

    assert count(told[0], states) == "closed,confirmed,dismissed,red,red"
    published = (
        "SELECT state || ' ' || unit_name FROM supervision_case WHERE published_on IS NOT NULL"
    )
    assert count(told[0], published) == "closed 演示住房城乡建设局"
    # Sentences group amounts as pages do: 300,000.00 was paid straight into a department's account.
    explained = "SELECT count(*) FROM signal WHERE explanation_zh LIKE '%300,000.00 元%'"
    assert count(told[0], explained) >= 1


def test_refunds_stand_in_every_state_and_one_settlement_is_made(told):
    states = "SELECT group_concat(state) FROM (SELECT DISTINCT state FROM refund ORDER BY state)"
    routes = (
        "SELECT group_concat(route) FROM (SELECT route FROM refund WHERE state = 'paid' ORDER BY 1)"
    )

    assert count(told[0], states) == (
        "applied,finance_approved,forwarded,paid,rejected,unit_verified,withdrawn"
    )
    assert count(told[0], routes) == "account,treasury"
    assert count(told[0], "SELECT count(*) FROM settlement WHERE state = 'settled'") == 1
    assert count(told[0], "SELECT code FROM signal WHERE refund IS NOT NULL") == "S04"


def test_the_year_has_amounts_in_every_state_and_one_project(told):
    states = "SELECT group_concat(state) FROM (SELECT DISTINCT state FROM annual_quota ORDER BY 1)"

    assert count(told[0], states) == "audited,draft,published,revised"
    assert count(told[0], "SELECT count(*) FROM project_notice") == 1


def test_there_is_money_without_a_notice_in_every_state_and_a_relief_of_each_kind(told):
    database = told[0]
    states = "SELECT group_concat(DISTINCT state) FROM (SELECT state FROM unmatched_receipt ORDER BY state)"
    reliefs = "SELECT group_concat(k) FROM (SELECT kind || '/' || state AS k FROM notice_relief ORDER BY k)"

    assert count(database, states) == (
        "claim_proposed,matched,received,return_requested,returned,split"
    )
    assert count(database, reliefs) == "defer/approved,reduce/approved,waive/applied"
    assert count(database, "SELECT count(*) FROM payment WHERE kind = 'claim'") == 1
    assert dict(audit_database(f"sqlite:///{database}")) == {"130184": []}


def test_told_again_it_repeats_nothing_and_speaks_english(told):
    database = told[0]
    before = [
        count(database, f"SELECT count(*) FROM {t}")
        for t in ("payment", "notice", "report", "refund")
    ]

    again = tell(database, "en")

    after = [
        count(database, f"SELECT count(*) FROM {t}")
        for t in ("payment", "notice", "report", "refund")
    ]
    assert before == after
    assert again.startswith("[Demonstration data]")
    assert "clean" in again
