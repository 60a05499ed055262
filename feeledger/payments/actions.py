"""Taking in a bank's confirmation, exactly once, and answering its queries.

``record_payment`` writes nothing before everything is judged, so a refusal binds no key; the
refusal itself is recorded in the same transaction, which the door keeps before it answers.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.ledger.actions import BookMissing
from feeledger.money import Money, total_of
from feeledger.notices.notice import WIRE_STATUS
from feeledger.notices.tables import BankQueryRow, NoticeRow
from feeledger.payments.advice import Advice, demand_pay_code, entry_of, receipt_of
from feeledger.payments.booking_actions import Booking, book_payment
from feeledger.payments.judging import (
    PaymentView,
    payable,
    refusal_of_code,
    refusal_of_confirmation,
    refusal_of_query,
)
from feeledger.payments.outcome import Outcome
from feeledger.payments.queries import key_of_trade
from feeledger.payments.refusal_actions import refuse_confirmation, same_or_refuse
from feeledger.payments.refusals import BankRefusal, RegionCannotBook, TradeUnknown
from feeledger.payments.reversal_actions import early_reversal_for, reverse_at_once
from feeledger.payments.reversal_queries import trade_is_reversed
from feeledger.payments.trade_actions import hold_trade, refusal_of_money, settle_own_money
from feeledger.payments.view_queries import payment_view
from feeledger.regions.queries import designated_accounts_on, first_account_for
from feeledger.regions.tables import DesignatedAccountRow, RegionSettingRow
from feeledger.store import insert_for, new_id


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """What a bank is told of a notice. ``status`` is that of the wire: 0, 1 or 2.

    ``amount`` is what the notice asks after reliefs (R-M4), ``lines`` the part of each line.
    """

    notice: NoticeRow
    status: str
    amount: Money
    lines: tuple[Money, ...]
    payable: Money
    account: DesignatedAccountRow | None


def record_payment(session: Session, advice: Advice, *, bank: str, now: datetime) -> Outcome:
    """Settle the notice and post the money; a repeated advice gets the first answer (R-B2, R-B3).

    Never raises a refusal: the outcome holds it, and it is recorded (R-B4).
    """
    view = payment_view(
        session, advice.pay_code, bank=bank, account_no=advice.account, paid_on=advice.paid_on
    )
    refusal = _judge(session, view, advice, bank=bank, now=now)
    if refusal is None and view is not None and view.account_id is not None:
        return _book(session, view, view.account_id, advice, bank=bank, now=now)
    # The key comes before every other refusal; it is looked up here, after the notice's lock,
    # because a rival with the same serial may have held that lock.
    kept = key_of_trade(session, advice.region, bank, advice.trade_no)
    if kept is not None:
        return same_or_refuse(session, kept, advice, bank=bank, now=now)
    if refusal is None:
        raise TypeError(view)
    return refuse_confirmation(session, refusal, advice, bank=bank, now=now)


def query_notice(
    session: Session,
    pay_code: str,
    *,
    bank: str,
    today: date,
    now: datetime,
    crc_code: str | None = None,
) -> QueryAnswer:
    """Tell a bank what is payable today, and remember that it asked (R-B1, 12005).

    Raises the refusals of R-B1: AdviceMalformed, PayCodeCheckFails, PayCodeUnknown,
    CheckCodeDiffers, BankNotAgent, NoAccountAtBank, NoticeExpired.
    """
    demand_pay_code(pay_code)
    view = payment_view(session, pay_code, bank=bank, account_no="", paid_on=today)
    if view is None:
        raise refusal_of_code(pay_code, own_profile=_own_profile(session, pay_code[:6]))
    refusal = refusal_of_query(view, pay_code, crc_code=crc_code, bank=bank, today=today)
    if refusal is not None:
        raise refusal
    region = pay_code[:6]
    _remember_query(session, region, view.notice.id, bank=bank, now=now)
    return QueryAnswer(
        notice=session.get_one(NoticeRow, (region, view.notice.id)),
        status=WIRE_STATUS[view.status],
        amount=view.notice.amount,
        lines=tuple(line.amount for line in view.notice.lines),
        payable=payable(view, today),
        account=first_account_for(designated_accounts_on(session, region, today), bank),
    )


def answer_of_trade(session: Session, region: str, trade_no: str, *, bank: str) -> dict[str, Any]:
    """Give the first answer to an accepted confirmation again; ``reversed`` if it was taken back.

    Raises TradeUnknown.
    """
    kept = key_of_trade(session, region, bank, trade_no)
    if kept is None:
        raise TradeUnknown(
            Text(
                f"区划 {region[:6]} 没有接受过流水号 {trade_no[:64]} 的缴款；可安全重发。",
                f"Region {region[:6]} has accepted no payment of serial {trade_no[:64]}; it is "
                f"safe to send it.",
            )
        )
    answer: dict[str, Any] = kept.answer
    if trade_is_reversed(session, region, bank, trade_no):
        return answer | {"reversed": True}
    return answer


def _judge(
    session: Session, view: PaymentView | None, advice: Advice, *, bank: str, now: datetime
) -> BankRefusal | None:
    if view is None:
        own = _own_profile(session, advice.region)
        return refusal_of_code(advice.pay_code, own_profile=own)
    return refusal_of_confirmation(view, advice, bank=bank, now=now)


def _own_profile(session: Session, region: str) -> bool:
    profile = session.scalar(
        select(RegionSettingRow.paycode_profile).where(RegionSettingRow.region == region)
    )
    return profile == "own"


def _book(
    session: Session,
    view: PaymentView,
    account_id: int,
    advice: Advice,
    *,
    bank: str,
    now: datetime,
) -> Outcome:
    """Bind the key, post the entry, settle the notice, keep the payment; its money may be there."""
    money = hold_trade(session, advice.region, bank, advice.trade_no)
    elsewhere = refusal_of_money(money)
    if elsewhere is not None:
        return refuse_confirmation(session, elsewhere, advice, bank=bank, now=now)
    payment_id = new_id(now)
    fees = view.notice.late_by(advice.paid_on)
    late = total_of(fees)
    booking = Booking(
        advice=advice,
        bank=bank,
        payment_id=payment_id,
        notice_id=view.notice.id,
        account_id=account_id,
        entry=entry_of(view.notice, payment_id=payment_id, account_id=account_id, fees=fees),
        late=late,
        answer=receipt_of(advice, payment_id=payment_id, late=late, received_at=now),
        now=now,
        reliefs=view.notice.reliefs,
    )
    try:
        # After the notice's lock: a reversal that came first has committed by now (R-R8).
        early = early_reversal_for(session, advice, bank=bank)
        if early is not None:
            booking = replace(booking, answer=booking.answer | {"reversed": True})
        if book_payment(session, booking):
            settle_own_money(session, money, booking)
            if early is not None:
                reverse_at_once(session, early, payment_id, now=now)
            return Outcome(answer=booking.answer)
    except BookMissing as error:
        refusal = RegionCannotBook(error.detail)
        return refuse_confirmation(session, refusal, advice, bank=bank, now=now)
    kept = key_of_trade(session, advice.region, bank, advice.trade_no)
    if kept is None:
        raise TypeError(advice.trade_no)
    return same_or_refuse(session, kept, advice, bank=bank, now=now)


def _remember_query(
    session: Session, region: str, notice_id: int, *, bank: str, now: datetime
) -> None:
    row = BankQueryRow
    statement = (
        insert_for(session, row)
        .values(region=region, notice=notice_id, bank=bank, first_at=now, last_at=now, times=1)
        .on_conflict_do_update(
            index_elements=["region", "notice", "bank"],
            set_={"times": row.times + 1, "last_at": now},
        )
    )
    session.execute(statement)
