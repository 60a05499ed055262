"""Disputes over facts: what the sources say, side by side, and the bureau's decision with its reason."""

from dataclasses import dataclass

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.assessment.told_queries import demand_agreeing_decision
from feeledger.catalog.items import Catalog
from feeledger.catalog.queries import edition_in_use
from feeledger.doors import kit
from feeledger.enterprises.decision_actions import Decision, decide_dispute
from feeledger.enterprises.dispute_actions import (
    DisputesWanted,
    count_disputes,
    dispute_of,
    find_disputes,
)
from feeledger.enterprises.facts import HeldFact
from feeledger.enterprises.queries import enterprise_of, words_on
from feeledger.enterprises.tables import FactDisputeRow
from feeledger.errors import Text
from feeledger.judgements import narrow_upper
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.regions.queries import units_of
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
from feeledger.web.dispute_views import all_said
from feeledger.web.forms import Form, read_text
from feeledger.web.language import link, page_language
from feeledger.web.lookup_views import FactShown, shown_fact, value_shown
from feeledger.web.paging import Page, asked_page, page_of
from feeledger.web.present import today
from feeledger.web.region_choices import name_of_region

dispute_pages = Blueprint("disputes", __name__)

STATEMENT_NEEDED = Text("请选择采信哪一种说法。", "Choose the statement to follow.")


@dataclass(frozen=True, slots=True)
class WordShown:
    """One source's word in a dispute; ``own`` where this officer wrote it down."""

    fact: HeldFact
    shown: FactShown
    unit: Text | None
    own: bool


@dataclass(frozen=True, slots=True)
class DisputeShown:
    """A dispute in a list: whose, over what, and the words that stand against each other."""

    row: FactDisputeRow
    name: str
    label: Text
    words: tuple[WordShown, ...]


@dispute_pages.get("/console/facts/disputes")
@officers(Right.SEE_ENTERPRISES)
def list_disputes(officer: Officer) -> Shown:
    """Show the disputes of the region: the open ones, or all."""
    asked, form = asked_page(request.args), Form(request.args)
    settled = form.value("state") == "all"
    wanted = DisputesWanted(uscc=narrow_upper(form.value("uscc"))[:18], open_only=not settled)
    with kit().store.read() as session:
        total = count_disputes(session, officer.region, wanted)
        asked = asked.within(total)
        rows = find_disputes(session, officer.region, wanted, limit=asked.size, offset=asked.offset)
        catalog = edition_in_use(session)
        shown = [_shown(session, officer, row, catalog) for row in rows]
    filters = {name: form.value(name) for name in ("uscc", "state") if form.value(name)}
    return console_page(
        "console/disputes.html",
        officer,
        form=form,
        page=Page(shown, asked.number, asked.size, total),
        filters=filters,
    )


@dispute_pages.get("/console/facts/disputes/<record:dispute>")
@officers(Right.SEE_ENTERPRISES)
def show_dispute(officer: Officer, dispute: int) -> Shown:
    """Show a dispute, and the form by which it is decided."""
    return _dispute_page(officer, dispute, Form())


@dispute_pages.post("/console/facts/disputes/<record:dispute>")
@officers(Right.DECIDE_FACTS)
def decide(officer: Officer, dispute: int) -> Shown:
    """Decide by one of the statements, with the reason; who wrote it down may not."""
    form = Form(request.form)
    chosen = record_number(form.value("statement"))
    if chosen is None:
        form.refuse("statement", STATEMENT_NEEDED)
    reason = read_text(form, "reason", needed=REASON_NEEDED, longest=1000)
    if form.sound and chosen is not None:
        decided = carry_out(
            form,
            "statement",
            lambda session: _decided(session, officer, dispute, Decision(chosen, reason)),
        )
        if decided is not None:
            text = Text("已裁定；受影响的企业列入待重新测算。", "Decided; a re-assessment is due.")
            return done(text, "disputes.show_dispute", dispute=dispute)
    return refused_page(_dispute_page(officer, dispute, form))


def _decided(
    session: Session, officer: Officer, dispute: int, decision: Decision
) -> FactDisputeRow:
    """Decide, unless the word chosen contradicts another fact that stands."""
    row, now = dispute_of(session, officer.region, dispute), kit().clock.now()
    known = edition_in_use(session).facts
    demand_agreeing_decision(session, row, decision.statement, known=known, now=now)
    return decide_dispute(session, officer.region, dispute, decision, by=officer.login, now=now)


@dispute_pages.get("/console/enterprises/<uscc>/facts/<name>")
@officers(Right.SEE_ENTERPRISES)
def show_fact_history(officer: Officer, uscc: str, name: str) -> Shown:
    """Show all that was ever said of one fact of an enterprise: nothing is ever rewritten."""
    asked = asked_page(request.args)
    with kit().store.read() as session:
        payer = enterprise_of(session, narrow_upper(uscc))
        fact = edition_in_use(session).facts.get(name)
        language = page_language()
        words = all_said(session, officer.region, payer.uscc, name, today())
        units = {
            each.unit_code: Text(each.name, each.name_en)
            for each in units_of(session, officer.region, today())
        }
    return console_page(
        "console/fact_history.html",
        officer,
        payer=payer,
        name=name,
        label=fact.label if fact is not None else Text(name, name),
        told=lambda value: str(value) if fact is None else value_shown(fact, value, language),
        units=units,
        page=page_of(words, asked),
    )


def _dispute_page(officer: Officer, dispute: int, form: Form) -> str:
    with kit().store.read() as session:
        row = dispute_of(session, officer.region, dispute)
        shown = _shown(session, officer, row, edition_in_use(session))
    choices = [
        (str(word.fact.id), Text(
            f"{word.shown.value}（{word.shown.source.zh}）",
            f"{word.shown.value} ({word.shown.source.en})",
        ))
        for word in shown.words
        if not word.own and word.fact.source != "decision"
    ]  # fmt: skip
    return console_page(
        "console/dispute.html",
        officer,
        at=link("disputes.show_dispute", dispute=dispute),
        form=form,
        dispute=shown,
        statements=choices,
        own=any(word.own for word in shown.words),
    )


def _shown(
    session: Session, officer: Officer, row: FactDisputeRow, catalog: Catalog
) -> DisputeShown:
    fact = catalog.facts.get(row.name)
    units = {
        each.unit_code: Text(each.name, each.name_en)
        for each in units_of(session, officer.region, today())
    }
    held, _ = words_on(session, officer.region, row.uscc, row.day, name=row.name).get(
        row.name, ((), False)
    )
    place, language = name_of_region(officer.region, today()), page_language()
    words = tuple(
        WordShown(
            each,
            shown_fact(each, place, catalog, language),
            units.get(each.said_by) if each.said_by else None,
            each.known_by == officer.login,
        )
        for each in held
    )
    payer = enterprise_of(session, row.uscc)
    label = fact.label if fact is not None else Text(row.name, row.name)
    return DisputeShown(row, payer.name, label, words)
