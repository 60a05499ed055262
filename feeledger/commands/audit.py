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

    有不符之处退出码为 1，逐处指明种类与位置。Exit 1 where anything does not hold, by kind and place.

    Example: python -m feeledger audit --region 130184 --json
    """
    from feeledger.auditor.program import audit_database, tell_findings
    from feeledger.settings import Settings

    url = Settings.from_environ(os.environ).database_url
    found = dict(audit_database(url, regions))
    sys.exit(tell_findings(found, as_json=as_json, language=lang or spoken_language()))
