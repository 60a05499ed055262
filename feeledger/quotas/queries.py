"""Reading yearly amounts: one version with its sheet, all versions, what an enterprise is shown."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feeledger.assessment.outcomes import FactsRefused
from feeledger.assessment.run_queries import replay, run_of
from feeledger.assessment.tables import AssessmentRunLineRow, AssessmentRunRow
from feeledger.catalog.items import Catalog
from feeledger.catalog.plan import plan_of
from feeledger.catalog.queries import edition_of
from feeledger.enterprises.queries import facts_on
from feeledger.errors import Text
from feeledger.money import Money
from feeledger.quotas.quota import Corrected, Correction, QuotaMissing, Standing
from feeledger.quotas.sheet import Sheet, StoredFigure, sheet_of, stated_names
from feeledger.quotas.tables import (
    AnnualQuotaRow,
    QuotaCorrectionRow,
    QuotaPublicationRow,
    QuotaYearRow,
)
from feeledger.regions.tables import RegionRow


@dataclass(frozen=True, slots=True)
class QuotaRead:
    """One version, read whole: its row, its run, the edition, its sheet, why it was refused.

    ``sheet`` is empty where the run refused the enterprise's facts; ``refusal`` says why.
    """

    row: AnnualQuotaRow
    run: AssessmentRunRow
    catalog: Catalog
    sheet: Sheet
    refusal: Text | None
    publication: QuotaPublicationRow | None


def quota_of(
    session: Session, region: str, quota_id: int, *, for_update: bool = False
) -> AnnualQuotaRow:
    """Find one version of a yearly amount, perhaps to change it. Raises QuotaMissing."""
    row = session.get(
        AnnualQuotaRow, (region, quota_id), with_for_update=for_update, populate_existing=for_update
    )
    if row is None:
        raise QuotaMissing(
            Text(
                f"{region[:12]} 没有编号为 {quota_id} 的年收费额度，请从清单中打开。",
                f"{region[:12]} has no yearly amount {quota_id}; open it from the list.",
            )
        )
    return row


def standing_of(row: AnnualQuotaRow) -> Standing:
    """Give what is known of a version, for judging whether it may be audited."""
    return Standing(row.stated, row.open_lines, row.refused)


def quota_read(session: Session, row: AnnualQuotaRow) -> QuotaRead:
    """Read a version whole; its lines are explained by replay, by what its run knew."""
    run = run_of(session, row.region, row.run)
    catalog = edition_of(session, run.edition)
    stored = stored_figures(session, row)
    corrected = corrections_of(session, row.region, row.id)
    held = facts_on(session, row.region, row.uscc, run.day, known_by=run.known_at)
    sheet, refusal = Sheet(()), None
    try:
        answer = replay(session, plan_of(catalog), run, row.uscc)
        stated = stated_names(held)
        sheet = sheet_of(answer, catalog, stated=stated, stored=stored, corrected=corrected)
    except FactsRefused as refused:
        refusal = refused.detail
    publication = publication_of(session, row)
    return QuotaRead(row, run, catalog, sheet, refusal, publication)


def publication_of(session: Session, row: AnnualQuotaRow) -> QuotaPublicationRow | None:
    """Give where a version was published, if it was."""
    if row.publication is None:
        return None
    return session.get(QuotaPublicationRow, (row.region, row.publication))


def stored_figures(session: Session, row: AnnualQuotaRow) -> dict[str, StoredFigure]:
    """Give what the run kept of an enterprise, by line."""
    line = AssessmentRunLineRow
    query = select(line.line, line.outcome, line.amount_fen).where(
        line.region == row.region, line.run == row.run, line.uscc == row.uscc
    )
    return {
        found.line: StoredFigure(
            found.outcome, None if found.amount_fen is None else Money(found.amount_fen)
        )
        for found in session.execute(query)
    }


def corrections_of(session: Session, region: str, quota_id: int) -> dict[str, Corrected]:
    """Give the corrections that stand in a version, by line."""
    query = (
        select(QuotaCorrectionRow)
        .where(QuotaCorrectionRow.region == region, QuotaCorrectionRow.quota == quota_id)
        .order_by(QuotaCorrectionRow.seq)
    )
    return {row.line: _corrected(row) for row in session.scalars(query)}


def versions_of(session: Session, region: str, uscc: str, year: int) -> tuple[AnnualQuotaRow, ...]:
    """Give every version of an enterprise's yearly amount, the latest first."""
    query = (
        select(AnnualQuotaRow)
        .where(
            AnnualQuotaRow.region == region,
            AnnualQuotaRow.year == year,
            AnnualQuotaRow.uscc == uscc,
        )
        .order_by(AnnualQuotaRow.version.desc())
    )
    return tuple(session.scalars(query))


