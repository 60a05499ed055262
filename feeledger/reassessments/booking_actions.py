"""Booking the differences of one root: what is unpaid gives way, what was paid is never touched.

Unpaid supplements are voided, and so is the unpaid notice that stands for the whole where something
of it falls. What then counts is held against the fresh assessment, duty by duty: what is missing goes
on one new notice, what is too much is applied for as a refund of the paid lines, the latest first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from feeledger.errors import Conflict, Text
from feeledger.money import Money
from feeledger.notices.actions import NoticeOrder, issue_notice, reissue_notice, void_notice
from feeledger.notices.charges import Charge
from feeledger.notices.notice import PAID
from feeledger.notices.tables import NoticeRow
from feeledger.periods import Calendar
from feeledger.reassessments.difference import Difference, charges_for
from feeledger.reassessments.duty import ChargedLine, Piece, Root
from feeledger.reassessments.tables import (
    ReassessmentBookingRow,
    ReassessmentPieceRow,
    ReassessmentRow,
)
from feeledger.refunds.actions import apply_for_refund
from feeledger.refunds.application import Application
from feeledger.refunds.refund import Ground, Hand
from feeledger.signatures import KeyRing

WHY: Final = Text("重新测算", "assessed again")


class RefundNotCovered(Conflict):
    """More is to be given back than the paid lines of the duty have left."""

    code = "refund-not-covered"
    title = Text("已缴款项不足以退付", "The paid lines do not cover what goes back")


@dataclass(frozen=True, slots=True)
class Payback:
    """Where refunds go whose payer's account the bank did not tell, with the evidence for it."""

    to_account: str = ""
    to_name: str = ""
    to_bank: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Booking:
    """Who approves, on which day, and what issuing a notice and applying for a refund need."""

    by: str
    today: date
    now: datetime
    calendar: Calendar
    reason: str = ""
    ring: KeyRing | None = None
    payback: Payback = Payback()


@dataclass(frozen=True, slots=True)
class Booked:
    """One thing that was done: a notice issued or voided, a refund applied for."""

    kind: str
    notice: int
    fen: int
    refund: int | None = None


def book_root(
    session: Session,
    row: ReassessmentRow,
    root: Root,
    differences: Sequence[Difference],
    booking: Booking,
) -> list[Booked]:
    """Book every difference of a root, whose notices are locked.

    Raises RefundNotCovered and what issuing, voiding and applying for refunds raise.
    """
    if not any(each.fen for each in differences):
        return []
    standing = root.standing
    gone = _giving_way(root, differences)
    kept_out = [piece.notice for piece in gone]
    charges: list[Charge] = []
    refunds: list[tuple[Difference, int]] = []
    for each in differences:
        counted = root.counted(each.key, without=kept_out)
        if each.open is not None:
            continue
        if each.fresh_fen > counted:
            charges += charges_for(each.key.unit_code, each.fresh, counted, _why(row, each))
        elif each.fresh_fen < counted:
            refunds.append((each, counted - each.fresh_fen))
    replaced = standing if standing in gone else None
    done = [*_voided(session, row, gone, replaced, charges, booking=booking)]
    done += _issued(session, row, root, replaced, charges, booking=booking)
    for each, fen in refunds:
        done += _asked_back(session, row, root, each, fen, booking=booking)
    return done


def keep_bookings(session: Session, row: ReassessmentRow, booked: Sequence[Booked]) -> None:
    """Write down what an approval did, in order."""
    values = [
        {
            "region": row.region,
            "reassessment": row.id,
            "seq": seq,
            "kind": each.kind,
            "notice": each.notice,
            "refund": each.refund,
            "fen": each.fen,
        }
        for seq, each in enumerate(booked, start=1)
    ]
    if values:
        session.execute(insert(ReassessmentBookingRow), values)


def _giving_way(root: Root, differences: Sequence[Difference]) -> list[Piece]:
    """Give the unpaid notices that are voided: supplements, and the whole where something falls."""
    lowers = any(each.fen < 0 for each in differences)
    return [
        piece
        for piece in root.pieces
        if piece.unpaid and (piece.kind == "supplement" or (lowers and piece is root.standing))
    ]


def _voided(
    session: Session,
    row: ReassessmentRow,
    gone: Sequence[Piece],
    replaced: Piece | None,
    charges: Sequence[Charge],
    *,
    booking: Booking,
) -> Iterator[Booked]:
    """Void what gives way; a notice that another replaces is voided by issuing that one."""
    for piece in gone:
        if piece is not replaced or not charges:
            void_notice(
                session,
                row.region,
                piece.notice,
                reason=_reason(row),
                by=booking.by,
                now=booking.now,
            )
        yield Booked("void", piece.notice, sum(line.amount_fen for line in piece.lines))


