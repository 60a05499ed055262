"""Taking a payment back on its bank's word, once, whatever else comes at the same time (R-R8).

Every way that settles or reverses a notice locks the notice's row first, then the serial
(``bank_trade``), then holds the region's bank days open, then the payment's row, then the book's open
day; so two of them never wait for each other in a ring. Nothing is written before everything is
judged, but for the hold on the serial: it makes the clear way of a later confirmation leave the
serial to the long way, which looks for early reversals.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.ledger.actions import BookMissing, open_day_held, reverse_entry
from feeledger.money import Money
from feeledger.notices.notice import status_after_reversal
from feeledger.notices.tables import NoticeRow
from feeledger.outbox.actions import enqueue_notification
from feeledger.outbox.kinds import PAYMENT_REVERSED, REVERSAL_EARLY
from feeledger.payments.advice import Advice
from feeledger.payments.notification_queries import (
    happening_of_early_reversal,
    happening_of_reversal,
)
from feeledger.payments.outcome import Outcome
from feeledger.payments.queries import (
    CONFIRMATION,
    key_of_trade,
    payment_of_notice,
    reserved_of_payment,
)
from feeledger.payments.refusal_actions import (
    RefusedMessage,
    keep_refused,
    note_discrepancy,
    serial_reused,
)
from feeledger.payments.refusals import BankRefusal, RegionCannotBook
from feeledger.payments.reversal import (
    PaidView,
    ReversalAdvice,
    refusal_of_reversal,
    refusal_of_unknown,
    refusal_of_unpaid,
    refusal_of_void,
    reversal_answer,
)
from feeledger.payments.reversal_queries import (
    bank_day_is_closed,
    early_reversals_of,
    reversal_key,
)
from feeledger.payments.reversal_tables import EarlyReversalRow, ReversalRow
from feeledger.payments.tables import PaymentKeyRow, PaymentRow
from feeledger.payments.trade_actions import hold_trade
from feeledger.periods import beijing_date
from feeledger.regions.tables import RegionSettingRow
from feeledger.store import insert_for, new_id


@dataclass(frozen=True, slots=True)
class _Taking:
    """A reversal that was judged good, with what it takes back; the rows are locked."""

    advice: ReversalAdvice
    bank: str
    notice: NoticeRow
    payment: PaymentRow
    was_early: bool
    now: datetime


def record_reversal(
    session: Session, advice: ReversalAdvice, *, bank: str, now: datetime
) -> Outcome:
    """Take a payment back in full; the same reversal again gets the first answer (R-R8, R-B3).

    Never raises a refusal: the outcome holds it, and it is recorded. One that comes before its
    payment is kept for that payment (``early_reversal``).
    """
    notice = _locked_notice(session, advice)
    kept = reversal_key(session, advice.region, bank, advice.trade_no)
    if kept is not None:
        return _same_or_refuse(session, kept, advice, bank=bank, now=now)
    if notice is None or notice.status == "voided":
        refusal = refusal_of_void() if notice else refusal_of_unknown(advice)
        return _refuse(session, refusal, advice, bank=bank, now=now)
    try:
        return _judge_and_take(session, notice, advice, bank=bank, now=now)
    except BookMissing as error:
        cannot = RegionCannotBook(error.detail)
        return _refuse(session, cannot, advice, bank=bank, now=now)


def _judge_and_take(
    session: Session, notice: NoticeRow, advice: ReversalAdvice, *, bank: str, now: datetime
) -> Outcome:
    """Judge a reversal of a notice that is locked, and book it. Raises BookMissing."""
    hold_trade(session, advice.region, bank, advice.trade_no)
    hold_bank_days(session, advice.region)
    payment = _locked_payment(session, notice)
    refusal: BankRefusal | None
    if payment is None:
        early = _keep_if_early(session, notice, advice, bank=bank, now=now)
        refusal = refusal_of_unpaid(early=early)
        return _refuse(session, refusal, advice, bank=bank, now=now)
    refusal = refusal_of_reversal(advice, _view_of(session, notice, payment), bank=bank)
    if refusal is not None:
        _keep_if_early(session, notice, advice, bank=bank, now=now)
        return _refuse(session, refusal, advice, bank=bank, now=now)
    open_day_held(session, advice.region)
    taking = _Taking(advice, bank, notice, payment, was_early=False, now=now)
    return Outcome(answer=take_back(session, taking))


def early_reversal_for(session: Session, advice: Advice, *, bank: str) -> EarlyReversalRow | None:
    """Give the early reversal that a confirmation meets, of this accounting day (R-R8).

    The caller holds the notice's lock, which a reversal takes too. The open day is held. None where
    the payment's bank day is closed: it accepts no reversal (R-R5). Raises BookMissing.
    """
    early = early_reversals_of(session, advice.region, bank, advice.trade_no)
    fitting = [
        row
        for row in early
        if (row.pay_code, row.amount_fen) == (advice.pay_code, advice.amount.fen)
    ]
    if not fitting:
        return None
    hold_bank_days(session, advice.region)
    if bank_day_is_closed(session, advice.region, advice.paid_on):
        return None
    day = open_day_held(session, advice.region)
    return next((row for row in fitting if row.day == day), None)


def reverse_at_once(
    session: Session, early: EarlyReversalRow, payment_id: int, *, now: datetime
) -> dict[str, Any]:
    """Reverse the payment that an early reversal waited for, in the payment's own transaction."""
    payment = session.get_one(PaymentRow, (early.region, payment_id), populate_existing=True)
    notice = session.get_one(NoticeRow, (early.region, payment.notice), populate_existing=True)
    advice = ReversalAdvice(
        early.pay_code, early.trade_no, Money(early.amount_fen), reason=early.reason
    )
    taking = _Taking(advice, early.bank, notice, payment, was_early=True, now=now)
    return take_back(session, taking)


