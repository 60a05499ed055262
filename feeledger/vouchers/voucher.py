"""A voucher's states, its codes and what it says.

    assigned ─unit signs→ issued_unsigned_by_finance ─paid, bureau signs→ complete
    complete ─owed = received→ written_off;  before payment: voided;  after a refund: red

Until the bureau has signed, the paper is a notice and no receipt (R-D1). The ticket code is region,
class, kind and year, two digits each; class 03 is the general payment voucher.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from feeledger.errors import Invalid, Text
from feeledger.money import Money, amount_in_words
from feeledger.signatures import canonical_bytes

STATES: Final = (
    "assigned",
    "issued_unsigned_by_finance",
    "complete",
    "written_off",
    "voided",
    "red",
)
STATE_LABELS: Final[Mapping[str, Text]] = {
    "assigned": Text("已赋码，待单位签章", "numbered, unit to sign"),
    "issued_unsigned_by_finance": Text("单位已签章（通知书）", "signed by the unit: a notice"),
    "complete": Text("完整票据（财政已监制签章）", "complete, signed by the bureau"),
    "written_off": Text("已核销", "written off"),
    "voided": Text("已作废", "void"),
    "red": Text("已红冲", "red, cancelled"),
}
TITLE: Final = "电子非税收入一般缴款书"
NUMBER_DIGITS: Final = 10
NUMBER_MOST: Final = 9_999_999_999
CHECK_LENGTH: Final = 6
# Letters and digits that are not mistaken for each other on paper.
CHECK_SIGNS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz"
CONTENT_VERSION: Final = 1
KIND_FORM: Final = re.compile(r"03[0-9]{2}")


class TicketKindRefused(Invalid):
    """A kind of voucher is not of the class of general payment vouchers."""

    code = "ticket-kind-refused"
    title = Text("票据种类不对", "The kind of voucher cannot be used")


@dataclass(frozen=True, slots=True)
class VoucherParty:
    """Who pays, or who is paid: name, account, bank, perhaps a credit code."""

    name: str
    account: str
    bank: str
    uscc: str = ""


@dataclass(frozen=True, slots=True)
class VoucherLine:
    """One line of a voucher."""

    item_code: str
    item_name: str
    quantity: str
    standard: str
    amount: Money


@dataclass(frozen=True, slots=True)
class VoucherSaid:
    """All that a complete voucher says."""

    region: str
    region_name: str
    pay_code: str
    unit_code: str
    unit_name: str
    ticket_code: str
    number: int
    check_code: str
    filled_on: date
    paid_on: date | None
    trade_no: str
    payer: VoucherParty
    payee: VoucherParty
    lines: Sequence[VoucherLine]
    late_fee: Money
    refunded: Money
    amount: Money
    operator: str
    remark: str
    unit_signature: str


def ticket_code_of(region: str, kind: str, year: int) -> str:
    """Give a ticket code: the province's two digits, class and kind, the year's two digits."""
    return f"{region[:2]}{kind}{year % 100:02d}"


def number_text(number: int) -> str:
    """Write a number with its ten digits."""
    return f"{number:0{NUMBER_DIGITS}d}"


def demand_kind(kind: str) -> None:
    """Demand a kind of class 03. Raises TicketKindRefused."""
    if not KIND_FORM.fullmatch(kind):
        raise TicketKindRefused(
            Text(
                f"票据种类“{kind[:20]}”须为 4 位数字并以 03（一般缴款书）开头，如 0301。",
                f"A kind is 4 digits that begin with 03, such as 0301; not {kind[:20]!r}.",
            )
        )


def content_of(said: VoucherSaid) -> dict[str, Any]:
    """Give what is frozen into a complete voucher and signed by the bureau: texts only."""
    return {
        "kind": "voucher",
        "version": CONTENT_VERSION,
        "title": TITLE,
        "region": said.region,
        "region_name": said.region_name,
        "pay_code": said.pay_code,
        "unit": {"code": said.unit_code, "name": said.unit_name},
        "ticket_code": said.ticket_code,
        "number": number_text(said.number),
        "check_code": said.check_code,
        "filled_on": said.filled_on.isoformat(),
        "paid_on": None if said.paid_on is None else said.paid_on.isoformat(),
        "trade_no": said.trade_no,
        "payer": _party(said.payer),
        "payee": _party(said.payee),
        "currency": "CNY",
        "lines": [
            {
                "item_code": line.item_code,
                "item_name": line.item_name,
                "quantity": line.quantity,
                "standard": line.standard,
                "amount": str(line.amount),
            }
            for line in said.lines
        ],
        "late_fee": str(said.late_fee),
        "refunded": str(said.refunded),
        "amount": str(said.amount),
        "amount_in_words": amount_in_words(said.amount),
        "operator": said.operator,
        "remark": said.remark,
        "unit_signature": said.unit_signature,
    }


def content_bytes(content: Mapping[str, Any]) -> bytes:
    """Give the bytes of a voucher's content that the bureau signs."""
    return canonical_bytes(content)


def _party(party: VoucherParty) -> dict[str, str]:
    return {
        "name": party.name,
        "account": party.account,
        "bank": party.bank,
        "uscc": party.uscc,
    }
