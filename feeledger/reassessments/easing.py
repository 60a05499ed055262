"""Payers' reliefs (R-M4) and late fees (R-M5) of a duty that is assessed again.

A relief is of what its notice asked when it was granted, and of no more: of that, it takes by its
terms what a fresh assessment leaves (a waiver all, a share its share, an amount at most all). What
is asked later beside it is asked whole. A late fee that was paid is worked out again where some of
its line goes back, over the same days; it is never raised.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from feeledger.money import Money, round_half_up
from feeledger.notices.notice import DueLine, late_fees_of, late_rule_of
from feeledger.notices.reliefs import WHOLE
from feeledger.reassessments.duty import ChargedLine, DutyKey, Granted, Root
from feeledger.reassessments.fresh import Fresh, OwedLine

Series = Mapping[str | None, str]


@dataclass(frozen=True, slots=True)
class Taking:
    """What a granted relief takes off a line that is owed, in fen."""

    granted: Granted
    fen: int


@dataclass(frozen=True, slots=True)
class EasedLine:
    """A line that is owed, and what reliefs take off it."""

    owed: OwedLine
    takings: tuple[Taking, ...] = ()

    def without(self, notices: Sequence[int]) -> int:
        """Give what is owed of it, in fen, as if the reliefs of some notices were not."""
        kept = (each.fen for each in self.takings if each.granted.notice not in notices)
        return self.owed.amount.fen - sum(kept)

    @property
    def fen(self) -> int:
        """What is owed of it after the reliefs."""
        return self.without(())


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What goes back of a paid line: of its charge, and of its late fee.

    ``too_much_fen`` is what of the charge was too much; more or less goes back for the late fee.
    """

    notice: int
    line_no: int
    too_much_fen: int
    fen: int
    late_fen: int

    @property
    def all_fen(self) -> int:
        """The charge and the late fee that go back."""
        return self.fen + self.late_fen


def eased_lines(root: Root, key: DutyKey, fresh: Fresh, series: Series) -> tuple[EasedLine, ...]:
    """Hold the reliefs of a duty's living notices against what it comes to.

    ``series`` names the price of each line of the notice that stands for the whole.
    """
    lines = _by_standing(root, key, fresh, series)
    standing = root.standing
    below = 0 if standing is None else standing.counted(key)
    for piece in root.supplements():
        for line in piece.lines_of(key):
            reach = sum(each.fen for each in lines) - below
            part = min(max(reach, 0), line.amount_fen)
            lines = _from_the_last(lines, tuple(_taken(line.reliefs, part)))
            below += line.amount_fen - line.asked_fen
    return tuple(lines)


def unrelieved(fresh: Fresh) -> tuple[EasedLine, ...]:
    """Give the owed lines as no relief touches them."""
    return tuple(map(EasedLine, fresh.owed))


def given_back(root: Root, key: DutyKey, owed_fen: int) -> tuple[GivenBack, ...]:
    """Say what goes back of the paid lines of a duty, the latest notice's last line first."""
    paid = [piece for piece in root.pieces if piece.paid]
    left = sum(piece.counted(key) for piece in paid) - owed_fen
    found = []
    for piece in reversed(paid):
        for line in reversed(piece.lines_of(key)):
            taken = min(max(left, 0), line.left_fen)
            left -= taken
            if taken:
                found.append(_line_back(piece.notice, line, taken))
    return tuple(found)


def _line_back(notice: int, line: ChargedLine, taken: int) -> GivenBack:
    """Give a line's part back with the late fee on it; a late fee given back before is set off."""
    late = line.late
    if late is None:
        return GivenBack(notice, line.line_no, taken, taken, 0)
    rest = DueLine("", "", Money(line.left_fen - taken), late_rule_of(late.rule), late.bp)
    (fee,) = late_fees_of((rest,), due_on=late.due_on, paid_on=late.paid_on)
    more = late.left_fen - fee.fen
    fen = max(0, taken + min(0, more))
    return GivenBack(notice, line.line_no, taken, fen, max(0, more))


def _by_standing(root: Root, key: DutyKey, fresh: Fresh, series: Series) -> list[EasedLine]:
    """Let the reliefs of the standing notice take theirs, price by price.

    The lines of a price that is not owed any more pass theirs on to a price that was not charged.
    """
    standing = root.standing
    own = () if standing is None else standing.lines_of(key)
    charged: dict[str, list[ChargedLine]] = {}
    for line in own:
        charged.setdefault(series.get(line.line_id, ""), []).append(line)
    owed = {price for price in map(_price, fresh.owed) if price in charged}
    free = [line for price, lines in charged.items() if price not in owed for line in lines]
    found = []
    for each in fresh.owed:
        lines = charged.pop(_price(each), []) if _price(each) in owed else free
        takings: list[Taking] = []
        left = each.amount.fen
        while lines and left:
            line = lines.pop(0)
            part = min(left, line.amount_fen)
            takings += _taken(line.reliefs, part)
            left -= part
        found.append(EasedLine(each, tuple(takings)))
    return found


def _price(each: OwedLine) -> str:
    answer = each.answer
    return "" if answer.line is None else answer.trace.plan.lines[answer.line].line.series


def _taken(reliefs: Sequence[Granted], fen: int) -> Iterator[Taking]:
    """Let reliefs take theirs of an amount, one after the other, never below nothing."""
    for each in reliefs:
        if each.bp is not None:
            taken = fen - round_half_up(fen * (WHOLE - each.bp), WHOLE)
        else:
            taken = fen if each.fen is None else min(each.fen, fen)
        if taken:
            yield Taking(each, taken)
        fen -= taken


def _from_the_last(lines: Sequence[EasedLine], takings: Sequence[Taking]) -> list[EasedLine]:
    """Take what a supplement's reliefs took off the owed lines, from the last."""
    found = list(lines)
    for taking in takings:
        left = taking.fen
        for at in reversed(range(len(found))):
            part = min(left, found[at].fen)
            if part:
                more = (*found[at].takings, Taking(taking.granted, part))
                found[at] = EasedLine(found[at].owed, more)
                left -= part
    return found
