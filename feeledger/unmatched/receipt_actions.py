"""Splitting an unmatched receipt, and sending one back to the account it came from (R-U2).

A split moves nothing in the ledger: the account of unmatched money is kept by designated account,
not by receipt. A return does, once another person has confirmed that the bank sent it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.errors import Conflict, Invalid, Text
from feeledger.ledger.actions import post_entry
from feeledger.ledger.chart import designated, unmatched
from feeledger.ledger.journal import Entry, Posting
from feeledger.money import Money
from feeledger.payments.tables import UnmatchedReceiptRow
from feeledger.people.roles import different_person
from feeledger.periods import beijing_date
from feeledger.store import new_id
from feeledger.trail import record_act
from feeledger.unmatched.queries import receipt_of_id
from feeledger.unmatched.receipt import STATES, ReceiptNotMovable, demand_received
from feeledger.unmatched.tables import ReceiptReturnRow


class SurplusImpossible(Invalid):
    """What is split off is nothing, or not less than the whole."""

    code = "surplus-impossible"
    title = Text("拆分金额须大于零且小于原款", "A part is above nothing and below the whole")


class PayeeUnknown(Invalid):
    """The bank told no account of the payer, so somebody must say from evidence which it is."""

    code = "payee-unknown"
    title = Text("付款账户不详", "The payer's account is not known")


class PayeeDiffers(Conflict):
    """Money goes back to the account it came from, to no other (R-U2)."""

    code = "payee-differs"
    title = Text("只能退回原付款账户", "Money goes back to the payer's own account only")


class ReturnDayImpossible(Invalid):
    """The day of the return lies before the money came, or is still to come."""

    code = "return-day-impossible"
    title = Text("退回日期不对", "The day of the return cannot be")


@dataclass(frozen=True, slots=True)
class Payee:
    """Where a return goes: name and account, perhaps the bank."""

    name: str
    account: str
    bank: str | None = None


@dataclass(frozen=True, slots=True)
class ReturnAsked:
    """Why a receipt is to go back, on what evidence; ``payee`` where the bank told none."""

    reason: str
    evidence: str
    payee: Payee | None = None


@dataclass(frozen=True, slots=True)
class ReturnDone:
    """The bank's own record of the return: its day and its reference."""

    returned_on: date
    bank_reference: str


def split_receipt(
    session: Session,
    region: str,
    receipt_id: int,
    surplus: Money,
    *,
    reason: str,
    by: str,
    now: datetime,
) -> tuple[int, int]:
    """Split a surplus off and give the ids of both parts: what remains, and the surplus (R-U2).

    Raises ReceiptMissing, ReceiptNotMovable, SurplusImpossible.
    """
    row = receipt_of_id(session, region, receipt_id, for_update=True)
    demand_received(row.state, row.id)
    whole = Money(row.amount_fen)
    if not Money(0) < surplus < whole:
        raise SurplusImpossible(
            Text(
                f"原款 {whole} 元，不能拆出 {surplus} 元。",
                f"Of {whole} one cannot split off {surplus}.",
            ),
            amount=str(whole),
        )
    row.state = "split"
    rest = _part_of(row, Money(whole.fen - surplus.fen), row.kind, now=now)
    over = _part_of(row, surplus, "surplus", now=now)
    session.add_all([rest, over])
    session.flush()
    for one in (rest, over):
        amounts = {"amount": str(Money(one.amount_fen)), "parent": str(row.id)}
        _note(session, one, "split-receipt", by=by, reason=reason, now=now, details=amounts)
    parts = {"parts": [str(rest.id), str(over.id)], "surplus": str(surplus)}
    _note(session, row, "split-receipt", by=by, reason=reason, now=now, details=parts)
    return rest.id, over.id


def request_return(
    session: Session, region: str, receipt_id: int, asked: ReturnAsked, *, by: str, now: datetime
) -> int:
    """Ask that a receipt go back to its payer, and give the id of the request.

    Raises ReceiptMissing, ReceiptNotMovable, PayeeUnknown, PayeeDiffers.
    """
    row = receipt_of_id(session, region, receipt_id, for_update=True)
    demand_received(row.state, row.id)
    payee = payee_of(row, asked.payee)
    request = ReceiptReturnRow(
        region=region,
        id=new_id(now),
        receipt=row.id,
        amount_fen=row.amount_fen,
        state="requested",
        payee_name=payee.name,
        payee_account=payee.account,
        payee_bank=payee.bank,
        reason=asked.reason,
        evidence=asked.evidence,
        requested_by=by,
        requested_at=now,
    )
    session.add(request)
    row.state = "return_requested"
    session.flush()
    details = {"payee": payee.name, "account": payee.account, "evidence": asked.evidence}
    _note(session, row, "request-return", by=by, reason=asked.reason, now=now, details=details)
    return request.id


