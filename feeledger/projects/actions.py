"""Recording projects and acts, computing them as a whole, issuing each region's notice.

Told again, a project or an act changes nothing. A computation is kept for ever; a later one stands
over it for what no notice carries yet, and never touches a notice. Locks: the part, then what
issuing a notice locks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from feeledger.assessment.engine import assess
from feeledger.assessment.outcomes import Request
from feeledger.catalog.plan import Plan
from feeledger.enterprises.actions import PermitAct, record_permit_act
from feeledger.enterprises.facts import fact_text
from feeledger.enterprises.queries import enterprise_of, register_facts
from feeledger.enterprises.standing_queries import demand_standing
from feeledger.enterprises.tables import PermitActRow
from feeledger.errors import Text
from feeledger.notices.actions import NoticeOrder, issue_notice
from feeledger.notices.charges import DecidedAmount
from feeledger.notices.tables import NoticeRow
from feeledger.periods import Calendar
from feeledger.projects.project import (
    NotChargedHere,
    ProjectItem,
    ProjectKnown,
    ProjectTold,
    Quantities,
    charges_of_part,
    demand_project,
    part_lines,
)
from feeledger.projects.queries import (
    ProjectRead,
    facts_of_round,
    items_of_project,
    last_round,
    notices_of_part,
    project_numbered,
)
from feeledger.projects.tables import (
    ProjectItemRow,
    ProjectNoticeRow,
    ProjectPartRow,
    ProjectRoundRow,
    ProjectRow,
)
from feeledger.signatures import KeyRing
from feeledger.store import insert_for, new_id
from feeledger.trail import record_act


@dataclass(frozen=True, slots=True)
class PartOrder:
    """What the notice of a part is to carry beside what is settled.

    ``decided`` are amounts within published bounds, by line; ``settled_only`` leaves out what is
    not settled yet.
    """

    decided: Mapping[str, DecidedAmount]
    settled_only: bool = False
    ring: KeyRing | None = None


def open_project(
    session: Session,
    plan: Plan,
    region: str,
    told: ProjectTold,
    quantities: Quantities,
    *,
    today: date,
    by: str,
    now: datetime,
) -> ProjectRow:
    """Keep a project and compute it as a whole at once; the same told again changes nothing.

    Raises EnterpriseUnknown, EnterpriseClosed, ProjectRefused, ProjectKnown, FactsRefused.
    """
    demand_standing(session, enterprise_of(session, told.uscc), [told.arose_on])
    demand_project(told, region, plan.catalog, today)
    known = project_numbered(session, region, told.number.strip())
    if known is not None:
        _demand_told_the_same(session, known, told)
        return known
    row = _write_project(session, region, told, by=by, now=now)
    _keep_round(session, plan, row, told.items, quantities, number=1, by=by, now=now)
    _record(session, row, "open-project", by=by, now=now)
    return row


def recompute_project(
    session: Session, plan: Plan, row: ProjectRow, quantities: Quantities, *, by: str, now: datetime
) -> ProjectRoundRow:
    """Compute a project anew with other facts or classes; the same changes nothing.

    Raises FactsRefused.
    """
    last = last_round(session, row)
    facts, known = _facts_for(session, row, quantities)
    same = (
        facts_of_round(last) == facts
        and tuple(last.lines) == quantities.lines
        and sorted(last.from_register) == sorted(known)
        and last.edition_sha256 == plan.catalog.edition.sha256
    )
    if same:
        return last
    items = items_of_project(session, row)
    number = last.round + 1
    kept = _keep_round(session, plan, row, items, quantities, number=number, by=by, now=now)
    _record(session, row, "recompute-project", by=by, now=now)
    return kept


def record_duty_act(
    session: Session,
    plan: Plan,
    region: str,
    uscc: str,
    act: PermitAct,
    *,
    today: date,
    by: str,
    now: datetime,
) -> tuple[PermitActRow, ProjectRow | None]:
    """Write down an act, and compute the duty it gives rise to at once.

    The same act told again changes nothing. Raises EnterpriseUnknown, EnterpriseClosed,
    PermitActKnown, ProjectRefused, ProjectKnown, FactsRefused.
    """
    row = record_permit_act(session, region, uscc, act, by=by, now=now)
    if act.item_id is None:
        return row, None
    told = ProjectTold(
        number=f"{act.unit_code}/{act.act_no}",
        name=act.kind,
        kind="act",
        uscc=uscc,
        arose_on=act.acted_on,
        items=(ProjectItem(act.item_id, region, act.unit_code),),
        act=row.id,
    )
    quantities = Quantities(dict(act.facts or {}))
    return row, open_project(session, plan, region, told, quantities, today=today, by=by, now=now)


def issue_part(
    session: Session,
    region: str,
    read: ProjectRead,
    order: PartOrder,
    *,
    calendar: Calendar,
    today: date,
    by: str,
    now: datetime,
) -> NoticeRow:
    """Issue one notice for what a region's units charge of a project and no notice carries yet.

    Where every line is on a notice already, that notice is given. Raises NotChargedHere,
    ProjectOpen, and what ``issue_notice`` raises.
    """
    lines = part_lines(read.answer, read.items, region)
    if not lines:
        raise NotChargedHere(
            Text(
                f"{region} 的单位对项目 {read.row.number} 没有适用的收费。",
                f"No unit of {region} has a charge that applies to project {read.row.number}.",
            ),
            project=read.row.number,
        )
    _hold_part(session, region, read.row, now)
    standing = [
        each
        for each in notices_of_part(session, region, read.row.region, read.row.id)
        if each.covers
    ]
    covered = frozenset(line.line_id or "" for each in standing for line in each.lines)
    charges = charges_of_part(lines, covered, order.decided, settled_only=order.settled_only)
    if not charges and standing:
        return standing[0].row
    wanted = NoticeOrder(read.row.uscc, charges, ring=order.ring)
    notice = issue_notice(session, region, wanted, calendar=calendar, today=today, by=by, now=now)
    session.add(
        ProjectNoticeRow(
            region=region,
            notice=notice.id,
            project_region=read.row.region,
            project=read.row.id,
            round=read.round.round,
        )
    )
    session.flush()
    return notice


def _write_project(
    session: Session, region: str, told: ProjectTold, *, by: str, now: datetime
) -> ProjectRow:
    """Write down what was told of a project."""
    row = ProjectRow(
        region=region,
        id=new_id(now),
        number=told.number.strip(),
        name=told.name.strip(),
        kind=told.kind,
        uscc=told.uscc,
        arose_on=told.arose_on,
        act=told.act,
        recorded_by=by,
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    session.execute(
        insert(ProjectItemRow),
        [
            {
                "region": region,
                "project": row.id,
                "item_id": each.item_id,
                "unit_region": each.unit_region,
                "unit_code": each.unit_code,
            }
            for each in told.items
        ],
    )
    return row


def _hold_part(session: Session, region: str, row: ProjectRow, now: datetime) -> None:
    """Hold a part, so that two who issue at once come to one notice."""
    key = {"region": region, "project_region": row.region, "project": row.id}
    statement = insert_for(session, ProjectPartRow).values(**key, opened_at=now)
    session.execute(statement.on_conflict_do_nothing())
    session.get(ProjectPartRow, tuple(key.values()), with_for_update=True, populate_existing=True)


def _facts_for(
    session: Session, row: ProjectRow, quantities: Quantities
) -> tuple[dict[str, object], list[str]]:
    """Put the project's facts together with what the register knows, which stands over them."""
    known = register_facts(enterprise_of(session, row.uscc), row.arose_on)
    return {**quantities.facts, **known}, sorted(known)


