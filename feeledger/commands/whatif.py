"""``feeledger whatif``: what a change of the catalog would cost whom, on the real facts; nothing is kept."""

import csv
import io
import json
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feeledger.commands.days import Day
from feeledger.commands.opening import end_command, open_or_tell, read_settings
from feeledger.commands.options import json_option, lang_option, spoken_language
from feeledger.errors import FileRefused, Text
from feeledger.money import Money, format_cny

if TYPE_CHECKING:
    from feeledger.catalog.overlays import Overlaid
    from feeledger.clock import Clock
    from feeledger.store import Store
    from feeledger.whatif.batches import Question
    from feeledger.whatif.comparing import Change
    from feeledger.whatif.impact import Impact


@click.command()
@click.option(
    "--with",
    "overlay",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="改动（YAML）· the change",
)
@click.option("--region", required=True, help="区划代码 · region code")
@click.option("--whole", is_flag=True, help="含以下各区划 · with all regions below it")
@click.option("--on", type=Day(), help="义务发生日（今日）· the day of the duties (today)")
@click.option("--top", default=10, show_default=True, type=click.IntRange(0, 1000))
@click.option(
    "--csv",
    "csv_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="另存各组为 CSV · write the groups as CSV too",
)
@json_option
@lang_option
def whatif(
    overlay: Path,
    region: str,
    on: date | None,
    top: int,
    csv_file: Path | None,
    lang: str | None,
    *,
    whole: bool,
    as_json: bool,
) -> None:
    """假如改了收费标准，谁多缴、谁少缴 · What a change of the catalog would cost whom.

    只按已知情况试算，不留存、不开单。Nothing is stored or billed. The overlay: docs/whatif.md.

    Example: python -m feeledger whatif --with cheaper.yaml --region 130184 --on 2026-11-24
    """
    language = lang or spoken_language()
    began = time.monotonic()
    laid = _laid(overlay, language)
    with open_or_tell(language) as (store, clock):
        asked = _question(clock, (region, whole), on, top)
        change = _change(store, laid)
        impact = _compared(store, change, asked)
        names = _names(store, impact)
    seconds = time.monotonic() - began
    if csv_file is not None:
        csv_file.write_text(groups_as_csv(impact), encoding="utf-8-sig")
    if as_json:
        click.echo(json.dumps(document_of(impact, laid.title, asked), ensure_ascii=False))
    else:
        _tell(impact, (laid.title, change), names, language, seconds)


def _laid(overlay: Path, language: str) -> "Overlaid":
    """Lay the overlay over the delivered edition; every fault is told, and the command ends."""
    from feeledger.catalog.overlays import read_overlay
    from feeledger.catalog.yamltext import MAX_BYTES
    from feeledger.commands.catalog_checks import print_faults

    with overlay.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    try:
        return read_overlay(read_settings().catalog, data, overlay.name)
    except FileRefused as refused:
        print_faults(refused.faults, language, err=True)
        end_command(refused.detail, language)


def _question(clock: "Clock", where: tuple[str, bool], on: date | None, top: int) -> "Question":
    from feeledger.whatif.batches import Question

    region, whole = where
    day, folder = on or clock.today(), read_settings().data
    return Question(region, day, clock.now(), folder, whole=whole, top=top)


def _compared(store: "Store", change: "Change", asked: "Question") -> "Impact":
    from feeledger.whatif.batches import compare_region

    def watch(region: str, enterprises: int) -> None:
        if asked.whole and enterprises:
            click.echo(f"{region}\t{enterprises}", err=True)

    return compare_region(store, change, asked, watch)


def _change(store: "Store", laid: "Overlaid") -> "Change":
    from feeledger.whatif.change_queries import change_from_edition

    with store.read() as session:
        return change_from_edition(session, laid)


def _names(store: "Store", impact: "Impact") -> dict[str, str]:
    from feeledger.enterprises.batch_queries import names_of_enterprises

    with store.read() as session:
        return names_of_enterprises(
            session, [hit.uscc for hit in (*impact.losing, *impact.gaining)]
        )


def document_of(impact: "Impact", title: Text, asked: "Question") -> dict[str, Any]:
    """Give the comparison as data: amounts as texts in yuan."""
    from feeledger.whatif.telling import groups_of, hits_of, sums_as_data

    return {
        "overlay": {"zh": title.zh, "en": title.en},
        "region": asked.region,
        "on": asked.on.isoformat(),
        "enterprises": impact.enterprises,
        "refused": impact.refused,
        "total": sums_as_data(impact.total),
        **{
            group: [{"name": name, **sums_as_data(sums)} for name, sums in rows]
            for group, rows in groups_of(impact).items()
        },
        "losing": hits_of(impact.losing),
        "gaining": hits_of(impact.gaining),
    }


def groups_as_csv(impact: "Impact") -> str:
    """Write every group as CSV, one row a group."""
    from feeledger.whatif.telling import SUM_NAMES, groups_of, sums_as_data

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["group", "name", *SUM_NAMES])
    for group, rows in groups_of(impact).items():
        for name, sums in rows:
            writer.writerow([group, name, *sums_as_data(sums).values()])
    return out.getvalue()


def _tell(
    impact: "Impact",
    told: tuple[Text, "Change"],
    names: dict[str, str],
    language: str,
    seconds: float,
) -> None:
    from feeledger.whatif.telling import GROUP_NAMES, group_label, groups_of

    title, change = told
    editions = change.after.catalog, change.before.catalog

    def say(zh: str, en: str) -> None:
        click.echo(zh if language == "zh" else en)

    total = impact.total
    say(
        f"{title.zh}：企业 {impact.enterprises} 户；现行 {_cny(total.before, 'zh')} 元，"
        f"改后 {_cny(total.after, 'zh')} 元，差 {_signed(total.difference, 'zh')} 元；"
        f"多缴 {total.more} 户，少缴 {total.less} 户。试算 {seconds:.1f} 秒，未留存。",
        f"{title.en}: {impact.enterprises} enterprises; now {_cny(total.before, 'en')}, "
        f"then {_cny(total.after, 'en')}, difference {_signed(total.difference, 'en')}; "
        f"{total.more} pay more, {total.less} less. {seconds:.1f} s, nothing kept.",
    )
    if impact.refused:
        say(
            f"{impact.refused} 户的情况有误，未计入。",
            f"{impact.refused} enterprises have facts that are refused and are not counted.",
        )
    for group, rows in groups_of(impact).items():
        click.echo(GROUP_NAMES[group].to(language))
        for name, sums in rows:
            label = group_label(group, name, *editions).to(language)
            click.echo(
                f"  {label}\t{_signed(sums.difference, language)}\t+{sums.more}\t-{sums.less}"
            )
    for side, hits in (
        (Text("多缴最多", "pay most more"), impact.losing),
        (Text("少缴最多", "pay most less"), impact.gaining),
    ):
        click.echo(side.to(language))
        for hit in hits:
            amount = _signed(hit.difference, language)
            click.echo(f"  {hit.uscc}\t{names.get(hit.uscc, '')}\t{amount}")


def _cny(fen: int, language: str) -> str:
    return format_cny(Money(fen), language)


def _signed(fen: int, language: str) -> str:
    sign = "+" if fen > 0 else "-" if fen < 0 else ""
    return sign + _cny(abs(fen), language)
