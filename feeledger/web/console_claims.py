"""Claims in the console: the list, a claim being put together, one claim with its history (R-U1, R-U3)."""

from typing import Any, Final

from flask import Blueprint, request
from werkzeug.datastructures import MultiDict

from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.money import Money
from feeledger.notices.notice import STATUS_LABELS
from feeledger.people.queries import Officer, names_of_officers
from feeledger.people.roles import Right
from feeledger.unmatched.claim import PARTS_MAX
from feeledger.unmatched.claim_actions import Proposal, propose_claim
from feeledger.unmatched.claim_list_queries import (
    CLAIM_STATES,
    claim_seen,
    find_claims,
    total_of_claims,
)
from feeledger.unmatched.draft_queries import (
    ClaimDraft,
    NoticesSought,
    draft_of,
    notices_sought,
    notices_suggested,
    payers_notices_that_fit,
    receipts_suggested,
)
from feeledger.web.console_door import (
    REASON_NEEDED,
    Shown,
    carry_out,
    console_page,
    done,
    officers,
    record_number,
    refused_page,
)
from feeledger.web.console_notices import searched_text
from feeledger.web.console_trail_words import shown_acts
from feeledger.web.console_unmatched import names_of_receipts
from feeledger.web.formats import plain_code
from feeledger.web.forms import Form, read_amount, read_text
from feeledger.web.language import link
from feeledger.web.lookup_views import STATUS_TONES
from feeledger.web.paging import Page, asked_page

claim_pages = Blueprint("claims", __name__)

WAITING: Final = "proposed"
ALL: Final = "all"
REASON_MAX: Final = 2000
CLAIM_TONES: Final = {
    "proposed": "warn",
    "audited": "note",
    "booked": "good",
    "rejected": "",
    "withdrawn": "",
    "dropped": "",
}
CHOSEN_NONE: Final = Text("请先选择款项和通知书。", "Choose receipts and notices first.")


@claim_pages.get("/console/payments/claims")
@officers(Right.SEE_PAYMENTS)
def list_claims(officer: Officer) -> Shown:
    """Show the claims in a state; those that wait for their audit unless asked otherwise."""
    form = Form(request.args)
    chosen = form.value("state")
    state = chosen if chosen in {*CLAIM_STATES, ALL} else WAITING
    wanted = "" if state == ALL else state
    region = officer.region
    with kit().store.read() as session:
        count, total = total_of_claims(session, region, wanted)
        asked = asked_page(request.args).within(count)
        rows = find_claims(session, region, wanted, limit=asked.size, offset=asked.offset)
        names = names_of_officers(session)
    return console_page(
        "console/claims.html",
        officer,
        form=form,
        state=state,
        all_states={**CLAIM_STATES, ALL: Text("全部", "all")},
        page=Page(rows, asked.number, asked.size, count),
        total=total,
        names=names,
        **_names_of_claims(),
    )


@claim_pages.get("/console/payments/claims/new")
@officers(Right.CLAIM_RECEIPT)
def draw_up_claim(officer: Officer) -> Shown:
    """Show what is chosen for a claim so far, what might go with it, and whether the sums fit."""
    return _draft_page(officer, Form(request.args))


@claim_pages.post("/console/payments/claims/new")
@officers(Right.CLAIM_RECEIPT)
def propose(officer: Officer) -> Shown:
    """Propose the claim; another person audits it."""
    form = Form(request.form)
    receipts, codes = _chosen(form.written)
    reason = read_text(form, "reason", needed=REASON_NEEDED, longest=REASON_MAX)
    if not (receipts and codes):
        form.refuse("reason", CHOSEN_NONE)
    if form.sound:
        proposal = Proposal(tuple(receipts), tuple(codes), reason)
        claim = carry_out(
            form,
            "reason",
            lambda session: propose_claim(
                session, officer.region, proposal, by=officer.login, now=kit().clock.now()
            ),
        )
        if claim is not None:
            text = Text("已提出认领，待另一人审核。", "Proposed; another person audits it.")
            return done(text, "claims.show_claim", claim=claim)
    return refused_page(_draft_page(officer, form))


@claim_pages.get("/console/payments/claims/<record:claim>")
@officers(Right.SEE_PAYMENTS)
def show_claim(officer: Officer, claim: int) -> Shown:
    """Show a claim with its receipts, its notices and what was done."""
    return claim_shown(officer, claim, Form())


def claim_shown(officer: Officer, claim: int, form: Form) -> str:
    """Make the page of one claim, perhaps with what a form got wrong. Raises ClaimMissing."""
    with kit().store.read() as session:
        seen = claim_seen(session, officer.region, claim)
        names = names_of_officers(session)
        return console_page(
            "console/claim.html",
            officer,
            at=link("claims.show_claim", claim=claim),
            form=form,
            seen=seen,
            row=seen.row,
            came=Money(seen.row.amount_fen),
            history=shown_acts(seen.acts, names),
            names=names,
            **_names_of_claims(),
            **names_of_receipts(),
        )


def _draft_page(officer: Officer, form: Form) -> str:
    receipts, codes = _chosen(form.written)
    sought = NoticesSought(
        text=searched_text(form.value("text")),
        amount=read_amount(form, "amount", needed=False),
    )
    with kit().store.read() as session:
        draft = draft_of(session, officer.region, receipts, codes)
        suggested = notices_suggested(session, officer.region, draft)
        found = notices_sought(session, officer.region, draft, sought)
        known = _choice(draft)
        return console_page(
            "console/claim_new.html",
            officer,
            at=link("claims.draw_up_claim", **known),
            form=form,
            draft=draft,
            choice=known,
            sought=bool(sought.text or sought.amount),
            found=found,
            suggested=suggested,
            together=payers_notices_that_fit(suggested, draft),
            others=receipts_suggested(session, officer.region, draft),
            at_choice=_at_choice(known),
            parts_max=PARTS_MAX,
            **_names_of_claims(),
            **names_of_receipts(),
        )


def _choice(draft: ClaimDraft) -> dict[str, list[str]]:
    """Give what is chosen as the parts of an address."""
    return {
        "receipt": [str(row.id) for row in draft.receipts],
        "code": [one.row.pay_code or "" for one in draft.notices],
    }


def _at_choice(known: dict[str, list[str]]) -> Any:
    """Give the maker of addresses with some more chosen, or one thing less."""

    def address(*, more: dict[str, Any] | None = None, less: dict[str, Any] | None = None) -> str:
        parts = {}
        for name, values in known.items():
            added = (more or {}).get(name, [])
            gone = str((less or {}).get(name, ""))
            kept = [value for value in values if value != gone]
            parts[name] = [*kept, *(added if isinstance(added, list) else [str(added)])]
        return link("claims.draw_up_claim", **parts)

    return address


def _chosen(written: MultiDict[str, str]) -> tuple[list[int], list[str]]:
    """Read the receipts and pay codes chosen; what cannot be one is left out."""
    numbers = (record_number(text) for text in written.getlist("receipt"))
    codes = (plain_code(text)[:40] for text in written.getlist("code"))
    return (
        list(dict.fromkeys(number for number in numbers if number is not None)),
        list(dict.fromkeys(code for code in codes if code)),
    )


def _names_of_claims() -> dict[str, Any]:
    return {
        "claim_states": CLAIM_STATES,
        "claim_tones": CLAIM_TONES,
        "notice_states": STATUS_LABELS,
        "notice_tones": STATUS_TONES,
    }
