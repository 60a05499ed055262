"""``feeledger work``, as an operator and as ``feeledger serve`` start it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from feeledger.catalog.plan import plan_of
from feeledger.cli import root
from feeledger.commands import jobs
from feeledger.commands.job_desk import in_each_region
from feeledger.commands.jobs import JOBS, Job
from feeledger.commands.keeping import LOOK_SECONDS, Pauses, keep_alive
from feeledger.errors import Text
from feeledger.money import Money
from feeledger.supervision.actions import report_collection
from feeledger.supervision.report import Told
from feeledger.supervision.states import Clock
from feeledger.supervision.tables import SupervisionCaseRow
from tests.builders import (
    NOW,
    OTHER_REGION,
    POLICE_UNIT,
    REGION,
    TODAY,
    USCC,
    a_place,
    a_region,
    the_calendar,
    the_catalog,
)

ROOT = Path(__file__).parents[2]
WAIT = 40


@pytest.fixture
def env(sqlite_url):
    return {
        "FEELEDGER_MODE": "demo",
        "FEELEDGER_DATABASE_URL": sqlite_url,
        "FEELEDGER_OWNER_URL": sqlite_url,
        "LANG": "zh_CN.UTF-8",
        "LC_ALL": "",
    }


@pytest.fixture
def run(env):
    return lambda *words, **more: CliRunner().invoke(root, ["work", *words], env=env | more)


def jobs_of(monkeypatch, *told):
    monkeypatch.setattr(
        jobs, "JOBS", tuple(Job(name, Text("甲", "a"), 1, work) for name, work in told)
    )


def test_the_jobs_are_listed_in_both_languages(run):
    zh, en = run("--list").stdout, run("--list", "--lang", "en").stdout

    for job in JOBS:
        assert f"{job.name}\t{job.seconds} s\t{job.what.zh}" in zh
        assert f"{job.name}\t{job.seconds} s\t{job.what.en}" in en
    assert len({job.name for job in JOBS}) == len(JOBS)


def test_an_unknown_job_and_no_job_at_all_are_usage_errors(run):
    unknown = run("--once", "nonsense")

    assert unknown.exit_code == 2
    assert "nonsense" in unknown.stderr
    assert "age-cases" in unknown.stderr
    assert run("age-cases", "--without", "age-cases", "--once").exit_code == 2


def test_a_job_that_fails_stops_no_other_and_says_1(run, monkeypatch):
    done = []

    def fail(_desk):
        raise LookupError("gone wrong")

    jobs_of(monkeypatch, ("bad", fail), ("good", lambda _desk: done.append(1) or 3))

    found = run("--once")

    assert (found.exit_code, done) == (1, [1])
    lines = [json.loads(line) for line in found.stderr.splitlines()]
    assert [(line["event"], line["job"]) for line in lines] == [
        ("job-failed", "bad"),
        ("job-done", "good"),
    ]
    assert "gone wrong" in lines[0]["exception"]
    assert run("--once", "good").exit_code == 0


def test_a_region_that_fails_stops_no_other_region(run, store, monkeypatch):
    with store.write() as session:
        a_region(session)
        a_region(session, OTHER_REGION)
    met = []

    def work(_session, region):
        met.append(region)
        if region == OTHER_REGION:
            raise LookupError(region)
        return 1

    jobs_of(monkeypatch, ("each", lambda desk: in_each_region(desk, work)))

    found = run("--once")

    assert found.exit_code == 1
    assert sorted(set(met)) == [OTHER_REGION, REGION]
    lines = [json.loads(line) for line in found.stderr.splitlines()]
    assert (lines[0]["event"], lines[0]["region"]) == ("job-failed-in-region", OTHER_REGION)
    assert lines[-1] | {"timestamp": ""} == {
        "event": "job-failed",
        "job": "each",
        "regions": OTHER_REGION,
        "level": "error",
        "timestamp": "",
    }


def test_cases_whose_limits_ran_out_are_moved(run, store):
    """Red until Tuesday 1 December; on the bureau's list from Wednesday on (R-S8)."""
    told = Told(
        department=f"演示单位 {POLICE_UNIT}",
        item="机动车号牌工本费",
        amount=Money(10_000),
        charged_on=date(2026, 11, 20),
        how_paid="cash",
        channel="page",
        payer=USCC,
        facts={"plates_car_reflective": 1},
    )
    with store.write() as session:
        a_place(session)
        case = report_collection(
            session, told, region=REGION, plan=plan_of(the_catalog()), today=TODAY, now=NOW,
            clock=Clock(the_calendar()),
        ).case  # fmt: skip

    for today, state in (("2026-12-01", "red"), ("2026-12-02", "awaiting_decision")):
        assert run("--once", "age-cases", FEELEDGER_DEMO_TODAY=today).exit_code == 0
        with store.read() as session:
            row = session.scalars(select(SupervisionCaseRow)).one()
            assert (row.id, row.state) == (case, state)


def started(env, *words, stdin=subprocess.PIPE):
    return subprocess.Popen(
        [sys.executable, "-m", "feeledger", *words],
        cwd=ROOT,
        env=os.environ | env,
        stdin=stdin,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("end", ["SIGTERM", "SIGINT", "parent"])
def test_it_ends_in_order_when_told_to_or_left_alone(env, end):
    process = started(env, "work", "--with-parent")
    assert "working" in process.stderr.readline()

    if end == "parent":
        process.stdin.close()
        process.stdin = None
    else:
        process.send_signal(getattr(signal, end))

    _, told = process.communicate(timeout=WAIT)
    assert (process.returncode, told) == (0, "")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_service_brings_the_work_along_and_leaves_no_orphan(env, how):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ("serve", "--port", str(port), "--workers", "1", "--log-level", "warning")
    process = started(env, *words, stdin=subprocess.DEVNULL)
    assert "working" in process.stderr.readline()
    work = child_of(process.pid, "work")
    if how is signal.SIGKILL:  # a work that dies meanwhile is started again
        os.kill(child_of(work, "work"), signal.SIGKILL)
        assert "work-died" in process.stderr.readline()
        assert "working" in process.stderr.readline()

    process.send_signal(how)
    process.wait(WAIT)

    until = time.monotonic() + WAIT
    while Path(f"/proc/{work}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not Path(f"/proc/{work}").exists()
    process.stderr.close()


def test_what_dies_is_started_again_after_a_pause_that_grows_and_is_forgotten():
    """0.01, 0.02, then never above 0.03; who ran long enough begins anew."""
    pauses, waits = Pauses(first=0.01, longest=0.03, steady=5.0), []

    def ended(seconds):
        waits.append(seconds)
        return len([one for one in waits if one != LOOK_SECONDS]) == 4

    keep_alive([sys.executable, "-S", "-c", "raise SystemExit(3)"], pauses, ended=ended)

    assert [one for one in waits if one != LOOK_SECONDS] == [0.01, 0.02, 0.03, 0.03]
    assert pauses.after(0.03, ran=6.0) == 0.01


def child_of(parent, word):
    """Find the child whose command line holds a word."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            words = path.with_name("cmdline").read_text().split("\0")
        except OSError:
            continue
        if int(fields[1]) == parent and word in words:
            return int(path.parent.name)
    raise AssertionError(word)
