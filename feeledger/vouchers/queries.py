"""Finding vouchers, blocks of numbers and bindings; and what a paper is worth that somebody holds.

Whoever asks about a paper must know its check code; without it nothing is told, not even whether
the number was ever given out.
"""

import hmac
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from feeledger.errors import Missing, Text
from feeledger.notices.queries import lines_of
from feeledger.notices.signature_actions import said_of, unit_signature_fits
from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import PaymentRefundRow, PaymentRow
from feeledger.regions.signing_queries import signing_key_of
from feeledger.signatures import fingerprint_of, signature_in
from feeledger.vouchers.signing_actions import bureau_signature_fits
from feeledger.vouchers.tables import (
    TicketBindingRow,
    TicketBlockRow,
    TicketRangeRow,
    VoucherRow,
)

Standing = Literal["notice_only", "complete", "red", "voided"]
SignatureStanding = Literal["good", "wrong", "missing"]
STANDINGS: dict[str, Standing] = {
    "assigned": "notice_only",
    "issued_unsigned_by_finance": "notice_only",
    "complete": "complete",
    "written_off": "complete",
    "red": "red",
    "voided": "voided",
}


class VoucherMissing(Missing):
    """There is no such voucher."""

    code = "voucher-missing"
    title = Text("没有这张票据", "There is no such voucher")


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """How a signature stands, and the fingerprint of the key that it names."""

    standing: SignatureStanding
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class VoucherFound:
    """A voucher whose check code the asker knew, and how its signatures stand."""

    voucher: VoucherRow
    notice: NoticeRow
    unit: SignatureCheck
    bureau: SignatureCheck

    @property
    def standing(self) -> Standing:
        """What the paper is worth (R-D1): never complete without the bureau's good signature."""
        standing = STANDINGS[self.voucher.state]
        if standing == "complete" and self.bureau.standing != "good":
            return "notice_only"
        return standing


@dataclass(frozen=True, slots=True)
class VouchersWanted:
    """Which vouchers are looked for; "" narrows nothing. ``words``: number, pay code or payer."""

    state: str = ""
    unit_code: str = ""
    words: str = ""


def refunded_of_notice(region: str) -> ColumnElement[int]:
    """Give the fen paid back of the payment that stands on a notice, for a query over notices."""
    refunded = (
        select(PaymentRefundRow.refunded_fen)
        .join(
            PaymentRow,
            and_(
                PaymentRow.region == region,
                PaymentRow.id == PaymentRefundRow.payment,
                PaymentRow.state != "reversed",
            ),
        )
        .where(PaymentRefundRow.region == region, PaymentRow.notice == NoticeRow.id)
        .correlate(NoticeRow)
        .scalar_subquery()
    )
    return func.coalesce(refunded, 0)


def verify_voucher(
    session: Session, ticket_code: str, number: int, check_code: str
) -> VoucherFound | None:
    """Find what is recorded of a paper; None unless all three fit, capitals included (R-D1)."""
    query = select(TicketRangeRow.holder).where(
        TicketRangeRow.ticket_code == ticket_code,
        TicketRangeRow.first_no <= number,
        TicketRangeRow.last_no >= number,
    )
    region = session.scalar(query)
    if region is None:
        return None
    voucher = session.scalar(
        select(VoucherRow).where(
            VoucherRow.region == region,
            VoucherRow.ticket_code == ticket_code,
            VoucherRow.number == number,
        )
    )
    if voucher is None or not hmac.compare_digest(
        voucher.check_code.encode(), check_code.encode("utf-8", "replace")
    ):
        return None
    return voucher_checked(session, voucher)


def voucher_checked(session: Session, voucher: VoucherRow) -> VoucherFound:
    """Hold both signatures of a voucher against their keys."""
    notice = session.get_one(NoticeRow, (voucher.region, voucher.notice))
    return VoucherFound(
        voucher, notice, _unit_check(session, voucher, notice), _bureau_check(session, voucher)
    )


def vouchers_of_notice(session: Session, region: str, notice_id: int) -> tuple[VoucherRow, ...]:
    """Give the vouchers of a notice, the latest first: one living at most."""
    query = (
        select(VoucherRow)
        .where(VoucherRow.region == region, VoucherRow.notice == notice_id)
        .order_by(VoucherRow.assigned_at.desc(), VoucherRow.number.desc())
    )
    return tuple(session.scalars(query))


