"""``feeledger project``: building projects as a whole, recorded, worked out, noticed region by region."""

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feeledger.commands.catalog_checks import print_json
from feeledger.commands.days import Day
from feeledger.commands.opening import open_or_tell
from feeledger.commands.options import lang_option, spoken_language
from feeledger.commands.project_reading import (
    demand_lines,
    demand_units,
    facts_of,
    item_of,
    order_of,
)
from feeledger.commands.project_telling import list_document, project_document, tell_project
from feeledger.errors import Text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from feeledger.projects.queries import ProjectRead

REGION = click.option("--region", required=True, help="项目所在区划 · region of the project")
NUMBER = click.option("--number", required=True, help="项目编号 · the project's number")
FACTS = click.option(
    "--fact",
    "facts",
    multiple=True,
    metavar="NAME=VALUE",
    help="项目情况，可重复 · a fact, repeatable",
)
FACTS_FILE = click.option(
    "--facts",
    "facts_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="项目情况（JSON 对象）· facts, one JSON object",
)
BY = click.option(
    "--by", default=getpass.getuser, show_default="系统用户", help="办理人 · who does it"
)
JSON = click.option("--json", "as_json", is_flag=True, help="JSON 输出 · JSON output")
LISTED = 500


@click.group()
def project() -> None:
    """建设项目：登记、核定、开具通知书 · Building projects: recorded, worked out, noticed.

    Example: python -m feeledger project list --region 130184
    """


@project.command("list")
@REGION
@click.option("--text", default="", help="编号、名称或信用代码 · number, name or credit code")
@click.option("--kind", type=click.Choice(["building", "act"]), help="种类 · the kind")
@JSON
@lang_option
def list_projects(
    region: str, text: str, kind: str | None, lang: str | None, *, as_json: bool
) -> None:
    """列出项目，后发生的在前 · List projects, the latest day first.

    Example: python -m feeledger project list --region 130184 --text 演示 --json
    """
    from feeledger.projects.queries import ProjectsWanted, count_projects, find_projects
    from feeledger.regions.queries import region_settings

    language = lang or spoken_language()
    with open_or_tell(language) as (store, _), store.read() as session:
        region_settings(session, region)
        wanted = ProjectsWanted(text, kind or "")
        total = count_projects(session, region, wanted)
        rows = find_projects(session, region, wanted, limit=LISTED, offset=0)
    if as_json:
        print_json({"region": region, "total": total, "projects": [list_document(r) for r in rows]})
        return
    for row in rows:
        click.echo(f"{row.number}\t{row.arose_on}\t{row.uscc}\t{row.name}")
    shown = Text(f"共 {total} 个项目，列出 {len(rows)} 个", f"{total} projects, {len(rows)} shown")
    click.echo(shown.to(language), err=True)


@project.command()
@REGION
@NUMBER
@click.option("--name", required=True, help="项目名称 · the project's name")
@click.option("--uscc", required=True, help="缴款企业信用代码 · the payer's credit code")
@click.option("--on", type=Day(), required=True, help="义务发生日 · the day the duties arose")
@click.option(
    "--item",
    "items",
    multiple=True,
    required=True,
    metavar="[REGION:]UNIT:ITEM",
    help="收费项目及收取单位，可重复 · a fee and its unit, repeatable",
)
@FACTS
@FACTS_FILE
@BY
@JSON
@lang_option
def new(region: str, lang: str | None, *, as_json: bool, **told: Any) -> None:
    r"""登记项目并整体核定；再报一次不变 · Record a project and work it out whole; again changes nothing.

    \b
    Example:
      python -m feeledger project new --region 130184 --number XL-2026-9 --name 厂房一期 \
          --uscc 91130184MA0CQ3T535 --on 2026-11-02 --item 204:soil-water-compensation \
          --fact land_occupied_m2=100
    """
    from feeledger.catalog.plan import plan_of
    from feeledger.catalog.queries import edition_in_use
    from feeledger.projects.actions import open_project
    from feeledger.projects.project import ProjectTold, Quantities

    language = lang or spoken_language()
    items = tuple(item_of(region, text) for text in dict.fromkeys(told["items"]))
    with open_or_tell(language) as (store, clock):
        with store.read() as session:
            plan = plan_of(edition_in_use(session))
            demand_units(session, items, told["on"])
        facts = facts_of(told["facts"], told["facts_file"], plan.catalog, language)
        wish = ProjectTold(
            told["number"],
            told["name"],
            "building",
            told["uscc"].strip().upper(),
            told["on"],
            items,
        )

        def work(session: "Session") -> "ProjectRead":
            row = open_project(
                session,
                plan,
                region,
                wish,
                Quantities(facts),
                today=clock.today(),
                by=told["by"],
                now=clock.now(),
            )
            return _read(session, region, row.number)

        read = store.attempt(work)
        _tell(store, read, language, as_json=as_json)


@project.command()
@REGION
@NUMBER
@JSON
@lang_option
def show(region: str, number: str, lang: str | None, *, as_json: bool) -> None:
    """最近一次核定：各区划的收费与通知书 · The last computation: each region's fees and notices.

    Exit 1 where something is not settled yet.

    Example: python -m feeledger project show --region 130184 --number XL-2026-9
    """
    language = lang or spoken_language()
    with open_or_tell(language) as (store, _):
        with store.read() as session:
            read = _read(session, region, number)
        _tell(store, read, language, as_json=as_json)


