"""Estimates as messages: a request read, answered, or refused in place as ``assess`` does."""

from typing import Any

from feeledger.api.fields import load_message
from feeledger.api.refusals import MessageRefused
from feeledger.api.schemas import EstimateSchema
from feeledger.assessment.engine import assess
from feeledger.assessment.explanation import answer_document
from feeledger.assessment.outcomes import FactsRefused, Request
from feeledger.catalog.plan import Plan


def estimate_document(plan: Plan, message: object, language: str) -> dict[str, Any]:
    """Answer one request.

    Raises MessageRefused (its form) or FactsRefused (its content), each with every fault.
    """
    asked = load_message(EstimateSchema(), message)
    wanted = Request(
        ref=asked.get("ref"),
        on=asked["on"],
        region=asked["region"],
        items=tuple(asked["items"]),
        lines=tuple(asked["lines"]),
        facts=asked["facts"],
    )
    return answer_document(assess(plan, wanted), language)


def estimate_or_errors(plan: Plan, message: object, language: str) -> dict[str, Any]:
    """Answer one request of a list; a refused one is answered with its errors, and the rest go on."""
    try:
        return estimate_document(plan, message, language)
    except MessageRefused as refused:
        errors = [
            {"code": refused.code, "field": place, "value": "", "detail": text.to(language)}
            for place, text in refused.errors
        ]
    except FactsRefused as refused:
        errors = [
            {
                "code": fault.code,
                "field": fault.field,
                "value": fault.value,
                "detail": fault.detail.to(language),
            }
            for fault in refused.errors
        ]
    ref = message.get("ref") if isinstance(message, dict) else None
    return {"ref": ref if isinstance(ref, str) else None, "errors": errors}
