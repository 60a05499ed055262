"""``feeledger people``: appoint officers, give them passwords, let them go, list them."""

import json
from typing import Final

import click

from feeledger.commands.opening import open_store
from feeledger.commands.options import by_operator
from feeledger.errors import Language, Text
from feeledger.people.roles import ROLE_NAMES, Role

GONE: Final = Text("已停用", "gone")


@click.group()
def people() -> None:
    """人员 · Officers of the console.

    Example: python -m feeledger people add --login wang.li --name 王丽 --role clerk --region 130184
    """


@people.command()
@click.option("--login", required=True, help="登录名 · login")
@click.option("--name", required=True, help="姓名 · name")
@click.option(
    "--role",
    required=True,
    type=click.Choice([r.value for r in Role]),
    help="岗位：财政经办、财政复核、监督、执收单位经办、审计只读 · the role",
)
@click.option("--region", required=True, help="区划代码 · region code")
@click.option(
    "--unit", default=None, help="执收单位编码（仅部门经办）· unit code (department officers only)"
)
@click.option("--by", default="operator", show_default=True, help="办理人 · who appoints")
@click.password_option(
    prompt="口令 / Password", help="口令，不给则提示输入 · the password, asked for if not given"
)
def add(
    login: str, name: str, role: str, region: str, unit: str | None, by: str, password: str
) -> None:
    """登记一名人员 · Appoint an officer.

    Example: python -m feeledger people add --login wang.li --name 王丽 --role clerk --region 130184
    """
    from feeledger.clock import wall_time
    from feeledger.people.actions import Appointment, appoint_officer

    appointment = Appointment(
        login=login, name=name, role=Role(role), region=region, unit_code=unit
    )
    with open_store().write() as session:
        officer = appoint_officer(session, appointment, password, by=by, now=wall_time())
    click.echo(officer.login)


@people.command()
@click.argument("login")
@by_operator
@click.password_option(prompt="新口令 / New password", help="新口令 · the new password")
def password(login: str, by: str, password: str) -> None:
    """重置口令 · Give an officer a new password; locks and open sessions end.

    Example: python -m feeledger people password wang.li
    """
    from feeledger.clock import wall_time
    from feeledger.people.actions import change_password

    with open_store().write() as session:
        change_password(session, login, password, by=by, now=wall_time())
    click.echo(login)


@people.command()
@click.argument("login")
@click.option("--reason", required=True, help="理由 · the reason")
@by_operator
def end(login: str, reason: str, by: str) -> None:
    """停用人员 · Let an officer go: sign-in and open sessions end, the record stays.

    Example: python -m feeledger people end wang.li --reason 调离
    """
    from feeledger.clock import wall_time
    from feeledger.people.actions import end_officer

    with open_store().write() as session:
        end_officer(session, login, reason=reason, by=by, now=wall_time())
    click.echo(login)


@people.command("list")
@click.option("--json", "as_json", is_flag=True, help="一行一人的 JSON · one JSON object a line")
@click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default="zh",
    show_default=True,
    help="岗位名称的语言 · the language of the roles",
)
def list_people(as_json: bool, lang: Language) -> None:
    """列出人员 · List the officers.

    Example: python -m feeledger people list
    """
    from feeledger.people.queries import officers

    with open_store().read() as session:
        found = officers(session)
    for officer in found:
        row = {
            "login": officer.login,
            "name": officer.name,
            "role": officer.role.value,
            "region": officer.region,
            "unit": officer.unit_code,
            "active": officer.active,
        }
        told = [officer.login, officer.name, ROLE_NAMES[officer.role].to(lang), officer.region]
        if not officer.active:
            told.append(GONE.to(lang))
        click.echo(json.dumps(row, ensure_ascii=False) if as_json else "\t".join(told))
