"""Estimates as messages: a request answered, or refused in place as ``assess`` does."""

from typing import Any

from feeledger.assessment.engine import assess
from feeledger.assessment.explanation import answer_document, refusal_document
from feeledger.assessment.outcomes import FactsRefused
from feeledger.assessment.requests import Defaults, ref_of, request_of
from feeledger.catalog.plan import Plan


def estimate_document(
    plan: Plan, message: object, *, defaults: Defaults, language: str
) -> dict[str, Any]:
    """Answer one request; raises FactsRefused with every fault."""
    return answer_document(assess(plan, request_of(message, defaults, plan)), language)


def estimate_or_errors(
    plan: Plan, message: object, *, defaults: Defaults, language: str
) -> dict[str, Any]:
    """Answer one request of a list; a refused one is answered with its faults, the rest go on."""
    try:
        return estimate_document(plan, message, defaults=defaults, language=language)
    except FactsRefused as refused:
        return refusal_document(ref_of(message), refused, language)
