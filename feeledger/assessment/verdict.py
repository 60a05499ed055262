"""Is this charge lawful? A charge held against the catalog: findings, worst first.

A finding says what is wrong, by how much or since when, with which documents, and what the
enterprise may do. The day is that on which the duty arose, not that of the charge (rule R-C1):
what arose before an item ended may still be charged after it. Lawful agents (tax, grid, water,
railway, court) are not accused.
"""

from dataclasses import dataclass, replace

from feeledger.assessment.amount_findings import amount_findings, documents_of
from feeledger.assessment.charge_words import (
    lawful_words,
    not_listed_words,
    plain_words,
    resembling_words,
)
from feeledger.assessment.departments import is_organ, may_collect
from feeledger.assessment.engine import assess
from feeledger.assessment.findings import WORST_FIRST, Charge, Finding
from feeledger.assessment.naming import Match, fold_name, match_item
from feeledger.assessment.outcomes import LineAnswer, Request
from feeledger.catalog.items import FeeItem
from feeledger.catalog.plan import Plan
from feeledger.errors import Text


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings, worst first; ``item`` is the item the charge was held against, if any."""

    findings: tuple[Finding, ...]
    match: Match
    item: FeeItem | None
    answers: tuple[LineAnswer, ...] = ()

    @property
    def lawful(self) -> bool:
        """Say whether nothing speaks against the charge and everything needed was known."""
        return all(finding.code == "lawful" for finding in self.findings)


def judge_charge(plan: Plan, charge: Charge) -> Verdict:
    """Hold a charge against the catalog.

    Raises FactsRefused where the facts or the region cannot be used.
    """
    match = match_item(plan.catalog, charge.named)
    if charge.none_resembling and not match.sure:
        match = replace(match, item=None, how="none")
    item = plan.catalog.items.get(match.item or "")
    answers: tuple[LineAnswer, ...] = ()
    if item is None:
        findings = [_unmatched(plan, match, charge), *_account_findings(charge, None)]
    else:
        request = Request(
            ref=None,
            on=charge.on,
            region=charge.region,
            items=(item.id,),
            lines=charge.lines,
            facts=charge.facts,
        )
        answers = assess(plan, request).lines
        findings = [
            *_account_findings(charge, item),
            *_department_findings(charge, item),
            *amount_findings(charge, item, answers),
        ]
    if not findings and item is not None:
        findings = [Finding("lawful", lawful_words(item), documents=documents_of(answers))]
    ordered = sorted(findings, key=lambda finding: WORST_FIRST.index(finding.code))
    return Verdict(tuple(ordered), match, item, answers)


def _unmatched(plan: Plan, match: Match, charge: Charge) -> Finding:
    """Say that no item, or no single item, has that name; a text without a word names none."""
    if match.how != "none" or not fold_name(charge.named):
        return Finding("cannot_tell", plain_words("which_item"), needs=("item",))
    says = not_listed_words(plan.catalog.edition)
    if not match.candidates or charge.none_resembling:
        return Finding("not_in_catalog", says)
    names = [plan.catalog.items[item].name for item in match.candidates]
    return Finding("not_in_catalog", resembling_words(names, says), needs=("item",))


def _account_findings(charge: Charge, item: FeeItem | None) -> list[Finding]:
    """Judge the account: non-tax money goes to a designated one, service fees never do."""
    if item is not None and item.category == "operating_service":
        return _service_findings(charge)
    agent = item is not None and item.collected_by != "notice"
    if charge.account is None or agent:
        return []
    if charge.designated is None:
        words = plain_words("account_unknown")
        return [Finding("cannot_tell", words, needs=("designated_account",))]
    if charge.account in charge.designated:
        return []
    return [Finding("wrong_account", plain_words("wrong_account"))]


def _service_findings(charge: Charge) -> list[Finding]:
    """Flag a service fee unless it is known to be paid to whoever gives the service.

    With an account and the designated ones known, the account decides; else the one who charges.
    """
    if charge.account is not None and charge.designated is not None:
        as_nontax = charge.account in charge.designated
    else:
        as_nontax = is_organ(charge.department) is not False
    if not as_nontax:
        return []
    return [Finding("service_fee_not_nontax", plain_words("service_fee_not_nontax"))]


def _department_findings(charge: Charge, item: FeeItem) -> list[Finding]:
    """Flag a department that is known to be another one than the item's."""
    seller = item.category == "operating_service" and is_organ(charge.department) is False
    if not charge.department or seller or may_collect(item, charge.department) is not False:
        return []
    says = Text(
        f"该项目由{item.department.zh}收取，不由“{charge.department}”收取",
        f"this item is collected by {item.department.en}, not by {charge.department!r}",
    )
    return [Finding("not_this_department", says, documents=item.basis.documents)]
