"""Refunds move by these steps alone; each takes the notice's lock first, as payments do.

Approval reserves the amount (R-F1): under the notice's lock the lines are added up again, and the
database holds the sum of all that is promised back below what was paid. It debits the revenue and
credits what is due to the payer; the payment pays that from the designated account, or from the
treasuries of the levels after settlement (R-F2, R-F4).
"""

from collections.abc import Sequence

from sqlalchemy import insert
from sqlalchemy.orm import Session

from feeledger.errors import Conflict, Text
from feeledger.files import FileNotAccepted, Upload, checked_files
from feeledger.money import Money, total_of
from feeledger.notices.queries import notice_of
from feeledger.notices.tables import NoticeRow
from feeledger.payments.queries import payment_of_notice
from feeledger.payments.tables import PaymentRow
from feeledger.people.roles import different_person
from feeledger.periods import Calendar
from feeledger.refunds.application import (
    Application,
    AskedLine,
    asked_lines,
    check_application,
    target_of,
)
from feeledger.refunds.evidence_actions import demand_evidence, keep_refund_files
from feeledger.refunds.money_actions import promise_money
from feeledger.refunds.queries import held_by_line, refund_of, upper_level_concerned
from feeledger.refunds.refund import (
    ASKING,
    STATE_TEXTS,
    Event,
    Hand,
    RefundNotMovable,
    State,
    apply_limit,
    limit_after,
    state_after,
)
from feeledger.refunds.step_actions import keep_move
from feeledger.refunds.tables import RefundLineRow, RefundRow
from feeledger.sharing.queries import paid_lines
from feeledger.store import new_id
from feeledger.trail import record_act


class NothingPaid(Conflict):
    """The notice has no payment that stands: there is nothing to give back."""

    code = "nothing-paid"
    title = Text("该通知书没有有效缴款", "The notice has no payment that stands")


class UpperLevelConcerned(Conflict):
    """A level above the collecting one has a part of the money: it has to be passed up first."""

    code = "upper-level-concerned"
    title = Text("涉及上级分成，须先上报", "An upper level has a part: pass it up first")


class NoUpperLevelConcerned(Conflict):
    """No level above has a part of the money: the refund is decided here, within its limit."""

    code = "no-upper-level-concerned"
    title = Text("不涉及上级分成，不必上报", "No upper level has a part: it is not passed up")


def apply_for_refund(
    session: Session,
    region: str,
    notice_id: int,
    asked: Application,
    *,
    hand: Hand,
    calendar: Calendar,
) -> RefundRow:
    """Take an application for money back of one unit's lines of a paid notice.

    Raises RefundRefused, FileNotAccepted, RefundExceedsPayment, NothingPaid, NoticeMissing,
    CalendarYearMissing.
    """
    files = checked_files(asked.files)
    notice = notice_of(session, region, notice_id, for_update=True)
    payment = standing_payment(session, notice)
    check_application(asked, payer_account=payment.payer_account or "", today=hand.today)
    held = held_by_line(session, region, payment.id)
    lines = asked_lines(asked, paid_lines(session, payment), held)
    row = _new_refund(notice, payment, asked, lines, hand=hand, calendar=calendar)
    session.add(row)
    session.flush()
    session.execute(insert(RefundLineRow), [_line_values(row, line) for line in lines])
    attached = keep_refund_files(session, row, files, hand=hand)
    keep_move(session, row, "apply", before="", limit_was=row.apply_due, hand=hand)
    record_act(
        session,
        region=region,
        actor=hand.actor,
        act="apply-for-refund",
        subject=f"refund:{row.id}",
        reason=row.reason,
        now=hand.now,
        details={
            "notice": str(row.notice),
            "pay_code": row.pay_code,
            "amount": str(Money(row.amount_fen)),
            "ground": row.ground,
            "account": row.account_kind,
            "files": attached,
        },
    )
    return row


def attach_refund_files(
    session: Session, region: str, refund: int, uploads: Sequence[Upload], *, hand: Hand
) -> int:
    """Attach files to a refund that is not decided; give how many are new (equal content is one).

    Raises RefundMissing, RefundNotMovable, FileNotAccepted.
    """
    files = checked_files(uploads)
    if not files:
        raise FileNotAccepted(Text("请选择要上传的文件。", "Choose the files to upload."))
    row, _ = hold_refund(session, region, refund)
    if row.state not in ASKING:
        label = STATE_TEXTS[_state(row)]
        raise RefundNotMovable(
            Text(
                f"该退付“{label.zh}”，不能再补充附件。",
                f"The refund is {label.en}: no file can be added to it.",
            ),
            state=row.state,
        )
    attached = keep_refund_files(session, row, files, hand=hand)
    if attached:
        record_act(
            session,
            region=region,
            actor=hand.actor,
            act="attach-refund-files",
            subject=f"refund:{row.id}",
            reason="",
            now=hand.now,
            details={"files": attached, "sha256": sorted({file.sha256 for file in files})},
        )
    return attached


