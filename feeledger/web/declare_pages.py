"""An enterprise tells us about itself: fees that may concern it, then only the facts they need.

What it tells is a declaration: it never stands over a department's word; where they differ the
bureau decides. The form comes back with what is still missing until nothing is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, flash, make_response, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from feeledger.assessment.intake import exact_number
from feeledger.assessment.known_queries import answer_without_spoiled
from feeledger.assessment.outcomes import Answer, FactsRefused, Request
from feeledger.assessment.told_facts import limits_of, take_told
from feeledger.assessment.told_queries import Voice, demand_agreement
from feeledger.assessment.wording import supplier_words
from feeledger.catalog.items import Catalog
from feeledger.catalog.plan import plan_of
from feeledger.catalog.queries import edition_in_use
from feeledger.doors import kit
from feeledger.enterprises.actions import FactOrigin, record_facts
from feeledger.enterprises.facts import HeldFact
from feeledger.enterprises.queries import enterprise_of, facts_on, register_facts
from feeledger.enterprises.tables import EnterpriseRow
from feeledger.errors import FeeLedgerError, Text
from feeledger.notices.queries import notices_of_payer
from feeledger.web.declare_views import Inquiry, concerned_items, inquiry_of, possible_items
from feeledger.web.forms import Form, read_day, read_text, refuse_fact
from feeledger.web.language import link, page_language, say
from feeledger.web.owe_pages import facts_of_form
from feeledger.web.owe_views import FIELD_PREFIX
from feeledger.web.payer_session import payer_here
from feeledger.web.present import today
from feeledger.web.region_choices import name_of_region
from feeledger.web.wording import CATEGORIES

declare_pages = Blueprint("declare", __name__)

ITEMS_NEEDED: Final = Text("请至少选择一个收费项目。", "Choose at least one fee.")
NOTHING_NEW: Final = Text(
    "没有填写新的内容，也没有改动。", "Nothing was filled in and nothing was changed."
)


@dataclass(frozen=True, slots=True)
class Asker:
    """The enterprise that has opened its page, and the region it speaks to; its regions by name."""

    payer: EnterpriseRow
    region: str
    regions: tuple[tuple[str, Text], ...]


@declare_pages.get("/lookup/declare")
def choose_fees() -> str | Response:
    """Ask which fees may concern the enterprise; those that plainly do are ticked."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    return _choice_page(uscc, Form(request.args))


@declare_pages.get("/lookup/declare/facts")
def ask_about_itself() -> str | Response:
    """Ask for the facts that the chosen fees still need."""
    return _asked_page(Form(request.args.copy()))


