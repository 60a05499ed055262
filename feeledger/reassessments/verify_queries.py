"""The audit of re-assessments: figures against lines, what was booked against what was approved."""

from collections.abc import Iterator

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from feeledger.errors import Text
from feeledger.ledger.verify_queries import LedgerFault
from feeledger.notices.tables import LineReliefRow, NoticeRow
from feeledger.reassessments.tables import (
    ReassessmentBookingRow,
    ReassessmentLineRow,
    ReassessmentPieceRow,
    ReassessmentReliefRow,
    ReassessmentRow,
)
from feeledger.refunds.tables import RefundRow
from feeledger.reliefs.tables import NoticeReliefRow

ISSUED = ("supplement", "replacement")


def verify_reassessments(session: Session, region: str) -> tuple[LedgerFault, ...]:
    """Hold re-assessments, their lines, notices and refunds against each other; empty is clean."""
    checks = (
        _figures_that_differ(session, region),
        _bookings_that_differ(session, region),
        _notices_that_differ(session, region),
        _refunds_that_differ(session, region),
        _reliefs_that_differ(session, region),
    )
    return tuple(fault for check in checks for fault in check)


def _fault(code: str, number: int, zh: str, en: str) -> LedgerFault:
    return LedgerFault(code, f"reassessment:{number}", Text(zh, en))


def _figures_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Find proposals whose sums are not those of their lines."""
    row, line = ReassessmentRow, ReassessmentLineRow
    up = func.coalesce(func.sum(case((line.difference_fen > 0, line.difference_fen), else_=0)), 0)
    down = func.coalesce(
        func.sum(case((line.difference_fen < 0, -line.difference_fen), else_=0)), 0
    )
    query = (
        select(row.id)
        .outerjoin(line, and_(line.region == row.region, line.reassessment == row.id))
        .where(row.region == region)
        .group_by(row.region, row.id, row.up_fen, row.down_fen)
        .having(or_(up != row.up_fen, down != row.down_fen))
    )
    for number in session.scalars(query):
        yield _fault(
            "reassessment-figures-differ",
            number,
            "合计与各行差额不符",
            "its sums are not those of its lines",
        )


def _bookings_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Find approvals that booked another difference than they approved."""
    row, done = ReassessmentRow, ReassessmentBookingRow
    moved = func.sum(case((done.kind.in_(ISSUED), done.fen), else_=-done.fen))
    query = (
        select(row.id)
        .outerjoin(done, and_(done.region == row.region, done.reassessment == row.id))
        .where(row.region == region)
        .group_by(row.region, row.id, row.state, row.up_fen, row.down_fen)
        .having(
            func.coalesce(moved, 0)
            != case((row.state == "approved", row.up_fen - row.down_fen), else_=0)
        )
    )
    for number in session.scalars(query):
        yield _fault(
            "reassessment-bookings-differ",
            number,
            "办理结果与批准的差额不符",
            "what was booked is not the difference that was approved",
        )


def _notices_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Find notices that ask another amount than was booked, or know no first notice.

    What was booked is what they asked when they were issued, after the reliefs carried over.
    """
    done, piece = ReassessmentBookingRow, ReassessmentPieceRow
    line, carried = LineReliefRow, ReassessmentReliefRow
    relieved = (
        select(func.coalesce(func.sum(line.fen), 0))
        .join(carried, and_(carried.region == line.region, carried.relief == line.relief))
        .where(line.region == done.region, line.notice == done.notice)
        .correlate(done)
        .scalar_subquery()
    )
    query = (
        select(done.reassessment)
        .join(NoticeRow, and_(NoticeRow.region == done.region, NoticeRow.id == done.notice))
        .outerjoin(
            piece,
            and_(
                piece.region == done.region,
                piece.notice == done.notice,
                piece.reassessment == done.reassessment,
                piece.kind == done.kind,
            ),
        )
        .where(
            done.region == region,
            done.kind.in_(ISSUED),
            or_(piece.notice.is_(None), NoticeRow.amount_fen - relieved != done.fen),
        )
    )
    for number in session.scalars(query):
        yield _fault(
            "reassessment-notice-differs",
            number,
            "补开或重开的通知书金额不符，或未归到首张通知书",
            "a notice it issued charges another amount, or belongs to no first notice",
        )


def _refunds_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    done = ReassessmentBookingRow
    query = (
        select(done.reassessment)
        .join(RefundRow, and_(RefundRow.region == done.region, RefundRow.id == done.refund))
        .where(
            done.region == region,
            or_(RefundRow.amount_fen != done.fen, RefundRow.notice != done.notice),
        )
    )
    for number in session.scalars(query):
        yield _fault(
            "reassessment-refund-differs",
            number,
            "申请的退付与记录不符",
            "a refund it applied for is not what was booked",
        )


def _reliefs_that_differ(session: Session, region: str) -> Iterator[LedgerFault]:
    """Find reliefs carried over that are not the source's: other papers or persons, or still in force."""
    link, new, old = ReassessmentReliefRow, aliased(NoticeReliefRow), aliased(NoticeReliefRow)
    same = ("document", "document_on", "issuer", "reason", "applied_by", "applied_at", "decided_by")
    query = (
        select(link.reassessment)
        .join(new, and_(new.region == link.region, new.id == link.relief))
        .join(old, and_(old.region == link.region, old.id == link.source))
        .join(NoticeRow, and_(NoticeRow.region == link.region, NoticeRow.id == old.notice))
        .where(
            link.region == region,
            or_(
                *(getattr(new, name) != getattr(old, name) for name in same),
                new.state != "approved",
                old.state != "approved",
                NoticeRow.status != "voided",
            ),
        )
        .distinct()
    )
    for number in session.scalars(query):
        yield _fault(
            "reassessment-relief-differs",
            number,
            "转入新通知书的减免缓与原批准的不符，或原通知书仍有效",
            "a relief that it carried over is not as it was granted, or its notice still stands",
        )
