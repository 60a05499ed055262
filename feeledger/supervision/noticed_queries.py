"""Notices laid side by side for S12 and S13: which count, what they ask, which signals there are.

A void notice does not count. A project's duties arise from an act and are worked out for the project
as a whole: its lines count in the year only where the yearly amount has that line too, and two
projects of one day are two duties. A re-assessment's supplement is a part of its duty: it counts in the year, and is no second
notice of it. What a refund that was not refused takes back of a line is taken off, from the
application on, as re-assessments count (docs/reassessment.md).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from feeledger.assessment.tables import AssessmentRunLineRow
from feeledger.money import Money
from feeledger.notices.relief_queries import line_due_fen
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.projects.tables import ProjectNoticeRow
from feeledger.quotas.quota import SETTLED
from feeledger.quotas.tables import AnnualQuotaRow, QuotaCorrectionRow
from feeledger.reassessments.tables import ReassessmentPieceRow
from feeledger.refunds.queries import LINE_OF_REFUND
from feeledger.refunds.tables import RefundLineRow, RefundRow
from feeledger.supervision.noticed import NoticedLine
from feeledger.supervision.states import FINAL
from feeledger.supervision.tables import CaseMoveRow, SignalRow, SupervisionCaseRow

AT_ONCE: Final = 100
LAID_ASIDE: Final = ("draft", "voided")
GIVEN_BACK: Final = (*LAID_ASIDE, "waived", "refunded")
LINE_OF_NOTICE: Final = and_(
    NoticeLineRow.region == NoticeRow.region, NoticeLineRow.notice == NoticeRow.id
)


@dataclass(frozen=True, slots=True)
class KeptSignal:
    """The last signal of a thing, its case, and whether the records cleared that case."""

    signal: SignalRow
    case: SupervisionCaseRow
    cleared: bool

    @property
    def living(self) -> bool:
        """Say whether its case is not over."""
        return self.case.state not in FINAL


def audited_quota(session: Session, region: str, uscc: str, year: int) -> AnnualQuotaRow | None:
    """Give the version of a yearly amount that is audited, held against its rivals; None: there is none.

    Whoever holds it weighs the enterprise's year alone: of two notices issued at once the second
    is weighed with the first.
    """
    query = (
        select(AnnualQuotaRow)
        .where(
            AnnualQuotaRow.region == region,
            AnnualQuotaRow.year == year,
            AnnualQuotaRow.uscc == uscc,
            AnnualQuotaRow.state.in_(SETTLED),
        )
        .order_by(AnnualQuotaRow.version.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalar(query)


def lines_of_year(session: Session, quota: AnnualQuotaRow) -> tuple[NoticedLine, ...]:
    """Give the lines that count in a yearly amount's year, by the day of their duty, as issued."""
    region = quota.region
    query = (
        _lines(region, NoticeRow, NoticeLineRow, line_due_fen() - _refunded_fen())
        .where(
            NoticeRow.uscc == quota.uscc,
            *_of_year(quota.year),
            or_(~_of_project(NoticeRow), NoticeLineRow.line_id.in_(_lines_of_quota(quota))),
        )
        .order_by(NoticeRow.issued_at, NoticeRow.id, NoticeLineRow.line_no)
    )
    return tuple(_line(row) for row in session.execute(query))


def exceeded_quotas(
    session: Session, region: str, year: int, *, after: str = ""
) -> tuple[str, ...]:
    """Give enterprises whose notices of a year were issued over its audited amount, after a code.

    Reliefs, refunds and projects are not looked at here: whoever is named is weighed exactly.
    """
    noticed = (
        select(func.sum(NoticeLineRow.amount_fen))
        .select_from(NoticeRow)
        .join(NoticeLineRow, LINE_OF_NOTICE)
        .where(
            NoticeRow.region == region,
            NoticeLineRow.region == region,
            NoticeRow.uscc == AnnualQuotaRow.uscc,
            *_of_year(year),
        )
        .correlate(AnnualQuotaRow)
        .scalar_subquery()
    )
    query = (
        select(AnnualQuotaRow.uscc)
        .where(
            AnnualQuotaRow.region == region,
            AnnualQuotaRow.year == year,
            AnnualQuotaRow.state.in_(SETTLED),
            AnnualQuotaRow.uscc > after,
            noticed > AnnualQuotaRow.notice_fen,
        )
        .distinct()
        .order_by(AnnualQuotaRow.uscc)
        .limit(AT_ONCE)
    )
    return tuple(session.scalars(query))


