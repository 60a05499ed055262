"""What a duty comes to by one edition and one set of facts: its fresh assessment.

Prices that were charged are followed into the edition by their series, so that the version of the
duty's day answers. A price that was not charged counts only where it has become owed by what changed:
what stood beside at the time was left to whoever issued the notice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from feeledger.assessment.known_queries import answer_without_spoiled
from feeledger.assessment.outcomes import FactsRefused, LineAnswer, Request
from feeledger.catalog.plan import Plan
from feeledger.errors import Text
from feeledger.money import Money, total_of
from feeledger.notices.charges import BOUNDED, DecidedAmount
from feeledger.reassessments.duty import ChargedLine, DutyKey, decided_amounts

OWED: Final = frozenset({"due", "reduced", "provisional"})
ADJUSTED: Final = Text("；按新的幅度调整", "; moved to the new bounds")


@dataclass(frozen=True, slots=True)
class OwedLine:
    """One line that is owed, and the amount that a person set within its bounds, if any."""

    answer: LineAnswer
    amount: Money
    decided: DecidedAmount | None = None


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a duty comes to; ``open`` says why it cannot be told. ``answers`` are all of its item."""

    owed: tuple[OwedLine, ...]
    answers: tuple[LineAnswer, ...]
    open: Text | None = None

    @property
    def total(self) -> Money | None:
        """The amount; None where it cannot be told."""
        return None if self.open is not None else total_of(line.amount for line in self.owed)


@dataclass(frozen=True, slots=True)
class Asked:
    """One duty to be assessed: where, which prices were charged, which were owed at the time.

    ``decided`` are the amounts that a person set, by price, with document and reason.
    """

    region: str
    key: DutyKey
    series: frozenset[str]
    owed_then: frozenset[str] = frozenset()
    decided: Mapping[str, tuple[Money, str, str]] = field(default_factory=dict)

    @property
    def on(self) -> date:
        """The day the duty arose: it picks the version."""
        return self.key.obligation_on


def asked_of(
    plan: Plan,
    region: str,
    key: DutyKey,
    lines: Iterable[ChargedLine],
    facts: Mapping[str, object],
) -> Asked:
    """Say what is asked of a duty, by the edition and the facts that it was charged by."""
    rows = [line for line in lines if line.line_id in plan.lines]
    by_line = {line.line_id: plan.lines[line.line_id or ""].line.series for line in rows}
    decided = {by_line[name]: set_by for name, set_by in decided_amounts(rows).items()}
    asked = Asked(region, key, frozenset(by_line.values()), decided=decided)
    then = fresh_of(plan, asked, facts)
    return replace(asked, owed_then=series_owed(plan, then))


def fresh_of(plan: Plan, asked: Asked, facts: Mapping[str, object]) -> Fresh:
    """Assess a duty by an edition and facts."""
    item, series = asked.key.item_id, asked.series
    if item not in plan.by_item:
        return Fresh((), (), Text("该版本没有此项目", "the edition has no such item"))
    named = tuple(
        line.line.id
        for line in plan.by_item[item]
        if line.line.series in series
        and any(group.class_fact is None or group.class_fact not in facts for group in line.groups)
    )
    known = {name: value for name, value in facts.items() if name in plan.catalog.facts}
    request = Request(None, asked.on, asked.region, (item,), named, known)
    try:
        answer, _ = answer_without_spoiled(plan, request)
    except FactsRefused as refused:
        return Fresh((), (), refused.detail)
    return _added(plan, asked, answer.lines)


def series_owed(plan: Plan, fresh: Fresh) -> frozenset[str]:
    """Name the prices that answered with something to pay."""
    return frozenset(
        plan.lines[each.line].line.series
        for each in fresh.answers
        if each.line is not None and (each.outcome in OWED or each.outcome in BOUNDED)
    )


def _added(plan: Plan, asked: Asked, answers: tuple[LineAnswer, ...]) -> Fresh:
    """Add up the answers in scope; the first that cannot be told leaves the duty open."""
    owed = []
    for each in answers:
        price = None if each.line is None else plan.lines[each.line].line.series
        newly = price is not None and price not in asked.owed_then and each.outcome in OWED
        if price is not None and price not in asked.series and not newly:
            continue
        if each.outcome in ("ended", "not_applicable", "exempt"):
            continue
        line = _owed_line(each, asked.decided.get(price or ""))
        if line is None:
            return Fresh((), answers, _why_open(each))
        owed.append(line)
    return Fresh(tuple(owed), answers)


def _owed_line(answer: LineAnswer, decided: tuple[Money, str, str] | None) -> OwedLine | None:
    """Give what an answer comes to; None where it cannot be told."""
    if answer.alternative:
        return None
    if answer.outcome in OWED and answer.amount is not None:
        return OwedLine(answer, answer.amount)
    unset = answer.outcome == "no_rate" and answer.reason == "not_established"
    if decided is None or not (answer.outcome in BOUNDED or unset):
        return None
    amount, document, reason = decided
    low, high = answer.allowed_range or (None, None)
    kept = max(amount, low) if low is not None else amount
    kept = min(kept, high) if high is not None else kept
    why = reason if kept == amount else f"{reason}{ADJUSTED.zh}"
    return OwedLine(answer, kept, DecidedAmount(kept, document, why))


def _why_open(answer: LineAnswer) -> Text:
    if answer.alternative:
        return Text("有几档标准，须先选定一档", "several classes stand open: one must be chosen")
    if answer.needs:
        names = ", ".join(need.fact for need in answer.needs)
        return Text(f"缺少数据 {names}", f"facts are missing: {names}")
    reason = answer.reason or answer.outcome
    return Text(
        f"当日没有可用的标准（{reason}）",
        f"no price can be used on that day ({reason})",
    )
