"""What an enterprise is asked about itself: only facts that can still change what it owes. Pure.

From the answer by what is known: a fee that does not apply, has ended or is settled asks nothing more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from feeledger.assessment.outcomes import Answer, LineAnswer
from feeledger.catalog.items import Catalog, FeeItem
from feeledger.enterprises.facts import HeldFact
from feeledger.errors import Text
from feeledger.intake.templates import bounds_text
from feeledger.intake.wanted import SUPPLIED
from feeledger.web.owe_views import Asked, ask_for

SETTLED: Final = frozenset({"not_applicable", "ended", "exempt"})


@dataclass(frozen=True, slots=True)
class Question:
    """One fact to be asked for: how it is entered, what may stand there, and what is known of it."""

    asked: Asked
    bounds: Text
    known: HeldFact | None
    for_items: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """All that is asked for some fees: what is missing, what is known, what others supply."""

    missing: tuple[Question, ...]
    known: tuple[Question, ...]
    by_others: tuple[tuple[Text, str], ...]

    @property
    def done(self) -> int:
        """How many of the facts are known."""
        return len(self.known)

    @property
    def total(self) -> int:
        """How many facts there are, as far as can be said by now."""
        return len(self.known) + len(self.missing)


def possible_items(answer: Answer, catalog: Catalog) -> list[FeeItem]:
    """Give the fees that may still concern an enterprise, by what is known of it."""
    open_items = {each.item for each in answer.lines if _is_open(each)}
    return [item for item in catalog.items.values() if item.id in open_items]


def concerned_items(answer: Answer, catalog: Catalog, held: Iterable[str]) -> tuple[str, ...]:
    """Give the fees that rest on a fact that is known already: they plainly concern it."""
    known = frozenset(held) - SUPPLIED
    concerned = {
        each.item
        for each in answer.lines
        if each.trace.line is not None
        and each.outcome not in SETTLED
        and not each.trace.line.facts.isdisjoint(known)
    }
    return tuple(item for item in catalog.items if item in concerned)


def inquiry_of(answer: Answer, catalog: Catalog, held: Mapping[str, HeldFact]) -> Inquiry:
    """Say what to ask, from the answer for the fees chosen."""
    wanted: dict[str, set[str]] = {}
    for line in answer.lines:
        for name in _missing_of(line, catalog):
            wanted.setdefault(name, set()).add(line.item)
    known: dict[str, set[str]] = {}
    for line in answer.lines:
        read = line.trace.line.facts if line.trace.line is not None else frozenset()
        for name in read & held.keys():
            known.setdefault(name, set()).add(line.item)
    ours = {n: i for n, i in wanted.items() if catalog.facts[n].supplied_by == "enterprise"}
    return Inquiry(
        missing=_questions(ours, catalog, {}),
        known=_questions(known, catalog, held),
        by_others=tuple(
            (catalog.facts[name].label, catalog.facts[name].supplied_by)
            for name in catalog.facts
            if name in wanted.keys() - ours.keys() - SUPPLIED
        ),
    )


def _is_open(line: LineAnswer) -> bool:
    return line.outcome not in SETTLED and (bool(line.needs) or line.amount is not None)


def _missing_of(line: LineAnswer, catalog: Catalog) -> set[str]:
    """Give the facts a line still needs; a share is asked for by its parts, a class by its class."""
    names = {need.fact for need in line.needs}
    if line.alternative and line.trace.line is not None:
        names |= {each.class_fact for each in line.trace.line.groups if each.class_fact}
    parts = set[str]()
    for name in names & catalog.facts.keys():
        parts.update(catalog.facts[name].derived or (name,))
    return parts - SUPPLIED


def _questions(
    names: Mapping[str, set[str]], catalog: Catalog, held: Mapping[str, HeldFact]
) -> tuple[Question, ...]:
    return tuple(
        Question(
            ask_for(fact, only_relief=False),
            bounds_text(fact),
            held.get(name),
            tuple(catalog.items[item].name for item in catalog.items if item in names[name]),
        )
        for name, fact in catalog.facts.items()
        if name in names
    )
