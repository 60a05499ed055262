"""``feeledger voucher``: open numbers, bind units, run a round, hold everything against the rules."""

import json
import sys

import click

from feeledger.commands.opening import open_store, open_with_clock, read_settings
from feeledger.commands.options import (
    by_named,
    json_option,
    lang_option,
    reason_option,
    spoken_language,
)

REGION = click.option("--region", required=True, help="区划代码 · region code")
KIND = click.option("--kind", default="0301", show_default=True, help="票据种类 · kind of voucher")


@click.group()
def voucher() -> None:
    """电子非税收入一般缴款书 · Electronic vouchers.

    Example: python -m feeledger voucher verify --region 130184
    """


@voucher.command("open")
@REGION
@KIND
@click.option("--year", type=int, required=True, help="年度 · the year")
@click.option("--count", type=int, required=True, help="号数 · how many numbers")
@click.option("--unit", help="预发给该单位，按序使用 · issued beforehand for this unit")
@reason_option
@by_named
def open_block(
    region: str, kind: str, year: int, count: int, unit: str | None, reason: str, by: str
) -> None:
    """开放下一号段 · Open the next block of numbers.

    Example: python -m feeledger voucher open --region 130184 --year 2026 --count 10000 --reason 年初 --by 张三
    """
    from feeledger.vouchers.stock_actions import open_ticket_block
    from feeledger.vouchers.voucher import number_text

    store, clock = open_with_clock()
    block = store.attempt(
        lambda session: open_ticket_block(
            session,
            region,
            kind=kind,
            year=year,
            count=count,
            reason=reason,
            by=by,
            now=clock.now(),
            unit_code=unit,
        )
    )
    span = f"{number_text(block.first_no)}\t{number_text(block.last_no)}"
    click.echo(f"{block.ticket_code}\t{span}")


@voucher.command()
@REGION
@KIND
@click.option("--unit", required=True, help="执收单位 · the unit")
@by_named
def bind(region: str, kind: str, unit: str, by: str) -> None:
    """绑定单位的票据种类（只有一种）· Bind a unit to the one kind that it issues.

    Example: python -m feeledger voucher bind --region 130184 --unit 204 --by 张三
    """
    from feeledger.vouchers.stock_actions import bind_ticket_kind

    store, clock = open_with_clock()
    with store.write() as session:
        bind_ticket_kind(session, region, unit, kind, by=by, now=clock.now())
    click.echo(f"{unit}\t{kind}")


@voucher.command()
@REGION
def follow(region: str) -> None:
    """赋码、签章、核销，直到没有可办的 · Run rounds until nothing is left to do.

    后台工作每 30 秒做一次；此命令不限开具日期。The background work does this; here all days count.

    Example: python -m feeledger voucher follow --region 130184
    """
    from feeledger.signatures import read_key_ring
    from feeledger.vouchers.actions import Round, follow_vouchers

    store, clock = open_with_clock()
    asked = Round(read_key_ring(read_settings().signing_keys), clock.today(), clock.now())
    moved = 0
    while step := store.retry(lambda session: follow_vouchers(session, region, asked).moved):
        moved += step
    click.echo(moved)


@voucher.command()
@REGION
@json_option
@lang_option
def verify(region: str, lang: str | None, *, as_json: bool) -> None:
    """核对票号、签章、红冲 · Hold numbers, signatures and red ones against the rules.

    Exit 1 where something is wrong.

    Example: python -m feeledger voucher verify --region 130184 --json
    """
    from feeledger.vouchers.verify_queries import voucher_faults
    from feeledger.vouchers.voucher import number_text

    store = open_store()
    with store.read() as session:
        faults = voucher_faults(session, region)
    if as_json:
        rows = [
            {"kind": each.kind, "ticket_code": each.ticket_code, "number": number_text(each.number)}
            for each in faults
        ]
        click.echo(json.dumps({"region": region, "faults": rows}, ensure_ascii=False))
    else:
        for each in faults:
            click.echo(each.text.to("en" if (lang or spoken_language()) == "en" else "zh"))
    sys.exit(1 if faults else 0)
