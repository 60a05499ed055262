"""Verify a receipt: what the books say of a pay code to whoever also knows its amount or serial."""

from typing import Any

from flask import Blueprint, Response

from feeledger.api.door import answer, count_public_call, handle_refusals, read_query
from feeledger.api.fields import load_message
from feeledger.api.openapi import Operation, describe
from feeledger.api.record_schemas import PayCodeSchema, ReceiptAnswerSchema, ReceiptQuerySchema
from feeledger.api.refusals import MessageRefused
from feeledger.api.schemas import PAY_CODE_PATTERN
from feeledger.callers.actions import LOOKUPS
from feeledger.doors import caller_here, kit
from feeledger.errors import Missing, Text
from feeledger.payments.receipt_actions import ReceiptFound, verify_receipt

receipts = Blueprint("api_receipts", __name__, url_prefix="/api/v1")
handle_refusals(receipts)


class ReceiptUnmatched(Missing):
    """Nothing is recorded that fits all that was given; unknown, wrong and too many look alike."""

    code = "receipt-unmatched"
    title = Text("没有相符的记录", "Nothing recorded fits")


@receipts.get("/receipts/<pay_code>")
@describe(
    Operation(
        Text("查验一笔缴款", "Verify a receipt"),
        {200: ReceiptAnswerSchema},
        errors=(404, 429),
        path={"pay_code": PAY_CODE_PATTERN},
        query=ReceiptQuerySchema,
    )
)
def show_receipt(pay_code: str) -> Response:
    """Give what is recorded; raises ReceiptUnmatched."""
    count_public_call()
    asked = read_query(ReceiptQuerySchema())
    load_message(PayCodeSchema(), {"pay_code": pay_code})
    amount, trade_no = asked.get("amount"), asked.get("trade_no", "")
    if amount is None and not trade_no:
        fault = Text("金额和流水号至少给一个", "give the amount, or the bank's serial")
        raise MessageRefused((("/amount", fault),))
    with kit().store.write() as session:
        found = verify_receipt(
            session,
            pay_code,
            amount=amount,
            trade_no=trade_no,
            caller=caller_here(LOOKUPS),
            now=kit().clock.wall(),
        )
    if found is None:
        raise ReceiptUnmatched(
            Text(
                "没有与所给内容全部相符的记录，请核对；连续多次不符须过 15 分钟再试。",
                "Nothing is recorded that fits all that was given; check it. After several tries "
                "wait 15 minutes.",
            )
        )
    return answer(receipt_document(found))


def receipt_document(found: ReceiptFound) -> dict[str, Any]:
    """Write what the books say; a notice without payment is no receipt (``notice_only``)."""
    notice, payment, paid = found.notice, found.payment, found.paid
    return {
        "pay_code": notice.pay_code,
        "state": found.state,
        "amount": str(found.noticed),
        "paid": None if paid is None else str(paid),
        "paid_on": None if payment is None else payment.bank_day.isoformat(),
        "bank": None if payment is None else payment.bank,
        "unit": {"code": notice.unit_code, "name": notice.unit_name},
        "issued_on": notice.issued_on.isoformat(),
    }
