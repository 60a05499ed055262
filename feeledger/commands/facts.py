"""``feeledger facts``: enterprises and facts by file, templates to fill in, columns that runs read."""

import getpass
import json
import sys
import time
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feeledger.commands.opening import open_or_tell
from feeledger.commands.options import json_option, lang_option, spoken_language
from feeledger.errors import FileRefused, Text

if TYPE_CHECKING:
    from feeledger.clock import Clock
    from feeledger.intake.offer import Offer
    from feeledger.intake.tables import FactIntakeRow
    from feeledger.store import Store

FAULTS_TOLD = 200
SOURCES = ("department", "enterprise", "bureau")


def _day(_ctx: click.Context, _param: click.Parameter, value: datetime | None) -> date | None:
    return None if value is None else value.date()


@click.group()
def facts() -> None:
    """企业情况：按文件导入、模板、列式快照 · Facts: import by file, templates, columns.

    Example: python -m feeledger facts import facts.xlsx --region 130184 --since 2026-01-01 --dry-run
    """


@facts.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--region", required=True, help="区划代码 · region code")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=_day,
    help="自何日属实（文件可逐行另写）· true from this day, unless a line says otherwise",
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=_day,
    help="至何日（含）· up to this day, inclusive",
)
@click.option(
    "--source",
    type=click.Choice(SOURCES),
    default="bureau",
    show_default=True,
    help="谁提供的 · who says so",
)
@click.option("--unit", help="提供数据的执收单位代码 · the unit, where a department says so")
@click.option("--document", default="", help="依据的材料 · the paper it rests on")
@click.option("--by", default=getpass.getuser, show_default="系统用户", help="办理人 · who imports")
@click.option("--dry-run", is_flag=True, help="只检查，不写入 · only look, write nothing")
@click.option(
    "--result",
    type=click.Path(dir_okay=False, path_type=Path),
    help="另存带“问题”列的文件 · write the file again with a column of faults",
)
@json_option
@lang_option
def import_facts(
    file: Path,
    region: str,
    since: date | None,
    until: date | None,
    source: str,
    unit: str | None,
    document: str,
    by: str,
    result: Path | None,
    lang: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """导入一份数据文件：有一处错误就一行也不写 · Import a file: one fault, and nothing is written.

    \b
    CSV（UTF-8、GBK）、Excel（.xlsx）、Parquet；说明见 docs/facts.md · see docs/facts.md
    退出码 · exit: 0 已导入（或无变化）· taken, or nothing new; 1 有错误 · faults; 2 用法错误 · usage

    \b
    Example: python -m feeledger facts import facts.csv --region 130184 --since 2026-01-01 \
               --source department --unit 204 --document 水利年报
    """  # noqa: D301 - the backslashes are click's: they keep lines apart
    from feeledger.intake.offer import Offer

    if (source == "department") != (unit is not None):
        raise click.UsageError(
            "--source department 与 --unit 须同时给出 · --source department and --unit go together"
        )
    language = lang or spoken_language()
    after = None if until is None else until + timedelta(days=1)
    offer = Offer(file.name, source, unit, document, since, after)
    with open_or_tell(language) as (store, clock):
        if unit is not None:
            _demand_unit(store, clock, region, unit)
        try:
            told = _imported(store, clock, region, offer, file, by, dry_run=dry_run)
        except FileRefused as refused:
            _tell_faults(refused, file, result, language, as_json=as_json)
            sys.exit(1)
    _tell(told, language, as_json=as_json)


@facts.command("register")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--region", required=True, help="企业所在区划 · the region they are at home in")
@click.option(
    "--by", default=getpass.getuser, show_default="系统用户", help="办理人 · who registers"
)
@click.option("--dry-run", is_flag=True, help="只检查，不写入 · only look, write nothing")
@click.option(
    "--result",
    type=click.Path(dir_okay=False, path_type=Path),
    help="另存带“问题”列的文件 · write the file again with a column of faults",
)
@json_option
@lang_option
def register_by_file(
    file: Path,
    region: str,
    by: str,
    result: Path | None,
    lang: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """按文件登记企业：有一处错误就一户也不登记 · Register enterprises: one fault, and nobody is.

    \b
    列：信用代码、企业名称、行业代码、行业分类版本、登记日期、规模 · columns: see docs/facts.md
    退出码 · exit: 0 已登记（或无变化）· registered, or nothing new; 1 有错误 · faults; 2 用法错误 · usage

    \b
    Example: python -m feeledger facts register enterprises.csv --region 130184 --dry-run
    """  # noqa: D301 - as above
    from feeledger.assessment.batches import refuse_region
    from feeledger.intake.register_batches import RegisterOffer, look_at_register, register_file

    language = lang or spoken_language()
    with open_or_tell(language) as (store, clock), file.open("rb") as sheet:
        with store.read() as session:
            refuse_region(session, region)
        offer = RegisterOffer(file.name, region, clock.today())
        looked = look_at_register(store, sheet, offer)
        if looked.faults:
            _tell_faults(FileRefused(looked.faults), file, result, language, as_json=as_json)
            sys.exit(1)
        new = len(looked.fresh)
        if not dry_run:
            new = register_file(store, offer, looked, by=by, now=clock.now())
    if as_json:
        state = "checked" if dry_run else "registered"
        told = {"state": state, "lines": looked.lines, "new": new, "known": looked.known}
        click.echo(json.dumps(told))
        return
    zh, en = ("待登记", "to be registered") if dry_run else ("新登记", "registered")
    click.echo(
        Text(
            f"{looked.lines} 行；{zh} {new} 户，原已登记 {looked.known} 户",
            f"{looked.lines} lines; {new} {en}, {looked.known} known already",
        ).to(language)
    )


@facts.command("template")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--fact", "names", multiple=True, help="数据项，可重复 · a fact, repeatable")
@click.option("--item", "items", multiple=True, help="收费项目，可重复 · a fee, repeatable")
@click.option("--region", default="130000", show_default=True, help="区划代码 · region code")
@lang_option
def template(
    file: Path, names: tuple[str, ...], items: tuple[str, ...], region: str, lang: str | None
) -> None:
    """写一份只含所需数据项的模板（.xlsx 或 .csv）· Write a template with only the facts asked for.

    \b
    Example: python -m feeledger facts template t.xlsx --region 130184 --item residual-security-fund
    """  # noqa: D301 - as above
    from feeledger.catalog.queries import edition_in_use
    from feeledger.intake.templates import csv_template, excel_template
    from feeledger.intake.wanted import facts_wanted

    language = lang or spoken_language()
    with open_or_tell(language) as (store, clock), store.read() as session:
        catalog = edition_in_use(session)
        chosen = facts_wanted(catalog, clock.today(), region, names=names, items=items)
    make = csv_template if file.suffix.lower() == ".csv" else excel_template
    file.write_bytes(make(chosen, "en" if language == "en" else "zh"))
    click.echo(Text(f"{file}：{len(chosen)} 项", f"{file}: {len(chosen)} facts").to(language))


@facts.command("snapshot")
@click.option("--region", required=True, help="区划代码 · region code")
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=_day,
    help="哪一天的情况，默认今天 · of which day, today if not given",
)
@json_option
@lang_option
def snapshot(region: str, on: date | None, lang: str | None, *, as_json: bool) -> None:
    """更新一个区划的列式快照（FEELEDGER_DATA）· Bring a region's columns of facts up to date.

    \b
    Example: python -m feeledger facts snapshot --region 130184
    """  # noqa: D301 - as above
    from feeledger.assessment.snapshot_batches import read_fact_columns, snapshot_path
    from feeledger.catalog.plan import plan_of
    from feeledger.catalog.queries import edition_in_use
    from feeledger.commands.opening import read_settings

    language, folder = lang or spoken_language(), read_settings().data
    with open_or_tell(language) as (store, clock):
        with store.read() as session:
            plan = plan_of(edition_in_use(session))
        day = on or clock.today()
        chunk = read_fact_columns(store, plan, region, day, clock.now(), folder=folder)
    path, count = snapshot_path(folder, region, day), len(chunk.codes)
    if as_json:
        click.echo(json.dumps({"path": str(path), "enterprises": count}, ensure_ascii=False))
    else:
        click.echo(Text(f"{path}：{count} 户", f"{path}: {count} enterprises").to(language))


def _demand_unit(store: "Store", clock: "Clock", region: str, unit: str) -> None:
    from feeledger.regions.queries import units_of

    with store.read() as session:
        known = [row.unit_code for row in units_of(session, region, clock.today())]
    if unit not in known:
        raise click.UsageError(
            f"--unit {unit}：{region} 没有这个执收单位 · {region} has no such unit"
        )


def _imported(
    store: "Store",
    clock: "Clock",
    region: str,
    offer: "Offer",
    path: Path,
    by: str,
    *,
    dry_run: bool,
) -> dict[str, Any]:
    """Look at the file, and unless only that was asked take it in. Raises FileRefused."""
    from feeledger.catalog.queries import edition_in_use
    from feeledger.intake.batches import check_file, look_at_file, take_file
    from feeledger.intake.offer import Sheet

    with store.read() as session:
        catalog = edition_in_use(session)
    watch = _Watch()
    with path.open("rb") as file:
        sheet = Sheet(catalog, file, watch.tell)
        looked = look_at_file(store, region, sheet, offer, now=clock.now())
        watch.end()
        if looked.faults and dry_run:
            raise FileRefused(looked.faults)
        if dry_run:
            counts = {"lines": looked.lines, "enterprises": looked.enterprises}
            return {"state": "checked", **counts, "facts": looked.told}
        row = check_file(store, region, sheet, offer, looked, by=by, now=clock.now())
        again = row.state == "taken"
        if looked.faults and not again:
            raise FileRefused(looked.faults)
        row = take_file(store, region, row.id, sheet, by=by, now=clock.now())
        watch.end()
    return _document(row) | {"again": again}


def _document(row: "FactIntakeRow") -> dict[str, Any]:
    return {
        "intake": str(row.id),
        "state": row.state,
        "lines": row.lines,
        "enterprises": row.enterprises,
        "facts": row.told,
        "new": row.new,
        "known": row.known,
        "changed": row.changed,
        "disputed": row.disputed,
    }


class _Watch:
    """Tells on a terminal how many lines were read."""

    def __init__(self) -> None:
        self.shown = sys.stderr.isatty()
        self.began = time.monotonic()

    def tell(self, lines: int) -> None:
        """Write over the line of progress."""
        if self.shown:
            rate = lines / max(time.monotonic() - self.began, 1)
            click.echo(f"\r{lines:,}  {rate:,.0f}/s  ", nl=False, err=True)

    def end(self) -> None:
        """Leave the line of progress."""
        if self.shown:
            click.echo("", err=True)
        self.began = time.monotonic()


def _tell(told: dict[str, Any], language: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    head = Text(
        f"{told['lines']} 行，{told['enterprises']} 户，{told['facts']} 项",
        f"{told['lines']} lines, {told['enterprises']} enterprises, {told['facts']} facts",
    )
    if told["state"] == "checked":
        tail = Text("没有错误，未写入（--dry-run）", "no faults, nothing written (--dry-run)")
    elif told["again"]:
        tail = Text("这份文件以前已导入，没有改动", "the file was taken in before, nothing changed")
    else:
        tail = Text(
            f"新记 {told['new']} 项，原已有 {told['known']} 项，"
            f"{told['changed']} 户待重新测算，{told['disputed']} 项有分歧",
            f"{told['new']} recorded, {told['known']} known already, {told['changed']} "
            f"enterprises to be assessed again, {told['disputed']} in dispute",
        )
    click.echo(Text(f"{head.zh}；{tail.zh}", f"{head.en}; {tail.en}").to(language))


def _tell_faults(
    refused: FileRefused, path: Path, result: Path | None, language: str, *, as_json: bool
) -> None:
    """Tell every fault, the first hundreds of them on the terminal; all of them in the result."""
    from feeledger.intake.register_rows import column_words
    from feeledger.intake.results import file_with_faults

    if as_json:
        told = [
            {
                "line": fault.line,
                "column": column_words(fault.path).to(language),
                "value": fault.value,
                "code": fault.code,
                "problem": fault.problem.to(language),
                "remedy": fault.remedy.to(language),
            }
            for fault in refused.faults
        ]
        click.echo(json.dumps({"state": "faulty", "faults": told}, ensure_ascii=False))
    else:
        for fault in refused.faults[:FAULTS_TOLD]:
            named = replace(fault, path=column_words(fault.path).to(language))
            click.echo(named.to(language), err=True)
        click.echo(refused.detail.to(language), err=True)
    if result is not None:
        with path.open("rb") as file:
            made, _ = file_with_faults(
                file, path.name, refused.faults, "en" if language == "en" else "zh"
            )
        result.write_bytes(made)
