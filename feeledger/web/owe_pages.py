"""What would I owe: choose items, answer only what they need, see every amount worked out.

Nothing is kept. A page made from answers is asked for again with the same answers when the reader
changes the language or the display.
"""

from collections.abc import Mapping

from flask import Blueprint, render_template, request

from feeledger.assessment.charge_words import PAID_THROUGH
from feeledger.assessment.engine import assess
from feeledger.assessment.outcomes import Answer, FactsRefused, Request
from feeledger.catalog.items import Catalog
from feeledger.catalog.plan import Plan, plan_of
from feeledger.errors import Text
from feeledger.web.catalog_views import matches, standing_of
from feeledger.web.forms import Form, plain_amount, read_day, refuse_fact
from feeledger.web.language import page_language
from feeledger.web.owe_views import (
    FIELD_PREFIX,
    facts_missing,
    questions_of,
    shown_lines,
)
from feeledger.web.present import catalog_in_use, today
from feeledger.web.region_choices import PROVINCE, name_of_region, read_region, region_choices
from feeledger.web.wording import CATEGORIES

owe_pages = Blueprint("owe", __name__)

ITEMS_NEEDED = Text("请至少选择一个收费项目。", "Choose at least one fee.")


@owe_pages.get("/owe")
def show_owe() -> str:
    """Show the choice of region, day and items; words given narrow the list."""
    return _choice_page(Form(request.args), catalog_in_use())


@owe_pages.get("/owe/facts")
def ask_facts() -> str:
    """Ask for the facts that the chosen items need; without any the answer comes at once."""
    return _facts_page(Form(request.args), answer_now=False)


@owe_pages.post("/owe/facts")
def show_amounts() -> str:
    """Show what the chosen items come to, or what is wrong with the facts."""
    return _facts_page(Form(request.form), answer_now=True)


def _choice_page(form: Form, catalog: Catalog) -> str:
    day = today()
    words = form.value("words")[:100]
    chosen = set(form.values("item"))
    groups = []
    for code, name in CATEGORIES.items():
        items = [item for item in catalog.items.values() if item.category == code]
        shown = [item for item in items if item.id in chosen or not words or matches(item, words)]
        groups.append((name, [(item, standing_of(item, day)) for item in shown]))
    return render_template(
        "owe/choose.html",
        form=form,
        groups=groups,
        shown=sum(len(items) for _, items in groups),
        chosen=chosen,
        regions=region_choices(day),
        region=form.value("region", PROVINCE),
        day=form.value("on") or day.isoformat(),
    )


def _facts_page(form: Form, *, answer_now: bool) -> str:
    catalog = catalog_in_use()
    asked = _request_of(form, catalog)
    if asked is None:
        return _choice_page(form, catalog)
    plan = plan_of(catalog)
    questions = questions_of(plan, asked)
    answer = _answer(plan, asked, form) if answer_now or not questions else None
    return render_template(
        "owe/facts.html",
        form=form,
        catalog=catalog,
        asked=asked,
        region_name=name_of_region(asked.region, asked.on),
        questions=questions,
        **_answer_shown(answer, catalog),
        collectors=PAID_THROUGH,
        keep_form=answer_now,
    )


def _request_of(form: Form, catalog: Catalog) -> Request | None:
    """Read what is asked; None where region, day or items are wrong (noted in the form)."""
    on = read_day(form, "on")
    region = read_region(form, "region", on or today())
    items = tuple(item for item in catalog.items if item in form.values("item"))
    if not items:
        form.refuse("item", ITEMS_NEEDED)
    if on is None or not form.sound:
        return None
    return Request(ref=None, on=on, region=region, items=items, facts=facts_of_form(form, catalog))


def facts_of_form(form: Form, catalog: Catalog) -> Mapping[str, object]:
    """Read the facts written; an empty field is a fact not given, never zero."""
    facts: dict[str, object] = {}
    for name, fact in catalog.facts.items():
        text = form.value(FIELD_PREFIX + name).strip()
        if not text:
            continue
        if fact.type == "bool":
            facts[name] = text == "yes"
        else:
            facts[name] = text if fact.type == "enum" else plain_amount(text)
    return facts


def _answer(plan: Plan, asked: Request, form: Form) -> Answer | None:
    """Work out the answer; what is refused is noted beside its field."""
    try:
        return assess(plan, asked)
    except FactsRefused as refused:
        for fault in refused.errors:
            refuse_fact(form, FIELD_PREFIX + fault.field, fault)
        return None


def _answer_shown(answer: Answer | None, catalog: Catalog) -> dict[str, object]:
    if answer is None:
        return {"answer": None}
    return {
        "answer": answer,
        "lines": shown_lines(answer, catalog, page_language()),
        "missing": facts_missing(answer, catalog),
    }
