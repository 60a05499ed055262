"""The province of ``feeledger assess-region --whole``: a region and all below it in one run."""

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from feeledger.commands.assess_telling import Watch, summary_document, tell_summary
from feeledger.errors import Text

if TYPE_CHECKING:
    from feeledger.assessment.province_batches import ProvinceSummary
    from feeledger.clock import Clock
    from feeledger.store import Store

Asked = tuple[str, date | None, str | None, str]


def is_province(store: "Store", region: str, run: int) -> bool:
    """Say whether a number is that of a run over the region and all below it."""
    from feeledger.assessment.province_batches import find_province

    with store.read() as session:
        return find_province(session, region, run) is not None


def run_province(
    store: "Store",
    clock: "Clock",
    wish: tuple[Asked, int | None],
    language: str,
    *,
    as_json: bool,
) -> None:
    """Start a run of a province, or go on with one, and tell what the whole came to."""
    from feeledger.assessment.province_batches import (
        assess_province,
        count_in_province,
        province_of,
        summary_of_province,
    )
    from feeledger.catalog.plan import plan_of
    from feeledger.catalog.queries import edition_of

    asked, resumed = wish
    region = asked[0]
    run = _started(store, clock, asked) if resumed is None else resumed
    with store.read() as session:
        row = province_of(session, region, run)
        plan = plan_of(edition_of(session, row.edition))
    told = Text(f"测算编号 {run}（中断后用 --resume {run} 继续）", f"run {run} (--resume {run})")
    click.echo(told.to(language), err=True)
    watch = Watch(count_in_province(store, row))
    assess_province(store, plan, region=region, run=run, now=clock.now, watch=watch.tell_province)
    watch.end()
    _tell(summary_of_province(store, region, run), language, as_json=as_json)


def _started(store: "Store", clock: "Clock", asked: Asked) -> int:
    from feeledger.assessment.batches import RunWay
    from feeledger.assessment.province_batches import start_province
    from feeledger.catalog.plan import plan_of
    from feeledger.catalog.queries import edition_in_use

    region, on, by, engine = asked
    if on is None or by is None:
        raise click.UsageError("--on --by")
    with store.write() as session:
        plan = plan_of(edition_in_use(session))
        way, now = RunWay(engine), clock.now()
        return start_province(session, plan, region=region, on=on, by=by, now=now, way=way).id


def _tell(summary: "ProvinceSummary", language: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_document(summary), ensure_ascii=False))
        return
    for part in summary.parts:
        if part.enterprises:
            figures = f"{part.enterprises:>9,}  {part.lines:>11,}  {part.refused:>7,}"
            click.echo(f"{part.region}  {figures}")
    heading = Text(
        "（以上各列：区划、户数、存入条数、数据有误户数；没有企业的区划未列）",
        "(columns above: region, enterprises, lines stored, refused; regions without any left out)",
    )
    click.echo(heading.to(language))
    tell_summary(summary.whole, language)


def _document(summary: "ProvinceSummary") -> dict[str, Any]:
    parts = [
        {
            "region": part.region,
            "finished": part.finished_at is not None,
            "enterprises": part.enterprises,
            "refused": part.refused,
            "lines_stored": part.lines,
        }
        for part in summary.parts
    ]
    return {**summary_document(summary.whole), "regions": parts}
