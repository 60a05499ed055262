"""What reliefs approved after issue did to a notice's lines (R-M4), and its lines after them.

A notice's own amounts never change. Each approved relief of a notice has a number, from 1; a payment
keeps how many it was paid under, so that what it paid can be worked out for ever, whatever was
relieved after it was taken back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

WHOLE: Final = 10_000  # hundredths of a per cent


@dataclass(frozen=True, slots=True)
class LineRelief:
    """What relief ``seq`` did to one line.

    ``fen`` is taken off the line, ``late_bp`` (hundredths of a per cent) off its late fee; of a
    deferral ``due_was`` is the due day before it.
    """

    seq: int
    line_no: int
    fen: int = 0
    late_bp: int = 0
    due_was: date | None = None


def relieved_fen(reliefs: Sequence[LineRelief], line_no: int) -> int:
    """Give what was taken off a line, in fen."""
    return sum(one.fen for one in reliefs if one.line_no == line_no)


def relieved_bp(reliefs: Sequence[LineRelief], line_no: int) -> int:
    """Give what was taken off a line's late fee, in hundredths of a per cent."""
    return sum(one.late_bp for one in reliefs if one.line_no == line_no)


def reliefs_until(reliefs: Sequence[LineRelief], seq: int) -> tuple[LineRelief, ...]:
    """Give the reliefs up to a number: those that a payment was paid under."""
    return tuple(one for one in reliefs if one.seq <= seq)


def due_day_then(reliefs: Sequence[LineRelief], seq: int, due_on: date) -> date:
    """Give the due day as it stood after relief ``seq``; ``due_on`` is the one that stands now."""
    later = [one for one in reliefs if one.seq > seq and one.due_was is not None]
    first = min(later, key=lambda one: one.seq, default=None)
    return due_on if first is None or first.due_was is None else first.due_was
