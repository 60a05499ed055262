"""Facts of a project as they are written, by a form or on the command line: read exactly. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from feeledger.assessment.outcomes import RequestFault
from feeledger.assessment.told_facts import limits_of, take_told
from feeledger.catalog.items import Catalog, Fact
from feeledger.enterprises.facts import FactValue

TRUTHS: Final[Mapping[str, bool]] = {
    "yes": True, "true": True, "是": True, "no": False, "false": False, "否": False,
}  # fmt: skip


def exact_facts(
    written: Mapping[str, object], catalog: Catalog
) -> tuple[dict[str, FactValue], tuple[RequestFault, ...]]:
    """Give facts as exact values by the catalog's types, or every fault of them and no fact."""
    _, faults = take_told(written, catalog.facts, limits_of(catalog))
    if faults:
        return {}, tuple(faults)
    exact = {name: _exact(value, catalog.facts[name].type) for name, value in written.items()}
    return exact, ()


def spoken_fact(text: str, fact: Fact | None) -> object:
    """Give a fact that was written as text; yes and no are understood where it is a truth."""
    if fact is not None and fact.type == "bool":
        return TRUTHS.get(text.strip().lower(), text)
    return text.strip()


def _exact(value: object, kind: str) -> FactValue:
    if kind == "bool":
        return bool(value)
    return str(value) if kind == "enum" else Decimal(str(value))
