"""What may be seen of cases, and by whom (R-S3, R-S5).

A department sees its own cases only, and of a signal not what it was made from. The public sees
published cases only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.supervision.case import RULES, moves_of_time
from feeledger.supervision.case_actions import OF_THE_DEPARTMENT, CaseUnknown
from feeledger.supervision.case_rows import case_of
from feeledger.supervision.guards import last_day_of_appeal
from feeledger.supervision.report_queries import ReportView, Viewer, reports_where
from feeledger.supervision.signals import rule_of
from feeledger.supervision.states import Case, Clock, Event, Move
from feeledger.supervision.tables import (
    CaseMoveRow,
    ReportRow,
    SignalRow,
    SupervisionCaseRow,
)
from feeledger.trail import acts_about

REFUND_SIGNALLED = "signal-refund"  # the act by which a refund opens or joins its cases


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
    refund: int | None = None
    notice: int | None = None
    quota: int | None = None


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
        reports=reports_where(session, region, ReportRow.case_id == case, viewer=viewer),
        moves=tuple(moves),
        events=_events(view.now, viewer),
        appeal_until=last_day_of_appeal(view.now, clock),
    )


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


def cases_of_refund(session: Session, region: str, refund: int) -> tuple[int, ...]:
    """Give the cases that a refund opened or joined (R-F6), whether they knew of the thing or not."""
    acts = acts_about(session, region, f"refund:{refund}")
    told = [act.details["cases"] for act in acts if act.act == REFUND_SIGNALLED]
    return tuple(sorted({int(case) for cases in told for case in cases}))


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
        refund=row.refund,
        notice=row.notice,
        quota=row.quota,
    )
