"""What is told of a payment and of its reversal to those who subscribed (docs/webhooks.md).

On PostgreSQL the database's ``enqueue_payment`` makes the same of a payment.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from feeledger.notices.notification_queries import happening_of_notice
from feeledger.outbox.actions import Happening
from feeledger.payments.advice import Advice
from feeledger.payments.reversal import ReversalAdvice

NOT_TOLD = {"result", "status"}


def happening_of_payment(
    session: Session, advice: Advice, answer: Mapping[str, Any], *, notice_id: int, bank: str
) -> Happening:
    """Give whom a payment concerns, and its data: the bank's answer, its advice, the notice."""
    notice = happening_of_notice(session, advice.region, notice_id)
    told = {name: value for name, value in answer.items() if name not in NOT_TOLD}
    payload = {
        **told,
        **notice.payload,
        "bank": bank,
        "channel": advice.channel,
        "payer_name": advice.payer_name,
        "payer_account": advice.payer_account,
    }
    return Happening(notice.units, notice.uscc, payload)


def happening_of_early_reversal(
    session: Session, advice: ReversalAdvice, *, notice_id: int, bank: str, now: datetime
) -> Happening:
    """Give whom an early reversal concerns, and its data: what the bank told, the notice."""
    notice = happening_of_notice(session, advice.region, notice_id)
    payload = {
        **notice.payload,
        "pay_code": advice.pay_code,
        "trade_no": advice.trade_no,
        "amount": str(advice.amount),
        "reason": advice.reason,
        "bank": bank,
        "received_at": now.isoformat(),
    }
    return Happening(notice.units, notice.uscc, payload)


def happening_of_reversal(
    session: Session, region: str, answer: Mapping[str, Any], reversal: Mapping[str, Any]
) -> Happening:
    """Give whom a reversal concerns, and its data: the bank's answer, its reason, the notice."""
    notice = happening_of_notice(session, region, reversal["notice"])
    told = {name: value for name, value in answer.items() if name not in NOT_TOLD}
    why = {name: reversal[name] for name in ("bank", "reason", "was_early")}
    return Happening(notice.units, notice.uscc, {**told, **notice.payload, **why})
