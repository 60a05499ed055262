"""Registering enterprises, recording their dated facts and the acts that give rise to duties."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.codes import judge_industry, judge_uscc
from feeledger.enterprises.facts import fact_text
from feeledger.enterprises.queries import enterprise_of
from feeledger.enterprises.reassessment_actions import Cause, Due, mark_reassessments
from feeledger.enterprises.statement_actions import Telling, Told, keep_statements
from feeledger.enterprises.tables import EnterpriseFormerRow, EnterpriseRow, PermitActRow
from feeledger.errors import Conflict, Invalid, Text
from feeledger.judgements import narrow_upper
from feeledger.periods import BEIJING
from feeledger.store import new_id
from feeledger.trail import record_act


class CreditCodeRefused(Invalid):
    """The credit code breaks R-V1."""

    code = "credit-code-refused"
    title = Text("统一社会信用代码有误", "The credit code is not right")


class EnterpriseKnown(Conflict):
    """The credit code is registered already."""

    code = "enterprise-known"
    title = Text("该企业已登记", "The enterprise is registered already")


class EnterpriseDetailsRefused(Invalid):
    """A detail of the enterprise cannot be kept."""

    code = "enterprise-details-refused"
    title = Text("企业信息有误", "The enterprise's details cannot be kept")


class PermitActKnown(Conflict):
    """The unit has declared an act of this number before, with other content."""

    code = "permit-act-known"
    title = Text("该许可文号已登记", "The act's number is taken")


@dataclass(frozen=True, slots=True)
class EnterpriseDetails:
    """What the register says of an enterprise."""

    name: str
    home_region: str
    industry_version: str | None = None
    industry_code: str | None = None
    registered_on: date | None = None
    size_class: str | None = None


@dataclass(frozen=True, slots=True)
class CodeOverride:
    """Why an operator registers a code whose check character does not fit."""

    reason: str


@dataclass(frozen=True, slots=True)
class FactOrigin:
    """Where facts come from: who says so (``source``), and in which document.

    ``said_by`` is the unit of a department; ``units`` are the units the values stand in, by fact.
    """

    source: str
    document: str = ""
    said_by: str | None = None
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PermitAct:
    """An approval or registration: the unit, its number, the day, what it is about."""

    unit_code: str
    act_no: str
    kind: str
    acted_on: date
    item_id: str | None = None
    facts: Mapping[str, bool | int | Decimal | str] | None = None
    source: str = "unit"


def register_enterprise(
    session: Session,
    uscc: str,
    details: EnterpriseDetails,
    *,
    by: str,
    now: datetime,
    override: CodeOverride | None = None,
) -> EnterpriseRow:
    """Register an enterprise under its normalised credit code (R-V1).

    A code whose check character alone does not fit is registered with an override, which is
    written into the trail. Raises CreditCodeRefused, EnterpriseDetailsRefused, EnterpriseKnown.
    """
    code, overridden = _code_of(uscc, override)
    _demand_details(details)
    if session.get(EnterpriseRow, code) is not None:
        raise EnterpriseKnown(
            Text(f"信用代码 {code} 已登记。", f"Credit code {code} is registered already."),
            uscc=code,
        )
    row = EnterpriseRow(
        uscc=code,
        name=details.name.strip(),
        home_region=details.home_region,
        industry_version=details.industry_version,
        industry_code=details.industry_code,
        registered_on=details.registered_on,
        size_class=details.size_class,
        uscc_override_reason=override.reason.strip() if override and overridden else None,
        uscc_override_by=by if overridden else None,
        entered_at=now,
        entered_by=by,
    )
    session.add(row)
    session.flush()
    record_act(
        session,
        region=details.home_region,
        actor=by,
        act="override-credit-code" if overridden else "register-enterprise",
        subject=f"enterprise:{code}",
        reason=override.reason.strip() if override and overridden else "",
        now=now,
        details={"name": row.name},
    )
    return row


def amend_enterprise(
    session: Session, uscc: str, details: EnterpriseDetails, *, reason: str, by: str, now: datetime
) -> EnterpriseRow:
    """Change what the register says of an enterprise; what it said before is kept.

    A change of size or of the day of registration marks a re-assessment.
    Raises EnterpriseUnknown, EnterpriseDetailsRefused.
    """
    _demand_details(details)
    row = enterprise_of(session, uscc)
    decides = row.size_class, row.registered_on
    before = {
        "name": row.name,
        "home_region": row.home_region,
        "industry_code": row.industry_code,
        "registered_on": row.registered_on.isoformat() if row.registered_on else None,
        "size_class": row.size_class,
    }
    _keep_former(session, row, by=by, now=now)
    row.name = details.name.strip()
    row.home_region = details.home_region
    row.industry_version = details.industry_version
    row.industry_code = details.industry_code
    row.registered_on = details.registered_on
    row.size_class = details.size_class
    session.flush()
    if decides != (row.size_class, row.registered_on):
        due = Due(uscc, now.astimezone(BEIJING).date(), ())
        cause = Cause("register", now.isoformat())
        mark_reassessments(session, row.home_region, [due], cause, by=by, now=now)
    record_act(
        session,
        region=details.home_region,
        actor=by,
        act="amend-enterprise",
        subject=f"enterprise:{uscc}",
        reason=reason,
        now=now,
        details={"before": before},
    )
    return row


def record_facts(
    session: Session,
    region: str,
    uscc: str,
    facts: Mapping[str, object],
    origin: FactOrigin,
    *,
    valid_from: date,
    by: str,
    now: datetime,
    valid_to: date | None = None,
) -> None:
    """Write down what is true of an enterprise from a day on; None withdraws a fact.

    Nothing earlier is changed: a later record stands over an earlier one for its window, save that
    an enterprise's own declaration stands over nobody else's word. What stands differently now is
    marked for re-assessment, and sources that disagree are in dispute. The names and types are the
    catalog's; the caller holds them against it before.
    Raises EnterpriseUnknown, FactRefused.
    """
    enterprise_of(session, uscc)
    if not facts:
        return
    told = [
        Told(
            uscc,
            name,
            None if value is None else fact_text(name, value),
            valid_from,
            valid_to,
            origin.document,
            origin.units.get(name),
        )
        for name, value in facts.items()
    ]
    cause = Cause("facts", str(new_id(now)))
    telling = Telling(origin.source, by, now, cause, said_by=origin.said_by, repeats=True)
    keep_statements(session, region, told, telling)
    record_act(
        session,
        region=region,
        actor=by,
        act="record-facts",
        subject=f"enterprise:{uscc}",
        reason=origin.document,
        now=now,
        details={"facts": sorted(facts), "valid_from": valid_from.isoformat()},
    )


def record_permit_act(
    session: Session, region: str, uscc: str, act: PermitAct, *, by: str, now: datetime
) -> PermitActRow:
    """Write down an approval or registration that gives rise to a duty.

    The same act told again changes nothing. Raises EnterpriseUnknown, PermitActKnown.
    """
    enterprise_of(session, uscc)
    told = _told(uscc, act)
    query = select(PermitActRow).where(
        PermitActRow.region == region,
        PermitActRow.unit_code == act.unit_code,
        PermitActRow.act_no == act.act_no,
    )
    known = session.scalar(query)
    if known is not None:
        _demand_same(known, told)
        return known
    row = PermitActRow(
        region=region,
        id=new_id(now),
        unit_code=act.unit_code,
        act_no=act.act_no,
        source=act.source,
        recorded_at=now,
        recorded_by=by,
        **told,
    )
    session.add(row)
    session.flush()
    record_act(
        session,
        region=region,
        actor=by,
        act="record-permit-act",
        subject=f"enterprise:{uscc}",
        reason=act.act_no,
        now=now,
        details={"unit": act.unit_code, "acted_on": act.acted_on.isoformat()},
    )
    return row


def _keep_former(session: Session, row: EnterpriseRow, *, by: str, now: datetime) -> None:
    """Keep what the register says, before it is amended; the first word of an instant is kept."""
    if session.get(EnterpriseFormerRow, (row.uscc, now)) is not None:
        return
    session.add(
        EnterpriseFormerRow(
            uscc=row.uscc,
            replaced_at=now,
            replaced_by=by,
            name=row.name,
            home_region=row.home_region,
            industry_version=row.industry_version,
            industry_code=row.industry_code,
            registered_on=row.registered_on,
            size_class=row.size_class,
        )
    )


def _told(uscc: str, act: PermitAct) -> dict[str, object]:
    facts = {name: fact_text(name, value) for name, value in (act.facts or {}).items()}
    return {
        "uscc": uscc,
        "kind": act.kind,
        "item_id": act.item_id,
        "acted_on": act.acted_on,
        "facts": facts,
    }


def _demand_same(known: PermitActRow, told: Mapping[str, object]) -> None:
    if any(getattr(known, name) != value for name, value in told.items()):
        raise PermitActKnown(
            Text(
                f"单位 {known.unit_code} 的 {known.act_no} 已登记且内容不同，请核对文号。",
                f"{known.act_no} of unit {known.unit_code} is recorded with other content; "
                f"check the number.",
            )
        )


def _code_of(text: str, override: CodeOverride | None) -> tuple[str, bool]:
    """Give the normalised code, and whether the override was needed for it."""
    judged = judge_uscc(text)
    if judged.value is not None:
        return judged.value, False
    reason = override.reason.strip() if override is not None else ""
    if judged.code == "uscc-check" and reason:
        return narrow_upper(text), True
    problem = judged.problem or Text("", "")
    raise CreditCodeRefused(
        Text(
            f"“{text[:40]}”：{problem.zh}。确系登记机关核发的，可由财政人员写明理由后登记。"
            if judged.code == "uscc-check"
            else f"“{text[:40]}”：{problem.zh}。",
            f"{text[:40]!r}: {problem.en}. If it was really issued so, an officer may register "
            f"it and say why."
            if judged.code == "uscc-check"
            else f"{text[:40]!r}: {problem.en}.",
        ),
        reason=judged.code,
    )


def _demand_details(details: EnterpriseDetails) -> None:
    if not details.name.strip():
        raise EnterpriseDetailsRefused(Text("名称没有填写。", "The name is empty."), field="name")
    if details.industry_code is None:
        return
    judged = judge_industry(details.industry_code)
    if judged.problem is not None:
        raise EnterpriseDetailsRefused(
            Text(
                f"行业代码“{details.industry_code[:20]}”：{judged.problem.zh}。",
                f"Industry code {details.industry_code[:20]!r}: {judged.problem.en}.",
            ),
            field="industry_code",
        )
