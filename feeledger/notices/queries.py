"""Finding notices and their lines. The region of a pay code is its first six digits."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.errors import Missing, Text
from feeledger.notices.notice import UNPAID
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.regions.tables import RegionRow

REGION_DIGITS = 6


class NoticeMissing(Missing):
    """There is no such notice."""

    code = "notice-missing"
    title = Text("没有这张缴款通知书", "There is no such notice")


def notice_by_pay_code(session: Session, pay_code: str) -> NoticeRow | None:
    """Find the notice of a pay code."""
    query = select(NoticeRow).where(
        NoticeRow.region == pay_code[:REGION_DIGITS], NoticeRow.pay_code == pay_code
    )
    return session.scalar(query)


def notice_of(
    session: Session, region: str, notice_id: int, *, for_update: bool = False
) -> NoticeRow:
    """Find a notice by its id, perhaps to change it. Raises NoticeMissing."""
    row = session.get(
        NoticeRow, (region, notice_id), with_for_update=for_update, populate_existing=for_update
    )
    if row is None:
        raise NoticeMissing(
            Text(
                f"{region[:12]} 没有编号为 {notice_id} 的通知书。",
                f"{region[:12]} has no notice {notice_id}.",
            )
        )
    return row


def lines_of(session: Session, region: str, notice_id: int) -> tuple[NoticeLineRow, ...]:
    """Give the lines of a notice, in order."""
    query = (
        select(NoticeLineRow)
        .where(NoticeLineRow.region == region, NoticeLineRow.notice == notice_id)
        .order_by(NoticeLineRow.line_no)
    )
    return tuple(session.scalars(query))


def notices_of(
    session: Session,
    region: str,
    uscc: str | None = None,
    *,
    unit_code: str | None = None,
    status: str | None = None,
    since: date | None = None,
    limit: int = 100,
) -> tuple[NoticeRow, ...]:
    """Give the notices of a region, the latest first; of one payer, issuing unit or status."""
    query = select(NoticeRow).where(NoticeRow.region == region)
    if uscc is not None:
        query = query.where(NoticeRow.uscc == uscc)
    if unit_code is not None:
        query = query.where(NoticeRow.unit_code == unit_code)
    if status is not None:
        query = query.where(NoticeRow.status == status)
    if since is not None:
        query = query.where(NoticeRow.issued_on >= since)
    query = query.order_by(NoticeRow.issued_on.desc(), NoticeRow.id.desc()).limit(limit)
    return tuple(session.scalars(query))


def notices_of_payer(session: Session, uscc: str) -> tuple[NoticeRow, ...]:
    """Give a payer's notices in all regions, drafts left out: what its page adds up."""
    query = (
        select(NoticeRow)
        .join(RegionRow, RegionRow.code == NoticeRow.region)
        .where(NoticeRow.uscc == uscc, NoticeRow.status != "draft")
        .order_by(NoticeRow.issued_on.desc(), NoticeRow.region, NoticeRow.id.desc())
    )
    return tuple(session.scalars(query))


def is_unpaid(row: NoticeRow) -> bool:
    """Say whether money is still owed on a notice."""
    return row.status in UNPAID
