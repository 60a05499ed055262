"""``feeledger serve``: the pages and the API under gunicorn, the background work beside it."""

import os
import subprocess
import sys

import click
from sqlalchemy import make_url

from feeledger.settings import ROOT

COMMON = ("--timeout", "60", "--graceful-timeout", "20", "--no-control-socket")
AMONG_THREADS = (
    "--threads",
    "4",
    "--preload",  # a worker that died is forked again at once, not read in anew
    "--max-requests",
    "20000",
    "--max-requests-jitter",
    "2000",
)
AMONG_GREENLETS = ("--config", "python:feeledger.bank_door")
# Waiting must be handed to gevent before anything else is imported.
PATCHED = ("gevent.monkey", "--module")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址 · address to bind")
@click.option("--port", default=8000, show_default=True, help="端口 · port")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="进程数，默认 2，--banks 时 1 · worker processes, 2, or 1 with --banks",
)
@click.option(
    "--log-level",
    default="info",
    show_default=True,
    type=click.Choice(["debug", "info", "warning", "error"]),
    help="日志级别 · how much the server says",
)
@click.option("--no-work", is_flag=True, help="不同时做后台工作 · no background work beside it")
@click.option(
    "--banks",
    is_flag=True,
    help="只开银行接口，专为银行的大量往来（须 PostgreSQL）· the banks' API alone, for many at once",
)
def serve(
    host: str, port: int, workers: int | None, log_level: str, *, no_work: bool, banks: bool
) -> None:
    """启动网页与接口（gunicorn）及后台工作 · Serve the pages and the API, and do the background work.

    后台工作是子进程 ``feeledger work``，随服务结束；--banks 不带后台工作。The work is a child process
    that ends with it; with --banks there is none.

    Example: FEELEDGER_MODE=demo python -m feeledger serve --port 8000
    """
    from feeledger.commands.opening import read_settings

    os.chdir(ROOT)
    settings = read_settings()  # what is wrong is told once, before anything is started
    if banks:
        _demand_postgresql(settings.database_url)
    _demand_database(settings.database_url)
    if banks:
        os.environ["FEELEDGER_DOORS"] = "banks"
    elif not no_work:
        _start_work()
    first, how = (PATCHED, AMONG_GREENLETS) if banks else ((), AMONG_THREADS)
    count = workers or (1 if banks else 2)
    bound = ["--bind", f"{host}:{port}", "--workers", str(count), "--log-level", log_level]
    os.execv(  # noqa: S606 (the server takes this process over: signals reach it directly)
        sys.executable,
        [sys.executable, "-m", *first, "gunicorn", "wsgi:app", *bound, *how, *COMMON],
    )


def _demand_postgresql(url: str) -> None:
    """Refuse SQLite, whose one writer would make all greenlets wait."""
    if make_url(url).get_backend_name() != "postgresql":
        raise click.UsageError(
            "--banks 须用 PostgreSQL（FEELEDGER_DATABASE_URL）；SQLite 请用不带 --banks 的 serve。"
            " --banks needs PostgreSQL (FEELEDGER_DATABASE_URL); on SQLite serve without it."
        )


def _demand_database(url: str) -> None:
    """Wait for the database and look at its schema. Raises SchemaDiffers, or the driver's error."""
    from feeledger.commands.readying import wait_for_database
    from feeledger.store import Store

    store = Store(url)
    try:
        wait_for_database(store)
    finally:
        store.close()


def _start_work() -> None:
    """Start ``feeledger work``; it ends when the last process that serves is gone, however it went.

    It is kept going: if it dies meanwhile, it is started again. The child's standard input is a pipe whose other end the server and its workers keep open.
    """
    heard, kept = os.pipe()
    os.set_inheritable(kept, True)
    command = [sys.executable, "-m", "feeledger", "work", "--with-parent", "--keep-going"]
    subprocess.Popen(command, stdin=heard, close_fds=True)  # noqa: S603 (our own command)
    os.close(heard)
