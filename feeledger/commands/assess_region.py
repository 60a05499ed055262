"""``feeledger assess-region``: what every enterprise of a region owes, as a run that is kept."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeledger.commands.assess_files import FileWish, assess_facts_file, export_facts_file
from feeledger.commands.assess_province import is_province, run_province
from feeledger.commands.assess_telling import Watch, summary_document, tell_summary
from feeledger.commands.days import Day
from feeledger.commands.opening import open_or_tell
from feeledger.commands.options import json_option, lang_option, spoken_language
from feeledger.errors import Text

if TYPE_CHECKING:
    from feeledger.assessment.tables import AssessmentRunRow
    from feeledger.catalog.plan import Plan
    from feeledger.clock import Clock
    from feeledger.store import Store


@click.command()
@click.option("--region", required=True, help="区划代码 · region code")
@click.option("--whole", is_flag=True, help="含以下各区划 · with all regions below it")
@click.option("--on", type=Day(), help="义务发生日 · the day the duties arose")
@click.option("--by", help="测算人 · who assesses")
@click.option(
    "--engine",
    type=click.Choice(["local", "postgresql", "spark"]),
    help="由谁计算 · who works it out (local)",
)
@click.option(
    "--export-facts",
    type=click.Path(dir_okay=False, path_type=Path),
    help="把该日所知数据写成 Parquet 文件 · write the facts of the day to a Parquet file",
)
@click.option(
    "--facts",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="对数据文件测算，不用数据库 · assess a file of facts, without a database",
)
@click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    help="与 --facts 同用：结果目录 · where the results go",
)
@click.option(
    "--catalog",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="与 --facts 同用：目录版本 · the edition, if not the one delivered",
)
@click.option("--resume", type=int, help="继续未完成的测算 · go on with a run")
@click.option("--digest", type=int, help="已完成测算的校验值 · the SHA-256 of a finished run")
@click.option(
    "--refused", type=int, help="一次测算中数据有误的各户及原因 · whom a run refused, and why"
)
@click.option("--run", type=int, help="与 --explain 同用：哪次测算 · the run to explain from")
@click.option("--explain", help="重算并说明一户 · explain one enterprise of a run, by credit code")
@click.option("--line", help="与 --explain 同用：只说明一条 · only this line")
@json_option
@lang_option
def assess_region(
    region: str,
    on: date | None,
    by: str | None,
    engine: str | None,
    export_facts: Path | None,
    facts: Path | None,
    results: Path | None,
    catalog: Path | None,
    run: int | None,
    explain: str | None,
    line: str | None,
    lang: str | None,
    *,
    whole: bool,
    as_json: bool,
    **kept: int | None,
) -> None:
    r"""全区、全省企业应缴测算 · Assess every enterprise of a region or province, and keep the run.

    \b
    A run that was stopped goes on where it stopped. Examples:
      python -m feeledger assess-region --region 130184 --on 2026-11-24 --by clerk-1
      python -m feeledger assess-region --region 130000 --whole --on 2026-11-24 --by clerk-1
      python -m feeledger assess-region --region 130184 --resume 912345678901234
      python -m feeledger assess-region --region 130184 --on 2026-11-24 --export-facts f.parquet
      python -m feeledger assess-region --region 130184 --facts f.parquet --results out
      python -m feeledger assess-region --region 130184 --digest 912345678901234
      python -m feeledger assess-region --region 130184 --refused 912345678901234
      python -m feeledger assess-region --region 130184 --run 912345678901234 \
          --explain 91130184MA0CQ3T535
    """
    language = lang or spoken_language()
    _judge_whole(whole and (on is None or not by or export_facts is not None))
    if facts or results or catalog or export_facts or engine == "spark":
        wish = _file_wish(region, (facts, results, catalog, engine), (on, by), export_facts)
        _work_on_files(wish, region, (on, export_facts), language, as_json=as_json)
        return
    _judge_database_wish((on, *kept.values(), explain), run, by, engine)
    with open_or_tell(language) as (store, clock):
        if explain is not None and run is not None:
            _explain(store, region, run, (explain, line), language, as_json=as_json)
        elif kept["digest"] is not None or kept["refused"] is not None:
            _tell_of_run(store, region, kept, language, as_json=as_json)
        else:
            asked, resume = (region, on, by, engine or "local"), kept["resume"]
            if whole or (resume is not None and is_province(store, region, resume)):
                run_province(store, clock, (asked, resume), language, as_json=as_json)
            else:
                _run(store, clock, (asked, resume), language, as_json=as_json)


def _judge_whole(odd: bool) -> None:
    """Refuse a whole province where it is not started."""
    if odd:
        raise click.UsageError("--whole 与 --on、--by 同用 · --whole goes with --on and --by")


def _judge_database_wish(
    wanted: tuple[date | int | str | None, ...],
    run: int | None,
    by: str | None,
    engine: str | None,
) -> None:
    """Judge the options of a run in the database: exactly one thing is to be asked for."""
    on, *_, explain = wanted
    asked = [each for each in wanted if each is not None]
    told_by_the_run = engine is not None and on is None
    odd = (explain is not None) != (run is not None) or (on and not by) or told_by_the_run
    if len(asked) != 1 or odd:
        raise click.UsageError(
            "须且只须给出：--on 与 --by（可加 --engine），或 --resume，或 --digest，或 --refused，或 --run 与 "
            "--explain · give one of: --on with --by (and --engine), --resume, --digest, --refused, "
            "--run with --explain"
        )


Files = tuple[Path | None, Path | None, Path | None, str | None]
Wish = tuple[str, date | None, str | None, str]


def _work_on_files(
    wish: FileWish | None,
    region: str,
    export: tuple[date | None, Path | None],
    language: str,
    *,
    as_json: bool,
) -> None:
    """Assess a file of facts, or export one."""
    on, path = export
    if wish is not None:
        assess_facts_file(wish, language, as_json=as_json)
    elif on is not None and path is not None:
        with open_or_tell(language) as (store, clock):
            export_facts_file(store, clock, (region, on, path), language)


def _file_wish(
    region: str, files: Files, asked: tuple[date | None, str | None], export: Path | None
) -> FileWish | None:
    """Judge the options of files; give the run over a file, or None where facts are exported."""
    facts, results, catalog, engine = files
    on, by = asked
    if export is not None:
        if on is None or by or any(files):
            raise click.UsageError(
                "--export-facts 只与 --on 同用 · --export-facts goes with --on alone"
            )
        return None
    if facts is None or results is None or on or by or engine == "postgresql":
        raise click.UsageError(
            "--facts 与 --results 须同时给出（--catalog、--engine spark 也须如此），引擎为 local 或 spark，"
            "日期以数据文件为准 · give --facts and --results together (so for --catalog and "
            "--engine spark), engine local or spark; the file tells the day"
        )
    return FileWish(region, facts, results, catalog, engine or "local")


def _started(store: "Store", clock: "Clock", wish: Wish) -> int:
    from feeledger.assessment.batches import RunWay, start_run
    from feeledger.catalog.plan import plan_of
    from feeledger.catalog.queries import edition_in_use

    region, on, by, engine = wish
    if on is None or by is None:
        raise click.UsageError("--on --by")
    with store.write() as session:
        plan = plan_of(edition_in_use(session))
        row = start_run(
            session, plan, region=region, on=on, by=by, now=clock.now(), way=RunWay(engine)
        )
        return row.id


def _run(
    store: "Store",
    clock: "Clock",
    wish: tuple[Wish, int | None],
    language: str,
    *,
    as_json: bool,
) -> None:
    """Start a run or go on with one, and tell what the whole came to."""
    from feeledger.assessment.batches import assess_region as assess_rest
    from feeledger.assessment.run_queries import summary_of_run
    from feeledger.enterprises.batch_queries import count_at_home

    asked, resumed = wish
    region = asked[0]
    run = _started(store, clock, asked) if resumed is None else resumed
    row, plan = _run_and_plan(store, region, run)
    with store.read() as session:
        total = count_at_home(session, region, row.day, row.known_at)
    click.echo(
        Text(f"测算编号 {run}（中断后用 --resume {run} 继续）", f"run {run} (--resume {run})").to(
            language
        ),
        err=True,
    )
    watch = Watch(total)
    assess_rest(store, plan, region=region, run=run, now=clock.now, watch=watch.tell)
    watch.end()
    with store.read() as session:
        summary = summary_of_run(session, region, run)
    if as_json:
        click.echo(json.dumps(summary_document(summary), ensure_ascii=False))
    else:
        tell_summary(summary, language)


def _run_and_plan(store: "Store", region: str, run: int) -> "tuple[AssessmentRunRow, Plan]":
    """Find a run, and compile the edition it is by."""
    from feeledger.assessment.run_queries import run_of
    from feeledger.catalog.plan import plan_of
    from feeledger.catalog.queries import edition_of

    with store.read() as session:
        row = run_of(session, region, run)
        return row, plan_of(edition_of(session, row.edition))


def _tell_of_run(
    store: "Store", region: str, kept: dict[str, int | None], language: str, *, as_json: bool
) -> None:
    """Print the digest of a run, or whom it refused."""
    if kept["digest"] is not None:
        _tell_digest(store, region, kept["digest"], as_json=as_json)
    elif kept["refused"] is not None:
        _tell_refused(store, region, kept["refused"], language, as_json=as_json)


def _tell_digest(store: "Store", region: str, run: int, *, as_json: bool) -> None:
    """Print the one digest of a run, or of a province's."""
    from feeledger.assessment.province_batches import digest_of_province
    from feeledger.assessment.run_queries import digest_of_run

    if is_province(store, region, run):
        found = digest_of_province(store, region, run)
    else:
        with store.read() as session:
            found = digest_of_run(session, region, run)
    click.echo(json.dumps({"run": run, "sha256": found}) if as_json else found)


