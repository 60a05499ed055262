"""Drafting yearly amounts for some enterprises of a run: new versions where something has changed.

A version's figures are those of its run, added up in the database; what is open is told by
``open_columns.py``. An enterprise for which a later run says the same keeps its version.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from feeledger.assessment.tables import AssessmentRunLineRow, AssessmentRunRow
from feeledger.catalog.items import Catalog
from feeledger.quotas.quota import PENDING, Standing
from feeledger.quotas.sheet import COUNTED, noticed_lines
from feeledger.quotas.tables import AnnualQuotaRow
from feeledger.store import new_id, table_of

Sums = dict[str, tuple[int, int]]
COLUMNS: Final = (
    "region", "id", "year", "uscc", "version", "run", "state", "total_fen", "notice_fen", "stated",
    "open_by_run", "open_lines", "refused", "prepared_by", "prepared_at",
)  # fmt: skip
COPY: Final = f"COPY annual_quota ({', '.join(COLUMNS)}) FROM STDIN"


@dataclass(frozen=True, slots=True)
class QuotaSlice:
    """Some enterprises of a run, in order of code, with what is known and open of each."""

    year: int
    codes: tuple[str, ...]
    standings: Mapping[str, Standing]


@dataclass(frozen=True, slots=True)
class _Latest:
    """The latest version of an enterprise, as far as drafting looks at it."""

    version: int
    run: int
    standing: Standing


def draft_slice(
    session: Session,
    catalog: Catalog,
    run: AssessmentRunRow,
    part: QuotaSlice,
    *,
    by: str,
    now: datetime,
) -> int:
    """Write a new draft for every enterprise whose latest version rests on something else.

    Gives how many. The caller holds the year.
    """
    latest = _latest(session, run.region, part)
    changed = _changed(session, run, part, latest)
    if not changed:
        return 0
    sums = _sums(session, catalog, run, part)
    _supersede(session, run.region, part.year, changed)
    rows = []
    for code in changed:
        standing, (total, noticed) = part.standings[code], sums.get(code, (0, 0))
        rows.append(
            {
                "region": run.region,
                "id": new_id(now),
                "year": part.year,
                "uscc": code,
                "version": latest[code].version + 1 if code in latest else 1,
                "run": run.id,
                "state": "draft",
                "total_fen": total,
                "notice_fen": noticed,
                "stated": standing.stated,
                "open_by_run": standing.open_lines,
                "open_lines": standing.open_lines,
                "refused": standing.refused,
                "prepared_by": by,
                "prepared_at": now,
            }
        )
    _store(session, rows)
    return len(rows)


def drafted_already(
    session: Session, run: AssessmentRunRow, year: int, codes: Sequence[str]
) -> bool:
    """Say whether every one of some enterprises, a stretch in order of code, rests on a run already."""
    row = AnnualQuotaRow
    query = select(func.count(row.uscc.distinct())).where(
        row.region == run.region,
        row.year == year,
        row.uscc.between(codes[0], codes[-1]),
        row.run == run.id,
    )
    return session.scalar(query) == len(codes)


def _store(session: Session, rows: Sequence[dict[str, object]]) -> None:
    """Write new versions: COPY on PostgreSQL, many at once on SQLite."""
    if session.get_bind().dialect.name != "postgresql":
        session.execute(insert(table_of(AnnualQuotaRow)), rows)
        return
    session.flush()
    driver: Any = session.connection().connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(COPY) as copy:
        for row in rows:
            copy.write_row([row[name] for name in COLUMNS])


def _latest(session: Session, region: str, part: QuotaSlice) -> dict[str, _Latest]:
    row = AnnualQuotaRow
    query = (
        select(row.uscc, row.version, row.run, row.stated, row.open_by_run, row.refused)
        .where(
            row.region == region,
            row.year == part.year,
            row.uscc.between(part.codes[0], part.codes[-1]),
        )
        .order_by(row.uscc, row.version)
    )
    return {
        each.uscc: _Latest(
            each.version, each.run, Standing(each.stated, each.open_by_run, each.refused)
        )
        for each in session.execute(query)
    }


def _changed(
    session: Session, run: AssessmentRunRow, part: QuotaSlice, latest: Mapping[str, _Latest]
) -> list[str]:
    """Give the enterprises whose latest version rests on other figures or open questions."""
    differ: set[str] = set()
    for old in {each.run for each in latest.values()} - {run.id}:
        differ |= _differing(session, run.region, (run.id, old), part)
        differ |= _differing(session, run.region, (old, run.id), part)
    changed = []
    for code in part.codes:
        held = latest.get(code)
        if held is not None and held.run == run.id:
            continue
        if held is None or code in differ or _says_more(held.standing, part.standings[code]):
            changed.append(code)
    return changed


def _says_more(held: Standing, found: Standing) -> bool:
    """Say whether another run found something else open, or facts where there were none."""
    return (
        held.open_lines != found.open_lines
        or held.refused != found.refused
        or (held.stated == 0) != (found.stated == 0)
    )


def _differing(session: Session, region: str, runs: tuple[int, int], part: QuotaSlice) -> set[str]:
    """Name the enterprises that have a line in the first run which the second does not say so."""
    one, other = aliased(AssessmentRunLineRow), aliased(AssessmentRunLineRow)
    said: ColumnElement[bool] = exists().where(
        other.region == region,
        other.run == runs[1],
        other.uscc == one.uscc,
        other.line == one.line,
        other.outcome == one.outcome,
        other.amount_fen.is_not_distinct_from(one.amount_fen),
    )
    query = (
        select(one.uscc)
        .where(
            one.region == region,
            one.run == runs[0],
            one.uscc.between(part.codes[0], part.codes[-1]),
            ~said,
        )
        .distinct()
    )
    return set(session.scalars(query))


def _sums(session: Session, catalog: Catalog, run: AssessmentRunRow, part: QuotaSlice) -> Sums:
    """Add up what each enterprise owes by the run's lines, and what of it goes on notices."""
    line = AssessmentRunLineRow
    by_notice = line.line.in_(sorted(noticed_lines(catalog)))
    query = (
        select(line.uscc, by_notice.label("by_notice"), func.sum(line.amount_fen).label("fen"))
        .where(
            line.region == run.region,
            line.run == run.id,
            line.uscc.between(part.codes[0], part.codes[-1]),
            line.outcome.in_(sorted(COUNTED)),
        )
        .group_by(line.uscc, "by_notice")
    )
    sums: Sums = {}
    for each in session.execute(query):
        total, own = sums.get(each.uscc, (0, 0))
        fen = int(each.fen)
        sums[each.uscc] = total + fen, own + (fen if each.by_notice else 0)
    return sums


def _supersede(session: Session, region: str, year: int, codes: Sequence[str]) -> None:
    """Let pending versions go in whose place newer ones come."""
    row = AnnualQuotaRow
    session.execute(
        update(row)
        .where(
            row.region == region,
            row.year == year,
            row.uscc.in_(codes),
            row.state.in_(PENDING),
        )
        .values(state="revised")
        .execution_options(synchronize_session=False)
    )
