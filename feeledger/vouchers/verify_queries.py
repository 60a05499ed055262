"""Holding the vouchers of a region against what must be true of them; each query finds what is not.

Numbers stand in their blocks without a gap; a complete voucher is of a paid notice and signed; red
is only what was refunded or taken back. Rounds come a moment after the notices, so what a round
would still put right is no fault.
"""

from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import ColumnElement, and_, func, not_, or_, select
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import PaymentRow
from feeledger.vouchers.queries import refunded_of_notice, voucher_checked
from feeledger.vouchers.tables import TicketBlockRow, VoucherRow
from feeledger.vouchers.voucher import number_text

FaultKind = Literal["gap", "outside_block", "complete_unpaid", "signature_wrong", "red_unrefunded"]
FAULT_TEXTS: Final[dict[FaultKind, Text]] = {
    "gap": Text("票号断号", "a gap in the numbers"),
    "outside_block": Text("票号不在本区划号段", "a number outside the region's blocks"),
    "complete_unpaid": Text("完整票据没有缴款", "a complete voucher without payment"),
    "signature_wrong": Text("签章不符", "a wrong signature"),
    "red_unrefunded": Text("红冲而未退付或冲正", "red without refund or reversal"),
}
BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class VoucherFault:
    """Something about a voucher, or its number, that must not be."""

    kind: FaultKind
    ticket_code: str
    number: int

    @property
    def subject(self) -> str:
        """Name the number, as the trail does."""
        return f"voucher:{self.ticket_code}-{number_text(self.number)}"

    @property
    def text(self) -> Text:
        """Say it in words."""
        told, place = FAULT_TEXTS[self.kind], f"{self.ticket_code} {number_text(self.number)}"
        return Text(f"{told.zh}：{place}", f"{told.en}: {place}")


def voucher_faults(session: Session, region: str) -> tuple[VoucherFault, ...]:
    """Give everything that is wrong with a region's vouchers; empty: all is well."""
    return (
        *number_gaps(session, region),
        *_outside_blocks(session, region),
        *complete_without_payment(session, region),
        *_wrong_signatures(session, region),
        *_red_without_refund(session, region),
    )


def number_gaps(session: Session, region: str) -> tuple[VoucherFault, ...]:
    """Give the first missing number of each gap below what a block has given out."""
    before = func.lag(VoucherRow.number).over(
        partition_by=TicketBlockRow.first_no, order_by=VoucherRow.number
    )
    numbered = (
        select(
            VoucherRow.ticket_code,
            VoucherRow.number,
            func.coalesce(before, TicketBlockRow.first_no - 1).label("before"),
        )
        .join(TicketBlockRow, _in_block(region))
        .where(VoucherRow.region == region)
        .subquery()
    )
    inner = select(numbered.c.ticket_code, numbered.c.before + 1).where(
        numbered.c.number != numbered.c.before + 1
    )
    highest = (
        select(
            TicketBlockRow.ticket_code,
            TicketBlockRow.first_no,
            TicketBlockRow.next_no,
            func.coalesce(func.max(VoucherRow.number), TicketBlockRow.first_no - 1).label("last"),
        )
        .outerjoin(VoucherRow, and_(VoucherRow.region == region, _in_block(region)))
        .where(TicketBlockRow.region == region)
        .group_by(TicketBlockRow.ticket_code, TicketBlockRow.first_no, TicketBlockRow.next_no)
        .subquery()
    )
    at_end = select(highest.c.ticket_code, highest.c.last + 1).where(
        highest.c.next_no != highest.c.last + 1
    )
    found = [*session.execute(inner), *session.execute(at_end)]
    return tuple(VoucherFault("gap", code, number) for code, number in sorted(map(tuple, found)))


def complete_without_payment(session: Session, region: str) -> tuple[VoucherFault, ...]:
    """Give complete vouchers of notices that nobody ever paid (S03 for our own papers).

    A payment that was taken back since is none: the next round makes its voucher red.
    """
    ever_paid = (
        select(PaymentRow.id)
        .where(PaymentRow.region == region, PaymentRow.notice == NoticeRow.id)
        .exists()
    )
    query = (
        select(VoucherRow.ticket_code, VoucherRow.number)
        .join(NoticeRow, and_(NoticeRow.region == region, NoticeRow.id == VoucherRow.notice))
        .where(
            VoucherRow.region == region,
            VoucherRow.state.in_(("complete", "written_off")),
            NoticeRow.status.in_(("issued", "expired", "voided", "waived")),
            ~ever_paid,
        )
        .order_by(VoucherRow.ticket_code, VoucherRow.number)
    )
    found = session.execute(query)
    return tuple(VoucherFault("complete_unpaid", code, number) for code, number in found)


def _in_block(region: str) -> ColumnElement[bool]:
    return and_(
        TicketBlockRow.region == region,
        TicketBlockRow.ticket_code == VoucherRow.ticket_code,
        VoucherRow.number.between(TicketBlockRow.first_no, TicketBlockRow.last_no),
    )


def _outside_blocks(session: Session, region: str) -> tuple[VoucherFault, ...]:
    """Give the numbers that no block of the region has given out."""
    given = (
        select(TicketBlockRow.first_no)
        .where(_in_block(region), VoucherRow.number < TicketBlockRow.next_no)
        .exists()
    )
    query = select(VoucherRow.ticket_code, VoucherRow.number).where(
        VoucherRow.region == region, not_(given)
    )
    found = session.execute(query)
    return tuple(VoucherFault("outside_block", code, number) for code, number in found)


def _red_without_refund(session: Session, region: str) -> tuple[VoucherFault, ...]:
    """Give red vouchers of notices on which nothing was refunded since, and no payment reversed."""
    taken_back = (
        select(PaymentRow.id)
        .where(
            PaymentRow.region == region,
            PaymentRow.notice == NoticeRow.id,
            PaymentRow.state == "reversed",
        )
        .exists()
    )
    query = (
        select(VoucherRow.ticket_code, VoucherRow.number)
        .join(NoticeRow, and_(NoticeRow.region == region, NoticeRow.id == VoucherRow.notice))
        .where(
            VoucherRow.region == region,
            VoucherRow.state == "red",
            not_(or_(refunded_of_notice(region) > VoucherRow.refunded_fen, taken_back)),
        )
    )
    found = session.execute(query)
    return tuple(VoucherFault("red_unrefunded", code, number) for code, number in found)


def _wrong_signatures(session: Session, region: str) -> tuple[VoucherFault, ...]:
    """Hold every signature against its key, some hundred vouchers at a time."""
    query = (
        select(VoucherRow)
        .where(VoucherRow.region == region, VoucherRow.unit_signature.is_not(None))
        .order_by(VoucherRow.ticket_code, VoucherRow.number)
        .execution_options(yield_per=BATCH)
    )
    wrong = []
    for voucher in session.scalars(query):
        found = voucher_checked(session, voucher)
        if "wrong" in (found.unit.standing, found.bureau.standing):
            wrong.append(VoucherFault("signature_wrong", voucher.ticket_code, voucher.number))
    return tuple(wrong)
