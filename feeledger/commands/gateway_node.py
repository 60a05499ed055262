"""``feeledger gateway-node``: enter, end and list the nodes that speak frames."""

import json
import secrets
from typing import BinaryIO

import click

from feeledger.commands.opening import open_store
from feeledger.commands.options import reason_option

SECRET_BYTES = 32


@click.group("gateway-node")
def gateway_node() -> None:
    """报文帧节点 · The nodes that speak frames.

    Example: python -m feeledger gateway-node list
    """


@gateway_node.command()
@click.argument("node")
@click.option("--bank", help="银行编码 · the bank's code")
@click.option("--unit", help="执收单位编码 · the unit's code, in the node's region")
@click.option(
    "--token",
    type=click.File("rb"),
    help="令牌文件，- 为标准输入；不给则新生成 · a file of the token; without it one is made",
)
@click.option("--by", default="operator", show_default=True, help="办理人 · who enters it")
def add(node: str, bank: str | None, unit: str | None, token: BinaryIO | None, by: str) -> None:
    """登记节点令牌，立即有效；新生成的令牌只显示这一次 · Enter a token, valid at once.

    Earlier tokens of the node stay valid until they are ended. A token that was made here is printed
    once, and nowhere else.

    Example: python -m feeledger gateway-node add K1301840001 --bank bank-a
    """
    from feeledger.clock import wall_time
    from feeledger.errors import FeeLedgerError
    from feeledger.gateway.actions import Holder, enter_node

    made = secrets.token_urlsafe(SECRET_BYTES)
    text = made if token is None else token.read().decode("ascii", errors="replace").strip()
    try:
        with open_store().write() as session:
            number = enter_node(
                session, node, Holder(bank, unit), token=text, by=by, now=wall_time()
            )
    except FeeLedgerError as error:
        raise click.ClickException(f"{error.detail.zh} / {error.detail.en}") from error
    click.echo(f"{node}\t{number}" if token is not None else f"{node}\t{number}\t{made}")


@gateway_node.command()
@click.argument("node")
@click.option("--token-no", type=int, required=True, help="令牌序号 · the token's number")
@reason_option
@click.option("--by", default="operator", show_default=True, help="办理人 · who ends it")
def end(node: str, token_no: int, reason: str, by: str) -> None:
    """停用令牌，立即生效 · End a token: the next frame made with it is refused.

    Example: python -m feeledger gateway-node end K1301840001 --token-no 1 --reason 更换
    """
    from feeledger.clock import wall_time
    from feeledger.errors import FeeLedgerError
    from feeledger.gateway.actions import end_node_token

    try:
        with open_store().write() as session:
            end_node_token(session, node, token_no, reason=reason, by=by, now=wall_time())
    except FeeLedgerError as error:
        raise click.ClickException(f"{error.detail.zh} / {error.detail.en}") from error
    click.echo(f"{node}\t{token_no}")


@gateway_node.command("list")
@click.option("--json", "as_json", is_flag=True, help="一行一个的 JSON · one JSON object a line")
def list_nodes(as_json: bool) -> None:
    """列出节点和令牌序号（不含令牌）· List nodes and the numbers of their tokens, never a token.

    Example: python -m feeledger gateway-node list --json
    """
    from feeledger.gateway.queries import node_tokens

    with open_store().read() as session:
        found = node_tokens(session)
    for one in found:
        row = {
            "node": one.node,
            "token_no": str(one.token_no),
            "bank": one.bank,
            "unit": one.unit_code,
            "valid_from": one.valid_from.isoformat(),
            "valid_to": None if one.valid_to is None else one.valid_to.isoformat(),
        }
        click.echo(
            json.dumps(row, ensure_ascii=False)
            if as_json
            else "\t".join(value or "-" for value in row.values())
        )
