"""The rounds that bring vouchers after their notices: number, sign, complete, write off, end.

Nothing here runs in a payment's transaction. A round reads where the notices stand and moves their
vouchers, a set at a time; it is called by a background job, and for one notice when somebody looks
at its voucher. One round of a region runs at a time; a second one finds nothing left to do.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, insert, select, update
from sqlalchemy.orm import Session

from feeledger.notices.relief_queries import notice_due_fen
from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import PaymentRow
from feeledger.signatures import KeyRing
from feeledger.store import insert_for, new_id
from feeledger.vouchers.queries import refunded_of_notice
from feeledger.vouchers.signing_actions import Signer, complete_vouchers, take_unit_signatures
from feeledger.vouchers.stock_actions import NumbersOfKind
from feeledger.vouchers.tables import TicketBindingRow, VoucherRoundRow, VoucherRow
from feeledger.vouchers.voucher import CHECK_LENGTH, CHECK_SIGNS, ticket_code_of

ROUND_SIZE: Final = 200  # batches of 200, as in Hebei's own service
WANTS_NUMBER: Final = ("issued", "expired", "paid", "reconciled", "settled")
BEFORE_PAYMENT: Final = ("assigned", "issued_unsigned_by_finance")
AFTER_PAYMENT: Final = ("complete", "written_off")
UNPAID_AGAIN: Final = ("issued", "expired", "voided", "waived")


@dataclass(frozen=True, slots=True)
class Round:
    """What a round is for: the keys at hand, the days; ``notices`` None: all of the region.

    ``since``: only notices issued from that day on are looked through for ones without a number.
    """

    ring: KeyRing
    today: date
    now: datetime
    notices: tuple[int, ...] | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """How many vouchers a round moved, by kind of move."""

    assigned: int = 0
    signed: int = 0
    completed: int = 0
    written_off: int = 0
    voided: int = 0
    reddened: int = 0

    @property
    def moved(self) -> int:
        """All moves together."""
        return (
            self.assigned
            + self.signed
            + self.completed
            + self.written_off
            + self.voided
            + self.reddened
        )


@dataclass(frozen=True, slots=True)
class Unnumbered:
    """A notice without a living voucher: its unit's kind, what was paid or is asked, what went back."""

    notice: NoticeRow
    kind: str
    amount_fen: int
    refunded_fen: int


def follow_vouchers(session: Session, region: str, asked: Round) -> Followed:
    """Bring a region's vouchers where their notices are; at most 200 of each move in one round."""
    _enter_round(session, region, asked.now)
    voided = _void(session, region, asked)
    reddened = _redden(session, region, asked)
    assigned = _assign(session, region, asked)
    signer = Signer(asked.ring, asked.now, ROUND_SIZE)
    signed = take_unit_signatures(session, region, _of_notices(asked), signer)
    completed = complete_vouchers(session, region, _of_notices(asked), signer)
    written_off = _write_off(session, region, asked)
    return Followed(assigned, signed, completed, written_off, voided, reddened)


def _enter_round(session: Session, region: str, now: datetime) -> None:
    """Hold the region's row: who comes second waits, and then sees what was done."""
    statement = insert_for(session, VoucherRoundRow).values(region=region, last_at=now)
    session.execute(
        statement.on_conflict_do_update(index_elements=["region"], set_={"last_at": now})
    )


def _assign(session: Session, region: str, asked: Round) -> int:
    """Give numbers to the notices that have no living voucher and whose unit is bound to a kind."""
    found = _unnumbered(session, region, asked)
    rows = _numbered(session, region, found, asked)
    if rows:
        session.execute(insert(VoucherRow), rows)
    session.flush()
    return len(rows)


def _unnumbered(session: Session, region: str, asked: Round) -> list[Unnumbered]:
    query = (
        select(
            NoticeRow,
            TicketBindingRow.kind,
            func.coalesce(PaymentRow.amount_fen, notice_due_fen()),
            refunded_of_notice(region),
        )
        .join(
            TicketBindingRow,
            and_(
                TicketBindingRow.region == region,
                TicketBindingRow.unit_code == NoticeRow.unit_code,
            ),
        )
        .outerjoin(
            PaymentRow,
            and_(
                PaymentRow.region == region,
                PaymentRow.notice == NoticeRow.id,
                PaymentRow.state != "reversed",
            ),
        )
        .where(*_wants_number(region, asked))
        .order_by(NoticeRow.issued_at, NoticeRow.id)
        .limit(ROUND_SIZE)
    )
    found = session.execute(query, execution_options={"populate_existing": True})
    return [Unnumbered(*row) for row in found]


def _wants_number(region: str, asked: Round) -> list[ColumnElement[bool]]:
    living = exists().where(
        VoucherRow.region == region,
        VoucherRow.notice == NoticeRow.id,
        VoucherRow.state.not_in(("voided", "red")),
    )
    where = [
        NoticeRow.region == region,
        NoticeRow.status.in_(WANTS_NUMBER),
        NoticeRow.pay_code.is_not(None),
        ~living,
    ]
    if asked.notices is not None:
        where.append(NoticeRow.id.in_(asked.notices))
    if asked.since is not None:
        where.append(NoticeRow.issued_on >= asked.since)
    return where


