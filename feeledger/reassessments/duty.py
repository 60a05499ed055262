"""A duty as it was charged: the first notice's lines of one item, and what was booked on it since.

A duty belongs to the notice that first charged it, its *root*, for ever: notices that were issued
for a difference, or in the root's place, are *pieces* of the root. What counts of a duty is what its
living notices charge, less what was asked back of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Literal

from feeledger.money import Money
from feeledger.notices.notice import PAID, UNPAID

PieceKind = Literal["root", "supplement", "replacement"]
LIVING: Final = PAID | UNPAID | {"waived"}


@dataclass(frozen=True, slots=True)
class DutyKey:
    """Which duty of a root: item, unit, day it arose; ``ordinal`` parts lines that are twins."""

    item_id: str
    unit_code: str
    obligation_on: date
    ordinal: int = 0


@dataclass(frozen=True, slots=True)
class Granted:
    """A payer's relief (R-M4) of one line: its terms, and what it took off the line, in fen.

    ``bp`` is a share in hundredths of a per cent, ``fen`` an amount; neither: all of it.
    """

    notice: int
    relief: int
    bp: int | None
    fen: int | None
    taken_fen: int
    document: str


@dataclass(frozen=True, slots=True)
class LatePaid:
    """The late fee of a paid line (R-M5): its rule, the share waived, the days it was counted over.

    ``asked_fen`` is what refunds hold of it.
    """

    rule: Mapping[str, str]
    bp: int
    due_on: date
    paid_on: date
    fen: int
    asked_fen: int = 0

    @property
    def left_fen(self) -> int:
        """What of it was not asked back."""
        return self.fen - self.asked_fen


@dataclass(frozen=True, slots=True)
class ChargedLine:
    """One line of a notice; ``asked_fen`` is what refunds hold of it, from the application on.

    ``reliefs`` are what payer's reliefs took off it, in order; ``late`` the late fee it was paid with.
    """

    line_no: int
    key: DutyKey
    item_name: str
    unit_name: str
    line_id: str | None
    outcome: str
    amount_fen: int
    explanation: Mapping[str, Any]
    basis: Mapping[str, str] | None
    late_rule: Mapping[str, str] | None
    asked_fen: int = 0
    reliefs: tuple[Granted, ...] = ()
    late: LatePaid | None = None

    @property
    def asks_fen(self) -> int:
        """What it asks after its reliefs."""
        return self.amount_fen - sum(each.taken_fen for each in self.reliefs)

    @property
    def left_fen(self) -> int:
        """What of it counts: what it asks, less what was asked back."""
        return self.asks_fen - self.asked_fen


@dataclass(frozen=True, slots=True)
class Piece:
    """One notice of a root: the root itself, a supplement, or a replacement."""

    notice: int
    kind: PieceKind
    status: str
    edition_id: str
    issued_at: datetime
    lines: tuple[ChargedLine, ...]
    voided_at: datetime | None = None

    @property
    def lives(self) -> bool:
        """Say whether it counts: it was not voided and is no draft."""
        return self.status in LIVING

    @property
    def unpaid(self) -> bool:
        """Say whether it can still be voided."""
        return self.status in UNPAID

    def counted(self, key: DutyKey) -> int:
        """Give what it counts for a duty, in fen."""
        if not self.lives:
            return 0
        return sum(line.left_fen for line in self.lines_of(key))

    def lines_of(self, key: DutyKey) -> tuple[ChargedLine, ...]:
        """Give its lines of a duty."""
        return tuple(line for line in self.lines if line.key == key)

    @property
    def paid(self) -> bool:
        """Say whether it was paid."""
        return self.status in PAID


@dataclass(frozen=True, slots=True)
class Root:
    """A first notice with all that was issued for its duties since, the earliest first."""

    uscc: str
    pieces: tuple[Piece, ...]

    @property
    def first(self) -> Piece:
        """The notice that first charged the duties."""
        return self.pieces[0]

    @property
    def standing(self) -> Piece | None:
        """The living notice that stands for the whole: the root, or what replaced it last."""
        whole = [piece for piece in self.pieces if piece.kind != "supplement" and piece.lives]
        return whole[-1] if whole else None

    @property
    def alive(self) -> bool:
        """Say whether anything of it counts."""
        return any(piece.lives for piece in self.pieces)

    def duties(self) -> tuple[DutyKey, ...]:
        """Name the duties, in the order of the first notice's lines."""
        return tuple(dict.fromkeys(line.key for line in self.first.lines))

    def counted(self, key: DutyKey, *, without: Sequence[int] = ()) -> int:
        """Give what counts of a duty, in fen, perhaps without some notices."""
        return sum(piece.counted(key) for piece in self.pieces if piece.notice not in without)

    def supplements(self) -> tuple[Piece, ...]:
        """Give the living notices that charge a difference, one upon the other.

        One that was issued as others were voided has the place of the first of them.
        """
        found = [each for each in self.pieces if each.kind == "supplement"]
        places: dict[int, int] = {}
        for at, piece in enumerate(found):
            before = (q for q in found[:at] if q.voided_at == piece.issued_at)
            places[piece.notice] = min((places[each.notice] for each in before), default=at)
        living = [each for each in found if each.lives]
        return tuple(sorted(living, key=lambda each: places[each.notice]))

    def late_left(self, key: DutyKey) -> int:
        """Give what was paid as late fees of a duty and was not asked back, in fen."""
        paid = [line.late for each in self.pieces if each.paid for line in each.lines_of(key)]
        return sum(late.left_fen for late in paid if late is not None)

    def late_rule(self, key: DutyKey) -> Mapping[str, str] | None:
        """Give the late-fee rule that a duty was noticed with (R-M5)."""
        rules = (line.late_rule for piece in self.pieces for line in piece.lines_of(key))
        return next((rule for rule in rules if rule is not None), None)

    def lines(self, key: DutyKey) -> tuple[ChargedLine, ...]:
        """Give the first notice's lines of a duty."""
        return tuple(line for line in self.first.lines if line.key == key)


def numbered_lines(lines: Iterable[ChargedLine]) -> tuple[ChargedLine, ...]:
    """Tell twins apart: the second line of one price for one duty is a duty of its own."""
    seen: dict[tuple[DutyKey, str | None], int] = {}
    found = []
    for line in lines:
        at = seen.get((line.key, line.line_id), 0)
        seen[line.key, line.line_id] = at + 1
        found.append(line if not at else replace(line, key=replace(line.key, ordinal=at)))
    return tuple(found)


def frozen_facts(lines: Iterable[ChargedLine]) -> dict[str, object]:
    """Give the facts that a notice's lines were worked out from, as they were frozen into it."""
    found: dict[str, object] = {}
    for line in lines:
        steps = line.explanation.get("steps") or {}
        for told in steps.get("facts") or ():
            if told.get("source") != "derived" and not isinstance(told.get("value"), Mapping):
                found[str(told["fact"])] = told["value"]
    return found


def decided_amounts(lines: Iterable[ChargedLine]) -> dict[str | None, tuple[Money, str, str]]:
    """Give the amounts that a person set, with document and reason, by line."""
    return {
        line.line_id: (Money(line.amount_fen), line.basis["document"], line.basis["reason"])
        for line in lines
        if line.basis
    }
