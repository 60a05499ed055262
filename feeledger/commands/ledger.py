"""``feeledger ledger``: audit the books, show balances, close days."""

import json
import sys
from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING

import click

from feeledger.commands.days import Day
from feeledger.commands.opening import end_command, open_or_tell
from feeledger.commands.options import json_option, lang_option, spoken_language
from feeledger.errors import Text

DAYS_AHEAD_MAX = 15  # longer than any holiday

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from feeledger.ledger.queries import Balance
    from feeledger.ledger.seal_verify_queries import SealRemarks
    from feeledger.ledger.verify_queries import LedgerFault
    from feeledger.store import Store


@click.group()
def ledger() -> None:
    """账簿 · The ledger.

    Example: python -m feeledger ledger verify
    """


@ledger.command()
@click.option("--region", help="区划代码，默认全部 · region code, all if not given")
@json_option
@lang_option
def verify(region: str | None, lang: str | None, *, as_json: bool) -> None:
    """重新加总并核对一切 · Add everything up again; exit 1 where anything differs.

    Example: python -m feeledger ledger verify --region 130184 --json
    """
    language = lang or spoken_language()
    with open_or_tell(language) as (store, _):
        found = _verified(store, region)
        remarks = _remarked(store, found)
    if as_json:
        seals = {each: _remarks_document(told) for each, told in remarks.items()}
        click.echo(json.dumps(_faults_document(found) | {"seals": seals}, ensure_ascii=False))
    else:
        _tell_faults(found, language)
        _tell_remarks(remarks, language)
    sys.exit(1 if any(found.values()) or not found else 0)


@ledger.command()
@click.option("--region", required=True, help="区划代码 · region code")
@click.option("--on", type=Day(), help="记账日终 · at the end of this ledger day")
@json_option
@lang_option
def balance(region: str, on: date | None, lang: str | None, *, as_json: bool) -> None:
    """各科目余额 · The balance of every account of a region.

    Example: python -m feeledger ledger balance --region 130184 --on 2026-11-24
    """
    from feeledger.ledger.chart import KINDS, account_of
    from feeledger.ledger.queries import balances_on, open_day_of

    language = lang or spoken_language()
    with open_or_tell(language) as (store, _), store.read() as session:
        if open_day_of(session, region) is None:
            end_command(Text(f"{region} 没有账簿。", f"{region} has no book."), language)
        balances = balances_on(session, region, on)
    if as_json:
        click.echo(json.dumps(_balances_document(region, on, balances), ensure_ascii=False))
        return
    for account in sorted(balances):
        label = KINDS[account_of(account).kind].label.to(language)
        click.echo(f"{_yuan(_grown(account, balances[account])):>20}  {label}  {account}")


@ledger.command()
@click.option("--region", required=True, help="区划代码 · region code")
@click.option("--next-day", type=Day(), help="下一记账日，默认次日 · the day to open next")
@click.option("--by", required=True, help="关账人 · who closes")
@lang_option
def close(region: str, next_day: date | None, by: str, lang: str | None) -> None:
    """关账：结束当前记账日并开下一日 · Close the open ledger day for good, open the next.

    过了最晚可缴日仍未缴的通知书同时转为过期。尚未到来的记账日不能关，下一日至多开到今天之后 15 天。
    Unpaid notices whose last day is over expire with it. A day still to come is not closed, and the
    next lies at most 15 days after today.

    Example: python -m feeledger ledger close --region 130184 --by clerk-1
    """
    from feeledger.ledger.actions import close_day
    from feeledger.ledger.queries import open_day_of
    from feeledger.notices.actions import expire_notices

    language = lang or spoken_language()
    with open_or_tell(language) as (store, clock), store.write() as session:
        day = open_day_of(session, region)
        if day is None:
            end_command(Text(f"{region} 没有账簿。", f"{region} has no book."), language)
        following = next_day or day + timedelta(days=1)
        _demand_near(day, following, clock.today(), language)
        # Notices before the book, in the order in which a payment locks them.
        expire_notices(session, region, today=clock.today(), now=clock.now())
        close_day(session, region, day, next_day=following, by=by, now=clock.now())
    click.echo(f"{day} → {following}")


