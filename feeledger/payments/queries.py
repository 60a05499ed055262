"""Finding payments, keys, refusals; and the one read that a payment is judged by.

``payment_view`` brings everything of one notice that matters to one bank on one day in a single
statement, the notice locked. What lies under a lock that had to be waited for may be older than
the lock: a key that is not seen there is looked for again before anything is refused.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from feeledger.money import Money
from feeledger.notices.notice import DueLine, late_rule_of
from feeledger.notices.tables import BankQueryRow, NoticeLineRow, NoticeRow
from feeledger.payments.advice import PayableNotice
from feeledger.payments.judging import PaymentView
from feeledger.payments.tables import (
    DiscrepancyRow,
    PaymentKeyRow,
    PaymentRow,
    RejectedConfirmationRow,
)
from feeledger.regions.queries import covers
from feeledger.regions.tables import AgentBankRow, DesignatedAccountRow, RegionSettingRow

CONFIRMATION = "confirmation"


def payment_view(
    session: Session, pay_code: str, *, bank: str, account_no: str, paid_on: date
) -> PaymentView | None:
    """Read and lock the notice of a pay code with all that its payment is judged by."""
    statement = _view_statement(pay_code[:6], pay_code, bank, account_no, paid_on)
    rows = session.execute(statement).all()
    return _view_of(rows) if rows else None


def key_of_trade(session: Session, region: str, bank: str, trade_no: str) -> PaymentKeyRow | None:
    """Find the key of an accepted confirmation, freshly."""
    query = select(PaymentKeyRow).where(
        PaymentKeyRow.region == region,
        PaymentKeyRow.bank == bank,
        PaymentKeyRow.kind == CONFIRMATION,
        PaymentKeyRow.trade_no == trade_no,
    )
    return session.scalar(query)


def payment_of_trade(session: Session, region: str, bank: str, trade_no: str) -> PaymentRow | None:
    """Find the payment of a bank's serial."""
    query = select(PaymentRow).where(
        PaymentRow.region == region, PaymentRow.bank == bank, PaymentRow.trade_no == trade_no
    )
    return session.scalar(query)


def payment_of_notice(session: Session, region: str, notice_id: int) -> PaymentRow | None:
    """Find the payment of a notice that stands."""
    query = select(PaymentRow).where(
        PaymentRow.region == region, PaymentRow.notice == notice_id, PaymentRow.state != "reversed"
    )
    return session.scalar(query)


def payment_of_id(session: Session, region: str, payment_id: int) -> PaymentRow | None:
    """Find a payment by its id."""
    return session.get(PaymentRow, (region, payment_id))


def payments_of_day(
    session: Session, region: str, bank_day: date, *, bank: str | None = None
) -> tuple[PaymentRow, ...]:
    """Give the payments of a bank's day (R-R4), by time."""
    query = select(PaymentRow).where(PaymentRow.region == region, PaymentRow.bank_day == bank_day)
    if bank is not None:
        query = query.where(PaymentRow.bank == bank)
    return tuple(session.scalars(query.order_by(PaymentRow.paid_at, PaymentRow.id)))


def latest_payments(session: Session, region: str, *, limit: int = 100) -> tuple[PaymentRow, ...]:
    """Give the latest payments of a region, by the bank's day and time."""
    query = (
        select(PaymentRow)
        .where(PaymentRow.region == region)
        .order_by(PaymentRow.bank_day.desc(), PaymentRow.paid_at.desc(), PaymentRow.id.desc())
        .limit(limit)
    )
    return tuple(session.scalars(query))


def rejected_confirmations(
    session: Session, region: str, *, limit: int = 100
) -> tuple[RejectedConfirmationRow, ...]:
    """Give the latest refused confirmations of a region."""
    query = (
        select(RejectedConfirmationRow)
        .where(RejectedConfirmationRow.region == region)
        .order_by(RejectedConfirmationRow.last_at.desc(), RejectedConfirmationRow.id.desc())
        .limit(limit)
    )
    return tuple(session.scalars(query))


