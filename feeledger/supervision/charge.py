"""A charge as an enterprise reports it, and what our own records say about it.

A report is a statement, not a finding. The evidence is gathered by ``actions.py`` from the catalog,
the notices, the tickets and the designated accounts; the rules in ``signals.py`` read nothing else.
A signal from another source (permits, a unit's bank statement) brings its own pair of values.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from feeledger.catalog.items import CollectedBy
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
# How a lawful agent is recognised by its name: those who collect for others, by law.
AGENT_WORDS: Final[Mapping[CollectedBy, tuple[str, ...]]] = {
    "tax": ("税务", "海关"),
    "grid": ("供电", "电力", "电网"),
    "water": ("供水", "自来水", "水务", "排水"),
    "railway": ("铁路",),
    "court": ("法院",),
    "central": ("国家", "海关", "民航", "海事", "知识产权"),
}


@dataclass(frozen=True, slots=True)
class Charge:
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
class Standard:
    """The most that the catalog lets a department charge for the base, by the version of a day."""

    on: date
    highest: Money


@dataclass(frozen=True, slots=True)
class Evidence:
    """What our records say of a charge.

    ``item_id`` is "" where the catalog knows no such item; ``unit_may_charge`` None where the
    catalog or register does not say. ``standards`` are those of the day the duty arose and of the
    day of the charge, as far as they can be worked out. ``designated`` are the accounts designated
    on the day of the charge, overlap of an announced change included. ``paid_notice`` is the pay
    code of a paid notice for this charge, ``ticket_ours`` whether the ticket named is one of ours.
    """

    item_id: str = ""
    item_name: str = ""
    candidates: tuple[str, ...] = ()
    unit_may_charge: bool | None = None
    unit_batches: bool = False
    service_fee: bool = False
    lawful_agent: bool = False
    ended: Ended | None = None
    standards: tuple[Standard, ...] = ()
    designated: tuple[str, ...] = ()
    paid_notice: str = ""
    ticket_ours: bool = False
    catalog_sha256: str = ""


def is_lawful_agent(collected_by: CollectedBy, department: str) -> bool:
    """Say whether who charged is the agent that the item's way of collection names."""
    return any(word in department for word in AGENT_WORDS.get(collected_by, ()))


def object_of(charge: Charge, evidence: Evidence) -> str:
    """Name the thing a signal is about: the same charge reported twice is one thing (R-S2).

    A charge whose payer is not known is a thing of its own: "" (it joins nothing).
    """
    if not charge.payer:
        return ""
    what = evidence.item_id or charge.item
    return f"{charge.payer}|{what}|{charge.amount}|{charge.charged_on}"


def unit_key_of(charge: Charge) -> str:
    """Name who charged: the unit's code, else the words of the report without blanks."""
    return charge.unit_code or "".join(charge.department.split())


def inputs_of(charge: Charge, evidence: Evidence) -> dict[str, object]:
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
            "candidates": list(evidence.candidates),
            "unit_may_charge": evidence.unit_may_charge,
            "unit_batches": evidence.unit_batches,
            "service_fee": evidence.service_fee,
            "lawful_agent": evidence.lawful_agent,
            "ended": {"on": ended.on.isoformat(), "document": ended.document} if ended else None,
            "standards": [
                {"on": one.on.isoformat(), "highest": str(one.highest)}
                for one in evidence.standards
            ],
            "designated": list(evidence.designated),
            "paid_notice": evidence.paid_notice,
            "ticket_ours": evidence.ticket_ours,
            "catalog_sha256": evidence.catalog_sha256,
        },
    }
