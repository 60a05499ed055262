"""The audit of money that arrived: receipts, claims and returns held against the ledger and each other."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from feeledger.errors import Text
from feeledger.ledger.chart import unmatched
from feeledger.ledger.queries import Balance
from feeledger.ledger.verify_queries import LedgerFault, account_sums, entry_sums, stray_entries
from feeledger.payments.tables import PaymentRow, UnmatchedReceiptRow
from feeledger.unmatched.receipt import OPEN
from feeledger.unmatched.tables import (
    AccountFlowLineRow,
    ClaimedNoticeRow,
    ClaimedReceiptRow,
    FundsArrivalRow,
    ReceiptClaimRow,
    ReceiptReturnRow,
)

CLAIM: Final = ClaimedReceiptRow.claim
RECEIPT: Final = Text("待查收入", "receipt")


def verify_unmatched(session: Session, region: str) -> tuple[LedgerFault, ...]:
    """Give every fault of a region's unmatched money; an empty tuple is a clean one."""
    checks = (
        _accounts_off_receipts(session, region),
        _entries_off_receipts(session, region),
        _entries_off_returns(session, region),
        _splits_that_do_not_add_up(session, region),
        _money_counted_twice(session, region),
        _claims_that_differ(session, region),
        _payments_without_claim(session, region),
        _arrivals_without_place(session, region),
    )
    return tuple(fault for check in checks for fault in check)


def _accounts_off_receipts(session: Session, region: str) -> Iterator[LedgerFault]:
    """Hold the balance of each unmatched account against its open receipts."""
    query = (
        select(UnmatchedReceiptRow.account, func.sum(UnmatchedReceiptRow.amount_fen))
        .where(UnmatchedReceiptRow.region == region, UnmatchedReceiptRow.state.in_(OPEN))
        .group_by(UnmatchedReceiptRow.account)
    )
    held = {str(unmatched(account)): int(fen) for account, fen in session.execute(query)}
    sums = account_sums(session, region)
    names = {name for name in sums if name.startswith("unmatched/")} | held.keys()
    for name in sorted(names):
        found = -sums.get(name, Balance()).net_fen
        if found != held.get(name, 0):
            yield LedgerFault(
                "account-off-receipts",
                f"account:{name}",
                Text(
                    f"账簿 {found} 分，待查收入合计 {held.get(name, 0)} 分",
                    f"the ledger says {found} fen, the open receipts {held.get(name, 0)}",
                ),
            )


def _entries_off_receipts(session: Session, region: str) -> Iterator[LedgerFault]:
    query = select(
        UnmatchedReceiptRow.entry, UnmatchedReceiptRow.id, UnmatchedReceiptRow.amount_fen
    ).where(UnmatchedReceiptRow.region == region, UnmatchedReceiptRow.parent.is_(None))
    wanted = {entry: (f"receipt:{its}", fen) for entry, its, fen in session.execute(query)}
    yield from stray_entries(session, region, "arrival", wanted, RECEIPT)


def _entries_off_returns(session: Session, region: str) -> Iterator[LedgerFault]:
    query = select(
        ReceiptReturnRow.entry, ReceiptReturnRow.receipt, ReceiptReturnRow.amount_fen
    ).where(ReceiptReturnRow.region == region, ReceiptReturnRow.state == "returned")
    wanted = {entry: (f"receipt:{its}", fen) for entry, its, fen in session.execute(query)}
    yield from stray_entries(session, region, "return", wanted, RECEIPT)


def _splits_that_do_not_add_up(session: Session, region: str) -> Iterator[LedgerFault]:
    """Hold the parts of a split against what they were split from (R-U2)."""
    part = aliased(UnmatchedReceiptRow)
    query = (
        select(UnmatchedReceiptRow.id)
        .outerjoin(
            part,
            and_(part.region == UnmatchedReceiptRow.region, part.parent == UnmatchedReceiptRow.id),
        )
        .where(UnmatchedReceiptRow.region == region)
        .group_by(
            UnmatchedReceiptRow.region,
            UnmatchedReceiptRow.id,
            UnmatchedReceiptRow.state,
            UnmatchedReceiptRow.amount_fen,
        )
        .having(
            or_(
                and_(
                    UnmatchedReceiptRow.state == "split",
                    func.coalesce(func.sum(part.amount_fen), 0) != UnmatchedReceiptRow.amount_fen,
                ),
                and_(UnmatchedReceiptRow.state != "split", func.count(part.id) > 0),
            )
        )
    )
    for receipt in session.scalars(query):
        yield LedgerFault(
            "split-does-not-add-up",
            f"receipt:{receipt}",
            Text("拆分各部分与原款不符", "its parts are not what was split"),
        )


def _money_counted_twice(session: Session, region: str) -> Iterator[LedgerFault]:
    """Find money of a serial that stands both as a confirmed payment and as a receipt.

    A statement of the account tells no serial: its receipt is a payment's by pay code and amount.
    """
    stated = and_(
        PaymentRow.id == UnmatchedReceiptRow.payment,
        PaymentRow.amount_fen == UnmatchedReceiptRow.amount_fen,
        select(AccountFlowLineRow.line_no)
        .where(
            AccountFlowLineRow.region == UnmatchedReceiptRow.region,
            AccountFlowLineRow.receipt == UnmatchedReceiptRow.id,
            AccountFlowLineRow.pay_code == PaymentRow.pay_code,
        )
        .exists(),
    )
    same = and_(
        PaymentRow.region == UnmatchedReceiptRow.region,
        PaymentRow.bank == UnmatchedReceiptRow.bank,
        or_(PaymentRow.trade_no == UnmatchedReceiptRow.trade_no, stated),
        PaymentRow.kind == "confirmation",
    )
    query = (
        select(
            UnmatchedReceiptRow.id,
            UnmatchedReceiptRow.entry,
            UnmatchedReceiptRow.payment,
            PaymentRow.id,
        )
        .outerjoin(PaymentRow, same)
        .where(
            UnmatchedReceiptRow.region == region,
            UnmatchedReceiptRow.parent.is_(None),
            or_(PaymentRow.id.is_not(None), UnmatchedReceiptRow.payment.is_not(None)),
        )
    )
    taken_back = {entry.subject for entry in entry_sums(session, region, "reversal")}
    for receipt, entry, payment, standing in session.execute(query):
        if payment != standing or f"entry:{entry}" not in taken_back:
            yield LedgerFault(
                "money-counted-twice",
                f"receipt:{receipt}",
                Text(
                    f"款项既作待查又作缴款 {standing}，或到账分录未冲回",
                    f"it stands beside payment {standing}, or its entry was not taken back",
                ),
            )


