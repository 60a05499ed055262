"""``feeledger region``: open a fiscal region and enter what stands in it.

In the order in which it is needed: open, add-unit, let-charge, add-bank, appoint, designate. What
changes later stands in ``region_life.py``.
"""

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from feeledger.commands.days import Day
from feeledger.commands.opening import open_with_clock
from feeledger.commands.options import by_operator, json_option
from feeledger.commands.region_life import change, dismiss, stop_charge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session


SINCE = click.option(
    "--since", type=Day(), required=True, help="自哪天起 · the first day, such as 2026-01-01"
)


@click.group()
def region() -> None:
    """区划、执收单位、代理银行、统一账户 · Regions, units, agent banks, the designated account.

    Example: python -m feeledger region show 130184
    """


for command in (stop_charge, dismiss, change):
    region.add_command(command)


@region.command("open")
@click.argument("code")
@click.option("--first-day", type=Day(), help="账簿首日，默认今天 · the book's first day, today")
@by_operator
def open_(code: str, first_day: date | None, by: str) -> None:
    """启用一个财政区划并开账 · Open a fiscal region and its book.

    Example: python -m feeledger region open 130184 --first-day 2026-01-01 --by 王丽
    """
    from feeledger.ledger.actions import open_book
    from feeledger.regions.actions import keep_regions, open_region
    from feeledger.regions.queries import RegionSettings
    from feeledger.regions.reader import load_regions
    from feeledger.settings import ROOT

    store, clock = open_with_clock()
    now = clock.now()
    with store.write() as session:
        keep_regions(session, load_regions(ROOT / "catalogs"), by=by, now=now)
        open_region(session, code, RegionSettings(), by=by, now=now)
        open_book(session, code, first_day=first_day or clock.today(), by=by, now=now)
    click.echo(code)


@region.command("add-unit")
@click.argument("code")
@click.argument("unit")
@click.option("--name", required=True, help="名称 · its Chinese name")
@click.option("--name-en", required=True, help="英文名称 · its English name")
@SINCE
@click.option("--window", is_flag=True, help="本区划的统一收费窗口 · the region's unified window")
@click.option("--item", "items", multiple=True, help="可收项目，可重复 · an item it may charge")
@by_operator
def add_unit_(
    code: str,
    unit: str,
    name: str,
    name_en: str,
    since: date,
    window: bool,
    items: tuple[str, ...],
    by: str,
) -> None:
    """登记执收单位及其可收项目 · Enter a collecting unit and what it may charge.

    Example: python -m feeledger region add-unit 130184 203 --name 人防办 --name-en CAD --since 2026-01-01
    --item civil-air-defence
    """
    from feeledger.errors import Text
    from feeledger.regions.actions import add_unit, let_unit_charge

    store, clock = open_with_clock()
    now = clock.now()
    with store.write() as session:
        add_unit(
            session,
            code,
            unit,
            name=Text(name, name_en),
            valid_from=since,
            by=by,
            now=now,
            is_window=window,
        )
        if items:
            known = _known_items(session, items)
            let_unit_charge(session, code, unit, known, valid_from=since, by=by, now=now)
    click.echo(unit)


@region.command("let-charge")
@click.argument("code")
@click.argument("unit")
@click.argument("items", nargs=-1, required=True)
@SINCE
@by_operator
def let_charge(code: str, unit: str, items: tuple[str, ...], since: date, by: str) -> None:
    """允许单位收取项目 · Let a unit charge items of the published catalog.

    Example: python -m feeledger region let-charge 130184 203 civil-air-defence --since 2026-01-01
    """
    from feeledger.regions.actions import let_unit_charge

    store, clock = open_with_clock()
    with store.write() as session:
        known = _known_items(session, items)
        let_unit_charge(session, code, unit, known, valid_from=since, by=by, now=clock.now())
    click.echo("\n".join(known))


@region.command("add-bank")
@click.argument("bank")
@click.option("--name", required=True, help="名称 · its Chinese name")
@click.option("--name-en", required=True, help="英文名称 · its English name")
@by_operator
def add_bank_(bank: str, name: str, name_en: str, by: str) -> None:
    """登记银行 · Enter a bank; its keys are entered by bank-key.

    Example: python -m feeledger region add-bank bank-a --name 甲银行 --name-en "Bank A"
    """
    from feeledger.errors import Text
    from feeledger.regions.bank_actions import add_bank

    store, clock = open_with_clock()
    with store.write() as session:
        add_bank(session, bank, name=Text(name, name_en), by=by, now=clock.now())
    click.echo(bank)


@region.command()
@click.argument("code")
@click.argument("bank")
@SINCE
@by_operator
def appoint(code: str, bank: str, since: date, by: str) -> None:
    """指定代收银行 · Let a bank collect in a region.

    Example: python -m feeledger region appoint 130184 bank-a --since 2026-01-01
    """
    from feeledger.regions.bank_actions import appoint_agent_bank

    store, clock = open_with_clock()
    with store.write() as session:
        appoint_agent_bank(session, code, bank, valid_from=since, by=by, now=clock.now())
    click.echo(bank)


