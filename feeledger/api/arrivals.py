"""The banks' door for money itself: arrivals, and bulk transfers in transit (R-B2a).

Both are safe to send again: the same message gets the first answer, byte for byte. What is refused
is kept with all that was told, because the money may have come all the same.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeVar

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
from feeledger.api.bank_schemas import (
    ArrivalAnswerSchema,
    ArrivalSchema,
    TransferAnswerSchema,
    TransferSchema,
)
from feeledger.api.door import handle_refusals
from feeledger.api.fields import load_message
from feeledger.api.openapi import Operation, describe
from feeledger.api.refusals import BankMessageRefused
from feeledger.errors import FeeLedgerError, Text
from feeledger.payments.outcome import Outcome
from feeledger.unmatched.actions import record_arrival, record_transfer
from feeledger.unmatched.arrival import ARRIVAL, IN_TRANSIT, Arrival, Payer, Transfer, Voucher

ERRORS: Final = (403, 404, 409, 413)
PAYER: Final = ("payer_name", "payer_account", "payer_bank")

Told = TypeVar("Told", Arrival, Transfer)

arrivals = Blueprint("api_arrivals", __name__, url_prefix="/api/v1/bank")
handle_refusals(arrivals)


@arrivals.post("/arrivals")
@describe(
    Operation(
        Text("银行告知资金到账", "A bank tells that money has arrived"),
        {201: ArrivalAnswerSchema},
        errors=ERRORS,
        body=ArrivalSchema,
        security="signature",
        tag="bank",
    )
)
def receive_arrival() -> Response:
    """Take in money of one serial; its confirmation may come before or after."""
    return _receive(ARRIVAL, read_arrival, record_arrival)


@arrivals.post("/transfers")
@describe(
    Operation(
        Text("银行告知在途资金划转", "A bank tells of a bulk transfer"),
        {201: TransferAnswerSchema},
        errors=ERRORS,
        body=TransferSchema,
        security="signature",
        tag="bank",
    )
)
def receive_transfer() -> Response:
    """Take in a bulk transfer with the payments it is made of, all or nothing."""
    return _receive(IN_TRANSIT, read_transfer, record_transfer)


def read_arrival(message: object) -> Arrival:
    """Read an arrival. Raises BankMessageRefused or AdviceMalformed."""
    told = load_message(ArrivalSchema(), message, refusal=BankMessageRefused)
    name, account, bank = (told.pop(field) for field in PAYER)
    return Arrival(payer=Payer(name, account, bank), **told)


def read_transfer(message: object) -> Transfer:
    """Read a transfer. Raises BankMessageRefused or AdviceMalformed."""
    told = load_message(TransferSchema(), message, refusal=BankMessageRefused)
    vouchers = tuple(Voucher(**voucher) for voucher in told.pop("vouchers"))
    return Transfer(vouchers=vouchers, **told)


def _receive(
    kind: str,
    read: Callable[[object], Told],
    record: Callable[..., Outcome],
) -> Response:
    """Verify, read, record and answer one message about money."""
    call = signed_call()
    message = json_of_call(call)
    told = (
        message if isinstance(message, FeeLedgerError) else found_or_refusal(lambda: read(message))
    )
    now: datetime = call.now

    def take(session: Session) -> dict[str, Any] | FeeLedgerError:
        if isinstance(told, FeeLedgerError):
            return told
        return found_or_refusal(record(session, told, bank=call.bank, now=now).receipt)

    named = message if isinstance(message, dict) else {}
    received = call.received(
        kind, region=region_of(named.get("region")), subject=str(named.get("trade_no") or "")
    )
    return bank_answer(settle_call(call, received, take), 201)