def _claims_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Hold a claim's receipts, its notices and, once booked, its payments together (R-U1)."""
    receipts = {
        claim: (count, int(fen), int(held))
        for claim, count, fen, held in session.execute(_claimed_sums(region))
    }
    notices = {
        claim: (count, int(fen), paid, int(paid_fen or 0))
        for claim, count, fen, paid, paid_fen in session.execute(_noticed_sums(region))
    }
    for claim in session.scalars(select(ReceiptClaimRow).where(ReceiptClaimRow.region == region)):
        taken, taken_fen, held = receipts.get(claim.id, (0, 0, 0))
        named, named_fen, paid, paid_fen = notices.get(claim.id, (0, 0, 0, 0))
        booked = claim.ended_as == "booked"
        sound = (
            taken_fen == named_fen == claim.amount_fen
            and min(taken, named) == 1
            and (paid, paid_fen) == ((named, named_fen) if booked else (0, 0))
            and (held == taken if booked else held == 0)
        )
        if not sound:
            yield LedgerFault(
                "claim-differs",
                f"receipt-claim:{claim.id}",
                Text(
                    "认领的款项、通知书与缴款不符", "its receipts, notices and payments do not fit"
                ),
            )


def _claimed_sums(region: str) -> Any:
    """Select what each claim took in, and how many of its receipts it has matched."""
    its = and_(UnmatchedReceiptRow.state == "matched", UnmatchedReceiptRow.claim == CLAIM)
    return (
        select(CLAIM, func.count(), func.sum(UnmatchedReceiptRow.amount_fen), func.count(_if(its)))
        .join(
            UnmatchedReceiptRow,
            and_(
                UnmatchedReceiptRow.region == ClaimedReceiptRow.region,
                UnmatchedReceiptRow.id == ClaimedReceiptRow.receipt,
            ),
        )
        .where(ClaimedReceiptRow.region == region)
        .group_by(ClaimedReceiptRow.region, CLAIM)
    )


def _noticed_sums(region: str) -> Any:
    """Select the notices each claim names, and the payments it made, with their sums."""
    return (
        select(
            ClaimedNoticeRow.claim,
            func.count(),
            func.sum(ClaimedNoticeRow.amount_fen),
            func.count(PaymentRow.id),
            func.sum(PaymentRow.amount_fen),
        )
        .outerjoin(
            PaymentRow,
            and_(
                PaymentRow.region == ClaimedNoticeRow.region,
                PaymentRow.id == ClaimedNoticeRow.payment,
                PaymentRow.kind == "claim",
                PaymentRow.notice == ClaimedNoticeRow.notice,
            ),
        )
        .where(ClaimedNoticeRow.region == region)
        .group_by(ClaimedNoticeRow.region, ClaimedNoticeRow.claim)
    )


def _if(condition: ColumnElement[bool]) -> ColumnElement[int | None]:
    return case((condition, 1))


def _payments_without_claim(session: Session, region: str) -> Iterator[LedgerFault]:
    query = (
        select(PaymentRow.id)
        .outerjoin(
            ClaimedNoticeRow,
            and_(
                ClaimedNoticeRow.region == PaymentRow.region,
                ClaimedNoticeRow.payment == PaymentRow.id,
            ),
        )
        .where(
            PaymentRow.region == region,
            PaymentRow.kind == "claim",
            ClaimedNoticeRow.claim.is_(None),
        )
    )
    for payment in session.scalars(query):
        yield LedgerFault(
            "payment-without-claim",
            f"payment:{payment}",
            Text("补录缴款没有相应认领", "no claim stands behind this payment"),
        )


def _arrivals_without_place(session: Session, region: str) -> Iterator[LedgerFault]:
    """Find money that a bank told of and that is neither a payment's nor a receipt's."""
    query = (
        select(FundsArrivalRow.bank, FundsArrivalRow.trade_no)
        .outerjoin(
            PaymentRow,
            and_(
                PaymentRow.region == FundsArrivalRow.region,
                PaymentRow.bank == FundsArrivalRow.bank,
                PaymentRow.trade_no == FundsArrivalRow.trade_no,
            ),
        )
        .outerjoin(
            UnmatchedReceiptRow,
            and_(
                UnmatchedReceiptRow.region == FundsArrivalRow.region,
                UnmatchedReceiptRow.bank == FundsArrivalRow.bank,
                UnmatchedReceiptRow.trade_no == FundsArrivalRow.trade_no,
            ),
        )
        .where(
            FundsArrivalRow.region == region,
            PaymentRow.id.is_(None),
            UnmatchedReceiptRow.id.is_(None),
        )
    )
    for bank, trade_no in session.execute(query):
        yield LedgerFault(
            "arrival-without-place",
            f"trade:{bank}/{trade_no}",
            Text("到账款项没有去处", "money arrived and stands nowhere"),
        )
