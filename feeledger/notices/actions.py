"""Issuing, voiding, reissuing and expiring notices.

A notice freezes what it says: payer, lines with their explanations, amount, account. One pay code
stands for all its lines, whichever units charge them (一口缴费). Serials come from a counter of
their own, one a region and year; a payment never touches it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from feeledger.catalog.items import stem_of_region
from feeledger.codes import make_pay_code
from feeledger.enterprises.queries import enterprise_of
from feeledger.enterprises.standing_queries import demand_standing
from feeledger.enterprises.tables import EnterpriseRow
from feeledger.errors import Conflict, Invalid, Text
from feeledger.money import total_of
from feeledger.notices.charges import (
    Charge,
    Registered,
    amount_of_charge,
    basis_of,
    demand_chargeable,
    explanation_of_charge,
    registered_amount,
)
from feeledger.notices.notice import Status, status_after
from feeledger.notices.notification_actions import tell_issued, tell_voided
from feeledger.notices.queries import notice_by_pay_code, notice_of
from feeledger.notices.signature_actions import said_before, signature_for
from feeledger.notices.tables import NoticeLineRow, NoticeRow, PayCodeSerialRow
from feeledger.periods import Calendar, WorkingDate, due_on, valid_until
from feeledger.regions.queries import (
    RegionSettings,
    designated_accounts_on,
    is_printed,
    items_of_unit,
    region_settings,
    unit_of,
)
from feeledger.regions.tables import CollectingUnitRow, DesignatedAccountRow
from feeledger.signatures import KeyRing
from feeledger.store import insert_for, new_id
from feeledger.trail import record_act


class NothingToCharge(Invalid):
    """A notice has no lines."""

    code = "nothing-to-charge"
    title = Text("通知书没有收费项目", "The notice has no lines")


class EditionsDiffer(Invalid):
    """The lines were assessed from different editions, or for another region."""

    code = "editions-differ"
    title = Text("各行依据的目录版本或地区不一致", "The lines do not go together")


class WindowMissing(Conflict):
    """A notice of several units needs the region's unified window, which is not set."""

    code = "window-missing"
    title = Text("未设统一窗口", "There is no unified window")


class NoAccountToPrint(Conflict):
    """No designated account is announced for the day."""

    code = "no-account-to-print"
    title = Text("当日没有已公布的指定账户", "No designated account is announced for the day")


@dataclass(frozen=True, slots=True)
class NoticeOrder:
    """What a notice is to say: the payer, the charges, perhaps a signature, an outside number.

    ``signature`` is one that the unit made elsewhere; ``ring`` the keys at hand to sign with.
    ``registered``: the unit printed it already, and its lines bear the amounts that it set.
    """

    uscc: str
    charges: tuple[Charge, ...]
    signature: str | None = None
    external_no: str | None = None
    ring: KeyRing | None = None
    registered: Registered | None = None


@dataclass(frozen=True, slots=True)
class _Frame:
    """What is settled before a notice is written."""

    payer: EnterpriseRow
    unit: CollectingUnitRow
    account: DesignatedAccountRow
    due: WorkingDate
    line_units: dict[str, CollectingUnitRow]


def issue_notice(
    session: Session,
    region: str,
    order: NoticeOrder,
    *,
    calendar: Calendar,
    today: date,
    by: str,
    now: datetime,
) -> NoticeRow:
    """Issue a notice; if reliefs take all of it, it is waived and has no pay code.

    Raises NothingToCharge, EditionsDiffer, ItemNotChargeable, AmountNotSettled, AmountNotAllowed,
    WindowMissing, NoAccountToPrint, SignatureMissing, SignatureWrong, UnitUnknown,
    EnterpriseUnknown, EnterpriseClosed, RegionNotOpen, CalendarYearMissing.
    """
    return _write_notice(
        session, region, order, calendar=calendar, today=today, by=by, now=now, supersedes=None
    )


def void_notice(
    session: Session, region: str, notice_id: int, *, reason: str, by: str, now: datetime
) -> NoticeRow:
    """Void an unpaid notice as a whole, with a reason. Raises NoticeMissing, NoticeNotMovable."""
    row = notice_of(session, region, notice_id, for_update=True)
    row.status = status_after(_status_of(row), "void")
    row.voided_at, row.voided_by, row.void_reason = now, by, reason
    session.flush()
    record_act(
        session,
        region=region,
        actor=by,
        act="void-notice",
        subject=f"notice:{notice_id}",
        reason=reason,
        now=now,
        details={"pay_code": row.pay_code},
    )
    tell_voided(session, row, now=now)
    return row


