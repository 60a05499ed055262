"""The money of a refund: reserved with the approval, paid with the payment, in the ledger at once.

    approval   debit income, late_fee of the unit's item    credit refund_due
    payment    debit refund_due    credit designated (R-F2 account) or treasury by level (treasury)

The designated account moves with the payment only, so R-R7 holds at every moment: opening + paid
- refunded from the account - settled = closing.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from feeledger.errors import Invalid, Text
from feeledger.ledger.actions import open_day_held, post_on_day
from feeledger.ledger.chart import Account, designated, income, late_fees, refund_due, treasury
from feeledger.ledger.journal import Entry, Posting
from feeledger.money import Money
from feeledger.notices.notice import status_after_refund
from feeledger.notices.queries import notice_of
from feeledger.notices.tables import NoticeRow
from feeledger.payments.queries import payment_of_id
from feeledger.payments.tables import PaymentRefundRow, PaymentRow
from feeledger.refunds.application import Held, RefundExceedsPayment, exceeds, left_of
from feeledger.refunds.queries import held_by_line, lines_of_refund, refund_of
from feeledger.refunds.refund import Hand, state_after
from feeledger.refunds.step_actions import keep_move
from feeledger.refunds.tables import RefundLineRow, RefundRow, RefundShareRow
from feeledger.sharing.levels import moves_of
from feeledger.sharing.queries import divisions_of_payment, paid_lines
from feeledger.store import insert_for, table_of
from feeledger.trail import record_act

PAYMENT_NO_LENGTH = range(1, 61)


class PaymentNumberNeeded(Invalid):
    """A refund is paid under the number of the bank's or treasury's payment."""

    code = "payment-number-needed"
    title = Text("须填写支付流水号", "The number of the payment is needed")


@dataclass(frozen=True, slots=True)
class PaidBack:
    """What a paid refund does to its payment and to each level's share of each line."""

    payment: PaymentRow
    shares: dict[int, dict[str, int]]

    def by_level(self) -> dict[str, int]:
        """Add the lines up by level; signed."""
        found: dict[str, int] = {}
        for changes in self.shares.values():
            for level, fen in changes.items():
                found[level] = found.get(level, 0) + fen
        return found


def promise_money(
    session: Session, row: RefundRow, payment: PaymentRow, *, now: datetime | None
) -> int | None:
    """Reserve a refund's money and post what is due; without ``now`` only see whether it fits.

    Called under the notice's lock. Raises RefundExceedsPayment, BookMissing.
    """
    held = held_by_line(session, row.region, row.payment)
    by_number = {line.line_no: line for line in paid_lines(session, payment)}
    lines = lines_of_refund(session, row.region, row.id)
    for line in lines:
        left = left_of(by_number[line.line_no], held.get(line.line_no, Held()))
        asked = Money(line.amount_fen + line.late_fen)
        if asked > left:
            raise exceeds(line.line_no, asked, left)
    if now is None:
        return None
    day = open_day_held(session, row.region)
    _reserve(session, row, payment)
    entry = Entry(
        kind="refund-approval",
        subject=f"refund:{row.id}",
        postings=tuple(_promised(row, lines)),
        reason=row.ground,
    )
    return post_on_day(session, row.region, entry, day=day, now=now)


def pay_refund(
    session: Session, region: str, refund: int, *, payment_no: str, hand: Hand
) -> RefundRow:
    """Pay an approved refund under the number of the bank's or treasury's payment.

    The notice's refunded amount grows; all of it paid back, the notice is refunded. Raises
    RefundMissing, RefundNotMovable, PaymentNumberNeeded, BookMissing.
    """
    number = "".join(payment_no.split())
    if len(number) not in PAYMENT_NO_LENGTH:
        raise PaymentNumberNeeded(
            Text(
                "请填写银行或国库支付流水号，1 至 60 字。",
                "Enter the bank's or treasury's payment number, 1 to 60 characters.",
            )
        )
    found = refund_of(session, region, refund)
    notice = notice_of(session, region, found.notice, for_update=True)
    row = session.get_one(RefundRow, (region, refund), with_for_update=True, populate_existing=True)
    state = state_after(row.state, "pay")  # type: ignore[arg-type]  # the CHECK holds the names
    back = _paid_back(session, row)
    day = open_day_held(session, region)
    entry = Entry(
        kind="refund-payment",
        subject=f"refund:{row.id}",
        postings=_paid(row, back),
        reason=number,
    )
    limit_was = row.due_on
    row.payment_entry = post_on_day(session, region, entry, day=day, now=hand.now)
    row.state, row.due_on, row.due_provisional = state, None, False
    row.paid_by, row.paid_on, row.paid_at = hand.actor, hand.today, hand.now
    row.payment_no, row.changed_at = number, hand.now
    session.flush()
    _keep_shares(session, row, back)
    _note_on_notice(session, row, notice, back.payment)
    keep_move(session, row, "pay", before="finance_approved", limit_was=limit_was, hand=hand)
    record_act(
        session,
        region=region,
        actor=hand.actor,
        act="pay-refund",
        subject=f"refund:{row.id}",
        reason=hand.reason,
        now=hand.now,
        details={"payment_no": number, "route": row.route, "entry": str(row.payment_entry)},
    )
    return row


