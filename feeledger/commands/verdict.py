"""``feeledger verdict``: is this charge lawful, and what may the enterprise do?"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feeledger.commands.options import catalog_option, lang_option, spoken_language
from feeledger.errors import FeeLedgerError, FileRefused, Text
from feeledger.settings import DEFAULT_DATABASE

if TYPE_CHECKING:
    from feeledger.assessment.findings import Charge
    from feeledger.money import Money

Document = dict[str, Any]


@click.command()
@click.option("--item", "named", required=True, help="项目名称或编号 · the item's name or id")
@click.option("--amount", required=True, help="收取金额（元）· what was charged, in yuan")
@click.option(
    "--on",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="义务发生日 · the day the duty arose",
)
@click.option(
    "--charged-on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="收取日，默认同义务发生日 · the day of the charge, the day of the duty if not given",
)
@click.option("--department", help="收取的部门 · who charged it")
@click.option(
    "--facts",
    "path",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    help="数据文件（一个对象），- 为标准输入 · a file with one object of facts; - is stdin",
)
@click.option("--account", help="收款账号 · the account it was, or is to be, paid into")
@click.option(
    "--region", default="130000", show_default=True, help="所在区划 · the division, six digits"
)
@catalog_option
@click.option("--json", "as_json", is_flag=True, help="输出 JSON · answer as JSON")
@lang_option
def verdict(
    named: str,
    amount: str,
    on: datetime,
    charged_on: datetime | None,
    department: str | None,
    path: str | None,
    account: str | None,
    region: str,
    directory: Path,
    lang: str | None,
    *,
    as_json: bool,
) -> None:
    r"""判断一笔收费是否合规 · Say whether a charge is lawful.

    \b
    --account 与数据库中公布的指定账户比对 · is held against the designated accounts of the
    database (FEELEDGER_DATABASE_URL), where there is one.

    \b
    退出码 · exit: 0 符合目录 · lawful; 1 不符合、不能判断或数据有误 · anything else; 2 用法错误 · usage

    \b
    Example: python -m feeledger verdict --item 白蚁防治费 --amount 500 --on 2020-01-01
    """
    from feeledger.assessment.findings import Charge

    language = lang or spoken_language()
    fen = _amount_of(amount, language)
    try:
        charge = Charge(
            named=named,
            amount=fen,
            on=on.date(),
            charged_on=charged_on.date() if charged_on is not None else None,
            department=department,
            region=region,
            facts=_read_facts(path),
            account=account.strip() if account else None,
        )
        told = _judged(charge, directory, language)
    except FeeLedgerError as refused:
        _tell_refusal(refused, language, as_json=as_json)
        sys.exit(1)
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else _text_of(told, language))
    sys.exit(0 if told["lawful"] else 1)


def _amount_of(text: str, language: str) -> "Money":
    """Read the amount; another form is wrong usage."""
    from feeledger.money import AmountRefused, parse_amount

    try:
        return parse_amount(text)
    except AmountRefused as refused:
        raise click.BadParameter(refused.detail.to(language), param_hint="--amount") from refused


def _judged(charge: "Charge", directory: Path, language: str) -> Document:
    """Judge a charge; its account against the database, where there is one."""
    from feeledger.assessment.verdict import judge_charge
    from feeledger.assessment.verdict_document import verdict_document
    from feeledger.catalog.plan import plan_of
    from feeledger.catalog.reader import load_catalog

    if charge.account is not None:
        known = _designated_accounts(charge.region, charge.charged_on or charge.on)
        charge = replace(charge, designated=known)
    catalog = load_catalog(directory)
    return verdict_document(judge_charge(plan_of(catalog), charge), catalog, language)


def _read_facts(path: str | None) -> Mapping[str, object]:
    """Read one object of facts, bare or under a key ``facts``. Raises JsonMalformed."""
    from feeledger.assessment.requests import JsonMalformed, read_json

    if path is None:
        return {}
    with click.open_file(path, "rb") as stream:
        document = read_json(stream.read().decode("utf-8-sig", errors="replace"))
    facts = document.get("facts", document) if isinstance(document, dict) else None
    if isinstance(facts, dict):
        return facts
    raise JsonMalformed(
        Text("数据文件应为一个 JSON 对象", "the facts file should hold one JSON object")
    )


def _designated_accounts(region: str, day: date) -> tuple[str, ...] | None:
    """Ask the database for the designated accounts; None where there is no usable database."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import SQLAlchemyError

    from feeledger.regions.account_queries import account_numbers_on
    from feeledger.store import Store

    url = os.environ.get("FEELEDGER_DATABASE_URL", DEFAULT_DATABASE)
    try:
        if make_url(url).get_backend_name() == "sqlite" and not _exists(make_url(url).database):
            return None
        with Store(url).read() as session:
            return account_numbers_on(session, region, day)
    except (SQLAlchemyError, FeeLedgerError, OSError):
        return None


def _exists(database: str | None) -> bool:
    return database is not None and Path(database).is_file()


def _tell_refusal(refused: FeeLedgerError, language: str, *, as_json: bool) -> None:
    """Say why nothing could be judged: faults of the facts, or of the catalog's files."""
    from feeledger.assessment.explanation import refusal_document
    from feeledger.assessment.outcomes import FactsRefused, RequestFault

    if isinstance(refused, FileRefused):
        for fault in refused.faults:
            click.echo(fault.to(language), err=True)
        return
    if not isinstance(refused, FactsRefused):
        refused = FactsRefused((RequestFault(refused.code, "", "", refused.detail),))
    told = refusal_document(None, refused, language)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for error in told["errors"]:
        click.echo(f"{error['code']}: {error['detail']}", err=True)


def _text_of(told: Document, language: str) -> str:
    """Lay a verdict out for people: what it was taken for, then the findings, worst first."""
    parts = [_match_text(told, language)]
    for finding in told["findings"]:
        parts.append(f"{finding['title']} [{finding['code']}]")
        parts.append(f"  {finding['says']}")
        if finding["documents"]:
            listed = Text("、".join(finding["documents"]), ", ".join(finding["documents"]))
            parts.append(Text(f"  依据：{listed.zh}", f"  Documents: {listed.en}").to(language))
        parts.extend(f"  - {advice}" for advice in finding["advice"])
    if told["catalog"]["notice"]:
        parts.extend(("", told["catalog"]["notice"]))
    return "\n".join(parts)


def _match_text(told: Document, language: str) -> str:
    """Say which item the charge was held against, and whether that is sure."""
    match, about = told["match"], told["about"]
    names = [f"{each['name']} ({each['item']})" for each in match["candidates"]]
    others = Text("、".join(names), ", ".join(names)).to(language)
    if about is None:
        if not names:
            return Text("没有匹配的项目", "No item matches").to(language)
        return Text(f"没有确定的项目；相近：{others}", f"No single item; near: {others}").to(
            language
        )
    name = f"{about['name']} ({told['item']})"
    if match["sure"]:
        return Text(f"项目：{name}", f"Item: {name}").to(language)
    return Text(f"项目（推测，请核对）：{name}", f"Item (a guess, please check): {name}").to(
        language
    )
