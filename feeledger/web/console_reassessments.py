"""Re-assessments in the console: proposals with their explanation, another person's decision, the result."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.catalog.queries import edition_in_use, edition_of, editions_published
from feeledger.doors import key_ring, kit, working_days
from feeledger.enterprises.queries import enterprise_of
from feeledger.enterprises.reassessment_actions import (
    count_reassessments_due,
    reassessments_due,
)
from feeledger.errors import Text
from feeledger.judgements import narrow_upper
from feeledger.notices.queries import notice_of
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.reassessments.actions import (
    Order,
    Proposal,
    approve_reassessment,
    propose_reassessment,
    reject_reassessment,
)
from feeledger.reassessments.booking_actions import Booking, Payback
from feeledger.reassessments.duty_queries import Basis, Period
from feeledger.reassessments.queries import (
    ReassessmentsWanted,
    bookings_of,
    count_reassessments,
    find_reassessments,
    lines_of_reassessment,
    reassessment_of,
)
from feeledger.reassessments.tables import ReassessmentBookingRow, ReassessmentLineRow
from feeledger.trail import acts_about
from feeledger.web.console_door import (
    REASON_NEEDED,
    Shown,
    carry_out,
    console_page,
    done,
    officers,
    refused_page,
)
from feeledger.web.console_names import keep_names_of_payers
from feeledger.web.console_trail_words import shown_acts
from feeledger.web.forms import Form, read_choice, read_day, read_text
from feeledger.web.language import link, page_language
from feeledger.web.paging import Page, asked_page

reassessment_pages = Blueprint("reassessments", __name__)

STATE_TEXTS: Final = {
    "proposed": Text("待批准", "to be decided"),
    "approved": Text("已批准", "approved"),
    "rejected": Text("不同意", "rejected"),
    "superseded": Text("已被新的测算取代", "superseded by a later one"),
}
STATE_TONES: Final = {"proposed": "warn", "approved": "good"}
BOOKING_TEXTS: Final = {
    "supplement": Text("补开通知书", "Additional notice issued"),
    "replacement": Text("重开通知书", "Notice issued in place of the unpaid one"),
    "void": Text("作废未缴通知书", "Unpaid notice voided"),
    "refund": Text("申请退付", "Refund applied for"),
}
CODE_NEEDED: Final = Text("请填写企业的信用代码。", "Enter the enterprise's credit code.")
VERDICT_NEEDED: Final = Text("请选择批准或不同意。", "Choose to approve or to reject.")
FILTERS: Final = ("state", "text")
DUE_SHOWN: Final = 20
REASON_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class LineShown:
    """One difference: the row, why in the page's language, the documents behind it."""

    row: ReassessmentLineRow
    pay_code: str | None
    why: Sequence[str]
    documents: Sequence[str]


@dataclass(frozen=True, slots=True)
class BookedShown:
    """One thing that an approval did, and the notice that it touched."""

    row: ReassessmentBookingRow
    name: Text
    pay_code: str | None


@reassessment_pages.get("/console/reassessments")
@officers(Right.SEE_PAYMENTS)
def list_reassessments(officer: Officer) -> Shown:
    """Show the re-assessments that fit, those that wait first, and who is due for one."""
    return _list_page(officer, Form(request.args), Form())


@reassessment_pages.post("/console/reassessments")
@officers(Right.PROPOSE_REASSESSMENT)
def propose(officer: Officer) -> Shown:
    """Assess one enterprise again and keep the differences for another person to approve."""
    form = Form(request.form)
    code = narrow_upper(read_text(form, "uscc", needed=CODE_NEEDED, longest=40))
    reason = read_text(form, "reason", needed=REASON_NEEDED, longest=REASON_MOST)
    since = read_day(form, "since", needed=False)
    until = read_day(form, "until", needed=False)
    if form.sound:
        now, day = kit().clock.now(), kit().clock.today()

        def work(session: Session) -> Proposal:
            asked = form.value("edition")
            catalog = edition_of(session, asked) if asked else edition_in_use(session)
            basis, period = Basis(catalog, now), Period(since, until)
            order = Order(basis, period, reason, officer.login, day, now)
            return propose_reassessment(session, officer.region, code, order)

        found = carry_out(form, "uscc", work)
        if found is not None and found.row is not None:
            said = _said_of(found)
            return done(said, "reassessments.show_reassessment", reassessment=found.row.id)
        if found is not None:
            form.refuse("uscc", _nothing_of(found))
    return refused_page(_list_page(officer, Form(), form))


@reassessment_pages.get("/console/reassessments/<record:reassessment>")
@officers(Right.SEE_PAYMENTS)
def show_reassessment(officer: Officer, reassessment: int) -> Shown:
    """Show a proposal: each difference and why, the decision, and what it booked."""
    return _reassessment_page(officer, reassessment, Form())


