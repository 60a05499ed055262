"""``feeledger gateway``: the banks' frame door over TCP."""

import os
import signal
import sys
from typing import TYPE_CHECKING

import click
from sqlalchemy import make_url

if TYPE_CHECKING:
    from feeledger.gateway.server import FrameServer


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    required=True,
    help="端口，0 为任意空闲端口 · port, 0 for a free one",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址 · address to bind")
@click.option(
    "--node",
    default="F130000",
    show_default=True,
    help="本方节点号，报文未指明时使用 · our node number where a frame names none",
)
@click.option(
    "--connections",
    type=click.IntRange(1, 10000),
    default=512,
    show_default=True,
    help="同时连接数上限 · connections at once",
)
def gateway(port: int, host: str, node: str, connections: int) -> None:
    """启动银行报文帧网关（CNNONTAX，TCP）· Answer the banks' frames until SIGTERM.

    Prints the address once it listens. Nodes and tokens: ``feeledger gateway-node``.

    Example: python -m feeledger gateway --port 8600 --node F130184
    """
    from feeledger.clock import Clock
    from feeledger.commands.log_lines import write_plain_log_lines
    from feeledger.commands.readying import wait_for_database
    from feeledger.errors import FeeLedgerError
    from feeledger.gateway.answering import Gateway
    from feeledger.gateway.exchange import answer_frame
    from feeledger.gateway.nodes import demand_finance_node
    from feeledger.gateway.server import FrameServer, Limits
    from feeledger.regions.working_days import load_calendar
    from feeledger.settings import Settings
    from feeledger.store import Store

    write_plain_log_lines()
    try:
        settings = Settings.from_environ(os.environ)
        limits = Limits(connections=connections)
        ours = demand_finance_node(node)
        _hand_waiting_to_gevent(settings.database_url, host, port, node, connections)
        store = Store(settings.database_url, pool_size=limits.threads)
        calendar = load_calendar(settings.catalog.parent.parent)
        wait_for_database(store)
        door = Gateway(store, Clock(settings.demo_today), ours, calendar)
    except FeeLedgerError as error:
        raise click.ClickException(f"{error.detail.zh} / {error.detail.en}") from error
    server = FrameServer(lambda came: answer_frame(door, came), limits)
    try:
        _serve(server, host, port)
    except OSError as error:
        raise click.ClickException(f"{host}:{port}：{error.strerror}") from error
    finally:
        store.close()


def _hand_waiting_to_gevent(url: str, host: str, port: int, node: str, connections: int) -> None:
    """Begin this process anew with waiting handed to gevent, which must come before all imports.

    Not on SQLite, whose one writer would make all greenlets wait: there, threads answer.
    """
    from gevent import monkey

    if make_url(url).get_backend_name() != "postgresql" or monkey.is_module_patched("select"):
        return
    words = ["--host", host, "--port", str(port), "--node", node, "--connections", str(connections)]
    patched = ["-m", "gevent.monkey", "--module", "feeledger", "gateway", *words]
    os.execv(sys.executable, [sys.executable, *patched])  # noqa: S606 (signals reach it directly)


def _serve(server: "FrameServer", host: str, port: int) -> None:
    """Listen until SIGTERM or SIGINT, then stop in order."""
    import gevent
    from gevent.event import Event

    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, ended.set)
    bound = server.listen(host, port)
    click.echo(f"{host}:{bound}")
    sys.stdout.flush()
    ended.wait()
    server.stop()
