"""Acts of the log of permits that lack their notice or its payment, and what they come to (S08)."""

from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from feeledger.enterprises.tables import PermitActRow
from feeledger.money import Money, total_of
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.periods import Calendar
from feeledger.projects.project import part_lines
from feeledger.projects.queries import project_read
from feeledger.projects.tables import ProjectNoticeRow, ProjectRow
from feeledger.regions.tables import CollectingUnitRow
from feeledger.supervision.permits import DAYS_TO_PAY, GrantedAct, notice_is_late
from feeledger.supervision.tables import SignalRow

LOOKED_BACK: Final = timedelta(days=400)
AT_ONCE: Final = 100
UNPAID: Final = ("issued", "expired")
NONE_STANDS: Final = ("draft", "voided")
PROJECT_OF_ACT: Final = and_(
    ProjectRow.region == PermitActRow.region, ProjectRow.act == PermitActRow.id
)


def acts_without_fee(
    session: Session, region: str, *, today: date, after: int = 0
) -> tuple[int, ...]:
    """Give acts after a number that no notice covers, or one that is overdue, and no signal tells of.

    The latest 400 days are looked at. Whether the act is charged for is not asked here.
    """
    row = PermitActRow
    told = exists().where(
        SignalRow.region == row.region, SignalRow.act == row.id, SignalRow.code == "S08"
    )
    query = (
        select(row.id)
        .join(ProjectRow, PROJECT_OF_ACT)
        .where(
            row.region == region,
            ProjectRow.region == region,
            row.item_id.is_not(None),
            row.acted_on >= today - LOOKED_BACK,
            row.acted_on < today,
            row.id > after,
            ~told,
            ~_notices(row, ProjectRow, _in_time(today)).exists(),
        )
        .order_by(row.id)
        .limit(AT_ONCE)
    )
    return tuple(session.scalars(query))


def granted_act(
    session: Session, region: str, act: int, *, today: date, calendar: Calendar
) -> GrantedAct | None:
    """Give an act that is charged for and lacks its notice or its payment, else None.

    What it comes to is the last computation of its duty: an exempt one, one that does not apply and
    one that cannot be told come to nothing here. Raises CalendarYearMissing.
    """
    row = session.get_one(PermitActRow, (region, act))
    project = session.scalar(
        select(ProjectRow).where(ProjectRow.region == region, ProjectRow.act == act)
    )
    if project is None or row.item_id is None:
        return None
    notice = session.scalars(
        _notices(row, project, NoticeRow.status.in_(UNPAID)).order_by(NoticeRow.due_on.desc())
    ).first()
    if notice is None and not notice_is_late(row.acted_on, today=today, calendar=calendar):
        return None
    read = project_read(session, project)
    lines = part_lines(read.answer, read.items, region)
    amounts = [each.answer.amount for each in lines if each.standing == "settled"]
    amount = total_of(each for each in amounts if each is not None)
    if not amount:
        return None
    unit = session.get_one(CollectingUnitRow, (region, row.unit_code))
    return GrantedAct(
        act=row.id,
        act_no=row.act_no,
        kind=row.kind,
        payer=row.uscc,
        unit_code=row.unit_code,
        unit_name=unit.name,
        item_id=row.item_id,
        item_name=read.catalog.items[row.item_id].name.zh,
        acted_on=row.acted_on,
        recorded_by=row.recorded_by,
        edition_sha256=read.catalog.edition.sha256,
        amount=amount if notice is None else Money(notice.amount_fen - notice.relieved_fen),
        pay_code="" if notice is None else notice.pay_code or "",
        due_on=None if notice is None else notice.due_on,
    )


def _notices(act: Any, project: Any, which: ColumnElement[bool]) -> Select[Any]:
    """Select notices of an act's duty: through its project, or of its item, day and enterprise."""
    through = (
        exists()
        .where(
            ProjectNoticeRow.region == NoticeRow.region,
            ProjectNoticeRow.notice == NoticeRow.id,
            ProjectNoticeRow.project_region == project.region,
            ProjectNoticeRow.project == project.id,
        )
        .correlate(NoticeRow, ProjectRow)
    )
    direct = (
        exists()
        .where(
            NoticeLineRow.region == NoticeRow.region,
            NoticeLineRow.notice == NoticeRow.id,
            NoticeLineRow.item_id == act.item_id,
            NoticeLineRow.obligation_on == act.acted_on,
        )
        .correlate(NoticeRow, PermitActRow)
    )
    return select(NoticeRow).where(
        NoticeRow.region == act.region, NoticeRow.uscc == act.uscc, which, or_(through, direct)
    )


def _in_time(today: date) -> ColumnElement[bool]:
    """Choose notices that are paid, waived or given back, and those whose time is not over."""
    waits = and_(NoticeRow.status.in_(UNPAID), NoticeRow.due_on >= today - DAYS_TO_PAY)
    return or_(NoticeRow.status.not_in((*UNPAID, *NONE_STANDS)), waits)
