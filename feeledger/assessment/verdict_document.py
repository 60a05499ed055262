"""A verdict for others: the fixed document of the interface."""

from typing import Any

from feeledger.assessment.charge_words import ACTIONS, PAID_THROUGH, TITLES
from feeledger.assessment.findings import Finding
from feeledger.assessment.verdict import Verdict
from feeledger.catalog.items import Catalog

Document = dict[str, Any]


def verdict_document(verdict: Verdict, catalog: Catalog, lang: str = "zh") -> Document:
    """Give a verdict as data; sentences in the language asked, keys and codes never change."""
    item, match, notice = verdict.item, verdict.match, catalog.edition.notice
    return {
        "findings": [_finding_document(each, lang) for each in verdict.findings],
        "lawful": verdict.lawful,
        "item": item.id if item is not None else None,
        "match": {
            "item": match.item,
            "how": match.how,
            "sure": match.sure,
            "candidates": [
                {"item": each, "name": catalog.items[each].name.to(lang)}
                for each in match.candidates
            ],
        },
        "about": None
        if item is None
        else {
            "name": item.name.to(lang),
            "category": item.category,
            "department": item.department.to(lang),
            "collected_by": item.collected_by,
            "paid_through": PAID_THROUGH[item.collected_by].to(lang),
        },
        "catalog": {
            "id": catalog.edition.id,
            "kind": catalog.edition.kind,
            "sha256": catalog.edition.sha256,
            "notice": notice.to(lang) if notice is not None else None,
        },
    }


def _finding_document(finding: Finding, lang: str) -> Document:
    low, high = finding.standard or (None, None)
    return {
        "code": finding.code,
        "by": finding.by,
        "documents": list(finding.documents),
        "may_do": list(finding.may_do),
        "title": TITLES[finding.code].to(lang),
        "says": finding.says.to(lang),
        "advice": [ACTIONS[action].to(lang) for action in finding.may_do],
        "needs": list(finding.needs),
        "standard": None
        if finding.standard is None
        else [str(end) if end is not None else None for end in (low, high)],
    }