def signalled_years(session: Session, region: str) -> tuple[tuple[str, int], ...]:
    """Give the enterprises and years that a case of S13 that is not over is about."""
    query = (
        select(AnnualQuotaRow.uscc, AnnualQuotaRow.year)
        .join(
            SignalRow,
            and_(SignalRow.region == AnnualQuotaRow.region, SignalRow.quota == AnnualQuotaRow.id),
        )
        .join(SupervisionCaseRow, _CASE_OF_SIGNAL)
        .where(AnnualQuotaRow.region == region, SignalRow.code == "S13", _LIVING)
        .distinct()
        .order_by(AnnualQuotaRow.uscc, AnnualQuotaRow.year)
    )
    return tuple((uscc, year) for uscc, year in session.execute(query))


def years_of_notice(session: Session, region: str, notice: int) -> tuple[int, ...]:
    """Give the years in which the duties of a notice arose."""
    query = select(NoticeLineRow.obligation_on).where(
        NoticeLineRow.region == region, NoticeLineRow.notice == notice
    )
    return tuple(sorted({day.year for day in session.scalars(query)}))


def doubled_lines(
    session: Session, region: str, notice: int
) -> tuple[tuple[NoticedLine, NoticedLine], ...]:
    """Give the lines of a notice whose duty another notice charges already, each with the first such."""
    later = [
        _line(row)
        for row in session.execute(
            _lines(region, NoticeRow, NoticeLineRow, NoticeLineRow.amount_fen)
            .where(NoticeRow.id == notice, *_second_of(region))
            .order_by(NoticeLineRow.line_no)
        )
    ]
    found = []
    for line in later:
        query = (
            _lines(region, NoticeRow, NoticeLineRow, NoticeLineRow.amount_fen)
            .where(
                NoticeRow.uscc == line.payer,
                NoticeRow.id != notice,
                NoticeLineRow.item_id == line.item_id,
                func.coalesce(NoticeLineRow.line_id, "") == line.line_id,
                NoticeLineRow.obligation_on == line.obligation_on,
                *_charges(NoticeRow, NoticeLineRow),
            )
            .order_by(NoticeRow.issued_at, NoticeRow.id, NoticeLineRow.line_no)
            .limit(1)
        )
        found.append((line, _line(session.execute(query).one())))
    return tuple(found)


def notices_of_doubled(
    session: Session, region: str, *, since: date, after: int = 0
) -> tuple[int, ...]:
    """Give notices issued since a day, after a number, that charge a duty which another charges already."""
    query = (
        select(NoticeRow.id)
        .join(NoticeLineRow, LINE_OF_NOTICE)
        .where(
            NoticeRow.region == region,
            NoticeLineRow.region == region,
            NoticeRow.issued_on >= since,
            NoticeRow.id > after,
            *_second_of(region),
        )
        .distinct()
        .order_by(NoticeRow.id)
        .limit(AT_ONCE)
    )
    return tuple(session.scalars(query))


def signalled_duties(session: Session, region: str) -> tuple[tuple[int, int, str], ...]:
    """Give the case, the notice and the thing of each S12 whose case is not over."""
    query = (
        select(SignalRow.case_id, SignalRow.notice, SignalRow.object_key)
        .join(SupervisionCaseRow, _CASE_OF_SIGNAL)
        .where(SignalRow.region == region, SignalRow.code == "S12", _LIVING)
        .order_by(SignalRow.case_id, SignalRow.id)
    )
    return tuple((case, notice or 0, thing) for case, notice, thing in session.execute(query))


def last_signal(
    session: Session, region: str, uscc: str, *, code: str, thing: str
) -> KeptSignal | None:
    """Give the last signal of a code about a thing of an enterprise, with its case."""
    query = (
        select(SignalRow, SupervisionCaseRow)
        .join(SupervisionCaseRow, _CASE_OF_SIGNAL)
        .join(
            NoticeRow, and_(NoticeRow.region == SignalRow.region, NoticeRow.id == SignalRow.notice)
        )
        .where(
            SignalRow.region == region,
            NoticeRow.uscc == uscc,
            SignalRow.code == code,
            SignalRow.object_key == thing,
        )
        .order_by(SignalRow.seen_at.desc(), SignalRow.id.desc())
        .limit(1)
    )
    found = session.execute(query).first()
    if found is None:
        return None
    signal, case = found
    cleared = select(
        exists().where(
            CaseMoveRow.region == region,
            CaseMoveRow.case_id == case.id,
            CaseMoveRow.event == "clear",
        )
    )
    return KeptSignal(signal, case, bool(session.scalar(cleared)))


