"""The audit of refunds: entries, lines, what is promised and paid back, notices, levels, people."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.ledger.chart import designated, income, late_fees, refund_due
from feeledger.ledger.queries import postings_of_entry
from feeledger.ledger.verify_queries import EntrySum, LedgerFault, account_sums, entry_sums
from feeledger.money import Money
from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import PaymentRefundRow, PaymentRow
from feeledger.refunds.queries import LINE_OF_REFUND
from feeledger.refunds.refund import RESERVING
from feeledger.refunds.tables import RefundLineRow, RefundRow, RefundShareRow

KINDS = {"refund-approval": "approval_entry", "refund-payment": "payment_entry"}
PAYMENT_OF_REFUND = and_(PaymentRow.region == RefundRow.region, PaymentRow.id == RefundRow.payment)


def verify_refunds(session: Session, region: str) -> tuple[LedgerFault, ...]:
    """Hold refunds, payments, notices and entries against each other; empty is clean."""
    checks = (
        _lines_that_differ(session, region),
        _entries_that_differ(session, region),
        _due_that_differs(session, region),
        _paid_from_elsewhere(session, region),
        _totals_that_differ(session, region),
        _notices_that_differ(session, region),
        _statuses_that_differ(session, region),
        _shares_that_differ(session, region),
    )
    return tuple(fault for check in checks for fault in check)


def _fault(code: str, refund: int, zh: str, en: str) -> LedgerFault:
    return LedgerFault(code, f"refund:{refund}", Text(zh, en))


def _lines_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    total = func.sum(RefundLineRow.amount_fen + RefundLineRow.late_fen)
    query = (
        select(RefundRow.id)
        .outerjoin(RefundLineRow, LINE_OF_REFUND)
        .where(RefundRow.region == region)
        .group_by(RefundRow.region, RefundRow.id, RefundRow.amount_fen)
        .having(func.coalesce(total, -1) != RefundRow.amount_fen)
    )
    for refund in session.scalars(query):
        yield _fault(
            "refund-lines-differ", refund, "各行之和与退付额不符", "its lines do not add up to it"
        )


def _entries_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Match refunds and entries one to one: an approval's from then on, a payment's once paid."""
    for kind, column in KINDS.items():
        states = RESERVING if kind == "refund-approval" else ("paid",)
        query = select(getattr(RefundRow, column), RefundRow.id, RefundRow.amount_fen).where(
            RefundRow.region == region, RefundRow.state.in_(states)
        )
        wanted = {entry: (refund, fen) for entry, refund, fen in session.execute(query)}
        for entry in entry_sums(session, region, kind):
            refund, fen = wanted.pop(entry.id, (None, 0))
            if refund is None or not _fits(session, region, entry, refund, fen):
                yield LedgerFault(
                    "entry-without-refund",
                    f"entry:{entry.id}",
                    Text(
                        f"分录 {entry.subject} 没有相应退付",
                        f"no refund stands behind {entry.subject}",
                    ),
                )
        for refund, _ in wanted.values():
            yield _fault(
                "refund-without-entry", refund, f"没有 {kind} 分录", f"it has no entry {kind}"
            )


def _fits(session: Session, region: str, entry: EntrySum, refund: int, fen: int) -> bool:
    """Say whether an entry moves a refund's amount through what is due for it.

    An approval takes it from the revenue and late fees of the refund's own lines.
    """
    due = refund_due(refund)
    postings = postings_of_entry(session, region, entry.id)
    through = sum(each.amount.fen for each in postings if due in (each.debit, each.credit))
    if entry.subject != f"refund:{refund}" or through != fen:
        return False
    if entry.kind != "refund-approval":
        return True
    taken = {str(each.debit): each.amount.fen for each in postings}
    return taken == _revenue_of(session, region, refund)


