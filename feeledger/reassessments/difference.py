"""The difference between what counts of a duty and its fresh assessment, and what made it.

It is taken apart along the way from then to now: the edition of then with the facts of then, the
edition of now with the facts of then, both of now. The parts add up to the difference, to the fen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from feeledger.assessment.outcomes import LineAnswer
from feeledger.catalog.items import Edition
from feeledger.catalog.plan import Plan
from feeledger.errors import Text
from feeledger.money import Money
from feeledger.notices.charges import Charge, Counted
from feeledger.reassessments.duty import ChargedLine, DutyKey
from feeledger.reassessments.easing import EasedLine, GivenBack, Taking, unrelieved
from feeledger.reassessments.fresh import Asked, Fresh, fresh_of
from feeledger.reassessments.words import (
    earlier_words,
    edition_words,
    fact_words,
    late_words,
    relief_words,
    sum_words,
    together_words,
)

PartKind = Literal["edition", "facts", "earlier", "together", "late"]
Eased = tuple[EasedLine, ...]


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

    ``counted_fen`` is after reliefs and refunds; ``late_fen`` is what was paid as late fees beside it
    and stands. ``open`` says why no difference can be told; ``fen`` is then nothing.
    """

    root: int
    key: DutyKey
    item_name: str
    unit_name: str
    counted_fen: int
    fresh: Fresh
    parts: tuple[Part, ...]
    open: Text | None = None
    eased: Eased = ()
    back: tuple[GivenBack, ...] = ()
    late_fen: int = 0

    @property
    def owed_fen(self) -> int:
        """What is owed after the payer's reliefs, late fees apart."""
        return sum(each.fen for each in self.eased)

    @property
    def told_fen(self) -> int:
        """What counts, with the late fees that were paid."""
        return self.counted_fen + self.late_fen

    @property
    def fresh_fen(self) -> int:
        """What the duty comes to after the payer's reliefs, with what stands of the late fees."""
        return self.told_fen + self.fen

    @property
    def fen(self) -> int:
        """What is to be charged (above zero) or given back (below)."""
        if self.open is not None:
            return 0
        return self.owed_fen - self.counted_fen - late_fen_of(self.back)

    @property
    def policy_made_it(self) -> bool:
        """Say whether the edition, more than the facts, made the difference."""
        moved = {part.kind: abs(part.fen) for part in self.parts}
        return moved.get("facts", 0) <= moved.get("edition", 0) + moved.get("together", 0)

    def explanation(self) -> dict[str, Any]:
        """Give the parts as data with their sentences, to be frozen."""
        told = [
            *(part.told for part in self.parts),
            *relief_words((each.granted.document, each.fen) for each in self.takings),
            sum_words(Money(self.fresh_fen), self.told_fen, self.fen),
        ]
        return {
            "parts": [{"kind": part.kind, "fen": part.fen} for part in self.parts],
            "documents": documents_of(self.fresh),
            "sentences": {"zh": [t.zh for t in told], "en": [t.en for t in told]},
        }

    @property
    def takings(self) -> tuple[Taking, ...]:
        """What the payer's reliefs take off it."""
        return tuple(each for line in self.eased for each in line.takings)


@dataclass(frozen=True, slots=True)
class Charging:
    """A line to be charged, and what reliefs that are carried over to it take off it."""

    key: DutyKey
    charge: Charge
    takings: tuple[Taking, ...] = ()


def parts_of(
    asked: Asked,
    line: ChargedLine,
    *,
    counted_fen: int,
    then: Known,
    now: Known,
    changes: tuple[FactChange, ...],
    ease: Callable[[Fresh], Eased] = unrelieved,
) -> tuple[Fresh, tuple[Part, ...]]:
    """Assess a duty as of now, and take its difference from what counts apart.

    ``line`` is the first that was charged: what it said then is told beside what is so now.
    ``ease`` lets the payer's reliefs take theirs.
    """
    fresh = fresh_of(now.plan, asked, now.facts)
    same = then.edition.sha256 == now.edition.sha256
    first = _owed(fresh_of(then.plan, asked, then.facts), ease)
    middle = first if same else _owed(fresh_of(now.plan, asked, then.facts), ease)
    last = _owed(fresh, ease)
    if last is None:
        return fresh, ()
    if first is None or middle is None:
        fen = last - counted_fen
        told = together_words(then.edition, now.edition, [_worded(c) for c in changes])
        return fresh, (Part("together", fen, told),) if fen else ()
    parts = [
        Part("edition", middle - first, _edition_told(asked, line, fresh, then, now)),
        Part("facts", last - middle, fact_words([_worded(c) for c in changes])),
        Part("earlier", first - counted_fen, earlier_words(Money(first), counted_fen)),
    ]
    return fresh, tuple(part for part in parts if part.fen)


def late_parts(back: Sequence[GivenBack]) -> tuple[Part, ...]:
    """Say what goes back of late fees, or is set off against one given back before."""
    fen = late_fen_of(back)
    return (Part("late", -fen, late_words(fen)),) if fen else ()


def late_fen_of(back: Sequence[GivenBack]) -> int:
    """Give what goes back beyond what was too much of the charges: the late fees on it."""
    return sum(each.all_fen - each.too_much_fen for each in back)


def charges_for(
    difference: Difference,
    counted_fen: int,
    why: Mapping[str, Any],
    *,
    gone: Sequence[int] = (),
    late_rule: Mapping[str, str] | None = None,
) -> tuple[Charging, ...]:
    """Give the lines that charge what a duty comes to beyond what counts already.

    What counts is laid against the owed lines in their order; lines that it covers whole fall away.
    Reliefs of the notices that are ``gone`` are carried over: their lines are charged before them.
    """
    left, charges = counted_fen, []
    for line in difference.eased:
        covered = min(left, line.fen)
        left -= covered
        carried = tuple(each for each in line.takings if each.granted.notice in gone)
        fen = line.fen - covered + sum(each.fen for each in carried)
        if fen:
            counted_before = line.owed.amount.fen - fen
            counted = Counted(Money(counted_before), why) if counted_before or why else None
            owed = line.owed
            charge = Charge(
                difference.key.unit_code, owed.answer, owed.decided, counted, late_rule=late_rule
            )
            charges.append(Charging(difference.key, charge, carried))
    return tuple(charges)


def documents_of(fresh: Fresh) -> list[str]:
    """Name the documents that the fresh assessment rests on."""
    return list(dict.fromkeys(name for each in _telling(fresh) for name in each.documents))


def _owed(fresh: Fresh, ease: Callable[[Fresh], Eased]) -> int | None:
    """Give what is owed after reliefs, in fen; None where it cannot be told."""
    return None if fresh.open is not None else sum(each.fen for each in ease(fresh))


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
