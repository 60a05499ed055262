"""Finding refunds, their lines and moves, and what is promised or paid back of a payment's lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from feeledger.errors import Missing, Text
from feeledger.money import Money
from feeledger.refunds.application import Held
from feeledger.refunds.refund import OPEN, RESERVING
from feeledger.refunds.tables import RefundLineRow, RefundMoveRow, RefundRow, RefundShareRow
from feeledger.sharing.queries import divisions_of_payment

LINE_OF_REFUND = (RefundLineRow.region == RefundRow.region) & (RefundLineRow.refund == RefundRow.id)


class RefundMissing(Missing):
    """There is no such refund."""

    code = "refund-missing"
    title = Text("没有这笔退付", "There is no such refund")


@dataclass(frozen=True, slots=True)
class RefundsWanted:
    """Which refunds are looked for; "" and None narrow nothing. ``open_only``: those not finished.

    ``text`` is looked for at the head of pay codes and in payers' names.
    """

    state: str = ""
    unit_code: str | None = None
    text: str = ""
    open_only: bool = False
    overdue: bool = False


def refund_of(session: Session, region: str, refund: int) -> RefundRow:
    """Find a refund by its number. Raises RefundMissing."""
    row = session.get(RefundRow, (region, refund))
    if row is None:
        raise RefundMissing(Text(f"没有编号为 {refund} 的退付。", f"There is no refund {refund}."))
    return row


def refunds_of_notice(session: Session, region: str, notice: int) -> tuple[RefundRow, ...]:
    """Give the refunds of a notice, the latest first."""
    query = (
        select(RefundRow)
        .where(RefundRow.region == region, RefundRow.notice == notice)
        .order_by(RefundRow.applied_at.desc(), RefundRow.id.desc())
    )
    return tuple(session.scalars(query))


def lines_of_refund(session: Session, region: str, refund: int) -> tuple[RefundLineRow, ...]:
    """Give the lines of a refund, in order."""
    query = (
        select(RefundLineRow)
        .where(RefundLineRow.region == region, RefundLineRow.refund == refund)
        .order_by(RefundLineRow.line_no)
    )
    return tuple(session.scalars(query))


def moves_of_refund(session: Session, region: str, refund: int) -> tuple[RefundMoveRow, ...]:
    """Give the moves of a refund, the first first."""
    query = (
        select(RefundMoveRow)
        .where(RefundMoveRow.region == region, RefundMoveRow.refund == refund)
        .order_by(RefundMoveRow.seq)
    )
    return tuple(session.scalars(query))


def shares_of_refund(session: Session, region: str, refund: int) -> dict[str, int]:
    """Give what a paid refund took from each level, in fen; signed (R-F4)."""
    query = (
        select(RefundShareRow.level, func.sum(RefundShareRow.fen))
        .where(RefundShareRow.region == region, RefundShareRow.refund == refund)
        .group_by(RefundShareRow.level)
    )
    return {level: int(fen) for level, fen in session.execute(query)}


def upper_level_concerned(session: Session, row: RefundRow) -> bool:
    """Say whether a level besides the collecting one shares a line asked back, as shares stand (R-M6)."""
    divisions = divisions_of_payment(session, row.region, row.payment)
    lines = lines_of_refund(session, row.region, row.id)
    return any(line.line_no in divisions and divisions[line.line_no].is_shared for line in lines)


def held_by_line(
    session: Session, region: str, payment: int, *, states: Sequence[str] = RESERVING
) -> dict[int, Held]:
    """Add up what refunds hold of each line of a payment: approved and paid ones, unless asked."""
    query = (
        select(
            RefundLineRow.line_no,
            func.sum(RefundLineRow.amount_fen),
            func.sum(RefundLineRow.late_fen),
        )
        .join(RefundRow, LINE_OF_REFUND)
        .where(
            RefundRow.region == region,
            RefundLineRow.region == region,
            RefundRow.payment == payment,
            RefundRow.state.in_(tuple(states)),
        )
        .group_by(RefundLineRow.line_no)
    )
    return {
        line: Held(Money(int(amount)), Money(int(late)))
        for line, amount, late in session.execute(query)
    }


def find_refunds(
    session: Session,
    region: str,
    wanted: RefundsWanted,
    *,
    today: date,
    limit: int,
    offset: int,
) -> tuple[RefundRow, ...]:
    """Give the refunds that fit: overdue ones first, then open ones by limit, then the latest."""
    is_open = RefundRow.state.in_(OPEN)
    rank = case(
        (is_open & (RefundRow.due_on < today), 0),
        (is_open & RefundRow.due_on.is_not(None), 1),
        (is_open, 2),
        else_=3,
    )
    open_due = case((is_open, RefundRow.due_on))
    query = (
        select(RefundRow)
        .where(*_where(region, wanted, today))
        .order_by(rank, open_due, RefundRow.applied_at.desc(), RefundRow.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return tuple(session.scalars(query))


def total_of_refunds(
    session: Session, region: str, wanted: RefundsWanted, *, today: date
) -> tuple[int, Money]:
    """Count the refunds that fit and add their amounts up."""
    query = select(func.count(), func.coalesce(func.sum(RefundRow.amount_fen), 0)).where(
        *_where(region, wanted, today)
    )
    count, fen = session.execute(query).one()
    return count, Money(int(fen))


def _where(region: str, wanted: RefundsWanted, today: date) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [RefundRow.region == region]
    if wanted.state:
        where.append(RefundRow.state == wanted.state)
    if wanted.unit_code is not None:
        where.append(RefundRow.unit_code == wanted.unit_code)
    if wanted.open_only or wanted.overdue:
        where.append(RefundRow.state.in_(OPEN))
    if wanted.overdue:
        where.append(RefundRow.due_on < today)
    if wanted.text:
        where.append(
            or_(
                RefundRow.pay_code.startswith(wanted.text, autoescape=True),
                RefundRow.payer_name.contains(wanted.text, autoescape=True),
            )
        )
    return where
