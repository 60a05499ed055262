"""The payer register, and the facts and acts that regions know of an enterprise."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, case, or_, select
from sqlalchemy.orm import Session

from feeledger.enterprises.facts import (
    FactValue,
    HeldFact,
    RegisterEntry,
    fact_value,
    payer_kind_of,
    size_of,
    years_since,
)
from feeledger.enterprises.statements import DECLARED, Statement, disagreeing, latest_of_each
from feeledger.enterprises.tables import (
    EnterpriseFactRow,
    EnterpriseFormerRow,
    EnterpriseRow,
    PermitActRow,
)
from feeledger.errors import Missing, Text


class EnterpriseUnknown(Missing):
    """No enterprise is registered under the credit code."""

    code = "enterprise-unknown"
    title = Text("没有登记该企业", "The enterprise is not registered here")


def enterprise_of(session: Session, uscc: str) -> EnterpriseRow:
    """Find an enterprise by its normalised credit code. Raises EnterpriseUnknown."""
    row = session.get(EnterpriseRow, uscc)
    if row is None:
        raise EnterpriseUnknown(
            Text(
                f"没有登记信用代码为 {uscc[:24]} 的缴款人，请先登记。",
                f"No payer of credit code {uscc[:24]} is registered; enter it first.",
            )
        )
    return row


def facts_on(
    session: Session, region: str, uscc: str, on: date, *, known_by: datetime | None = None
) -> dict[str, HeldFact]:
    """Give the facts true on a day, by name; the latest knowledge stands over the earlier.

    What the enterprise declared itself never stands over another's word. ``known_by`` asks what
    was known at an instant: what a decision of that time rested on.
    """
    query = select(EnterpriseFactRow).where(*_told_of(region, uscc, on, known_by))
    latest = {row.name: row for row in session.scalars(query.order_by(*standing_order()))}
    return {name: _held(row) for name, row in latest.items() if row.value is not None}


def standing_order() -> tuple[ColumnElement[object], ...]:
    """Give the order in which statements of one day weigh: the last one stands (statements.py)."""
    fact = EnterpriseFactRow
    declared = case((fact.source.in_(sorted(DECLARED)), 0), else_=1)
    return (declared, fact.known_at, fact.valid_from, fact.id)  # type: ignore[return-value]  # columns are expressions


def words_on(
    session: Session, region: str, uscc: str, on: date, *, name: str | None = None
) -> dict[str, tuple[tuple[HeldFact, ...], bool]]:
    """Give every source's last word on each fact, what stands first, and whether they disagree."""
    query = select(EnterpriseFactRow).where(*_told_of(region, uscc, on, None))
    if name is not None:
        query = query.where(EnterpriseFactRow.name == name)
    rows = {row.id: row for row in session.scalars(query)}
    by_name: dict[str, list[Statement]] = {}
    for row in rows.values():
        by_name.setdefault(row.name, []).append(_statement(row))
    found = {}
    for each, said in by_name.items():
        voices = latest_of_each(said, on)
        held = tuple(_held(rows[voice.id]) for voice in voices if voice.value is not None)
        found[each] = held, bool(disagreeing(voices))
    return found


def _told_of(
    region: str, uscc: str, on: date, known_by: datetime | None
) -> list[ColumnElement[bool]]:
    fact = EnterpriseFactRow
    where = [
        fact.region == region,
        fact.uscc == uscc,
        fact.valid_from <= on,
        or_(fact.valid_to.is_(None), fact.valid_to > on),
    ]
    return where if known_by is None else [*where, fact.known_at <= known_by]


def register_at(session: Session, row: EnterpriseRow, known_at: datetime) -> RegisterEntry:
    """Give what the register said of an enterprise at an instant, before later amendments."""
    former = EnterpriseFormerRow
    then = session.scalar(
        select(former)
        .where(former.uscc == row.uscc, former.replaced_at > known_at)
        .order_by(former.replaced_at)
        .limit(1)
    )
    said = row if then is None else then
    return RegisterEntry(row.uscc, said.size_class, said.registered_on)


def words_about(
    session: Session, region: str, uscc: str, name: str
) -> tuple[EnterpriseFactRow, ...]:
    """Give all that was ever said of one fact, the latest knowledge first; withdrawals too."""
    fact = EnterpriseFactRow
    query = (
        select(fact)
        .where(fact.region == region, fact.uscc == uscc, fact.name == name)
        .order_by(fact.known_at.desc(), fact.id.desc())
    )
    return tuple(session.scalars(query))


def register_facts(row: EnterpriseRow | RegisterEntry, on: date) -> dict[str, FactValue]:
    """Give the facts that the register itself supplies to an assessment on a day."""
    facts: dict[str, FactValue] = {}
    size = size_of(row.uscc, row.size_class)
    if size is not None:
        facts["enterprise_size"] = size
    kind = payer_kind_of(row.uscc)
    if kind is not None:
        facts["payer_kind"] = kind
    if row.registered_on is not None and row.registered_on <= on:
        facts["years_since_registration"] = Decimal(years_since(row.registered_on, on))
    return facts


def assessment_facts(
    session: Session, region: str, row: EnterpriseRow, on: date
) -> tuple[Mapping[str, FactValue], Mapping[str, str]]:
    """Give all facts for an assessment on a day, and where each comes from.

    What the register knows stands over what was declared.
    """
    held = facts_on(session, region, row.uscc, on)
    facts: dict[str, FactValue] = {name: fact.value for name, fact in held.items()}
    sources = {name: fact.source for name, fact in held.items()}
    for name, value in register_facts(row, on).items():
        facts[name] = value
        sources[name] = "register"
    return facts, sources


def permit_acts_of(session: Session, region: str, uscc: str) -> tuple[PermitActRow, ...]:
    """Give the acts of an enterprise in a region, the latest first."""
    query = (
        select(PermitActRow)
        .where(PermitActRow.region == region, PermitActRow.uscc == uscc)
        .order_by(PermitActRow.acted_on.desc(), PermitActRow.id.desc())
    )
    return tuple(session.scalars(query))


def _held(row: EnterpriseFactRow) -> HeldFact:
    if row.value is None:
        raise TypeError(row.id)
    return HeldFact(
        name=row.name,
        value=fact_value(row.value),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        source=row.source,
        document=row.document,
        known_at=row.known_at,
        known_by=row.known_by,
        unit=row.unit,
        said_by=row.said_by,
        reason=row.reason,
        id=row.id,
    )


def _statement(row: EnterpriseFactRow) -> Statement:
    return Statement(
        row.id,
        row.uscc,
        row.name,
        row.value,
        row.valid_from,
        row.valid_to,
        row.source,
        row.said_by,
        row.known_at,
    )
