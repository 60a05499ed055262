"""Notices after their reliefs: what each line comes to, what is payable on a day (R-M4, R-M5)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from feeledger.money import Money
from feeledger.notices.notice import DueLine, late_rule_of, payable_on
from feeledger.notices.reliefs import LineRelief, relieved_bp, relieved_fen
from feeledger.notices.tables import LineReliefRow, NoticeLineRow, NoticeRow


def reliefs_of(
    session: Session, region: str, notices: Collection[int]
) -> dict[int, tuple[LineRelief, ...]]:
    """Give what approved reliefs did to the lines of some notices, by notice, in order."""
    found: dict[int, list[LineRelief]] = defaultdict(list)
    query = (
        select(LineReliefRow)
        .where(LineReliefRow.region == region, LineReliefRow.notice.in_(sorted(notices)))
        .order_by(LineReliefRow.notice, LineReliefRow.seq, LineReliefRow.line_no)
    )
    for row in session.scalars(query) if notices else ():
        found[row.notice].append(
            LineRelief(row.seq, row.line_no, row.fen, row.late_bp, row.due_was)
        )
    return {notice: tuple(found[notice]) for notice in notices}


def due_lines(lines: Sequence[NoticeLineRow], reliefs: Sequence[LineRelief]) -> tuple[DueLine, ...]:
    """Give what matters of lines when they are paid, after the reliefs given."""
    return tuple(
        DueLine(
            unit_code=row.unit_code,
            item_id=row.item_id,
            amount=Money(row.amount_fen - relieved_fen(reliefs, row.line_no)),
            late_rule=late_rule_of(row.late_rule),
            late_bp=relieved_bp(reliefs, row.line_no),
        )
        for row in lines
    )


def due_lines_of(
    session: Session, region: str, notices: Collection[int]
) -> dict[int, tuple[DueLine, ...]]:
    """Give what matters of several notices' lines when they are paid, by notice."""
    query = (
        select(NoticeLineRow)
        .where(NoticeLineRow.region == region, NoticeLineRow.notice.in_(sorted(notices)))
        .order_by(NoticeLineRow.notice, NoticeLineRow.line_no)
    )
    lines: dict[int, list[NoticeLineRow]] = defaultdict(list)
    for row in session.scalars(query):
        lines[row.notice].append(row)
    reliefs = reliefs_of(session, region, notices)
    return {notice: due_lines(lines[notice], reliefs[notice]) for notice in notices}


def payables_on(
    session: Session, region: str, rows: Sequence[NoticeRow], on: date
) -> dict[int, Money]:
    """Give what is payable on each of several notices by a day, late fees included (R-M5)."""
    lines = due_lines_of(session, region, [row.id for row in rows])
    return {row.id: payable_on(lines[row.id], due_on=row.due_on, paid_on=on) for row in rows}


def amount_due(row: NoticeRow) -> Money:
    """Give what is asked of a notice now, late fees apart."""
    return Money(row.amount_fen - row.relieved_fen)


def notice_due_fen() -> ColumnElement[int]:
    """Select what is asked of a notice now: as it was issued, less what was relieved."""
    return NoticeRow.amount_fen - NoticeRow.relieved_fen


def line_due_fen(until: Any = None) -> ColumnElement[int]:
    """Select what a line of a statement's ``notice_line`` comes to after its reliefs.

    ``until`` names the last relief that counts, such as the one a payment was paid under.
    """
    relief = LineReliefRow
    query = select(func.coalesce(func.sum(relief.fen), 0)).where(
        relief.region == NoticeLineRow.region,
        relief.notice == NoticeLineRow.notice,
        relief.line_no == NoticeLineRow.line_no,
    )
    if until is not None:
        query = query.where(relief.seq <= until)
    taken = query.correlate_except(relief).scalar_subquery()
    return NoticeLineRow.amount_fen - taken
