"""What changes in an open region: a unit's items and a bank's appointment end, settings change.

What ends is named with its first day without it, and nothing is deleted: earlier days keep their answer.
"""

from dataclasses import replace
from datetime import date
from typing import Any

import click

from feeledger.commands.days import Day
from feeledger.commands.opening import open_with_clock
from feeledger.commands.options import by_operator

REASON = click.option("--reason", required=True, help="原因、文号 · why, by which document")
UNTIL = click.option(
    "--until", type=Day(), required=True, help="不再有效的第一天 · the first day without it"
)


@click.command("stop-charge")
@click.argument("code")
@click.argument("unit")
@click.argument("items", nargs=-1, required=True)
@UNTIL
@REASON
@by_operator
def stop_charge(
    code: str, unit: str, items: tuple[str, ...], until: date, reason: str, by: str
) -> None:
    """停止单位收取项目 · End a unit's right to charge items.

    Example: python -m feeledger region stop-charge 130184 203 civil-air-defence --until 2027-01-01
    --reason 文号
    """
    from feeledger.regions.actions import stop_unit_charging

    store, clock = open_with_clock()
    now = clock.now()
    with store.write() as session:
        for item in items:
            stop_unit_charging(
                session, code, unit, item, valid_to=until, reason=reason, by=by, now=now
            )
    click.echo("\n".join(items))


@click.command()
@click.argument("code")
@click.argument("bank")
@UNTIL
@REASON
@by_operator
def dismiss(code: str, bank: str, until: date, reason: str, by: str) -> None:
    """终止代收银行 · End a bank's appointment in a region.

    Example: python -m feeledger region dismiss 130184 bank-a --until 2027-01-01 --reason 协议期满
    """
    from feeledger.regions.bank_actions import dismiss_agent_bank

    store, clock = open_with_clock()
    with store.write() as session:
        dismiss_agent_bank(
            session, code, bank, valid_to=until, reason=reason, by=by, now=clock.now()
        )
    click.echo(bank)


@click.command("settings")
@click.argument("code")
@click.option(
    "--paycode",
    "paycode_profile",
    type=click.Choice(["own", "none"]),
    help="缴款码校验位：own 核对，none 不核对 · whether check digits are held against ours",
)
@click.option(
    "--prior-query/--no-prior-query",
    "require_prior_query",
    default=None,
    help="缴款前银行须先查询 · banks must have queried a notice before it is paid",
)
@click.option(
    "--single-account/--several-accounts",
    "single_account",
    default=None,
    help="全区只用一个统一账户 · one designated account for all banks",
)
@click.option(
    "--signature/--no-signature",
    "signature_required",
    default=None,
    help="通知书须由单位签章 · notices must be signed by their unit",
)
@click.option("--reason", help="更改的原因、文号 · why it is changed")
@by_operator
def change(code: str, reason: str | None, by: str, **given: Any) -> None:
    """查看或更改区划的设置 · Show a region's settings, or change those that are given.

    Example: python -m feeledger region settings 130184 --signature --reason 文号
    """
    from feeledger.regions.actions import change_settings
    from feeledger.regions.queries import region_settings

    changed = {name: value for name, value in given.items() if value is not None}
    if changed and not reason:
        raise click.UsageError("更改须写明 --reason · a change needs its --reason")
    store, clock = open_with_clock()
    with store.write() as session:
        settings = replace(region_settings(session, code), **changed)
        if changed:
            change_settings(session, code, settings, reason=reason or "", by=by, now=clock.now())
    for name in ("paycode_profile", "require_prior_query", "single_account", "signature_required"):
        click.echo(f"{name}={getattr(settings, name)}")
