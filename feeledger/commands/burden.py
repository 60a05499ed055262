"""``feeledger burden``: what fees cost the enterprises of a region, in groups or one by one."""

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feeledger.commands.opening import open_or_tell
from feeledger.commands.options import json_option, lang_option, spoken_language
from feeledger.errors import Text
from feeledger.money import Money

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from feeledger.burden.weighing import Burdened, Cell


@click.command()
@click.option("--region", required=True, help="区划代码 · region code")
@click.option("--year", type=int, required=True, help="年度 · the year")
@click.option(
    "--by",
    type=click.Choice(["trade", "size", "department"]),
    default="trade",
    show_default=True,
    help="分组 · the groups",
)
@click.option(
    "--public", is_flag=True, help="只计已公布的，太小的组不显示 · as the public page shows it"
)
@click.option(
    "--csv",
    "csv_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="另存各企业为 CSV（不可与 --public 同用）· every enterprise as CSV",
)
@json_option
@lang_option
def burden(
    region: str,
    year: int,
    by: str,
    csv_file: Path | None,
    lang: str | None,
    *,
    public: bool,
    as_json: bool,
) -> None:
    """企业收费负担：已审核的年收费额度按组汇总 · What fees cost: audited yearly amounts in groups.

    Example: python -m feeledger burden --region 130184 --year 2026 --by size
    """
    if public and csv_file is not None:
        raise click.UsageError(
            "--csv 列出各企业，不公开 · --csv lists enterprises: not for the public"
        )
    language = lang or spoken_language()
    with open_or_tell(language) as (store, _), store.read() as session:
        rows, cells = _weighed(session, (region, year), by, public=public)
    if csv_file is not None:
        _write_rows(csv_file, rows)
    if as_json:
        told = {"region": region, "year": year, "by": by, "groups": [_data(c) for c in cells]}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    if not cells:
        none = Text("没有已审核的年收费额度", "no yearly amounts are audited")
        click.echo(none.to(language))
    for cell in cells:
        hidden = Text("不公布", "not shown").to(language)
        told_words = hidden if cell.hidden else f"{cell.enterprises}\t{Money(cell.total)}"
        click.echo(
            f"{cell.name}\t{told_words}" + ("" if cell.hidden else f"\t{Money(cell.median)}")
        )


def _weighed(
    session: "Session", place: tuple[str, int], by: str, *, public: bool
) -> tuple[tuple["Burdened", ...], tuple["Cell", ...]]:
    from feeledger.burden.queries import AUDITED, PUBLIC, burdened_of_region, cells_by_department
    from feeledger.burden.weighing import cells_of, hide_small
    from feeledger.catalog.queries import edition_in_use

    region, year = place
    states = PUBLIC if public else AUDITED
    rows = burdened_of_region(session, region, year, states=states)
    if by == "department":
        catalog = edition_in_use(session)
        cells = cells_by_department(session, region, year, catalog, states=states)
    else:
        cells = cells_of(rows, lambda row: row.trade if by == "trade" else row.size)
    return rows, hide_small(cells, overlapping=by == "department") if public else cells


def _data(cell: "Cell") -> dict[str, Any]:
    if cell.hidden:
        return {"name": cell.name, "hidden": True}
    return {
        "name": cell.name,
        "enterprises": cell.enterprises,
        "total": str(Money(cell.total)),
        "median": str(Money(cell.median)),
        "compared": cell.compared,
        "before": str(Money(cell.before)),
        "beside": str(Money(cell.beside)),
    }


def _write_rows(path: Path, rows: tuple["Burdened", ...]) -> None:
    from feeledger.burden.weighing import medians_of_kinds

    kinds = medians_of_kinds(rows)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["uscc", "trade", "size", "amount", "before", "median", "of_kind"])
        for row in rows:
            number, median = kinds[row.kind]
            before = "" if row.before is None else str(Money(row.before))
            writer.writerow(
                [row.uscc, row.trade, row.size, Money(row.fen), before, Money(median), number]
            )