def _numbered(
    session: Session, region: str, found: Sequence[Unnumbered], asked: Round
) -> list[dict[str, Any]]:
    """Give the rows of new vouchers; a notice whose unit has no numbers left waits (16002)."""
    stocks: dict[str, NumbersOfKind] = {}
    reds = _last_reds(session, region, [each.notice.id for each in found])
    rows = []
    for each in found:
        notice = each.notice
        code = ticket_code_of(region, each.kind, asked.today.year)
        if code not in stocks:
            stocks[code] = NumbersOfKind(session, region, code)
        number = stocks[code].take(notice.unit_code)
        if number is None:
            continue
        rows.append(
            {
                "region": region,
                "id": new_id(asked.now),
                "notice": notice.id,
                "unit_code": notice.unit_code,
                "ticket_code": code,
                "number": number,
                "check_code": make_check_code(),
                "state": "assigned",
                "amount_fen": each.amount_fen - each.refunded_fen,
                "refunded_fen": each.refunded_fen,
                "replaces": reds.get(notice.id),
                "assigned_on": asked.today,
                "assigned_at": asked.now,
            }
        )
    return rows


def _last_reds(session: Session, region: str, notices: Sequence[int]) -> dict[int, int]:
    """Give the red voucher of each notice that no other has replaced yet."""
    later = select(VoucherRow.replaces).where(
        VoucherRow.region == region, VoucherRow.replaces.is_not(None)
    )
    query = select(VoucherRow.notice, VoucherRow.id).where(
        VoucherRow.region == region,
        VoucherRow.notice.in_(notices),
        VoucherRow.state == "red",
        VoucherRow.id.not_in(later),
    )
    return {row.notice: row.id for row in session.execute(query)} if notices else {}


def make_check_code() -> str:
    """Make a check code: six random signs; capitals matter, and it means nothing."""
    return "".join(secrets.choice(CHECK_SIGNS) for _ in range(CHECK_LENGTH))


def _void(session: Session, region: str, asked: Round) -> int:
    """Void the vouchers of notices that were voided, or waived in full, before payment."""
    return _end(
        session,
        region,
        asked,
        from_states=BEFORE_PAYMENT,
        notice_is=NoticeRow.status.in_(("voided", "waived")),
        values={"state": "voided", "end_reason": "notice-voided"},
    )


def _redden(session: Session, region: str, asked: Round) -> int:
    """Make red what was refunded, in full or in part (R-F7), and what was taken back (reversed)."""
    refunded = _end(
        session,
        region,
        asked,
        from_states=AFTER_PAYMENT,
        notice_is=refunded_of_notice(region) > VoucherRow.refunded_fen,
        values={"state": "red", "end_reason": "refund"},
    )
    reversed_ = _end(
        session,
        region,
        asked,
        from_states=AFTER_PAYMENT,
        notice_is=NoticeRow.status.in_(UNPAID_AGAIN),
        values={"state": "red", "end_reason": "reversal"},
    )
    return refunded + reversed_


def _end(
    session: Session,
    region: str,
    asked: Round,
    *,
    from_states: Sequence[str],
    notice_is: ColumnElement[bool],
    values: dict[str, str],
) -> int:
    """End vouchers whose notice stands so."""
    notice = exists().where(
        NoticeRow.region == region, NoticeRow.id == VoucherRow.notice, notice_is
    )
    statement = (
        update(VoucherRow)
        .where(
            VoucherRow.region == region,
            VoucherRow.state.in_(from_states),
            *_of_notices(asked),
            notice,
        )
        .values(**values, ended_at=asked.now)
        .execution_options(synchronize_session=False)
    )
    return _count(session, statement)


def _write_off(session: Session, region: str, asked: Round) -> int:
    """Write off complete vouchers whose money was held against the bank's account (owed = received)."""
    notice = exists().where(
        NoticeRow.region == region,
        NoticeRow.id == VoucherRow.notice,
        NoticeRow.status.in_(("reconciled", "settled")),
    )
    statement = (
        update(VoucherRow)
        .where(
            VoucherRow.region == region,
            VoucherRow.state == "complete",
            *_of_notices(asked),
            notice,
        )
        .values(state="written_off", written_off_at=asked.now)
        .execution_options(synchronize_session=False)
    )
    return _count(session, statement)


def _of_notices(asked: Round) -> list[ColumnElement[bool]]:
    return [] if asked.notices is None else [VoucherRow.notice.in_(asked.notices)]


def _count(session: Session, statement: Any) -> int:
    count: int = session.execute(statement).rowcount  # type: ignore[attr-defined]  # an UPDATE counts
    return count
