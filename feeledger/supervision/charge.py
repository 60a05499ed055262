"""A charge as an enterprise reports it, and what our own records say about it.

A report is a statement, not a finding. The evidence is gathered by ``actions.py`` from the catalog,
the notices, the tickets and the designated accounts; the rules in ``signals.py`` read nothing else.
A signal from another source (permits, a unit's bank statement) brings its own pair of values.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final, Literal

from feeledger.errors import Text
from feeledger.money import Money

HowPaid = Literal["cash", "transfer", "card", "mobile", "other"]

HOW_PAID_TEXTS: Final[Mapping[HowPaid, Text]] = {
    "cash": Text("现金", "cash"),
    "transfer": Text("转账", "bank transfer"),
    "card": Text("刷卡", "card"),
    "mobile": Text("扫码支付", "mobile payment"),
    "other": Text("其他方式", "another way"),
}


@dataclass(frozen=True, slots=True)
class ReportedCharge:
    """What was taken: by whom, for what, how much, when, how, into which account, on what ticket.

    ``arose_on`` is the day the duty arose (R-C1). "" stands for what was not said; ``payer`` is a
    credit code, or "" where the reporter gave none.
    """

    payer: str
    department: str
    unit_code: str
    item: str
    amount: Money
    charged_on: date
    arose_on: date
    how_paid: HowPaid
    account: str = ""
    ticket_no: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """Since when an item may be charged no more, by which document ("" where none was seen)."""

    on: date
    document: str


@dataclass(frozen=True, slots=True)
class Excess:
    """By how much a charge is over what the catalog lets be charged, and the day of the version."""

    on: date
    highest: Money
    over: Money


@dataclass(frozen=True, slots=True)
class Evidence:
    """What our records say of a charge.

    ``item_id`` is "" where the catalog knows no single such item; ``candidates`` then names those
    it may be. ``item_sure``: the name is official or an alias. ``unit_may_charge`` is None where
    neither catalog nor register says. ``excess`` stands only if the charge is over the standard by
    every version that could apply. ``designated`` are the accounts designated on the day of the
    charge, both while an announced change overlaps. ``paid_notice`` is the pay code of a paid
    notice for this charge, ``ticket_ours`` whether the ticket named is one of ours.
    """

    item_id: str = ""
    item_name: str = ""
    item_sure: bool = False
    candidates: tuple[str, ...] = ()
    unit_may_charge: bool | None = None
    unit_batches: bool = False
    service_fee: bool = False
    lawful_agent: bool = False
    ended: Ended | None = None
    excess: Excess | None = None
    designated: tuple[str, ...] = ()
    paid_notice: str = ""
    ticket_ours: bool = False
    edition_sha256: str = ""


def object_of(charge: ReportedCharge, evidence: Evidence) -> str:
    """Name the thing a signal is about: the same charge reported twice is one thing (R-S2).

    The name is a digest, since it stands where the payer may not be seen (R-S3). A charge whose
    payer is not known is a thing of its own: "" (it joins nothing).
    """
    if not charge.payer:
        return ""
    what = evidence.item_id or charge.item
    thing = f"{charge.payer}|{what}|{charge.amount}|{charge.charged_on}"
    return sha256(thing.encode()).hexdigest()


def unit_key_of(charge: ReportedCharge) -> str:
    """Name who charged: the unit's code, else the words of the report without blanks."""
    return charge.unit_code or "".join(charge.department.split())


def inputs_of(charge: ReportedCharge, evidence: Evidence) -> dict[str, object]:
    """Give all that the rules read, as plain data for the record (R-S4)."""
    ended = evidence.ended
    return {
        "charge": {
            "payer": charge.payer,
            "department": charge.department,
            "unit_code": charge.unit_code,
            "item": charge.item,
            "amount": str(charge.amount),
            "charged_on": charge.charged_on.isoformat(),
            "arose_on": charge.arose_on.isoformat(),
            "how_paid": charge.how_paid,
            "account": charge.account,
            "ticket_no": charge.ticket_no,
        },
        "evidence": {
            "item_id": evidence.item_id,
            "item_name": evidence.item_name,
            "item_sure": evidence.item_sure,
            "candidates": list(evidence.candidates),
            "unit_may_charge": evidence.unit_may_charge,
            "unit_batches": evidence.unit_batches,
            "service_fee": evidence.service_fee,
            "lawful_agent": evidence.lawful_agent,
            "ended": {"on": ended.on.isoformat(), "document": ended.document} if ended else None,
            "excess": _excess_document(evidence.excess),
            "designated": list(evidence.designated),
            "paid_notice": evidence.paid_notice,
            "ticket_ours": evidence.ticket_ours,
            "edition_sha256": evidence.edition_sha256,
        },
    }


def _excess_document(excess: Excess | None) -> dict[str, str] | None:
    if excess is None:
        return None
    return {
        "on": excess.on.isoformat(),
        "highest": str(excess.highest),
        "over": str(excess.over),
    }
