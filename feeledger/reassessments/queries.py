"""Finding re-assessments, their lines and what they booked."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from feeledger.errors import Missing, Text
from feeledger.reassessments.tables import (
    ReassessmentBookingRow,
    ReassessmentLineRow,
    ReassessmentRow,
)


class ReassessmentMissing(Missing):
    """There is no such re-assessment."""

    code = "reassessment-missing"
    title = Text("没有这份重新测算", "There is no such re-assessment")


@dataclass(frozen=True, slots=True)
class ReassessmentsWanted:
    """Which re-assessments are looked for; "" narrows nothing.

    ``text`` is looked for at the head of credit codes and in payers' names.
    """

    state: str = ""
    text: str = ""


def reassessment_of(
    session: Session, region: str, number: int, *, for_update: bool = False
) -> ReassessmentRow:
    """Find a re-assessment, perhaps to decide it. Raises ReassessmentMissing."""
    row = session.get(
        ReassessmentRow, (region, number), with_for_update=for_update, populate_existing=for_update
    )
    if row is None:
        raise ReassessmentMissing(
            Text(f"没有编号为 {number} 的重新测算。", f"There is no re-assessment {number}.")
        )
    return row


def lines_of_reassessment(
    session: Session, region: str, number: int
) -> tuple[ReassessmentLineRow, ...]:
    """Give the differences of a re-assessment, in order."""
    row = ReassessmentLineRow
    query = select(row).where(row.region == region, row.reassessment == number)
    return tuple(session.scalars(query.order_by(row.line_no)))


def bookings_of(session: Session, region: str, number: int) -> tuple[ReassessmentBookingRow, ...]:
    """Give what an approval booked, in order."""
    row = ReassessmentBookingRow
    query = select(row).where(row.region == region, row.reassessment == number)
    return tuple(session.scalars(query.order_by(row.seq)))


def proposal_open(session: Session, region: str, uscc: str) -> ReassessmentRow | None:
    """Give the proposal of an enterprise that waits for a decision."""
    row = ReassessmentRow
    query = select(row).where(row.region == region, row.uscc == uscc, row.state == "proposed")
    return session.scalar(query.order_by(row.proposed_at.desc()).limit(1))


def proposal_like(
    session: Session, region: str, uscc: str, fingerprint: str
) -> ReassessmentRow | None:
    """Give a proposal of the very same differences that waits or was rejected."""
    row = ReassessmentRow
    query = select(row).where(
        row.region == region,
        row.uscc == uscc,
        row.fingerprint == fingerprint,
        row.state.in_(("proposed", "rejected")),
    )
    return session.scalar(query.limit(1))


def find_reassessments(
    session: Session, region: str, wanted: ReassessmentsWanted, *, limit: int, offset: int
) -> tuple[ReassessmentRow, ...]:
    """Give the re-assessments that fit: those that wait first, then the latest."""
    row = ReassessmentRow
    rank = case((row.state == "proposed", 0), else_=1)
    query = (
        select(row)
        .where(*_where(region, wanted))
        .order_by(rank, row.proposed_at.desc(), row.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return tuple(session.scalars(query))


def count_reassessments(
    session: Session, region: str, wanted: ReassessmentsWanted
) -> tuple[int, int, int]:
    """Count the re-assessments that fit; add up what they charge and what they give back, in fen."""
    row = ReassessmentRow
    query = select(
        func.count(),
        func.coalesce(func.sum(row.up_fen), 0),
        func.coalesce(func.sum(row.down_fen), 0),
    ).where(*_where(region, wanted))
    count, up, down = session.execute(query).one()
    return count, int(up), int(down)


def _where(region: str, wanted: ReassessmentsWanted) -> list[ColumnElement[bool]]:
    row = ReassessmentRow
    where: list[ColumnElement[bool]] = [row.region == region]
    if wanted.state:
        where.append(row.state == wanted.state)
    if wanted.text:
        where.append(
            or_(
                row.uscc.startswith(wanted.text.upper(), autoescape=True),
                row.payer_name.contains(wanted.text, autoescape=True),
            )
        )
    return where
