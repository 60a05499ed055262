"""``feeledger bank-key``: enter, end and list the keys that banks sign with, and read their log."""

import base64
import json
import secrets
from typing import BinaryIO

import click

from feeledger.commands.opening import open_store
from feeledger.commands.options import reason_option

SECRET_BYTES = 32


@click.group("bank-key")
def bank_key() -> None:
    """银行密钥 · The keys that banks sign with.

    Example: python -m feeledger bank-key list
    """


@bank_key.command()
@click.argument("keyid")
@click.option("--bank", required=True, help="银行编码 · the bank's code")
@click.option(
    "--algorithm",
    type=click.Choice(["ed25519", "hmac-sha256", "sm2-sm3"]),
    default="ed25519",
    show_default=True,
    help="算法 · the key's algorithm",
)
@click.option(
    "--material",
    type=click.File("rb"),
    help="公钥文件（PEM、DER、base64；SM2 还可用十六进制 04‖X‖Y）或 base64 共享密钥；hmac-sha256 不给"
    "则新生成 · the public key (PEM, DER, base64; for SM2 also hexadecimal 04‖X‖Y) or the shared "
    "secret in base64; without it a new hmac-sha256 secret is made",
)
@click.option("--by", default="operator", show_default=True, help="办理人 · who enters it")
def add(keyid: str, bank: str, algorithm: str, material: BinaryIO | None, by: str) -> None:
    """登记密钥，立即有效；新生成的共享密钥只显示这一次 · Enter a key, valid at once.

    A secret that was made here is printed once, and nowhere else.

    Example: python -m feeledger bank-key add bank-a-2027 --bank bank-a --material public.b64
             python -m feeledger bank-key add bank-b-2027 --bank bank-b --algorithm sm2-sm3 --material sm2.pem
    """
    from feeledger.clock import wall_time
    from feeledger.regions.bank_actions import add_bank_key
    from feeledger.regions.key_formats import read_key

    if material is None and algorithm != "hmac-sha256":
        raise click.UsageError(
            f"{algorithm} 须给出公钥 --material · give the public key by --material"
        )
    text = read_key(algorithm, material.read()) if material is not None else _new_secret()
    now = wall_time()
    with open_store().write() as session:
        add_bank_key(
            session,
            keyid,
            bank=bank,
            algorithm=algorithm,
            material=text,
            valid_from=now,
            by=by,
            now=now,
        )
    click.echo(text if material is None else keyid)


@bank_key.command()
@click.argument("keyid")
@reason_option
@click.option("--by", default="operator", show_default=True, help="办理人 · who ends it")
def end(keyid: str, reason: str, by: str) -> None:
    """吊销密钥，立即生效 · End a key: the next message signed with it is refused.

    Example: python -m feeledger bank-key end bank-a-2026 --reason 更换
    """
    from feeledger.clock import wall_time
    from feeledger.regions.bank_actions import end_bank_key

    now = wall_time()
    with open_store().write() as session:
        end_bank_key(session, keyid, valid_to=now, reason=reason, by=by, now=now)
    click.echo(keyid)


@bank_key.command("list")
@click.option("--json", "as_json", is_flag=True, help="一行一把的 JSON · one JSON object a line")
def list_keys(as_json: bool) -> None:
    """列出密钥（不含密钥本身）· List the keys, never what they are made of.

    Example: python -m feeledger bank-key list --json
    """
    from feeledger.regions.queries import bank_keys

    with open_store().read() as session:
        found = bank_keys(session)
    for key in found:
        row = {
            "keyid": key.keyid,
            "bank": key.bank,
            "algorithm": key.algorithm,
            "valid_from": key.valid_from.isoformat(),
            "valid_to": None if key.valid_to is None else key.valid_to.isoformat(),
        }
        click.echo(
            json.dumps(row, ensure_ascii=False)
            if as_json
            else "\t".join(value or "-" for value in row.values())
        )


@bank_key.command("log")
@click.argument("keyid", required=False)
@click.option("--json", "as_json", is_flag=True, help="一行一条的 JSON · one JSON object a line")
def show_log(keyid: str | None, as_json: bool) -> None:
    """列出签名被拒绝的原因，按密钥、日、部分计数 · Say which part of signatures was refused.

    给银行联系人看；调用方只得到 signature-invalid。For the bank's own people: callers are never told.

    Example: python -m feeledger bank-key log bank-a-2027
    """
    from feeledger.api.log_queries import signature_refusals

    with open_store().read() as session:
        found = signature_refusals(session, keyid)
    for each in found:
        row = {
            "keyid": each.keyid,
            "day": each.day.isoformat(),
            "part": each.part,
            "times": each.times,
            "first_at": each.first_at.isoformat(),
            "last_at": each.last_at.isoformat(),
            "reason": each.reason,
        }
        click.echo(
            json.dumps(row, ensure_ascii=False) if as_json else "\t".join(map(str, row.values()))
        )


def _new_secret() -> str:
    return base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
