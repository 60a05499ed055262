"""``feeledger reassess``: work duties out again, and propose the differences for approval."""

import getpass
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from feeledger.commands.catalog_checks import print_json
from feeledger.commands.days import Day
from feeledger.commands.opening import open_or_tell
from feeledger.commands.options import lang_option, spoken_language
from feeledger.errors import Text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from feeledger.clock import Clock
    from feeledger.reassessments.actions import Order, Proposal
    from feeledger.reassessments.difference import Difference
    from feeledger.store import Store

CHUNK = 500
DEFAULT_REASON = "按目录和已知数据重新测算"


@click.command()
@click.option("--region", required=True, help="区划代码 · region code")
@click.option("--enterprise", "enterprises", multiple=True, help="信用代码，可多次 · credit codes")
@click.option("--edition", help="目录版本，默认现行版本 · the edition; the one in use if not given")
@click.option("--since", type=Day(), help="义务发生日不早于 · duties from this day on")
@click.option("--until", type=Day(), help="义务发生日不晚于 · duties until this day")
@click.option("--due", is_flag=True, help="只办待重新测算的企业 · only enterprises noted as due")
@click.option("--reason", default=DEFAULT_REASON, help="理由 · why")
@click.option(
    "--by", default=getpass.getuser, show_default="系统用户", help="办理人 · who proposes"
)
@click.option("--dry-run", is_flag=True, help="只测算，不留存 · work out, store nothing")
@click.option("--json", "as_json", is_flag=True, help="每户一行 JSON · a JSON object an enterprise")
@lang_option
def reassess(region: str, by: str, reason: str, lang: str | None, **asked: Any) -> None:
    """按另一版目录或后来得知的数据重新测算，只提出差额 · Assess again, propose differences alone.

    \b
    已通知、已缴的不会改动：差额由另一人在控制台批准，才补开通知书或申请退付。
    Nothing noticed or paid changes: another person approves the differences in the console.
    退出码 · exit: 0 已办 · done; 1 有不能测算的义务 · some duties cannot be told; 2 用法 · usage

    \b
    Example: python -m feeledger reassess --region 130184 --edition compiled-2026-11-24 --dry-run
    """  # noqa: D301 - the backslashes are click's: they keep lines apart
    language = lang or spoken_language()
    with open_or_tell(language) as (store, clock):
        order = _order(store, clock, by=by, reason=reason, **_only(asked))
        work = _working(store, region, order, dry=asked["dry_run"])
        codes = asked["enterprises"] or _codes(store, region, due=asked["due"])
        found = [_told(work(code), language, as_json=asked["as_json"]) for code in codes]
    _sum_up(found, language, as_json=asked["as_json"], dry=asked["dry_run"])
    sys.exit(1 if any(each.open for each in found) else 0)


def _only(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: asked[name] for name in ("edition", "since", "until")}


def _order(
    store: "Store",
    clock: "Clock",
    *,
    by: str,
    reason: str,
    edition: str | None,
    since: date | None,
    until: date | None,
) -> "Order":
    """Settle by what is assessed: the edition, and all that is known now."""
    from feeledger.catalog.queries import edition_in_use, edition_of
    from feeledger.reassessments.actions import Order
    from feeledger.reassessments.duty_queries import Basis, Period

    now: datetime = clock.now()
    with store.read() as session:
        catalog = edition_of(session, edition) if edition else edition_in_use(session)
    return Order(Basis(catalog, now), Period(since, until), reason, by, clock.today(), now)


def _working(
    store: "Store", region: str, order: "Order", *, dry: bool
) -> "Callable[[str], Proposal]":
    """Give what is done with one enterprise: looking, or proposing in a transaction of its own."""
    from feeledger.reassessments.actions import differences_for, propose_reassessment

    def look(code: str) -> "Proposal":
        with store.read() as session:
            return differences_for(session, region, code, order.basis, order.period)

    def propose(code: str) -> "Proposal":
        def write(session: "Session") -> "Proposal":
            return propose_reassessment(session, region, code, order)

        return store.retry(write)

    return look if dry else propose


def _codes(store: "Store", region: str, *, due: bool) -> Iterator[str]:
    """Give the enterprises with notices in the region, or those noted as due, in order of code."""
    from feeledger.reassessments.duty_queries import enterprises_due, enterprises_noticed

    find, after = enterprises_due if due else enterprises_noticed, ""
    while True:
        with store.read() as session:
            codes = find(session, region, after=after, limit=CHUNK)
        yield from codes
        if len(codes) < CHUNK:
            return
        after = codes[-1]


def _told(found: "Proposal", language: str, *, as_json: bool) -> "Proposal":
    """Print one enterprise's differences, where there are any."""
    if as_json:
        print_json(_document(found, language))
        return found
    for each in found.differences:
        told = each.explanation()["sentences"]["en" if language == "en" else "zh"]
        name = f"{each.item_name} {each.key.obligation_on}"
        click.echo(
            f"{found.uscc}\t{name}\t{'；'.join(told) if language != 'en' else '; '.join(told)}"
        )
    for each in found.open:
        why = Text("", "") if each.open is None else each.open
        click.echo(f"{found.uscc}\t{each.item_name} {each.key.obligation_on}\t{why.to(language)}")
    return found


def _document(found: "Proposal", language: str) -> dict[str, object]:
    return {
        "enterprise": found.uscc,
        "reassessment": None if found.row is None else str(found.row.id),
        "proposed": found.fresh,
        "differences": [_difference(each, language) for each in found.differences],
        "open": [
            {**_duty(each), "why": None if each.open is None else each.open.to(language)}
            for each in found.open
        ],
    }


def _difference(each: "Difference", language: str) -> dict[str, object]:
    told = each.explanation()
    return {
        **_duty(each),
        "counted_fen": each.told_fen,
        "fresh_fen": each.fresh_fen,
        "difference_fen": each.fen,
        "parts": told["parts"],
        "documents": told["documents"],
        "why": told["sentences"]["en" if language == "en" else "zh"],
    }


def _duty(each: "Difference") -> dict[str, object]:
    return {
        "notice": str(each.root),
        "item": each.key.item_id,
        "unit": each.key.unit_code,
        "obligation_on": each.key.obligation_on.isoformat(),
    }


def _sum_up(found: "list[Proposal]", language: str, *, as_json: bool, dry: bool) -> None:
    """Say what it came to in all."""
    if as_json:
        return
    up = sum(d.fen for each in found for d in each.differences if d.fen > 0)
    down = -sum(d.fen for each in found for d in each.differences if d.fen < 0)
    moved = sum(bool(each.differences) for each in found)
    fresh = sum(each.fresh for each in found)
    left = sum(len(each.open) for each in found)
    kept = (
        Text("未留存", "nothing stored") if dry else Text(f"新提出 {fresh} 份", f"{fresh} proposed")
    )
    said = Text(
        f"测算 {len(found)} 户，有差额 {moved} 户：应补 {_yuan(up)} 元，应退 {_yuan(down)} 元；"
        f"{kept.zh}；不能测算的义务 {left} 项。",
        f"{len(found)} enterprises, {moved} with differences: {_yuan(up)} to be added, "
        f"{_yuan(down)} to be given back; {kept.en}; {left} duties cannot be told.",
    )
    click.echo(said.to(language))


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