def open_discrepancies(session: Session, region: str) -> tuple[DiscrepancyRow, ...]:
    """Give the serials that were used again with other content and are not settled."""
    query = (
        select(DiscrepancyRow)
        .where(DiscrepancyRow.region == region, DiscrepancyRow.state == "open")
        .order_by(DiscrepancyRow.found_at.desc(), DiscrepancyRow.id.desc())
    )
    return tuple(session.scalars(query))


def _view_statement(
    region: str, pay_code: str, bank: str, account_no: str, paid_on: date
) -> Select[*tuple[Any, ...]]:
    return (
        select(
            NoticeRow.id,
            NoticeRow.status,
            NoticeRow.crc_code,
            NoticeRow.amount_fen,
            NoticeRow.issued_on,
            NoticeRow.due_on,
            NoticeRow.valid_until,
            NoticeRow.pay_code,
            NoticeLineRow.unit_code,
            NoticeLineRow.item_id,
            NoticeLineRow.amount_fen.label("line_fen"),
            NoticeLineRow.late_rule,
            RegionSettingRow.paycode_profile,
            RegionSettingRow.require_prior_query,
            _is_agent(region, bank, paid_on).label("is_agent"),
            _has_account(region, paid_on).label("has_account"),
            _account_named(region, bank, account_no, paid_on).label("account_id"),
            _was_queried(region, bank).label("was_queried"),
        )
        .join(
            NoticeLineRow,
            and_(NoticeLineRow.region == NoticeRow.region, NoticeLineRow.notice == NoticeRow.id),
        )
        .join(RegionSettingRow, RegionSettingRow.region == NoticeRow.region)
        .where(NoticeRow.region == region, NoticeRow.pay_code == pay_code)
        .order_by(NoticeLineRow.line_no)
        .with_for_update(of=NoticeRow)
    )


def _is_agent(region: str, bank: str, paid_on: date) -> Any:
    return exists().where(
        AgentBankRow.region == region, AgentBankRow.bank == bank, covers(AgentBankRow, paid_on)
    )


def _has_account(region: str, paid_on: date) -> Any:
    any_account = aliased(DesignatedAccountRow)
    return exists().where(any_account.region == region, covers(any_account, paid_on))


def _account_named(region: str, bank: str, account_no: str, paid_on: date) -> Any:
    """Find the account of a number, if the bank may collect into it: its own, else any (15a)."""
    named, own = aliased(DesignatedAccountRow), aliased(DesignatedAccountRow)
    at_bank = exists().where(own.region == region, own.bank == bank, covers(own, paid_on))
    return (
        select(named.id)
        .where(
            named.region == region,
            named.account_no == account_no,
            covers(named, paid_on),
            or_(named.bank == bank, ~at_bank),
        )
        .order_by(named.valid_from.desc())
        .limit(1)
        .scalar_subquery()
    )


def _was_queried(region: str, bank: str) -> Any:
    return exists().where(
        BankQueryRow.region == region,
        BankQueryRow.notice == NoticeRow.id,
        BankQueryRow.bank == bank,
    )


def _view_of(rows: Sequence[Row[Any]]) -> PaymentView:
    first = rows[0]
    lines = tuple(
        DueLine(row.unit_code, row.item_id, Money(row.line_fen), late_rule_of(row.late_rule))
        for row in rows
    )
    return PaymentView(
        notice=PayableNotice(
            id=first.id,
            pay_code=first.pay_code,
            amount=Money(first.amount_fen),
            lines=lines,
            due_on=first.due_on,
        ),
        status=first.status,
        crc_code=first.crc_code,
        issued_on=first.issued_on,
        valid_until=first.valid_until,
        is_agent=first.is_agent,
        has_account=first.has_account,
        account_id=first.account_id,
        was_queried=first.was_queried,
        own_profile=first.paycode_profile == "own",
        prior_query_required=first.require_prior_query,
    )
