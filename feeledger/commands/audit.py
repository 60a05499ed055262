"""``feeledger audit``: the independent auditor, under the command line's own name."""

import os
import sys

import click

from feeledger.commands.options import lang_option, spoken_language


@click.command()
@click.option("--region", "regions", multiple=True, help="区划代码，可多次，默认全部 · region code")
@click.option("--json", "as_json", is_flag=True, help="一行一处的 JSON · one JSON object a finding")
@lang_option
def audit(regions: tuple[str, ...], lang: str | None, *, as_json: bool) -> None:
    """独立审计：另一套程序从头重算全部账 · Audit the books by a program that shares no code with them.

    有不符之处退出码为 1，逐处指明种类与位置；数据库读不了为 2。Exit 1 where anything does not hold, by
    kind and place; 2 where the database cannot be read.

    Example: python -m feeledger audit --region 130184 --json
    """
    from feeledger.auditor.database import DatabaseUnreadable
    from feeledger.auditor.program import audit_database, tell_findings, words_of_unreadable
    from feeledger.settings import Settings

    url = Settings.from_environ(os.environ).database_url
    language = lang or spoken_language()
    try:
        found = dict(audit_database(url, regions))
    except DatabaseUnreadable as unreadable:
        click.echo(words_of_unreadable(unreadable)[language == "en"], err=True)
        sys.exit(2)
    sys.exit(tell_findings(found, as_json=as_json, language=language))