def reissue_notice(
    session: Session,
    region: str,
    notice_id: int,
    order: NoticeOrder,
    *,
    reason: str,
    calendar: Calendar,
    today: date,
    by: str,
    now: datetime,
) -> NoticeRow:
    """Void a notice and issue another in its place, which refers to it.

    Raises what ``void_notice`` and ``issue_notice`` raise.
    """
    void_notice(session, region, notice_id, reason=reason, by=by, now=now)
    return _write_notice(
        session,
        region,
        order,
        calendar=calendar,
        today=today,
        by=by,
        now=now,
        supersedes=notice_id,
    )


def expire_notices(session: Session, region: str, *, today: date, now: datetime) -> int:
    """Let unpaid notices expire whose last day is over; say how many."""
    query = (
        select(NoticeRow.id)
        .where(
            NoticeRow.region == region,
            NoticeRow.status == "issued",
            NoticeRow.valid_until < today,
        )
        .with_for_update(skip_locked=True)
    )
    ids = list(session.scalars(query))
    if ids:
        session.execute(
            update(NoticeRow)
            .where(NoticeRow.region == region, NoticeRow.id.in_(ids))
            .values(status="expired")
        )
        record_act(
            session,
            region=region,
            actor="system",
            act="expire-notices",
            subject=f"region:{region}",
            reason="",
            now=now,
            details={"notices": len(ids), "today": today.isoformat()},
        )
    return len(ids)


def take_serials(session: Session, region: str, year: int, count: int = 1) -> range:
    """Take pay-code serials of a region and year, never given out before or again (R-P4)."""
    statement = insert_for(session, PayCodeSerialRow).values(
        region=region, year=year, last_serial=count
    )
    statement = statement.on_conflict_do_update(
        index_elements=["region", "year"],
        set_={"last_serial": PayCodeSerialRow.last_serial + count},
    ).returning(PayCodeSerialRow.last_serial)
    last = session.execute(statement).scalar_one()
    return range(last - count + 1, last + 1)


def _write_notice(
    session: Session,
    region: str,
    order: NoticeOrder,
    *,
    calendar: Calendar,
    today: date,
    by: str,
    now: datetime,
    supersedes: int | None,
) -> NoticeRow:
    settings = region_settings(session, region)
    _demand_order(region, order)
    frame = _frame_of(session, region, order, settings, calendar=calendar, today=today)
    amount_of = amount_of_charge if order.registered is None else registered_amount
    amounts = [amount_of(charge) for charge in order.charges]
    total = total_of(amounts)
    row = _notice_row(region, order, frame, today=today, by=by, now=now)
    row.amount_fen, row.supersedes = total.fen, supersedes
    row.status = status_after("draft", "issue" if total else "waive")
    if order.registered is not None:
        row.pay_code, row.crc_code = order.registered.pay_code, order.registered.crc_code
    elif total:
        row.pay_code = _fresh_pay_code(session, region, today.year)
    charged = enumerate(zip(order.charges, amounts, strict=True), start=1)
    lines = [_line_values(row, no, charge, frame, amount.fen) for no, (charge, amount) in charged]
    row.signature = signature_for(
        session,
        said_before(row, lines),
        given=order.signature,
        ring=order.ring,
        required=settings.signature_required,
        now=now,
    )
    session.add(row)
    session.flush()
    session.execute(insert(NoticeLineRow), lines)
    record_act(
        session,
        region=region,
        actor=by,
        act="issue-notice",
        subject=f"notice:{row.id}",
        reason="" if supersedes is None else f"supersedes {supersedes}",
        now=now,
        details={"pay_code": row.pay_code, "uscc": row.uscc, "amount": str(total)},
    )
    tell_issued(session, row, now=now)
    return row


def _fresh_pay_code(session: Session, region: str, year: int) -> str:
    """Make a pay code of ours; one that a unit registered for its own notice is passed over."""
    while True:
        code = make_pay_code(region, year % 100, take_serials(session, region, year)[0])
        if notice_by_pay_code(session, code) is None:
            return code