def _revenue_of(session: Session, region: str, refund: int) -> dict[str, int]:
    """Give what a refund's lines take from each account of revenue."""
    query = (
        select(RefundRow.unit_code, RefundLineRow)
        .join(RefundLineRow, LINE_OF_REFUND)
        .where(RefundRow.region == region, RefundLineRow.region == region, RefundRow.id == refund)
    )
    found: dict[str, int] = {}
    for unit, line in session.execute(query):
        for account, fen in (
            (income(unit, line.item_id), line.amount_fen),
            (late_fees(unit, line.item_id), line.late_fen),
        ):
            if fen:
                found[str(account)] = found.get(str(account), 0) + fen
    return found


def _due_that_differs(session: Session, region: str) -> Iterator[LedgerFault]:
    """Hold what is due by the ledger against refunds approved and not yet paid."""
    query = select(RefundRow.id, RefundRow.amount_fen).where(
        RefundRow.region == region, RefundRow.state == "finance_approved"
    )
    wanted = {str(refund_due(refund)): fen for refund, fen in session.execute(query)}
    found = {
        name: -balance.net_fen
        for name, balance in account_sums(session, region).items()
        if name.startswith("refund_due/")
    }
    for name in sorted(wanted.keys() | found.keys()):
        if found.get(name, 0) != wanted.get(name, 0):
            yield LedgerFault(
                "refund-due-differs",
                f"account:{name}",
                Text(
                    f"账簿 {found.get(name, 0)} 分，应退 {wanted.get(name, 0)} 分",
                    f"the ledger says {found.get(name, 0)} fen, {wanted.get(name, 0)} are due",
                ),
            )


def _paid_from_elsewhere(session: Session, region: str) -> Iterator[LedgerFault]:
    """Hold each paid refund's postings against its route: the account, or the levels (R-F2, R-F4)."""
    query = (
        select(RefundRow, PaymentRow.account)
        .join(PaymentRow, PAYMENT_OF_REFUND)
        .where(RefundRow.region == region, PaymentRow.region == region, RefundRow.state == "paid")
    )
    levels = _levels_taken(session, region)
    for row, account in session.execute(query):
        taken: dict[str, int] = {}
        for posting in postings_of_entry(session, region, row.payment_entry or 0):
            for side, sign in ((posting.credit, 1), (posting.debit, -1)):
                if side != refund_due(row.id):
                    taken[str(side)] = taken.get(str(side), 0) + sign * posting.amount.fen
        wanted = (
            {str(designated(account)): row.amount_fen}
            if row.route == "account"
            else levels.get(row.id, {})
        )
        if {name: fen for name, fen in taken.items() if fen} != wanted:
            yield _fault(
                "refund-route-differs",
                row.id,
                "支付来源与退付路径不符",
                "it was paid from elsewhere",
            )


def _levels_taken(session: Session, region: str) -> dict[int, dict[str, int]]:
    query = (
        select(RefundShareRow.refund, RefundShareRow.level, func.sum(RefundShareRow.fen))
        .where(RefundShareRow.region == region)
        .group_by(RefundShareRow.refund, RefundShareRow.level)
    )
    found: dict[int, dict[str, int]] = {}
    for refund, level, fen in session.execute(query):
        if fen:
            found.setdefault(refund, {})[f"treasury/{level}"] = int(fen)
    return found


def _totals_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Hold what is reserved and refunded of each payment against its refunds (R-F1)."""
    query = _totals_by_payment(region)
    for payment, amount, state, wanted, back, kept, refunded in session.execute(query):
        if (int(wanted), int(back)) != (kept or 0, refunded or 0):
            yield LedgerFault(
                "refund-total-differs",
                f"payment:{payment}",
                Text(
                    "占用额与各笔退付之和不符", "what is reserved is not what its refunds add up to"
                ),
            )
        if int(wanted) > amount or (int(wanted) and state == "reversed"):
            yield LedgerFault(
                "refunded-too-much",
                f"payment:{payment}",
                Text(
                    f"已批准 {Money(int(wanted))} 元，超过有效缴款",
                    f"{Money(int(wanted))} is approved, more than the payment that stands",
                ),
            )


def _totals_by_payment(region: str) -> Any:
    """Select what each payment's refunds add up to, beside what is kept of it."""
    reserved = func.sum(case((RefundRow.state.in_(RESERVING), RefundRow.amount_fen), else_=0))
    paid = func.sum(case((RefundRow.state == "paid", RefundRow.amount_fen), else_=0))
    return (
        select(
            RefundRow.payment,
            PaymentRow.amount_fen,
            PaymentRow.state,
            reserved,
            paid,
            PaymentRefundRow.reserved_fen,
            PaymentRefundRow.refunded_fen,
        )
        .join(PaymentRow, PAYMENT_OF_REFUND)
        .outerjoin(
            PaymentRefundRow,
            and_(
                PaymentRefundRow.region == RefundRow.region,
                PaymentRefundRow.payment == RefundRow.payment,
            ),
        )
        .where(RefundRow.region == region, PaymentRow.region == region)
        .group_by(
            RefundRow.region,
            RefundRow.payment,
            PaymentRow.amount_fen,
            PaymentRow.state,
            PaymentRefundRow.reserved_fen,
            PaymentRefundRow.refunded_fen,
        )
    )