@project.command("facts")
@REGION
@NUMBER
@JSON
@lang_option
def list_facts(region: str, number: str, lang: str | None, *, as_json: bool) -> None:
    """项目需要哪些情况，已知哪些 · Which facts the project's fees read, and which are known.

    Exit 1 where some are not known.

    Example: python -m feeledger project facts --region 130184 --number XL-2026-9
    """
    from feeledger.intake.wanted import facts_wanted
    from feeledger.projects.queries import facts_of_round

    language = lang or spoken_language()
    with open_or_tell(language) as (store, _), store.read() as session:
        read = _read(session, region, number)
    known = facts_of_round(read.round)
    items = [each.item_id for each in read.items]
    wanted = facts_wanted(read.catalog, read.row.arose_on, region, items=items)
    rows = [
        {"fact": each.name, "label": each.label.to(language), "unit": each.unit or "",
         "type": each.type, "value": None if each.name not in known else str(known[each.name])}
        for each in wanted
    ]  # fmt: skip
    if as_json:
        print_json({"region": region, "number": number, "facts": rows})
    for row in () if as_json else rows:
        said = row["value"] if row["value"] is not None else Text("未知", "unknown").to(language)
        click.echo(f"{row['fact']}\t{said}\t{row['label']}\t{row['unit']}")
    sys.exit(1 if any(row["value"] is None for row in rows) else 0)


@project.command()
@REGION
@NUMBER
@FACTS
@FACTS_FILE
@click.option(
    "--line", "lines", multiple=True, help="选定的档，可重复 · a class chosen, repeatable"
)
@BY
@JSON
@lang_option
def compute(region: str, number: str, lang: str | None, *, as_json: bool, **told: Any) -> None:
    """以补充或更正的情况重新核定，未写的照旧 · Work out again with more or other facts; the rest stays.

    The same changes nothing; notices that stand are never touched. Exit 1 where something is open.

    Example: python -m feeledger project compute --region 130184 --number XL-2026-9 --fact land_occupied_m2=120
    """
    from feeledger.catalog.plan import plan_of
    from feeledger.catalog.queries import edition_in_use
    from feeledger.projects.actions import recompute_project
    from feeledger.projects.project import Quantities
    from feeledger.projects.queries import facts_of_round

    language = lang or spoken_language()
    with open_or_tell(language) as (store, clock):
        with store.read() as session:
            plan = plan_of(edition_in_use(session))
        facts = facts_of(told["facts"], told["facts_file"], plan.catalog, language)
        demand_lines(told["lines"], plan.lines)

        def work(session: "Session") -> "ProjectRead":
            read = _read(session, region, number)
            held = facts_of_round(read.round)
            kept = {n: v for n, v in held.items() if n not in read.round.from_register}
            lines = told["lines"] or tuple(read.round.lines)
            quantities = Quantities({**kept, **facts}, lines)
            recompute_project(session, plan, read.row, quantities, by=told["by"], now=clock.now())
            return _read(session, region, number)

        read = store.attempt(work)
        _tell(store, read, language, as_json=as_json)


@project.command()
@REGION
@NUMBER
@click.option("--for", "charging", help="由哪个区划的单位开具，默认项目所在 · the charging region")
@click.option(
    "--decide", "decided", multiple=True, metavar="LINE=AMOUNT",
    help="在规定幅度内确定的金额，可重复 · an amount within its bounds, repeatable",
)  # fmt: skip
@click.option("--document", default="", help="所定金额的依据文件 · what the amounts rest on")
@click.option("--settled-only", is_flag=True, help="只开已确定的部分 · only what is settled")
@BY
@JSON
@lang_option
def issue(region: str, number: str, lang: str | None, *, as_json: bool, **told: Any) -> None:
    """为一个区划收取的部分开一张通知书；再办一次仍是那一张 · One notice for a region's part; again the same.

    Example: python -m feeledger project issue --region 130184 --number XL-2026-9 --by 张三
    """
    from feeledger.projects.actions import issue_part
    from feeledger.regions.working_days import load_calendar
    from feeledger.settings import ROOT

    language = lang or spoken_language()
    order = order_of(told)
    with open_or_tell(language) as (store, clock):
        calendar = load_calendar(ROOT / "catalogs")

        def work(session: "Session") -> dict[str, Any]:
            row = issue_part(
                session,
                told["charging"] or region,
                _read(session, region, number),
                order,
                calendar=calendar,
                today=clock.today(),
                by=told["by"],
                now=clock.now(),
            )
            return {
                "region": row.region,
                "notice": str(row.id),
                "pay_code": row.pay_code,
                "amount": f"{row.amount_fen // 100}.{row.amount_fen % 100:02d}",
                "due_on": row.due_on.isoformat(),
                "status": row.status,
            }

        found = store.attempt(work)
    words = Text(
        f"通知书 {found['notice']}，缴款码 {found['pay_code']}，{found['amount']} 元，{found['due_on']} 前缴纳",
        f"notice {found['notice']}, pay code {found['pay_code']}, {found['amount']} yuan, due {found['due_on']}",
    )
    if as_json:
        print_json(found)
    else:
        click.echo(words.to(language))


def _tell(store: Any, read: "ProjectRead", language: str, *, as_json: bool) -> None:
    """Tell a project, and end with exit 1 where something of it is open."""
    document = project_document(store, read)
    if as_json:
        print_json(document)
    else:
        tell_project(document, language)
    sys.exit(1 if document["open"] else 0)


def _read(session: "Session", region: str, number: str) -> "ProjectRead":
    from feeledger.projects.project import ProjectMissing
    from feeledger.projects.queries import project_numbered, project_read

    row = project_numbered(session, region, number.strip())
    if row is None:
        raise ProjectMissing(
            Text(
                f"{region[:12]} 没有编号为 {number[:60]} 的项目；用 project list 查看。",
                f"{region[:12]} has no project numbered {number[:60]}; see project list.",
            )
        )
    return project_read(session, row)
