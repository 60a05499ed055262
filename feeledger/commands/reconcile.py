"""``feeledger reconcile``: hold a bank's day file against what we booked."""

import getpass
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeledger.commands.options import json_option, lang_option, spoken_language
from feeledger.errors import FeeLedgerError, FileRefused

if TYPE_CHECKING:
    from feeledger.reconciliation.actions import Import


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--region", required=True, help="区划代码 · region code")
@click.option("--by", default=getpass.getuser, show_default="系统用户", help="办理人 · who imports")
@click.option("--dry-run", is_flag=True, help="只检查文件，不入库 · only read the file")
@json_option
@lang_option
def reconcile(
    file: Path, region: str, by: str, lang: str | None, *, dry_run: bool, as_json: bool
) -> None:
    """导入银行日终对账文件并逐笔核对 · Import a bank's day file and compare every line.

    \b
    文件格式见 docs/day-file.md · the format is described in docs/day-file.md
    退出码 · exit: 0 全部一致 · all agrees; 1 有差异或被拒绝 · differences, or refused
                   2 用法错误 · usage

    \b
    Example: python -m feeledger reconcile DEMOBANK-20261123.csv --region 130184
    """  # noqa: D301 - the backslashes are click's: they keep lines apart
    language = lang or spoken_language()
    raw = file.read_bytes()
    try:
        if dry_run:
            _read_only(raw, file.name, language)
            return
        done = _import(raw, file.name, region, by)
    except FileRefused as refused:
        for fault in refused.faults:
            click.echo(fault.to(language), err=True)
        click.echo(refused.detail.to(language), err=True)
        sys.exit(1)
    except FeeLedgerError as error:
        result = getattr(error, "result", None)
        head = f"{result} {error.code}" if result else error.code
        click.echo(f"{head}: {error.detail.to(language)}", err=True)
        sys.exit(1)
    _tell(done, language, as_json=as_json)
    sys.exit(1 if done.match.for_people else 0)


def _read_only(raw: bytes, name: str, language: str) -> None:
    """Read a file without a database; raises FileRefused."""
    from feeledger.reconciliation.statements import read_day_file

    found, faults = read_day_file(raw, name)
    if found is None:
        raise FileRefused(faults)
    zh = f"{found.bank} {found.day} {found.accconfirm_no}：{len(found.lines)} 笔，{found.total} 元"
    en = f"{found.bank} {found.day} {found.accconfirm_no}: {len(found.lines)} lines, {found.total}"
    click.echo(en if language == "en" else zh)


def _import(raw: bytes, name: str, region: str, by: str) -> "Import":
    """Import in one transaction, on the operator's database and by the operator's clock."""
    from feeledger.clock import Clock
    from feeledger.reconciliation.actions import import_day_file
    from feeledger.settings import Settings
    from feeledger.store import Store

    settings = Settings.from_environ(os.environ)
    clock = Clock(settings.demo_today)
    store = Store(settings.database_url)
    try:
        return store.attempt(
            lambda session: import_day_file(
                session, region=region, raw=raw, file_name=name, actor=by, now=clock.now()
            )
        )
    finally:
        store.close()


def _tell(done: "Import", language: str, *, as_json: bool) -> None:
    """Print the answer to the bank: as JSON, or as a table of the differences."""
    from feeledger.reconciliation.matching import REASON_TEXTS, result_document

    document = result_document(done.file, done.match, language)
    if as_json:
        click.echo(json.dumps({"batch": str(done.batch), **document}, ensure_ascii=False))
        return
    match = done.match
    zh = (
        f"批次 {done.batch}：文件 {match.file_count} 笔 {match.file_total} 元，"
        f"账上 {match.booked_count} 笔 {match.booked_total} 元；"
        f"一致 {len(match.matched)} 笔，差异 {len(match.for_people)} 笔"
    )
    en = (
        f"Batch {done.batch}: file {match.file_count} lines {match.file_total}, "
        f"booked {match.booked_count} payments {match.booked_total}; "
        f"{len(match.matched)} matched, {len(match.for_people)} differences"
    )
    click.echo(en if language == "en" else zh)
    for entry in document["faillist"]:  # type: ignore[attr-defined]  # a list, by its maker
        click.echo(f"{entry['code']}\t{entry['trade_no']}\t{entry['msg']}")
    for found in match.for_people:
        if found.money_differs:
            click.echo(
                f"{found.given_as}\t{found.trade_no}\t{REASON_TEXTS[found.reason].to(language)}"
            )
