"""Claims for people: the list of them, and one with its receipts, its notices and its history."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, case, exists, func, select
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.money import Money
from feeledger.notices.relief_queries import payables_on
from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import UnmatchedReceiptRow
from feeledger.trail import TrailActRow, acts_about
from feeledger.unmatched.claim import ClaimMissing, day_of_claim
from feeledger.unmatched.claim_queries import money_seen
from feeledger.unmatched.tables import ClaimedNoticeRow, ClaimedReceiptRow, ReceiptClaimRow

CLAIM_STATES: Final = {
    "proposed": Text("待审核", "to be audited"),
    "audited": Text("已审核待入账", "audited, to be booked"),
    "booked": Text("已入账", "booked"),
    "rejected": Text("已退回", "rejected"),
    "withdrawn": Text("已撤回", "withdrawn"),
    "dropped": Text("已失效（银行已确认）", "fell to the bank's confirmation"),
}
PAYERS_SHOWN: Final = 3


def _holds(state: str) -> Any:
    return exists().where(
        UnmatchedReceiptRow.region == ReceiptClaimRow.region,
        UnmatchedReceiptRow.claim == ReceiptClaimRow.id,
        UnmatchedReceiptRow.state == state,
    )


# A confirmation of the bank takes the receipts of an open claim away, and so ends it.
STATE_NOW: Final = case(
    (ReceiptClaimRow.ended_as.is_not(None), ReceiptClaimRow.ended_as),
    (_holds("claim_proposed"), "proposed"),
    (_holds("audited"), "audited"),
    else_="dropped",
)


@dataclass(frozen=True, slots=True)
class ClaimListed:
    """A claim in a list: its state as things stand, how much it takes in, whose notices it pays."""

    row: ReceiptClaimRow
    state: str
    receipts: int
    notices: int
    payers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoticeOfClaim:
    """A notice that a claim names: what was payable when it was proposed, and what is now."""

    named: ClaimedNoticeRow
    row: NoticeRow
    payable: Money


@dataclass(frozen=True, slots=True)
class ClaimSeen:
    """A claim as people look at it."""

    row: ReceiptClaimRow
    state: str
    receipts: tuple[UnmatchedReceiptRow, ...]
    notices: tuple[NoticeOfClaim, ...]
    acts: tuple[TrailActRow, ...]


def find_claims(
    session: Session, region: str, state: str, *, limit: int, offset: int
) -> tuple[ClaimListed, ...]:
    """Give the claims in a state ("" for all); those that wait come the oldest first."""
    waits = state in ("proposed", "audited")
    at = ReceiptClaimRow.proposed_at
    query = (
        _in_state(select(ReceiptClaimRow, STATE_NOW), region, state)
        .order_by(at if waits else at.desc(), ReceiptClaimRow.id)
        .limit(limit)
        .offset(offset)
    )
    found = [(row, now) for row, now in session.execute(query)]
    ids = [row.id for row, _ in found]
    receipts, payers = _receipts_counted(session, region, ids), _payers(session, region, ids)
    return tuple(
        ClaimListed(row, now, receipts.get(row.id, 0), len(payers[row.id]), _first(payers[row.id]))
        for row, now in found
    )


def total_of_claims(session: Session, region: str, state: str) -> tuple[int, Money]:
    """Count the claims in a state ("" for all) and add them up."""
    query = select(func.count(), func.coalesce(func.sum(ReceiptClaimRow.amount_fen), 0))
    count, fen = session.execute(_in_state(query, region, state)).one()
    return count, Money(int(fen))


def claim_seen(session: Session, region: str, claim: int) -> ClaimSeen:
    """Gather a claim with all that belongs to it. Raises ClaimMissing."""
    query = select(ReceiptClaimRow, STATE_NOW).where(
        ReceiptClaimRow.region == region, ReceiptClaimRow.id == claim
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise ClaimMissing(Text(f"没有编号为 {claim} 的认领。", f"There is no claim {claim}."))
    row, state = found
    receipts = _receipts(session, region, claim)
    return ClaimSeen(
        row=row,
        state=state,
        receipts=receipts,
        notices=_notices(session, region, claim, receipts),
        acts=acts_about(session, region, f"receipt-claim:{claim}"),
    )


def claim_of_payment(session: Session, region: str, payment: int) -> int | None:
    """Give the claim that booked a payment; None for a bank's own confirmation."""
    query = select(ClaimedNoticeRow.claim).where(
        ClaimedNoticeRow.region == region, ClaimedNoticeRow.payment == payment
    )
    return session.scalar(query)


def _in_state(query: Any, region: str, state: str) -> Any:
    query = query.select_from(ReceiptClaimRow).where(ReceiptClaimRow.region == region)
    return query.where(state == STATE_NOW) if state else query


def _receipts(session: Session, region: str, claim: int) -> tuple[UnmatchedReceiptRow, ...]:
    query = (
        select(UnmatchedReceiptRow)
        .join(
            ClaimedReceiptRow,
            and_(
                ClaimedReceiptRow.region == UnmatchedReceiptRow.region,
                ClaimedReceiptRow.receipt == UnmatchedReceiptRow.id,
            ),
        )
        .where(ClaimedReceiptRow.region == region, ClaimedReceiptRow.claim == claim)
        .order_by(UnmatchedReceiptRow.bank_day, UnmatchedReceiptRow.id)
    )
    return tuple(session.scalars(query))


def _notices(
    session: Session, region: str, claim: int, receipts: tuple[UnmatchedReceiptRow, ...]
) -> tuple[NoticeOfClaim, ...]:
    query = (
        select(ClaimedNoticeRow, NoticeRow)
        .join(
            NoticeRow,
            and_(
                NoticeRow.region == ClaimedNoticeRow.region, NoticeRow.id == ClaimedNoticeRow.notice
            ),
        )
        .where(ClaimedNoticeRow.region == region, ClaimedNoticeRow.claim == claim)
        .order_by(NoticeRow.issued_on, NoticeRow.id)
    )
    found = [(named, row) for named, row in session.execute(query)]
    on = day_of_claim([money_seen(row) for row in receipts])
    payable = payables_on(session, region, [row for _, row in found], on)
    return tuple(NoticeOfClaim(named, row, payable[row.id]) for named, row in found)


def _receipts_counted(session: Session, region: str, claims: Collection[int]) -> dict[int, int]:
    query = (
        select(ClaimedReceiptRow.claim, func.count())
        .where(ClaimedReceiptRow.region == region, ClaimedReceiptRow.claim.in_(claims))
        .group_by(ClaimedReceiptRow.claim)
    )
    return {claim: int(count) for claim, count in session.execute(query)}


def _payers(session: Session, region: str, claims: Collection[int]) -> dict[int, list[str]]:
    """Give, by claim, whose notices it names, one name a notice."""
    query = (
        select(ClaimedNoticeRow.claim, NoticeRow.payer_name)
        .join(
            NoticeRow,
            and_(
                NoticeRow.region == ClaimedNoticeRow.region, NoticeRow.id == ClaimedNoticeRow.notice
            ),
        )
        .where(ClaimedNoticeRow.region == region, ClaimedNoticeRow.claim.in_(claims))
        .order_by(NoticeRow.id)
    )
    names: dict[int, list[str]] = defaultdict(list)
    for claim, name in session.execute(query):
        names[claim].append(name)
    return names


def _first(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))[:PAYERS_SHOWN]