def _reserve(session: Session, row: RefundRow, payment: PaymentRow) -> None:
    """Add to what is promised back of the payment; the database refuses more than was paid."""
    keys = {"region": row.region, "payment": row.payment}
    session.execute(
        insert_for(session, PaymentRefundRow)
        .values(**keys, amount_fen=payment.amount_fen, reserved_fen=0, refunded_fen=0)
        .on_conflict_do_nothing(index_elements=["region", "payment"])
    )
    total = table_of(PaymentRefundRow).c
    done = session.execute(
        update(table_of(PaymentRefundRow))
        .where(
            total.region == row.region,
            total.payment == row.payment,
            total.reserved_fen + row.amount_fen <= total.amount_fen,
        )
        .values(reserved_fen=total.reserved_fen + row.amount_fen)
        .returning(total.payment)
    ).first()
    if done is None:
        raise RefundExceedsPayment(
            Text(
                f"退付累计将超过已缴 {Money(payment.amount_fen)} 元。",
                f"All refunds together would exceed the {Money(payment.amount_fen)} paid.",
            )
        )


def _promised(row: RefundRow, lines: tuple[RefundLineRow, ...]) -> list[Posting]:
    """Debit revenue and late fees of the unit's items; lines of one item are one posting."""
    moved: dict[Account, Money] = {}
    for line in lines:
        for account, fen in (
            (income(row.unit_code, line.item_id), line.amount_fen),
            (late_fees(row.unit_code, line.item_id), line.late_fen),
        ):
            if fen:
                moved[account] = moved.get(account, Money(0)) + Money(fen)
    due = refund_due(row.id)
    return [Posting(account, due, amount) for account, amount in moved.items()]


def _paid(row: RefundRow, back: PaidBack) -> tuple[Posting, ...]:
    """Pay what is due from the designated account, or from the levels that got it (R-F4)."""
    due = refund_due(row.id)
    if row.route == "account":
        return (Posting(due, designated(back.payment.account), Money(row.amount_fen)),)
    return tuple(
        Posting(due if getter is None else treasury(getter), treasury(giver), Money(fen))
        for giver, getter, fen in moves_of(back.by_level())
    )


def _paid_back(session: Session, row: RefundRow) -> PaidBack:
    """Work out by how much each level's share falls, line by line, over all refunds paid (R-F4)."""
    payment = payment_of_id(session, row.region, row.payment)
    if payment is None:
        raise TypeError(row.payment)
    before = held_by_line(session, row.region, row.payment, states=("paid",))
    divisions = divisions_of_payment(session, row.region, row.payment)
    shares = {}
    for line in lines_of_refund(session, row.region, row.id):
        division = divisions.get(line.line_no)
        if division is not None:
            held = before.get(line.line_no, Held())
            paid = held.amount + held.late
            after = paid + Money(line.amount_fen + line.late_fen)
            shares[line.line_no] = division.changes(before=paid, after=after)
    return PaidBack(payment, shares)


def _keep_shares(session: Session, row: RefundRow, back: PaidBack) -> None:
    values = [
        {"region": row.region, "refund": row.id, "line_no": line, "level": level, "fen": fen}
        for line, changes in back.shares.items()
        for level, fen in changes.items()
    ]
    if values:
        session.execute(insert(RefundShareRow), values)


def _note_on_notice(
    session: Session, row: RefundRow, notice: NoticeRow, payment: PaymentRow
) -> None:
    """Let the notice's refunded charges grow, and its status move once all was paid back.

    The notice counts charges as it was issued with; late fees are counted with the payment.
    """
    total = table_of(PaymentRefundRow).c
    refunded = session.execute(
        update(table_of(PaymentRefundRow))
        .where(total.region == row.region, total.payment == row.payment)
        .values(refunded_fen=total.refunded_fen + row.amount_fen)
        .returning(total.refunded_fen)
    ).scalar_one()
    lines = lines_of_refund(session, row.region, row.id)
    notice.refunded_fen += sum(line.amount_fen for line in lines)
    notice.status = status_after_refund(
        notice.status,  # type: ignore[arg-type]  # the database's CHECK holds the names
        amount=Money(payment.amount_fen),
        refunded=Money(int(refunded)),
    )
    session.flush()
