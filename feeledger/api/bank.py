"""The banks' door: query a notice, confirm a payment, ask by one's own serial.

Every call is signed. Precedence: signature, media type and JSON, format (10002), then the rules of
R-B1 and R-B2. A repeated confirmation gets the first answer, byte for byte and with its status.
"""

from typing import Any, Final

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from feeledger.api.bank_calls import (
    found_or_refusal,
    json_of_call,
    region_of,
    settle_call,
    signed_call,
)
from feeledger.api.bank_schemas import (
    AdviceSchema,
    CheckCodeQuerySchema,
    NoticeAnswerSchema,
    PaymentAnswerSchema,
    RegionQuerySchema,
    SerialSchema,
)
from feeledger.api.door import handle_refusals, read_query
from feeledger.api.fields import load_message
from feeledger.api.flat_reading import FlatReader
from feeledger.api.openapi import Operation, describe
from feeledger.api.refusals import BankMessageRefused
from feeledger.api.schemas import PAY_CODE_PATTERN, SERIAL_PATTERN
from feeledger.doors import kit
from feeledger.errors import FeeLedgerError, Text
from feeledger.money import Money
from feeledger.payments.actions import (
    QueryAnswer,
    answer_of_trade,
    query_notice,
    record_payment,
)
from feeledger.payments.advice import SUCCESS, Advice
from feeledger.payments.refusal_actions import RefusedMessage, keep_refused
from feeledger.store import NATION, canonical_json

ERRORS: Final = (403, 404, 409, 413)

ADVICE: Final = AdviceSchema()
ADVICE_READER: Final = FlatReader(ADVICE)
bank = Blueprint("api_bank", __name__, url_prefix="/api/v1/bank")
handle_refusals(bank)


@bank.get("/notices/<pay_code>")
@describe(
    Operation(
        Text("银行查询缴款通知", "A bank queries a notice"),
        {200: NoticeAnswerSchema},
        errors=ERRORS,
        path={"pay_code": PAY_CODE_PATTERN},
        query=CheckCodeQuerySchema,
        security="signature",
        tag="bank",
    )
)
def tell_notice(pay_code: str) -> Response:
    """Tell what is payable today, and remember that this bank asked."""
    call = signed_call()
    asked = found_or_refusal(lambda: read_query(CheckCodeQuerySchema(), refusal=BankMessageRefused))
    today = kit().clock.today()

    def look(session: Session) -> QueryAnswer | FeeLedgerError:
        if isinstance(asked, FeeLedgerError):
            return asked
        return found_or_refusal(
            lambda: query_notice(
                session,
                pay_code,
                bank=call.bank,
                today=today,
                now=call.now,
                crc_code=asked.get("crc_code"),
            )
        )

    received = call.received("query", region=region_of(pay_code), subject=pay_code)
    return bank_answer(notice_document(settle_call(call, received, look)), 200)


@bank.post("/payments")
@describe(
    Operation(
        Text("银行确认收款", "A bank confirms a payment"),
        {201: PaymentAnswerSchema},
        errors=ERRORS,
        body=AdviceSchema,
        security="signature",
        tag="bank",
    )
)
def receive_payment() -> Response:
    """Take in one payment; safe to send again. What is clear never comes here (``lane.py``)."""
    call = signed_call()
    message = json_of_call(call)
    advice = (
        message
        if isinstance(message, FeeLedgerError)
        else found_or_refusal(lambda: read_advice(message))
    )

    told = message if isinstance(message, dict) else {}
    region, serial = region_of(told.get("pay_code")), told.get("trade_no")

    def take(session: Session) -> dict[str, Any] | FeeLedgerError:
        if isinstance(advice, FeeLedgerError):
            refused = RefusedMessage(region, call.bank, "confirmation", told)
            keep_refused(session, refused, advice, now=call.now)
            return advice
        outcome = record_payment(session, advice, bank=call.bank, now=call.now)
        return found_or_refusal(outcome.receipt)

    received = call.received("confirmation", region=region, subject=str(serial or ""))
    return bank_answer(settle_call(call, received, take), 201)


@bank.get("/payments/<trade_no>")
@describe(
    Operation(
        Text("按银行流水号查询缴款", "A bank asks by its own serial"),
        {200: PaymentAnswerSchema},
        errors=ERRORS,
        path={"trade_no": SERIAL_PATTERN},
        query=RegionQuerySchema,
        security="signature",
        tag="bank",
    )
)
def tell_payment(trade_no: str) -> Response:
    """Give the first answer to an accepted confirmation again."""
    call = signed_call()
    asked = found_or_refusal(lambda: read_serial(trade_no))

    def look(session: Session) -> dict[str, Any] | FeeLedgerError:
        if isinstance(asked, FeeLedgerError):
            return asked
        region: str = asked["region"]
        return found_or_refusal(lambda: answer_of_trade(session, region, trade_no, bank=call.bank))

    region = NATION if isinstance(asked, FeeLedgerError) else asked["region"]
    received = call.received("serial", region=region, subject=trade_no)
    return bank_answer(settle_call(call, received, look), 200)


def read_advice(message: object) -> Advice:
    """Read a confirmation.

    Raises BankMessageRefused, AdviceMalformed or PayCodeUnknown.
    """
    told = ADVICE_READER.read(message)
    if told is None:
        told = load_message(ADVICE, message, refusal=BankMessageRefused)
    return Advice(**told)


def read_serial(trade_no: str) -> dict[str, Any]:
    """Read the question by a serial; raises BankMessageRefused."""
    asked: dict[str, Any] = read_query(RegionQuerySchema(), refusal=BankMessageRefused)
    load_message(SerialSchema(), {"trade_no": trade_no}, refusal=BankMessageRefused)
    return asked


def notice_document(told: QueryAnswer) -> dict[str, Any]:
    """Write what a bank is told of a notice; void and paid ones have nothing payable."""
    notice, account = told.notice, told.account
    open_amount = told.payable if told.status == "0" else Money(0)
    return {
        "result": SUCCESS,
        "pay_code": notice.pay_code,
        "status": told.status,
        "amount": str(told.amount),
        "payable": str(open_amount),
        "payer_name": notice.payer_name,
        "payer_credit_code": notice.uscc,
        "unit": {"code": notice.unit_code, "name": notice.unit_name},
        "issued_on": notice.issued_on.isoformat(),
        "due_on": notice.due_on.isoformat(),
        "valid_until": notice.valid_until.isoformat(),
        "account": None
        if account is None
        else {
            "account_no": account.account_no,
            "printed_account": account.printed_account,
            "name": account.name,
            "bank_name": account.bank_name,
            "cnaps": account.cnaps,
        },
    }


def bank_answer(document: dict[str, Any], status: int) -> Response:
    """Answer in the one canonical form, so that a repeated answer is equal byte for byte."""
    response = Response(canonical_json(document), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
