"""Verify a voucher (R-D1): what a paper is worth, told only to whoever knows its check code."""

from typing import Any

from flask import Blueprint, Response

from feeledger.api.door import answer, count_public_call, handle_refusals, read_query
from feeledger.api.openapi import Operation, describe
from feeledger.api.record_schemas import VoucherAnswerSchema, VoucherQuerySchema
from feeledger.callers.actions import LOOKUPS
from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.money import Money
from feeledger.vouchers.queries import VoucherFound, verify_voucher

vouchers = Blueprint("api_vouchers", __name__, url_prefix="/api/v1")
handle_refusals(vouchers)


@vouchers.get("/vouchers/verify")
@describe(
    Operation(
        Text("查验一张票据", "Verify a voucher"),
        {200: VoucherAnswerSchema},
        errors=(429,),
        query=VoucherQuerySchema,
    )
)
def verify() -> Response:
    """Give what a paper is worth; a wrong check code and an unknown number are both ``unknown``."""
    count_public_call(LOOKUPS)
    asked = read_query(VoucherQuerySchema())
    with kit().store.read() as session:
        found = verify_voucher(session, asked["code"], int(asked["number"]), asked["check"])
    return answer(voucher_document(found))


def voucher_document(found: VoucherFound | None) -> dict[str, Any]:
    """Write what is recorded; a notice is no receipt."""
    if found is None:
        return {"state": "unknown", "voucher": None}
    voucher, notice = found.voucher, found.notice
    return {
        "state": found.standing,
        "voucher": {
            "pay_code": notice.pay_code,
            "payer_name": notice.payer_name,
            "unit": {"code": notice.unit_code, "name": notice.unit_name},
            "amount": str(Money(voucher.amount_fen)),
            "filled_on": notice.issued_on.isoformat(),
            "written_off": voucher.state == "written_off",
            "signatures": {
                "unit": {
                    "standing": found.unit.standing,
                    "fingerprint": found.unit.fingerprint or None,
                },
                "bureau": {
                    "standing": found.bureau.standing,
                    "fingerprint": found.bureau.fingerprint or None,
                },
            },
        },
    }
