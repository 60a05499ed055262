"""Writing statements down: many enterprises at once, with what follows from them.

What always holds, in the transaction that writes: where what stands has changed, a re-assessment is
due; where two sources disagree, a dispute is open for the bureau to decide.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.enterprises.dispute_actions import close_disputes, steps_of_disputes
from feeledger.enterprises.reassessment_actions import Cause, Due, due_rows
from feeledger.enterprises.statements import (
    Statement,
    latest_of_each,
    says_nothing_new,
    standing_value,
)
from feeledger.enterprises.tables import EnterpriseFactRow, FactDisputeRow, ReassessmentDueRow
from feeledger.store import Base, new_id, table_of

BoundRow = tuple[Any, ...]  # values as the driver takes them, in the order of the columns
Key = tuple[str, str]  # credit code, name of the fact


@dataclass(frozen=True, slots=True)
class Told:
    """One fact as it was told: JSON text of its value (None withdraws), its window and paper."""

    uscc: str
    name: str
    value: str | None
    valid_from: date
    valid_to: date | None
    document: str
    unit: str | None


@dataclass(frozen=True, slots=True)
class Telling:
    """Who tells: the source, the unit of a department, why, by which file, written by whom, when.

    ``repeats`` keeps what was said before once more (a new paper for it); else it is left out.
    """

    source: str
    by: str
    now: datetime
    cause: Cause
    said_by: str | None = None
    reason: str | None = None
    intake: int | None = None
    repeats: bool = False


@dataclass(slots=True)
class Kept:
    """What became of facts told: how many were new, and how many stood so already."""

    new: int = 0
    known: int = 0
    changed: set[str] = field(default_factory=set)
    disputed: int = 0

    def add(self, more: "Kept") -> None:
        """Add what became of more facts."""
        self.new += more.new
        self.known += more.known
        self.changed |= more.changed
        self.disputed += more.disputed


@dataclass(frozen=True, slots=True)
class Prepared:
    """What statements come to, worked out beforehand: all that is left is to write it.

    The rows are as the database's driver takes them.
    """

    facts: list[BoundRow]
    dues: list[BoundRow]
    disputes: list[BoundRow]
    closing: tuple[int, ...]
    kept: Kept


def keep_statements(session: Session, region: str, told: Sequence[Told], telling: Telling) -> Kept:
    """Write statements down, mark what they change, open and close disputes.

    The caller has held them against the catalog and the register.
    """
    prepared = prepare_statements(session, region, told, telling)
    write_prepared(session, region, prepared, now=telling.now)
    return prepared.kept


def write_prepared(session: Session, region: str, prepared: Prepared, *, now: datetime) -> None:
    """Write what statements come to; nothing may have been told of the region in between."""
    _insert_bound(session, EnterpriseFactRow, prepared.facts)
    _insert_bound(session, ReassessmentDueRow, prepared.dues, skip_known=True)
    _insert_bound(session, FactDisputeRow, prepared.disputes, skip_known=True)
    close_disputes(session, region, prepared.closing, now=now)


def prepare_statements(
    session: Session, region: str, told: Sequence[Told], telling: Telling
) -> Prepared:
    """Work out what statements come to beside those on record; nothing is written."""
    known = statements_of(session, region, told)
    kept = Kept()
    fresh: list[Statement] = []
    rows = []
    for each in told:
        said = _statement(each, telling)
        before = known.get((each.uscc, each.name), ())
        if before and not telling.repeats and says_nothing_new(said, before):
            kept.known += 1
            continue
        fresh.append(said)
        rows.append(_row(region, said, each, telling))
    kept.new = len(rows)
    dues = _changes(fresh, known)
    kept.changed = {due.uscc for due in dues}
    marked = due_rows(region, dues, telling.cause, by=telling.by, now=telling.now)
    steps = steps_of_disputes(session, region, fresh, known, now=telling.now)
    kept.disputed = steps.disagreeing
    return Prepared(
        _bound(session, EnterpriseFactRow, rows),
        _bound(session, ReassessmentDueRow, marked),
        _bound(session, FactDisputeRow, steps.opening),
        steps.closing,
        kept,
    )


def _bound(
    session: Session, row: type[Base], rows: Iterable[Mapping[str, object]]
) -> list[BoundRow]:
    """Give rows as the database's driver takes them: the slow half of writing them."""
    dialect = session.get_bind().dialect
    columns = table_of(row).columns
    given = [(c.name, c.type.dialect_impl(dialect).bind_processor(dialect)) for c in columns]
    return [
        tuple(each[name] if bind is None else bind(each[name]) for name, bind in given)
        for each in rows
    ]


def _insert_bound(
    session: Session, row: type[Base], rows: list[BoundRow], *, skip_known: bool = False
) -> None:
    if not rows:
        return
    table = table_of(row)
    mark = "%s" if session.get_bind().dialect.name == "postgresql" else "?"
    names = ", ".join(column.name for column in table.columns)
    marks = ", ".join([mark] * len(table.columns))
    sql = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - names of our tables
    session.connection().exec_driver_sql(
        sql + (" ON CONFLICT DO NOTHING" if skip_known else ""), rows
    )


def statements_of(
    session: Session, region: str, told: Iterable[Told]
) -> Mapping[Key, list[Statement]]:
    """Give all statements on the facts that are told of, by enterprise and fact."""
    codes, names = {each.uscc for each in told}, {each.name for each in told}
    fact = EnterpriseFactRow
    query = select(
        fact.id, fact.uscc, fact.name, fact.value, fact.valid_from, fact.valid_to, fact.source,
        fact.said_by, fact.known_at,
    ).where(fact.region == region, fact.uscc.in_(codes), fact.name.in_(names))  # fmt: skip
    found: dict[Key, list[Statement]] = defaultdict(list)
    for row in session.execute(query):
        found[row.uscc, row.name].append(Statement(*row))
    return found


def _statement(told: Told, telling: Telling) -> Statement:
    return Statement(
        id=new_id(telling.now),
        uscc=told.uscc,
        name=told.name,
        value=told.value,
        valid_from=told.valid_from,
        valid_to=told.valid_to,
        source=telling.source,
        said_by=telling.said_by,
        known_at=telling.now,
    )


def _row(region: str, said: Statement, told: Told, telling: Telling) -> dict[str, object]:
    return {
        "region": region,
        "id": said.id,
        "uscc": said.uscc,
        "name": said.name,
        "value": said.value,
        "unit": told.unit,
        "valid_from": said.valid_from,
        "valid_to": said.valid_to,
        "source": said.source,
        "said_by": said.said_by,
        "document": told.document,
        "reason": telling.reason,
        "intake": telling.intake,
        "known_at": telling.now,
        "known_by": telling.by,
    }


def _changes(fresh: Sequence[Statement], known: Mapping[Key, list[Statement]]) -> list[Due]:
    """Say of which enterprises something else stands now, since when, and which facts."""
    dues: dict[str, Due] = {}
    for each in fresh:
        day = each.valid_from
        if not _stands_anew(each, known.get((each.uscc, each.name), ())):
            continue
        due = dues.get(each.uscc) or Due(each.uscc, day, ())
        dues[each.uscc] = replace(due, since=min(due.since, day), facts=(*due.facts, each.name))
    return list(dues.values())


def _stands_anew(said: Statement, before: Sequence[Statement]) -> bool:
    """Say whether something else stands on the first day of a statement than before it."""
    if not before:
        return said.value is not None
    day = said.valid_from
    was = standing_value(latest_of_each(before, day))
    return was != standing_value(latest_of_each([*before, said], day))
