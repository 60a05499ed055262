"""Reading yearly amounts for weighing: every enterprise of a region's year, beside the year before."""

from collections.abc import Sequence

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from feeledger.assessment.tables import AssessmentRunLineRow
from feeledger.burden.weighing import UNKNOWN, Burdened, Cell, median_of, trade_of
from feeledger.catalog.items import Catalog
from feeledger.enterprises.tables import EnterpriseRow
from feeledger.quotas.tables import AnnualQuotaRow, QuotaCorrectionRow

PUBLIC: tuple[str, ...] = ("published",)
AUDITED: tuple[str, ...] = ("audited", "published")


def burdened_of_region(
    session: Session, region: str, year: int, *, states: Sequence[str] = AUDITED
) -> tuple[Burdened, ...]:
    """Give every enterprise with a yearly amount in one of the states, in order of code.

    Where two versions are in them (published, and audited anew) the later one stands.
    """
    now, then = _latest(session, region, year, states), _latest(session, region, year - 1, states)
    register = select(
        EnterpriseRow.uscc,
        EnterpriseRow.industry_code,
        EnterpriseRow.industry_version,
        EnterpriseRow.size_class,
    ).where(
        EnterpriseRow.uscc.in_(
            select(AnnualQuotaRow.uscc).where(
                AnnualQuotaRow.region == region, AnnualQuotaRow.year == year
            )
        )
    )
    return tuple(
        Burdened(uscc, trade_of(industry, edition), size or UNKNOWN, now[uscc], then.get(uscc))
        for uscc, industry, edition, size in session.execute(register.order_by(EnterpriseRow.uscc))
        if uscc in now
    )


def cells_by_department(
    session: Session,
    region: str,
    year: int,
    catalog: Catalog,
    *,
    states: Sequence[str] = AUDITED,
) -> tuple[Cell, ...]:
    """Add the year up by the department of the items, corrections standing over the run.

    An enterprise counts in every department that it owes something; no year before is told.
    """
    amounts = _amounts_by_line(session, region, year, states)
    departments = {
        line.id: item.department.zh for item in catalog.items.values() for line in item.lines
    }
    owed: dict[str, dict[str, int]] = {}
    for (uscc, line), fen in amounts.items():
        if fen and line in departments:
            of = owed.setdefault(departments[line], {})
            of[uscc] = of.get(uscc, 0) + fen
    cells = [
        Cell(name, len(of), sum(of.values()), median_of(list(of.values())), 0, 0, 0)
        for name, of in owed.items()
    ]
    return tuple(sorted(cells, key=lambda cell: (-cell.total, cell.name)))


def _latest(session: Session, region: str, year: int, states: Sequence[str]) -> dict[str, int]:
    """Give the amount that stands of each enterprise, by code, in fen."""
    row = AnnualQuotaRow
    query = (
        select(row.uscc, row.total_fen)
        .where(row.region == region, row.year == year, row.state.in_(states))
        .order_by(row.uscc, row.version)
    )
    return {uscc: fen for uscc, fen in session.execute(query)}  # noqa: C416 - typed so


def _amounts_by_line(
    session: Session, region: str, year: int, states: Sequence[str]
) -> dict[tuple[str, str], int]:
    """Give the fen of every enterprise and line of the versions that stand."""
    row, later, line = AnnualQuotaRow, aliased(AnnualQuotaRow), AssessmentRunLineRow
    newest = (
        select(func.max(later.version))
        .where(
            later.region == region,
            later.year == year,
            later.uscc == row.uscc,
            later.state.in_(states),
        )
        .scalar_subquery()
    )
    stands = (row.region == region, row.year == year, row.version == newest)
    run = (
        select(row.uscc, line.line, line.amount_fen)
        .join(line, and_(line.region == region, line.run == row.run, line.uscc == row.uscc))
        .where(*stands, row.state.in_(states), line.amount_fen.is_not(None))
    )
    found = {(uscc, name): fen or 0 for uscc, name, fen in session.execute(run)}
    fix = QuotaCorrectionRow
    corrected = (
        select(row.uscc, fix.line, fix.amount_fen)
        .join(fix, and_(fix.region == region, fix.quota == row.id))
        .where(*stands, row.state.in_(states))
        .order_by(fix.quota, fix.seq)
    )
    return found | {(uscc, name): fen for uscc, name, fen in session.execute(corrected)}
