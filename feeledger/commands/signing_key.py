"""``feeledger signing-key``: make, enrol, revoke and list the keys that sign documents."""

import json
from typing import BinaryIO

import click

from feeledger.commands.opening import open_store, open_with_clock, read_settings
from feeledger.commands.options import by_named, reason_option

REGION = click.option("--region", required=True, help="区划代码 · region code")
UNIT = click.option("--unit", help="执收单位，不给为财政 · the unit; without it, the bureau")


@click.group("signing-key")
def signing_key() -> None:
    """签章密钥：单位与财政签章用 · The keys that units and the bureau sign documents with.

    私钥只在 FEELEDGER_SIGNING_KEYS 所指文件夹里，库中只有公钥。
    Private keys lie in the folder FEELEDGER_SIGNING_KEYS alone; the database holds public ones.

    Example: python -m feeledger signing-key list --region 130184
    """


@signing_key.command()
@click.argument("keyid")
@REGION
@UNIT
@by_named
def make(keyid: str, region: str, unit: str | None, by: str) -> None:
    """生成密钥并登记公钥，立即有效 · Make a key, enrol its public half, valid at once.

    Example: python -m feeledger signing-key make water-2026 --region 130184 --unit 204 --by 张三
    """
    from feeledger.regions.signing_actions import demand_keyid
    from feeledger.signatures import make_private_key

    settings = read_settings()
    if settings.signing_keys is None:
        raise click.UsageError("请设置 FEELEDGER_SIGNING_KEYS · set FEELEDGER_SIGNING_KEYS")
    demand_keyid(keyid)
    path = settings.signing_keys / f"{keyid}.pem"
    material = make_private_key(settings.signing_keys, keyid)
    try:
        _enrol(keyid, region=region, unit=unit, material=material, by=by)
    except BaseException:
        path.unlink()  # this call made it; a key that nobody knows signs nothing
        raise


@signing_key.command()
@click.argument("keyid")
@REGION
@UNIT
@click.option("--public", type=click.File("rb"), required=True, help="base64 公钥文件 · public key")
@by_named
def enrol(keyid: str, region: str, unit: str | None, public: BinaryIO, by: str) -> None:
    """登记在别处保管的密钥的公钥 · Enrol the public half of a key that is kept elsewhere.

    Example: python -m feeledger signing-key enrol hsm-1 --region 130184 --unit 204 --public k.b64 --by 张三
    """
    material = "".join(public.read().decode("ascii", errors="replace").split())
    _enrol(keyid, region=region, unit=unit, material=material, by=by)


@signing_key.command()
@click.argument("keyid")
@REGION
@reason_option
@by_named
def revoke(keyid: str, region: str, reason: str, by: str) -> None:
    """吊销密钥，立即生效；此前所签仍有效 · End a key now; what it signed before stands.

    Example: python -m feeledger signing-key revoke water-2025 --region 130184 --reason 更换 --by 张三
    """
    from feeledger.regions.signing_actions import revoke_signing_key

    store, clock = open_with_clock()
    with store.write() as session:
        revoke_signing_key(session, region, keyid, reason=reason, by=by, now=clock.now())
    click.echo(keyid)


@signing_key.command("list")
@REGION
@click.option("--json", "as_json", is_flag=True, help="一行一把的 JSON · one JSON object a line")
def list_keys(region: str, *, as_json: bool) -> None:
    """列出公钥指纹与有效期 · List fingerprints and windows.

    Example: python -m feeledger signing-key list --region 130184 --json
    """
    from feeledger.regions.signing_queries import signing_keys_of
    from feeledger.signatures import fingerprint_of

    with open_store().read() as session:
        found = signing_keys_of(session, region)
    for key in found:
        row = {
            "keyid": key.keyid,
            "unit": key.unit_code,
            "fingerprint": fingerprint_of(key.material),
            "valid_from": key.valid_from.isoformat(),
            "valid_to": None if key.valid_to is None else key.valid_to.isoformat(),
        }
        click.echo(
            json.dumps(row, ensure_ascii=False)
            if as_json
            else "\t".join(value or "-" for value in row.values())
        )


def _enrol(keyid: str, *, region: str, unit: str | None, material: str, by: str) -> None:
    from feeledger.regions.signing_actions import enrol_signing_key
    from feeledger.signatures import fingerprint_of

    store, clock = open_with_clock()
    with store.write() as session:
        enrol_signing_key(
            session, region, keyid, unit_code=unit, material=material, by=by, now=clock.now()
        )
    click.echo(f"{keyid}\t{fingerprint_of(material)}")