def quota_shown_to_payer(
    session: Session, region: str, uscc: str, year: int
) -> AnnualQuotaRow | None:
    """Give what the enterprise itself is shown: the published version, else the latest one.

    A draft is shown too, and said to be not yet audited.
    """
    rows = versions_of(session, region, uscc, year)
    return next((row for row in rows if row.state == "published"), rows[0] if rows else None)


def quota_published_by(
    session: Session, region: str, uscc: str, year: int, at: datetime
) -> tuple[AnnualQuotaRow, QuotaPublicationRow] | None:
    """Give the version that was the published one at an instant, with where it was published."""
    for row in versions_of(session, region, uscc, year):
        publication = publication_of(session, row)
        if publication is not None and publication.kept_at <= at:
            return row, publication
    return None


def quota_years(session: Session, region: str) -> tuple[int, ...]:
    """Give the years of a region that have yearly amounts, the latest first."""
    query = (
        select(QuotaYearRow.year)
        .where(QuotaYearRow.region == region)
        .order_by(QuotaYearRow.year.desc())
    )
    return tuple(session.scalars(query))


def finished_runs(
    session: Session, region: str, *, limit: int = 20
) -> tuple[AssessmentRunRow, ...]:
    """Give the runs of a region that are finished, the latest first."""
    query = (
        select(AssessmentRunRow)
        .where(AssessmentRunRow.region == region, AssessmentRunRow.finished_at.is_not(None))
        .order_by(AssessmentRunRow.known_at.desc())
        .limit(limit)
    )
    return tuple(session.scalars(query))


def publications_of(session: Session, region: str, year: int) -> tuple[QuotaPublicationRow, ...]:
    """Give the publications of a year, the latest first."""
    query = (
        select(QuotaPublicationRow)
        .where(QuotaPublicationRow.region == region, QuotaPublicationRow.year == year)
        .order_by(QuotaPublicationRow.published_on.desc(), QuotaPublicationRow.kept_at.desc())
    )
    return tuple(session.scalars(query))


def last_correction(session: Session, region: str, quota_id: int) -> int:
    """Give the number of a version's last correction; 0 where there is none."""
    query = select(func.max(QuotaCorrectionRow.seq)).where(
        QuotaCorrectionRow.region == region, QuotaCorrectionRow.quota == quota_id
    )
    return session.scalar(query) or 0


def _corrected(row: QuotaCorrectionRow) -> Corrected:
    correction = Correction(row.line, Money(row.amount_fen), row.reason, row.document)
    before = None if row.before_fen is None else Money(row.before_fen)
    return Corrected(correction, before, row.corrected_by, row.corrected_at)


def quotas_of_payer(session: Session, uscc: str, year: int) -> tuple[AnnualQuotaRow, ...]:
    """Give what an enterprise is shown of its year, one version a region, in order of region."""
    query = (
        select(AnnualQuotaRow)
        .join(RegionRow, RegionRow.code == AnnualQuotaRow.region)
        .where(AnnualQuotaRow.uscc == uscc, AnnualQuotaRow.year == year)
        .order_by(AnnualQuotaRow.region, AnnualQuotaRow.version)
    )
    shown: dict[str, AnnualQuotaRow] = {}
    for row in session.scalars(query):
        if row.region not in shown or shown[row.region].state != "published":
            shown[row.region] = row
    return tuple(shown.values())
