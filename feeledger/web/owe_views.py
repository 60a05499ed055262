"""What the estimate asks and shows: the facts that the chosen items need, and the answer in words. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from feeledger.assessment.explanation import sentences_of
from feeledger.assessment.outcomes import Answer, LineAnswer, Need, Request
from feeledger.assessment.selection import active_reliefs, select_lines
from feeledger.assessment.verdict_words import OUTCOMES, REASONS
from feeledger.assessment.wording import supplier_words
from feeledger.catalog.items import Catalog, Fact
from feeledger.catalog.plan import LinePlan, Plan
from feeledger.errors import Language, Text
from feeledger.money import Money
from feeledger.web.catalog_views import Paper, paper_of
from feeledger.web.condition_words import label_of
from feeledger.web.wording import PERIODS, named, words_of_unit

FIELD_PREFIX = "fact-"
OUTCOME_TONES = {
    "due": "note",
    "reduced": "good",
    "exempt": "good",
    "provisional": "note",
    "undetermined": "warn",
    "no_rate": "warn",
    "ended": "bad",
    "below_floor": "bad",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One fact to ask for: how it is entered, and whether it only chooses a class."""

    fact: Fact
    field: str
    unit: Text
    options: tuple[tuple[str, Text], ...]
    decides_relief_only: bool


@dataclass(frozen=True, slots=True)
class Questions:
    """The facts of one item that no earlier item asked for."""

    item: str
    name: Text
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the answer as shown."""

    answer: LineAnswer
    item: Text
    line: Text
    outcome: Text
    tone: str
    low: Money | None
    high: Money | None
    reason: Text | None
    sentences: tuple[str, ...]
    papers: tuple[Paper, ...]
    missing: tuple[tuple[Text, Text], ...]
    through: str
    period: Text


def questions_of(plan: Plan, request: Request) -> list[Questions]:
    """List the facts that the asked items need on the day and place, each fact once.

    A fact worked out from others (a share) is asked for by its parts.
    """
    facts, asked_already = plan.catalog.facts, set[str]()
    questions = []
    for selected in select_lines(plan, request):
        own, for_reliefs = _facts_of(selected.live, request)
        wanted = _by_parts(own | for_reliefs, facts)
        for_amount = _by_parts(own, facts)
        fresh = [name for name in facts if name in wanted and name not in asked_already]
        asked_already.update(fresh)
        asked = tuple(ask_for(facts[name], only_relief=name not in for_amount) for name in fresh)
        if asked:
            questions.append(Questions(selected.item.id, selected.item.name, asked))
    return questions


def ask_for(fact: Fact, *, only_relief: bool) -> Asked:
    """Say how a fact is asked for."""
    labels = fact.value_labels or tuple(Text(value, value) for value in fact.values)
    return Asked(
        fact=fact,
        field=FIELD_PREFIX + fact.name,
        unit=words_of_unit(fact.unit),
        options=tuple(zip(fact.values, labels, strict=True)),
        decides_relief_only=only_relief,
    )


def shown_lines(answer: Answer, catalog: Catalog, language: Language) -> list[Shown]:
    """Give the lines of an answer as shown; what plainly does not apply comes last."""
    ordered = sorted(answer.lines, key=lambda line: line.outcome == "not_applicable")
    return [shown_line(line, catalog, language) for line in ordered]


def shown_line(answer: LineAnswer, catalog: Catalog, language: Language) -> Shown:
    """Give one line of an answer as shown."""
    item = catalog.items[answer.item]
    line = next((line for line in item.lines if line.id == answer.line), None)
    low, high = answer.allowed_range or (None, None)
    return Shown(
        answer=answer,
        item=item.name,
        line=line.name if line is not None else Text("", ""),
        outcome=OUTCOMES[answer.outcome],
        tone=OUTCOME_TONES.get(answer.outcome, ""),
        low=low,
        high=high,
        reason=REASONS.get(answer.reason or ""),
        sentences=tuple(sentences_of(answer, language)),
        papers=tuple(paper_of(key, catalog) for key in answer.documents),
        missing=tuple(_missing(need, catalog) for need in answer.needs),
        through=item.collected_by,
        period=named(PERIODS, line.period) if line is not None else Text("", ""),
    )


def facts_missing(answer: Answer, catalog: Catalog) -> list[tuple[Text, Text]]:
    """Name every fact that is missing, once, with who supplies it."""
    needs = dict.fromkeys(need for line in answer.lines for need in line.needs)
    return [_missing(need, catalog) for need in needs]


def _facts_of(live: Iterable[LinePlan], request: Request) -> tuple[set[str], set[str]]:
    """Give the facts that lines read themselves, and those their reliefs read."""
    own, for_reliefs = set[str](), set[str]()
    for line in live:
        own |= line.facts
        own |= {group.class_fact for group in line.groups if group.class_fact}
        for relief in active_reliefs(line, request):
            for_reliefs |= relief.facts
    return own, for_reliefs


def _by_parts(names: Iterable[str], facts: Mapping[str, Fact]) -> set[str]:
    """Replace facts worked out from others by those others."""
    parts = set[str]()
    for name in names:
        derived = facts[name].derived if name in facts else None
        parts.update(derived if derived is not None else (name,))
    return parts


def _missing(need: Need, catalog: Catalog) -> tuple[Text, Text]:
    who = Text(supplier_words(need.supplied_by, "zh"), supplier_words(need.supplied_by, "en"))
    return label_of(need.fact, catalog.facts), who
