"""The messages this door speaks: which fields they have, and what they become here.

Established are the names of all fields and the types of 8997 and of 8994, whose fields 5997 shares.
The types of 5996, and its use from a bank to the finance side, are inferred: docs/gateway.md.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from feeledger.clock import BEIJING
from feeledger.gateway.fields import Field, read_day, read_fields, read_time
from feeledger.gateway.payinfo import PayLine, write_pay_info
from feeledger.gateway.results import RESULTS, information_of
from feeledger.gateway.vouchers import Voucher
from feeledger.money import Money, parse_amount, total_of
from feeledger.notices.tables import NoticeLineRow
from feeledger.payments.actions import QueryAnswer
from feeledger.payments.advice import SUCCESS, Advice
from feeledger.payments.refusals import BankRefusal

QUERY: Final = "8997"
QUERY_ANSWER: Final = "5997"
CONFIRMATION: Final = "5996"
ANSWER: Final = "5001"
FINANCE_ACCOUNT: Final = "1"  # RecAcctType: 财政专户

QUERY_FIELDS: Final = (
    Field("PayCode", "String", 20, must=True),
    Field("PayMode", "NString", 2),
    Field("Hold1", "GBString", 100),
    Field("Hold2", "GBString", 100),
)
CONFIRMATION_FIELDS: Final = (
    Field("PayCode", "String", 20, must=True),
    Field("CfmDate", "Date", 8, must=True),
    Field("CfmTime", "Time", 6, must=True),
    Field("Amt", "Currency", 16, must=True),
    Field("BankOutlet", "GBString", 100),
    Field("Operator", "GBString", 30),
    Field("PayMode", "NString", 2),
    Field("TraNoBus", "String", 64, must=True, pattern=r"[0-9A-Za-z._-]+"),
    Field("PayerName", "GBString", 100),
    Field("PayerAcct", "String", 50),
    Field("PayerOpBk", "GBString", 100),
    Field("PayerOpBkNo", "String", 20),
    Field("RecAcctType", "NString", 2),
    Field("RecAcct", "String", 50, must=True, pattern=r"[0-9-]{8,32}"),
    Field("Hold1", "GBString", 100),
    Field("Hold2", "GBString", 100),
)


def read_query(voucher: Voucher) -> Mapping[str, str]:
    """Read a query; ``Hold1`` holds the voucher check code, if any. Raises FrameMalformed."""
    return read_fields(voucher, QUERY_FIELDS)


def read_confirmation(voucher: Voucher) -> Advice:
    """Read a confirmation as the advice it is; its account is the one that the bank names.

    Raises FrameMalformed, AdviceMalformed, PayCodeUnknown.
    """
    told = read_fields(voucher, CONFIRMATION_FIELDS)
    return Advice(
        pay_code=told["PayCode"],
        trade_no=told["TraNoBus"],
        amount=parse_amount(told["Amt"]),
        account=told["RecAcct"],
        paid_at=datetime.combine(
            read_day(told["CfmDate"]), read_time(told["CfmTime"]), tzinfo=BEIJING
        ),
        payer_name=told["PayerName"] or None,
        payer_account=told["PayerAcct"] or None,
        channel=told["PayMode"] or None,
    )


def success_voucher(msg_no: str, information: str = "") -> Voucher:
    """Write the voucher of a 5001 that says yes."""
    return {
        "OriMsgNo": msg_no,
        "Result": SUCCESS,
        "Information": information or RESULTS[SUCCESS].zh,
    }


def refusal_voucher(msg_no: str, refusal: BankRefusal) -> Voucher:
    """Write the voucher of a 5001 that says no."""
    return {"OriMsgNo": msg_no, "Result": refusal.result, "Information": information_of(refusal)}


def notice_voucher(told: QueryAnswer, lines: tuple[NoticeLineRow, ...], *, bank: str) -> Voucher:
    """Write a 5997: the notice as it stands, what is payable today, and the account to pay into."""
    notice, account = told.notice, told.account
    original = told.amount
    whole = told.payable if told.status == "0" else original
    pay_code = notice.pay_code or ""
    return {
        "AdmDivCode": notice.region,
        "PayCode": pay_code,
        "BillDate": _day(notice.issued_on),
        "ChgAgenCode": notice.unit_code,
        "ChgAgenName": notice.unit_name,
        "PayerName": notice.payer_name,
        "PayerCreditCode": notice.uscc,
        "Amt": str(whole),
        "OriAmt": str(original),
        "DelayAmt": str(Money(whole.fen - original.fen)),
        "PayStats": told.status,
        "RecAcctType": FINANCE_ACCOUNT,
        "RecName": account.name if account else "",
        "RecAcct": account.printed_account if account else "",
        "RecAcctReal": account.account_no if account else "",
        "RecOpBk": account.bank_name if account else "",
        "RecBankNo": account.cnaps if account else "",
        "IsInterBank": "0" if account and account.bank == bank else "1",
        "PayInfo": write_pay_info(pay_lines(lines, told.lines)),
    }


def pay_lines(lines: tuple[NoticeLineRow, ...], amounts: tuple[Money, ...]) -> tuple[PayLine, ...]:
    """Give the lines of a notice, each with what it asks, as PayInfo shows them: one an item."""
    names = {row.item_code: row.item_name for row in lines}
    asked = list(zip(lines, amounts, strict=True))
    return tuple(
        PayLine(code, name, total_of(amount for row, amount in asked if row.item_code == code))
        for code, name in names.items()
    )


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"
