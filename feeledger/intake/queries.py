"""Reading intakes: the files of a region, one file, its faults page by page."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, undefer

from feeledger.enterprises.tables import EnterpriseRow
from feeledger.errors import Missing, Text
from feeledger.intake.tables import FactIntakeFaultRow, FactIntakeRow
from feeledger.trail import TrailActRow

TELLING_ACTS: Final = ("record-facts", "import-facts", "decide-fact")
# A long transaction is dated by its beginning: its act may come to light a good while later.
LOOKED_BACK: Final = timedelta(days=1)


class IntakeUnknown(Missing):
    """No file of facts of the region has this number."""

    code = "intake-unknown"
    title = Text("没有这份数据文件", "There is no such file of facts")


def intake_of(
    session: Session, region: str, intake: int, *, said_by: str | None = None
) -> FactIntakeRow:
    """Find a file of facts; with ``said_by`` among those of one unit only. Raises IntakeUnknown."""
    row = session.get(FactIntakeRow, (region, intake))
    if row is None or (said_by is not None and row.said_by != said_by):
        raise IntakeUnknown(
            Text(
                f"区划 {region[:12]} 没有编号为 {intake} 的数据文件，或不是您单位的。",
                f"Region {region[:12]} has no file of facts {intake}, or it is not your unit's.",
            )
        )
    return row


def content_of_intake(session: Session, region: str, intake: int) -> bytes | None:
    """Give a file's bytes, where they are kept."""
    query = (
        select(FactIntakeRow)
        .where(FactIntakeRow.region == region, FactIntakeRow.id == intake)
        .options(undefer(FactIntakeRow.content))
    )
    row = session.scalar(query)
    return None if row is None else row.content


def find_intakes(
    session: Session, region: str, *, said_by: str | None, limit: int, offset: int
) -> tuple[FactIntakeRow, ...]:
    """Give the files of a region, the latest first; of one unit only where named."""
    row = FactIntakeRow
    query = select(row).where(*_where(region, said_by))
    order = query.order_by(row.checked_at.desc(), row.id.desc()).limit(limit).offset(offset)
    return tuple(session.scalars(order))


def count_intakes(session: Session, region: str, *, said_by: str | None) -> int:
    """Count the files of a region."""
    query = select(func.count()).select_from(FactIntakeRow).where(*_where(region, said_by))
    return session.scalar(query) or 0


def faults_of_intake(
    session: Session, region: str, intake: int, *, limit: int, offset: int
) -> tuple[FactIntakeFaultRow, ...]:
    """Give the faults kept of a file, in the order of its lines."""
    row = FactIntakeFaultRow
    query = (
        select(row)
        .where(row.region == region, row.intake == intake)
        .order_by(row.number)
        .limit(limit)
        .offset(offset)
    )
    return tuple(session.scalars(query))


def codes_registered(session: Session, codes: Iterable[str]) -> set[str]:
    """Give those of some credit codes that are in the payer register."""
    query = select(EnterpriseRow.uscc).where(EnterpriseRow.uscc.in_(set(codes)))
    return set(session.scalars(query))


def facts_mark(session: Session, region: str, now: datetime) -> int:
    """Count the acts by which facts were told of a region, from a day before an instant on.

    Two marks taken with one instant differ where facts were told between them: whoever tells any
    records the act in the same transaction.
    """
    row = TrailActRow
    query = select(func.count()).where(
        row.region == region, row.at > now - LOOKED_BACK, row.act.in_(TELLING_ACTS)
    )
    return session.scalar(query) or 0


def _where(region: str, said_by: str | None) -> list[ColumnElement[bool]]:
    where = [FactIntakeRow.region == region]
    if said_by is not None:
        where.append(FactIntakeRow.said_by == said_by)
    return where
