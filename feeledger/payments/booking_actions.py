"""Writing a judged payment: key, entry, notice, payment, all or none.

On PostgreSQL one function of the database does it in one round trip (migration 0009; its text since 0014): half the
time of a payment went into the round trips and into making the statements. On SQLite the statements
do it. Both write the same rows; tests/payments/test_booking.py holds them equal.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Date, bindparam, insert, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from feeledger.codes import check_digit_fits
from feeledger.errors import Text as Words
from feeledger.ledger.actions import BookMissing, open_day_held, post_on_day
from feeledger.ledger.journal import Entry
from feeledger.money import Money
from feeledger.notices.tables import NoticeRow
from feeledger.outbox.actions import enqueue_notification
from feeledger.outbox.kinds import PAYMENT_CONFIRMED
from feeledger.payments.advice import Advice, receipt_of
from feeledger.payments.notification_queries import happening_of_payment
from feeledger.payments.tables import PaymentKeyRow, PaymentRow
from feeledger.store import Instant, JsonText, canonical_json, insert_for, new_id, table_of

CONFIRMATION: Final = "confirmation"
CLAIM: Final = "claim"
_NOTICE: Final = table_of(NoticeRow)
_SETTLE: Final = (
    update(_NOTICE)
    .where(_NOTICE.c.region == bindparam("its_region"), _NOTICE.c.id == bindparam("its_id"))
    .values(status="paid")
)
_KEEP: Final = insert(table_of(PaymentRow))
_BOOK: Final = text(
    "SELECT book_payment(:region, :bank, :trade_no, :pay_code, :amount_fen, :account_no, "
    ":paid_at, :answer, :now, :payment, :entry, :notice, :late_fen, :account, :bank_day, "
    ":channel, :payer_name, :payer_account, :debits, :credits, :fens)"
).bindparams(
    bindparam("amount_fen", type_=BigInteger),
    bindparam("late_fen", type_=BigInteger),
    bindparam("paid_at", type_=Instant),
    bindparam("now", type_=Instant),
    bindparam("answer", type_=JsonText),
    bindparam("bank_day", type_=Date),
    bindparam("channel", type_=Text),
    bindparam("payer_name", type_=Text),
    bindparam("payer_account", type_=Text),
    bindparam("debits", type_=ARRAY(Text)),
    bindparam("credits", type_=ARRAY(Text)),
    bindparam("fens", type_=ARRAY(BigInteger)),
)


@dataclass(frozen=True, slots=True)
class Booking:
    """A payment that was judged good, ready to be written.

    ``kind`` is that of its key: a bank's confirmation, or a claim of money that has arrived;
    ``reliefs`` is how many reliefs of the notice count for it.
    """

    advice: Advice
    bank: str
    payment_id: int
    notice_id: int
    account_id: int
    entry: Entry
    late: Money
    answer: dict[str, Any]
    now: datetime
    kind: str = CONFIRMATION
    state: str = "confirmed"
    reliefs: int = 0


def book_payment(session: Session, booking: Booking) -> bool:
    """Write a payment; False where a rival has bound the key, and nothing is written then.

    Raises BookMissing.
    """
    if session.get_bind().dialect.name == "postgresql" and booking.kind == CONFIRMATION:
        booked = book_by_function(session, booking)
    else:
        booked = book_by_statements(session, booking)
    if booked and booking.reliefs:
        session.execute(
            update(PaymentRow)
            .where(PaymentRow.region == booking.advice.region, PaymentRow.id == booking.payment_id)
            .values(reliefs=booking.reliefs)
        )
    return booked


def clear_row(advice: Advice, *, now: datetime) -> dict[str, Any]:
    """Give what the database's ``book_clear_payments`` reads of a confirmation that may be clear.

    ``answer`` is the text that the bank is told if it is booked. A voucher check code is never clear,
    since only the long way compares it.
    """
    payment_id = new_id(now)
    answer = receipt_of(advice, payment_id=payment_id, late=Money(0), received_at=now)
    return {
        "trade_no": advice.trade_no,
        "pay_code": advice.pay_code,
        "check_fits": check_digit_fits(advice.pay_code) and not advice.crc_code,
        "amount_fen": advice.amount.fen,
        "account_no": advice.account,
        "paid_at": answer["paid_at"],
        "bank_day": advice.paid_on.isoformat(),
        "channel": advice.channel,
        "payer_name": advice.payer_name,
        "payer_account": advice.payer_account,
        "answer": canonical_json(answer),
        "accepted_at": now.isoformat(),
        "payment": payment_id,
        "entry": new_id(now),
    }


def book_by_function(session: Session, booking: Booking) -> bool:
    """Write a payment by the database's function (PostgreSQL). Raises BookMissing."""
    advice, postings = booking.advice, booking.entry.postings
    told = session.execute(
        _BOOK,
        {
            "region": advice.region,
            "bank": booking.bank,
            "trade_no": advice.trade_no,
            "pay_code": advice.pay_code,
            "amount_fen": advice.amount.fen,
            "account_no": advice.account,
            "paid_at": advice.paid_at,
            "answer": booking.answer,
            "now": booking.now,
            "payment": booking.payment_id,
            "entry": new_id(booking.now),
            "notice": booking.notice_id,
            "late_fen": booking.late.fen,
            "account": booking.account_id,
            "bank_day": advice.paid_on,
            "channel": advice.channel,
            "payer_name": advice.payer_name,
            "payer_account": advice.payer_account,
            "debits": [str(posting.debit) for posting in postings],
            "credits": [str(posting.credit) for posting in postings],
            "fens": [posting.amount.fen for posting in postings],
        },
    ).scalar_one()
    if told == "no-book":
        region = advice.region
        raise BookMissing(
            Words(f"{region} 没有账簿，请先开立。", f"{region} has no book; open one first.")
        )
    return bool(told == "booked")