def _keep_round(
    session: Session,
    plan: Plan,
    row: ProjectRow,
    items: tuple[ProjectItem, ...],
    quantities: Quantities,
    *,
    number: int,
    by: str,
    now: datetime,
) -> ProjectRoundRow:
    facts, known = _facts_for(session, row, quantities)
    request = Request(
        ref=row.number,
        on=row.arose_on,
        region=row.region,
        items=tuple(each.item_id for each in items),
        lines=quantities.lines,
        facts=facts,
    )
    answer = assess(plan, request)
    kept = ProjectRoundRow(
        region=row.region,
        project=row.id,
        round=number,
        facts={name: fact_text(name, value) for name, value in facts.items()},
        from_register=known,
        lines=list(quantities.lines),
        edition=plan.catalog.edition.id,
        edition_sha256=plan.catalog.edition.sha256,
        total_fen=answer.total.fen,
        assessed_by=by,
        assessed_at=now,
    )
    session.add(kept)
    session.flush()
    return kept


def _demand_told_the_same(session: Session, known: ProjectRow, told: ProjectTold) -> None:
    same = (known.name, known.kind, known.uscc, known.arose_on) == (
        told.name.strip(),
        told.kind,
        told.uscc,
        told.arose_on,
    ) and set(items_of_project(session, known)) == set(told.items)
    if not same:
        raise ProjectKnown(
            Text(
                f"项目 {known.number} 已登记且内容不同，请核对编号。",
                f"Project {known.number} is recorded with other content; check the number.",
            ),
            number=known.number,
        )


def _record(session: Session, row: ProjectRow, act: str, *, by: str, now: datetime) -> None:
    record_act(
        session,
        region=row.region,
        actor=by,
        act=act,
        subject=f"project:{row.id}",
        reason=row.number,
        now=now,
        details={"uscc": row.uscc, "kind": row.kind},
    )
