"""Lists and shares of yearly amounts: filtered, counted, cut into pages; how much is audited."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from feeledger.assessment.tables import AssessmentRunLineRow
from feeledger.catalog.items import Catalog
from feeledger.enterprises.tables import EnterpriseRow
from feeledger.errors import Text
from feeledger.money import Money
from feeledger.quotas.quota import SETTLED
from feeledger.quotas.tables import AnnualQuotaRow


@dataclass(frozen=True, slots=True)
class QuotasWanted:
    """Which yearly amounts of a year are looked for; "" and None narrow nothing.

    ``text`` is looked for in names and at the head of credit codes; ``state`` "" leaves replaced
    versions out; ``bar`` keeps the drafts that something bars from being audited; ``lines`` keeps
    enterprises with a figure in one of these lines (a department's).
    """

    year: int
    state: str = ""
    text: str = ""
    size: str = ""
    bar: str = ""
    lines: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class QuotaListed:
    """One version in a list, with the enterprise's name and size."""

    row: AnnualQuotaRow
    name: str
    size_class: str | None


@dataclass(frozen=True, slots=True)
class Share:
    """How many enterprises have a yearly amount that is audited or published, of how many."""

    settled: int
    of: int

    @property
    def percent(self) -> int:
        """The share in whole percent, rounded down: all is 100 only where nothing is left."""
        return self.settled * 100 // self.of if self.of else 0


@dataclass(frozen=True, slots=True)
class RegionCoverage:
    """One region's year: enterprises by state, the share audited, what audited amounts come to.

    ``none`` have no yearly amount yet, not even a draft.
    """

    region: str
    draft: int
    audited: int
    published: int
    none: int
    total: Money

    @property
    def share(self) -> Share:
        """The share of the region's enterprises that is audited."""
        settled = self.audited + self.published
        return Share(settled, settled + self.draft + self.none)


@dataclass(frozen=True, slots=True)
class DepartmentCoverage:
    """One department: enterprises with a figure in its items, and how many of them are audited."""

    department: Text
    share: Share


def find_quotas(
    session: Session, region: str, wanted: QuotasWanted, *, limit: int | None, offset: int = 0
) -> tuple[QuotaListed, ...]:
    """Give the versions that fit, by credit code; ``limit`` None: all of them."""
    row = AnnualQuotaRow
    query = (
        select(row, EnterpriseRow.name, EnterpriseRow.size_class)
        .join(EnterpriseRow, EnterpriseRow.uscc == row.uscc)
        .where(*_where(region, wanted))
        .order_by(row.uscc, row.version.desc())
        .limit(limit)
        .offset(offset)
    )
    return tuple(QuotaListed(*found) for found in session.execute(query))


def total_of_quotas(session: Session, region: str, wanted: QuotasWanted) -> tuple[int, Money]:
    """Count the versions that fit and add their amounts up."""
    row = AnnualQuotaRow
    query = (
        select(func.count(), func.coalesce(func.sum(row.total_fen), 0))
        .join(EnterpriseRow, EnterpriseRow.uscc == row.uscc)
        .where(*_where(region, wanted))
    )
    count, fen = session.execute(query).one()
    return count, Money(int(fen))


def coverage_of_region(session: Session, region: str, year: int) -> RegionCoverage:
    """Give how much of a region's year is audited; each enterprise counts once."""
    row = AnnualQuotaRow
    query = (
        select(row.state, func.count(), func.sum(row.total_fen))
        .where(row.region == region, row.year == year, _standing())
        .group_by(row.state)
    )
    counts = {state: (count, int(fen)) for state, count, fen in session.execute(query)}
    none = _without(session, region, year)
    fen = sum(counts.get(state, (0, 0))[1] for state in SETTLED)
    return RegionCoverage(
        region=region,
        draft=counts.get("draft", (0, 0))[0],
        audited=counts.get("audited", (0, 0))[0],
        published=counts.get("published", (0, 0))[0],
        none=none,
        total=Money(fen),
    )


def coverage_by_department(
    session: Session, region: str, year: int, catalog: Catalog
) -> tuple[DepartmentCoverage, ...]:
    """Give, by the department of the items, how many enterprises with a figure are audited."""
    departments = list(dict.fromkeys(item.department for item in catalog.items.values()))
    row, line = AnnualQuotaRow, AssessmentRunLineRow
    number = _number_of_department(catalog, {d: n for n, d in enumerate(departments)})
    settled = case((row.state.in_(SETTLED), row.uscc))
    query = (
        select(number.label("n"), func.count(row.uscc.distinct()), func.count(settled.distinct()))
        .join(
            line,
            and_(line.region == row.region, line.run == row.run, line.uscc == row.uscc),
        )
        .where(row.region == region, row.year == year, _standing(), line.region == region)
        .group_by("n")
    )
    found = {n: Share(done, of) for n, of, done in session.execute(query) if n is not None}
    return tuple(DepartmentCoverage(departments[n], found[n]) for n in sorted(found))


def lines_of_department(catalog: Catalog, department: str) -> frozenset[str]:
    """Give the lines of a department's items, by its Chinese name."""
    items = (item for item in catalog.items.values() if item.department.zh == department)
    return frozenset(line.id for item in items for line in item.lines)


def departments_named(catalog: Catalog) -> tuple[Text, ...]:
    """Give the departments of a catalog's items, each once, in its order."""
    return tuple(dict.fromkeys(item.department for item in catalog.items.values()))


def _number_of_department(
    catalog: Catalog, numbers: Mapping[Text, int]
) -> ColumnElement[int | None]:
    items: Iterable[tuple[int, list[str]]] = (
        (numbers[item.department], [line.id for line in item.lines])
        for item in catalog.items.values()
    )
    lines: dict[int, list[str]] = {}
    for number, ids in items:
        lines.setdefault(number, []).extend(ids)
    return case(
        *(
            (AssessmentRunLineRow.line.in_(sorted(ids)), number)
            for number, ids in lines.items()
            if ids
        )
    )


def _standing() -> ColumnElement[bool]:
    """Keep one version an enterprise: the published one, else the one that is on its way."""
    row, other = AnnualQuotaRow, aliased(AnnualQuotaRow)
    published = exists().where(
        other.region == row.region,
        other.year == row.year,
        other.uscc == row.uscc,
        other.state == "published",
    )
    return or_(row.state == "published", and_(row.state.in_(("draft", "audited")), ~published))


def _without(session: Session, region: str, year: int) -> int:
    """Count the active enterprises at home in a region that have no yearly amount at all."""
    row = AnnualQuotaRow
    drafted = exists().where(row.region == region, row.year == year, row.uscc == EnterpriseRow.uscc)
    query = select(func.count()).select_from(EnterpriseRow)
    return (
        session.scalar(
            query.where(
                EnterpriseRow.home_region == region, EnterpriseRow.status == "active", ~drafted
            )
        )
        or 0
    )


def _where(region: str, wanted: QuotasWanted) -> list[ColumnElement[bool]]:
    row = AnnualQuotaRow
    where: list[ColumnElement[bool]] = [row.region == region, row.year == wanted.year]
    where.append(row.state == wanted.state if wanted.state else row.state != "revised")
    if wanted.text:
        where.append(
            or_(
                EnterpriseRow.name.contains(wanted.text, autoescape=True),
                row.uscc.startswith(wanted.text.upper(), autoescape=True),
            )
        )
    if wanted.size == "unknown":
        where.append(EnterpriseRow.size_class.is_(None))
    elif wanted.size:
        where.append(EnterpriseRow.size_class == wanted.size)
    where += _bars(wanted.bar)
    if wanted.lines is not None:
        where.append(_has_line(wanted.lines))
    return where


def _bars(bar: str) -> list[ColumnElement[bool]]:
    row = AnnualQuotaRow
    fit = row.refused.is_(False)
    conditions: dict[str, list[ColumnElement[bool]]] = {
        "refused": [row.refused.is_(True)],
        "nothing_stated": [fit, row.stated == 0],
        "open_lines": [fit, row.stated > 0, row.open_lines > 0],
        "clear": [fit, row.stated > 0, row.open_lines == 0],
    }
    return conditions.get(bar, [])


def _has_line(lines: frozenset[str]) -> ColumnElement[bool]:
    row, line = AnnualQuotaRow, AssessmentRunLineRow
    return exists().where(
        line.region == row.region,
        line.run == row.run,
        line.uscc == row.uscc,
        line.line.in_(sorted(lines)),
    )