def _demand_near(day: date, following: date, today: date, language: str) -> None:
    """Let a slip of the pen move no ledger day away for good: nothing opens it again."""
    if day > today:
        what = Text(
            f"记账日 {day} 尚未到来（今天 {today}），不能关账。",
            f"The ledger day {day} is still to come (today is {today}); it is not closed.",
        )
        end_command(what, language)
    latest = today + timedelta(days=DAYS_AHEAD_MAX)
    if following > latest:
        what = Text(
            f"下一记账日 {following} 太远，至多为 {latest}。",
            f"The next ledger day, {following}, lies too far ahead; {latest} is the latest.",
        )
        end_command(what, language)


def _verified(store: "Store", region: str | None) -> dict[str, tuple["LedgerFault", ...]]:
    """Audit one region or all that have a book, each in a snapshot of its own."""
    from feeledger.ledger.queries import regions_with_books

    with store.read() as session:
        regions = (region,) if region is not None else regions_with_books(session)
    found = {}
    for each in regions:
        with store.read() as session:
            found[each] = _audited(session, each)
    return found


def _remarked(store: "Store", regions: Iterable[str]) -> dict[str, "SealRemarks"]:
    """Give what is no fault and worth knowing of each region's seals."""
    from feeledger.ledger.seal_verify_queries import seal_remarks

    with store.read() as session:
        return {region: seal_remarks(session, region) for region in regions}


def _remarks_document(told: "SealRemarks") -> dict[str, object]:
    return {
        "waiting": told.waiting,
        "sealed_late": told.sealed_late,
        "days_unsigned": told.days_unsigned,
        "checked_at": None if told.checked_at is None else told.checked_at.isoformat(),
    }


def _tell_remarks(remarks: dict[str, "SealRemarks"], language: str) -> None:
    """Say what waits for a seal or came late to it, where anything does."""
    for region, told in remarks.items():
        if told.waiting or told.sealed_late or told.days_unsigned:
            said = Text(
                f"封存：待封 {told.waiting} 笔，逾一分钟才封 {told.sealed_late} 笔，"
                f"已关账未签署 {told.days_unsigned} 日",
                f"seals: {told.waiting} waiting, {told.sealed_late} sealed later than a minute, "
                f"{told.days_unsigned} closed days not signed",
            )
            click.echo(f"{region}: {said.to(language)}")


def _audited(session: "Session", region: str) -> tuple["LedgerFault", ...]:
    from feeledger.audits import audit_books

    return audit_books(session, region)


def _tell_faults(found: dict[str, tuple["LedgerFault", ...]], language: str) -> None:
    if not found:
        click.echo(Text("没有账簿可核。", "There is no book to verify.").to(language), err=True)
    for region, faults in found.items():
        for fault in faults:
            click.echo(f"{region} {fault.code} {fault.subject}: {fault.detail.to(language)}")
        good = (
            Text("账实相符", "all adds up") if not faults else Text("有不符", "it does not add up")
        )
        count = Text(f"，{len(faults)} 处", f", {len(faults)} found") if faults else Text("", "")
        click.echo(f"{region}: {good.to(language)}{count.to(language)}")


def _faults_document(found: dict[str, tuple["LedgerFault", ...]]) -> dict[str, object]:
    return {
        "clean": bool(found) and not any(found.values()),
        "regions": {
            region: [
                {
                    "code": fault.code,
                    "subject": fault.subject,
                    "detail": {"zh": fault.detail.zh, "en": fault.detail.en},
                }
                for fault in faults
            ]
            for region, faults in found.items()
        },
    }


def _balances_document(
    region: str, on: date | None, balances: dict[str, "Balance"]
) -> dict[str, object]:
    return {
        "region": region,
        "on": None if on is None else on.isoformat(),
        "accounts": {
            account: {
                "debit": _yuan(kept.debit_fen),
                "credit": _yuan(kept.credit_fen),
                "balance": _yuan(_grown(account, kept)),
            }
            for account, kept in sorted(balances.items())
        },
    }


def _grown(account: str, kept: "Balance") -> int:
    """Give a balance on the side on which the account grows."""
    from feeledger.ledger.chart import account_of

    return kept.net_fen if account_of(account).side == "debit" else -kept.net_fen


def _yuan(fen: int) -> str:
    """Print fen as yuan; below zero only where an account stands on its wrong side."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