@declare_pages.post("/lookup/declare/facts")
def keep_declaration() -> str | Response:
    """Keep what the enterprise declares, and ask for what that leaves missing."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    form = Form(request.form)
    with kit().store.read() as session:
        catalog = edition_in_use(session)
        asker = _asker(session, uscc, form)
        items = tuple(item for item in catalog.items if item in form.values("item"))
        answer, held = _answer(session, asker, catalog, items)
    facts = _new_facts(form, catalog, inquiry_of(answer, catalog, held), held)
    since = _since(form)
    origin = FactOrigin(
        "enterprise",
        read_text(form, "document", needed=None),
        units={name: catalog.facts[name].unit for name in facts if catalog.facts[name].unit},
    )
    if not form.sound or since is None or not _kept(form, asker, facts, (origin, catalog), since):
        return make_response(_asked_page(form), 422)
    flash(say(Text(f"已记录 {len(facts)} 项。", f"{len(facts)} facts are recorded.")))
    again = link("declare.ask_about_itself", item=items, region=asker.region)
    return redirect(again, code=303)


def _kept(
    form: Form,
    asker: Asker,
    facts: Mapping[str, object],
    told: tuple[FactOrigin, Catalog],
    since: date,
) -> bool:
    (origin, catalog), now, uscc = told, kit().clock.now(), asker.payer.uscc
    voice = Voice(origin.source, None, now)
    try:
        with kit().store.write() as session:
            demand_agreement(
                session, asker.region, uscc, facts, voice, known=catalog.facts, since=since
            )
            record_facts(
                session,
                asker.region,
                uscc,
                facts,
                origin,
                valid_from=since,
                by=f"payer:{uscc}",
                now=now,
            )
    except FactsRefused as refused:
        for fault in refused.errors:
            refuse_fact(form, FIELD_PREFIX + fault.field, fault)
        return False
    except FeeLedgerError as refused:
        form.refuse("since", refused.detail)
        return False
    return True


def _since(form: Form) -> date | None:
    since = read_day(form, "since")
    if since is not None and since > today():
        form.refuse("since", Text("日期在将来。", "The day lies in the future."))
        return None
    return since


def _new_facts(
    form: Form, catalog: Catalog, inquiry: Inquiry, held: Mapping[str, HeldFact]
) -> dict[str, object]:
    """Give what was asked, written and not known just so already; faults stand beside fields.

    What was not asked is no answer: a fact that others supply cannot be slipped in.
    """
    asked = {each.asked.fact.name for each in (*inquiry.missing, *inquiry.known)}
    written = {name: told for name, told in facts_of_form(form, catalog).items() if name in asked}
    _, faults = take_told(written, catalog.facts, limits_of(catalog))
    for fault in faults:
        refuse_fact(form, FIELD_PREFIX + fault.field, fault)
    new = {}
    for name, value in written.items():
        number = None if catalog.facts[name].type in ("bool", "enum") else exact_number(value)
        told: object = value if number is None else number
        if name not in held or _comparable(held[name].value) != told:
            new[name] = told
    if not new and form.sound:
        form.refuse("facts", NOTHING_NEW)
    return new


def _comparable(value: object) -> object:
    number = None if isinstance(value, bool) else exact_number(value)
    return value if number is None else Decimal(number)


def _choice_page(uscc: str, form: Form) -> str:
    with kit().store.read() as session:
        asker = _asker(session, uscc, form)
        catalog = edition_in_use(session)
        answer, held = _answer(session, asker, catalog, ())
    possible = possible_items(answer, catalog)
    ticked = set(form.values("item") or concerned_items(answer, catalog, held))
    groups = [
        (name, [item for item in possible if item.category == code])
        for code, name in CATEGORIES.items()
    ]
    return render_template(
        "lookup/declare_fees.html",
        form=form,
        asker=asker,
        payer=asker.payer,
        groups=[(name, items) for name, items in groups if items],
        ticked=ticked,
    )


def _asked_page(form: Form) -> str | Response:
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    with kit().store.read() as session:
        asker = _asker(session, uscc, form)
        catalog = edition_in_use(session)
        items = tuple(item for item in catalog.items if item in form.values("item"))
        answer, held = _answer(session, asker, catalog, items)
    if not items:
        form.refuse("item", ITEMS_NEEDED)
        return _choice_page(uscc, form)
    inquiry = inquiry_of(answer, catalog, held)
    if request.method == "GET":
        for question in inquiry.known:
            if question.known is not None:
                form.written.setdefault(question.asked.field, _written(question.known.value))
    language = page_language()
    return render_template(
        "lookup/declare_facts.html",
        form=form,
        asker=asker,
        payer=asker.payer,
        items=items,
        inquiry=inquiry,
        by_others=[(label, supplier_words(who, language)) for label, who in inquiry.by_others],
        day=form.value("since") or date(today().year, 1, 1).isoformat(),
        complete=answer.complete,
    )


def _asker(session: Session, uscc: str, form: Form) -> Asker:
    """Find the enterprise, and the region asked for among those that know it; its home first."""
    payer = enterprise_of(session, uscc)
    known = {row.region for row in notices_of_payer(session, uscc)} - {payer.home_region}
    regions = (payer.home_region, *sorted(known))
    asked = form.value("region")
    return Asker(
        payer,
        asked if asked in regions else payer.home_region,
        tuple((code, name_of_region(code, today())) for code in regions),
    )


def _answer(
    session: Session, asker: Asker, catalog: Catalog, items: tuple[str, ...]
) -> tuple[Answer, Mapping[str, HeldFact]]:
    """Answer by what a region knows of the enterprise today."""
    payer = asker.payer
    held = facts_on(session, asker.region, payer.uscc, today())
    facts: dict[str, Any] = {name: fact.value for name, fact in held.items()}
    facts.update(register_facts(payer, today()))
    known = {name: value for name, value in facts.items() if name in catalog.facts}
    asked = Request(None, today(), asker.region, items=items, facts=known)
    answer, spoiled = answer_without_spoiled(plan_of(catalog), asked)
    gone = {fault.field for fault in spoiled}
    return answer, {name: fact for name, fact in held.items() if name not in gone}


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
