"""The banks' door for reversals (冲正): a payment taken back in full, safe to send again (R-R8)."""

from typing import Any, Final

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from feeledger.api.bank import bank_answer
from feeledger.api.bank_calls import (
    found_or_refusal,
    json_of_call,
    region_of,
    settle_call,
    signed_call,
)
from feeledger.api.bank_schemas import ReversalAnswerSchema, ReversalSchema
from feeledger.api.door import handle_refusals
from feeledger.api.fields import load_message
from feeledger.api.openapi import Operation, describe
from feeledger.api.refusals import BankMessageRefused
from feeledger.errors import FeeLedgerError, Text
from feeledger.payments.refusal_actions import RefusedMessage, keep_refused
from feeledger.payments.reversal import ReversalAdvice
from feeledger.payments.reversal_actions import record_reversal

ERRORS: Final = (403, 404, 409, 413)
KIND: Final = "reversal"

reversals = Blueprint("api_reversals", __name__, url_prefix="/api/v1/bank")
handle_refusals(reversals)


@reversals.post("/reversals")
@describe(
    Operation(
        Text("银行冲正一笔缴款", "A bank reverses a payment"),
        {201: ReversalAnswerSchema},
        errors=ERRORS,
        body=ReversalSchema,
        security="signature",
        tag="bank",
    )
)
def receive_reversal() -> Response:
    """Take a payment back; the same reversal again gets the first answer."""
    call = signed_call()
    message = json_of_call(call)
    advice = (
        message
        if isinstance(message, FeeLedgerError)
        else found_or_refusal(lambda: read_reversal(message))
    )
    told = message if isinstance(message, dict) else {}
    region = region_of(told.get("pay_code"))

    def take(session: Session) -> dict[str, Any] | FeeLedgerError:
        if isinstance(advice, FeeLedgerError):
            refused = RefusedMessage(region, call.bank, KIND, told)
            keep_refused(session, refused, advice, now=call.now)
            return advice
        outcome = record_reversal(session, advice, bank=call.bank, now=call.now)
        return found_or_refusal(outcome.receipt)

    received = call.received(KIND, region=region, subject=str(told.get("trade_no") or ""))
    return bank_answer(settle_call(call, received, take), 201)


def read_reversal(message: object) -> ReversalAdvice:
    """Read a reversal. Raises BankMessageRefused, AdviceMalformed or PayCodeUnknown."""
    return ReversalAdvice(**load_message(ReversalSchema(), message, refusal=BankMessageRefused))
