"""``feeledger catalog draft``, ``review``, ``withdraw-draft``, ``publish``, ``editions``."""

import getpass
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeledger.commands.catalog_checks import (
    findings_of,
    loaded_edition,
    print_faults,
    print_findings,
    print_json,
)
from feeledger.commands.opening import end_command, open_or_tell
from feeledger.commands.options import lang_option, reason_option, spoken_language
from feeledger.errors import Text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from feeledger.catalog.items import Catalog
    from feeledger.catalog.tables import EditionDraftRow

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
SHOWN = 200

json_option = click.option("--json", "as_json", is_flag=True, help="输出 JSON · answer as JSON")
by_option = click.option(
    "--by", default=getpass.getuser, show_default="系统用户", help="办理人 · who does it"
)


@click.command()
@click.argument("directory", type=FOLDER)
@by_option
@json_option
@lang_option
def draft(directory: Path, by: str, lang: str | None, *, as_json: bool) -> None:
    r"""提交一个版本待复核 · Hand an edition in for review.

    \b
    有错误的不收；accepted.yaml 中的理由随草稿提交，由复核人认可或另写。
    Errors bar it; the reasons of accepted.yaml go with it, for the reviewer to accept or rewrite.

    \b
    Example: python -m feeledger catalog draft catalogs/hebei/published-2027 --by 编制人
    """
    from feeledger.catalog.draft_actions import draft_edition

    language = lang or spoken_language()
    read = loaded_edition(directory, language)
    _, reasons, faults = findings_of(directory, read)
    if faults:
        print_faults(faults, language, err=True)
        sys.exit(1)
    with open_or_tell(language) as (store, clock), store.write() as session:
        row = draft_edition(session, read, reasons=reasons, by=by, now=clock.now())
        _tell_draft(row, language, as_json=as_json)


@click.command()
@click.argument("number", type=click.IntRange(min=1))
@by_option
@click.option("--accept", type=FILE, help="接受提醒的理由 · reasons, written like accepted.yaml")
@click.option("--note", default="", help="复核意见 · a remark")
@click.option("--return", "why", default="", help="退回，写明理由 · send it back, with the reason")
@json_option
@lang_option
def review(
    number: int,
    by: str,
    accept: Path | None,
    note: str,
    why: str,
    lang: str | None,
    *,
    as_json: bool,
) -> None:
    r"""复核一份草稿：通过，或退回 · Review a draft: let it pass or send it back.

    \b
    复核人不是编制人，也不是提交人；每条提醒都要有理由（--accept）。
    The reviewer is neither author nor drafter; every warning wants a reason (--accept).

    \b
    Example: python -m feeledger catalog review 7203 --by 复核人 --accept accepted.yaml
    """
    from feeledger.catalog.draft_actions import return_draft, review_draft

    language = lang or spoken_language()
    with open_or_tell(language) as (store, clock), store.write() as session:
        now = clock.now()
        if why:
            row = return_draft(session, number, reason=why, by=by, now=now)
        else:
            reasons = _reasons_given(session, number, accept, language)
            row = review_draft(session, number, reasons=reasons, note=note, by=by, now=now)
        _tell_draft(row, language, as_json=as_json)


@click.command(name="withdraw-draft")
@click.argument("number", type=click.IntRange(min=1))
@by_option
@reason_option
@json_option
@lang_option
def withdraw(number: int, by: str, reason: str, lang: str | None, *, as_json: bool) -> None:
    r"""撤回一份尚未公布的草稿 · Take a draft back before it is published.

    \b
    Example: python -m feeledger catalog withdraw-draft 7203 --by 编制人 --reason 附件有误
    """
    from feeledger.catalog.draft_actions import withdraw_draft

    language = lang or spoken_language()
    with open_or_tell(language) as (store, clock), store.write() as session:
        row = withdraw_draft(session, number, reason=reason, by=by, now=clock.now())
        _tell_draft(row, language, as_json=as_json)


@click.command()
@json_option
@lang_option
def editions(lang: str | None, *, as_json: bool) -> None:
    r"""列出已公布的版本与草稿 · List the published editions and the drafts.

    \b
    Example: python -m feeledger catalog editions --json
    """
    from feeledger.catalog.draft_queries import drafts_kept
    from feeledger.catalog.drafting import DRAFT_STATE_TEXTS
    from feeledger.catalog.queries import editions_published

    language = lang or spoken_language()
    with open_or_tell(language) as (store, _), store.read() as session:
        kept = editions_published(session)
        drafts = drafts_kept(session, limit=SHOWN)
        if as_json:
            published = [
                {"edition": e.id, "kind": e.kind, "dated_on": f"{e.dated_on}", "sha256": e.sha256}
                for e in kept
            ]
            waiting = [draft_document(row) for row in drafts]
            print_json({"published": published, "drafts": waiting})
            return
        for e in kept:
            where = f"{e.medium} {e.number} {e.document}" if e.kind == "publication" else e.kind
            click.echo(f"{e.dated_on}  {e.id}  {e.sha256[:12]}…  {where}")
        for row in drafts:
            state = DRAFT_STATE_TEXTS[row.state].to(language)  # type: ignore[index]  # by its CHECK
            click.echo(f"{row.id}  {row.edition}  {row.sha256[:12]}…  {state}")
        if not kept and not drafts:
            click.echo(Text("尚无版本。", "There is no edition yet.").to(language))


