"""Finding claims, what they take in, and what they are judged by."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.money import Money
from feeledger.notices.relief_queries import amount_due, due_lines_of, payables_on
from feeledger.notices.tables import NoticeRow
from feeledger.payments.advice import PayableNotice
from feeledger.payments.queries import NOTICE_OF_PAYMENT
from feeledger.payments.tables import PaymentRow, UnmatchedReceiptRow
from feeledger.unmatched.claim import ClaimMissing, MoneySeen, NoticeClaimed, NoticeNotClaimable
from feeledger.unmatched.tables import ClaimedNoticeRow, ClaimedReceiptRow, ReceiptClaimRow

ACCOUNTS_KNOWN = 20


def locked_receipts(
    session: Session, region: str, ids: Collection[int]
) -> tuple[UnmatchedReceiptRow, ...]:
    """Give receipts, locked in the order of their ids, as everybody locks them."""
    query = (
        select(UnmatchedReceiptRow)
        .where(UnmatchedReceiptRow.region == region, UnmatchedReceiptRow.id.in_(sorted(ids)))
        .order_by(UnmatchedReceiptRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return tuple(session.scalars(query))


def locked_claim(session: Session, region: str, claim_id: int) -> ReceiptClaimRow:
    """Give a claim, locked. Raises ClaimMissing."""
    row = session.get(
        ReceiptClaimRow, (region, claim_id), with_for_update=True, populate_existing=True
    )
    if row is None:
        raise ClaimMissing(
            Text(f"没有编号为 {claim_id} 的认领。", f"There is no claim {claim_id}.")
        )
    return row


def receipts_of_claim(session: Session, region: str, claim_id: int) -> tuple[int, ...]:
    """Give the ids of the receipts a claim took in."""
    query = select(ClaimedReceiptRow.receipt).where(
        ClaimedReceiptRow.region == region, ClaimedReceiptRow.claim == claim_id
    )
    return tuple(session.scalars(query.order_by(ClaimedReceiptRow.receipt)))


def notices_of_claim(session: Session, region: str, claim_id: int) -> tuple[ClaimedNoticeRow, ...]:
    """Give the notices a claim names, in the order of their ids."""
    query = select(ClaimedNoticeRow).where(
        ClaimedNoticeRow.region == region, ClaimedNoticeRow.claim == claim_id
    )
    return tuple(session.scalars(query.order_by(ClaimedNoticeRow.notice)))


def claims_of_receipts(
    session: Session, region: str, receipts: Collection[int]
) -> tuple[ReceiptClaimRow, ...]:
    """Give every claim that took in any of some receipts, the latest first."""
    query = (
        select(ReceiptClaimRow)
        .join(
            ClaimedReceiptRow,
            (ClaimedReceiptRow.region == ReceiptClaimRow.region)
            & (ClaimedReceiptRow.claim == ReceiptClaimRow.id),
        )
        .where(ReceiptClaimRow.region == region, ClaimedReceiptRow.receipt.in_(sorted(receipts)))
        .order_by(ReceiptClaimRow.proposed_at.desc(), ReceiptClaimRow.id.desc())
        .distinct()
    )
    return tuple(session.scalars(query))


def notices_by_codes(
    session: Session, region: str, pay_codes: Sequence[str], *, for_update: bool = False
) -> tuple[NoticeRow, ...]:
    """Give the notices of pay codes by their ids, perhaps locked. Raises NoticeNotClaimable."""
    query = (
        select(NoticeRow)
        .where(NoticeRow.region == region, NoticeRow.pay_code.in_(sorted(pay_codes)))
        .order_by(NoticeRow.id)
        .execution_options(populate_existing=True)
    )
    rows = tuple(session.scalars(query.with_for_update(key_share=True) if for_update else query))
    unknown = sorted(set(pay_codes) - {row.pay_code for row in rows})
    if unknown:
        raise NoticeNotClaimable(
            Text(
                f"本区划没有缴款码为 {unknown[0]} 的通知书，请核对。",
                f"The region has no notice of pay code {unknown[0]}; check it.",
            ),
            pay_code=unknown[0],
        )
    return rows


def payable_notice(session: Session, row: NoticeRow) -> PayableNotice:
    """Give a notice as its payment sees it."""
    return PayableNotice(
        id=row.id,
        pay_code=row.pay_code or "",
        amount=amount_due(row),
        lines=due_lines_of(session, row.region, [row.id])[row.id],
        due_on=row.due_on,
        reliefs=row.reliefs,
    )


def notice_claimed(session: Session, row: NoticeRow, on: date) -> NoticeClaimed:
    """Give a notice as a claim meets it, what is payable by a day."""
    return NoticeClaimed(
        id=row.id,
        pay_code=row.pay_code or "",
        status=row.status,
        payable=payables_on(session, row.region, [row], on)[row.id],
        valid_until=row.valid_until,
        payer_name=row.payer_name,
        known_accounts=accounts_of_payer(session, row.region, row.uscc),
    )


def money_seen(row: UnmatchedReceiptRow) -> MoneySeen:
    """Give a receipt as its claim meets it."""
    return MoneySeen(
        id=row.id,
        amount=Money(row.amount_fen),
        account=row.account,
        arrived_at=row.arrived_at,
        arrived_on=row.bank_day,
        payer_name=row.payer_name,
        payer_account=row.payer_account,
    )


def accounts_of_payer(session: Session, region: str, uscc: str) -> frozenset[str]:
    """Give accounts from which a payer has paid before; a few are enough to know one by."""
    query = (
        select(PaymentRow.payer_account)
        .join(NoticeRow, NOTICE_OF_PAYMENT)
        .where(
            PaymentRow.region == region,
            NoticeRow.region == region,
            NoticeRow.uscc == uscc,
            PaymentRow.payer_account.is_not(None),
        )
        .distinct()
        .limit(ACCOUNTS_KNOWN)
    )
    return frozenset(account for account in session.scalars(query) if account)
