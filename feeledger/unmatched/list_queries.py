"""Lists of unmatched receipts and refused arrivals for the console, the oldest first (R-U4)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from feeledger.money import Money
from feeledger.notices.notice import PAID
from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import UnmatchedReceiptRow
from feeledger.unmatched.receipt import BY_NOTICE, OPEN
from feeledger.unmatched.tables import ReceiptReturnRow, RefusedArrivalRow

Its = UnmatchedReceiptRow
NOTICE_NAMED = and_(NoticeRow.region == Its.region, NoticeRow.pay_code == Its.pay_code)
# An open receipt is called by its notice as that stands now; a closed one as it came.
KIND_NOW = case(
    (
        and_(Its.kind.in_(BY_NOTICE), Its.state.in_(OPEN)),
        case((NoticeRow.status.in_(sorted(PAID)), "duplicate"), else_="unconfirmed"),
    ),
    else_=Its.kind,
)


@dataclass(frozen=True, slots=True)
class ReceiptsWanted:
    """Which receipts are looked for; "" and None narrow nothing.

    ``open_only`` leaves out what is matched, returned or split; ``before`` is for ageing: the money
    came before that day. ``text`` is looked for at the head of serials and pay codes, and in payers.
    """

    state: str = ""
    kind: str = ""
    text: str = ""
    bank: str = ""
    open_only: bool = False
    before: date | None = None
    since: date | None = None
    until: date | None = None
    least: Money | None = None
    most: Money | None = None


@dataclass(frozen=True, slots=True)
class ReceiptListed:
    """A receipt, and what kind it is as things stand."""

    row: UnmatchedReceiptRow
    kind: str


def find_receipts(
    session: Session, region: str, wanted: ReceiptsWanted, *, limit: int, offset: int
) -> tuple[ReceiptListed, ...]:
    """Give the receipts that fit, the oldest first: it is a work list."""
    query = (
        _narrowed(select(Its, KIND_NOW), region, wanted)
        .order_by(Its.bank_day, Its.arrived_at, Its.id)
        .limit(limit)
        .offset(offset)
    )
    return tuple(ReceiptListed(row, kind) for row, kind in session.execute(query))


def total_of_receipts(session: Session, region: str, wanted: ReceiptsWanted) -> tuple[int, Money]:
    """Count the receipts that fit and add their amounts up."""
    query = select(func.count(), func.coalesce(func.sum(Its.amount_fen), 0))
    count, fen = session.execute(_narrowed(query.select_from(Its), region, wanted)).one()
    return count, Money(int(fen))


def kind_now(session: Session, row: UnmatchedReceiptRow) -> str:
    """Say what kind a receipt is as things stand."""
    query = (
        select(KIND_NOW)
        .select_from(Its)
        .outerjoin(NoticeRow, NOTICE_NAMED)
        .where(Its.region == row.region, Its.id == row.id)
    )
    return str(session.scalar(query))


def parts_of(session: Session, region: str, receipt_id: int) -> tuple[UnmatchedReceiptRow, ...]:
    """Give the parts that a receipt was split into."""
    query = select(Its).where(Its.region == region, Its.parent == receipt_id)
    return tuple(session.scalars(query.order_by(Its.amount_fen.desc(), Its.id)))


def returns_of(session: Session, region: str, receipt_id: int) -> tuple[ReceiptReturnRow, ...]:
    """Give the returns asked for a receipt, the latest first."""
    query = select(ReceiptReturnRow).where(
        ReceiptReturnRow.region == region, ReceiptReturnRow.receipt == receipt_id
    )
    return tuple(session.scalars(query.order_by(ReceiptReturnRow.requested_at.desc())))


def find_refused_arrivals(
    session: Session, region: str, *, limit: int, offset: int
) -> tuple[RefusedArrivalRow, ...]:
    """Give refused arrivals and transfers, the latest first."""
    query = (
        select(RefusedArrivalRow)
        .where(RefusedArrivalRow.region == region)
        .order_by(RefusedArrivalRow.last_at.desc(), RefusedArrivalRow.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return tuple(session.scalars(query))


def count_refused_arrivals(session: Session, region: str) -> int:
    """Count refused arrivals and transfers, each once however often it came."""
    query = (
        select(func.count())
        .select_from(RefusedArrivalRow)
        .where(RefusedArrivalRow.region == region)
    )
    return session.scalar(query) or 0


def _narrowed(query: Any, region: str, wanted: ReceiptsWanted) -> Any:
    where: list[Any] = [Its.region == region]
    if wanted.open_only:
        where.append(Its.state.in_(OPEN))
    if wanted.state:
        where.append(Its.state == wanted.state)
    if wanted.kind:
        where.append(wanted.kind == KIND_NOW)
    if wanted.bank:
        where.append(Its.bank == wanted.bank)
    if wanted.text:
        where.append(
            or_(
                Its.trade_no.startswith(wanted.text, autoescape=True),
                Its.pay_code.startswith(wanted.text, autoescape=True),
                Its.payer_name.contains(wanted.text, autoescape=True),
            )
        )
    where += [*_days(wanted), *_amounts(wanted)]
    return query.outerjoin(NoticeRow, NOTICE_NAMED).where(*where)


def _days(wanted: ReceiptsWanted) -> list[Any]:
    where: list[Any] = []
    if wanted.before is not None:
        where.append(Its.bank_day < wanted.before)
    if wanted.since is not None:
        where.append(Its.bank_day >= wanted.since)
    if wanted.until is not None:
        where.append(Its.bank_day <= wanted.until)
    return where


def _amounts(wanted: ReceiptsWanted) -> list[Any]:
    where: list[Any] = []
    if wanted.least is not None:
        where.append(Its.amount_fen >= wanted.least.fen)
    if wanted.most is not None:
        where.append(Its.amount_fen <= wanted.most.fen)
    return where