def _notices_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Hold each notice's refunded charges against its paid refunds."""
    paid = RefundRow.state == "paid"
    charges = func.coalesce(func.sum(case((paid, RefundLineRow.amount_fen), else_=0)), 0)
    query = (
        select(NoticeRow.id, NoticeRow.refunded_fen, charges)
        .outerjoin(
            RefundRow, and_(RefundRow.region == NoticeRow.region, RefundRow.notice == NoticeRow.id)
        )
        .outerjoin(RefundLineRow, LINE_OF_REFUND)
        .where(
            NoticeRow.region == region,
            or_(NoticeRow.refunded_fen > 0, NoticeRow.status == "refunded", RefundRow.id > 0),
        )
        .group_by(NoticeRow.region, NoticeRow.id, NoticeRow.refunded_fen)
        .having(NoticeRow.refunded_fen != charges)
    )
    for notice, kept, added in session.execute(query):
        yield LedgerFault(
            "notice-refund-differs",
            f"notice:{notice}",
            Text(
                f"通知书记 {kept} 分已退，退付合计 {added} 分",
                f"it says {kept} fen were refunded, its refunds say {added}",
            ),
        )


def _statuses_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Give notices refunded where not all of the payment was paid back, or the other way round."""
    wrong = (
        select(NoticeRow.id)
        .outerjoin(
            PaymentRow,
            and_(
                PaymentRow.region == NoticeRow.region,
                PaymentRow.notice == NoticeRow.id,
                PaymentRow.state != "reversed",
            ),
        )
        .outerjoin(
            PaymentRefundRow,
            and_(
                PaymentRefundRow.region == PaymentRow.region,
                PaymentRefundRow.payment == PaymentRow.id,
            ),
        )
        .where(
            NoticeRow.region == region,
            (NoticeRow.status == "refunded")
            != func.coalesce(PaymentRefundRow.refunded_fen == PaymentRow.amount_fen, False),
        )
    )
    for notice in session.scalars(wrong):
        yield LedgerFault(
            "notice-refund-differs",
            f"notice:{notice}",
            Text("状态与已退金额不符", "its status is not that of what was refunded"),
        )


def _shares_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Hold what a refund took from the levels of a line against what it paid of it (R-F4)."""
    taken = func.sum(RefundShareRow.fen)
    query = (
        select(RefundShareRow.refund)
        .join(
            RefundLineRow,
            and_(
                RefundLineRow.region == RefundShareRow.region,
                RefundLineRow.refund == RefundShareRow.refund,
                RefundLineRow.line_no == RefundShareRow.line_no,
            ),
        )
        .where(RefundShareRow.region == region, RefundLineRow.region == region)
        .group_by(
            RefundShareRow.region,
            RefundShareRow.refund,
            RefundShareRow.line_no,
            RefundLineRow.amount_fen,
            RefundLineRow.late_fen,
        )
        .having(taken != RefundLineRow.amount_fen + RefundLineRow.late_fen)
    )
    for refund in session.scalars(query):
        yield _fault(
            "refund-shares-differ",
            refund,
            "各级分担之和与退付额不符",
            "what it took from the levels does not add up to it",
        )
