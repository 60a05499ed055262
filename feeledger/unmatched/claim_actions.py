"""Claims of unmatched receipts: one person proposes, another audits, then they are booked (R-U1 to U3).

Locks in one order: notices, the claim, receipts by id. Whoever comes second finds the state moved
and is told so; nothing is half done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.money import Money, total_of
from feeledger.notices.tables import NoticeRow
from feeledger.payments.advice import Advice, entry_of_claim, receipt_of
from feeledger.payments.booking_actions import CLAIM, Booking, book_payment
from feeledger.payments.tables import UnmatchedReceiptRow
from feeledger.people.roles import different_person
from feeledger.regions.tables import DesignatedAccountRow
from feeledger.store import new_id
from feeledger.trail import record_act
from feeledger.unmatched.claim import (
    CHANNEL,
    SERIAL_PREFIX,
    ClaimNotMovable,
    PayerNotConfirmed,
    day_of_claim,
    demand_claimable,
    demand_one_account,
    demand_shape,
    demand_sums,
    payer_differences,
)
from feeledger.unmatched.claim_queries import (
    locked_claim,
    locked_receipts,
    money_seen,
    notice_claimed,
    notices_by_codes,
    notices_of_claim,
    payable_notice,
    receipts_of_claim,
)
from feeledger.unmatched.queries import receipt_of_id
from feeledger.unmatched.receipt import demand_received
from feeledger.unmatched.tables import ClaimedNoticeRow, ClaimedReceiptRow, ReceiptClaimRow


@dataclass(frozen=True, slots=True)
class Proposal:
    """Which receipts are claimed for which notices, and why."""

    receipts: tuple[int, ...]
    pay_codes: tuple[str, ...]
    reason: str


def propose_claim(
    session: Session, region: str, proposal: Proposal, *, by: str, now: datetime
) -> int:
    """Propose a claim and give its id; its receipts are held for it.

    Raises ClaimShapeWrong, ReceiptMissing, ReceiptNotMovable, ClaimAccountsDiffer,
    NoticeNotClaimable, ClaimSumDiffers.
    """
    ids, codes = set(proposal.receipts), list(dict.fromkeys(proposal.pay_codes))
    demand_shape(len(ids), len(codes))
    for receipt_id in sorted(ids):
        receipt_of_id(session, region, receipt_id)
    rows = locked_receipts(session, region, ids)
    for row in rows:
        demand_received(row.state, row.id)
    money = [money_seen(row) for row in rows]
    demand_one_account(money)
    on = day_of_claim(money)
    notices = [notice_claimed(session, row, on) for row in notices_by_codes(session, region, codes)]
    for notice in notices:
        demand_claimable(notice, on)
    demand_sums(money, notices)
    claim = ReceiptClaimRow(
        region=region,
        id=new_id(now),
        amount_fen=total_of(one.amount for one in money).fen,
        reason=proposal.reason,
        differences=payer_differences(money, notices),
        proposed_by=by,
        proposed_at=now,
    )
    session.add(claim)
    session.flush()
    its = {"region": region, "claim": claim.id}
    taken = [{**its, "receipt": one.id, "amount_fen": one.amount.fen} for one in money]
    named = [
        {**its, "notice": one.id, "pay_code": one.pay_code, "amount_fen": one.payable.fen}
        for one in notices
    ]
    session.execute(insert(ClaimedReceiptRow), taken)
    session.execute(insert(ClaimedNoticeRow), named)
    _move_receipts(session, rows, state="claim_proposed", claim=claim.id)
    details = {"pay_codes": codes, "amount": str(Money(claim.amount_fen))}
    _note(session, claim, rows, "propose-claim", by=by, reason=proposal.reason, details=details)
    return claim.id


def audit_claim(
    session: Session,
    region: str,
    claim_id: int,
    *,
    payer_confirmed: bool,
    reason: str,
    by: str,
    now: datetime,
) -> None:
    """Let a claim be booked; another person than its proposer decides (R-U3).

    Raises ClaimMissing, ClaimNotMovable, SamePerson, PayerNotConfirmed.
    """
    claim, rows = _open_claim(session, region, claim_id, "claim_proposed")
    different_person(claim.proposed_by, by)
    if claim.differences and not payer_confirmed:
        raise PayerNotConfirmed(
            Text(
                "款项的付款人或账号与通知书不一致，请核实并勾选确认。",
                "The money's payer or account is not the notice's: check it, and confirm it.",
            )
        )
    claim.audited_by, claim.audited_at = by, now
    _move_receipts(session, rows, state="audited", claim=claim.id)
    details = {"payer_confirmed": bool(claim.differences)}
    _note(session, claim, rows, "audit-claim", by=by, reason=reason, details=details)


def reject_claim(
    session: Session, region: str, claim_id: int, *, reason: str, by: str, now: datetime
) -> None:
    """Refuse a proposed claim; its receipts are free again.

    Raises ClaimMissing, ClaimNotMovable, SamePerson.
    """
    claim, rows = _open_claim(session, region, claim_id, "claim_proposed")
    different_person(claim.proposed_by, by)
    _end(session, claim, rows, "rejected", reason=reason, by=by, now=now)


def withdraw_claim(
    session: Session, region: str, claim_id: int, *, reason: str, by: str, now: datetime
) -> None:
    """Give up a claim that is not booked; its receipts are free again.

    Raises ClaimMissing, ClaimNotMovable.
    """
    claim, rows = _open_claim(session, region, claim_id, "claim_proposed", "audited")
    _end(session, claim, rows, "withdrawn", reason=reason, by=by, now=now)


def book_claim(session: Session, region: str, claim_id: int, *, by: str, now: datetime) -> None:
    """Pay every notice of an audited claim from its receipts, all or none (R-U1).

    Raises ClaimMissing, ClaimNotMovable, NoticeNotClaimable, ClaimSumDiffers, BookMissing.
    """
    codes = [row.pay_code for row in notices_of_claim(session, region, claim_id)]
    notices = notices_by_codes(session, region, codes, for_update=True)
    claim, rows = _open_claim(session, region, claim_id, "audited")
    money = [money_seen(row) for row in rows]
    on = day_of_claim(money)
    seen = [notice_claimed(session, row, on) for row in notices]
    for notice in seen:
        demand_claimable(notice, on)
    demand_sums(money, seen)
    last = max(rows, key=lambda row: (row.arrived_at, row.id))
    paid = {row.id: _pay(session, row, rows, last, now=now) for row in notices}
    for named in notices_of_claim(session, region, claim_id):
        named.payment = paid[named.notice]
    claim.ended_as, claim.ended_by, claim.ended_at = "booked", by, now
    _move_receipts(session, rows, state="matched", claim=claim.id)
    details = {"payments": [str(paid[row.id]) for row in notices]}
    _note(session, claim, rows, "book-claim", by=by, reason="", details=details)


def _pay(
    session: Session,
    notice: NoticeRow,
    receipts: Sequence[UnmatchedReceiptRow],
    last: UnmatchedReceiptRow,
    *,
    now: datetime,
) -> int:
    """Book the payment of one notice, late fees by the day of the money (R-M5); give its id."""
    payable = payable_notice(session, notice)
    fees = payable.late_by(last.bank_day)
    payment_id, late = new_id(now), total_of(fees)
    account = session.get_one(DesignatedAccountRow, (notice.region, last.account))
    advice = Advice(
        pay_code=payable.pay_code,
        trade_no=f"{SERIAL_PREFIX}{payment_id}",
        amount=payable.amount + late,
        account=account.account_no,
        paid_at=last.arrived_at,
        payer_name=_one_of({row.payer_name for row in receipts}),
        payer_account=_one_of({row.payer_account for row in receipts}),
        channel=CHANNEL,
    )
    booking = Booking(
        advice=advice,
        bank=last.bank,
        payment_id=payment_id,
        notice_id=notice.id,
        account_id=account.id,
        entry=entry_of_claim(payable, payment_id=payment_id, account_id=account.id, fees=fees),
        late=late,
        answer=receipt_of(advice, payment_id=payment_id, late=late, received_at=now),
        now=now,
        kind=CLAIM,
        state="arrived",
        reliefs=payable.reliefs,
    )
    if not book_payment(session, booking):
        raise TypeError(advice.trade_no)
    return payment_id


def _one_of(values: set[str | None]) -> str | None:
    """Give the one value that all share; None where they differ."""
    return values.pop() if len(values) == 1 else None


def _open_claim(
    session: Session, region: str, claim_id: int, *states: str
) -> tuple[ReceiptClaimRow, tuple[UnmatchedReceiptRow, ...]]:
    """Give a claim and its receipts, locked, where all of them still stand in one of the states."""
    claim = locked_claim(session, region, claim_id)
    rows = locked_receipts(session, region, receipts_of_claim(session, region, claim_id))
    if all(row.claim == claim_id and row.state in states for row in rows):
        return claim, rows
    raise ClaimNotMovable(
        Text(
            "该项认领已办结、已退回，或款项已由银行确认；请刷新后查看。",
            "The claim is over or was taken further, or the bank has confirmed the money; look again.",
        )
    )


def _end(
    session: Session,
    claim: ReceiptClaimRow,
    rows: Sequence[UnmatchedReceiptRow],
    ended_as: str,
    *,
    reason: str,
    by: str,
    now: datetime,
) -> None:
    claim.ended_as, claim.ended_by, claim.ended_at, claim.end_reason = ended_as, by, now, reason
    _move_receipts(session, rows, state="received", claim=None)
    act = {"rejected": "reject-claim", "withdrawn": "withdraw-claim"}[ended_as]
    _note(session, claim, rows, act, by=by, reason=reason, details={})


def _move_receipts(
    session: Session, rows: Sequence[UnmatchedReceiptRow], *, state: str, claim: int | None
) -> None:
    for row in rows:
        row.state, row.claim = state, claim
    session.flush()


def _note(
    session: Session,
    claim: ReceiptClaimRow,
    rows: Sequence[UnmatchedReceiptRow],
    act: str,
    *,
    by: str,
    reason: str,
    details: Mapping[str, object],
) -> None:
    record_act(
        session,
        region=claim.region,
        actor=by,
        act=act,
        subject=f"receipt-claim:{claim.id}",
        reason=reason,
        now=claim.ended_at or claim.audited_at or claim.proposed_at,
        details={"receipts": [str(row.id) for row in rows], **details},
    )
