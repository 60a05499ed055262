"""``feeledger seal-key``: make, enter, end and list the keys that sign closed ledger days."""

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from feeledger.commands.opening import open_store, open_with_clock
from feeledger.commands.options import reason_option
from feeledger.errors import Missing, Text

if TYPE_CHECKING:
    from feeledger.ledger.seal_keys import SealKey
    from feeledger.settings import Settings
    from feeledger.store import Store


class SealKeyMissing(Missing):
    """No file holds the key that signs closed days."""

    code = "seal-key-missing"
    title = Text("没有封签密钥文件", "There is no file with the sealing key")


@click.group("seal-key")
def seal_key() -> None:
    """封签密钥：签署已关账日 · The keys that sign closed ledger days.

    私钥只在文件里（FEELEDGER_SEAL_KEY 指明），库中只有公钥。
    The private key is in a file only, named by FEELEDGER_SEAL_KEY; the database holds public keys.

    Example: python -m feeledger seal-key list
    """


@seal_key.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def make(file: Path) -> None:
    """生成一把新密钥，写入新文件（仅本人可读）· Make a key and write it to a new file.

    An existing file is never written over. The fingerprint is printed.

    Example: python -m feeledger seal-key make /etc/feeledger/seal-2027.pem
    """
    from feeledger.ledger.seal_keys import new_seal_key

    key = new_seal_key()
    if not write_new_key(file, key):
        raise click.ClickException(f"{file} 已存在，不覆盖 · {file} exists and is not written over")
    click.echo(key.fingerprint)


@seal_key.command()
@click.argument("file", type=click.File("rb"))
@click.option("--by", required=True, help="办理人 · who enters it")
def add(file: BinaryIO, by: str) -> None:
    """登记公钥（文件可为私钥或公钥），即刻起有效 · Enter a public key, valid from now on.

    Example: python -m feeledger seal-key add /etc/feeledger/seal-2027.pem --by 姓名
    """
    from feeledger.ledger.seal_key_actions import add_seal_key
    from feeledger.ledger.seal_keys import read_public_key, read_seal_key

    text = file.read()
    public = read_seal_key(text).public if b"PRIVATE KEY" in text else read_public_key(text)
    store, clock = open_with_clock()
    with store.write() as session:
        click.echo(add_seal_key(session, public, by=by, now=clock.now()))


@seal_key.command()
@click.argument("fingerprint")
@reason_option
@click.option("--by", required=True, help="办理人 · who ends it")
def end(fingerprint: str, reason: str, by: str) -> None:
    """停用密钥；以前签署的仍可核验 · End a key; what it signed stays verifiable.

    Example: python -m feeledger seal-key end 9f2c… --reason 年度更换 --by 姓名
    """
    from feeledger.ledger.seal_key_actions import end_seal_key

    store, clock = open_with_clock()
    with store.write() as session:
        end_seal_key(session, fingerprint, reason=reason, by=by, now=clock.now())
    click.echo(fingerprint)


@seal_key.command("list")
@click.option("--json", "as_json", is_flag=True, help="一行一把的 JSON · one JSON object a line")
def list_keys(as_json: bool) -> None:
    """列出公钥及有效期 · List the public keys and when they sign.

    Example: python -m feeledger seal-key list --json
    """
    from feeledger.ledger.seal_queries import seal_keys

    with open_store().read() as session:
        found = seal_keys(session)
    for key in found:
        row = {
            "fingerprint": key.fingerprint,
            "public": key.public,
            "valid_from": key.valid_from.isoformat(),
            "valid_to": None if key.valid_to is None else key.valid_to.isoformat(),
        }
        click.echo(json.dumps(row) if as_json else "\t".join(v or "-" for v in row.values()))


def key_of_settings(settings: "Settings") -> "SealKey":
    """Read the key that signs. Raises SealKeyMissing, SealKeyUnreadable."""
    from feeledger.ledger.seal_keys import read_seal_key

    if settings.seal_key is None:
        raise SealKeyMissing(
            Text(
                "有已关账日待签署，但 FEELEDGER_SEAL_KEY 没有指明密钥文件。",
                "Closed days wait to be signed, and FEELEDGER_SEAL_KEY names no key file.",
            )
        )
    try:
        return read_seal_key(settings.seal_key.read_bytes())
    except OSError as error:
        raise SealKeyMissing(
            Text(
                f"封签密钥文件 {settings.seal_key} 不能读取：{error.strerror}。",
                f"The sealing key file {settings.seal_key} cannot be read: {error.strerror}.",
            )
        ) from error


def write_new_key(file: Path, key: "SealKey") -> bool:
    """Write a key to a file that only its owner reads; False where the file is there already."""
    from feeledger.signatures import write_private_key

    file.parent.mkdir(parents=True, exist_ok=True)
    return write_private_key(file, key.private)


def demonstration_key(settings: "Settings", store: "Store", *, since: datetime) -> "SealKey":
    """Give the demonstration's key: made where there is none, entered as of an instant.

    Raises SealKeyMissing, SealKeyUnreadable.
    """
    from feeledger.ledger.seal_key_actions import SealKeyKnown, add_seal_key
    from feeledger.ledger.seal_keys import new_seal_key

    if settings.seal_key is not None:
        write_new_key(settings.seal_key, new_seal_key())
    key = key_of_settings(settings)
    with suppress(SealKeyKnown), store.write() as session:
        add_seal_key(session, key.public, by="demo", now=since)
    return key
