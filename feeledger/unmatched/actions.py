"""Taking in the money that banks tell of, exactly once, whether its confirmation came or not (R-B2a).

A confirmation is information, an arrival is money: separate messages about one serial, in either
order. Confirmed before, the payment has arrived and nothing is posted. Else the money is kept as
unmatched (account debited, unmatched credited), and its confirmation will move it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.ledger.actions import BookMissing, open_day_held, post_entry
from feeledger.ledger.chart import designated, unmatched
from feeledger.ledger.journal import Entry, Posting
from feeledger.money import Money
from feeledger.payments.outcome import Outcome
from feeledger.payments.queries import payment_of_trade
from feeledger.payments.refusal_actions import note_discrepancy
from feeledger.payments.refusals import (
    AdviceMalformed,
    BankNotAgent,
    BankRefusal,
    RegionCannotBook,
)
from feeledger.payments.tables import PaymentRow, UnmatchedReceiptRow
from feeledger.payments.trade_actions import hold_trade, note_arrival
from feeledger.regions.tables import DesignatedAccountRow
from feeledger.store import new_id
from feeledger.unmatched.arrival import (
    ARRIVAL,
    ARRIVED,
    IN_TRANSIT,
    UNMATCHED,
    Arrival,
    Transfer,
    answer_of_arrival,
    answer_of_transfer,
    arrival_under,
    lies_ahead,
)
from feeledger.unmatched.flow_queries import (
    amount_stated,
    hold_against_flows,
    line_of_arrival,
)
from feeledger.unmatched.key_actions import (
    Told,
    answer_again,
    bind_message,
    key_bound,
    key_of_message,
    refuse_arrival,
)
from feeledger.unmatched.queries import (
    account_named,
    arrival_of_trade,
    may_tell_of,
    notice_named,
    notice_seen,
    refused_code,
)
from feeledger.unmatched.receipt import kind_of_money
from feeledger.unmatched.refusals import (
    AccountNotDesignated,
    ArrivalReused,
    TransferReused,
    TransferSumDiffers,
)
from feeledger.unmatched.tables import AccountFlowLineRow, FundsArrivalRow


@dataclass(frozen=True, slots=True)
class _Message:
    """The message that tells of money: what kind, of what number, from whom, for which account."""

    kind: str
    number: str
    bank: str
    account: DesignatedAccountRow
    now: datetime


def record_arrival(session: Session, arrival: Arrival, *, bank: str, now: datetime) -> Outcome:
    """Take in money of one serial; a repeated arrival gets the first answer (R-B2a, R-B3).

    Never raises a refusal: the outcome holds it, and it is recorded (R-B4).
    """
    kept = key_of_message(session, arrival, kind=ARRIVAL, bank=bank)
    if kept is not None:
        return answer_again(session, kept, arrival, now=now)
    account = _account_or_refusal(session, arrival, bank=bank, now=now)
    if not isinstance(account, DesignatedAccountRow):
        return refuse_arrival(session, account, arrival, bank=bank, now=now)
    message = _Message(ARRIVAL, arrival.trade_no, bank, account, now)
    hold_against_flows(session, account)
    payment = _payment_or_hold(session, arrival, bank=bank)
    kept = key_of_message(session, arrival, kind=ARRIVAL, bank=bank)  # a rival's, after the wait
    if kept is not None:
        return answer_again(session, kept, arrival, now=now)
    before = arrival_of_trade(session, arrival.region, bank, arrival.trade_no)
    if before is not None:
        refusal = ArrivalReused(_told_already(before))
        return refuse_arrival(session, refusal, arrival, bank=bank, now=now)
    stated = None if payment else line_of_arrival(session, arrival, account, bank)
    if stated is not None:
        refusal = ArrivalReused(_told_by_flow(stated))
        return refuse_arrival(session, refusal, arrival, bank=bank, now=now)
    status = UNMATCHED if payment is None else ARRIVED
    answer = answer_of_arrival(arrival, status=status, received_at=now)
    return _accept(session, message, arrival, answer, {arrival: payment})


def record_transfer(session: Session, transfer: Transfer, *, bank: str, now: datetime) -> Outcome:
    """Take in a bulk transfer with the list of its payments, all or nothing (14001, 14002).

    Never raises a refusal: the outcome holds it, and it is recorded (R-B4).
    """
    kept = key_of_message(session, transfer, kind=IN_TRANSIT, bank=bank)
    if kept is not None:
        return answer_again(session, kept, transfer, now=now)
    account = _account_or_refusal(session, transfer, bank=bank, now=now)
    if not isinstance(account, DesignatedAccountRow):
        return refuse_arrival(session, account, transfer, bank=bank, now=now)
    hold_against_flows(session, account)
    unlike = _amount_refusal(session, transfer, bank)
    if unlike is not None:
        return refuse_arrival(session, unlike, transfer, bank=bank, now=now)
    # In the order of serials, as every transfer does, so that two of them cannot wait in a ring.
    arrivals = sorted(map(transfer.arrival_of, transfer.vouchers), key=lambda one: one.trade_no)
    payments = {one: _payment_or_hold(session, one, bank=bank) for one in arrivals}
    kept = key_of_message(session, transfer, kind=IN_TRANSIT, bank=bank)
    if kept is not None:
        return answer_again(session, kept, transfer, now=now)
    for one in arrivals:
        before = arrival_of_trade(session, transfer.region, bank, one.trade_no)
        if before is not None:
            refusal = TransferReused(_told_already(before))
            return refuse_arrival(session, refusal, transfer, bank=bank, now=now)
    arrived = sum(payment is not None for payment in payments.values())
    answer = answer_of_transfer(transfer, arrived=arrived, received_at=now)
    message = _Message(IN_TRANSIT, transfer.trade_no, bank, account, now)
    return _accept(session, message, transfer, answer, payments)


def place_money(
    session: Session, arrival: Arrival, *, bank: str, account_id: int, now: datetime
) -> UnmatchedReceiptRow | None:
    """Keep money known from elsewhere than a bank's message, such as an account statement (R-R6).

    Gives None, and posts nothing, where the serial is a payment's or has brought its money before.
    Raises BookMissing.
    """
    if _payment_or_hold(session, arrival, bank=bank) is not None:
        return None
    return _keep_unmatched(session, arrival, bank=bank, account_id=account_id, now=now)


def _keep_receipt(
    session: Session,
    arrival: Arrival,
    *,
    bank: str,
    account_id: int,
    kind: str,
    now: datetime,
) -> UnmatchedReceiptRow:
    """Post money (account debited, unmatched credited) and keep its receipt. Raises BookMissing."""
    receipt_id = new_id(now)
    entry = Entry(
        kind="arrival",
        subject=f"receipt:{receipt_id}",
        postings=(Posting(designated(account_id), unmatched(account_id), arrival.amount),),
    )
    row = UnmatchedReceiptRow(
        region=arrival.region,
        id=receipt_id,
        bank=bank,
        trade_no=arrival.trade_no,
        kind=kind,
        state="received",
        amount_fen=arrival.amount.fen,
        account=account_id,
        entry=post_entry(session, arrival.region, entry, now=now),
        pay_code=arrival.pay_code or None,
        payer_name=arrival.payer.name,
        payer_account=arrival.payer.account,
        payer_bank=arrival.payer.bank,
        remark=arrival.remark,
        arrived_at=arrival.arrived_at,
        bank_day=arrival.arrived_on,
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    return row


def _account_or_refusal(
    session: Session, told: Told, *, bank: str, now: datetime
) -> DesignatedAccountRow | BankRefusal:
    if lies_ahead(told.arrived_on, now):
        text = Text(
            f"到账日 {told.arrived_on} 尚未到来；请核对银行时钟后重发。",
            f"{told.arrived_on} is still to come; check the bank's clock and send it again.",
        )
        return AdviceMalformed(text, field="arrived_at")
    account = account_named(session, told.region, told.account, told.arrived_on)
    if account is None:
        return AccountNotDesignated(
            Text(
                f"{told.account} 在 {told.arrived_on} 不是 {told.region} 的指定账户；已记录，请与财政部门核对。",
                f"On {told.arrived_on} {told.account} was no designated account of {told.region}; "
                f"this is on record, ask the bureau.",
            )
        )
    if not may_tell_of(session, account, bank, told.arrived_on):
        return BankNotAgent(
            Text(
                f"{bank} 在 {told.arrived_on} 不是该区划的代收银行。",
                f"On {told.arrived_on} {bank} is no agent bank of the region.",
            )
        )
    return account


def _payment_or_hold(session: Session, arrival: Arrival, *, bank: str) -> PaymentRow | None:
    """Give the payment of a serial; where there is none, hold the serial and look again."""
    region, trade_no = arrival.region, arrival.trade_no
    payment = payment_of_trade(session, region, bank, trade_no)
    if payment is not None:
        return payment
    hold_trade(session, region, bank, trade_no)
    return payment_of_trade(session, region, bank, trade_no)


def _accept(
    session: Session,
    message: _Message,
    told: Told,
    answer: dict[str, Any],
    payments: dict[Arrival, PaymentRow | None],
) -> Outcome:
    """Bind the key and place the money of each serial. The open day is held before, as ever."""
    bank, now = message.bank, message.now
    try:
        open_day_held(session, told.region)
    except BookMissing as error:
        refusal = RegionCannotBook(error.detail)
        return refuse_arrival(session, refusal, told, bank=bank, now=now)
    if not bind_message(session, told, kind=message.kind, bank=bank, answer=answer, now=now):
        kept = key_bound(session, told, kind=message.kind, bank=bank)
        return answer_again(session, kept, told, now=now)
    for arrival, payment in payments.items():
        session.execute(insert(FundsArrivalRow), _arrival_values(arrival, message))
        if payment is None:
            account_id = message.account.id
            _keep_unmatched(session, arrival, bank=bank, account_id=account_id, now=now)
        else:
            _meet_payment(session, arrival, payment, message, told)
    return Outcome(answer=answer)


def _meet_payment(
    session: Session, arrival: Arrival, payment: PaymentRow, message: _Message, told: Told
) -> None:
    """Note that the money of a confirmed payment came; nothing is posted, it is one money."""
    agrees = (
        payment.amount_fen == arrival.amount.fen
        and payment.account == message.account.id
        and arrival.pay_code in (None, "", payment.pay_code)
    )
    note_arrival(session, payment.region, payment.id, agrees=agrees)
    session.refresh(payment)  # a reversal may have been first
    if payment.state == "reversed" or not agrees:
        # The books stay as confirmed, or reversed; people see it among the discrepancies.
        kept = key_bound(session, told, kind=message.kind, bank=message.bank)
        note_discrepancy(session, kept, _paid_told(payment), now=message.now)


def _paid_told(payment: PaymentRow) -> dict[str, str]:
    return {
        "payment": str(payment.id),
        "state": payment.state,
        "pay_code": payment.pay_code,
        "amount": str(Money(payment.amount_fen)),
        "paid_at": payment.paid_at.isoformat(),
    }


def _keep_unmatched(
    session: Session, arrival: Arrival, *, bank: str, account_id: int, now: datetime
) -> UnmatchedReceiptRow | None:
    """Keep money that no confirmation named, with the reason; None where it is kept already."""
    region, on = arrival.region, arrival.arrived_on
    if hold_trade(session, region, bank, arrival.trade_no) is not None:
        return None
    code = refused_code(session, region, bank, arrival.trade_no)
    known = arrival_under(arrival, code)
    notice = notice_named(session, region, known.pay_code)
    kind = kind_of_money(
        known.pay_code,
        notice_seen(session, notice, on) if notice is not None else None,
        amount=known.amount,
        on=on,
        was_refused=code is not None,
    )
    return _keep_receipt(session, known, bank=bank, account_id=account_id, kind=kind, now=now)


def _arrival_values(arrival: Arrival, message: _Message) -> dict[str, object]:
    return {
        "region": arrival.region,
        "bank": message.bank,
        "trade_no": arrival.trade_no,
        "kind": message.kind,
        "message_no": message.number,
        "amount_fen": arrival.amount.fen,
        "account": message.account.id,
        "pay_code": arrival.pay_code or None,
        "payer_name": arrival.payer.name,
        "payer_account": arrival.payer.account,
        "payer_bank": arrival.payer.bank,
        "remark": arrival.remark,
        "batch_no": arrival.batch_no,
        "arrived_at": arrival.arrived_at,
        "bank_day": arrival.arrived_on,
        "recorded_at": message.now,
    }


def _sum_refusal(transfer: Transfer) -> BankRefusal:
    return TransferSumDiffers(
        Text(
            f"划转 {transfer.amount} 元，清单合计 {transfer.listed} 元；整笔未入账，请核对后重发。",
            f"Transferred {transfer.amount}, listed {transfer.listed}: nothing was booked. Check it "
            f"and send it again.",
        ),
        amount=str(transfer.amount),
        listed=str(transfer.listed),
    )


def _amount_refusal(session: Session, transfer: Transfer, bank: str) -> BankRefusal | None:
    """Hold a transfer against its own list and against the account's statement, if that came first."""
    if transfer.amount != transfer.listed:
        return _sum_refusal(transfer)
    stated = amount_stated(session, transfer.region, bank, transfer.trade_no)
    told = (transfer.amount.fen, transfer.account)
    return None if stated in (None, told) else _stated_refusal(transfer)


def _stated_refusal(transfer: Transfer) -> BankRefusal:
    return TransferSumDiffers(
        Text(
            f"划转 {transfer.trade_no} {transfer.amount} 元与账户流水中该批次的到账不符；整笔未入账，请核对。",
            f"Transfer {transfer.trade_no} of {transfer.amount} is not what the account's statement "
            f"says of that batch: nothing was booked, check it.",
        )
    )


def _told_by_flow(line: AccountFlowLineRow) -> Text:
    return Text(
        f"该款项已由账户流水 {line.flow_no} 第 {line.line_no} 笔告知并列入待查；未重复入账，请核对。",
        f"Statement {line.flow_no} told of this money in line {line.line_no}; it is kept as unmatched "
        f"and was not booked twice. Check it.",
    )


def _told_already(before: FundsArrivalRow) -> Text:
    return Text(
        f"流水号 {before.trade_no} 的款项已由报文 {before.message_no} 告知到账；整笔未处理，请核对。",
        f"The money of serial {before.trade_no} arrived by message {before.message_no} already; "
        f"nothing was done, check it.",
    )
