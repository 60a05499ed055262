"""``feeledger verify-receipt``: check a downloaded proof, without connection and database."""

import json
import sys
from typing import TYPE_CHECKING, BinaryIO

import click

from feeledger.commands.options import json_option, lang_option, spoken_language
from feeledger.errors import FeeLedgerError, Text

if TYPE_CHECKING:
    from feeledger.ledger.receipt_check import Checked

HEX_DIGITS = 64


@click.command("verify-receipt")
@click.argument("file", type=click.File("rb"))
@click.option("--key", type=click.File("rb"), help="公钥文件（PEM 或 base64）· the public key")
@click.option("--fingerprint", help="公钥指纹，64 位十六进制 · the public key's fingerprint")
@click.option("--block", help="所公布的区块散列，用于尚未签署的 · the published hash of the block")
@json_option
@lang_option
def verify_receipt(
    file: BinaryIO,
    key: BinaryIO | None,
    fingerprint: str | None,
    block: str | None,
    lang: str | None,
    *,
    as_json: bool,
) -> None:
    """核验入账证明文件，不联网、不用数据库 · Check a proof that a payment stands in the ledger.

    逐步核验：格式、分录在区块中、区块在该日中、公钥、签名；成立 0，不成立 1 并指明是哪一步。
    公钥或指纹应从本系统之外的公布取得。
    Exit 0 where every step holds, 1 where one fails, which is named. Take the key or its
    fingerprint from where it was published.

    Example: python -m feeledger verify-receipt proof.json --key bureau.pem
    """
    from feeledger.ledger.receipt_check import BYTES_MAX, Trusted, check_receipt

    trusted = Trusted(_pinned(key, fingerprint), _hexadecimal("--block", block))
    if not trusted.fingerprint and not trusted.block:
        raise click.UsageError(
            "须给出 --key、--fingerprint 或 --block · give --key, --fingerprint or --block"
        )
    checked = check_receipt(file.read(BYTES_MAX + 1), trusted)
    if as_json:
        click.echo(json.dumps(_document_of(checked), ensure_ascii=False))
    else:
        _tell(checked, lang or spoken_language())
    sys.exit(0 if checked.holds else 1)


def _pinned(key: BinaryIO | None, fingerprint: str | None) -> str:
    """Give the trusted fingerprint; where key and fingerprint are given they must agree."""
    from feeledger.ledger.seal_keys import fingerprint_of_key, read_public_key

    told = _hexadecimal("--fingerprint", fingerprint)
    if key is None:
        return told
    try:
        found = fingerprint_of_key(read_public_key(key.read()))
    except FeeLedgerError as error:
        raise click.UsageError(f"--key：{error.detail.zh} · {error.detail.en}") from error
    if told and told != found:
        raise click.UsageError(
            f"--key 的指纹是 {found}，与 --fingerprint 不同 · the key's fingerprint is {found}"
        )
    return found


def _hexadecimal(option: str, value: str | None) -> str:
    text = (value or "").replace(" ", "").replace(":", "").lower()
    if text and (len(text) != HEX_DIGITS or not set(text) <= set("0123456789abcdef")):
        raise click.UsageError(
            f"{option} {value!r}：须为 64 位十六进制 · write 64 hexadecimal digits"
        )
    return text


def _tell(checked: "Checked", language: str) -> None:
    for step in checked.steps:
        mark = Text("成立", "holds") if step.holds else Text("不成立", "FAILS")
        found = "" if step.holds else f": {step.found.to(language)}"
        click.echo(f"{mark.to(language)}  {step.name}  {step.label.to(language)}{found}")
    if checked.proof is None:
        return
    click.echo(_said(checked).to(language))


def _said(checked: "Checked") -> Text:
    """Say what is proved, or what is not."""
    proof = checked.proof or {}
    entry, payment = proof["entry"], proof["entry"]["payment"]
    what = Text(f"分录 {entry['entry']}", f"entry {entry['entry']}")
    if payment is not None:
        yuan = _yuan(payment["amount_fen"])
        what = Text(
            f"缴款码 {payment['pay_code']}、{yuan} 元、流水 {payment['bank']}/{payment['trade_no']}",
            f"pay code {payment['pay_code']}, {yuan} yuan, serial {payment['bank']}/"
            f"{payment['trade_no']}",
        )
    where = Text(
        f"区划 {entry['region']} 记账日 {entry['day']}",
        f"region {entry['region']}, day {entry['day']}",
    )
    if checked.holds:
        return Text(
            f"已证明在账：{where.zh}，{what.zh}", f"It stands in the ledger: {where.en}, {what.en}"
        )
    return Text(f"未能证明：{where.zh}，{what.zh}", f"Not proved: {where.en}, {what.en}")


def _yuan(fen: str) -> str:
    """Print fen as yuan; what is no number is shown as it is."""
    if not (fen.isascii() and fen.isdigit()):
        return fen
    return f"{fen.rjust(3, '0')[:-2]}.{fen.rjust(3, '0')[-2:]}"


def _document_of(checked: "Checked") -> dict[str, object]:
    entry = None if checked.proof is None else checked.proof["entry"]
    return {
        "holds": checked.holds,
        "signed": checked.is_signed,
        "steps": [
            {
                "step": step.name,
                "holds": step.holds,
                "found": None if step.holds else {"zh": step.found.zh, "en": step.found.en},
            }
            for step in checked.steps
        ],
        "entry": entry,
    }
