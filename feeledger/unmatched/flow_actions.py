"""Taking in a bank's statement of an account, once, all or nothing (R-R6).

A line that names a batch meets the transfer of that number, or awaits it: what a bulk transfer brings
was booked with its payments, so nothing is posted for it. Any other line meets an arrival or a
confirmed payment that it fits, each of them once, or is kept as an unmatched receipt.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.ledger.actions import BookMissing, open_day_held, reverse_entry
from feeledger.money import Money
from feeledger.payments.outcome import Outcome
from feeledger.payments.refusals import (
    AdviceMalformed,
    BankNotAgent,
    BankRefusal,
    RegionCannotBook,
)
from feeledger.payments.tables import PaymentRow
from feeledger.payments.trade_actions import SYSTEM, hold_trade, note_arrival
from feeledger.regions.tables import DesignatedAccountRow
from feeledger.trail import record_act
from feeledger.unmatched.actions import place_money
from feeledger.unmatched.arrival import lies_ahead
from feeledger.unmatched.flow import (
    AWAITED,
    FLOW,
    PLACED,
    REPEATED,
    TRANSFER,
    AccountFlow,
    FlowLine,
    LineJudged,
    answer_of_flow,
    meet_lines,
)
from feeledger.unmatched.flow_queries import (
    MetLater,
    batch_lines,
    batches_known,
    flow_of,
    hold_account,
    is_awaited,
    money_known,
    receipts_to_meet,
)
from feeledger.unmatched.key_actions import record_refused
from feeledger.unmatched.queries import account_named, receipt_of_id
from feeledger.unmatched.refusals import (
    AccountNotDesignated,
    ArrivalReused,
    TransferReused,
    TransferSumDiffers,
)
from feeledger.unmatched.tables import AccountFlowLineRow, AccountFlowRow


def record_flow(session: Session, flow: AccountFlow, *, bank: str, now: datetime) -> Outcome:
    """Take in a statement; the same again gets the first answer, other content is 13001.

    Never raises a refusal: the outcome holds it, and it is recorded with all but the lines (R-B4).
    """
    kept = flow_of(session, flow.region, bank, flow.flow_no)
    if kept is not None:
        return _answer_again(session, kept, flow, now=now)
    try:
        account = _account_of(session, flow, bank, now)
        # One statement of a number, and of an account, goes after the other.
        hold_trade(session, flow.region, bank, f"{flow.flow_no}/")
        hold_account(session, flow.region, account.id)
        kept = flow_of(session, flow.region, bank, flow.flow_no)
        if kept is not None:
            return _answer_again(session, kept, flow, now=now)
        batches = _judge_batches(session, flow, bank)
        _hold_day(session, flow)
    except BankRefusal as refusal:
        return _refuse(session, refusal, flow, bank=bank, now=now)
    met = meet_lines(flow, money_known(session, flow, account, bank))
    judged = (*batches, *_meet(session, flow, met, bank))
    answer = answer_of_flow(flow, Counter(one.outcome for one in judged))
    _keep(session, flow, account, answer, bank=bank, now=now)
    _keep_lines(session, flow, account, judged, bank=bank, now=now)
    return Outcome(answer=answer)


def meet_later_payments(session: Session, region: str, *, now: datetime) -> int:
    """Let receipts of statements meet payments that were confirmed since, by pay code and amount.

    The receipt's entry is reversed and the payment has its money, as if the confirmation had come
    first; give how many.
    """
    accounts = {one.account for one in receipts_to_meet(session, region)}
    for account in sorted(accounts):  # as a statement of each, and in one order
        hold_account(session, region, account)
    return sum(_meet_later(session, one, now) for one in receipts_to_meet(session, region))


def _meet_later(session: Session, one: MetLater, now: datetime) -> bool:
    line, payment = one.line, one.payment
    hold_trade(session, line.region, line.bank, f"{line.flow_no}/{line.line_no}")
    receipt = receipt_of_id(session, line.region, one.receipt, for_update=True)
    day = receipt.bank_day
    if receipt.state != "received" or not _note_money(session, line.region, payment, day):
        return False
    reverse_entry(session, line.region, receipt.entry, reason=f"payment:{payment}", now=now)
    receipt.state, receipt.payment = "matched", payment
    session.flush()
    record_act(
        session,
        region=line.region,
        actor=SYSTEM,
        act="match-receipt",
        subject=f"receipt:{receipt.id}",
        reason="",
        now=now,
        details={"payment": str(payment), "accflow_no": line.flow_no},
    )
    return True


def _note_money(session: Session, region: str, payment_id: int, day: date) -> bool:
    """Note that a payment's money came; one that a day file has listed stays in its state.

    False where it was reversed, or its money shown, before its row was held.
    """
    key = (region, payment_id)
    payment = session.get(PaymentRow, key, populate_existing=True, with_for_update=True)
    if payment is None or not is_awaited(session, payment, day):
        return False
    note_arrival(session, region, payment_id, agrees=True)
    return True


def _hold_day(session: Session, flow: AccountFlow) -> None:
    try:
        open_day_held(session, flow.region)
    except BookMissing as missing:
        raise RegionCannotBook(missing.detail) from missing


def _meet(
    session: Session, flow: AccountFlow, judged: Sequence[LineJudged], bank: str
) -> list[LineJudged]:
    """Tell each payment that was met that its money came, in the order of serials.

    One that was reversed meanwhile takes none: the line is then money of its own.
    """
    found = []
    for one in sorted(judged, key=lambda each: each.met.trade_no if each.met else ""):
        is_met = True
        if one.met is not None and one.met.payment is not None:
            hold_trade(session, flow.region, bank, one.met.trade_no)
            is_met = _note_money(session, flow.region, one.met.payment, flow.day)
        found.append(one if is_met else LineJudged(one.line, PLACED))
    return found


def _account_of(
    session: Session, flow: AccountFlow, bank: str, now: datetime
) -> DesignatedAccountRow:
    """Demand a day that has come, a designated account, and that this bank keeps it."""
    if lies_ahead(flow.day, now):
        text = Text(f"流水日期 {flow.day} 尚未到来。", f"The day {flow.day} is still to come.")
        raise AdviceMalformed(text, field="date")
    account = account_named(session, flow.region, flow.account, flow.day)
    if account is None:
        raise AccountNotDesignated(
            Text(
                f"{flow.account} 在 {flow.day} 不是 {flow.region} 的指定账户；已记录。",
                f"On {flow.day} {flow.account} was no designated account of {flow.region}; this is "
                f"on record.",
            )
        )
    if account.bank != bank:
        raise BankNotAgent(
            Text(
                f"{flow.account} 不在 {bank} 开立；账户流水由开户银行报送。",
                f"{flow.account} is not kept by {bank}; the bank that keeps it states it.",
            )
        )
    return account


def _judge_batches(session: Session, flow: AccountFlow, bank: str) -> tuple[LineJudged, ...]:
    """Hold the lines of bulk transfers against those. Raises TransferReused, TransferSumDiffers."""
    lines = [line for line in flow.lines if line.batch_no]
    numbers = [line.batch_no for line in lines]
    told = batches_known(session, flow.region, bank, numbers)
    before = batch_lines(session, flow.region, bank, numbers)
    return tuple(_judge_batch(flow, line, told, before) for line in lines)


def _judge_batch(
    flow: AccountFlow,
    line: FlowLine,
    told: dict[str, tuple[int, str]],
    before: dict[str, tuple[int, str, date]],
) -> LineJudged:
    first = before.get(line.batch_no)
    if first is not None:
        if first != (line.amount.fen, flow.account, flow.day):
            raise TransferReused(
                Text(
                    f"第 {line.number} 笔：批次 {line.batch_no} 已见于此前的流水，内容不同；整份未受理。",
                    f"Line {line.number}: batch {line.batch_no} stood in an earlier statement with "
                    f"other content; nothing was taken in.",
                )
            )
        return LineJudged(line, REPEATED)
    transfer = told.get(line.batch_no)
    if transfer is None:
        return LineJudged(line, AWAITED)
    if transfer != (line.amount.fen, flow.account):
        raise TransferSumDiffers(
            Text(
                f"第 {line.number} 笔：批次 {line.batch_no} 到账 {line.amount} 元，清单合计 "
                f"{Money(transfer[0])} 元（账户 {transfer[1]}）；整份未受理，请核对。",
                f"Line {line.number}: batch {line.batch_no} brought {line.amount}, its list adds up "
                f"to {Money(transfer[0])} in {transfer[1]}; nothing was taken in, check it.",
            )
        )
    return LineJudged(line, TRANSFER)


def _keep(
    session: Session,
    flow: AccountFlow,
    account: DesignatedAccountRow,
    answer: dict[str, object],
    *,
    bank: str,
    now: datetime,
) -> None:
    """Bind the statement's number for ever."""
    session.execute(
        insert(AccountFlowRow),
        {
            "region": flow.region,
            "bank": bank,
            "flow_no": flow.flow_no,
            "account": account.id,
            "account_no": flow.account,
            "day": flow.day,
            "content_sha256": flow.sha256(),
            "line_count": len(flow.lines),
            "total_fen": flow.total.fen,
            "answer": answer,
            "received_at": now,
        },
    )


