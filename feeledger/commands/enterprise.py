"""``feeledger enterprise``: an enterprise's standing on the register; closed, revoked, restored."""

import json
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import click

from feeledger.commands.days import Day
from feeledger.commands.opening import open_or_tell
from feeledger.commands.options import (
    by_operator,
    json_option,
    lang_option,
    reason_option,
    spoken_language,
)
from feeledger.errors import Text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from feeledger.enterprises.standing import Change
    from feeledger.enterprises.tables import EnterpriseRow

Command = Callable[..., None]
_day: Final = click.option(
    "--day", type=Day(), required=True, help="文件所载日期，不能在将来 · the document's day"
)
_document: Final = click.option(
    "--document", required=True, help="依据文件及文号 · the document, with its number"
)


@click.group()
def enterprise() -> None:
    """企业注销、吊销、恢复 · An enterprise's standing: closed, revoked, restored.

    Example: python -m feeledger enterprise show 91130184MA0CQ3T535
    """


def _with_options(command: Command) -> Command:
    """Give a command the options of a change of standing, in one order."""
    for option in (lang_option, json_option, by_operator, reason_option, _document, _day):
        command = option(command)
    return click.argument("uscc")(command)


@enterprise.command()
@_with_options
def close(uscc: str, lang: str | None, **told: Any) -> None:
    r"""登记注销：该日是最后可能产生义务的一天 · Close: the last day on which a duty may arise.

    \b
    此前已通知了以后日期的，列入待重新测算 · what was noticed for later days is due for re-assessment
    退出码 · exit: 0 已登记 · entered; 1 不能登记 · refused; 2 用法 · usage
    Example: python -m feeledger enterprise close 91130184MA0CQ3T535 \
        --day 2026-06-30 --document 准予注销登记通知书〔2026〕第7号 --reason 核准注销
    """
    _change(uscc, "closed", lang, told)


@enterprise.command()
@_with_options
def revoke(uscc: str, lang: str | None, **told: Any) -> None:
    r"""登记吊销营业执照，规则同注销 · Enter that the licence was revoked; as by closing.

    \b
    退出码 · exit: 0 已登记 · entered; 1 不能登记 · refused; 2 用法 · usage
    Example: python -m feeledger enterprise revoke 91130184MA0CQ3T535 \
        --day 2026-06-30 --document 行政处罚决定书〔2026〕第7号 --reason 吊销执照
    """
    _change(uscc, "revoked", lang, told)


@enterprise.command()
@_with_options
def restore(uscc: str, lang: str | None, **told: Any) -> None:
    r"""恢复：自该日起又产生义务 · Restore: from the day on duties arise again.

    \b
    退出码 · exit: 0 已登记 · entered; 1 不能登记 · refused; 2 用法 · usage
    Example: python -m feeledger enterprise restore 91130184MA0CQ3T535 \
        --day 2026-06-30 --document 撤销注销决定书〔2026〕第2号 --reason 冒名注销已撤销
    """
    _change(uscc, "restored", lang, told)


@enterprise.command()
@click.argument("uscc")
@json_option
@lang_option
def show(uscc: str, lang: str | None, *, as_json: bool) -> None:
    """企业现在的状态和历次变更 · The standing of an enterprise, and its changes.

    Example: python -m feeledger enterprise show 91130184MA0CQ3T535 --json
    """
    from feeledger.enterprises.queries import enterprise_of
    from feeledger.judgements import narrow_upper

    language = lang or spoken_language()
    with open_or_tell(language) as (store, _), store.read() as session:
        told = _document_of(session, enterprise_of(session, narrow_upper(uscc)))
    _tell(told, language, as_json=as_json)


def _change(uscc: str, change: "Change", lang: str | None, told: dict[str, Any]) -> None:
    """Enter a change of standing in one transaction, and tell what it left."""
    from feeledger.enterprises.queries import enterprise_of
    from feeledger.enterprises.standing import StandingChange
    from feeledger.judgements import narrow_upper
    from feeledger.reassessments.standing_actions import alter_standing

    language, code = lang or spoken_language(), narrow_upper(uscc)
    day: date = told["day"]
    asked = StandingChange(change, day, told["document"], told["reason"])
    with open_or_tell(language) as (store, clock):

        def work(session: "Session") -> dict[str, Any]:
            today, now = clock.today(), clock.now()
            _, due = alter_standing(session, code, asked, today=today, by=told["by"], now=now)
            return _document_of(session, enterprise_of(session, code)) | {"reassessment_due": due}

        found = store.attempt(work)
    _tell(found, language, as_json=told["as_json"])


def _document_of(session: "Session", row: "EnterpriseRow") -> dict[str, Any]:
    from feeledger.enterprises.standing import standing_after
    from feeledger.enterprises.standing_queries import standing_changes

    changes = standing_changes(session, row.uscc)
    return {
        "uscc": row.uscc,
        "name": row.name,
        "home_region": row.home_region,
        "standing": standing_after(changes),
        "changes": [
            {
                "change": each.change,
                "day": each.day.isoformat(),
                "document": each.document,
                "reason": each.reason,
                "by": each.recorded_by,
            }
            for each in changes
        ],
    }


def _tell(told: dict[str, Any], language: str, *, as_json: bool) -> None:
    from feeledger.enterprises.standing import NAMES

    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(f"{told['uscc']}  {told['name']}  {NAMES[told['standing']].to(language)}")
    for each in told["changes"]:
        name = NAMES[each["change"]].to(language)
        click.echo(f"  {each['day']}  {name}  {each['document']}  {each['reason']}  {each['by']}")
    if told.get("reassessment_due"):
        click.echo(DUE.to(language))


DUE: Final = Text(
    "此前通知的义务有在该日以后的，已列入待重新测算。",
    "Duties of later days were noticed before: a re-assessment is due.",
)