@region.command()
@click.argument("code")
@click.option("--bank", required=True, help="开户银行编码 · the bank's code")
@click.option("--account", required=True, help="账号 · the account's number")
@click.option("--name", required=True, help="户名 · the account's name")
@click.option("--bank-name", required=True, help="开户行 · the branch, in words")
@click.option("--cnaps", required=True, help="支付行号，12 位 · the branch's number, 12 digits")
@click.option("--document", required=True, help="公布文号 · the announcement's number")
@click.option("--medium", required=True, help="公布媒体 · where it was announced")
@click.option("--announced", type=Day(), required=True, help="公布日期 · when it was announced")
@SINCE
@click.option("--replaces", type=int, help="取代的账户编号（见 show）· the account it replaces")
@click.option("--overlap", default=0, help="并行天数 · days on which both take money")
@by_operator
def designate(
    code: str,
    bank: str,
    account: str,
    name: str,
    bank_name: str,
    cnaps: str,
    document: str,
    medium: str,
    announced: date,
    since: date,
    replaces: int | None,
    overlap: int,
    by: str,
) -> None:
    """登记已公布的统一收费账户 · Enter the announced designated account.

    Example: python -m feeledger region designate 130184 --bank bank-a --account 1234-5678 --name 财政专户
    --bank-name 甲银行新乐支行 --cnaps 313651027012 --document 公告〔2026〕1号 --medium 日报
    --announced 2025-12-20 --since 2026-01-01
    """
    from feeledger.regions.bank_actions import (
        AccountDetails,
        Announcement,
        Replacement,
        designate_account,
    )

    store, clock = open_with_clock()
    with store.write() as session:
        row = designate_account(
            session,
            code,
            AccountDetails(bank, cnaps, account, name, bank_name),
            Announcement(document, medium, announced),
            valid_from=since,
            by=by,
            now=clock.now(),
            replaces=None if replaces is None else Replacement(replaces, overlap),
        )
        kept = row.id
    click.echo(str(kept))


@region.command()
@click.argument("code")
@click.option("--on", type=Day(), help="哪一天，默认今天 · on which day, today")
@json_option
def show(code: str, on: date | None, *, as_json: bool) -> None:
    """单位、项目、银行、账户，缺什么 · Units, items, banks, accounts, and what is missing.

    Example: python -m feeledger region show 130184
    """
    store, clock = open_with_clock()
    with store.read() as session:
        told = _region_document(session, code, on or clock.today())
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo("\n".join(_region_lines(told)))


def _region_lines(told: dict[str, Any]) -> list[str]:
    """Write a region's settings for an operator to read; what cannot work yet is named."""
    nothing = "没有 · none"
    day = told["open_day"] or nothing
    lines = [f"{told['region']}　{told['on']}　当前记账日 · open day: {day}"]
    for unit in told["units"]:
        window = "　统一窗口 · the window" if unit["unit"] == told["window_unit"] else ""
        items = "　" + ", ".join(unit["items"]) if unit["items"] else ""
        lines.append(f"单位 · unit　{unit['unit']} {unit['name']}{window}{items}")
    lines.append(f"银行 · banks　{', '.join(told['banks']) or nothing}")
    lines += [
        f"账户 · account　{row['account']} {row['name']}　{row['bank']}　编号 · id {row['id']}"
        for row in told["accounts"]
    ]
    if not told["accounts"]:
        lines.append(
            "没有统一账户：不能开具通知书，银行不能缴入；用 region designate 登记 · no designated "
            "account: no notice can be issued or paid; enter it by region designate"
        )
    return lines


def _region_document(session: "Session", code: str, on: date) -> dict[str, Any]:
    from feeledger.ledger.queries import open_day_of
    from feeledger.regions.queries import (
        agent_banks_of,
        designated_accounts_on,
        items_of_unit,
        region_settings,
        units_of,
    )

    settings = region_settings(session, code)
    day = open_day_of(session, code)
    return {
        "region": code,
        "on": on.isoformat(),
        "open_day": None if day is None else day.isoformat(),
        "window_unit": settings.window_unit,
        "units": [
            {
                "unit": unit.unit_code,
                "name": unit.name,
                "items": sorted(items_of_unit(session, code, unit.unit_code, on)),
            }
            for unit in units_of(session, code, on)
        ],
        "banks": [bank.code for bank in agent_banks_of(session, code, on)],
        "accounts": [
            {"id": str(row.id), "bank": row.bank, "account": row.account_no, "name": row.name}
            for row in designated_accounts_on(session, code, on)
        ],
    }


def _known_items(session: "Session", names: "Iterable[str]") -> list[str]:
    """Find items of the published catalog by id, name or alias. Raises ItemUnknown."""
    from feeledger.catalog.queries import edition_in_use
    from feeledger.catalog.showing import item_of_name

    catalog = edition_in_use(session)
    return [item_of_name(catalog, name).id for name in names]
