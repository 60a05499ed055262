"""The audit of a region's payments against keys, notices and entries; every fault is returned.

``verify_region`` audits the ledger on its own, the payments that should stand behind it, and its
seals; the whole audit, with what is built on payments, is ``audit_books`` of feeledger/audits.py.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.ledger.chart import designated, income
from feeledger.ledger.queries import Balance
from feeledger.ledger.seal_verify_queries import verify_seals
from feeledger.ledger.sealing import Particulars
from feeledger.ledger.verify_queries import LedgerFault, account_sums, stray_entries, verify_ledger
from feeledger.money import Money
from feeledger.notices.notice import PAID
from feeledger.notices.relief_queries import line_due_fen
from feeledger.notices.tables import LineReliefRow, NoticeLineRow, NoticeRow
from feeledger.payments.proof_queries import payment_particulars
from feeledger.payments.queries import NOTICE_OF_PAYMENT
from feeledger.payments.tables import PaymentKeyRow, PaymentRow, UnmatchedReceiptRow
from feeledger.payments.verify_reversal_queries import verify_reversals
from feeledger.periods import beijing_date
from feeledger.regions.tables import DesignatedAccountRow

REVERSED = "reversed"
ROWS_AT_ONCE = 1000
# Entries of higher storeys, which prove them themselves (feeledger/audits.py puts all together).
POSTED_ABOVE = ("refund-approval", "refund-payment", "settlement")
# What the reliefs that a payment was paid under took off its notice (R-M4).
RELIEVED_THEN = (
    select(func.coalesce(func.sum(LineReliefRow.fen), 0))
    .where(
        LineReliefRow.region == PaymentRow.region,
        LineReliefRow.notice == PaymentRow.notice,
        LineReliefRow.seq <= PaymentRow.reliefs,
    )
    .correlate(PaymentRow)
    .scalar_subquery()
)
KEY_OF_PAYMENT = and_(
    PaymentKeyRow.region == PaymentRow.region,
    PaymentKeyRow.bank == PaymentRow.bank,
    PaymentKeyRow.kind == PaymentRow.kind,
    PaymentKeyRow.trade_no == PaymentRow.trade_no,
)
ACCOUNT_OF_PAYMENT = and_(
    DesignatedAccountRow.region == PaymentRow.region, DesignatedAccountRow.id == PaymentRow.account
)


def verify_region(
    session: Session, region: str, particulars: Particulars = payment_particulars
) -> tuple[LedgerFault, ...]:
    """Audit a region's ledger, payments and seals; an empty tuple is a clean one.

    ``particulars`` tell what the seals bind beside the postings.
    """
    return (
        *verify_ledger(session, region),
        *verify_payments(session, region),
        *verify_seals(session, region, particulars),
    )


def verify_payments(session: Session, region: str) -> tuple[LedgerFault, ...]:
    """Hold payments, keys, notices and entries against each other."""
    checks = (
        _keys_that_differ(session, region),
        _keys_without_payment(session, region),
        _answers_that_differ(session, region),
        _entries_that_differ(session, region),
        _notices_that_differ(session, region),
        _notices_paid_wrongly(session, region),
        _sums_of_lines_that_differ(session, region),
        _accounts_that_differ(session, region),
        verify_reversals(session, region),
    )
    return tuple(fault for check in checks for fault in check)


def _keys_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    query = (
        select(PaymentRow.id, PaymentRow.trade_no)
        .outerjoin(PaymentKeyRow, KEY_OF_PAYMENT)
        .outerjoin(DesignatedAccountRow, ACCOUNT_OF_PAYMENT)
        .where(
            PaymentRow.region == region,
            or_(
                PaymentKeyRow.trade_no.is_(None),
                PaymentKeyRow.account_no != func.coalesce(DesignatedAccountRow.account_no, ""),
                PaymentKeyRow.pay_code != PaymentRow.pay_code,
                PaymentKeyRow.amount_fen != PaymentRow.amount_fen,
                PaymentKeyRow.paid_at != PaymentRow.paid_at,
            ),
        )
    )
    for payment, trade_no in session.execute(query):
        yield LedgerFault(
            "key-differs",
            f"payment:{payment}",
            Text(f"与流水 {trade_no} 的键不符", f"it is not what the key of {trade_no} binds"),
        )


def _keys_without_payment(session: Session, region: str) -> Iterator[LedgerFault]:
    query = (
        select(PaymentKeyRow.bank, PaymentKeyRow.trade_no)
        .outerjoin(PaymentRow, KEY_OF_PAYMENT)
        .where(
            PaymentKeyRow.region == region,
            PaymentKeyRow.kind.in_(("confirmation", "claim")),
            PaymentRow.id.is_(None),
        )
    )
    for bank, trade_no in session.execute(query):
        yield LedgerFault(
            "key-without-payment",
            f"trade:{bank}/{trade_no}",
            Text("已接受的流水没有缴款", "an accepted serial has no payment"),
        )


def _answers_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Hold what each bank was told against the payment, and its day against its time (R-R4)."""
    query = (
        select(PaymentRow, PaymentKeyRow.answer)
        .join(PaymentKeyRow, KEY_OF_PAYMENT)
        .where(PaymentRow.region == region)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    for payment, answer in session.execute(query):
        told = {name: answer.get(name) for name in _answer_of(payment)}
        if told != _answer_of(payment):
            yield LedgerFault(
                "answer-differs",
                f"payment:{payment.id}",
                Text("答复银行的内容与缴款不符", "the bank was told otherwise than what is kept"),
            )
        if payment.bank_day != beijing_date(payment.paid_at):
            yield LedgerFault(
                "bank-day-differs",
                f"payment:{payment.id}",
                Text(
                    f"缴款日 {payment.bank_day} 与缴款时间不符",
                    f"its day {payment.bank_day} is not that of its time",
                ),
            )
        session.expunge(payment)


def _answer_of(payment: PaymentRow) -> dict[str, str]:
    return {
        "payment_id": str(payment.id),
        "pay_code": payment.pay_code,
        "trade_no": payment.trade_no,
        "amount": str(Money(payment.amount_fen)),
        "late_fee": str(Money(payment.late_fen)),
    }


def _entries_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Match payments and entries one to one, by id, subject and amount."""
    query = select(PaymentRow.entry, PaymentRow.id, PaymentRow.amount_fen).where(
        PaymentRow.region == region
    )
    wanted = {entry: (f"payment:{payment}", fen) for entry, payment, fen in session.execute(query)}
    yield from stray_entries(session, region, "payment", wanted, Text("缴款", "payment"))


def _notices_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Hold each payment that stands against its notice: code, amount with late fee, day, status."""
    query = (
        select(PaymentRow.id, PaymentRow.notice)
        .outerjoin(NoticeRow, NOTICE_OF_PAYMENT)
        .where(
            PaymentRow.region == region,
            PaymentRow.state != REVERSED,
            or_(
                NoticeRow.id.is_(None),
                NoticeRow.pay_code != PaymentRow.pay_code,
                NoticeRow.amount_fen - RELIEVED_THEN != PaymentRow.amount_fen - PaymentRow.late_fen,
                # A notice may be issued afterwards for money that came before it (a claim).
                and_(PaymentRow.kind == "confirmation", PaymentRow.bank_day < NoticeRow.issued_on),
                PaymentRow.bank_day > NoticeRow.valid_until,
                PaymentRow.reliefs != NoticeRow.reliefs,  # none is granted once it is paid
                NoticeRow.status.not_in(sorted(PAID)),
            ),
        )
    )
    for payment, notice in session.execute(query):
        yield LedgerFault(
            "payment-off-notice",
            f"payment:{payment}",
            Text(f"与通知书 {notice} 不符", f"it does not fit notice {notice}"),
        )


def _notices_paid_wrongly(session: Session, region: str) -> Iterator[LedgerFault]:
    """Count the payments that stand for each notice: one for a paid one, none for others."""
    standing = func.sum(case((PaymentRow.state != REVERSED, 1), else_=0))
    is_paid = case((NoticeRow.status.in_(sorted(PAID)), 1), else_=0)
    query = (
        select(NoticeRow.id, NoticeRow.status, func.coalesce(standing, 0))
        .outerjoin(PaymentRow, NOTICE_OF_PAYMENT)
        .where(NoticeRow.region == region)
        .group_by(NoticeRow.region, NoticeRow.id, NoticeRow.status)
        .having(func.coalesce(standing, 0) != is_paid)
    )
    for notice, status, payments in session.execute(query):
        yield LedgerFault(
            "notice-paid-wrongly",
            f"notice:{notice}",
            Text(
                f"状态 {status}，有效缴款 {payments} 笔",
                f"it is {status} with {payments} payments that stand",
            ),
        )


def _sums_of_lines_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    query = (
        select(NoticeRow.id)
        .outerjoin(
            NoticeLineRow,
            and_(NoticeLineRow.region == NoticeRow.region, NoticeLineRow.notice == NoticeRow.id),
        )
        .where(NoticeRow.region == region)
        .group_by(NoticeRow.region, NoticeRow.id, NoticeRow.amount_fen)
        .having(func.coalesce(func.sum(NoticeLineRow.amount_fen), -1) != NoticeRow.amount_fen)
    )
    for notice in session.scalars(query):
        yield LedgerFault(
            "lines-do-not-add-up",
            f"notice:{notice}",
            Text("各行之和与总额不符", "its lines do not add up to its amount"),
        )


def _accounts_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Add income and account balances up from payments and lines, and hold the ledger against it.

    Late fees are held as a whole per account by the entries' sums.
    """
    expected: dict[str, int] = {}
    for unit, item, fen in session.execute(_line_sums(region)):
        expected[str(income(unit, item))] = -int(fen)
    for account, fen in session.execute(_account_sums(region)):
        name = str(designated(account))
        expected[name] = expected.get(name, 0) + int(fen)
    sums = account_sums(session, region, apart_from=POSTED_ABOVE)
    kinds = ("income/", "designated/")
    names = {name for name in sums if name.startswith(kinds)} | expected.keys()
    for name in sorted(names):
        found = sums.get(name, Balance()).net_fen
        if found != expected.get(name, 0):
            yield LedgerFault(
                "account-off-payments",
                f"account:{name}",
                Text(
                    f"账簿 {found} 分，缴款合计 {expected.get(name, 0)} 分",
                    f"the ledger says {found} fen, the payments {expected.get(name, 0)}",
                ),
            )


def _line_sums(region: str) -> Any:
    """Select what the lines of standing payments come to, by unit and item."""
    due = line_due_fen(PaymentRow.reliefs)
    return (
        select(NoticeLineRow.unit_code, NoticeLineRow.item_id, func.sum(due))
        .join(
            PaymentRow,
            and_(
                PaymentRow.region == NoticeLineRow.region,
                PaymentRow.notice == NoticeLineRow.notice,
                PaymentRow.state != REVERSED,
            ),
        )
        .where(
            NoticeLineRow.region == region,
            PaymentRow.region == region,
            due > 0,
        )
        .group_by(NoticeLineRow.unit_code, NoticeLineRow.item_id)
    )


def _account_sums(region: str) -> Any:
    """Select what came into each account: confirmed payments, money that came by itself, less returns.

    A claim moves nothing in the account; money that its own confirmation met counts with that.
    """
    payments = select(
        PaymentRow.account.label("account"), PaymentRow.amount_fen.label("fen")
    ).where(
        PaymentRow.region == region,
        PaymentRow.kind == "confirmation",
        PaymentRow.state != REVERSED,
    )
    receipts = select(UnmatchedReceiptRow.account, UnmatchedReceiptRow.amount_fen).where(
        UnmatchedReceiptRow.region == region,
        UnmatchedReceiptRow.parent.is_(None),
        UnmatchedReceiptRow.payment.is_(None),
    )
    returned = select(UnmatchedReceiptRow.account, -UnmatchedReceiptRow.amount_fen).where(
        UnmatchedReceiptRow.region == region, UnmatchedReceiptRow.state == "returned"
    )
    each = payments.union_all(receipts, returned).subquery()
    return select(each.c.account, func.sum(each.c.fen)).group_by(each.c.account)