def _issued(
    session: Session,
    row: ReassessmentRow,
    root: Root,
    replaced: Piece | None,
    charges: Sequence[Charge],
    *,
    booking: Booking,
) -> list[Booked]:
    """Issue one notice for all that is missing, in the place of a voided one where there is one."""
    if not charges:
        return []
    order = NoticeOrder(row.uscc, tuple(charges), ring=booking.ring)
    if replaced is None:
        notice = issue_notice(
            session,
            row.region,
            order,
            calendar=booking.calendar,
            today=booking.today,
            by=booking.by,
            now=booking.now,
        )
    else:
        notice = reissue_notice(
            session,
            row.region,
            replaced.notice,
            order,
            reason=_reason(row),
            calendar=booking.calendar,
            today=booking.today,
            by=booking.by,
            now=booking.now,
        )
    kind = "supplement" if replaced is None else "replacement"
    _keep_piece(session, row, root, notice, kind)
    return [Booked(kind, notice.id, notice.amount_fen)]


def _keep_piece(
    session: Session, row: ReassessmentRow, root: Root, notice: NoticeRow, kind: str
) -> None:
    session.execute(
        insert(ReassessmentPieceRow),
        {
            "region": row.region,
            "notice": notice.id,
            "root": root.first.notice,
            "reassessment": row.id,
            "kind": kind,
        },
    )


def _asked_back(
    session: Session,
    row: ReassessmentRow,
    root: Root,
    difference: Difference,
    fen: int,
    *,
    booking: Booking,
) -> Iterator[Booked]:
    """Apply for a refund of the paid lines of a duty, the latest notice first."""
    left = fen
    for piece in reversed(root.pieces):
        if piece.status not in PAID or not left:
            continue
        amounts = _taken(piece, difference, left)
        taken = sum(amounts.values())
        if not taken:
            continue
        asked = _application(row, difference, amounts, booking)
        hand = Hand(booking.by, booking.today, booking.now, _reason(row))
        refund = apply_for_refund(
            session, row.region, piece.notice, asked, hand=hand, calendar=booking.calendar
        )
        left -= taken
        yield Booked("refund", piece.notice, taken, refund.id)
    if left:
        raise RefundNotCovered(
            Text(
                f"{difference.item_name}：应退 {Money(fen)} 元，已缴各行只余 {Money(fen - left)} 元可退。",
                f"{difference.key.item_id}: {Money(fen)} is to be given back and the paid lines have "
                f"{Money(fen - left)} left.",
            )
        )


def _taken(piece: Piece, difference: Difference, left: int) -> dict[int, int]:
    """Lay what goes back against the lines of a piece, from the last."""
    amounts: dict[int, int] = {}
    for line in reversed(_own(piece, difference)):
        taken = min(left, line.amount_fen - line.asked_fen)
        if taken > 0:
            amounts[line.line_no] = taken
            left -= taken
    return amounts


def _own(piece: Piece, difference: Difference) -> tuple[ChargedLine, ...]:
    return tuple(line for line in piece.lines if line.key == difference.key)


def _application(
    row: ReassessmentRow, difference: Difference, amounts: dict[int, int], booking: Booking
) -> Application:
    told = difference.explanation()["sentences"]["zh"]
    ground: Ground = "policy_change" if difference.policy_made_it else "mistaken_payment"
    return Application(
        applied_as="unit",
        ground=ground,
        reason=f"{_reason(row)}：{'；'.join(told)}"[:2000],
        amounts={line: Money(fen) for line, fen in amounts.items()},
        found_on=booking.today,
        to_account=booking.payback.to_account,
        to_name=booking.payback.to_name,
        to_bank=booking.payback.to_bank,
        evidence=booking.payback.evidence,
        files_later=True,
    )


def _why(row: ReassessmentRow, each: Difference) -> dict[str, object]:
    """Give what a line for a difference keeps: why, of which duty, by which re-assessment."""
    told = each.explanation() if each.fen else {"sentences": {"zh": [], "en": []}}
    return {
        **told,
        "ordinal": each.key.ordinal,
        "root": str(each.root),
        "reassessment": str(row.id),
    }


def _reason(row: ReassessmentRow) -> str:
    return f"{WHY.zh} {row.id}（{row.reason}）"[:1000]
