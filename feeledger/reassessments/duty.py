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
class ChargedLine:
    """One line of a notice; ``asked_fen`` is what refunds hold of it, from the application on.

    ``relieved``: a payer's relief (R-M4) took something off it.
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
    has_late_rule: bool
    asked_fen: int = 0
    relieved: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """One notice of a root: the root itself, a supplement, or a replacement."""

    notice: int
    kind: PieceKind
    status: str
    edition_id: str
    issued_at: datetime
    lines: tuple[ChargedLine, ...]

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
        return sum(line.amount_fen - line.asked_fen for line in self.lines if line.key == key)


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

    def relieved(self, key: DutyKey) -> bool:
        """Say whether a payer's relief stands on a living line of a duty."""
        living = [piece for piece in self.pieces if piece.lives]
        return any(x.relieved for piece in living for x in piece.lines if x.key == key)

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
