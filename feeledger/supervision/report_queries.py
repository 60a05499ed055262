"""Reports and files, as far as a viewer may see them (R-S3).

The bureau sees everything. An overseer (supervisor, auditor) sees what was reported but not who
reported it. A department sees the charge; of an anonymous report neither payer nor story; files
never.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, undefer

from feeledger.errors import Missing, Text
from feeledger.files import KeptFile
from feeledger.money import Money
from feeledger.supervision.tables import CaseFileRow, ReportFileRow, ReportRow

Viewer = Literal["bureau", "overseer", "department"]


class ReportFileUnknown(Missing):
    """There is no such file, or not for this viewer."""

    code = "report-file-unknown"
    title = Text("没有此附件", "There is no such file")


@dataclass(frozen=True, slots=True)
class FileView:
    """A file without its bytes."""

    file_no: int
    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report as far as the viewer may see it; what is hidden is "" and has no files."""

    id: int
    department: str
    item: str
    amount: Money
    charged_on: date
    arose_on: date
    how_paid: str
    account_no: str
    ticket_no: str
    anonymous: bool
    payer: str
    story: str
    reporter_name: str
    reporter_contact: str
    entered_by: str
    files: tuple[FileView, ...]


def reports_without_case(session: Session, region: str, *, limit: int) -> tuple[ReportView, ...]:
    """Give the reports that showed no signal, for the bureau to read, the latest first."""
    return reports_where(session, region, ReportRow.case_id.is_(None), viewer="bureau", limit=limit)


def reports_where(
    session: Session,
    region: str,
    which: ColumnElement[bool],
    *,
    viewer: Viewer,
    limit: int | None = None,
) -> tuple[ReportView, ...]:
    """Give the reports of a region that fit a condition, the latest first."""
    rows = session.scalars(
        select(ReportRow)
        .where(ReportRow.region == region, which)
        .order_by(ReportRow.reported_at.desc(), ReportRow.id)
        .limit(limit)
    ).all()
    files = _files_by_report(session, region, [row.id for row in rows])
    return tuple(_report_view(row, files.get(row.id, ()), viewer) for row in rows)


def _report_view(row: ReportRow, files: tuple[FileView, ...], viewer: Viewer) -> ReportView:
    bureau, department = viewer == "bureau", viewer == "department"
    hidden = row.anonymous and department
    return ReportView(
        id=row.id,
        department=row.department,
        item=row.item,
        amount=Money(row.amount_fen),
        charged_on=row.charged_on,
        arose_on=row.arose_on,
        how_paid=row.how_paid,
        account_no=row.account_no,
        ticket_no="" if hidden else row.ticket_no,
        anonymous=row.anonymous,
        payer=row.payer if bureau or not row.anonymous else "",
        story="" if hidden else row.story,
        reporter_name=row.reporter_name if bureau else "",
        reporter_contact=row.reporter_contact if bureau else "",
        entered_by=row.entered_by if not department else "",
        files=() if department else files,
    )


def file_of_report(
    session: Session, region: str, report: int, file_no: int, *, viewer: Viewer
) -> KeptFile:
    """Give a report's file to the bureau or an overseer. Raises ReportFileUnknown."""
    row = None
    if viewer != "department":
        row = session.get(
            ReportFileRow, (region, report, file_no), options=[undefer(ReportFileRow.content)]
        )
    if row is None:
        raise ReportFileUnknown(Text(f"没有第 {file_no} 个附件。", f"There is no file {file_no}."))
    return KeptFile(row.name, row.media_type, row.content, row.sha256)


def file_of_move(session: Session, region: str, case: int, seq: int, file_no: int) -> KeptFile:
    """Give a file that came with a move of a case. Raises ReportFileUnknown."""
    row = session.get(
        CaseFileRow, (region, case, seq, file_no), options=[undefer(CaseFileRow.content)]
    )
    if row is None:
        raise ReportFileUnknown(Text(f"没有第 {file_no} 个附件。", f"There is no file {file_no}."))
    return KeptFile(row.name, row.media_type, row.content, row.sha256)


def files_of_moves(session: Session, region: str, case: int) -> dict[int, tuple[FileView, ...]]:
    """Give the files of a case's moves, without their bytes, by the move's number."""
    rows = session.scalars(
        select(CaseFileRow)
        .where(CaseFileRow.region == region, CaseFileRow.case_id == case)
        .order_by(CaseFileRow.seq, CaseFileRow.file_no)
    )
    found: dict[int, tuple[FileView, ...]] = {}
    for row in rows:
        found[row.seq] = (*found.get(row.seq, ()), _file_view(row))
    return found


def _files_by_report(
    session: Session, region: str, reports: Iterable[int]
) -> dict[int, tuple[FileView, ...]]:
    rows = session.scalars(
        select(ReportFileRow)
        .where(ReportFileRow.region == region, ReportFileRow.report.in_(list(reports)))
        .order_by(ReportFileRow.report, ReportFileRow.file_no)
    )
    found: dict[int, tuple[FileView, ...]] = {}
    for row in rows:
        found[row.report] = (*found.get(row.report, ()), _file_view(row))
    return found


def _file_view(row: ReportFileRow | CaseFileRow) -> FileView:
    return FileView(row.file_no, row.name, row.media_type, row.size, row.sha256)
