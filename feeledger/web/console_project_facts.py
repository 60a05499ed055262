"""What is asked of a project: the facts that its items need; what the register supplies is not asked."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from feeledger.assessment.outcomes import Request
from feeledger.catalog.items import Catalog
from feeledger.catalog.plan import plan_of
from feeledger.enterprises.facts import FactValue
from feeledger.projects.facts import exact_facts
from feeledger.projects.project import ProjectItem
from feeledger.quotas.sheet import REGISTER_FACTS
from feeledger.web.forms import Form, refuse_fact
from feeledger.web.owe_pages import facts_of_form
from feeledger.web.owe_views import FIELD_PREFIX, Questions, questions_of


def project_questions(
    catalog: Catalog, region: str, on: date, items: Sequence[ProjectItem]
) -> list[Questions]:
    """List the facts that a project's items need on the day, each once."""
    asked = Request(ref=None, on=on, region=region, items=tuple(each.item_id for each in items))
    groups = []
    for group in questions_of(plan_of(catalog), asked):
        own = tuple(ask for ask in group.asked if ask.fact.name not in REGISTER_FACTS)
        if own:
            groups.append(Questions(group.item, group.name, own))
    return groups


def project_facts(form: Form, catalog: Catalog) -> dict[str, FactValue]:
    """Read the facts as exact values; what the catalog does not take is noted beside its field."""
    written = {
        name: value
        for name, value in facts_of_form(form, catalog).items()
        if name not in REGISTER_FACTS
    }
    facts, faults = exact_facts(written, catalog)
    for fault in faults:
        refuse_fact(form, FIELD_PREFIX + fault.field, fault)
    return facts


def written_fact(value: object) -> str:
    """Write a known fact as its field would hold it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