def _keep_lines(
    session: Session,
    flow: AccountFlow,
    account: DesignatedAccountRow,
    judged: Sequence[LineJudged],
    *,
    bank: str,
    now: datetime,
) -> None:
    """Place the money of each line that is new, then keep every line."""
    receipts: dict[int, int] = {}
    for one in judged:
        if one.outcome == PLACED:
            arrival = flow.arrival_of(one.line)
            row = place_money(session, arrival, bank=bank, account_id=account.id, now=now)
            if row is not None:
                receipts[one.line.number] = row.id
    rows = [_line_values(flow, one, receipts.get(one.line.number), bank) for one in judged]
    if rows:
        session.execute(insert(AccountFlowLineRow), rows)


def _line_values(
    flow: AccountFlow, one: LineJudged, receipt: int | None, bank: str
) -> dict[str, object]:
    line = one.line
    return {
        "region": flow.region,
        "bank": bank,
        "flow_no": flow.flow_no,
        "line_no": line.number,
        "amount_fen": line.amount.fen,
        "payer_name": line.payer.name,
        "payer_account": line.payer.account,
        "payer_bank": line.payer.bank,
        "batch_no": line.batch_no or None,
        "words": line.words,
        "pay_type": line.pay_type,
        "sub_account": line.sub_account,
        "pay_code": line.pay_code,
        "outcome": one.outcome,
        "trade_no": one.met.trade_no if one.met else None,
        "receipt": receipt,
    }


def _answer_again(
    session: Session, kept: AccountFlowRow, flow: AccountFlow, *, now: datetime
) -> Outcome:
    if kept.content_sha256 == flow.sha256():
        return Outcome(answer=kept.answer, repeated=True)
    refusal = ArrivalReused(
        Text(
            f"流水号 {flow.flow_no} 已用于另一份内容不同的账户流水；未作任何更改，已记录。",
            f"Number {flow.flow_no} stands for a statement of other content; nothing changed, this is "
            f"on record.",
        )
    )
    return _refuse(session, refusal, flow, bank=kept.bank, now=now)


def _refuse(
    session: Session, refusal: BankRefusal, flow: AccountFlow, *, bank: str, now: datetime
) -> Outcome:
    """Record a refused statement, with all but its lines."""
    refused = {
        "region": flow.region,
        "bank": bank,
        "kind": FLOW,
        "trade_no": flow.flow_no,
        "amount_fen": flow.total.fen,
        "account_no": flow.account,
        "arrived_at": flow.arrived_at,
        "told": flow.told_whole(),
    }
    return record_refused(session, refusal, refused, now=now)