@reassessment_pages.post("/console/reassessments/<record:reassessment>")
@officers(Right.APPROVE_REASSESSMENT)
def decide(officer: Officer, reassessment: int) -> Shown:
    """Approve a proposal, which books its differences, or reject it with a reason."""
    form = Form(request.form)
    verdict = read_choice(form, "verdict", ("approve", "reject"), needed=VERDICT_NEEDED)
    needed = REASON_NEEDED if verdict == "reject" else None
    reason = read_text(form, "reason", needed=needed, longest=REASON_MOST)
    payback = Payback(
        to_account=read_text(form, "to_account", needed=None),
        to_name=read_text(form, "to_name", needed=None),
        to_bank=read_text(form, "to_bank", needed=None),
        evidence=read_text(form, "evidence", needed=None, longest=2000),
    )
    by, now, day = officer.login, kit().clock.now(), kit().clock.today()

    def act(session: Session) -> int:
        region = officer.region
        if verdict == "reject":
            row = reject_reassessment(
                session, region, reassessment, reason=reason, by=by, today=day, now=now
            )
        else:
            booking = Booking(by, day, now, working_days(), reason, key_ring(), payback)
            row = approve_reassessment(session, region, reassessment, booking)
        return row.id

    if form.sound and carry_out(form, "verdict", act) is not None:
        text = Text("已批准，差额已办理。", "Approved; the differences are booked.")
        if verdict == "reject":
            text = Text("已不同意。", "Rejected.")
        return done(text, "reassessments.show_reassessment", reassessment=reassessment)
    return refused_page(_reassessment_page(officer, reassessment, form))


def _said_of(found: Proposal) -> Text:
    if found.fresh:
        return Text("已提出，待另一人批准。", "Proposed; another person decides.")
    return Text(
        "差额与已有的一份相同，未另提出。", "The differences are those of this one; nothing new."
    )


def _nothing_of(found: Proposal) -> Text:
    """Say why nothing was proposed: no difference, or duties that cannot be told."""
    if not found.open:
        return Text("没有差额，不必办理。", "There is no difference: nothing is to be done.")
    zh = "；".join(
        f"{each.item_name} {each.key.obligation_on}：{each.open.zh}"
        for each in found.open
        if each.open
    )
    en = "; ".join(
        f"{each.key.item_id} {each.key.obligation_on}: {each.open.en}"
        for each in found.open
        if each.open
    )
    return Text(
        f"没有可办理的差额；不能测算的有：{zh}。", f"No difference can be booked; not told: {en}."
    )


def _list_page(officer: Officer, filters: Form, form: Form) -> str:
    wanted = ReassessmentsWanted(
        state=filters.value("state") if filters.value("state") in STATE_TEXTS else "",
        text=filters.value("text").strip()[:100],
    )
    asked, region = asked_page(request.args), officer.region
    with kit().store.read() as session:
        total, up, down = count_reassessments(session, region, wanted)
        asked = asked.within(total)
        rows = find_reassessments(session, region, wanted, limit=asked.size, offset=asked.offset)
        due = reassessments_due(session, region, limit=DUE_SHOWN)
        keep_names_of_payers(session, [row.uscc for row in due])
        facts = edition_in_use(session).facts
        return console_page(
            "console/reassessments.html",
            officer,
            at=link("reassessments.list_reassessments"),
            form=form,
            filter_form=filters,
            page=Page(rows, asked.number, asked.size, total),
            filters={name: filters.value(name) for name in FILTERS if filters.value(name)},
            states=STATE_TEXTS,
            tones=STATE_TONES,
            up=up,
            down=down,
            due=due,
            fact_labels={name: fact.label for name, fact in facts.items()},
            due_count=count_reassessments_due(session, region),
            editions=[(row.id, row.id) for row in editions_published(session)],
        )


def _reassessment_page(officer: Officer, number: int, form: Form) -> str:
    region = officer.region
    with kit().store.read() as session:
        row = reassessment_of(session, region, number)
        lines = [
            _line_shown(session, each) for each in lines_of_reassessment(session, region, number)
        ]
        history = acts_about(session, region, f"reassessment:{number}")
        return console_page(
            "console/reassessment.html",
            officer,
            at=link("reassessments.show_reassessment", reassessment=number),
            form=form,
            row=row,
            known_on=(row.known_at + timedelta(hours=8)).date(),
            payer=enterprise_of(session, row.uscc),
            state=STATE_TEXTS[row.state],
            tone=STATE_TONES.get(row.state, ""),
            lines=lines,
            booked=_booked(session, region, number),
            own=row.proposed_by == officer.login,
            history=list(shown_acts(history)),
        )


def _line_shown(session: Session, row: ReassessmentLineRow) -> LineShown:
    told: dict[str, Any] = row.explanation
    return LineShown(
        row,
        notice_of(session, row.region, row.root).pay_code,
        told["sentences"][page_language()],
        told["documents"],
    )


def _booked(session: Session, region: str, number: int) -> list[BookedShown]:
    return [
        BookedShown(
            each, BOOKING_TEXTS[each.kind], notice_of(session, region, each.notice).pay_code
        )
        for each in bookings_of(session, region, number)
    ]
