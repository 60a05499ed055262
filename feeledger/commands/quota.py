"""``feeledger quota``: yearly amounts of a region, drafted from a run, audited, published, shown."""

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from feeledger.commands.days import Day
from feeledger.commands.opening import open_or_tell
from feeledger.commands.options import by_named, json_option, lang_option, spoken_language
from feeledger.errors import Text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from feeledger.quotas.queries import QuotaRead
    from feeledger.quotas.tables import AnnualQuotaRow

REGION = click.option("--region", required=True, help="区划代码 · region code")
YEAR = click.option("--year", type=int, required=True, help="年度 · the year")


@click.group()
def quota() -> None:
    """年收费额度 · Yearly amounts: draft, audit, publish, show.

    Example: python -m feeledger quota show --region 130184 --year 2026
    """


@quota.command()
@REGION
@click.option("--run", type=int, required=True, help="已完成的测算 · a finished run")
@click.option("--whole", is_flag=True, help="含以下各区划 · with all regions below it")
@by_named
@json_option
@lang_option
def draft(region: str, run: int, by: str, lang: str | None, *, whole: bool, as_json: bool) -> None:
    """由测算生成草案 · Draft from a finished run; again changes nothing, and goes on after a stop.

    \b
    --whole 用 assess-region --whole 的测算编号 · --whole takes the number of assess-region --whole
    Examples:
      python -m feeledger quota draft --region 130184 --run 912345678901234 --by 张三
      python -m feeledger quota draft --region 130000 --whole --run 912345678901234 --by 张三
    """  # noqa: D301 - the backslash is click's: it keeps lines apart
    from feeledger.assessment.run_queries import run_of
    from feeledger.catalog.plan import plan_of
    from feeledger.catalog.queries import edition_of
    from feeledger.commands.quota_province import draft_whole
    from feeledger.quotas.batches import draft_quotas

    language = lang or spoken_language()
    with open_or_tell(language) as (store, clock):
        if whole:
            draft_whole(store, clock, (region, run, by), language, as_json=as_json)
            return
        with store.read() as session:
            plan = plan_of(edition_of(session, run_of(session, region, run).edition))
        told = draft_quotas(store, plan, region=region, run=run, by=by, now=clock.now)
    words = Text(
        f"{told.year} 年：新草案 {told.drafted} 户，未变 {told.unchanged} 户",
        f"{told.year}: {told.drafted} drafted, {told.unchanged} unchanged",
    )
    _tell(
        {"year": told.year, "drafted": told.drafted, "unchanged": told.unchanged},
        words,
        language,
        as_json=as_json,
    )


@quota.command()
@REGION
@YEAR
@by_named
@json_option
@lang_option
def audit(region: str, year: int, by: str, lang: str | None, *, as_json: bool) -> None:
    """审核没有疑问的草案（与编制人不同）· Audit what has no open question, by another person.

    Exit 1 where drafts are left: undetermined lines, nothing stated, facts refused, or your own.

    Example: python -m feeledger quota audit --region 130184 --year 2026 --by 李四
    """
    from dataclasses import asdict

    from feeledger.quotas.batches import audit_clear_quotas

    language = lang or spoken_language()
    with open_or_tell(language) as (store, clock):
        told = audit_clear_quotas(store, region, year, by=by, now=clock.now)
    words = Text(
        f"已审核 {told.audited} 户；留下：有未定项目 {told.open_lines}，未登记数据 {told.nothing_stated}，"
        f"数据有误 {told.refused}，须他人审核 {told.own}",
        f"{told.audited} audited; left: {told.open_lines} with undetermined lines, "
        f"{told.nothing_stated} with nothing stated, {told.refused} refused, {told.own} your own",
    )
    _tell(asdict(told), words, language, as_json=as_json)
    if told.open_lines + told.nothing_stated + told.refused + told.own:
        raise SystemExit(1)