def _tell_refused(store: "Store", region: str, run: int, language: str, *, as_json: bool) -> None:
    """Print each enterprise that a run refused, with every fault of its facts."""
    from feeledger.assessment.refused_batches import refused_of_run
    from feeledger.commands.assess_telling import refused_document, tell_refused

    row, plan = _run_and_plan(store, region, run)
    found = refused_of_run(store, plan, row)
    if as_json:
        told = [refused_document(uscc, refused, language) for uscc, refused in found]
        click.echo(json.dumps({"region": region, "run": run, "refused": told}, ensure_ascii=False))
    else:
        tell_refused(found, language)


def _explain(
    store: "Store",
    region: str,
    run: int,
    asked: tuple[str, str | None],
    language: str,
    *,
    as_json: bool,
) -> None:
    """Answer again for one enterprise, or for one line of it."""
    from feeledger.assessment.explanation import answer_document
    from feeledger.assessment.run_queries import replay
    from feeledger.commands.assess import line_of, text_of

    uscc, line = asked
    row, plan = _run_and_plan(store, region, run)
    item = None
    if line is not None:
        if line not in plan.lines:
            raise click.UsageError(f"--line {line}：目录中没有 · the catalog has no such line")
        item = plan.lines[line].item.id
    with store.read() as session:
        answer = replay(session, plan, row, uscc, item=item)
    if line is not None:
        answer = replace(answer, lines=tuple(e for e in answer.lines if e.line in (line, None)))
    told = answer_document(answer, language)
    click.echo(line_of(told) if as_json else text_of(told, plan, language))
