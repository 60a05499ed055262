"""Reading projects: one with its last computation replayed, a region's part with its notices, lists."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from feeledger.assessment.engine import assess
from feeledger.assessment.outcomes import Answer, Request
from feeledger.catalog.items import Catalog
from feeledger.catalog.plan import plan_of
from feeledger.catalog.queries import edition_of
from feeledger.enterprises.facts import fact_value
from feeledger.errors import Text
from feeledger.notices.queries import lines_of
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.projects.project import COVERING, ProjectItem, ProjectMissing
from feeledger.projects.tables import (
    ProjectItemRow,
    ProjectNoticeRow,
    ProjectRoundRow,
    ProjectRow,
)
from feeledger.regions.tables import RegionRow


@dataclass(frozen=True, slots=True)
class ProjectRead:
    """A project with its items and its last computation, replayed with every step."""

    row: ProjectRow
    items: tuple[ProjectItem, ...]
    round: ProjectRoundRow
    answer: Answer
    catalog: Catalog

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions whose units charge, the project's own first."""
        found = dict.fromkeys(each.unit_region for each in self.items)
        return tuple(sorted(found, key=lambda code: (code != self.row.region, code)))


@dataclass(frozen=True, slots=True)
class PartNotice:
    """A notice of a part, with its lines."""

    row: NoticeRow
    lines: tuple[NoticeLineRow, ...]

    @property
    def covers(self) -> bool:
        """Say whether its lines need no other notice."""
        return self.row.status in COVERING


@dataclass(frozen=True, slots=True)
class ProjectsWanted:
    """Which projects are looked for; "" narrows nothing. ``text``: number, name or credit code."""

    text: str = ""
    kind: str = ""
    uscc: str = ""


def project_row(session: Session, region: str, project: int) -> ProjectRow:
    """Find a project. Raises ProjectMissing."""
    row = session.get(ProjectRow, (region, project))
    if row is None:
        raise ProjectMissing(
            Text(
                f"{region[:12]} 没有编号为 {project} 的项目，请从清单中打开。",
                f"{region[:12]} has no project {project}; open it from the list.",
            )
        )
    return row


def project_numbered(session: Session, region: str, number: str) -> ProjectRow | None:
    """Find a project by its number."""
    query = select(ProjectRow).where(ProjectRow.region == region, ProjectRow.number == number)
    return session.scalar(query)


def project_read(session: Session, row: ProjectRow) -> ProjectRead:
    """Read a project whole; the last computation is replayed from what it rested on."""
    items = items_of_project(session, row)
    last = last_round(session, row)
    catalog = edition_of(session, last.edition)
    request = Request(
        ref=row.number,
        on=row.arose_on,
        region=row.region,
        items=tuple(each.item_id for each in items),
        lines=tuple(last.lines),
        facts=facts_of_round(last),
        sources=dict.fromkeys(last.from_register, "register"),
    )
    return ProjectRead(row, items, last, assess(plan_of(catalog), request), catalog)


def items_of_project(session: Session, row: ProjectRow) -> tuple[ProjectItem, ...]:
    """Give a project's items in order of id."""
    query = (
        select(ProjectItemRow)
        .where(ProjectItemRow.region == row.region, ProjectItemRow.project == row.id)
        .order_by(ProjectItemRow.item_id)
    )
    return tuple(
        ProjectItem(each.item_id, each.unit_region, each.unit_code)
        for each in session.scalars(query)
    )


def last_round(session: Session, row: ProjectRow) -> ProjectRoundRow:
    """Give a project's last computation; there always is one."""
    query = (
        select(ProjectRoundRow)
        .where(ProjectRoundRow.region == row.region, ProjectRoundRow.project == row.id)
        .order_by(ProjectRoundRow.round.desc())
        .limit(1)
    )
    return session.scalars(query).one()


def facts_of_round(row: ProjectRoundRow) -> dict[str, Any]:
    """Give the facts of a computation, exactly as they were kept."""
    return {name: fact_value(text) for name, text in row.facts.items()}


def notices_of_part(
    session: Session, region: str, project_region: str, project: int
) -> tuple[PartNotice, ...]:
    """Give the notices of a region's part of a project, the latest first."""
    query = (
        select(NoticeRow)
        .join(
            ProjectNoticeRow,
            (ProjectNoticeRow.region == NoticeRow.region)
            & (ProjectNoticeRow.notice == NoticeRow.id),
        )
        .where(
            NoticeRow.region == region,
            ProjectNoticeRow.region == region,
            ProjectNoticeRow.project_region == project_region,
            ProjectNoticeRow.project == project,
        )
        .order_by(NoticeRow.issued_at.desc(), NoticeRow.id.desc())
    )
    return tuple(
        PartNotice(row, lines_of(session, region, row.id)) for row in session.scalars(query)
    )


def find_projects(
    session: Session, region: str, wanted: ProjectsWanted, *, limit: int, offset: int
) -> tuple[ProjectRow, ...]:
    """Give the projects of a region that fit, the latest day first."""
    query = (
        select(ProjectRow)
        .where(*_where(region, wanted))
        .order_by(ProjectRow.arose_on.desc(), ProjectRow.number)
        .limit(limit)
        .offset(offset)
    )
    return tuple(session.scalars(query))


def count_projects(session: Session, region: str, wanted: ProjectsWanted) -> int:
    """Count the projects that fit."""
    query = select(func.count()).select_from(ProjectRow).where(*_where(region, wanted))
    return session.scalar(query) or 0


def projects_of_payer(session: Session, uscc: str) -> tuple[ProjectRow, ...]:
    """Give an enterprise's projects in all regions, the latest day first."""
    query = (
        select(ProjectRow)
        .join(RegionRow, RegionRow.code == ProjectRow.region)
        .where(ProjectRow.uscc == uscc)
        .order_by(ProjectRow.arose_on.desc(), ProjectRow.region, ProjectRow.number)
    )
    return tuple(session.scalars(query))


def _where(region: str, wanted: ProjectsWanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [ProjectRow.region == region]
    if wanted.kind:
        where.append(ProjectRow.kind == wanted.kind)
    if wanted.uscc:
        where.append(ProjectRow.uscc == wanted.uscc)
    if wanted.text:
        where.append(
            or_(
                ProjectRow.number.contains(wanted.text, autoescape=True),
                ProjectRow.name.contains(wanted.text, autoescape=True),
                ProjectRow.uscc.startswith(wanted.text.upper(), autoescape=True),
            )
        )
    return where