@click.command()
@click.argument("directory", type=FOLDER)
@click.option("--by", help="公布操作人，默认为编制人 · who publishes; the author if not given")
@click.option(
    "--reviewer", default="", help="复核人，与操作人不同 · who reviewed it; not who publishes"
)
@json_option
@lang_option
def publish(
    directory: Path, by: str | None, reviewer: str, lang: str | None, *, as_json: bool
) -> None:
    r"""公布一个版本到数据库 · Publish an edition into the database.

    \b
    已公布的版本永不更改：同一内容再公布一次不作任何更改，同一编号的另一内容被拒绝。
    公布版须先经复核（catalog draft、catalog review）；汇编版的提醒须在 accepted.yaml 写明理由。
    A published edition never changes: the same content again changes nothing, another content
    under its id is refused. A publication is reviewed first (catalog draft, catalog review); the
    warnings of a compilation want reasons in accepted.yaml.

    \b
    Example: python -m feeledger catalog publish catalogs/hebei/compiled-2026-11-24 --by 张三
    """
    from feeledger.catalog.actions import publish_edition
    from feeledger.catalog.queries import edition_in_use

    language = lang or spoken_language()
    read = loaded_edition(directory, language)
    actor = by or read.edition.author or "command-line"
    with open_or_tell(language) as (store, clock), store.write() as session:
        _demand_reasons(session, directory, read, language)
        fresh = publish_edition(session, read, by=actor, reviewer=reviewer, now=clock.now())
        used = edition_in_use(session).edition.id
    _tell_publication(read, used, fresh=fresh, language=language, as_json=as_json)


def _demand_reasons(session: "Session", directory: Path, read: "Catalog", language: str) -> None:
    """Let an edition pass that was reviewed, or whose warnings have reasons; else exit 1."""
    from feeledger.catalog.draft_queries import open_draft_of
    from feeledger.catalog.linting import unsettled_of
    from feeledger.catalog.queries import is_published

    waiting = open_draft_of(session, read.edition.sha256)
    reviewed = waiting is not None and waiting.state == "reviewed"
    if reviewed or is_published(session, read.edition.id):
        return
    lints, reasons, faults = findings_of(directory, read)
    left = unsettled_of(lints, reasons)
    print_faults(faults, language, err=True)
    if left:
        print_findings(lints, reasons, {}, language)
    if left or faults:
        told = Text(
            "未公布：提醒须在 accepted.yaml 逐条写明理由，或改正。",
            "Not published: write a reason for each warning into accepted.yaml, or mend it.",
        )
        end_command(told, language)


def _reasons_given(
    session: "Session", number: int, accept: Path | None, language: str
) -> dict[str, str]:
    """Read the reviewer's reasons; a fault ends the command."""
    from feeledger.catalog.acceptances import read_reasons
    from feeledger.catalog.draft_queries import content_of_draft, draft_of
    from feeledger.catalog.linting import lints_of

    if accept is None:
        return {}
    catalog = content_of_draft(session, draft_of(session, number))
    reasons, faults = read_reasons(accept, lints_of(catalog))
    if faults:
        print_faults(faults, language, err=True)
        sys.exit(1)
    return reasons


def draft_document(row: "EditionDraftRow") -> dict[str, object]:
    """Give a draft as JSON data; numbers that long are texts."""
    return {
        "draft": str(row.id),
        "edition": row.edition,
        "kind": row.kind,
        "sha256": row.sha256,
        "state": row.state,
        "drafted_by": row.drafted_by,
        "drafted_at": _instant(row.drafted_at),
        "reviewed_by": row.reviewed_by,
        "reviewed_at": _instant(row.reviewed_at),
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _tell_draft(row: "EditionDraftRow", language: str, *, as_json: bool) -> None:
    from feeledger.catalog.drafting import DRAFT_STATE_TEXTS

    if as_json:
        print_json(draft_document(row))
        return
    state = DRAFT_STATE_TEXTS[row.state]  # type: ignore[index]  # the database's CHECK holds them
    said = Text(
        f"草稿 {row.id}：{row.edition}（{row.sha256}），{state.zh}。",
        f"Draft {row.id}: {row.edition} ({row.sha256}), {state.en}.",
    )
    click.echo(said.to(language))


def _tell_publication(
    read: "Catalog", used: str, *, fresh: bool, language: str, as_json: bool
) -> None:
    """Say whether an edition was published now or stood there already, and if another answers."""
    from feeledger.catalog.drafting import words_of_standing

    edition = read.edition
    if as_json:
        print_json({"edition": edition.id, "sha256": edition.sha256, "published": fresh})
        return
    said = Text(
        f"已公布 {edition.id}（{edition.sha256}）。此前已通知、已缴的不变；要按新版补退差额，"
        "运行 feeledger reassess。",
        f"Published {edition.id} ({edition.sha256}). What was noticed or paid stays as it is; to "
        "book the differences, run feeledger reassess.",
    )
    if not fresh:
        said = Text(
            f"{edition.id} 已以同一内容公布，未作更改（{edition.sha256}）。",
            f"{edition.id} is published with the same content; nothing changed ({edition.sha256}).",
        )
    standing = words_of_standing(edition.id, used)
    click.echo(f"{said.to(language)}{standing.to(language)}")
