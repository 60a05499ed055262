"""What may be seen of cases and reports, and by whom (R-S3, R-S5).

The bureau sees everything. An overseer (supervisor, auditor) sees what was reported but not who
reported it. A department sees the charge and the signals of its own cases; of an anonymous report
neither payer nor story nor files. The public sees published cases only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, undefer

from feeledger.errors import Missing, Text
from feeledger.money import Money
from feeledger.supervision.case import RULES, moves_of_time
from feeledger.supervision.case_actions import OF_THE_DEPARTMENT, CaseUnknown
from feeledger.supervision.case_rows import case_of
from feeledger.supervision.files import KeptFile
from feeledger.supervision.guards import last_day_of_appeal
from feeledger.supervision.signals import rule_of
from feeledger.supervision.states import Case, Clock, Event, Move
from feeledger.supervision.tables import (
    CaseFileRow,
    CaseMoveRow,
    ReportFileRow,
    ReportRow,
    SignalRow,
    SupervisionCaseRow,
)

Viewer = Literal["bureau", "overseer", "department"]


class ReportFileUnknown(Missing):
    """There is no such file, or not for this viewer."""

    code = "report-file-unknown"
    title = Text("没有此附件", "There is no such file")


@dataclass(frozen=True, slots=True)
class CasesWanted:
    """Which cases are looked for; "" and None narrow nothing. ``unit_code``: one unit's only."""

    state: str = ""
    level: str = ""
    unit_code: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as it stands today, elapsed limits included, even if no one wrote them down yet."""

    row: SupervisionCaseRow
    now: Case
    elapsed: tuple[Move, ...]

    @property
    def flags(self) -> bool:
        """Say whether the case flags its unit: confirmed, and neither dismissed nor closed."""
        return self.now.confirmed_on is not None and self.now.state not in {"dismissed", "closed"}


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


@dataclass(frozen=True, slots=True)
class SignalView:
    """A signal with its rule; ``inputs`` name the payer, so only the bureau has them."""

    code: str
    name: Text
    level: str
    version: int
    articles: Text
    explanation: Text
    seen_at: datetime
    inputs: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything of one case for one viewer; ``events`` are the acts its state allows."""

    view: CaseView
    signals: tuple[SignalView, ...]
    reports: tuple[ReportView, ...]
    moves: tuple[CaseMoveRow, ...]
    events: tuple[Event, ...]
    appeal_until: date | None


@dataclass(frozen=True, slots=True)
class FlaggedUnit:
    """A unit that confirmed cases flag, and those cases, the latest first."""

    unit_key: str
    unit_code: str | None
    unit_name: str
    cases: tuple[CaseView, ...]


def find_cases(
    session: Session, region: str, wanted: CasesWanted, *, today: date, clock: Clock
) -> tuple[CaseView, ...]:
    """Give the cases that fit, as they stand today, the latest opened first.

    A region has few cases; a page is a slice of them.
    """
    rows = session.scalars(
        select(SupervisionCaseRow)
        .where(*_where(region, wanted))
        .order_by(
            SupervisionCaseRow.opened_on.desc(),
            SupervisionCaseRow.opened_at.desc(),
            SupervisionCaseRow.id.desc(),
        )
    )
    views = (_view(row, today=today, clock=clock) for row in rows)
    return tuple(view for view in views if wanted.state in ("", view.now.state))


def case_page(
    session: Session,
    region: str,
    case: int,
    *,
    viewer: Viewer,
    unit_code: str | None = None,
    today: date,
    clock: Clock,
) -> CasePage:
    """Give one case; ``unit_code`` is the unit of a department's officer.

    Raises CaseUnknown, also where the case is another unit's.
    """
    row = session.get(SupervisionCaseRow, (region, case))
    if row is None or (viewer == "department" and row.unit_code != unit_code):
        raise CaseUnknown(Text(f"没有编号 {case} 的案件。", f"There is no case {case}."))
    view = _view(row, today=today, clock=clock)
    signals = session.scalars(
        select(SignalRow)
        .where(SignalRow.region == region, SignalRow.case_id == case)
        .order_by(SignalRow.code, SignalRow.id)
    )
    moves = session.scalars(
        select(CaseMoveRow)
        .where(CaseMoveRow.region == region, CaseMoveRow.case_id == case)
        .order_by(CaseMoveRow.seq)
    )
    return CasePage(
        view=view,
        signals=tuple(_signal_view(row, viewer) for row in signals),
        reports=_reports(session, region, ReportRow.case_id == case, viewer=viewer),
        moves=tuple(moves),
        events=_events(view.now, viewer),
        appeal_until=last_day_of_appeal(view.now, clock),
    )


