"""``feeledger people``: appoint officers and list them."""

import json
import os

import click

from feeledger.people.roles import ROLE_NAMES, Role


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
    from feeledger.settings import Settings
    from feeledger.store import Store

    store = Store(Settings.from_environ(os.environ).database_url)
    appointment = Appointment(
        login=login, name=name, role=Role(role), region=region, unit_code=unit
    )
    with store.write() as session:
        officer = appoint_officer(session, appointment, password, by=by, now=wall_time())
    click.echo(officer.login)


@people.command("list")
@click.option("--json", "as_json", is_flag=True, help="一行一人的 JSON · one JSON object a line")
def list_people(as_json: bool) -> None:
    """列出人员 · List the officers.

    Example: python -m feeledger people list
    """
    from feeledger.people.queries import officers
    from feeledger.settings import Settings
    from feeledger.store import Store

    with Store(Settings.from_environ(os.environ).database_url).read() as session:
        found = officers(session)
    for officer in found:
        row = {
            "login": officer.login,
            "name": officer.name,
            "role": officer.role.value,
            "region": officer.region,
            "unit": officer.unit_code,
        }
        click.echo(
            json.dumps(row, ensure_ascii=False)
            if as_json
            else f"{officer.login}\t{officer.name}\t{ROLE_NAMES[officer.role].zh}\t{officer.region}"
        )
