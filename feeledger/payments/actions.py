"""Taking in a bank's confirmation, exactly once, and answering its queries.

``record_payment`` writes nothing before everything is judged, so a refusal binds no key; the
refusal itself is recorded in the same transaction, which the door keeps before it answers.
"""

from dataclasses import dataclass
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
from feeledger.payments.queries import key_of_trade, payment_of_trade
from feeledger.payments.refusals import (
    BankRefusal,
    PaymentReversed,
    RegionCannotBook,
    SerialReused,
    TradeUnknown,
)
from feeledger.payments.tables import (
    DiscrepancyRow,
    PaymentKeyRow,
    RejectedConfirmationRow,
)
from feeledger.payments.trade_actions import hold_trade, refusal_of_money, settle_own_money
from feeledger.payments.view_queries import payment_view
from feeledger.regions.queries import designated_accounts_on, first_account_for
from feeledger.regions.tables import DesignatedAccountRow, RegionSettingRow
from feeledger.store import insert_for, new_id


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a confirmation. Keep the transaction, then answer ``receipt()``."""

    answer: dict[str, Any] | None = None
    refusal: BankRefusal | None = None
    repeated: bool = False

    def receipt(self) -> dict[str, Any]:
        """Give the answer: the first one, always. Raises the refusal."""
        if self.answer is None:
            raise self.refusal or TypeError("an outcome is an answer or a refusal")
        return self.answer


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """What a bank is told of a notice. ``status`` is that of the wire: 0, 1 or 2."""

    notice: NoticeRow
    status: str
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
        return _same_or_refuse(session, kept, advice, bank=bank, now=now)
    if refusal is None:
        raise TypeError(view)
    return _refuse(session, refusal, advice, bank=bank, now=now)


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
        payable=payable(view, today),
        account=first_account_for(designated_accounts_on(session, region, today), bank),
    )


def answer_of_trade(session: Session, region: str, trade_no: str, *, bank: str) -> dict[str, Any]:
    """Give the first answer to an accepted confirmation again. Raises TradeUnknown."""
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
        return _refuse(session, elsewhere, advice, bank=bank, now=now)
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
    )
    try:
        if book_payment(session, booking):
            settle_own_money(session, money, booking)
            return Outcome(answer=booking.answer)
    except BookMissing as error:
        refusal = RegionCannotBook(error.detail)
        return _refuse(session, refusal, advice, bank=bank, now=now)
    kept = key_of_trade(session, advice.region, bank, advice.trade_no)
    if kept is None:
        raise TypeError(advice.trade_no)
    return _same_or_refuse(session, kept, advice, bank=bank, now=now)


def _same_or_refuse(
    session: Session, kept: PaymentKeyRow, advice: Advice, *, bank: str, now: datetime
) -> Outcome:
    """Give the first answer to the same content; other content, or a reversed one, is refused."""
    if any(getattr(kept, name) != value for name, value in advice.content().items()):
        _note_discrepancy(session, kept, advice, now=now)
        refusal: BankRefusal = SerialReused(
            Text(
                f"流水号 {advice.trade_no} 已用于另一笔内容不同的缴款，请核对后另用流水号。",
                f"Serial {advice.trade_no} was used for a payment of other content; check it and "
                f"use another serial.",
            )
        )
        return _refuse(session, refusal, advice, bank=bank, now=now)
    payment = payment_of_trade(session, advice.region, bank, advice.trade_no)
    if payment is not None and payment.state == "reversed":
        refusal = PaymentReversed(
            Text(
                f"流水号 {advice.trade_no} 的缴款已冲正，不能再次缴款；请另用流水号。",
                f"The payment of serial {advice.trade_no} was reversed and never pays again; use "
                f"another serial.",
            )
        )
        return _refuse(session, refusal, advice, bank=bank, now=now)
    return Outcome(answer=kept.answer, repeated=True)


def _refuse(
    session: Session, refusal: BankRefusal, advice: Advice, *, bank: str, now: datetime
) -> Outcome:
    """Record the refusal; identical ones are one row with a counter (R-B4)."""
    row = RejectedConfirmationRow
    statement = insert_for(session, row).values(
        region=advice.region,
        id=new_id(now),
        bank=bank,
        trade_no=advice.trade_no,
        result=refusal.result,
        code=refusal.code,
        content_sha256=advice.content_sha256(),
        detail_zh=refusal.detail.zh,
        detail_en=refusal.detail.en,
        first_at=now,
        last_at=now,
        times=1,
        **advice.content(),
    )
    if session.scalar(
        select(RegionSettingRow.region).where(RegionSettingRow.region == advice.region)
    ):
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["region", "bank", "trade_no", "result", "content_sha256"],
                set_={"times": row.times + 1, "last_at": now},
            )
        )
    return Outcome(refusal=refusal)


def _note_discrepancy(
    session: Session, kept: PaymentKeyRow, advice: Advice, *, now: datetime
) -> None:
    """Keep one record of a serial used again, however often (R-B3)."""
    row = DiscrepancyRow
    first = {
        "pay_code": kept.pay_code,
        "amount": str(Money(kept.amount_fen)),
        "account": kept.account_no,
        "paid_at": kept.paid_at.isoformat(),
    }
    statement = (
        insert_for(session, row)
        .values(
            region=kept.region,
            id=new_id(now),
            bank=kept.bank,
            kind=kept.kind,
            trade_no=kept.trade_no,
            first=first,
            later=advice.told(),
            state="open",
            found_at=now,
            last_at=now,
            times=1,
        )
        .on_conflict_do_update(
            index_elements=["region", "bank", "kind", "trade_no"],
            set_={"times": row.times + 1, "last_at": now, "later": advice.told()},
        )
    )
    session.execute(statement)


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
