"""Refunds as the payer meets them: asking back from the notice's own page, and each step with its limit.

Opened by the same codes as the notice (``payer_session``); another's refund looks like none at all.
"""

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from feeledger.callers.actions import REPORTS
from feeledger.doors import count_call_here, kit, working_days
from feeledger.errors import Text
from feeledger.money import Money
from feeledger.notices.queries import notice_of
from feeledger.notices.tables import NoticeRow
from feeledger.refunds.actions import (
    apply_for_refund,
    attach_refund_files,
    hold_refund,
    standing_payment,
    withdraw_refund,
)
from feeledger.refunds.application import Application, RefundRefused
from feeledger.refunds.hands import offers_to
from feeledger.refunds.queries import RefundMissing, refund_of
from feeledger.refunds.refund import ASKING, Hand
from feeledger.refunds.tables import RefundRow
from feeledger.refunds.view_queries import (
    Refundable,
    left_in_all,
    refund_seen,
    refundable_of_payment,
    standing_of,
)
from feeledger.web.console_door import REASON_NEEDED, carry_out, refused_page
from feeledger.web.formats import masked_account
from feeledger.web.forms import Form, read_text
from feeledger.web.language import link, say
from feeledger.web.notice_pages import own_notice
from feeledger.web.payer_session import payer_here
from feeledger.web.present import today
from feeledger.web.refund_forms import ask_back, attached_text, read_application
from feeledger.web.refund_views import PAYER, names_of_refunds, steps_of
from feeledger.web.report_pages import files_of_form

payer_refund_pages = Blueprint("payer_refunds", __name__)

APPLY: Final = "/lookup/notices/<region>/<record:notice>/refund"
PAGE: Final = "/lookup/refunds/<region>/<record:refund>"
NOT_YOURS: Final = Text(
    "本单位没有这笔退付。请从通知书页面进入。",
    "Your enterprise has no such refund. Open it from the page of its notice.",
)


@payer_refund_pages.get(APPLY)
def show_application(region: str, notice: int) -> str | Response:
    """Show the form to ask money of an own paid notice back. Raises NoticeMissing, NothingPaid."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    return _application_page(region, notice, uscc, Form())


@payer_refund_pages.post(APPLY)
def apply(region: str, notice: int) -> str | Response:
    """Take the payer's own application."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    count_call_here(REPORTS)
    form = Form(request.form)
    with kit().store.read() as session:
        lines = _lines(session, own_notice(session, region, notice, uscc))
    asked = read_application(form, lines, applied_as="payer")
    if form.sound:

        def act(session: Session) -> int:
            own = own_notice(session, region, notice, uscc).id
            row = notice_of(session, region, own, for_update=True)
            _demand_free(asked, _lines(session, row))
            hand = _hand(uscc, "")
            return apply_for_refund(
                session, region, row.id, asked, hand=hand, calendar=working_days()
            ).id

        refund = ask_back(form, act)
        if refund is not None:
            flash(say(Text("退付申请已提交，请留意各步期限。", "Your application is in.")))
            address = link("payer_refunds.show_refund", region=region, refund=refund)
            return redirect(address, code=303)
    return refused_page(_application_page(region, notice, uscc, form))


@payer_refund_pages.get(PAGE)
def show_refund(region: str, refund: int) -> str | Response:
    """Show an own refund: each step with its limit and date, the decision and its reason."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    return _refund_page(region, refund, uscc, Form())


@payer_refund_pages.post(f"{PAGE}/files")
def attach(region: str, refund: int) -> str | Response:
    """Attach the payer's own evidence before the refund is decided. Raises TooManyRequests."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    count_call_here(REPORTS)
    form = Form(request.form)

    def act(session: Session) -> int:
        own_refund_of(session, region, refund, uscc)
        hand = _hand(uscc, "")
        return attach_refund_files(session, region, refund, files_of_form(), hand=hand)

    attached = carry_out(form, "files", act)
    if attached is not None:
        flash(say(attached_text(attached)))
        address = link("payer_refunds.show_refund", region=region, refund=refund)
        return redirect(address, code=303)
    return refused_page(_refund_page(region, refund, uscc, form))


