"""What officers do with refunds: apply on a paid notice, verify, decide, pay, withdraw.

Who may do which act is said by the right of its view and, person by person, by ``refunds/hands.py``.
"""

from collections.abc import Callable, Collection
from typing import Any, Final, cast

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.doors import kit, working_days
from feeledger.errors import Text
from feeledger.payments.tables import PaymentRow
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.refunds.actions import (
    apply_for_refund,
    approve_refund,
    attach_refund_files,
    forward_refund,
    hold_refund,
    reject_refund,
    standing_payment,
    verify_refund,
    withdraw_refund,
)
from feeledger.refunds.hands import demand_step
from feeledger.refunds.money_actions import pay_refund
from feeledger.refunds.queries import refunds_of_notice
from feeledger.refunds.refund import EVENT_TEXTS, Event, Hand
from feeledger.refunds.view_queries import (
    Refundable,
    left_in_all,
    refundable_of_payment,
    standing_of,
)
from feeledger.web.console_door import (
    REASON_NEEDED,
    Shown,
    carry_out,
    console_page,
    done,
    officers,
    own_unit,
    refused_page,
)
from feeledger.web.console_notices import own_notice
from feeledger.web.console_refunds import own_refund, refund_shown
from feeledger.web.forms import Form, read_choice, read_text
from feeledger.web.language import link
from feeledger.web.present import today
from feeledger.web.refund_forms import ask_back, attached_text, read_application
from feeledger.web.refund_views import listed, names_of_refunds
from feeledger.web.report_pages import files_of_form

refund_act_pages = Blueprint("refund_acts", __name__)

PAGE: Final = "/console/refunds/<record:refund>"
APPLY: Final = "/console/notices/<record:notice>/refund"
LONGEST: Final = 2000
STEP_NEEDED: Final = Text("请选择要办理什么。", "Choose what to do.")
NUMBER_NEEDED: Final = Text(
    "请填写银行或国库的支付流水号。", "Enter the number of the bank's or treasury's payment."
)
ACTS: Final[dict[str, Callable[..., Any]]] = {
    "verify": verify_refund,
    "forward": forward_refund,
    "approve": approve_refund,
    "reject": reject_refund,
    "withdraw": withdraw_refund,
}
WITHDRAWAL: Final[tuple[Event, ...]] = ("withdraw",)
REASON_OPTIONAL: Final = frozenset({"verify", "forward", "approve"})


@refund_act_pages.get(APPLY)
@officers(Right.APPLY_FOR_REFUND)
def show_application(officer: Officer, notice: int) -> Shown:
    """Show the form to ask money of a paid notice back. Raises NoticeMissing, NothingPaid."""
    return _application_page(officer, notice, Form())


@refund_act_pages.post(APPLY)
@officers(Right.APPLY_FOR_REFUND)
def apply(officer: Officer, notice: int) -> Shown:
    """Take an application: of the payer at the desk, or of the unit for what it found itself."""
    form = Form(request.form)
    lines = _lines(officer, notice)
    asked = read_application(form, lines, applied_as=None)
    if form.sound:
        refund = ask_back(
            form,
            lambda session: (
                apply_for_refund(
                    session,
                    officer.region,
                    notice,
                    asked,
                    hand=_hand(officer, ""),
                    calendar=working_days(),
                ).id
            ),
        )
        if refund is not None:
            text = Text("退付已申请，待核实。", "The refund is applied for; it will be verified.")
            return done(text, "refunds.show_refund", refund=refund)
    return refused_page(_application_page(officer, notice, form))


@refund_act_pages.post(f"{PAGE}/files")
@officers(Right.APPLY_FOR_REFUND)
def attach(officer: Officer, refund: int) -> Shown:
    """Attach evidence that came later, at the desk or from the unit, before it is decided."""
    form = Form(request.form)

    def act(session: Session) -> int:
        own_refund(session, officer, refund)
        hand, files = _hand(officer, ""), files_of_form()
        return attach_refund_files(session, officer.region, refund, files, hand=hand)

    attached = carry_out(form, "files", act)
    if attached is not None:
        return done(attached_text(attached), "refunds.show_refund", refund=refund)
    return refused_page(refund_shown(officer, refund, form))


