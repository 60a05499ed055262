"""Finding reliefs: one, those of a notice, the list of them with their notices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.money import Money
from feeledger.notices.reliefs import LineRelief, relieved_bp, relieved_fen
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.reliefs.relief import LineNow, ReliefMissing, Terms
from feeledger.reliefs.tables import NoticeReliefRow

NOTICE_OF_RELIEF = and_(
    NoticeRow.region == NoticeReliefRow.region, NoticeRow.id == NoticeReliefRow.notice
)


@dataclass(frozen=True, slots=True)
class ReliefsWanted:
    """Which reliefs are looked for; "" narrows nothing.

    ``text`` is looked for in payers and documents and at the head of pay codes.
    """

    state: str = ""
    kind: str = ""
    text: str = ""
    unit_code: str = ""


@dataclass(frozen=True, slots=True)
class ReliefListed:
    """A relief with its notice."""

    row: NoticeReliefRow
    notice: NoticeRow


def relief_of(session: Session, region: str, relief: int) -> NoticeReliefRow:
    """Find a relief by its id. Raises ReliefMissing."""
    row = session.get(NoticeReliefRow, (region, relief))
    if row is None:
        raise ReliefMissing(
            Text(f"没有编号为 {relief} 的减免缓。", f"There is no relief {relief}.")
        )
    return row


def terms_of(row: NoticeReliefRow) -> Terms:
    """Give what a relief asks for."""
    amount = None if row.fen is None else Money(row.fen)
    return Terms(row.kind, row.line_no, amount, row.bp, row.due_on)


def lines_now(lines: Sequence[NoticeLineRow], reliefs: Sequence[LineRelief]) -> tuple[LineNow, ...]:
    """Give the lines of a notice after some reliefs."""
    return tuple(
        LineNow(
            row.line_no,
            Money(row.amount_fen - relieved_fen(reliefs, row.line_no)),
            row.late_rule is not None,
            relieved_bp(reliefs, row.line_no),
        )
        for row in lines
    )


def reliefs_of_notice(
    session: Session, region: str, notice: int, *, approved_only: bool
) -> tuple[NoticeReliefRow, ...]:
    """Give the reliefs of a notice, the earliest first; what was granted only, if asked."""
    query = select(NoticeReliefRow).where(
        NoticeReliefRow.region == region, NoticeReliefRow.notice == notice
    )
    if approved_only:
        query = query.where(NoticeReliefRow.state == "approved")
    return tuple(session.scalars(query.order_by(NoticeReliefRow.applied_at, NoticeReliefRow.id)))


def find_reliefs(
    session: Session, region: str, wanted: ReliefsWanted, *, limit: int, offset: int
) -> tuple[ReliefListed, ...]:
    """Give the reliefs that fit; those that wait come the oldest first."""
    at = NoticeReliefRow.applied_at
    query = (
        _narrowed(select(NoticeReliefRow, NoticeRow), region, wanted)
        .order_by(at if wanted.state == "applied" else at.desc(), NoticeReliefRow.id)
        .limit(limit)
        .offset(offset)
    )
    return tuple(ReliefListed(row, notice) for row, notice in session.execute(query))


def count_reliefs(session: Session, region: str, wanted: ReliefsWanted) -> int:
    """Count the reliefs that fit."""
    query = select(func.count()).select_from(NoticeReliefRow)
    return session.scalar(_narrowed(query, region, wanted)) or 0


def _narrowed(query: Any, region: str, wanted: ReliefsWanted) -> Any:
    where: list[Any] = [NoticeReliefRow.region == region]
    if wanted.state:
        where.append(NoticeReliefRow.state == wanted.state)
    if wanted.kind:
        where.append(NoticeReliefRow.kind == wanted.kind)
    if wanted.unit_code:
        where.append(NoticeRow.unit_code == wanted.unit_code)
    if wanted.text:
        where.append(
            or_(
                NoticeRow.payer_name.contains(wanted.text, autoescape=True),
                NoticeRow.pay_code.startswith(wanted.text, autoescape=True),
                NoticeReliefRow.document.contains(wanted.text, autoescape=True),
            )
        )
    return query.join(NoticeRow, NOTICE_OF_RELIEF).where(*where)