@payer_refund_pages.post(f"{PAGE}/withdrawal")
def withdraw(region: str, refund: int) -> str | Response:
    """Take the payer's own application back before it is decided."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    form = Form(request.form)
    reason = read_text(form, "withdraw_reason", needed=REASON_NEEDED, longest=2000)
    if form.sound:

        def act(session: Session) -> bool:
            own_refund_of(session, region, refund, uscc)
            row, _ = hold_refund(session, region, refund)
            _demand_own_application(session, row, uscc)
            hand = _hand(uscc, reason)
            withdraw_refund(session, region, refund, hand=hand, calendar=working_days())
            return True

        if carry_out(form, "withdraw_reason", act):
            flash(say(Text("申请已撤回。", "The application is withdrawn.")))
            address = link("payer_refunds.show_refund", region=region, refund=refund)
            return redirect(address, code=303)
    return refused_page(_refund_page(region, refund, uscc, form))


def own_refund_of(session: Session, region: str, refund: int, uscc: str) -> RefundRow:
    """Find a refund of an enterprise; another's looks like none at all. Raises RefundMissing."""
    try:
        row = refund_of(session, region, refund)
    except RefundMissing as missing:
        raise RefundMissing(NOT_YOURS) from missing
    if row.uscc != uscc:
        raise RefundMissing(NOT_YOURS)
    return row


def _application_page(region: str, notice: int, uscc: str, form: Form) -> str:
    with kit().store.read() as session:
        row = own_notice(session, region, notice, uscc)
        payment = standing_payment(session, row)
        lines = refundable_of_payment(session, payment)
        return render_template(
            "lookup/refund_apply.html",
            form=form,
            notice=row,
            payment=payment,
            paid=Money(payment.amount_fen),
            lines=lines,
            left=left_in_all(lines),
            masked_account=masked_account,
            **names_of_refunds(),
        )


def _refund_page(region: str, refund: int, uscc: str, form: Form) -> str:
    with kit().store.read() as session:
        own_refund_of(session, region, refund, uscc)
        seen = refund_seen(session, region, refund)
        offers = offers_to(seen.standing, PAYER + uscc, lambda _: False)
        return render_template(
            "lookup/refund.html",
            form=form,
            seen=seen,
            row=seen.row,
            amount=Money(seen.row.amount_fen),
            line_amounts=[(line, Money(line.amount_fen + line.late_fen)) for line in seen.lines],
            left=left_in_all(refundable_of_payment(session, seen.payment)),
            attachable=seen.row.state in ASKING,
            withdrawable=any(offer.event == "withdraw" for offer in offers),
            hand=_hand_shown,
            masked_account=masked_account,
            **steps_of(seen),
            **names_of_refunds(),
        )


def _lines(session: Session, row: NoticeRow) -> tuple[Refundable, ...]:
    return refundable_of_payment(session, standing_payment(session, row))


def _demand_free(asked: Application, lines: tuple[Refundable, ...]) -> None:
    """Let nobody ask twice for the same money: what is asked and not decided is not free.

    Under the notice's lock, so that of two sent at once one is first. Raises RefundRefused.
    """
    faults = []
    for one in lines:
        amount = asked.amounts.get(one.line.line_no, Money(0))
        if amount and one.asked and amount + one.asked > one.left:
            fault = Text(
                f"该行可退 {one.left} 元，其中 {one.asked} 元已申请、未决定；"
                "请减少金额，或先撤回原申请。",
                f"{one.left} of this line can be given back, and {one.asked} of it is asked already "
                "and not decided; ask for less, or withdraw that application first.",
            )
            faults.append((f"amount_{one.line.line_no}", fault))
    if faults:
        raise RefundRefused(faults)


def _demand_own_application(session: Session, row: RefundRow, uscc: str) -> None:
    offers = offers_to(standing_of(session, row), PAYER + uscc, _nothing)
    if not any(offer.event == "withdraw" for offer in offers):
        raise RefundMissing(
            Text(
                "这笔申请现在不能由您撤回：已经决定，或由窗口代为提出。",
                "You cannot withdraw this application now: it is decided, or was entered at the desk.",
            )
        )


def _nothing(_: object) -> bool:
    return False


def _hand(uscc: str, reason: str) -> Hand:
    return Hand(PAYER + uscc, today(), kit().clock.now(), reason)


def _hand_shown(actor: str) -> str:
    """Name whoever took a step as the payer needs it: themselves, or the authorities."""
    if actor.startswith(PAYER):
        return say(Text("本企业", "your enterprise"))
    return say(Text("经办人员", "an officer"))
