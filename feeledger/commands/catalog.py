"""``feeledger catalog``: check, show, compare and publish editions of the fee catalog."""

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from feeledger.commands.catalog_checks import (
    fault_document,
    finding_documents,
    findings_of,
    loaded_edition,
    print_faults,
    print_findings,
    print_json,
)
from feeledger.commands.catalog_life import draft, editions, publish, review, withdraw
from feeledger.commands.options import lang_option, spoken_language
from feeledger.errors import Fault, FeeLedgerError, Text
from feeledger.settings import DEFAULT_CATALOG

if TYPE_CHECKING:
    from feeledger.catalog.items import Catalog
    from feeledger.catalog.linting import Lint

Document = dict[str, Any]
Result = TypeVar("Result")
FOLDER = click.Path(file_okay=False, path_type=Path)

json_option = click.option("--json", "as_json", is_flag=True, help="输出 JSON · answer as JSON")


@click.group()
def catalog() -> None:
    """收费目录：检查、查看、比较、公布 · The fee catalog: check, show, diff, publish.

    Example: python -m feeledger catalog check catalogs/hebei/compiled-2026-11-24
    """


@catalog.command()
@click.argument("directory", type=FOLDER, default=DEFAULT_CATALOG)
@json_option
@lang_option
def check(directory: Path, lang: str | None, *, as_json: bool) -> None:
    r"""检查一个版本：一次列出所有文件的所有错误，并运行算例 · Check an edition.

    \b
    Every fault of every file at once, with file, line and remedy; where none is, the examples run
    and the findings of a review are listed (docs/catalog-format.md, section 12).
    退出码 · exit: 0 无错误 · sound; 1 有错误 · faults or errors

    \b
    Example: python -m feeledger catalog check catalogs/hebei/compiled-2026-11-24
    """
    from feeledger.catalog.examples import faults_beside
    from feeledger.catalog.reader import read_as_far

    language = lang or spoken_language()
    reading = read_as_far(directory)
    read = None if reading.faults else reading.catalog
    counts: Document = {}
    lints: tuple[Lint, ...] = ()
    reasons: dict[str, str] = {}
    if read is None:
        faults = reading.faults + faults_beside(directory, reading)
    else:
        examples, faults = _examples_checked(directory, read)
        lints, reasons, idle = findings_of(directory, read)
        counts, faults = {**_counts_of(read), "examples": examples}, faults + idle
    if as_json:
        print_json(
            {
                "sound": not faults,
                "edition": None if read is None else read.edition.id,
                "sha256": None if read is None else read.edition.sha256,
                "counts": counts,
                "faults": [fault_document(fault, language) for fault in faults],
                "findings": finding_documents(lints, reasons, reading.spots, language),
            }
        )
    else:
        print_faults(faults, language)
        if read is not None:
            print_findings(lints, reasons, reading.spots, language)
        _print_counts(read, counts, faults, language)
    sys.exit(1 if faults or any(lint.grave for lint in lints) else 0)


def _examples_checked(directory: Path, read: "Catalog") -> tuple[int, tuple[Fault, ...]]:
    """Read and run the worked examples: how many there are, and every fault."""
    from feeledger.assessment.worked import differences_of_examples
    from feeledger.catalog.examples import read_examples
    from feeledger.catalog.plan import plan_of

    examples, faults = read_examples(directory, read)
    return len(examples), faults + differences_of_examples(plan_of(read), examples)


def _counts_of(read: "Catalog") -> Document:
    """Count what an edition holds, and what of it rests on documents that were not seen."""
    items = list(read.items.values())
    lines = [line for item in items for line in item.lines]
    reliefs = [relief for item in items for relief in item.reliefs]
    return {
        "items": len(items),
        "lines": len(lines),
        "reliefs": len(reliefs),
        "events": sum(len(item.events) for item in items),
        "facts": len(read.facts),
        "documents": len(read.documents),
        "unseen_bases_items": sum(item.basis.unseen is not None for item in items),
        "unseen_bases_lines": sum(line.basis.unseen is not None for line in lines),
        "unseen_bases_reliefs": sum(relief.basis.unseen is not None for relief in reliefs),
    }


