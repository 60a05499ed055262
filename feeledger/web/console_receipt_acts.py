"""What officers do with one receipt: split a surplus off, ask that it go back, decide about that (R-U2)."""

from typing import Final

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.unmatched.receipt_actions import (
    Payee,
    ReturnAsked,
    ReturnDone,
    confirm_return,
    refuse_return,
    request_return,
    split_receipt,
)
from feeledger.web.console_door import (
    REASON_NEEDED,
    Shown,
    carry_out,
    done,
    officers,
    refused_page,
)
from feeledger.web.console_unmatched import receipt_shown
from feeledger.web.forms import Form, read_amount, read_day, read_text

receipt_act_pages = Blueprint("receipt_acts", __name__)

PAGE: Final = "/console/payments/unmatched/<record:receipt>"
LONGEST: Final = 2000
EVIDENCE_NEEDED: Final = Text(
    "请写明依据，如申请书、银行回单的名称和编号。",
    "Name the evidence, such as the payer's request or a bank slip, with its number.",
)
REFERENCE_NEEDED: Final = Text(
    "请填写银行退款流水号。", "Enter the bank's reference of the return."
)
ACCOUNT_NEEDED: Final = Text(
    "户名和账号须同时填写。", "Enter both the name and the account, or neither."
)


@receipt_act_pages.post(f"{PAGE}/split")
@officers(Right.CLAIM_RECEIPT)
def split_off(officer: Officer, receipt: int) -> Shown:
    """Split a surplus off a receipt; its parts go on by themselves."""
    form = Form(request.form)
    surplus = read_amount(form, "surplus")
    reason = read_text(form, "split_reason", needed=REASON_NEEDED, longest=LONGEST)
    if form.sound and surplus is not None:
        parts = carry_out(
            form,
            "surplus",
            lambda session: split_receipt(
                session,
                officer.region,
                receipt,
                surplus,
                reason=reason,
                by=officer.login,
                now=kit().clock.now(),
            ),
        )
        if parts is not None:
            text = Text("已拆分。", "The receipt is split.")
            return done(text, "unmatched.show_unmatched", receipt=receipt)
    return refused_page(receipt_shown(officer, receipt, form))


@receipt_act_pages.post(f"{PAGE}/return")
@officers(Right.CLAIM_RECEIPT)
def ask_return(officer: Officer, receipt: int) -> Shown:
    """Ask that a receipt go back to the account it came from; another person confirms."""
    form = Form(request.form)
    evidence = read_text(form, "evidence", needed=EVIDENCE_NEEDED, longest=LONGEST)
    reason = read_text(form, "return_reason", needed=REASON_NEEDED, longest=LONGEST)
    payee = _payee(form)
    if form.sound:
        asked = carry_out(
            form,
            "return_reason",
            lambda session: request_return(
                session,
                officer.region,
                receipt,
                ReturnAsked(reason, evidence, payee),
                by=officer.login,
                now=kit().clock.now(),
            ),
        )
        if asked is not None:
            text = Text("已申请退回，待另一人确认。", "Asked for; another person confirms it.")
            return done(text, "unmatched.show_unmatched", receipt=receipt)
    return refused_page(receipt_shown(officer, receipt, form))


@receipt_act_pages.post(f"{PAGE}/return/confirm")
@officers(Right.AUDIT_RECEIPT)
def confirm_sent_back(officer: Officer, receipt: int) -> Shown:
    """Confirm by the bank's own record that the money went back, and post it."""
    form = Form(request.form)
    returned_on = read_day(form, "returned_on")
    reference = read_text(form, "bank_reference", needed=REFERENCE_NEEDED, longest=80)
    if form.sound and returned_on is not None:
        told = ReturnDone(returned_on, reference)

        def confirm(session: Session) -> bool:
            confirm_return(
                session,
                officer.region,
                receipt,
                told,
                by=officer.login,
                now=kit().clock.now(),
            )
            return True

        if carry_out(form, "returned_on", confirm):
            text = Text("已确认退回并记账。", "The return is confirmed and posted.")
            return done(text, "unmatched.show_unmatched", receipt=receipt)
    return refused_page(receipt_shown(officer, receipt, form))


@receipt_act_pages.post(f"{PAGE}/return/refuse")
@officers(Right.AUDIT_RECEIPT)
def refuse_to_send_back(officer: Officer, receipt: int) -> Shown:
    """Refuse a return that was asked for; the receipt is free again."""
    form = Form(request.form)
    reason = read_text(form, "refuse_reason", needed=REASON_NEEDED, longest=LONGEST)
    if form.sound:

        def refuse(session: Session) -> bool:
            refuse_return(
                session,
                officer.region,
                receipt,
                reason=reason,
                by=officer.login,
                now=kit().clock.now(),
            )
            return True

        if carry_out(form, "refuse_reason", refuse):
            text = Text("已退回申请，款项可另行办理。", "Refused; the receipt is free again.")
            return done(text, "unmatched.show_unmatched", receipt=receipt)
    return refused_page(receipt_shown(officer, receipt, form))


def _payee(form: Form) -> Payee | None:
    """Read whom the money goes back to; None where the officer names nobody."""
    name = read_text(form, "payee_name", needed=None)
    account = read_text(form, "payee_account", needed=None, longest=64)
    if not name and not account:
        return None
    if not (name and account):
        form.refuse("payee_account" if name else "payee_name", ACCOUNT_NEEDED)
    return Payee(name, account, read_text(form, "payee_bank", needed=None) or None)
