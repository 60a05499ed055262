"""What officers do with a proposed claim: audit or reject it, book it, withdraw it (R-U1, R-U3)."""

from collections.abc import Callable
from typing import Final

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.unmatched.claim_actions import audit_claim, book_claim, reject_claim, withdraw_claim
from feeledger.web.console_claims import REASON_MAX, claim_shown
from feeledger.web.console_door import (
    REASON_NEEDED,
    Shown,
    carry_out,
    done,
    officers,
    refused_page,
)
from feeledger.web.forms import Form, read_text

claim_act_pages = Blueprint("claim_acts", __name__)

PAGE: Final = "/console/payments/claims/<record:claim>"


@claim_act_pages.post(f"{PAGE}/audit")
@officers(Right.AUDIT_RECEIPT)
def audit(officer: Officer, claim: int) -> Shown:
    """Let a claim be booked; a payer who differs must be confirmed."""
    form = Form(request.form)
    reason = read_text(form, "audit_reason", needed=None, longest=REASON_MAX)
    confirmed = form.value("payer_confirmed") == "yes"

    def act(session: Session) -> None:
        audit_claim(
            session,
            officer.region,
            claim,
            payer_confirmed=confirmed,
            reason=reason,
            by=officer.login,
            now=kit().clock.now(),
        )

    said = Text("审核通过，待入账。", "Audited; it can be booked.")
    return _act_or_page(officer, claim, form, "audit_reason", act, said=said)


@claim_act_pages.post(f"{PAGE}/reject")
@officers(Right.AUDIT_RECEIPT)
def reject(officer: Officer, claim: int) -> Shown:
    """Refuse a claim with a reason; its receipts are free again."""
    form = Form(request.form)
    reason = read_text(form, "reject_reason", needed=REASON_NEEDED, longest=REASON_MAX)

    def act(session: Session) -> None:
        now = kit().clock.now()
        reject_claim(session, officer.region, claim, reason=reason, by=officer.login, now=now)

    said = Text("认领已退回，款项可另行办理。", "Rejected; its receipts are free again.")
    return _act_or_page(officer, claim, form, "reject_reason", act, said=said)


@claim_act_pages.post(f"{PAGE}/book")
@officers(Right.CLAIM_RECEIPT)
def book(officer: Officer, claim: int) -> Shown:
    """Pay every notice of an audited claim from its receipts, all or none."""
    form = Form(request.form)

    def act(session: Session) -> None:
        book_claim(session, officer.region, claim, by=officer.login, now=kit().clock.now())

    said = Text("已入账，通知书已缴清。", "Booked; its notices are paid.")
    return _act_or_page(officer, claim, form, "book", act, said=said)


@claim_act_pages.post(f"{PAGE}/withdraw")
@officers(Right.CLAIM_RECEIPT)
def withdraw(officer: Officer, claim: int) -> Shown:
    """Give up a claim that is not booked; its receipts are free again."""
    form = Form(request.form)
    reason = read_text(form, "withdraw_reason", needed=REASON_NEEDED, longest=REASON_MAX)

    def act(session: Session) -> None:
        now = kit().clock.now()
        withdraw_claim(session, officer.region, claim, reason=reason, by=officer.login, now=now)

    said = Text("认领已撤回，款项可另行办理。", "Withdrawn; its receipts are free again.")
    return _act_or_page(officer, claim, form, "withdraw_reason", act, said=said)


def _act_or_page(
    officer: Officer,
    claim: int,
    form: Form,
    name: str,
    act: Callable[[Session], None],
    *,
    said: Text,
) -> Shown:
    """Do an act and say so, or show the page again with what is wrong beside the field ``name``."""

    def acted(session: Session) -> bool:
        act(session)
        return True

    if form.sound and carry_out(form, name, acted):
        return done(said, "claims.show_claim", claim=claim)
    return refused_page(claim_shown(officer, claim, form))