def _print_counts(
    read: "Catalog | None", counts: Document, faults: Sequence[Fault], language: str
) -> None:
    """Print what was found in one or two sentences."""
    if read is not None:
        said = Text(
            "版本 {id}（{sha}…）：项目 {items}，收费线 {lines}，减免 {reliefs}，事件 {events}，"
            "算例 {examples}；未见文件的依据：项目 {unseen_bases_items}，收费线 "
            "{unseen_bases_lines}，减免 {unseen_bases_reliefs}。",
            "Edition {id} ({sha}…): {items} items, {lines} lines, {reliefs} reliefs, {events} "
            "events, {examples} examples; bases not seen: {unseen_bases_items} of items, "
            "{unseen_bases_lines} of lines, {unseen_bases_reliefs} of reliefs.",
        ).to(language)
        click.echo(said.format(id=read.edition.id, sha=read.edition.sha256[:12], **counts))
    count = len(faults)
    told = Text(f"共 {count} 处错误。", _counted(count, "fault"))
    click.echo((told if count else Text("无错误。", "Sound.")).to(language))


def _counted(count: int, noun: str) -> str:
    """Say how many of a thing, in English."""
    return f"{count} {noun}." if count == 1 else f"{count} {noun}s."


@catalog.command()
@click.argument("item")
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), help="只看这一天的标准 · prices of that day only"
)
@click.option(
    "--catalog",
    "directory",
    type=FOLDER,
    default=DEFAULT_CATALOG,
    show_default="catalogs/hebei/…",
    envvar="FEELEDGER_CATALOG",
    help="目录所在文件夹 · the folder of the catalog",
)
@json_option
@lang_option
def show(
    item: str, on: datetime | None, directory: Path, lang: str | None, *, as_json: bool
) -> None:
    r"""查看一个项目：标准、减免、变更、依据 · Show one item and all that is known of it.

    \b
    ITEM 项目编号、正式名称或别名 · an id, the official name or an alias

    \b
    Example: python -m feeledger catalog show disabled-employment --on 2026-06-30
    """
    from feeledger.catalog.showing import item_of_name, show_document, show_lines

    language = lang or spoken_language()
    read = loaded_edition(directory, language)
    day = None if on is None else on.date()
    found = _or_exit(lambda: item_of_name(read, item), language)
    if as_json:
        print_json(show_document(read, found, day, language))
        return
    for line in show_lines(read, found, day, language):
        click.echo(line)


@catalog.command()
@click.argument("old", type=FOLDER)
@click.argument("new", type=FOLDER)
@json_option
@lang_option
def diff(old: Path, new: Path, lang: str | None, *, as_json: bool) -> None:
    r"""比较两个版本：逐项目逐字段 · Compare two editions, item by item and field by field.

    \b
    Example: python -m feeledger catalog diff catalogs/hebei/old catalogs/hebei/new
    """
    from feeledger.catalog.changes import change_document, changes_between

    language = lang or spoken_language()
    before, after = loaded_edition(old, language), loaded_edition(new, language)
    changes = changes_between(before, after)
    if as_json:
        print_json(
            {
                "old": before.edition.id,
                "new": after.edition.id,
                "changes": [change_document(change, language) for change in changes],
            }
        )
        return
    for change in changes:
        where = f"{change.subject.item}: " if change.subject.item else ""
        click.echo(f"{where}{change.sentence.to(language)}")
    count = len(changes)
    click.echo(Text(f"共 {count} 处变更。", _counted(count, "change")).to(language))


for each in (draft, review, withdraw, publish, editions):
    catalog.add_command(each)


def _or_exit(work: Callable[[], Result], language: str) -> Result:
    """Do what may be refused; print the refusal and exit 1."""
    try:
        return work()
    except FeeLedgerError as refused:
        click.echo(refused.detail.to(language), err=True)
        sys.exit(1)