@quota.command()
@REGION
@YEAR
@click.option("--medium", required=True, help="媒介 · the medium")
@click.option("--number", required=True, help="期号 · issue or number")
@click.option("--document", required=True, help="文号 · the document's number")
@click.option("--on", type=Day(), required=True, help="公布日期 · the day")
@by_named
@json_option
@lang_option
def publish(
    region: str,
    year: int,
    medium: str,
    number: str,
    document: str,
    on: date,
    by: str,
    lang: str | None,
    *,
    as_json: bool,
) -> None:
    r"""公布已审核的额度 · Publish everything that is audited.

    \b
    Example:
      python -m feeledger quota publish --region 130184 --year 2026 --medium 本局网站 \
          --number 2026-11 --document 新财公告〔2026〕5号 --on 2026-11-24 --by 李四
    """
    from feeledger.quotas.batches import publish_quotas
    from feeledger.quotas.quota import Announcement

    language = lang or spoken_language()
    told = Announcement(medium, number, document, on)
    with open_or_tell(language) as (store, clock):
        count = publish_quotas(store, region, year, told, today=clock.today(), by=by, now=clock.now)
    words = Text(f"已公布 {count} 户", f"{count} published")
    _tell({"published": count}, words, language, as_json=as_json)


@quota.command()
@REGION
@YEAR
@click.option("--uscc", help="只看一户，逐项列出 · one enterprise, line by line")
@json_option
@lang_option
def show(region: str, year: int, uscc: str | None, lang: str | None, *, as_json: bool) -> None:
    r"""审核到哪一步；或一户的项目与金额 · How much is audited; or one enterprise's lines.

    \b
    Examples:
      python -m feeledger quota show --region 130184 --year 2026
      python -m feeledger quota show --region 130184 --year 2026 --uscc 91130184MA0CQ3T535
    """
    from feeledger.quotas.list_queries import coverage_of_region
    from feeledger.quotas.queries import quota_read, quota_shown_to_payer

    language = lang or spoken_language()
    with open_or_tell(language) as (store, _), store.read() as session:
        if uscc is None:
            _tell_region(session, (region, year), coverage_of_region, language, as_json=as_json)
            return
        row = quota_shown_to_payer(session, region, uscc, year)
        read = None if row is None else quota_read(session, row)
    _tell_one(row, read, language, as_json=as_json)


def _tell_region(
    session: "Session", asked: tuple[str, int], coverage: Any, language: str, *, as_json: bool
) -> None:
    found = coverage(session, *asked)
    share = found.share
    words = Text(
        f"{share.of} 户中已审核 {share.settled} 户（{share.percent} %）：未审核 {found.draft}，"
        f"待公布 {found.audited}，已公布 {found.published}，尚无草案 {found.none}；已审核合计 {found.total} 元",
        f"{share.settled} of {share.of} audited ({share.percent} %): {found.draft} drafts, "
        f"{found.audited} audited, {found.published} published, {found.none} without a draft; "
        f"audited amounts come to {found.total} yuan",
    )
    document = {
        "region": asked[0],
        "year": asked[1],
        "draft": found.draft,
        "audited": found.audited,
        "published": found.published,
        "none": found.none,
        "total": str(found.total),
    }
    _tell(document, words, language, as_json=as_json)


def _tell_one(
    row: "AnnualQuotaRow | None", read: "QuotaRead | None", language: str, *, as_json: bool
) -> None:
    """Print one version line by line; no version is said as such, and ends with exit 1."""
    from feeledger.quotas.quota import STATE_TEXTS

    if row is None or read is None:
        words = Text(
            "尚未审核：还没有草案（不等于零）", "not yet audited: no draft (which is not zero)"
        )
        _tell({"state": None}, words, language, as_json=as_json)
        raise SystemExit(1)
    lines = [
        {
            "item": each.item.id,
            "line": each.answer.line,
            "outcome": each.answer.outcome,
            "amount": None if each.stands is None else str(each.stands),
            "counted": each.counted,
            "open": each.open,
            "corrected": each.corrected is not None,
            "needs": [need.fact for need in each.answer.needs] if each.open else [],
        }
        for each in read.sheet.lines
    ]
    document = {
        "uscc": row.uscc,
        "year": row.year,
        "version": row.version,
        "state": row.state,
        "total": f"{row.total_fen // 100}.{row.total_fen % 100:02d}",
        "open_lines": row.open_lines,
        "refused": row.refused,
        "lines": lines,
    }
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    state = {str(key): text for key, text in STATE_TEXTS.items()}[row.state]
    click.echo(f"{document['total']}  {state.to(language)}")
    for each in read.sheet.lines:
        open_mark = Text("（未定）", " (open)").to(language) if each.open else ""
        click.echo(f"{each.stands or '—'!s:>20}  {each.item.name.to(language)}{open_mark}")


def _tell(document: dict[str, Any], words: Text, language: str, *, as_json: bool) -> None:
    click.echo(json.dumps(document, ensure_ascii=False) if as_json else words.to(language))
