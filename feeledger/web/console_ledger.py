"""The ledger in the console: balances by account, the entries of a day, and the audit's result."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.audits import audit_books
from feeledger.catalog.items import Catalog
from feeledger.catalog.queries import edition_in_use
from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.ledger.chart import KINDS, Account, account_of
from feeledger.ledger.queries import (
    Balance,
    KeptEntry,
    balances_on,
    closed_days_of,
    count_entries,
    entries_of_day,
    open_day_of,
)
from feeledger.money import Money
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.regions.account_queries import account_names
from feeledger.regions.queries import units_of
from feeledger.sharing.levels import LEVELS
from feeledger.web.console_door import Shown, console_page, officers
from feeledger.web.forms import Form, read_day
from feeledger.web.paging import Page, asked_page
from feeledger.web.present import today

ledger_pages = Blueprint("books", __name__)

ENTRY_KINDS: Final[Mapping[str, Text]] = {
    "payment": Text("缴款", "payment"),
    "reversal": Text("冲正", "reversal"),
    "arrival": Text("到账待查", "money arrived, unmatched"),
    "return": Text("待查退回", "unmatched money returned"),
    "refund-approval": Text("退付批准", "refund approved"),
    "refund-payment": Text("退付支付", "refund paid"),
    "settlement": Text("划解", "settlement"),
}


@dataclass(frozen=True, slots=True)
class AccountShown:
    """An account in words: its kind, what it is kept for, and its code."""

    code: str
    kind: Text
    part: Text


@dataclass(frozen=True, slots=True)
class BalanceShown:
    """An account's sums; ``wrong_side``: it stands on the side on which it does not grow."""

    account: AccountShown
    debit: Money
    credit: Money
    balance: Money
    wrong_side: bool


@dataclass(frozen=True, slots=True)
class EntryShown:
    """An entry with its pairs: the account debited, the account credited, the amount."""

    id: int
    day: date
    posted_at: datetime
    kind: Text
    subject: str
    reason: str
    pairs: tuple[tuple[AccountShown, AccountShown, Money], ...]
    total: Money


@ledger_pages.get("/console/ledger")
@officers(Right.SEE_PAYMENTS)
def show_balances(officer: Officer) -> Shown:
    """Show the balance of every account at the end of a ledger day, or now."""
    form = Form(request.args)
    on = read_day(form, "on", needed=False)
    region = officer.region
    with kit().store.read() as session:
        names = names_of_accounts(session, region)
        balances = balances_on(session, region, on)
        return console_page(
            "console/balances.html",
            officer,
            form=form,
            on=on,
            open_day=open_day_of(session, region),
            closed=closed_days_of(session, region),
            balances=_balances_shown(balances, names),
        )


@ledger_pages.get("/console/ledger/entries")
@officers(Right.SEE_PAYMENTS)
def list_entries(officer: Officer) -> Shown:
    """Show the entries of one ledger day."""
    form = Form(request.args)
    asked, region = asked_page(request.args), officer.region
    with kit().store.read() as session:
        day = read_day(form, "day", needed=False) or open_day_of(session, region) or today()
        names = names_of_accounts(session, region)
        total = count_entries(session, region, day)
        asked = asked.within(total)
        kept = entries_of_day(session, region, day, limit=asked.size, offset=asked.offset)
    return console_page(
        "console/entries.html",
        officer,
        form=form,
        day=day,
        page=Page([_entry_shown(entry, names) for entry in kept], asked.number, asked.size, total),
    )


@ledger_pages.get("/console/ledger/verify")
@officers(Right.SEE_PAYMENTS)
def verify_books(officer: Officer) -> Shown:
    """Add everything up again and show every fault, or that there is none."""
    with kit().store.read() as session:
        return console_page(
            "console/verify.html",
            officer,
            faults=audit_books(session, officer.region),
            at_instant=kit().clock.now(),
        )


def shown_entry(session: Session, region: str, entry: KeptEntry) -> EntryShown:
    """Give one entry in words."""
    return _entry_shown(entry, names_of_accounts(session, region))


class Names:
    """The names by which accounts are told apart: bank accounts, units, items."""

    def __init__(
        self, accounts: Mapping[str, str], units: Mapping[str, str], catalog: Catalog
    ) -> None:
        """Keep the names of one region."""
        self.accounts, self.units, self.catalog = accounts, units, catalog

    def of(self, account: Account) -> AccountShown:
        """Say what an account is kept for."""
        if account.kind == "treasury" and account.parts[0] in LEVELS:
            part = LEVELS[account.parts[0]]
        elif account.kind == "refund_due":
            number = account.parts[0]
            part = Text(f"退付 {number}", f"refund {number}")
        elif len(account.parts) == 1:
            name = self.accounts.get(account.parts[0], account.parts[0])
            part = Text(name, name)
        else:
            unit, item_id = account.parts
            item = self.catalog.items.get(item_id)
            name = self.units.get(unit, unit)
            label = item.name if item is not None else Text(item_id, item_id)
            part = Text(f"{name} · {label.zh}", f"{name} · {label.en}")
        return AccountShown(str(account), KINDS[account.kind].label, part)


def names_of_accounts(session: Session, region: str) -> Names:
    """Gather the names that a region's accounts need."""
    return Names(
        account_names(session, region),
        {unit.unit_code: unit.name for unit in units_of(session, region, today())},
        edition_in_use(session),
    )


def _balances_shown(balances: Mapping[str, Balance], names: Names) -> list[BalanceShown]:
    """Give every account; refunds that are paid out are one line, however many there were."""
    rows: list[BalanceShown] = []
    done: list[BalanceShown] = []
    for code, kept in sorted(balances.items()):
        account = account_of(code)
        shown = _balance_shown(account, kept.debit_fen, kept.credit_fen, names)
        (done if account.kind == "refund_due" and not shown.balance.fen else rows).append(shown)
    if done:
        debit = sum(one.debit.fen for one in done)
        part = Text(f"已退清的 {len(done)} 笔", f"{len(done)} refunds paid out")
        told = AccountShown("refund_due", done[0].account.kind, part)
        at = next((n for n, one in enumerate(rows) if one.account.code > "refund_due"), len(rows))
        rows.insert(at, BalanceShown(told, Money(debit), Money(debit), Money(0), wrong_side=False))
    return rows


def _balance_shown(account: Account, debit: int, credit: int, names: Names) -> BalanceShown:
    grown = debit - credit if account.side == "debit" else credit - debit
    return BalanceShown(
        names.of(account), Money(debit), Money(credit), Money(abs(grown)), wrong_side=grown < 0
    )


def _entry_shown(entry: KeptEntry, names: Names) -> EntryShown:
    pairs = tuple(
        (names.of(one.debit), names.of(one.credit), one.amount) for one in entry.entry.postings
    )
    return EntryShown(
        id=entry.id,
        day=entry.day,
        posted_at=entry.posted_at,
        kind=ENTRY_KINDS.get(entry.entry.kind, Text(entry.entry.kind, entry.entry.kind)),
        subject=entry.entry.subject,
        reason=entry.entry.reason or "",
        pairs=pairs,
        total=Money(sum(one.amount.fen for one in entry.entry.postings)),
    )
