"""``feeledger serve``: the pages and the API under gunicorn, the background work beside it."""

import os
import subprocess
import sys

import click

from feeledger.settings import ROOT


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址 · address to bind")
@click.option("--port", default=8000, show_default=True, help="端口 · port")
@click.option("--workers", default=2, show_default=True, help="进程数 · worker processes")
@click.option(
    "--log-level",
    default="info",
    show_default=True,
    type=click.Choice(["debug", "info", "warning", "error"]),
    help="日志级别 · how much the server says",
)
@click.option("--no-work", is_flag=True, help="不同时做后台工作 · no background work beside it")
def serve(host: str, port: int, workers: int, log_level: str, *, no_work: bool) -> None:
    """启动网页与接口（gunicorn）及后台工作 · Serve the pages and the API, and do the background work.

    后台工作是子进程 ``feeledger work``，随服务结束。The work is a child process that ends with it.

    Example: FEELEDGER_MODE=demo python -m feeledger serve --port 8000
    """
    from feeledger.commands.opening import read_settings

    os.chdir(ROOT)
    read_settings()  # what is wrong is told once, before anything is started
    if not no_work:
        _start_work()
    os.execv(  # noqa: S606 (the server takes this process over: signals reach it directly)
        sys.executable,
        [
            sys.executable,
            "-m",
            "gunicorn",
            "wsgi:app",
            "--bind",
            f"{host}:{port}",
            "--workers",
            str(workers),
            "--threads",
            "4",
            "--preload",  # a worker that died is forked again at once, not read in anew
            "--max-requests",
            "20000",
            "--max-requests-jitter",
            "2000",
            "--timeout",
            "60",
            "--graceful-timeout",
            "20",
            "--no-control-socket",
            "--log-level",
            log_level,
        ],
    )


def _start_work() -> None:
    """Start ``feeledger work``; it ends when the last process that serves is gone, however it went.

    It is kept going: if it dies meanwhile, it is started again. The child's standard input is a pipe whose other end the server and its workers keep open.
    """
    heard, kept = os.pipe()
    os.set_inheritable(kept, True)
    command = [sys.executable, "-m", "feeledger", "work", "--with-parent", "--keep-going"]
    subprocess.Popen(command, stdin=heard, close_fds=True)  # noqa: S603 (our own command)
    os.close(heard)
