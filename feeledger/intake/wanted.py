"""Which facts a template or a form asks for: those that chosen fees read, or those named. Pure."""

from collections.abc import Collection
from datetime import date

from feeledger.assessment.intake import nearest
from feeledger.assessment.outcomes import Request
from feeledger.assessment.selection import request_faults, scope_of
from feeledger.catalog.items import Catalog, Fact
from feeledger.catalog.plan import plan_of
from feeledger.errors import Invalid, Text

# What the register supplies is never asked for.
SUPPLIED: frozenset[str] = frozenset({"enterprise_size", "payer_kind", "years_since_registration"})


class FactsUnknown(Invalid):
    """A fact or a fee that is not in the catalog was named."""

    code = "facts-unknown"
    title = Text("目录中没有这一项", "The catalog has no such entry")


def facts_wanted(
    catalog: Catalog,
    on: date,
    region: str,
    *,
    names: Collection[str] = (),
    items: Collection[str] = (),
) -> tuple[Fact, ...]:
    """Give the facts named and those that fees read on a day and place, in the catalog's order.

    Neither named: the facts of all fees. Raises FactsUnknown.
    """
    unknown = [name for name in names if name not in catalog.facts]
    if unknown:
        near = nearest(unknown[0], catalog.facts)
        raise FactsUnknown(
            Text(f"没有数据项“{unknown[0]}”{near.zh}。", f"No fact “{unknown[0]}”{near.en}.")
        )
    plan = plan_of(catalog)
    asked = Request(None, on, region, items=tuple(items))
    faults = request_faults(plan, asked)
    if faults:
        raise FactsUnknown(Text(f"{faults[0].detail.zh}。", f"{faults[0].detail.en}."))
    wanted = set(names)
    if items or not names:
        wanted |= scope_of(plan, asked).needed
    for name in tuple(wanted):
        derived = catalog.facts[name].derived
        if derived is not None and name not in names:
            wanted |= set(derived)
            wanted.discard(name)
    return tuple(
        fact for name, fact in catalog.facts.items() if name in wanted - (SUPPLIED - set(names))
    )
