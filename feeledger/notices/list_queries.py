"""Lists and figures of notices for the console: filtered, counted, cut into pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from feeledger.money import Money
from feeledger.notices.relief_queries import line_due_fen, notice_due_fen
from feeledger.notices.tables import NoticeLineRow, NoticeRow


@dataclass(frozen=True, slots=True)
class NoticesWanted:
    """Which notices are looked for; "" and None narrow nothing.

    ``unit_code`` fits the issuing unit and the units of the lines. ``payer`` is looked for in
    names and at the head of credit codes and pay codes. ``expiring_by`` leaves those whose last
    day is no later.
    """

    status: str = ""
    unit_code: str = ""
    payer: str = ""
    since: date | None = None
    until: date | None = None
    expiring_by: date | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """How many notices, and what they come to."""

    count: int
    total: Money


def find_notices(
    session: Session, region: str, wanted: NoticesWanted, *, limit: int | None, offset: int = 0
) -> tuple[NoticeRow, ...]:
    """Give the notices that fit, the latest first; ``limit`` None: all of them."""
    query = (
        select(NoticeRow)
        .where(*_where(region, wanted))
        .order_by(NoticeRow.issued_on.desc(), NoticeRow.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return tuple(session.scalars(query))


def total_of_notices(session: Session, region: str, wanted: NoticesWanted) -> Figure:
    """Count the notices that fit and add up what they ask, after reliefs."""
    query = select(func.count(), func.coalesce(func.sum(notice_due_fen()), 0)).where(
        *_where(region, wanted)
    )
    count, fen = session.execute(query).one()
    return Figure(count, Money(int(fen)))


def figures_by_status(
    session: Session, region: str, *, unit_code: str | None = None
) -> dict[str, Figure]:
    """Give count and amount of a region's notices by status.

    Of one unit where asked: the notices it issued or has a line on, and what its own lines alone
    come to, for the other lines of a shared notice are other units' money.
    """
    fen = notice_due_fen() if unit_code is None else _fen_of_unit(unit_code)
    query = (
        select(NoticeRow.status, func.count(), func.coalesce(func.sum(fen), 0))
        .where(*_where(region, NoticesWanted(unit_code=unit_code or "")))
        .group_by(NoticeRow.status)
    )
    return {status: Figure(count, Money(int(fen))) for status, count, fen in session.execute(query)}


def add_figures(figures: dict[str, Figure], statuses: Iterable[str]) -> Figure:
    """Add the figures of several statuses up."""
    found = [figures[status] for status in statuses if status in figures]
    return Figure(
        sum(figure.count for figure in found), Money(sum(figure.total.fen for figure in found))
    )


def successor_of(session: Session, region: str, notice: int) -> NoticeRow | None:
    """Find the notice that was issued in place of one."""
    query = select(NoticeRow).where(NoticeRow.region == region, NoticeRow.supersedes == notice)
    return session.scalar(query)


def _where(region: str, wanted: NoticesWanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [NoticeRow.region == region]
    if wanted.status:
        where.append(NoticeRow.status == wanted.status)
    if wanted.unit_code:
        where.append(or_(NoticeRow.unit_code == wanted.unit_code, _has_line(wanted.unit_code)))
    if wanted.payer:
        where.append(
            or_(
                NoticeRow.payer_name.contains(wanted.payer, autoescape=True),
                NoticeRow.uscc.startswith(wanted.payer.upper(), autoescape=True),
                NoticeRow.pay_code.startswith(wanted.payer, autoescape=True),
            )
        )
    if wanted.since is not None:
        where.append(NoticeRow.issued_on >= wanted.since)
    if wanted.until is not None:
        where.append(NoticeRow.issued_on <= wanted.until)
    if wanted.expiring_by is not None:
        where.append(NoticeRow.valid_until <= wanted.expiring_by)
    return where


def _fen_of_unit(unit_code: str) -> ColumnElement[int]:
    """Select what a unit's own lines on a notice come to, after reliefs; one with none: nothing."""
    query = select(func.sum(line_due_fen())).where(
        NoticeLineRow.region == NoticeRow.region,
        NoticeLineRow.notice == NoticeRow.id,
        NoticeLineRow.unit_code == unit_code,
    )
    return query.correlate(NoticeRow).scalar_subquery()


def _has_line(unit_code: str) -> ColumnElement[bool]:
    return exists().where(
        and_(
            NoticeLineRow.region == NoticeRow.region,
            NoticeLineRow.notice == NoticeRow.id,
            NoticeLineRow.unit_code == unit_code,
        )
    )
