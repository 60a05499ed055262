"""What each ``wp.*`` method means here: how it is read, and what it does in a transaction.

Each becomes the same value that the signed JSON calls and the frames make of theirs. The two amounts
of a bill are read as the family's other face writes them: pay_amount is the whole that is payable,
total_amount the amount of the bill, delay_amount the late fee between them (inferred).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from marshmallow import Schema
from sqlalchemy.orm import Session

from feeledger.api.fields import load_message
from feeledger.api.refusals import BankMessageRefused
from feeledger.api.wire_schemas import (
    AccountArrivalSchema,
    BillPaySchema,
    BillQuerySchema,
    BillRefundSchema,
)
from feeledger.errors import Text
from feeledger.money import Money, total_of
from feeledger.notices.queries import lines_of
from feeledger.notices.tables import NoticeLineRow
from feeledger.payments.actions import QueryAnswer, query_notice, record_payment
from feeledger.payments.advice import Advice, demand_pay_code
from feeledger.payments.refusal_actions import RefusedMessage, keep_refused
from feeledger.payments.refusals import NothingToReverse
from feeledger.payments.reversal import ReversalAdvice
from feeledger.payments.reversal_actions import record_reversal
from feeledger.payments.reversal_queries import serial_to_reverse
from feeledger.regions.queries import account_meant
from feeledger.unmatched.actions import record_arrival
from feeledger.unmatched.arrival import Arrival, Payer

FINANCE_ACCOUNT: Final = "1"  # rec_acctype: 财政专户
LIST_FORM: Final = "01"
NO_LIMIT: Final = "不限制"
PLACE: Final = "/biz_content"


@dataclass(frozen=True, slots=True)
class Moment:
    """Whose message it is, and when: our instant and day, and what the message says of its own."""

    bank: str
    now: datetime
    today: date
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class BillQuery:
    """A question for a bill."""

    pay_code: str
    crc_code: str | None


@dataclass(frozen=True, slots=True)
class BillRefund:
    """A bill whose payment is to be taken back; the serial of that payment, where it is named."""

    pay_code: str
    amount: Money
    trade_no: str | None


@dataclass(frozen=True, slots=True)
class Method:
    """One method. ``kind`` is that of a refused message's record, "" where none is kept.

    ``read`` raises BankMessageRefused, AdviceMalformed, PayCodeUnknown; ``take`` the bank's refusals,
    which are recorded by then.
    """

    schema: type[Schema]
    subject: str
    kind: str
    read: Callable[[Mapping[str, Any], str], Any]
    take: Callable[[Session, Any, Moment], dict[str, Any]]


def read_content(method: Method, content: object, zone: str) -> Any:
    """Read a message's content. Raises BankMessageRefused, AdviceMalformed, PayCodeUnknown."""
    try:
        told = load_message(method.schema(), content, refusal=BankMessageRefused)
    except BankMessageRefused as refusal:
        places = tuple((PLACE + place, text) for place, text in refusal.errors)
        raise BankMessageRefused(places) from refusal
    return method.read(told, zone)


def bill_document(told: QueryAnswer, lines: tuple[NoticeLineRow, ...], bank: str) -> dict[str, Any]:
    """Write a bill as ``wp.outer.bill.pay.query`` is answered; void and paid ones by billstats."""
    notice, account = told.notice, told.account
    original = told.amount
    whole = told.payable if told.status == "0" else original
    return {
        "billno": notice.pay_code,
        "crccode": notice.crc_code or "",
        "billdate": f"{notice.issued_on:%Y%m%d}",
        "pay_amount": str(whole),
        "total_amount": str(original),
        "delay_amount": str(Money(whole.fen - original.fen)),
        "billstats": told.status,
        "chg_code": notice.unit_code,
        "chg_name": notice.unit_name,
        "payer_name": notice.payer_name,
        "payer_acct": "",
        "payer_opbk": "",
        "rec_acctype": FINANCE_ACCOUNT,
        "rec_name": account.name if account else "",
        "rec_acct": account.printed_account if account else "",
        "rec_real_acct": account.account_no if account else "",
        "rec_opbk": account.bank_name if account else "",
        "rec_bkcode": account.cnaps if account else "",
        "interbank": "0" if account and account.bank == bank else "1",
        "remark": "",
        "paylistfmt": LIST_FORM,
        "paylist": bill_lines(lines, told.lines),
    }


def bill_lines(
    lines: tuple[NoticeLineRow, ...], amounts: tuple[Money, ...]
) -> list[dict[str, str]]:
    """Give the lines of a bill, one an item."""
    asked = zip(lines, amounts, strict=True)
    return paylist_of([(row.item_code, row.item_name, amount) for row, amount in asked])


