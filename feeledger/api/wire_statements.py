"""A bank's end-of-day reconciliation by ``wp.outer.account.billfund``, and asking for its result.

What is established of the message is its name and date, accconfirm_no and translist of billno and
amount. Inferred or decided, and told in docs/wp.md: the other fields of a line, the account where none
is named, ``replaces`` for a correction, and that its result can be asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from sqlalchemy.orm import Session

from feeledger.api.fields import CodeField
from feeledger.api.refusals import BankMessageRefused
from feeledger.api.schemas import ACCOUNT_PATTERN
from feeledger.api.wire_lists import TransListField
from feeledger.api.wire_messages import PLACE, Method, Moment
from feeledger.api.wire_schemas import (
    MomentField,
    WireCountField,
    WireDayField,
    WireMoneyField,
    WireSchema,
)
from feeledger.clock import BEIJING
from feeledger.errors import Text
from feeledger.money import Money, total_of
from feeledger.payments.refusals import NoAccountAtBank
from feeledger.periods import beijing_date
from feeledger.reconciliation.refusals import StatementUnknown
from feeledger.reconciliation.request_actions import take_statement
from feeledger.reconciliation.request_queries import request_of
from feeledger.reconciliation.requests import RequestKey, statement_of
from feeledger.reconciliation.statements import DayLine
from feeledger.reconciliation.tables import ReconRequestRow
from feeledger.regions.queries import account_for, account_meant

TOTAL_MOST: Final = Money(999_999_999_999_999)
NUMBER_WORDS: Final = Text("1 至 64 个半角字符", "1 to 64 ASCII characters")


def number_field(**options: Any) -> CodeField:
    """Make a field for a number of the bank's: printable ASCII without blanks, as in a day file."""
    return CodeField(r"^[!-~]{1,64}$", means=NUMBER_WORDS, **options)


def some_account_field() -> CodeField:
    """Make a field for an account that need not be named."""
    means = Text("账号（8 至 32 位数字或横线）", "an account, 8 to 32 digits or dashes")
    return CodeField(ACCOUNT_PATTERN, means=means, load_default=None, allow_none=True)


class BillFundLineSchema(WireSchema):
    """One payment as the bank lists it."""

    billno = CodeField(r"^[0-9A-Za-z]{1,30}$", means=Text("缴款码", "a pay code"), required=True)
    trade_no = number_field(required=True)
    amount = WireMoneyField(required=True)
    pay_datetime = MomentField(load_default=None, allow_none=True)
    paymode = CodeField(
        r"^[0-9A-Za-z_-]{0,20}$",
        means=Text("渠道代码", "a channel"),
        load_default="",
        allow_none=True,
    )
    rec_acct = some_account_field()


class BillFundSchema(WireSchema):
    """wp.outer.account.billfund."""

    date = WireDayField(required=True)
    accconfirm_no = number_field(required=True)
    translist = TransListField(BillFundLineSchema, required=True)
    count = WireCountField(load_default=None, allow_none=True)
    rec_acct = some_account_field()
    replaces = CodeField(r"^[!-~]{0,64}$", means=NUMBER_WORDS, load_default="", allow_none=True)


class BillFundQuerySchema(WireSchema):
    """wp.outer.account.billfund.query."""

    date = WireDayField(required=True)
    accconfirm_no = number_field(required=True)
    rec_acct = some_account_field()


@dataclass(frozen=True, slots=True)
class BillFund:
    """A bank's statement as it was told; its account is known once the region is looked at."""

    region: str
    day: date
    number: str
    replaces: str
    accounts: frozenset[str]
    lines: tuple[DayLine, ...]


def refuse_content(place: str, zh: str, en: str) -> BankMessageRefused:
    """Make the refusal of a content that breaks the specification at a place."""
    return BankMessageRefused(((f"{PLACE}/{place}", Text(zh, en)),))


def demand_count(told: Mapping[str, Any]) -> None:
    """Demand as many lines as the message says there are. Raises BankMessageRefused."""
    count, found = told["count"], len(told["translist"])
    if count is not None and count != found:
        raise refuse_content("count", f"为 {count}，实有 {found} 笔", f"is {count}, found {found}")


