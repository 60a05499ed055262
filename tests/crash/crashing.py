"""A service that can be killed, its database too, and a bank that keeps its own books meanwhile."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
import psycopg
from sqlalchemy import make_url

from feeledger.commands.database import upgrade_database
from tests.api.banks import KEY, a_key
from tests.builders import REGION, ROOT, TODAY, a_notice, a_place, an_edition, an_enterprise
from tests.postgres import SERVICE

CLIENTS = 8
# The service answers within five seconds after the database does; where all of it was killed, master
# too, it must boot first, which takes what it took at the beginning.
BACK_SECONDS = 5
START_SECONDS = 40


def notices_ready(store, count):
    """Make a region with a bank, its key and as many open notices; give their pay codes."""
    with store.write() as session:
        an_edition(session)
        a_place(session)
        an_enterprise(session)
        a_key(session, valid_from=datetime(2020, 1, 1, tzinfo=UTC))
    codes = []
    for start in range(0, count, 50):
        with store.write() as session:
            codes += [a_notice(session).pay_code for _ in range(min(50, count - start))]
    return codes


@dataclass
class Service:
    """``feeledger serve``, two workers or the banks' door; started again after all of it was killed."""

    url: str
    log: Path
    port: int = 0
    master: subprocess.Popen | None = None
    boot_seconds: float = 0.0
    was_started_anew: bool = False
    database_answers: Callable[[], bool] = lambda: True
    is_banks_door: bool = False

    def start(self):
        if not self.port:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
        words = ["--port", str(self.port), "--log-level", "warning", "--no-work"]
        words += ["--banks"] if self.is_banks_door else ["--workers", "2"]
        self.master = subprocess.Popen(
            [sys.executable, "-m", "feeledger", "serve", *words],
            cwd=ROOT,
            env=an_environment(self.url),
            stderr=self.log.open("ab"),
        )

    def workers(self):
        return psutil.Process(self.master.pid).children()

    def kill_one_worker(self, rng):
        kill_hard(rng.choice(self.workers()).pid)

    def kill_workers(self, _rng):
        for worker in self.workers():
            kill_hard(worker.pid)

    def kill_writers(self, _rng):
        """Kill master and workers, whoever writes among them, and start anew."""
        workers = self.workers()
        kill_hard(self.master.pid)
        for worker in workers:
            kill_hard(worker.pid)
        self.master.wait()
        psutil.wait_procs(workers, timeout=5)
        self.start()
        self.was_started_anew = True

    def wait_until_back(self):
        """Wait no longer than is promised: five seconds, and the boot of a master that was killed."""
        self.wait_until_answering(
            BACK_SECONDS + (self.boot_seconds if self.was_started_anew else 0)
        )
        self.was_started_anew = False

    def wait_until_answering(self, seconds):
        """Wait for a page that reads the database, or the banks' one that needs no key; give the seconds."""
        path = f"designated-account?region={REGION}&on={TODAY}"
        address = f"http://127.0.0.1:{self.port}/api/v1/" + (
            "openapi.json" if self.is_banks_door else path
        )
        first = begin = time.monotonic()
        while True:
            try:
                with urllib.request.urlopen(address, timeout=seconds):
                    return time.monotonic() - begin
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                if not self.database_answers():
                    begin = time.monotonic()  # its recovery is not the service's time
                waited = time.monotonic() - begin
                assert waited < seconds, f"no answer within {seconds} s\n{self.log.read_text()}"
                assert time.monotonic() - first < START_SECONDS, "the database does not come back"
                time.sleep(0.05)

    def stop(self):
        if self.master is not None and self.master.poll() is None:
            self.master.terminate()
            self.master.wait(30)