def take_back(session: Session, taking: _Taking) -> dict[str, Any]:
    """Bind the reversal's key, post the reverse entry, free the notice, keep the reversal."""
    advice, payment, notice, now = taking.advice, taking.payment, taking.notice, taking.now
    reversal_id = new_id(now)
    answer = reversal_answer(
        advice, reversal_id=reversal_id, payment_id=payment.id, received_at=now
    )
    _bind_key(session, taking, answer)
    entry = reverse_entry(session, advice.region, payment.entry, reason=advice.reason, now=now)
    payment.state = "reversed"
    notice.status = status_after_reversal(
        "paid", valid_until=notice.valid_until, today=beijing_date(now)
    )
    session.add(
        ReversalRow(
            region=advice.region,
            id=reversal_id,
            payment=payment.id,
            entry=entry,
            bank=taking.bank,
            kind="reversal",
            trade_no=advice.trade_no,
            amount_fen=advice.amount.fen,
            reason=advice.reason,
            was_early=taking.was_early,
            notice_status=notice.status,
            received_at=now,
        )
    )
    session.flush()
    _tell(session, taking, answer)
    return answer


def hold_bank_days(session: Session, region: str) -> None:
    """Keep the region's bank days from being closed until the transaction ends (R-R5)."""
    session.execute(
        select(RegionSettingRow.region)
        .where(RegionSettingRow.region == region)
        .with_for_update(read=True)
    )


def _locked_notice(session: Session, advice: ReversalAdvice) -> NoticeRow | None:
    query = select(NoticeRow).where(
        NoticeRow.region == advice.region, NoticeRow.pay_code == advice.pay_code
    )
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.scalar(locked)


def _locked_payment(session: Session, notice: NoticeRow) -> PaymentRow | None:
    """Give the payment that stands for a notice, locked after the notice itself."""
    found = payment_of_notice(session, notice.region, notice.id)
    if found is None:
        return None
    session.refresh(found, with_for_update={"key_share": True})
    return found


def _view_of(session: Session, notice: NoticeRow, payment: PaymentRow) -> PaidView:
    return PaidView(
        bank=payment.bank,
        trade_no=payment.trade_no,
        is_confirmed=payment.kind == CONFIRMATION,
        amount=Money(payment.amount_fen),
        state=payment.state,
        notice_status=notice.status,
        refunded=reserved_of_payment(session, payment.region, payment.id) > Money(0),
        day_is_closed=bank_day_is_closed(session, notice.region, payment.bank_day),
    )


