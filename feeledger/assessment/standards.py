"""From the answers of an item's lines to what may be charged, for a charge to be held against.

What may be charged is a sum of pieces, one a line: an exact amount, a span of published bounds, or
something open. Classes that nothing chose, and places under the region asked, make several
standards of which one holds; the caller has to say which.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Final, Literal

from feeledger.assessment.outcomes import OWED, LineAnswer
from feeledger.catalog.items import Condition
from feeledger.catalog.plan import LinePlan

Kind = Literal["exact", "cap", "span", "floor", "open", "no_rate"]
STANDARDS_MOST: Final = 256


@dataclass(frozen=True, slots=True)
class Piece:
    """What one line lets be charged: fen from ``low`` to ``high`` (None: no upper bound known)."""

    answer: LineAnswer
    low: int
    high: int | None
    kind: Kind


@dataclass(frozen=True, slots=True)
class Standard:
    """One way in which the item may be charged: its pieces, of which the bounds add up."""

    pieces: tuple[Piece, ...]

    @property
    def low(self) -> int:
        """The least, in fen."""
        return sum(piece.low for piece in self.pieces)

    @property
    def high(self) -> int | None:
        """The most, in fen; None where no bound is known."""
        highs = [piece.high for piece in self.pieces]
        return None if None in highs else sum(high for high in highs if high is not None)

    @property
    def sure(self) -> bool:
        """Say whether everything in it is known."""
        return not any(piece.kind in {"open", "no_rate"} for piece in self.pieces)

    def has(self, *kinds: Kind) -> bool:
        """Say whether a piece of one of the kinds is in it."""
        return any(piece.kind in kinds for piece in self.pieces)

    def holds(self, fen: int) -> bool:
        """Say whether an amount lies within the bounds."""
        return self.low <= fen and (self.high is None or fen <= self.high)

    def answers(self) -> tuple[LineAnswer, ...]:
        """Give the answers it is made of."""
        return tuple(piece.answer for piece in self.pieces)


def standards_of(
    answers: Iterable[LineAnswer], *, region: str, facts: Mapping[str, object]
) -> tuple[Standard, ...]:
    """Give every standard that may hold; none where no line applies."""
    applying = [each for each in answers if each.outcome != "not_applicable" and each.line]
    found: list[Standard] = []
    for group in _by_place(applying, region):
        lines, told = _touched(group, facts)
        found.extend(islice(_combined(lines, told=told), STANDARDS_MOST))
    return tuple(found)


def open_choices(standards: Sequence[Standard], region: str) -> tuple[str, ...]:
    """Name what would choose among several standards: class facts, the line, the region."""
    names: list[str] = []
    places: set[str] = set()
    for answer in (answer for standard in standards for answer in standard.answers()):
        plan = _plan_of(answer)
        places.add("" if plan.place.covers(region) else plan.place.name)
        if answer.alternative:
            names.extend(group.class_fact or "line" for group in plan.groups)
    if len(places) > 1 or (places and "" not in places):
        names.append("region")
    return tuple(dict.fromkeys(names))


def drivers_of(line: LinePlan) -> frozenset[str]:
    """Give the facts that a line's amount is made of, those only in its conditions left out."""
    conditions = [each.when for each in line.line.adjustments]
    if line.line.applies_when is not None:
        conditions.append(line.line.applies_when)
    counted = {stage.subject for stage in line.stages if stage.kind == "quantity"}
    return (line.facts - {name for each in conditions for name in _facts_of(each)}) | counted


def _facts_of(condition: Condition) -> set[str]:
    return {test.fact for test in condition.tests}


def _by_place(answers: Sequence[LineAnswer], region: str) -> list[list[LineAnswer]]:
    """Part the lines that hold for the region from those of each place under it."""
    groups: dict[str, list[LineAnswer]] = {}
    for answer in answers:
        place = _plan_of(answer).place
        groups.setdefault("" if place.covers(region) else place.name, []).append(answer)
    return list(groups.values())


def _touched(
    answers: list[LineAnswer], facts: Mapping[str, object]
) -> tuple[list[LineAnswer], bool]:
    """Leave aside lines whose quantities were not given where all those of others were.

    Who says how many lorry plates were fetched speaks of lorry plates. False: nothing was said of
    any line, so that each of them may be meant alone.
    """
    drivers = [drivers_of(_plan_of(each)) for each in answers]
    for spoken_of in (
        [each <= facts.keys() for each in drivers],
        [not each.isdisjoint(facts) or not each for each in drivers],
    ):
        if any(touched and each for touched, each in zip(spoken_of, drivers, strict=True)):
            return [each for each, told in zip(answers, spoken_of, strict=True) if told], True
    return answers, not any(drivers)


def _combined(answers: list[LineAnswer], *, told: bool) -> Iterable[Standard]:
    """Add up what always holds with one line of each group of classes.

    Where nothing was told of any line, each may be meant alone as well: two fees of which each has
    a least amount (the court's) make no least amount of both.
    """
    fixed = [_piece_of(each) for each in answers if not each.alternative]
    choices: dict[tuple[str, ...], list[Piece]] = {}
    for each in answers:
        if each.alternative:
            choices.setdefault(_plan_of(each).groups[0].lines, []).append(_piece_of(each))
    for chosen in product(*choices.values()):
        if fixed or chosen:
            yield Standard((*fixed, *chosen))
    if not told and len(fixed) + len(choices) > 1:
        yield from (Standard((_piece_of(each),)) for each in answers)


def _piece_of(answer: LineAnswer) -> Piece:
    """Read an answer as bounds of what may be charged."""
    bounds = answer.allowed_range or (None, None)
    low = bounds[0].fen if bounds[0] is not None else 0
    high = bounds[1].fen if bounds[1] is not None else None
    exact = answer.amount.fen if answer.amount is not None else 0
    if answer.outcome in OWED or answer.outcome == "ended":
        return Piece(answer, exact, exact, "exact")
    if answer.outcome == "below_floor":
        return Piece(answer, exact, None, "floor")
    if answer.outcome == "ceiling":
        # Only the ceiling is published, or a floor and a ceiling of which the price lies between.
        return Piece(answer, 0, exact, "cap" if bounds[0] is None else "open")
    if answer.outcome in {"guided", "range"}:
        return Piece(answer, low, high, "span")
    return Piece(answer, low, high, "no_rate" if answer.outcome == "no_rate" else "open")


def _plan_of(answer: LineAnswer) -> LinePlan:
    plan = answer.trace.line
    if plan is None:
        raise ValueError(f"the answer of {answer.item} names no line")
    return plan
