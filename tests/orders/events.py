"""The events of the model, done to the real books, and what then stands there."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feeledger.errors import FeeLedgerError
from feeledger.ledger.actions import close_day
from feeledger.ledger.tables import EntryRow, PostingRow
from feeledger.money import parse_amount
from feeledger.notices.tables import NoticeRow
from feeledger.payments.actions import record_payment
from feeledger.payments.reversal import ReversalAdvice
from feeledger.payments.reversal_actions import record_reversal
from feeledger.payments.reversal_tables import EarlyReversalRow
from feeledger.payments.tables import PaymentRow
from feeledger.payments.tables import UnmatchedReceiptRow as Receipt
from tests.builders import (
    BANK,
    CLERK,
    NOW,
    PAYER_ACCOUNT,
    REGION,
    TODAY,
    a_paid_refund,
    a_query,
    an_advice,
)
from tests.orders.model import Event, Verdict
from tests.unmatched.books import arrive


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


class Books:
    """One notice in one open transaction: each event is a savepoint of its own."""

    def __init__(self, session: Session, notice: NoticeRow) -> None:
        self.session, self.notice, self.days = session, notice, 0
        self.now = NOW

    def take(self, event: Event) -> Verdict:
        """Do an event as its door would, in a transaction that an error undoes."""
        self.now += timedelta(seconds=1)
        self.session.expire_all()
        try:
            with self.session.begin_nested():
                verdict: Verdict = getattr(self, f"_{event.what}")(event)
        except FeeLedgerError:
            return "refused"
        return verdict

    def _query(self, _: Event) -> Verdict:
        a_query(self.session, self.notice)
        return "accepted"

    def _close(self, _: Event) -> Verdict:
        day = TODAY + timedelta(days=self.days)
        after = day + timedelta(days=1)
        close_day(self.session, REGION, day, next_day=after, by=CLERK, now=self.now)
        self.days += 1
        return "accepted"

    def _confirm(self, event: Event) -> Verdict:
        told = {"amount": yuan(event.fen), "payer_account": PAYER_ACCOUNT}
        advice = an_advice(self.notice, event.serial, **told)
        outcome = record_payment(self.session, advice, bank=BANK, now=self.now)
        if outcome.answer is not None and not outcome.repeated and outcome.answer.get("reversed"):
            return "reversed at once"
        return verdict_of(outcome)

    def _arrive(self, event: Event) -> Verdict:
        told = {"amount": yuan(event.fen), "pay_code": self.notice.pay_code}
        return verdict_of(arrive(self.session, event.serial, now=self.now, **told))

    def _reverse(self, event: Event) -> Verdict:
        advice = ReversalAdvice(self.notice.pay_code, event.serial, parse_amount(yuan(event.fen)))
        outcome = record_reversal(self.session, advice, bank=BANK, now=self.now)
        verdict = verdict_of(outcome)
        waits = select(EarlyReversalRow.trade_no).where(
            EarlyReversalRow.trade_no == event.serial, EarlyReversalRow.last_at == self.now
        )
        return "kept" if verdict == "refused" and self.session.scalar(waits) else verdict

    def _refund(self, event: Event) -> Verdict:
        a_paid_refund(self.session, self.notice, yuan(event.fen))
        return "accepted"

    def state(self) -> dict[str, object]:
        """Say what stands in the words of the model; the accounts are added up from postings."""
        paid = select(PaymentRow.trade_no, PaymentRow.state)
        free = select(Receipt.trade_no, Receipt.amount_fen).where(Receipt.state == "received")
        notice = select(NoticeRow.status, NoticeRow.refunded_fen)
        status, refunded = self.session.execute(notice).one()
        return {
            "status": status,
            "refunded": refunded,
            "payments": dict(map(tuple, self.session.execute(paid))),
            "free money": dict(map(tuple, self.session.execute(free))),
            "balances": self._balances(),
        }

    def _balances(self) -> dict[str, int]:
        """Add up what each kind of account holds, debits less credits, in fen."""
        held: dict[str, int] = {}
        query = select(PostingRow.debit, PostingRow.credit, PostingRow.fen)
        for debit, credit, fen in self.session.execute(query):
            for account, moved in ((debit, fen), (credit, -fen)):
                kind = account.split("/")[0]
                held[kind] = held.get(kind, 0) + moved
        return {kind: fen for kind, fen in held.items() if fen}

    def entries(self) -> int:
        return self.session.scalar(select(func.count()).select_from(EntryRow)) or 0


def verdict_of(outcome: Any) -> Verdict:
    if outcome.refusal is not None:
        return "refused"
    return "repeated" if outcome.repeated else "accepted"
