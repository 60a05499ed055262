"""Ask the engine what the reference is asked, and bring its answer into the same shape.

Only the engine's public interface is used here, nothing of how it works.
"""

from datetime import date
from decimal import Decimal

from feeledger.assessment.engine import FactsRefused, Request, assess
from tests.reference.compare import differences
from tests.reference.decimal_reference import answer
from tests.reference.reference_facts import RefusedFact


def facts_for_engine(edition, facts):
    """Numbers go in as decimals, truths and words as they are."""
    return {
        name: value if edition["facts"][name]["type"] in ("bool", "enum") else Decimal(value)
        for name, value in facts.items()
    }


def engine_answer(plan, edition, request):
    """Give the engine's answer as a plain document, or the names of the facts it refuses."""
    try:
        given = assess(
            plan,
            Request(
                ref=None,
                on=date.fromisoformat(request.on),
                region=request.region,
                items=request.items,
                lines=request.lines,
                facts=facts_for_engine(edition, request.facts),
            ),
        )
    except FactsRefused as refused:
        return {error.field for error in refused.errors}
    return {
        "lines": [line_document(line) for line in given.lines],
        "total": str(given.total),
        "complete": given.complete,
    }


def line_document(line):
    """Give one line with its money as text."""
    return {
        "item": line.item,
        "line": line.line,
        "outcome": line.outcome,
        "amount": None if line.amount is None else str(line.amount),
        "allowed_range": None
        if line.allowed_range is None
        else [None if bound is None else str(bound) for bound in line.allowed_range],
        "needs": [{"fact": need.fact} for need in line.needs],
        "alternative": line.alternative,
    }


def disagreements(edition, request, given):
    """Hold an engine's answer against the reference; an empty list is agreement."""
    try:
        expected = answer(edition, request)
    except RefusedFact as refused:
        if isinstance(given, set) and refused.name in given:
            return []
        return [f"{refused.name}: should be refused, got {given}"]
    if isinstance(given, set):
        return [f"refused {sorted(given)}, should be answered"]
    return differences(edition, request, expected, given)