@dataclass
class Cluster:
    """A PostgreSQL of our own, whose processes may die."""

    server: object
    url: str

    def kill_backend(self, rng):
        """Kill one backend of the service; PostgreSQL then throws out all others and recovers."""
        with suppress(psycopg.Error), psycopg.connect(self.server.get_uri()) as admin:
            found = admin.execute(
                "SELECT pid FROM pg_stat_activity WHERE usename = 'feeledger_service'"
            ).fetchall()
            if found:
                kill_hard(rng.choice(found)[0])
        self.wait()

    def kill_postmaster(self, _rng):
        """Kill the postmaster and start it again over what it left behind."""
        dead = psutil.Process(self.server.get_pid())
        children = dead.children()
        kill_hard(dead.pid)
        psutil.wait_procs([dead, *children], timeout=10)
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                self.server.ensure_postgres_running()
                break
            except (subprocess.SubprocessError, AssertionError):
                assert time.monotonic() < end, "PostgreSQL does not start again"
                time.sleep(0.1)
        self.wait()

    def answers(self):
        """Say whether the database answers now."""
        try:
            with psycopg.connect(self.server.get_uri()):
                return True
        except psycopg.Error:
            return False

    def wait(self):
        """Wait until the database answers."""
        end = time.monotonic() + START_SECONDS
        while not self.answers():
            assert time.monotonic() < end, "PostgreSQL does not answer"
            time.sleep(0.02)


def migrated_database(uri):
    """Make a database with the schema and the service's role in it; give the service's address."""
    with psycopg.connect(uri, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {SERVICE} LOGIN PASSWORD '{SERVICE}'")
        admin.execute("CREATE DATABASE crash TEMPLATE template0")
    owner = make_url(uri).set(drivername="postgresql+psycopg", database="crash")
    service = owner.set(username=SERVICE, password=SERVICE).render_as_string(hide_password=False)
    upgrade_database(owner.render_as_string(hide_password=False), service_url=service)
    return service


def kill_hard(pid):
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def an_environment(url):
    return {
        **os.environ,
        "FEELEDGER_MODE": "demo",
        "FEELEDGER_DEMO_TODAY": TODAY.isoformat(),
        "FEELEDGER_DATABASE_URL": url,
    }


class BankOutside:
    """``feeledger bank-sim`` in a process of its own, which nobody kills, and its oracle."""

    def __init__(self, folder, port, codes, seed):
        self.oracle = folder / "oracle.jsonl"
        self.oracle.touch()
        self.read, self.acknowledged = 0, set()
        (folder / "key").write_text(base64.b64encode(KEY.material).decode())
        (folder / "scenario.yaml").write_text(
            f"seed: {seed}\ncount: {len(codes)}\nclients: {CLIENTS}\npatience: 90\n"
            "acts:\n  pay: 4\n  replay: 2\n  cut: 2\n  parallel: 1\nnotices:\n"
            + "".join(f'  - "{code}"\n' for code in codes)
        )
        words = ["--url", f"http://127.0.0.1:{port}", "--keyid", KEY.id, "--json"]
        words += ["--key", str(folder / "key"), "--scenario", str(folder / "scenario.yaml")]
        words += ["--oracle", str(self.oracle), "--day", TODAY.isoformat()]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "feeledger", "bank-sim", *words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, count):
        """Wait until so many payments are acknowledged."""
        end = time.monotonic() + 120
        while len(self._look()) < count:
            assert time.monotonic() < end, f"{len(self.acknowledged)} of {count} acknowledged"
            assert self.process.poll() is None, "the bank ended early"
            time.sleep(0.01)

    def _look(self):
        with self.oracle.open(encoding="utf-8") as lines:
            lines.seek(self.read)
            while (line := lines.readline()).endswith("\n"):
                self.read += len(line.encode())
                event = json.loads(line)
                if event["event"] == "answered" and event["code"] == "00000" and event["trade_no"]:
                    self.acknowledged.add(event["trade_no"])
        return self.acknowledged

    def finish(self):
        """Wait for its end; give exit code, report and the serials that were acknowledged."""
        out, _ = self.process.communicate(timeout=240)
        return self.process.returncode, json.loads(out), self._look()


@contextmanager
def running(service):
    service.start()
    try:
        service.boot_seconds = service.wait_until_answering(START_SECONDS)
        yield service
    finally:
        service.stop()


def audit(command, url):
    """Run ``feeledger ledger verify`` or ``feeledger audit``; give its exit code and words."""
    done = subprocess.run(
        [sys.executable, "-m", "feeledger", *command],
        cwd=ROOT,
        env=an_environment(url),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr
