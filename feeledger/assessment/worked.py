"""Hold the worked examples of an edition against the engine; every difference is a fault."""

from collections.abc import Iterable

from feeledger.assessment.engine import assess
from feeledger.assessment.outcomes import Bounds, FactsRefused, LineAnswer, Request
from feeledger.catalog.examples import Example
from feeledger.catalog.faulting import fault_of
from feeledger.catalog.plan import Plan
from feeledger.errors import Fault, Text

NO_AMOUNT = Text("无金额", "no amount")


def differences_of_examples(plan: Plan, examples: Iterable[Example]) -> tuple[Fault, ...]:
    """Answer every example and give a fault for each that differs, at its place in the file."""
    faults = []
    for example in examples:
        wanted = _wanted(example)
        try:
            found = _found(example, _answer_of(plan, example))
        except FactsRefused as refused:
            found = refused.detail
        if (found.zh, found.en) != (wanted.zh, wanted.en):
            faults.append(
                fault_of("example-differs", example.spot, example.id, wanted=wanted, found=found)
            )
    return tuple(faults)


def _answer_of(plan: Plan, example: Example) -> LineAnswer | None:
    """Answer the example's question; None where its line is not in the answer.

    An item that has ended is answered once, without a line.
    """
    request = Request(
        ref=example.id,
        on=example.on,
        region=example.region,
        lines=example.lines,
        facts=dict(example.facts),
    )
    item = plan.lines[example.line].item.id
    for answer in assess(plan, request).lines:
        if answer.line == example.line or (answer.line is None and answer.item == item):
            return answer
    return None


def _wanted(example: Example) -> Text:
    """Write down what an example says; what it leaves open is left out."""
    bounds = example.allowed_range
    parts = [example.outcome]
    if bounds is not None:
        parts.append(f"[{bounds[0]}, {bounds[1]}]")
    if example.needs is not None:
        parts.append(" ".join(sorted(example.needs)))
    return _written(parts, example.amount)


def _found(example: Example, answer: LineAnswer | None) -> Text:
    """Write down what the engine says, as far as the example speaks of it."""
    if answer is None:
        return Text("没有这条收费线的答案", "no answer for this line")
    parts: list[str] = [answer.outcome]
    if example.allowed_range is not None:
        low, high = _ends(answer.allowed_range)
        parts.append(f"[{low}, {high}]")
    if example.needs is not None:
        parts.append(" ".join(sorted(need.fact for need in answer.needs)))
    return _written(parts, None if answer.amount is None else str(answer.amount))


def _ends(bounds: Bounds | None) -> tuple[str | None, str | None]:
    """Give the ends of a range as texts."""
    low, high = bounds or (None, None)
    return None if low is None else str(low), None if high is None else str(high)


def _written(parts: list[str], amount: str | None) -> Text:
    """Join an outcome, its amount and what else is compared."""
    rest = "".join(f" {part}" for part in parts[1:])
    zh, en = amount or NO_AMOUNT.zh, amount or NO_AMOUNT.en
    return Text(f"{parts[0]} {zh}{rest}", f"{parts[0]} {en}{rest}")
