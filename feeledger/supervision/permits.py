"""S08: an act of the log of permits that is charged for, without a notice or without its payment. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Final

from feeledger.errors import Text
from feeledger.money import Money
from feeledger.periods import Calendar, add_working_days
from feeledger.supervision.charge import Evidence, ReportedCharge, inputs_of
from feeledger.supervision.signals import Signal, rule_of

DAYS_TO_NOTICE: Final = 5  # working days from the act
DAYS_TO_PAY: Final = timedelta(days=30)  # after the due date of the notice


@dataclass(frozen=True, slots=True)
class GrantedAct:
    """An act that is charged for: who granted what to whom when, and what it comes to.

    ``pay_code`` and ``due_on`` are those of the notice that stands unpaid; "" and None: there is none.
    """

    act: int
    act_no: str
    kind: str
    payer: str
    unit_code: str
    unit_name: str
    item_id: str
    item_name: str
    acted_on: date
    recorded_by: str
    edition_sha256: str
    amount: Money
    pay_code: str = ""
    due_on: date | None = None


def notice_is_late(acted_on: date, *, today: date, calendar: Calendar) -> bool:
    """Say whether the five working days after an act are over. Raises CalendarYearMissing."""
    return today > add_working_days(calendar, acted_on, DAYS_TO_NOTICE).day


def thing_of_act(act: int) -> str:
    """Name an act as the thing of a case."""
    return sha256(f"act|{act}".encode()).hexdigest()


def charge_of_act(found: GrantedAct) -> tuple[ReportedCharge, Evidence]:
    """Put what an act owes as a report would tell of it."""
    charge = ReportedCharge(
        payer=found.payer,
        department=found.unit_name,
        unit_code=found.unit_code,
        item=found.item_name,
        amount=found.amount,
        charged_on=found.acted_on,
        arose_on=found.acted_on,
        how_paid="other",
    )
    evidence = Evidence(
        item_id=found.item_id,
        item_name=found.item_name,
        item_sure=True,
        edition_sha256=found.edition_sha256,
    )
    return charge, evidence


def signal_of_act(found: GrantedAct) -> Signal:
    """S08: no notice in five working days, or no payment thirty days after the notice's due date."""
    rule = rule_of("S08")
    inputs = inputs_of(*charge_of_act(found)) | {
        "act": {
            "number": found.act_no,
            "kind": found.kind,
            "acted_on": found.acted_on.isoformat(),
            "pay_code": found.pay_code,
            "due_on": found.due_on.isoformat() if found.due_on else "",
        }
    }
    return Signal("S08", rule.level, rule.version, _said(found), inputs)


def _said(found: GrantedAct) -> Text:
    act = f"“{found.kind}”（{found.act_no}）"
    if found.due_on is not None:
        return Text(
            f"{found.acted_on} 办理的{act}应收“{found.item_name}” {found.amount:,} 元，缴款码 {found.pay_code} 的"
            f"通知书 {found.due_on} 到期，其后 {DAYS_TO_PAY.days} 日仍未缴款。",
            f"{found.kind!r} ({found.act_no}) of {found.acted_on} owes {found.amount:,} for "
            f"{found.item_name!r}; the notice with pay code {found.pay_code} was due on {found.due_on} "
            f"and is unpaid {DAYS_TO_PAY.days} days later.",
        )
    return Text(
        f"{found.acted_on} 办理的{act}应收“{found.item_name}” {found.amount:,} 元，{DAYS_TO_NOTICE} 个工作日内"
        f"没有开具通知书。",
        f"{found.kind!r} ({found.act_no}) of {found.acted_on} owes {found.amount:,} for "
        f"{found.item_name!r}; no notice was issued within {DAYS_TO_NOTICE} working days.",
    )