def book_by_statements(session: Session, booking: Booking) -> bool:
    """Write a payment statement by statement, on any database. Raises BookMissing."""
    advice = booking.advice
    day = open_day_held(session, advice.region)
    if not _claim_key(session, booking):
        return False
    entry_id = post_on_day(session, advice.region, booking.entry, day=day, now=booking.now)
    session.execute(_SETTLE, {"its_region": advice.region, "its_id": booking.notice_id})
    session.execute(
        _KEEP,
        {
            "region": advice.region,
            "id": booking.payment_id,
            "notice": booking.notice_id,
            "pay_code": advice.pay_code,
            "bank": booking.bank,
            "kind": booking.kind,
            "trade_no": advice.trade_no,
            "amount_fen": advice.amount.fen,
            "late_fen": booking.late.fen,
            "account": booking.account_id,
            "entry": entry_id,
            "state": booking.state,
            "paid_at": advice.paid_at,
            "bank_day": advice.paid_on,
            "received_at": booking.now,
            "channel": advice.channel,
            "payer_name": advice.payer_name,
            "payer_account": advice.payer_account,
        },
    )
    _enqueue(session, booking)
    return True


def _enqueue(session: Session, booking: Booking) -> None:
    """Write the payment into the outbox; the database's function does it by ``enqueue_payment``."""
    enqueue_notification(
        session,
        booking.advice.region,
        kind=PAYMENT_CONFIRMED,
        subject=f"payment:{booking.payment_id}",
        tell=lambda: happening_of_payment(
            session,
            booking.advice,
            booking.answer,
            notice_id=booking.notice_id,
            bank=booking.bank,
        ),
        now=booking.now,
    )


def _claim_key(session: Session, booking: Booking) -> bool:
    """Bind the key for ever; wait for a rival with the same key and say no if it was first."""
    advice = booking.advice
    statement = (
        insert_for(session, PaymentKeyRow)
        .values(
            region=advice.region,
            bank=booking.bank,
            kind=booking.kind,
            trade_no=advice.trade_no,
            answer=booking.answer,
            accepted_at=booking.now,
            **advice.content(),
        )
        .on_conflict_do_nothing(index_elements=["region", "bank", "kind", "trade_no"])
        .returning(table_of(PaymentKeyRow).c.trade_no)
    )
    return session.execute(statement).first() is not None