def find_vouchers(
    session: Session, region: str, wanted: VouchersWanted, *, limit: int, offset: int = 0
) -> tuple[tuple[VoucherRow, NoticeRow], ...]:
    """Give the vouchers that fit with their notices, the latest numbers first."""
    query = (
        select(VoucherRow, NoticeRow)
        .join(NoticeRow, and_(NoticeRow.region == region, NoticeRow.id == VoucherRow.notice))
        .where(*_where(region, wanted))
        .order_by(VoucherRow.assigned_on.desc(), VoucherRow.ticket_code, VoucherRow.number.desc())
        .limit(limit)
        .offset(offset)
    )
    return tuple((voucher, notice) for voucher, notice in session.execute(query))


def count_vouchers(session: Session, region: str, wanted: VouchersWanted) -> int:
    """Count the vouchers that fit."""
    query = (
        select(func.count())
        .select_from(VoucherRow)
        .join(NoticeRow, and_(NoticeRow.region == region, NoticeRow.id == VoucherRow.notice))
        .where(*_where(region, wanted))
    )
    return session.scalar(query) or 0


def blocks_of(session: Session, region: str) -> tuple[TicketBlockRow, ...]:
    """Give every block of a region, the latest ticket code first."""
    query = (
        select(TicketBlockRow)
        .where(TicketBlockRow.region == region)
        .order_by(TicketBlockRow.ticket_code.desc(), TicketBlockRow.first_no.desc())
    )
    return tuple(session.scalars(query))


def bindings_of(session: Session, region: str) -> tuple[TicketBindingRow, ...]:
    """Give the units that are bound to a kind, in order of code."""
    query = (
        select(TicketBindingRow)
        .where(TicketBindingRow.region == region)
        .order_by(TicketBindingRow.unit_code)
    )
    return tuple(session.scalars(query))


def notices_without_number(session: Session, region: str) -> dict[str, int]:
    """Count, by issuing unit, the living notices that wait for a number (no binding, or no stock)."""
    living = exists().where(
        VoucherRow.region == region,
        VoucherRow.notice == NoticeRow.id,
        VoucherRow.state.not_in(("voided", "red")),
    )
    query = (
        select(NoticeRow.unit_code, func.count())
        .where(
            NoticeRow.region == region,
            NoticeRow.status.in_(("issued", "expired", "paid", "reconciled", "settled")),
            ~living,
        )
        .group_by(NoticeRow.unit_code)
        .order_by(NoticeRow.unit_code)
    )
    return {unit: count for unit, count in session.execute(query)}  # noqa: C416 - typed so


def _where(region: str, wanted: VouchersWanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [VoucherRow.region == region]
    if wanted.state:
        where.append(VoucherRow.state == wanted.state)
    if wanted.unit_code:
        where.append(VoucherRow.unit_code == wanted.unit_code)
    words = wanted.words
    if words.isascii() and words.isdecimal():
        number = VoucherRow.number == int(words[:10])
        where.append(number | NoticeRow.pay_code.startswith(words))
    elif words:
        where.append(
            NoticeRow.payer_name.contains(words, autoescape=True)
            | NoticeRow.uscc.startswith(words.upper(), autoescape=True)
        )
    return where


def _unit_check(session: Session, voucher: VoucherRow, notice: NoticeRow) -> SignatureCheck:
    text = voucher.unit_signature
    if text is None:
        return SignatureCheck("missing")
    signature = signature_in(text)
    key = None if signature is None else signing_key_of(session, voucher.region, signature.keyid)
    if signature is None or key is None:
        return SignatureCheck("wrong")
    said = said_of(notice, lines_of(session, voucher.region, notice.id))
    fits = text == notice.signature and unit_signature_fits(session, said, signature)
    return SignatureCheck("good" if fits else "wrong", fingerprint_of(key.material))


def _bureau_check(session: Session, voucher: VoucherRow) -> SignatureCheck:
    if voucher.bureau_signature is None:
        return SignatureCheck("missing")
    signature = signature_in(voucher.bureau_signature)
    key = None if signature is None else signing_key_of(session, voucher.region, signature.keyid)
    if key is None:
        return SignatureCheck("wrong")
    fits = bureau_signature_fits(voucher, key)
    return SignatureCheck("good" if fits else "wrong", fingerprint_of(key.material))
