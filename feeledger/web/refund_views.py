"""What pages about refunds show to payer and officer alike: names, limits, steps, days left."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from feeledger.doors import working_days
from feeledger.errors import Text
from feeledger.files import FILE_SIZE_MAX, FILES_MAX
from feeledger.money import Money
from feeledger.notices.tables import NoticeRow
from feeledger.payments.queries import payment_of_notice
from feeledger.refunds.queries import refunds_of_notice
from feeledger.refunds.refund import (
    ACCOUNT_TEXTS,
    APPLIED_AS_TEXTS,
    DAYS_TO_APPLY,
    DAYS_TO_DECIDE,
    DAYS_TO_FORWARD,
    DAYS_TO_PAY,
    DAYS_TO_VERIFY,
    GROUND_TEXTS,
    OPEN,
    ROUTE_TEXTS,
    STATE_TEXTS,
)
from feeledger.refunds.tables import RefundRow
from feeledger.refunds.timeline import days_left, step_to_come, steps_done
from feeledger.refunds.view_queries import RefundSeen, left_in_all, refundable_of_payment
from feeledger.web.present import today

PAYER: Final = "payer:"  # before the credit code: who applies from the enterprise's own page
STATE_TONES: Final = {
    "applied": "note",
    "unit_verified": "note",
    "forwarded": "note",
    "finance_approved": "warn",
    "paid": "good",
    "rejected": "bad",
    "withdrawn": "",
}
LIMITS: Final = Text(
    f"法定期限（工作日）：单位核实 {DAYS_TO_VERIFY} 日；财政审批 {DAYS_TO_DECIDE} 日"
    f"（涉及上级分成的 {DAYS_TO_FORWARD} 日内上报）；批准后 {DAYS_TO_PAY} 日内支付；"
    f"单位自行发现的，{DAYS_TO_APPLY} 日内申请。"
    "期限据所见的一部省级非税收入管理条例第十七条（所见摘录未载条例名称）。",
    f"Limits in working days: the unit verifies within {DAYS_TO_VERIFY}; finance decides within "
    f"{DAYS_TO_DECIDE}, or passes it up within {DAYS_TO_FORWARD} where an upper level has a part; it is "
    f"paid within {DAYS_TO_PAY} of approval; what the unit found itself it applies for within "
    f"{DAYS_TO_APPLY}. They are those of art. 17 of a provincial regulation on non-tax revenue, whose "
    "title is not in the excerpt seen.",
)


@dataclass(frozen=True, slots=True)
class RefundListed:
    """A refund in a list: working days left for its next step, below zero where it is overdue."""

    row: RefundRow
    left: int | None


def names_of_refunds() -> dict[str, Any]:
    """Give the names that pages about refunds need."""
    return {
        "refund_states": STATE_TEXTS,
        "refund_tones": STATE_TONES,
        "grounds": GROUND_TEXTS,
        "applied_as": APPLIED_AS_TEXTS,
        "account_kinds": ACCOUNT_TEXTS,
        "routes": ROUTE_TEXTS,
        "refund_limits": LIMITS,
        "files_max": FILES_MAX,
        "megabytes": FILE_SIZE_MAX // 1024 // 1024,
    }


def listed(row: RefundRow) -> RefundListed:
    """Give a refund as it stands in a list. Raises CalendarYearMissing."""
    if row.due_on is None or row.state not in OPEN:
        return RefundListed(row, None)
    return RefundListed(row, days_left(row.due_on, today(), working_days()))


def refunds_shown(session: Session, row: NoticeRow) -> dict[str, Any]:
    """Give what the payer's page of a notice shows of refunds: those there are, and what is left."""
    payment = payment_of_notice(session, row.region, row.id)
    lines = () if payment is None else refundable_of_payment(session, payment)
    return {
        "refunds": [listed(one) for one in refunds_of_notice(session, row.region, row.id)],
        "refundable": left_in_all(lines),
        "money_of_fen": Money,
        **names_of_refunds(),
    }


def steps_of(seen: RefundSeen) -> dict[str, Any]:
    """Give the steps taken and the one to come. Raises CalendarYearMissing."""
    calendar = working_days()
    return {
        "steps": steps_done(seen.moves, shared=seen.row.shared, calendar=calendar),
        "coming": step_to_come(
            seen.standing,
            due=seen.row.due_on,
            provisional=seen.row.due_provisional,
            today=today(),
            calendar=calendar,
        ),
    }
