"""One yearly amount at a time: corrected, audited, published, revised. Whoever changes one holds its year.

Locks are taken in one order: the year, then the version. The figures of a version are its run's;
a correction stands beside them with its reason and document.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.money import Money
from feeledger.people.roles import different_person
from feeledger.quotas.queries import (
    QuotaRead,
    corrections_of,
    last_correction,
    quota_of,
    quota_read,
    standing_of,
)
from feeledger.quotas.quota import (
    PENDING,
    Announcement,
    Corrected,
    Correction,
    Event,
    PublicationDiffers,
    QuotaMissing,
    QuotaNotMovable,
    QuotaRunStale,
    State,
    demand_announcement,
    demand_clear,
    quota_state_after,
)
from feeledger.quotas.sheet import demand_correctable
from feeledger.quotas.tables import (
    AnnualQuotaRow,
    QuotaCorrectionRow,
    QuotaPublicationRow,
    QuotaYearRow,
)
from feeledger.store import insert_for, new_id
from feeledger.trail import record_act


def open_year(session: Session, region: str, year: int, *, known_at: datetime) -> int:
    """Open a year for yearly amounts, or let a later run into it. Raises QuotaRunStale."""
    statement = insert_for(session, QuotaYearRow).values(
        region=region, year=year, known_at=known_at
    )
    session.execute(statement.on_conflict_do_nothing())
    row = hold_year(session, region, year)
    if known_at < row.known_at:
        raise QuotaRunStale(
            Text(
                f"{year} 年的额度已依据更新的测算（{row.known_at:%Y-%m-%d %H:%M} UTC 所知）；请用最新的测算。",
                f"The yearly amounts of {year} rest on a later run (known at "
                f"{row.known_at:%Y-%m-%d %H:%M} UTC); draft from the latest run.",
            ),
            year=year,
        )
    row.known_at = known_at
    session.flush()
    return year


def hold_year(session: Session, region: str, year: int) -> QuotaYearRow:
    """Hold a year against every other change. Raises QuotaMissing where nothing was drafted."""
    row = session.get(QuotaYearRow, (region, year), with_for_update=True, populate_existing=True)
    if row is None:
        raise QuotaMissing(
            Text(
                f"{region[:12]} 还没有 {year} 年的额度；请先由测算生成。",
                f"{region[:12]} has no yearly amounts of {year}; draft them from a run first.",
            ),
            year=year,
        )
    return row


def correct_quota_line(
    session: Session, region: str, quota_id: int, correction: Correction, *, by: str, now: datetime
) -> AnnualQuotaRow:
    """Set the amount of a draft's line, on the ground of a document; the sums follow.

    Raises QuotaMissing, QuotaNotMovable, SamePerson, QuotaLineUnknown, CorrectionRefused,
    QuotaOpen where the run refused the enterprise's facts.
    """
    row = _held(session, region, quota_id, "correct")
    different_person(row.prepared_by, by)
    read = quota_read(session, row)
    if read.refusal is not None:
        demand_clear(standing_of(row))
    _keep_corrections(session, row, read, (correction,), by=by, now=now)
    _add_up(session, row)
    _record(session, row, "correct-quota", reason=correction.reason.strip(), by=by, now=now)
    return row


def audit_quota(
    session: Session, region: str, quota_id: int, *, by: str, now: datetime
) -> AnnualQuotaRow:
    """Audit a draft in which nothing is open; by another person than who prepared it.

    Raises QuotaMissing, QuotaNotMovable, SamePerson, QuotaOpen.
    """
    row = _held(session, region, quota_id, "audit")
    different_person(row.prepared_by, by)
    demand_clear(standing_of(row))
    row.state = quota_state_after(_state(row), "audit")
    row.audited_by, row.audited_at = by, now
    session.flush()
    _record(session, row, "audit-quota", reason="", by=by, now=now)
    return row


def publish_quota(
    session: Session,
    region: str,
    quota_id: int,
    told: Announcement,
    *,
    today: date,
    by: str,
    now: datetime,
) -> AnnualQuotaRow:
    """Publish one audited version; the published one before it becomes revised.

    Raises QuotaMissing, QuotaNotMovable, PublicationRefused, PublicationDiffers.
    """
    row = _held(session, region, quota_id, "publish")
    kept = keep_publication(session, region, row.year, told, today=today, by=by, now=now)
    session.execute(
        update(AnnualQuotaRow)
        .where(
            AnnualQuotaRow.region == region,
            AnnualQuotaRow.year == row.year,
            AnnualQuotaRow.uscc == row.uscc,
            AnnualQuotaRow.state == "published",
        )
        .values(state="revised")
    )
    row.state, row.publication = quota_state_after(_state(row), "publish"), kept
    session.flush()
    _record(session, row, "publish-quota", reason=told.document.strip(), by=by, now=now)
    return row


def revise_quota(
    session: Session,
    region: str,
    quota_id: int,
    corrections: Sequence[Correction],
    *,
    by: str,
    now: datetime,
) -> AnnualQuotaRow:
    """Draft a new version of an audited or published one, with corrections; to be audited again.

    An audited version gives way at once, a published one when the new one is published. What was
    corrected before is carried on. Raises QuotaMissing, QuotaNotMovable, QuotaLineUnknown,
    CorrectionRefused.
    """
    old = _held(session, region, quota_id, "revise")
    _demand_settled(session, old)
    if old.state == "audited":
        old.state = quota_state_after("audited", "revise")
        session.flush()
    row = _next_version(session, old, by=by, now=now)
    _carry_corrections(session, corrections_of(session, region, old.id), row)
    _keep_corrections(session, row, quota_read(session, row), corrections, by=by, now=now)
    _add_up(session, row)
    reason = "；".join(each.reason.strip() for each in corrections)
    _record(session, row, "revise-quota", reason=reason, by=by, now=now)
    return row


def keep_publication(
    session: Session,
    region: str,
    year: int,
    told: Announcement,
    *,
    today: date,
    by: str,
    now: datetime,
) -> int:
    """Note where amounts of a year are published, once; the same told again is the same.

    Raises PublicationRefused, PublicationDiffers.
    """
    bare = demand_announcement(told, today)
    row = QuotaPublicationRow
    known = session.scalar(
        select(row).where(
            row.region == region,
            row.year == year,
            row.medium == bare.medium,
            row.number == bare.number,
        )
    )
    if known is None:
        known = QuotaPublicationRow(
            region=region,
            id=new_id(now),
            year=year,
            medium=bare.medium,
            number=bare.number,
            document=bare.document,
            published_on=bare.published_on,
            kept_by=by,
            kept_at=now,
        )
        session.add(known)
        session.flush()
    if (known.document, known.published_on) != (bare.document, bare.published_on):
        raise PublicationDiffers(
            Text(
                f"{bare.medium} {bare.number} 已登记为 {known.document}（{known.published_on}），请核对。",
                f"{bare.medium} {bare.number} is noted with {known.document} of "
                f"{known.published_on}; check it.",
            )
        )
    return known.id


def _held(session: Session, region: str, quota_id: int, event: Event) -> AnnualQuotaRow:
    """Hold a version, its year first, for an event that its state allows."""
    hold_year(session, region, quota_of(session, region, quota_id).year)
    row = quota_of(session, region, quota_id, for_update=True)
    quota_state_after(_state(row), event)
    return row


def _demand_settled(session: Session, old: AnnualQuotaRow) -> None:
    """Refuse a revision of a draft, which is corrected, or beside another version on its way."""
    row = AnnualQuotaRow
    pending = session.scalar(
        select(row.version).where(
            row.region == old.region,
            row.year == old.year,
            row.uscc == old.uscc,
            row.state.in_(PENDING),
            (row.id != old.id) | (row.state == "draft"),
        )
    )
    if pending is not None:
        raise QuotaNotMovable(
            Text(
                f"第 {pending} 版还在办理，请直接更正或审核该版。",
                f"Version {pending} is still on its way: correct or audit that one.",
            ),
            version=pending,
        )


def _next_version(
    session: Session, old: AnnualQuotaRow, *, by: str, now: datetime
) -> AnnualQuotaRow:
    """Write a new draft with the figures of an older version."""
    row = AnnualQuotaRow
    query = (
        select(row.version)
        .where(row.region == old.region, row.year == old.year, row.uscc == old.uscc)
        .order_by(row.version.desc())
        .limit(1)
    )
    new = AnnualQuotaRow(
        region=old.region,
        id=new_id(now),
        year=old.year,
        uscc=old.uscc,
        version=session.scalars(query).one() + 1,
        run=old.run,
        state="draft",
        total_fen=old.total_fen,
        notice_fen=old.notice_fen,
        stated=old.stated,
        open_by_run=old.open_by_run,
        open_lines=old.open_lines,
        refused=old.refused,
        prepared_by=by,
        prepared_at=now,
    )
    session.add(new)
    session.flush()
    return new


def _carry_corrections(
    session: Session, corrected: dict[str, Corrected], row: AnnualQuotaRow
) -> None:
    """Take the corrections that stood into a new version, as they were made."""
    rows = [
        {
            "region": row.region,
            "quota": row.id,
            "seq": seq,
            "line": line,
            "before_fen": None if each.before is None else each.before.fen,
            "amount_fen": each.amount.fen,
            "reason": each.correction.reason,
            "document": each.correction.document,
            "corrected_by": each.by,
            "corrected_at": each.at,
        }
        for seq, (line, each) in enumerate(corrected.items(), start=1)
    ]
    if rows:
        session.execute(insert(QuotaCorrectionRow), rows)


def _keep_corrections(
    session: Session,
    row: AnnualQuotaRow,
    read: QuotaRead,
    corrections: Sequence[Correction],
    *,
    by: str,
    now: datetime,
) -> None:
    seq = last_correction(session, row.region, row.id)
    for number, each in enumerate(corrections, start=seq + 1):
        line = demand_correctable(read.sheet, each)
        before: Money | None = line.stands
        session.add(
            QuotaCorrectionRow(
                region=row.region,
                quota=row.id,
                seq=number,
                line=each.line,
                before_fen=None if before is None else before.fen,
                amount_fen=each.amount.fen,
                reason=each.reason.strip(),
                document=each.document.strip(),
                corrected_by=by,
                corrected_at=now,
            )
        )
    session.flush()


def _add_up(session: Session, row: AnnualQuotaRow) -> None:
    """Set the sums of a version anew from its sheet."""
    sheet = quota_read(session, row).sheet
    row.total_fen, row.notice_fen = sheet.total_fen, sheet.notice_fen
    row.open_lines = sheet.open_lines
    session.flush()


def _state(row: AnnualQuotaRow) -> State:
    state: State = row.state  # type: ignore[assignment]  # the CHECK holds the states
    return state


def _record(
    session: Session, row: AnnualQuotaRow, act: str, *, reason: str, by: str, now: datetime
) -> None:
    record_act(
        session,
        region=row.region,
        actor=by,
        act=act,
        subject=f"quota:{row.id}",
        reason=reason,
        now=now,
        details={
            "uscc": row.uscc,
            "year": row.year,
            "version": row.version,
            "total": str(Money(row.total_fen)),
        },
    )