def _notice_row(
    region: str, order: NoticeOrder, frame: _Frame, *, today: date, by: str, now: datetime
) -> NoticeRow:
    """Make the notice's row, all but its amount, status and pay code."""
    edition = order.charges[0].catalog.edition
    return NoticeRow(
        region=region,
        id=new_id(now),
        uscc=frame.payer.uscc,
        payer_name=frame.payer.name,
        unit_code=frame.unit.unit_code,
        unit_name=frame.unit.name,
        issued_on=today,
        due_on=frame.due.day,
        valid_until=valid_until(frame.due.day),
        dates_provisional=frame.due.provisional,
        refunded_fen=0,
        account=frame.account.id,
        edition_id=edition.id,
        edition_sha256=edition.sha256,
        external_no=order.external_no,
        issued_at=now,
        issued_by=by,
    )


def _line_values(
    notice: NoticeRow, number: int, charge: Charge, frame: _Frame, amount_fen: int
) -> dict[str, object]:
    return {
        "region": notice.region,
        "notice": notice.id,
        "line_no": number,
        "unit_code": charge.unit_code,
        "unit_name": frame.line_units[charge.unit_code].name,
        "item_id": charge.item.id,
        "item_code": charge.item.wire_code,
        "item_name": charge.item.name.zh,
        "line_id": charge.answer.line,
        "obligation_on": charge.obligation_on,
        "outcome": charge.answer.outcome,
        "amount_fen": amount_fen,
        "explanation": explanation_of_charge(charge),
        "basis": basis_of(charge.decided),
        "late_rule": charge.late_rule,  # no published item has one; see notice.LateRule
    }


def _demand_order(region: str, order: NoticeOrder) -> None:
    """Hold an order together: lines, one edition, the region."""
    if not order.charges:
        raise NothingToCharge(
            Text("通知书至少要有一个收费项目。", "A notice needs at least one line.")
        )
    shas = {charge.catalog.edition.sha256 for charge in order.charges}
    regions = {charge.answer.trace.request.region for charge in order.charges}
    # A city or province charges for what lies below it: the price is that of the place.
    outside = [each for each in regions if not each.startswith(stem_of_region(region))]
    if len(shas) > 1 or len(regions) > 1 or outside:
        raise EditionsDiffer(
            Text(
                f"各行须按同一目录版本、为 {region} 或其下同一区划核定。",
                f"All lines must be assessed from one edition and for {region}, or one region "
                f"below it.",
            )
        )


def _frame_of(
    session: Session,
    region: str,
    order: NoticeOrder,
    settings: RegionSettings,
    *,
    calendar: Calendar,
    today: date,
) -> _Frame:
    """Settle payer, units, account and dates. Each line is held against its own unit (16003)."""
    payer = enterprise_of(session, order.uscc)
    demand_standing(session, payer, (charge.obligation_on for charge in order.charges))
    codes = dict.fromkeys(charge.unit_code for charge in order.charges)
    line_units = {code: unit_of(session, region, code, today) for code in codes}
    for charge in order.charges:
        allowed = items_of_unit(session, region, charge.unit_code, charge.obligation_on)
        demand_chargeable(charge, allowed)
    issuing = _issuing_unit(list(codes), settings)
    unit = line_units.get(issuing) or unit_of(session, region, issuing, today)
    account = _printed_account(designated_accounts_on(session, region, today), region, today)
    return _Frame(payer, unit, account, due_on(calendar, today), line_units)


def _issuing_unit(codes: Sequence[str], settings: RegionSettings) -> str:
    if len(codes) == 1:
        return codes[0]
    if settings.window_unit is None:
        raise WindowMissing(
            Text(
                "多个单位合开一张通知书须由统一窗口开具，请先设定窗口单位。",
                "A notice of several units is issued by the unified window; name that unit first.",
            )
        )
    return settings.window_unit


def _printed_account(
    accounts: Sequence[DesignatedAccountRow], region: str, today: date
) -> DesignatedAccountRow:
    if not accounts or not is_printed(accounts[0], today):
        raise NoAccountToPrint(
            Text(
                f"{region} 在 {today} 没有已公布的指定账户，不能开具通知书。",
                f"{region} has no announced account on {today}, so no notice can be issued.",
            )
        )
    return accounts[0]


def _status_of(row: NoticeRow) -> Status:
    status: Status = row.status  # type: ignore[assignment]  # the CHECK holds the statuses
    return status
