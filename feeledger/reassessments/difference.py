"""The difference between what counts of a duty and its fresh assessment, and what made it.

It is taken apart along the way from then to now: the edition of then with the facts of then, the
edition of now with the facts of then, both of now. The parts add up to the difference, to the fen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from feeledger.assessment.outcomes import LineAnswer
from feeledger.catalog.items import Edition
from feeledger.catalog.plan import Plan
from feeledger.errors import Text
from feeledger.money import Money
from feeledger.notices.charges import Charge, Counted
from feeledger.reassessments.duty import ChargedLine, DutyKey
from feeledger.reassessments.fresh import Asked, Fresh, OwedLine, fresh_of
from feeledger.reassessments.words import (
    earlier_words,
    edition_words,
    fact_words,
    sum_words,
    together_words,
)

PartKind = Literal["edition", "facts", "earlier", "together"]


@dataclass(frozen=True, slots=True)
class Part:
    """What one change did to the amount, signed fen, and in words."""

    kind: PartKind
    fen: int
    told: Text


@dataclass(frozen=True, slots=True)
class FactChange:
    """A fact that is known otherwise than when the notice was issued; None: not known."""

    name: str
    label: Text
    before: object
    after: object
    document: str


@dataclass(frozen=True, slots=True)
class Known:
    """An edition and the facts that go with it: of then, or of now."""

    plan: Plan
    facts: Mapping[str, object]

    @property
    def edition(self) -> Edition:
        """The edition."""
        return self.plan.catalog.edition


@dataclass(frozen=True, slots=True)
class Difference:
    """One duty of one root: what counts, what it comes to, and why they differ.

    ``open`` says why no difference can be told; ``fen`` is then nothing.
    """

    root: int
    key: DutyKey
    item_name: str
    unit_name: str
    counted_fen: int
    fresh: Fresh
    parts: tuple[Part, ...]
    open: Text | None = None

    @property
    def fresh_fen(self) -> int:
        """What the duty comes to, in fen."""
        total = self.fresh.total
        return 0 if total is None else total.fen

    @property
    def fen(self) -> int:
        """What is to be charged (above zero) or given back (below)."""
        return 0 if self.open is not None else self.fresh_fen - self.counted_fen

    @property
    def policy_made_it(self) -> bool:
        """Say whether the edition, more than the facts, made the difference."""
        moved = {part.kind: abs(part.fen) for part in self.parts}
        return moved.get("facts", 0) <= moved.get("edition", 0) + moved.get("together", 0)

    def explanation(self) -> dict[str, Any]:
        """Give the parts as data with their sentences, to be frozen."""
        told = [
            *(part.told for part in self.parts),
            sum_words(Money(self.fresh_fen), self.counted_fen, self.fen),
        ]
        return {
            "parts": [{"kind": part.kind, "fen": part.fen} for part in self.parts],
            "documents": documents_of(self.fresh),
            "sentences": {"zh": [t.zh for t in told], "en": [t.en for t in told]},
        }


def parts_of(
    asked: Asked,
    line: ChargedLine,
    *,
    counted_fen: int,
    then: Known,
    now: Known,
    changes: tuple[FactChange, ...],
) -> tuple[Fresh, tuple[Part, ...]]:
    """Assess a duty as of now, and take its difference from what counts apart.

    ``line`` is the first that was charged: what it said then is told beside what is so now.
    """
    fresh = fresh_of(now.plan, asked, now.facts)
    same = then.edition.sha256 == now.edition.sha256
    first = fresh_of(then.plan, asked, then.facts).total
    middle = first if same else fresh_of(now.plan, asked, then.facts).total
    last = fresh.total
    if last is None:
        return fresh, ()
    if first is None or middle is None:
        fen = last.fen - counted_fen
        told = together_words(then.edition, now.edition, [_worded(c) for c in changes])
        return fresh, (Part("together", fen, told),) if fen else ()
    parts = [
        Part("edition", middle.fen - first.fen, _edition_told(asked, line, fresh, then, now)),
        Part("facts", last.fen - middle.fen, fact_words([_worded(c) for c in changes])),
        Part("earlier", first.fen - counted_fen, earlier_words(first, counted_fen)),
    ]
    return fresh, tuple(part for part in parts if part.fen)


def charges_for(
    unit_code: str, fresh: Fresh, counted_fen: int, why: Mapping[str, Any]
) -> tuple[Charge, ...]:
    """Give the lines that charge what a duty comes to beyond what counts already.

    What counts is laid against the owed lines in their order; lines that it covers whole fall away.
    """
    left, charges = counted_fen, []
    for line in fresh.owed:
        covered = min(left, line.amount.fen)
        left -= covered
        if line.amount.fen > covered:
            counted = Counted(Money(covered), why) if counted_fen or why else None
            charges.append(_charge(unit_code, line, counted))
    return tuple(charges)


def documents_of(fresh: Fresh) -> list[str]:
    """Name the documents that the fresh assessment rests on."""
    return list(dict.fromkeys(name for each in _telling(fresh) for name in each.documents))


def _charge(unit_code: str, line: OwedLine, counted: Counted | None) -> Charge:
    return Charge(unit_code, line.answer, line.decided, counted)


def _telling(fresh: Fresh) -> list[LineAnswer]:
    """Give the answers that tell why: the owed ones, or all where nothing is owed."""
    return [line.answer for line in fresh.owed] or list(fresh.answers)


def _edition_told(asked: Asked, line: ChargedLine, fresh: Fresh, then: Known, now: Known) -> Text:
    ending = next((a.trace.ending for a in fresh.answers if a.trace.ending is not None), None)
    trued_up = line.outcome == "provisional" and any(
        each.answer.outcome in ("due", "reduced") for each in fresh.owed
    )
    return edition_words(
        then.edition,
        now.edition,
        on=asked.on,
        ending=ending,
        trued_up=trued_up,
        documents=documents_of(fresh),
    )


def _worded(change: FactChange) -> tuple[Text, object, object, str]:
    return change.label, change.before, change.after, change.document