def verify_refund(
    session: Session, region: str, refund: int, *, hand: Hand, calendar: Calendar
) -> RefundRow:
    """Let the unit confirm an application; whoever applied may not (R-F3).

    Whether an upper level has a part is settled here: then 15 working days to pass it up, else 10
    to decide. Raises RefundMissing, RefundNotMovable, SamePerson, CalendarYearMissing.
    """
    row, _ = hold_refund(session, region, refund)
    state = state_after(_state(row), "verify")
    different_person(row.applicant, hand.actor)
    row.verified_by = hand.actor
    row.shared = upper_level_concerned(session, row)
    return _step(session, row, "verify", state, hand=hand, calendar=calendar)


def forward_refund(
    session: Session, region: str, refund: int, *, hand: Hand, calendar: Calendar
) -> RefundRow:
    """Pass a verified refund up to the level that has a part of the money.

    Raises RefundMissing, RefundNotMovable, SamePerson, NoUpperLevelConcerned.
    """
    row, _ = hold_refund(session, region, refund)
    state = state_after(_state(row), "forward")
    _demand_other_hand(row, hand)
    if not (row.shared or upper_level_concerned(session, row)):
        raise NoUpperLevelConcerned(
            Text(
                "上级财政在此款项中没有分成：请在期限内审批，不能上报。",
                "No upper level has a part of this money: decide it within its limit.",
            )
        )
    return _step(session, row, "forward", state, hand=hand, calendar=calendar)


def approve_refund(
    session: Session, region: str, refund: int, *, hand: Hand, calendar: Calendar
) -> RefundRow:
    """Approve a refund and reserve its money; all but the known account needs a second approver (R-F3).

    Raises RefundMissing, RefundNotMovable, SamePerson, RefundEvidenceMissing, UpperLevelConcerned,
    RefundExceedsPayment, NothingPaid, BookMissing, CalendarYearMissing.
    """
    row, notice = hold_refund(session, region, refund)
    state = state_after(_state(row), "approve")
    _demand_other_hand(row, hand)
    demand_evidence(session, row)
    if row.state == "unit_verified" and upper_level_concerned(session, row):
        raise UpperLevelConcerned(
            Text(
                "上级财政在此款项中有分成，须先上报，再按上级意见批准或不予退付。",
                "An upper level has a part of this money: pass it up, then decide by its answer.",
            )
        )
    if row.account_kind != "original" and row.approved_by is None:
        promise_money(session, row, _payment_asked_back(session, row, notice), now=None)
        row.approved_by = hand.actor
        return _first_of_two(session, row, hand=hand)
    if row.approved_by is not None:
        different_person(row.approved_by, hand.actor)
        row.second_approver = hand.actor
    else:
        row.approved_by = hand.actor
    payment = _payment_asked_back(session, row, notice)
    row.approval_entry = promise_money(session, row, payment, now=hand.now)
    row.route = "treasury" if payment.state == "settled" else "account"
    row.approved_on = hand.today
    return _step(session, row, "approve", state, hand=hand, calendar=calendar)


def reject_refund(
    session: Session, region: str, refund: int, *, hand: Hand, calendar: Calendar
) -> RefundRow:
    """Refuse a refund, with the reason that the payer sees; whoever applied may not.

    Raises RefundMissing, RefundNotMovable, SamePerson.
    """
    row, _ = hold_refund(session, region, refund)
    state = state_after(_state(row), "reject")
    different_person(row.applicant, hand.actor)
    return _step(session, row, "reject", state, hand=hand, calendar=calendar)


def withdraw_refund(
    session: Session, region: str, refund: int, *, hand: Hand, calendar: Calendar
) -> RefundRow:
    """Take an application back before it is decided. Raises RefundMissing, RefundNotMovable."""
    row, _ = hold_refund(session, region, refund)
    state = state_after(_state(row), "withdraw")
    return _step(session, row, "withdraw", state, hand=hand, calendar=calendar)


def standing_payment(session: Session, notice: NoticeRow) -> PaymentRow:
    """Give the payment of a notice that stands, under the notice's lock. Raises NothingPaid."""
    payment = payment_of_notice(session, notice.region, notice.id)
    if payment is None:
        raise NothingPaid(
            Text(
                f"缴款码 {notice.pay_code} 没有有效缴款，不能申请或批准退付。",
                f"Pay code {notice.pay_code} has no payment that stands: nothing can be given back.",
            )
        )
    return payment