def reports_without_case(session: Session, region: str, *, limit: int) -> tuple[ReportView, ...]:
    """Give the reports that showed no signal, for the bureau to read, the latest first."""
    return _reports(session, region, ReportRow.case_id.is_(None), viewer="bureau", limit=limit)


def flagged_units(
    session: Session, region: str, *, today: date, clock: Clock
) -> tuple[FlaggedUnit, ...]:
    """Give the units that a confirmed case flags, in order of name (R-S1)."""
    confirmed = CasesWanted()
    grouped: dict[str, list[CaseView]] = {}
    for view in find_cases(session, region, confirmed, today=today, clock=clock):
        if view.flags:
            grouped.setdefault(view.row.unit_key, []).append(view)
    units = [
        FlaggedUnit(key, views[0].row.unit_code, views[0].row.unit_name, tuple(views))
        for key, views in grouped.items()
    ]
    return tuple(sorted(units, key=lambda unit: unit.unit_name))


def published_cases(session: Session, region: str) -> tuple[SupervisionCaseRow, ...]:
    """Give the cases that the public sees: confirmed and ordered to be published (R-S5)."""
    rows = session.scalars(
        select(SupervisionCaseRow)
        .where(
            SupervisionCaseRow.region == region,
            SupervisionCaseRow.published_on.is_not(None),
            SupervisionCaseRow.confirmed_on.is_not(None),
            SupervisionCaseRow.state.not_in(("dismissed", "appealed")),
        )
        .order_by(SupervisionCaseRow.published_on.desc(), SupervisionCaseRow.id)
    )
    return tuple(rows)


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


def count_open_cases(session: Session, region: str) -> int:
    """Count the cases that are neither dismissed nor closed."""
    query = (
        select(func.count())
        .select_from(SupervisionCaseRow)
        .where(
            SupervisionCaseRow.region == region,
            SupervisionCaseRow.state.not_in(("dismissed", "closed")),
        )
    )
    return session.scalar(query) or 0


def _view(row: SupervisionCaseRow, *, today: date, clock: Clock) -> CaseView:
    case = case_of(row)
    elapsed = moves_of_time(case, today=today, clock=clock)
    return CaseView(row, elapsed[-1].after if elapsed else case, elapsed)


def _events(case: Case, viewer: Viewer) -> tuple[Event, ...]:
    """Name the acts that the state allows and the viewer's side may do; guards may still refuse."""
    allowed = (event for event, rule in RULES.items() if case.state in rule.before)
    if viewer == "bureau":
        return tuple(allowed)
    own = viewer == "department"
    return tuple(event for event in allowed if (event in OF_THE_DEPARTMENT) == own)


def _where(region: str, wanted: CasesWanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [SupervisionCaseRow.region == region]
    if wanted.level:
        where.append(SupervisionCaseRow.level == wanted.level)
    if wanted.unit_code is not None:
        where.append(SupervisionCaseRow.unit_code == wanted.unit_code)
    if wanted.text:
        where.append(
            or_(
                SupervisionCaseRow.unit_name.contains(wanted.text, autoescape=True),
                SupervisionCaseRow.item_name.contains(wanted.text, autoescape=True),
            )
        )
    return where


def _reports(
    session: Session,
    region: str,
    which: ColumnElement[bool],
    *,
    viewer: Viewer,
    limit: int | None = None,
) -> tuple[ReportView, ...]:
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


def _signal_view(row: SignalRow, viewer: Viewer) -> SignalView:
    rule = rule_of(row.code)
    return SignalView(
        code=row.code,
        name=rule.name,
        level=row.level,
        version=row.version,
        articles=rule.articles,
        explanation=Text(row.explanation_zh, row.explanation_en),
        seen_at=row.seen_at,
        inputs=row.inputs if viewer == "bureau" else None,
    )


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
