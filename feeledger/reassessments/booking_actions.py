"""Booking the differences of one root: what is unpaid gives way, what was paid is never touched.

Unpaid supplements are voided, and so is the unpaid notice that stands for the whole where something
of it falls. What then counts is held against the fresh assessment, duty by duty: what is missing goes
on one new notice, to which the reliefs of the voided ones are carried over; what is too much is
applied for as a refund of the paid lines with its late fees, the latest first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.money import Money
from feeledger.notices.actions import NoticeOrder, issue_notice, reissue_notice, void_notice
from feeledger.notices.tables import NoticeRow
from feeledger.periods import Calendar
from feeledger.reassessments.carrying_actions import Carrying, carry_reliefs, demand_decided
from feeledger.reassessments.difference import Charging, Difference, charges_for
from feeledger.reassessments.duty import Piece, Root
from feeledger.reassessments.easing import GivenBack
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

    Raises ReliefUndecided and what issuing, voiding and applying for refunds raise.
    """
    if not any(each.fen for each in differences):
        return []
    told = [each for each in differences if each.open is None]
    gone = _giving_way(root, differences)
    demand_decided(session, row.region, gone)
    kept_out = [piece.notice for piece in gone]
    charges = [
        charge
        for each in told
        for charge in charges_for(
            each,
            root.counted(each.key, without=kept_out),
            _why(row, each),
            gone=kept_out,
            late_rule=root.late_rule(each.key),
        )
    ]
    replaced = root.standing if root.standing in gone else None
    done = [*_voided(session, row, gone, replaced, charges, booking=booking)]
    done += _issued(session, row, root, replaced, charges, gone=gone, booking=booking)
    for each in told:
        done += _asked_back(session, row, each, booking=booking)
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
    charges: Sequence[Charging],
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
        yield Booked("void", piece.notice, sum(line.left_fen for line in piece.lines))


def _issued(
    session: Session,
    row: ReassessmentRow,
    root: Root,
    replaced: Piece | None,
    charges: Sequence[Charging],
    *,
    gone: Sequence[Piece],
    booking: Booking,
) -> list[Booked]:
    """Issue one notice for all that is missing, in the place of a voided one where there is one."""
    if not charges:
        return []
    notice = _new_notice(session, row, replaced, charges, booking)
    kind = "supplement" if replaced is None else "replacement"
    _keep_piece(session, row, root, notice, kind)
    carrying = Carrying(row, charges, gone, by=booking.by, now=booking.now)
    notice = carry_reliefs(session, notice, carrying)
    return [Booked(kind, notice.id, notice.amount_fen - notice.relieved_fen)]


def _new_notice(
    session: Session,
    row: ReassessmentRow,
    replaced: Piece | None,
    charges: Sequence[Charging],
    booking: Booking,
) -> NoticeRow:
    order = NoticeOrder(row.uscc, tuple(each.charge for each in charges), ring=booking.ring)
    if replaced is None:
        return issue_notice(
            session,
            row.region,
            order,
            calendar=booking.calendar,
            today=booking.today,
            by=booking.by,
            now=booking.now,
        )
    return reissue_notice(
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
    session: Session, row: ReassessmentRow, difference: Difference, *, booking: Booking
) -> Iterator[Booked]:
    """Apply for a refund of the paid lines of a duty, the latest notice first."""
    back = [each for each in difference.back if each.all_fen]
    for notice, lines in groupby(back, key=lambda each: each.notice):
        given = tuple(lines)
        asked = _application(row, difference, given, booking)
        hand = Hand(booking.by, booking.today, booking.now, _reason(row))
        refund = apply_for_refund(
            session, row.region, notice, asked, hand=hand, calendar=booking.calendar
        )
        yield Booked("refund", notice, sum(each.all_fen for each in given), refund.id)


def _application(
    row: ReassessmentRow, difference: Difference, back: Sequence[GivenBack], booking: Booking
) -> Application:
    told = difference.explanation()["sentences"]["zh"]
    ground: Ground = "policy_change" if difference.policy_made_it else "mistaken_payment"
    return Application(
        applied_as="unit",
        ground=ground,
        reason=f"{_reason(row)}：{'；'.join(told)}"[:2000],
        amounts={each.line_no: Money(each.all_fen) for each in back},
        found_on=booking.today,
        to_account=booking.payback.to_account,
        to_name=booking.payback.to_name,
        to_bank=booking.payback.to_bank,
        evidence=booking.payback.evidence,
        files_later=True,
        late={each.line_no: Money(each.late_fen) for each in back},
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