def _read_billfund(told: Mapping[str, Any], zone: str) -> BillFund:
    demand_count(told)
    day: date = told["date"]
    lines = tuple(_line_of(number, line, day) for number, line in enumerate(told["translist"], 1))
    if total_of(line.amount for line in lines).fen > TOTAL_MOST.fen:
        raise refuse_content("translist", "合计过大", "adds up to too much")
    named = {told["rec_acct"], *(line["rec_acct"] for line in told["translist"])} - {None}
    return BillFund(
        zone, day, told["accconfirm_no"], told["replaces"] or "", frozenset(named), lines
    )


def _line_of(number: int, told: Mapping[str, Any], day: date) -> DayLine:
    """Read a line; one without a time stands at the beginning of the day."""
    place = f"translist/{number - 1}"
    if not told["amount"]:
        raise refuse_content(f"{place}/amount", "须大于零", "must be above zero")
    paid_at: datetime = told["pay_datetime"] or datetime.combine(day, time(), BEIJING)
    if beijing_date(paid_at) > day:
        raise refuse_content(
            f"{place}/pay_datetime", f"晚于 {day}；放入该日", f"is after {day}; tell it on its day"
        )
    channel = told["paymode"] or ""
    return DayLine(number, told["trade_no"], told["billno"], told["amount"], paid_at, channel, "")


def _take_billfund(session: Session, told: BillFund, moment: Moment) -> dict[str, Any]:
    key = _key_of(session, told, moment.bank)
    statement = statement_of(key, told.replaces, told.lines)
    refusal = take_statement(session, told.region, statement, now=moment.now)
    if refusal is not None:
        raise refusal
    return {
        "date": f"{told.day:%Y%m%d}",
        "accconfirm_no": told.number,
        "rec_acct": key.account,
        "status": "received",
    }


def _key_of(session: Session, told: BillFund, bank: str) -> RequestKey:
    """Give the batch's key: one real account. Raises BankMessageRefused, NoAccountAtBank."""
    accounts = {
        account_meant(session, told.region, one, bank=bank, on=told.day) for one in told.accounts
    }
    if len(accounts) > 1:
        raise refuse_content("translist", "一批须为一个账户", "is of one account in a batch")
    if not accounts:
        account = account_for(session, told.region, bank, told.day)
        if account is None:
            raise NoAccountAtBank(
                Text(
                    f"{told.day} 没有本行可收入的账户；请写明 rec_acct。",
                    f"On {told.day} this bank collects into no account; name it in rec_acct.",
                )
            )
        accounts = {account.account_no}
    return RequestKey(bank, accounts.pop(), told.day, told.number)


def _read_question(told: Mapping[str, Any], zone: str) -> BillFund:
    named = {told["rec_acct"]} - {None}
    return BillFund(zone, told["date"], told["accconfirm_no"], "", frozenset(named), ())


def _tell_result(session: Session, told: BillFund, moment: Moment) -> dict[str, Any]:
    row = request_of(session, told.region, _key_of(session, told, moment.bank))
    if row is None:
        raise StatementUnknown(
            Text(
                f"没有受理过 {told.day} 的批次 {told.number}。",
                f"No batch {told.number} of {told.day} was taken in.",
            )
        )
    return result_content(row.result) | _state_of(row)


def result_content(result: Mapping[str, Any] | None) -> dict[str, Any]:
    """Write a result as ``wp.account.billfund.confirm`` tells it; nothing while there is none."""
    if result is None:
        return {}
    names = ("accconfirm_no", "succeedcount", "failcount", "faillist")
    day = result["date"].replace("-", "")
    return {"date": day} | {name: result[name] for name in names}


def _state_of(row: ReconRequestRow) -> dict[str, Any]:
    return {
        "date": f"{row.day:%Y%m%d}",
        "accconfirm_no": row.accconfirm_no,
        "rec_acct": row.account_no,
        "status": row.state,
    }


STATEMENT_METHODS: Final[Mapping[str, Method]] = {
    "wp.outer.account.billfund": Method(
        BillFundSchema, "accconfirm_no", "", _read_billfund, _take_billfund
    ),
    "wp.outer.account.billfund.query": Method(
        BillFundQuerySchema, "accconfirm_no", "", _read_question, _tell_result
    ),
}