_CASE_OF_SIGNAL: Final = and_(
    SupervisionCaseRow.region == SignalRow.region, SupervisionCaseRow.id == SignalRow.case_id
)
_LIVING: Final = SupervisionCaseRow.state.not_in(tuple(FINAL))


def _lines(region: str, notice: Any, line: Any, fen: Any) -> Select[Any]:
    """Select lines with their notices, as ``_line`` reads them."""
    return (
        select(
            notice.id,
            notice.pay_code,
            notice.uscc,
            notice.payer_name,
            line.unit_code,
            line.unit_name,
            line.item_id,
            line.item_name,
            line.line_id,
            line.obligation_on,
            notice.issued_on,
            notice.issued_by,
            notice.edition_sha256,
            fen.label("fen"),
        )
        .join(line, and_(line.region == notice.region, line.notice == notice.id))
        .where(notice.region == region, line.region == region)
    )


def _line(row: Any) -> NoticedLine:
    told = list(row)
    told[1], told[8] = told[1] or "", told[8] or ""
    told[-1] = Money(int(told[-1]))
    return NoticedLine(*told)


def _of_year(year: int) -> tuple[ColumnElement[bool], ...]:
    """Choose what counts of a year: by the day of the duty, as prices go (R-C1) [I]."""
    return (
        NoticeRow.status.not_in(LAID_ASIDE),
        NoticeLineRow.obligation_on >= date(year, 1, 1),
        NoticeLineRow.obligation_on <= date(year, 12, 31),
    )


def _lines_of_quota(quota: AnnualQuotaRow) -> Any:
    """Select the lines in which a yearly amount has any money, by its run or by a correction."""
    run, corrected = AssessmentRunLineRow, QuotaCorrectionRow
    return (
        select(run.line)
        .where(
            run.region == quota.region,
            run.run == quota.run,
            run.uscc == quota.uscc,
            run.amount_fen > 0,
        )
        .union_all(
            select(corrected.line).where(
                corrected.region == quota.region,
                corrected.quota == quota.id,
                corrected.amount_fen > 0,
            )
        )
    )


def _refunded_fen() -> ColumnElement[int]:
    """Select what refunds take back of a line's charge, from the application on."""
    return (
        select(func.coalesce(func.sum(RefundLineRow.amount_fen), 0))
        .select_from(RefundRow)
        .join(RefundLineRow, LINE_OF_REFUND)
        .where(
            RefundRow.region == NoticeRow.region,
            RefundRow.notice == NoticeRow.id,
            RefundRow.state.not_in(("rejected", "withdrawn")),
            RefundLineRow.line_no == NoticeLineRow.line_no,
        )
        .correlate(NoticeRow, NoticeLineRow)
        .scalar_subquery()
    )


def _charges(notice: Any, line: Any) -> tuple[ColumnElement[bool], ...]:
    """Choose lines that charge something, of notices that stand and are no part of another's duty."""
    supplement = exists().where(
        ReassessmentPieceRow.region == notice.region, ReassessmentPieceRow.notice == notice.id
    )
    return (
        notice.status.not_in(GIVEN_BACK),
        line.amount_fen > 0,
        ~_of_project(notice),
        ~supplement,
    )


def _of_project(notice: Any) -> ColumnElement[bool]:
    return exists().where(
        ProjectNoticeRow.region == notice.region, ProjectNoticeRow.notice == notice.id
    )


def _second_of(region: str) -> tuple[ColumnElement[bool], ...]:
    """Choose lines whose duty a notice issued before charges already."""
    first, of_first = aliased(NoticeRow), aliased(NoticeLineRow)
    before = (
        select(first.id)
        .join(of_first, and_(of_first.region == first.region, of_first.notice == first.id))
        .where(
            first.region == region,
            of_first.region == region,
            first.uscc == NoticeRow.uscc,
            tuple_(first.issued_at, first.id) < tuple_(NoticeRow.issued_at, NoticeRow.id),
            of_first.item_id == NoticeLineRow.item_id,
            func.coalesce(of_first.line_id, "") == func.coalesce(NoticeLineRow.line_id, ""),
            of_first.obligation_on == NoticeLineRow.obligation_on,
            *_charges(first, of_first),
        )
        .correlate(NoticeRow, NoticeLineRow)
    )
    return (*_charges(NoticeRow, NoticeLineRow), exists(before))
