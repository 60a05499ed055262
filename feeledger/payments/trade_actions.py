"""Confirmation and money of one serial: either may come first, and both end in the same books.

Money that arrives first is kept as unmatched. Its confirmation then books as ever and posts the
reverse of the arrival's entry: the money stands once, under the notice, as if the confirmation had
come first. Whatever is done about a serial holds its ``bank_trade`` row, so that of two messages
about it the second sees what the first did.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.ledger.actions import reverse_entry
from feeledger.payments.booking_actions import Booking
from feeledger.payments.refusals import BankRefusal, MoneyElsewhere
from feeledger.payments.tables import BankTradeRow, PaymentRow, UnmatchedReceiptRow
from feeledger.store import insert_for
from feeledger.trail import record_act

CONFIRMABLE: Final = frozenset({"received", "claim_proposed", "audited"})
SYSTEM: Final = "system"


def hold_trade(
    session: Session, region: str, bank: str, trade_no: str
) -> UnmatchedReceiptRow | None:
    """Wait for rivals with the same serial, then give its money if that arrived, locked."""
    statement = insert_for(session, BankTradeRow).values(
        region=region, bank=bank, trade_no=trade_no
    )
    session.execute(statement.on_conflict_do_nothing(index_elements=["region", "bank", "trade_no"]))
    query = select(UnmatchedReceiptRow.id, UnmatchedReceiptRow.claim).where(
        UnmatchedReceiptRow.region == region,
        UnmatchedReceiptRow.bank == bank,
        UnmatchedReceiptRow.trade_no == trade_no,
        UnmatchedReceiptRow.parent.is_(None),
    )
    found = session.execute(query).first()  # whoever makes one holds the serial
    return None if found is None else _held_with_its_claim(session, region, found.id, found.claim)


def _held_with_its_claim(
    session: Session, region: str, receipt: int, claim: int | None
) -> UnmatchedReceiptRow:
    """Lock a receipt, and before it and after it those of its claim by id, as everybody does."""
    its = UnmatchedReceiptRow.id == receipt
    query = (
        select(UnmatchedReceiptRow)
        .where(
            UnmatchedReceiptRow.region == region,
            its if claim is None else or_(its, UnmatchedReceiptRow.claim == claim),
        )
        .order_by(UnmatchedReceiptRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return next(row for row in session.scalars(query).all() if row.id == receipt)


def refusal_of_money(money: UnmatchedReceiptRow | None) -> BankRefusal | None:
    """Refuse a confirmation whose money was claimed, split or sent back meanwhile."""
    if money is None or money.state in CONFIRMABLE:
        return None
    return MoneyElsewhere(
        Text(
            f"流水号 {money.trade_no} 的款项已先到账，并已认领、拆分或退回，不能再次确认；请与财政部门核对。",
            f"The money of serial {money.trade_no} arrived before and was claimed, split or "
            f"returned; it is not confirmed again. Ask the bureau.",
        )
    )


def settle_own_money(session: Session, money: UnmatchedReceiptRow | None, booking: Booking) -> None:
    """Match money that arrived first to the confirmation just booked; a claim of it falls."""
    if money is None:
        return
    region, payment_id, now = money.region, booking.payment_id, booking.now
    if money.claim is not None:
        _free_claim(session, region, money.claim, payment_id=payment_id, now=now)
    reverse_entry(session, region, money.entry, reason=f"payment:{payment_id}", now=now)
    money.state, money.claim, money.payment = "matched", None, payment_id
    session.flush()
    note_arrival(session, region, payment_id, agrees=_agrees(money, booking))
    record_act(
        session,
        region=region,
        actor=SYSTEM,
        act="match-receipt",
        subject=f"receipt:{money.id}",
        reason="",
        now=now,
        details={"payment": str(payment_id)},
    )


def note_arrival(session: Session, region: str, payment_id: int, *, agrees: bool) -> bool:
    """Move a confirmed payment on: its money came, or other money than was confirmed.

    Says whether it was there to be moved: not reversed, nor its money noted before.
    """
    moved = session.execute(
        update(PaymentRow)
        .where(
            PaymentRow.region == region,
            PaymentRow.id == payment_id,
            PaymentRow.state == "confirmed",
        )
        .values(state="arrived" if agrees else "difference")
        .returning(PaymentRow.id)
    )
    return moved.first() is not None


def _agrees(money: UnmatchedReceiptRow, booking: Booking) -> bool:
    advice = booking.advice
    return (
        money.amount_fen == advice.amount.fen
        and money.account == booking.account_id
        and money.pay_code in (None, advice.pay_code)
    )


def _free_claim(
    session: Session, region: str, claim: int, *, payment_id: int, now: datetime
) -> None:
    """Give the receipts of a claim free: what the bank confirms needs no claim."""
    session.execute(
        update(UnmatchedReceiptRow)
        .where(UnmatchedReceiptRow.region == region, UnmatchedReceiptRow.claim == claim)
        .values(state="received", claim=None)
    )
    record_act(
        session,
        region=region,
        actor=SYSTEM,
        act="drop-claim",
        subject=f"receipt-claim:{claim}",
        reason="",
        now=now,
        details={"payment": str(payment_id)},
    )
