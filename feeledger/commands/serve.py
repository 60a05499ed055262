"""``feeledger serve``: the pages and the API under gunicorn."""

import os
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
def serve(host: str, port: int, workers: int, log_level: str) -> None:
    """启动网页与接口（gunicorn）· Serve the pages and the API.

    Example: FEELEDGER_MODE=demo python -m feeledger serve --port 8000
    """
    os.chdir(ROOT)
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