def _payment_asked_back(session: Session, row: RefundRow, notice: NoticeRow) -> PaymentRow:
    """Give the payment a refund is of, as long as it is the one that stands. Raises NothingPaid."""
    payment = standing_payment(session, notice)
    if payment.id != row.payment:
        raise NothingPaid(
            Text(
                "所申请退付的那笔缴款已被银行冲正，通知书后来另行缴清；请不予退付，需要退的另行申请。",
                "The bank has taken the payment back that this refund is of, and the notice was paid "
                "anew: reject it, and let the payer apply again if money is to go back.",
            )
        )
    return payment


def hold_refund(session: Session, region: str, refund: int) -> tuple[RefundRow, NoticeRow]:
    """Find a refund and lock its notice, then the refund itself, freshly. Raises RefundMissing."""
    notice = notice_of(session, region, refund_of(session, region, refund).notice, for_update=True)
    row = session.get_one(RefundRow, (region, refund), with_for_update=True, populate_existing=True)
    return row, notice


def _state(row: RefundRow) -> State:
    state: State = row.state  # type: ignore[assignment]  # the database's CHECK holds the names
    return state


def _demand_other_hand(row: RefundRow, hand: Hand) -> None:
    """Let nobody decide who applied or verified (R-F3). Raises SamePerson."""
    different_person(row.applicant, hand.actor)
    different_person(row.verified_by or "", hand.actor)


def _step(
    session: Session, row: RefundRow, event: Event, state: State, *, hand: Hand, calendar: Calendar
) -> RefundRow:
    """Move the refund, set the limit of what comes next, and write both down."""
    before, limit_was = row.state, row.due_on
    limit = limit_after(state, since=hand.today, shared=row.shared, calendar=calendar)
    row.state = state
    row.due_on = None if limit is None else limit.day
    row.due_provisional = limit is not None and limit.provisional
    row.changed_at = hand.now
    session.flush()
    keep_move(session, row, event, before=before, limit_was=limit_was, hand=hand)
    record_act(
        session,
        region=row.region,
        actor=hand.actor,
        act=f"{event}-refund",
        subject=f"refund:{row.id}",
        reason=hand.reason,
        now=hand.now,
        details={"state": state, "route": row.route},
    )
    return row


def _first_of_two(session: Session, row: RefundRow, *, hand: Hand) -> RefundRow:
    """Note the first of two approvals; the state waits for the second, and so does the limit."""
    row.changed_at = hand.now
    session.flush()
    keep_move(session, row, "first-approve", before=row.state, limit_was=row.due_on, hand=hand)
    record_act(
        session,
        region=row.region,
        actor=hand.actor,
        act="first-approve-refund",
        subject=f"refund:{row.id}",
        reason=hand.reason,
        now=hand.now,
    )
    return row


def _new_refund(
    notice: NoticeRow,
    payment: PaymentRow,
    asked: Application,
    lines: tuple[AskedLine, ...],
    *,
    hand: Hand,
    calendar: Calendar,
) -> RefundRow:
    target = target_of(
        asked,
        payer_account=payment.payer_account or "",
        payer_name=payment.payer_name or notice.payer_name,
    )
    limit = limit_after("applied", since=hand.today, shared=False, calendar=calendar)
    found = None if asked.found_on is None else apply_limit(asked.found_on, calendar)
    return RefundRow(
        region=notice.region,
        id=new_id(hand.now),
        payment=payment.id,
        notice=notice.id,
        pay_code=payment.pay_code,
        uscc=notice.uscc,
        payer_name=notice.payer_name,
        unit_code=lines[0].line.unit_code,
        unit_name=lines[0].line.unit_name,
        ground=asked.ground,
        reason=asked.reason.strip(),
        applied_as=asked.applied_as,
        applicant=hand.actor,
        found_on=asked.found_on,
        apply_due=None if found is None else found.day,
        apply_due_provisional=found is not None and found.provisional,
        applied_on=hand.today,
        applied_at=hand.now,
        amount_fen=total_of(line.total for line in lines).fen,
        account_kind=target.kind,
        to_name=target.name,
        to_account=target.account,
        to_bank=asked.to_bank.strip(),
        evidence=asked.evidence.strip(),
        state="applied",
        due_on=None if limit is None else limit.day,
        due_provisional=limit is not None and limit.provisional,
        changed_at=hand.now,
    )


def _line_values(row: RefundRow, line: AskedLine) -> dict[str, object]:
    return {
        "region": row.region,
        "refund": row.id,
        "line_no": line.line.line_no,
        "item_id": line.line.item_id,
        "item_name": line.line.item_name,
        "amount_fen": line.amount.fen,
        "late_fen": line.late.fen,
    }
