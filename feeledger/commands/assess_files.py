"""The files of ``feeledger assess-region``: facts written to Parquet, a run over such a file."""

import json
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feeledger.errors import FeeLedgerError, Text

if TYPE_CHECKING:
    from feeledger.clock import Clock
    from feeledger.store import Store


@dataclass(frozen=True, slots=True)
class FileWish:
    """What is asked: a region, its file of facts, where the results go, the edition, the engine."""

    region: str
    facts: Path
    results: Path
    catalog: Path | None
    engine: str


def assess_facts_file(wish: FileWish, language: str, *, as_json: bool) -> None:
    """Assess a file of facts and tell what it came to; a business error ends the command."""
    try:
        record = _assessed(wish)
    except FeeLedgerError as error:
        click.echo(error.detail.to(language), err=True)
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(record, ensure_ascii=False))
        return
    click.echo(
        Text(
            f"{record['enterprises']} 户，存 {record['lines_stored']} 条，{record['refused']} 户"
            f"数据有误；校验值 {record['sha256']}；结果在 {wish.results}",
            f"{record['enterprises']} enterprises, {record['lines_stored']} lines stored, "
            f"{record['refused']} refused; SHA-256 {record['sha256']}; results in {wish.results}",
        ).to(language)
    )


def _assessed(wish: FileWish) -> dict[str, Any]:
    from feeledger.assessment.file_results import open_facts
    from feeledger.catalog.plan import plan_of
    from feeledger.catalog.reader import load_catalog
    from feeledger.settings import DEFAULT_CATALOG

    plan = plan_of(load_catalog(wish.catalog or DEFAULT_CATALOG))
    facts = open_facts(wish.facts, plan)
    if facts.about.region != wish.region:
        raise click.UsageError(
            f"数据文件属于 {facts.about.region} · the file is of region {facts.about.region}"
        )
    if wish.engine == "spark":
        from feeledger.assessment.spark_runs import assess_by_spark, open_session

        session = open_session()
        try:
            return assess_by_spark(session, plan, facts, wish.results)
        finally:
            session.stop()
    from feeledger.assessment.file_runs import assess_file

    return assess_file(plan, facts, wish.results)


def export_facts_file(
    store: "Store", clock: "Clock", wish: tuple[str, date, Path], language: str
) -> None:
    """Write the facts of a region and day, as known now, by the edition in use."""
    from feeledger.assessment.fact_export_batches import export_facts
    from feeledger.assessment.outcomes import Request
    from feeledger.catalog.plan import plan_of
    from feeledger.catalog.queries import edition_in_use

    region, on, path = wish
    with store.read() as session:
        plan = plan_of(edition_in_use(session))
    rows = export_facts(store, plan, Request(None, on, region), clock.now(), path)
    click.echo(Text(f"{path}：{rows} 户", f"{path}: {rows} enterprises").to(language), err=True)