def confirm_return(
    session: Session, region: str, receipt_id: int, done: ReturnDone, *, by: str, now: datetime
) -> None:
    """Confirm that the bank sent the money back, and post it; another person than who asked.

    ``now`` gives today. Raises ReceiptMissing, ReceiptNotMovable, SamePerson, ReturnDayImpossible,
    BookMissing.
    """
    row, request = _requested(session, region, receipt_id)
    different_person(request.requested_by, by)
    _demand_day(done.returned_on, row.bank_day, now)
    entry = Entry(
        kind="return",
        subject=f"receipt:{row.id}",
        postings=(Posting(unmatched(row.account), designated(row.account), Money(row.amount_fen)),),
        reason=request.reason,
    )
    request.entry = post_entry(session, region, entry, now=now)
    request.state, request.decided_by, request.decided_at = "returned", by, now
    request.returned_on, request.bank_reference = done.returned_on, done.bank_reference
    row.state = "returned"
    session.flush()
    details = {
        "returned_on": done.returned_on.isoformat(),
        "bank_reference": done.bank_reference,
        "account": request.payee_account,
    }
    _note(session, row, "confirm-return", by=by, reason="", now=now, details=details)


def refuse_return(
    session: Session, region: str, receipt_id: int, *, reason: str, by: str, now: datetime
) -> None:
    """Refuse a return that was asked for; the receipt is free again.

    Raises ReceiptMissing, ReceiptNotMovable, SamePerson.
    """
    row, request = _requested(session, region, receipt_id)
    different_person(request.requested_by, by)
    request.state, request.decided_by, request.decided_at = "refused", by, now
    request.decision_reason = reason
    row.state = "received"
    session.flush()
    _note(session, row, "refuse-return", by=by, reason=reason, now=now, details={})


def payee_of(row: UnmatchedReceiptRow, named: Payee | None) -> Payee:
    """Give where a receipt goes back to: the account it came from. Raises PayeeUnknown, PayeeDiffers."""
    if row.payer_account is None or row.payer_name is None:
        if named is None:
            raise PayeeUnknown(
                Text(
                    "银行未告知付款账户；请凭证据填写原付款人户名和账号。",
                    "The bank told no account; enter the payer's name and account from evidence.",
                )
            )
        _demand_told(row.payer_account, named.account)
        _demand_told(row.payer_name, named.name)
        return named
    if named is not None:
        _demand_told(row.payer_account, named.account)
        _demand_told(row.payer_name, named.name)
    return Payee(row.payer_name, row.payer_account, row.payer_bank)


def _demand_told(told: str | None, named: str) -> None:
    if told is not None and told != named:
        raise PayeeDiffers(
            Text(
                f"款项来自“{told}”，不能退往“{named}”。",
                f"The money came from “{told}” and does not go to “{named}”.",
            )
        )


def _demand_day(returned_on: date, arrived_on: date, now: datetime) -> None:
    today = beijing_date(now)
    if arrived_on <= returned_on <= today:
        return
    raise ReturnDayImpossible(
        Text(
            f"退回日期 {returned_on} 须在到账日 {arrived_on} 至今天 {today} 之间。",
            f"{returned_on} must lie between {arrived_on}, when the money came, and {today}.",
        )
    )


def _requested(
    session: Session, region: str, receipt_id: int
) -> tuple[UnmatchedReceiptRow, ReceiptReturnRow]:
    """Give a receipt whose return is asked for, and the request, locked."""
    row = receipt_of_id(session, region, receipt_id, for_update=True)
    if row.state != "return_requested":
        name = STATES[row.state]
        raise ReceiptNotMovable(
            Text(
                f"待查收入 {row.id}“{name.zh}”，没有待办的退回申请。",
                f"Receipt {row.id} is “{name.en}”; no return waits.",
            ),
            state=row.state,
        )
    query = select(ReceiptReturnRow).where(
        ReceiptReturnRow.region == region,
        ReceiptReturnRow.receipt == receipt_id,
        ReceiptReturnRow.state == "requested",
    )
    return row, session.scalars(query.with_for_update()).one()


def _part_of(
    row: UnmatchedReceiptRow, amount: Money, kind: str, *, now: datetime
) -> UnmatchedReceiptRow:
    """Make one part of a receipt: the parent's own, but for its amount and kind."""
    return UnmatchedReceiptRow(
        region=row.region,
        id=new_id(now),
        bank=row.bank,
        trade_no=row.trade_no,
        kind=kind,
        state="received",
        amount_fen=amount.fen,
        account=row.account,
        entry=row.entry,
        pay_code=row.pay_code,
        parent=row.id,
        payer_name=row.payer_name,
        payer_account=row.payer_account,
        payer_bank=row.payer_bank,
        remark=row.remark,
        arrived_at=row.arrived_at,
        bank_day=row.bank_day,
        recorded_at=now,
    )


def _note(
    session: Session,
    row: UnmatchedReceiptRow,
    act: str,
    *,
    by: str,
    reason: str,
    now: datetime,
    details: Mapping[str, object],
) -> None:
    record_act(
        session,
        region=row.region,
        actor=by,
        act=act,
        subject=f"receipt:{row.id}",
        reason=reason,
        now=now,
        details=details,
    )