def paylist_of(asked: Sequence[tuple[str, str, Money]]) -> list[dict[str, str]]:
    """Write amounts of items, one entry an item, with the seven parts that a PayInfo has (inferred)."""
    names = {code: name for code, name, _ in asked}
    sums = {code: total_of(amount for other, _, amount in asked if other == code) for code in names}
    return [
        {
            "item_code": code,
            "item_name": name,
            "amount": str(sums[code]),
            "unit": "项",
            "quantity": "1",
            "stdtype": NO_LIMIT,
            "bounds": "0.00-0.00",
        }
        for code, name in names.items()
    ]


def _read_query(told: Mapping[str, Any], _zone: str) -> BillQuery:
    demand_pay_code(told["billno"])
    return BillQuery(told["billno"], told["crccode"] or None)


def _tell_bill(session: Session, asked: BillQuery, moment: Moment) -> dict[str, Any]:
    found = query_notice(
        session,
        asked.pay_code,
        bank=moment.bank,
        today=moment.today,
        now=moment.now,
        crc_code=asked.crc_code,
    )
    lines = lines_of(session, found.notice.region, found.notice.id)
    return bill_document(found, lines, moment.bank)


def _read_pay(told: Mapping[str, Any], _zone: str) -> Advice:
    return Advice(
        pay_code=told["billno"],
        trade_no=told["trade_no"],
        amount=told["pay_amount"],
        account=told["rec_acct"],
        paid_at=told["pay_datetime"],
        payer_name=told["payer_name"] or None,
        payer_account=told["payer_acct"] or None,
        channel=told["paymode"] or None,
    )


def _take_pay(session: Session, advice: Advice, moment: Moment) -> dict[str, Any]:
    account = account_meant(
        session, advice.region, advice.account, bank=moment.bank, on=advice.paid_on
    )
    meant = replace(advice, account=account)
    answer = record_payment(session, meant, bank=moment.bank, now=moment.now).receipt()
    # "reversed" stands there where an early reversal took the payment back at once (R-R8).
    names = ("trade_no", "payment_id", "reversed")
    told = {name: answer[name] for name in names if name in answer}
    return told | {"billno": answer["pay_code"]}


def _read_refund(told: Mapping[str, Any], _zone: str) -> BillRefund:
    demand_pay_code(told["billno"])
    return BillRefund(told["billno"], told["pay_amount"], told["trade_no"])


def _take_refund(session: Session, asked: BillRefund, moment: Moment) -> dict[str, Any]:
    serial = asked.trade_no or serial_to_reverse(
        session, asked.pay_code, bank=moment.bank, at=moment.sent_at
    )
    if serial is None:
        refusal = _nothing_to_reverse()
        told = {"pay_code": asked.pay_code, "amount": str(asked.amount)}
        message = RefusedMessage(asked.pay_code[:6], moment.bank, "reversal", told)
        keep_refused(session, message, refusal, now=moment.now)
        raise refusal
    advice = ReversalAdvice(asked.pay_code, serial, asked.amount)
    answer = record_reversal(session, advice, bank=moment.bank, now=moment.now).receipt()
    names = ("trade_no", "payment_id", "reversal_id")
    return {name: answer[name] for name in names} | {"billno": answer["pay_code"]}


def _nothing_to_reverse() -> NothingToReverse:
    return NothingToReverse(
        Text(
            "该缴款书没有本行在报文时间之前缴清、尚可冲正的缴款；请核对，或以 trade_no 指明原流水。",
            "No payment of this bill by this bank, made before the message's own time, could be "
            "reversed; check it, or name the payment by trade_no.",
        )
    )


def _read_arrival(told: Mapping[str, Any], zone: str) -> Arrival:
    payer = Payer(
        told["payer_name"] or None, told["payer_acct"] or None, told["payer_opbk"] or None
    )
    return Arrival(
        region=zone,
        trade_no=told["trade_no"],
        account=told["rec_acct"],
        amount=told["amt"],
        arrived_at=told["arrival_time"],
        payer=payer,
    )


def _take_arrival(session: Session, arrival: Arrival, moment: Moment) -> dict[str, Any]:
    day = arrival.arrived_on
    account = account_meant(session, arrival.region, arrival.account, bank=moment.bank, on=day)
    meant = replace(arrival, account=account)
    answer = record_arrival(session, meant, bank=moment.bank, now=moment.now).receipt()
    return {name: answer[name] for name in ("trade_no", "status")}


BILL_METHODS: Final[Mapping[str, Method]] = {
    "wp.outer.bill.pay.query": Method(BillQuerySchema, "billno", "", _read_query, _tell_bill),
    "wp.outer.bill.pay": Method(BillPaySchema, "trade_no", "confirmation", _read_pay, _take_pay),
    "wp.outer.bill.refund": Method(
        BillRefundSchema, "billno", "reversal", _read_refund, _take_refund
    ),
    "wp.outer.account.arrival": Method(
        AccountArrivalSchema, "trade_no", "", _read_arrival, _take_arrival
    ),
}
