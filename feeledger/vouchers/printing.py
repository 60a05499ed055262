"""A complete voucher as PDF, printed from the content that the bureau signed and from nothing else.

Pure but for its own template and the fonts. What is printed cannot differ from what was signed: no
name and no amount is looked up again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final

from feeledger.money import format_cny, parse_amount
from feeledger.notices.printing import group_in_fours, printable, qr_svg, typeset
from feeledger.signatures import signature_in

TEMPLATE: Final = Path(__file__).resolve().parent / "voucher.typ"
COMPLETE: Final = "已缴款，完整票据 COMPLETE"
RED: Final = "已红冲，不得作凭证 CANCELLED"


@dataclass(frozen=True, slots=True)
class VoucherSheet:
    """What is printed: the signed content, the bureau's signature, whether it was cancelled since."""

    content: Mapping[str, Any]
    bureau_signature: str
    is_red: bool = False
    demo: bool = False


def voucher_pdf(sheet: VoucherSheet) -> bytes:
    """Print one voucher. Raises GlyphMissing."""
    said = sheet.content
    filled_on = date.fromisoformat(said["filled_on"])
    inputs = {
        "title": f"{said['title']} {said['ticket_code']} {said['number']}",
        "voucher": json.dumps(_data_of(sheet), ensure_ascii=False),
    }
    return typeset(TEMPLATE, inputs, datetime.combine(filled_on, time(), UTC))


def _data_of(sheet: VoucherSheet) -> dict[str, object]:
    """Turn the content into the template's data: texts only."""
    said = sheet.content
    return {
        "heading": f"{printable(said['region_name'])}{said['title']}",
        "stamp": RED if sheet.is_red else COMPLETE,
        "demo": sheet.demo,
        "qr": qr_svg(f"{said['ticket_code']} {said['number']} {said['check_code']}"),
        "ticket-code": said["ticket_code"],
        "number": said["number"],
        "check-code": said["check_code"],
        "pay-code": group_in_fours(said["pay_code"]),
        "filled-on": said["filled_on"],
        "paid-on": said["paid_on"] or "—",
        "trade-no": printable(said["trade_no"]) or "—",
        "unit-code": printable(said["unit"]["code"]),
        "unit-name": printable(said["unit"]["name"]),
        "payer": _party_of(said["payer"]),
        "payee": _party_of(said["payee"]),
        "lines": [_line_of(line) for line in said["lines"]],
        "late-fee": _unless_nothing(said["late_fee"]),
        "refunded": _unless_nothing(said["refunded"]),
        "words": said["amount_in_words"],
        "total": _yuan(said["amount"]),
        "currency": said["currency"],
        "operator": printable(said["operator"]),
        "remark": printable(said["remark"]),
        "unit-signature": _signed(said["unit_signature"]),
        "bureau-signature": _signed(sheet.bureau_signature),
    }


def _party_of(party: Mapping[str, str]) -> dict[str, str]:
    return {name: printable(text) or "—" for name, text in party.items()}


def _line_of(line: Mapping[str, str]) -> dict[str, str]:
    return {
        "code": printable(line["item_code"]),
        "name": printable(line["item_name"]),
        "quantity": printable(line["quantity"]),
        "standard": printable(line["standard"]),
        "amount": _yuan(line["amount"]),
    }


def _yuan(text: str) -> str:
    return format_cny(parse_amount(text), "zh")


def _unless_nothing(text: str) -> str:
    return _yuan(text) if parse_amount(text) else ""


def _signed(text: str) -> str:
    """Name the key and the instant of a signature."""
    signature = signature_in(text)
    return (
        "—"
        if signature is None
        else f"{signature.keyid} {signature.signed_at:%Y-%m-%d %H:%M:%S} UTC"
    )
