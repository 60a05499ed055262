"""By which terms a relief is put on another notice, so that it takes exactly what it should."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from feeledger.money import Money
from feeledger.notices.reliefs import LineRelief
from feeledger.reliefs.relief import LineNow, ReliefImpossible, Terms, effect_of


def carried_terms(
    terms: Terms, lines: Sequence[LineNow], wanted: Mapping[int, int]
) -> tuple[Terms, ...]:
    """Give the terms that take what is wanted off each line: fen, or a share of its late fee.

    They are the relief's own where these take just that, else one a line: a waiver where all of it
    goes, the share where it fits, an amount where it does not.
    """
    if not wanted:
        return ()
    whole = replace(terms, line_no=None) if terms.line_no is None else None
    if whole is not None and _takes(whole, lines, wanted):
        return (whole,)
    return tuple(_of_lines(terms, lines, wanted))


def _of_lines(terms: Terms, lines: Sequence[LineNow], wanted: Mapping[int, int]) -> Iterator[Terms]:
    for line in lines:
        size = wanted.get(line.line_no)
        if size:
            yield _of_line(terms, line, size)


def _of_line(terms: Terms, line: LineNow, size: int) -> Terms:
    same = replace(terms, line_no=line.line_no)
    if _takes(same, (line,), {line.line_no: size}):
        return same
    if terms.kind == "late":
        return Terms("late", line.line_no, bp=size)
    if size == line.amount.fen:
        return Terms("waive", line.line_no)
    return Terms("reduce", line.line_no, amount=Money(size))


def _takes(terms: Terms, lines: Sequence[LineNow], wanted: Mapping[int, int]) -> bool:
    """Say whether terms take off just what is wanted."""
    try:
        effect = effect_of(terms, lines, seq=1, due_on=None)
    except ReliefImpossible:
        return False
    return {one.line_no: _size(terms, one) for one in effect} == dict(wanted)


def _size(terms: Terms, one: LineRelief) -> int:
    return one.late_bp if terms.kind == "late" else one.fen