def _same_or_refuse(
    session: Session, kept: PaymentKeyRow, advice: ReversalAdvice, *, bank: str, now: datetime
) -> Outcome:
    """Give the first answer to the same reversal; other content is a discrepancy (R-B3)."""
    if (kept.pay_code, kept.amount_fen) == (advice.pay_code, advice.amount.fen):
        return Outcome(answer=kept.answer, repeated=True)
    note_discrepancy(session, kept, advice.told(), now=now)
    return _refuse(session, serial_reused(advice.trade_no), advice, bank=bank, now=now)


def _keep_if_early(
    session: Session, notice: NoticeRow, advice: ReversalAdvice, *, bank: str, now: datetime
) -> bool:
    """Keep a reversal whose serial never paid, on the day that is open, and tell of it once.

    Raises BookMissing.
    """
    if key_of_trade(session, advice.region, bank, advice.trade_no) is not None:
        return False
    row = EarlyReversalRow
    statement = (
        insert_for(session, row)
        .values(
            region=advice.region,
            bank=bank,
            trade_no=advice.trade_no,
            day=open_day_held(session, advice.region),
            pay_code=advice.pay_code,
            amount_fen=advice.amount.fen,
            reason=advice.reason,
            first_at=now,
            last_at=now,
            times=1,
        )
        .on_conflict_do_update(
            index_elements=["region", "bank", "trade_no", "day", "pay_code", "amount_fen"],
            set_={"times": row.times + 1, "last_at": now},
        )
        .returning(row.times)
    )
    if session.execute(statement).scalar_one() == 1:
        _tell_early(session, notice, advice, bank=bank, now=now)
    return True


def _tell_early(
    session: Session, notice: NoticeRow, advice: ReversalAdvice, *, bank: str, now: datetime
) -> None:
    """Write the notification of an early reversal, where somebody subscribed."""
    enqueue_notification(
        session,
        advice.region,
        kind=REVERSAL_EARLY,
        subject=f"notice:{notice.id}",
        tell=lambda: happening_of_early_reversal(
            session, advice, notice_id=notice.id, bank=bank, now=now
        ),
        now=now,
    )


def _refuse(
    session: Session, refusal: BankRefusal, advice: ReversalAdvice, *, bank: str, now: datetime
) -> Outcome:
    told = {"trade_no": advice.trade_no, **advice.told()}
    keep_refused(session, RefusedMessage(advice.region, bank, "reversal", told), refusal, now=now)
    return Outcome(refusal=refusal)


def _tell(session: Session, taking: _Taking, answer: dict[str, Any]) -> None:
    """Write the notification of a reversal, where somebody subscribed."""
    region, why = (
        taking.advice.region,
        {
            "notice": taking.notice.id,
            "bank": taking.bank,
            "reason": taking.advice.reason,
            "was_early": taking.was_early,
        },
    )
    enqueue_notification(
        session,
        region,
        kind=PAYMENT_REVERSED,
        subject=f"payment:{taking.payment.id}",
        tell=lambda: happening_of_reversal(session, region, answer, why),
        now=taking.now,
    )


def _bind_key(session: Session, taking: _Taking, answer: dict[str, Any]) -> None:
    """Bind the reversal's key for ever; the notice's lock keeps every rival away."""
    advice, payment = taking.advice, taking.payment
    paid = key_of_trade(session, advice.region, taking.bank, advice.trade_no)
    if paid is None:
        raise TypeError(advice.trade_no)
    session.add(
        PaymentKeyRow(
            region=advice.region,
            bank=taking.bank,
            kind="reversal",
            trade_no=advice.trade_no,
            pay_code=advice.pay_code,
            amount_fen=advice.amount.fen,
            account_no=paid.account_no,
            paid_at=payment.paid_at,
            answer=answer,
            accepted_at=taking.now,
        )
    )
    session.flush()
