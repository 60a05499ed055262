"""``feeledger demo``: load the demonstration, open the doors, tell the tale as it happens."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import date
from typing import TYPE_CHECKING

import click

from feeledger.commands.options import lang_option
from feeledger.errors import Text

if TYPE_CHECKING:
    from feeledger.demo.tale import Say, Stage

START_SECONDS = 60
PAUSE_SECONDS = 0.2


@click.command()
@click.option("--serve", is_flag=True, help="讲完后继续服务 · keep serving after the tale")
@click.option("--port", default=8000, show_default=True, help="端口 · port (with --serve)")
@lang_option
def demo(serve: bool, port: int, lang: str | None) -> None:
    """装入演示区划并讲述经过（全部为演示数据）· Load the demonstration region and tell its tale.

    Example: python -m feeledger demo --lang en
    """
    os.environ["FEELEDGER_MODE"] = "demo"
    language = lang or ("en" if os.environ.get("LANG", "").startswith("en") else "zh")
    if serve and not _is_free(port):
        raise click.UsageError(
            f"端口 {port} 已被占用，请用 --port 另选 · port {port} is in use, choose another with --port"
        )
    number = port if serve else _free_port()

    def say(text: Text) -> None:
        click.echo(text.to(language))

    _tell(say, port=number, serve=serve)


def _tell(say: "Say", *, port: int, serve: bool) -> None:
    from feeledger.demo import tale
    from feeledger.demo.facts import tell_facts

    stage = _stage()
    told = tale.load(stage, say)
    tell_facts(stage, say)
    server = _start_server(port, work=serve)
    try:
        _wait_until_answering(server, port, stage.today)
        tale.pay(stage, told, port=port, say=say)
        tale.sign_papers(stage, say)
        tale.report(stage, told, say=say)
        tale.refund(stage, told, say=say)
        tale.place(stage, told, say=say)
        tale.prove(stage, say)
        stage.store.close()
        for line in tale.where_to_look(told, port=port):
            say(line)
        if serve:
            say(Text("按 Ctrl+C 结束。", "Press Ctrl+C to stop."))
            _serve_on(server)
    finally:
        _stop(server)


def _stage() -> "Stage":
    from datetime import datetime
    from datetime import time as clock_time

    from feeledger.catalog.reader import load_catalog
    from feeledger.clock import BEIJING, Clock
    from feeledger.commands.database import upgrade_database
    from feeledger.commands.seal_key import demonstration_key
    from feeledger.demo.tale import Stage
    from feeledger.regions.reader import load_regions
    from feeledger.regions.working_days import load_calendar
    from feeledger.settings import DEMO_SIGNING_KEYS, ROOT, Settings
    from feeledger.store import Store

    settings = Settings.from_environ(os.environ)
    upgrade_database(settings.owner_url, service_url=settings.database_url)
    clock = Clock(fixed=settings.demo_today)
    store = Store(settings.database_url)
    # As of the day's beginning: the demonstration's time of day goes round, its day stays.
    since = datetime.combine(clock.today(), clock_time(), tzinfo=BEIJING)
    return Stage(
        store=store,
        catalog=load_catalog(settings.catalog),
        regions=load_regions(ROOT / "catalogs"),
        calendar=load_calendar(ROOT / "catalogs"),
        today=clock.today(),
        now=clock.now(),
        seal_key=demonstration_key(settings, store, since=since),
        signing_keys=settings.signing_keys or DEMO_SIGNING_KEYS,
    )


def _start_server(port: int, *, work: bool) -> subprocess.Popen[bytes]:
    """Open the doors; the background work belongs to a service that stays."""
    command = [
        sys.executable,
        "-m",
        "feeledger",
        "serve",
        "--port",
        str(port),
        "--log-level",
        "warning",
        *([] if work else ["--no-work"]),
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 (our own command)


def _wait_until_answering(server: subprocess.Popen[bytes], port: int, today: date) -> None:
    address = f"http://127.0.0.1:{port}/api/v1/designated-account?region=130184&on={today}"
    for _ in range(int(START_SECONDS / PAUSE_SECONDS)):
        if server.poll() is not None:
            raise click.ClickException("服务未能启动 · the service did not start")
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(PAUSE_SECONDS)
    raise click.ClickException(
        f"服务 {START_SECONDS} 秒内未应答 · no answer within {START_SECONDS} s"
    )


def _serve_on(server: subprocess.Popen[bytes]) -> None:
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    try:
        code = server.wait()
    except KeyboardInterrupt:
        code = 0
    if code not in (0, -signal.SIGTERM):
        raise SystemExit(code)


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.terminate()
        server.wait(timeout=30)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
