"""What was charged, held against what may be: ended, above, below, outside, no rate, cannot tell."""

from collections.abc import Sequence

from feeledger.assessment.charge_words import (
    ended_words,
    excess_words,
    lacking_words,
    no_rate_words,
    nothing_owed_words,
    short_words,
)
from feeledger.assessment.findings import Charge, Finding
from feeledger.assessment.outcomes import LineAnswer
from feeledger.assessment.standards import Standard, open_choices, standards_of
from feeledger.catalog.items import FeeItem
from feeledger.money import Money


def amount_findings(charge: Charge, item: FeeItem, answers: Sequence[LineAnswer]) -> list[Finding]:
    """Judge what is charged: an ended item, no price, or the amount against the standards."""
    whole = answers[0] if len(answers) == 1 and answers[0].line is None else None
    if whole is not None and whole.outcome == "ended":
        return [_ended(charge, item, whole)]
    if whole is not None:
        return [_no_rate((whole,))]
    free = [each for each in answers if each.outcome == "ended"]
    standards = standards_of(answers, region=charge.region, facts=charge.facts)
    if free and all(each.outcome == "ended" for one in standards for each in one.answers()):
        return [_ended(charge, item, free[0])]
    if not standards:
        return _nothing_owed(charge, answers)
    return _against(charge, standards)


def _ended(charge: Charge, item: FeeItem, answer: LineAnswer) -> Finding:
    """Say since when the item may not be charged, and by which document."""
    event = answer.trace.ending
    line = answer.trace.line
    since = event.day if event is not None else line.line.window.first if line else None
    return Finding(
        "ended",
        ended_words(item, answer, on=charge.on),
        by=since.isoformat() if since is not None else None,
        documents=answer.documents,
    )


def _no_rate(answers: Sequence[LineAnswer]) -> Finding:
    """Say that no price was published for that day, place or value."""
    reason = next((each.reason for each in answers if each.reason), None)
    return Finding(
        "no_established_rate",
        no_rate_words(answers),
        by=reason,
        documents=documents_of(answers),
    )


def _nothing_owed(charge: Charge, answers: Sequence[LineAnswer]) -> list[Finding]:
    """Judge a charge where every line says that it does not apply to these facts."""
    if all(each.reason == "outside_place" for each in answers):
        return [_no_rate(answers)]
    if not charge.amount:
        return []
    return [
        Finding(
            "above_standard",
            nothing_owed_words(answers),
            by=str(charge.amount),
            documents=documents_of(answers),
            standard=(Money(0), Money(0)),
        )
    ]


def _against(charge: Charge, standards: Sequence[Standard]) -> list[Finding]:
    """Hold the amount against every standard that may hold."""
    fen = charge.amount.fen
    highs = [each.high for each in standards]
    if None not in highs and fen > max(high for high in highs if high is not None):
        return [_above(charge, standards)]
    if fen < min(each.low for each in standards):
        return [_below(charge, standards)]
    if all(each.sure and each.holds(fen) for each in standards):
        return []
    return [_undecided(charge, standards)]


def _above(charge: Charge, standards: Sequence[Standard]) -> Finding:
    """Say by how much a charge is over the most that any standard lets be charged."""
    highest = max(standards, key=lambda each: each.high or 0)
    over = charge.amount - Money(highest.high or 0)
    return Finding(
        "outside_range" if highest.has("span") else "above_standard",
        excess_words(charge.amount, over, highest),
        by=str(over),
        documents=documents_of(highest.answers()),
        standard=_bounds_of(standards),
    )


def _below(charge: Charge, standards: Sequence[Standard]) -> Finding:
    """Say by how much a charge is under the least that any standard asks."""
    lowest = min(standards, key=lambda each: each.low)
    under = Money(lowest.low) - charge.amount
    return Finding(
        "outside_range" if lowest.has("span") else "below_standard",
        short_words(charge.amount, under, lowest),
        by=str(under),
        documents=documents_of(lowest.answers()),
        standard=_bounds_of(standards),
    )


def _undecided(charge: Charge, standards: Sequence[Standard]) -> Finding:
    """Say what is missing: facts, a choice among classes or places, or a price at all."""
    answers = tuple({a.line: a for each in standards for a in each.answers()}.values())
    needs = list(dict.fromkeys(need.fact for each in answers for need in each.needs))
    if len(standards) > 1:
        needs.extend(open_choices(standards, charge.region))
    priceless = [each for each in answers if each.outcome == "no_rate"]
    unsized = any(each.reason == "reduction_unknown" for each in answers)
    if not needs and priceless:
        return _no_rate(priceless)
    fitting = [each for each in standards if each.sure and each.holds(charge.amount.fen)]
    return Finding(
        "cannot_tell",
        lacking_words(answers, tuple(dict.fromkeys(needs)), fitting=fitting, unsized=unsized),
        documents=documents_of(answers),
        needs=tuple(dict.fromkeys(needs)),
        standard=_bounds_of(standards),
    )


def _bounds_of(standards: Sequence[Standard]) -> tuple[Money | None, Money | None]:
    """Give the least and the most over all standards; None where no bound is known."""
    highs = [each.high for each in standards]
    most = None if None in highs else Money(max(high for high in highs if high is not None))
    return Money(min(each.low for each in standards)), most


def documents_of(answers: Sequence[LineAnswer]) -> tuple[str, ...]:
    """List the documents of answers that apply, each once."""
    return tuple(dict.fromkeys(document for each in answers for document in each.documents))
