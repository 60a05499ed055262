"""The receipt of a payment as its payer sees it: what was paid, and how far it is proved; the proof as a file.

The page always serves the newest proof: of the block about a minute after the payment, of the
signed day after the close. Each is checked here as the payer would before it is offered.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

from flask import Blueprint, Response, make_response, redirect, render_template
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from feeledger.audits import bound_by_seal
from feeledger.doors import kit
from feeledger.ledger.proof_check_queries import check_against_published
from feeledger.ledger.seal_queries import entry_proof, seal_chain
from feeledger.money import Money, amount_in_words
from feeledger.notices.tables import NoticeRow
from feeledger.payments.queries import payment_of_notice
from feeledger.payments.tables import PaymentRow
from feeledger.regions.tables import DesignatedAccountRow
from feeledger.signatures import canonical_bytes
from feeledger.web.language import link
from feeledger.web.notice_pages import own_notice
from feeledger.web.payer_session import payer_here
from feeledger.web.region_choices import name_of_region

payer_receipt_pages = Blueprint("payer_receipt", __name__)

ProofState = Literal["waiting", "block", "day", "broken"]
TONES: Final = {"waiting": "warn", "block": "note", "day": "good", "broken": "bad"}


@dataclass(frozen=True, slots=True)
class Proved:
    """How far a payment is proved, and its proof (docs/proof.md); none before it is sealed."""

    state: ProofState
    document: dict[str, Any] | None = None


@payer_receipt_pages.get("/lookup/notices/<region>/<int:notice>/receipt")
def show_receipt(region: str, notice: int) -> str | AnyResponse:
    """Show the receipt of an own notice, or that nothing was paid on it."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    with kit().store.read() as session:
        row = own_notice(session, region, notice, uscc)
        payment = payment_of_notice(session, region, row.id)
        return render_template("lookup/receipt.html", **_shown(session, row, payment))


@payer_receipt_pages.get("/lookup/notices/<region>/<int:notice>/proof")
def give_proof(region: str, notice: int) -> Response | AnyResponse:
    """Give the newest proof as a file; before there is one, the receipt says so."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    with kit().store.read() as session:
        row = own_notice(session, region, notice, uscc)
        payment = payment_of_notice(session, region, row.id)
        proved = None if payment is None else proof_of_payment(session, payment)
        pay_code = row.pay_code
    if proved is None or proved.document is None:
        address = link("payer_receipt.show_receipt", region=region, notice=notice)
        return redirect(address, code=303)
    answer = make_response(canonical_bytes(proved.document))
    answer.headers["Content-Type"] = "application/json"
    name = f"{pay_code}-{proved.state}.json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def proof_of_payment(session: Session, payment: PaymentRow) -> Proved:
    """Make the newest proof of a payment, and check it as whoever gets it would."""
    document = entry_proof(session, payment.region, payment.entry, bound_by_seal)
    if document is None:
        return Proved("waiting")
    if not check_against_published(session, canonical_bytes(document)).holds:
        return Proved("broken", document)
    return Proved("block" if document["day"] is None else "day", document)


def _shown(session: Session, row: NoticeRow, payment: PaymentRow | None) -> dict[str, Any]:
    shown = {
        "notice": row,
        "region_name": name_of_region(row.region, row.issued_on),
        "payment": payment,
    }
    if payment is None:
        return shown
    proved = proof_of_payment(session, payment)
    chain = seal_chain(session, row.region)
    return {
        **shown,
        "paid": Money(payment.amount_fen),
        "late": Money(payment.late_fen),
        "refunded": Money(row.refunded_fen),
        "words": amount_in_words(Money(payment.amount_fen)),
        "account": session.get(DesignatedAccountRow, (row.region, payment.account)),
        "proof": proved.document,
        "state": proved.state,
        "tone": TONES[proved.state],
        "looked_at": None if chain is None else chain.checked_at,
    }
