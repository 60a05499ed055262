"""Is this charge lawful: a charge held against the catalog, with documents and what one may do.

Nothing is kept. Where the answer hangs on more (a fact, a class, which item), the page asks for it.
"""

from collections.abc import Iterable
from dataclasses import replace

from flask import Blueprint, render_template, request

from feeledger.assessment.charge_words import ACTIONS, CHOICES, TITLES
from feeledger.assessment.findings import Charge
from feeledger.assessment.outcomes import FactsRefused
from feeledger.assessment.verdict import Verdict, judge_charge
from feeledger.catalog.items import Catalog
from feeledger.catalog.plan import plan_of
from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.judgements import narrow
from feeledger.money import Money
from feeledger.regions.account_queries import account_numbers_on
from feeledger.web.catalog_views import Paper, paper_of
from feeledger.web.forms import Form, read_amount, read_day, read_text, refuse_fact
from feeledger.web.language import page_language
from feeledger.web.owe_pages import facts_of_form
from feeledger.web.owe_views import FIELD_PREFIX, Asked, ask_for
from feeledger.web.present import catalog_in_use, today
from feeledger.web.region_choices import PROVINCE, read_region, region_choices

lawful_pages = Blueprint("lawful", __name__)

ITEM_NEEDED = Text("请填写收费项目的名称。", "Enter the name of the fee.")
TONES = {"lawful": "good", "cannot_tell": "warn", "no_established_rate": "warn"}


@lawful_pages.get("/lawful")
def show_lawful() -> str:
    """Show the form; an item named in the address is filled in by its official name."""
    catalog = catalog_in_use()
    form = Form(request.args.copy())
    item = catalog.items.get(form.value("item"))
    if item is not None:
        form.written["item"] = item.name.to(page_language())
    return _page(form, catalog, None)


@lawful_pages.post("/lawful")
def judge_lawful() -> str:
    """Judge the charge written, or show what is wrong with the form."""
    catalog = catalog_in_use()
    form = Form(request.form)
    charge = _charge_of(form, catalog)
    verdict = _verdict(charge, catalog, form) if charge is not None else None
    return _page(form, catalog, verdict, None if charge is None else charge.amount)


def _charge_of(form: Form, catalog: Catalog) -> Charge | None:
    """Read the charge; None where a field is wrong (noted in the form)."""
    item = read_text(form, "item", needed=ITEM_NEEDED)
    amount, on = read_amount(form, "amount"), read_day(form, "on")
    charged_on = read_day(form, "charged_on", needed=False)
    region = read_region(form, "region", on or today())
    department = read_text(form, "department", needed=None)
    account = "".join(narrow(read_text(form, "account", needed=None, longest=50)).split())
    if not form.sound or amount is None or on is None:
        return None
    chosen = form.value("chosen")
    charge = Charge(
        named=chosen if chosen in catalog.items else item,
        amount=amount,
        on=on,
        charged_on=charged_on,
        department=department or None,
        region=region,
        facts=facts_of_form(form, catalog),
        lines=tuple(line for line in form.values("line") if catalog.line(line) is not None),
        account=account or None,
        none_resembling=chosen == "none",
    )
    return _with_designated(charge)


def _with_designated(charge: Charge) -> Charge:
    """Add the accounts designated on the day of the charge, where an account was named."""
    if charge.account is None:
        return charge
    with kit().store.read() as session:
        known = account_numbers_on(session, charge.region, charge.charged_on or charge.on)
    return replace(charge, designated=known)


def _verdict(charge: Charge, catalog: Catalog, form: Form) -> Verdict | None:
    try:
        return judge_charge(plan_of(catalog), charge)
    except FactsRefused as refused:
        for fault in refused.errors:
            refuse_fact(form, FIELD_PREFIX + fault.field, fault)
        return None


def _page(
    form: Form, catalog: Catalog, verdict: Verdict | None, amount: Money | None = None
) -> str:
    day = today()
    needs = _needs_of(verdict, form, catalog)
    return render_template(
        "lawful.html",
        form=form,
        edition=catalog.edition,
        regions=region_choices(day),
        region=form.value("region", PROVINCE),
        day=day,
        verdict=verdict,
        amount=amount,
        titles=TITLES,
        actions=ACTIONS,
        tones=TONES,
        papers=[] if verdict is None else _papers(verdict, catalog),
        candidates=_candidates(verdict, catalog),
        lines=_lines_to_choose(verdict, catalog),
        asks=_asks(needs, catalog),
        choices=[CHOICES[name] for name in needs if name in CHOICES],
        keep_form=request.method == "POST",
    )


def _needs_of(verdict: Verdict | None, form: Form, catalog: Catalog) -> list[str]:
    """Name what the verdict lacks, and the facts already given, so that they can be changed."""
    given = [name for name in catalog.facts if form.value(FIELD_PREFIX + name)]
    missing = [name for each in verdict.findings for name in each.needs] if verdict else []
    return list(dict.fromkeys((*given, *missing)))


def _asks(needs: Iterable[str], catalog: Catalog) -> list[Asked]:
    return [
        ask_for(catalog.facts[name], only_relief=False) for name in needs if name in catalog.facts
    ]


def _papers(verdict: Verdict, catalog: Catalog) -> list[list[Paper]]:
    """Give the documents of each finding, in the order of the findings."""
    return [[paper_of(key, catalog) for key in finding.documents] for finding in verdict.findings]


def _candidates(verdict: Verdict | None, catalog: Catalog) -> list[tuple[str, Text]]:
    """Offer the items that the name may mean, where it was not sure."""
    if verdict is None or verdict.match.sure:
        return []
    return [(item, catalog.items[item].name) for item in verdict.match.candidates]


def _lines_to_choose(verdict: Verdict | None, catalog: Catalog) -> list[tuple[str, Text]]:
    """Offer the classes of the item, where the verdict hangs on the class."""
    if verdict is None or not any("line" in finding.needs for finding in verdict.findings):
        return []
    lines = (catalog.line(answer.line) for answer in verdict.answers if answer.line is not None)
    return [(line.id, line.name) for line in lines if line is not None]