@refund_act_pages.post(f"{PAGE}/verification")
@officers(Right.VERIFY_REFUND)
def verify(officer: Officer, refund: int) -> Shown:
    """Confirm an application for the unit, or refuse it with the reason that the payer sees."""
    return _step(officer, refund, ("verify", "reject"), "verify_reason")


@refund_act_pages.post(f"{PAGE}/decision")
@officers(Right.DECIDE_REFUND)
def decide(officer: Officer, refund: int) -> Shown:
    """Approve a verified refund, pass it up, or refuse it with the reason that the payer sees."""
    return _step(officer, refund, ("approve", "forward", "reject"), "decide_reason")


@refund_act_pages.post(f"{PAGE}/withdrawal")
@officers(Right.APPLY_FOR_REFUND)
def withdraw(officer: Officer, refund: int) -> Shown:
    """Take one's own application back before it is decided."""
    return _step(officer, refund, WITHDRAWAL, "withdraw_reason")


@refund_act_pages.post(f"{PAGE}/payment")
@officers(Right.PAY_REFUND)
def pay(officer: Officer, refund: int) -> Shown:
    """Note that an approved refund was paid, under the bank's or treasury's number, and post it."""
    form = Form(request.form)
    number = read_text(form, "payment_no", needed=NUMBER_NEEDED, longest=60)
    if form.sound:

        def act(session: Session) -> bool:
            own_refund(session, officer, refund)
            pay_refund(session, officer.region, refund, payment_no=number, hand=_hand(officer, ""))
            return True

        if carry_out(form, "payment_no", act):
            text = Text("已支付并记账。", "The refund is paid and posted.")
            return done(text, "refunds.show_refund", refund=refund)
    return refused_page(refund_shown(officer, refund, form))


def _step(officer: Officer, refund: int, allowed: Collection[Event], reason_field: str) -> Shown:
    """Take one step of a refund, or show what stands against it."""
    form = Form(request.form)
    only = next(iter(allowed)) if len(allowed) == 1 else ""
    event = cast("Event", only or read_choice(form, "event", allowed, needed=STEP_NEEDED))
    needed = None if event in REASON_OPTIONAL else REASON_NEEDED
    reason = read_text(form, reason_field, needed=needed, longest=LONGEST)
    if form.sound:

        def act(session: Session) -> bool:
            own_refund(session, officer, refund)
            row, _ = hold_refund(session, officer.region, refund)
            demand_step(standing_of(session, row), event, officer.login, officer.role)
            hand = _hand(officer, reason)
            ACTS[event](session, officer.region, refund, hand=hand, calendar=working_days())
            return True

        if carry_out(form, reason_field, act):
            name = EVENT_TEXTS[event]
            text = Text(f"已办理：{name.zh}。", f"Done: {name.en}.")
            return done(text, "refunds.show_refund", refund=refund)
    return refused_page(refund_shown(officer, refund, form))


def _application_page(officer: Officer, notice: int, form: Form) -> str:
    region = officer.region
    with kit().store.read() as session:
        row = own_notice(session, officer, notice)
        payment = standing_payment(session, row)
        lines = _own_lines(session, officer, payment)
        earlier = [
            listed(one)
            for one in refunds_of_notice(session, region, notice)
            if own_unit(officer) in (None, one.unit_code)
        ]
        return console_page(
            "console/refund_apply.html",
            officer,
            at=link("refund_acts.show_application", notice=notice),
            form=form,
            notice=row,
            payment=payment,
            lines=lines,
            left=left_in_all(lines),
            earlier=earlier,
            day=today(),
            **names_of_refunds(),
        )


def _lines(officer: Officer, notice: int) -> tuple[Refundable, ...]:
    with kit().store.read() as session:
        row = own_notice(session, officer, notice)
        return _own_lines(session, officer, standing_payment(session, row))


def _own_lines(session: Session, officer: Officer, payment: PaymentRow) -> tuple[Refundable, ...]:
    """Give the lines of which an officer may ask money back: a department's are its own."""
    unit = own_unit(officer)
    lines = refundable_of_payment(session, payment)
    return tuple(one for one in lines if unit in (None, one.line.unit_code))


def _hand(officer: Officer, reason: str) -> Hand:
    return Hand(officer.login, today(), kit().clock.now(), reason)
