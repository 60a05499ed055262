"""What one line comes to, as SQL: the precedence of ``cases.py`` as one CASE, amounts after it.

The finding is a code of ``column_findings.py``; ``TO_THE_WALK`` stands where 64 bits are not proved
to be enough for a row, which the scalar walk then answers. Amounts are worked out for every row
that is proved to fit, and told where the finding has one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from feeledger.assessment.column_findings import CODES, FIGURED
from feeledger.assessment.outcomes import Outcome
from feeledger.assessment.sql_expressions import Number, Sheet, Sql, Truth
from feeledger.assessment.sql_walk import SqlWalk
from feeledger.catalog.nodes import INT64_MAX, unit_of
from feeledger.catalog.plan import LinePlan, ReliefPlan

TO_THE_WALK: Final = 255
FEN_DECIMALS: Final = 2
UNCHOOSABLE: Final = [
    code for (outcome, _), code in CODES.items() if outcome in ("not_applicable", "ended")
]


@dataclass(frozen=True, slots=True)
class SqlAnswer:
    """One line's columns: its code, amount, bounds, and whether nothing chose it."""

    item: str
    line: str | None
    code: str
    amount: str
    low: str
    high: str
    alternative: str


class Findings:
    """The finding of one line in the making: what is settled first stands."""

    def __init__(self, sheet: Sheet, outside: Truth) -> None:
        """Start open; the rows outside of what is proved are not answered here."""
        self.sheet = sheet
        self.whens: list[tuple[Truth, int]] = []
        self.done = False
        self.settle_code(outside, TO_THE_WALK)

    def settle(self, where: Truth, outcome: Outcome, reason: str = "") -> None:
        """Give a finding to the rows that are open still and for which a truth surely holds."""
        self.settle_code(where, CODES[outcome, reason])

    def settle_code(self, where: Truth, code: int) -> None:
        """Give a code to the rows that are open still."""
        if not self.done and (where is True or isinstance(where, Sql)):
            self.whens.append((where, code))
            self.done = where is True

    @property
    def codes(self) -> set[int]:
        """The codes that can occur."""
        return {code for _, code in self.whens}

    def written(self) -> Sql | int:
        """Write the CASE; it must be settled for every row."""
        *cases, (_, last) = self.whens
        if not cases:
            return last
        stage = max(where.stage for where, _ in cases if isinstance(where, Sql))
        whens = " ".join(f"WHEN {self.sheet.truth(where)} THEN {code}" for where, code in cases)
        return self.sheet.keep(Sql(f"CASE {whens} ELSE {last} END", stage))


class SqlCase:
    """One line of a query: its program, its reliefs in force; ``answer`` writes it."""

    def __init__(
        self, line: LinePlan, active: Sequence[ReliefPlan], walk: SqlWalk, outside: Truth
    ) -> None:
        """Prepare; ``active`` are the reliefs in force, of this very plan."""
        self.line = line
        self.walk = walk
        self.sheet = walk.sheet
        self.reliefs = tuple(
            (each, self.sheet.keep_truth(walk.truth(each.truth))) for each in active
        )
        self.findings = Findings(self.sheet, outside)

    def answer(self, chosen: Truth) -> SqlAnswer:
        """Give the columns of the line, by the precedence of outcomes (cases.py)."""
        chosen = self.sheet.keep_truth(chosen)
        self._bar(chosen)
        self._leave_open()
        under, apart = self._owe()
        code = self.findings.written()
        amount, low, high = self._figures(code, under, apart)
        unchosen = self._unchosen(chosen, code)
        write, line = self.sheet.number, self.line
        told = code.text if isinstance(code, Sql) else str(code)
        return SqlAnswer(
            line.item.id, line.line.id, told, write(amount), write(low), write(high), unchosen
        )

    def _unchosen(self, chosen: Truth, code: Sql | int) -> str:
        if isinstance(chosen, bool):
            return "FALSE"
        if isinstance(code, int):
            told: Truth = code not in UNCHOOSABLE
        else:
            told = Sql(f"({code.text} NOT IN ({', '.join(map(str, UNCHOOSABLE))}))", code.stage)
        nobody = self.sheet.unknown(chosen)
        return self.sheet.truth(self.sheet.joined((nobody, told), every=True))

    # ---- the finding

    def _those(self, effect: str, *, base_only: bool | None = None) -> list[Truth]:
        return [
            truth
            for each, truth in self.reliefs
            if each.relief.effect == effect and base_only in (None, each.relief.base_only)
        ]

    def _holding(self, effect: str, *, base_only: bool | None = None) -> Truth:
        """Write that at least one relief of an effect holds; unknown counts as not."""
        found = self.sheet.joined(
            [self.sheet.surely(each) for each in self._those(effect, base_only=base_only)],
            every=False,
        )
        return self.sheet.keep_truth(found)

    def _bar(self, chosen: Truth) -> None:
        """Settle where the line does not apply or has no rate, whatever else is missing."""
        line, sheet, findings = self.line, self.sheet, self.findings
        findings.settle(sheet.turned(chosen), "not_applicable", "other_class")
        if line.condition is not None:
            false = sheet.turned(self._root(line.condition))
            findings.settle(false, "not_applicable", "condition_false")
        twice = self._holding("not_charged_twice")
        findings.settle(twice, "not_applicable", "charged_otherwise")
        if line.form == "free":
            findings.settle(True, "ended", "rate_set_to_zero")
        elif line.form == "none":
            findings.settle(True, "no_rate", "not_established")
        elif line.sums.inside is not None:
            outside = sheet.turned(self._root(line.sums.inside))
            findings.settle(outside, "no_rate", "outside_table")

    def _root(self, index: int) -> Truth:
        return self.sheet.keep_truth(self.walk.truth(index))

    def _leave_open(self) -> None:
        """Settle where the line is exempt as a whole, or a missing fact leaves it open."""
        line, sheet, findings = self.line, self.sheet, self.findings
        if findings.done:
            return
        applies = True if line.condition is None else self._root(line.condition)
        exempt = sheet.joined((self._holding("exempt", base_only=False), applies), every=True)
        findings.settle(exempt, "exempt")
        findings.settle(self._holding("unknown_reduction"), "undetermined", "reduction_unknown")
        unknown = [sheet.unknown(self._kept(root)) for root in line.roots]
        findings.settle(sheet.joined(unknown, every=False), "undetermined")
        # A base that is free already makes reliefs of the base idle.
        busy = sheet.turned(self._holding("exempt", base_only=True))
        for each, truth in self.reliefs:
            open_ = sheet.unknown(truth)
            busily = sheet.joined((open_, busy), every=True) if each.relief.base_only else open_
            findings.settle(busily, "undetermined")

    def _kept(self, index: int) -> Number | Truth:
        cell = self.walk.cell(index)
        return self.sheet.keep(cell) if isinstance(cell, Sql) else cell

    def _owe(self) -> tuple[Truth, Truth]:
        """Settle what is owed; say where a price is under its floor, and a ceiling's ends differ."""
        line, sums, findings, sheet = self.line, self.line.sums, self.findings, self.sheet
        under: Truth = False
        apart: Truth = False
        if findings.done:
            return under, apart
        if line.form == "range":
            findings.settle(True, "range")
            return under, apart
        if sums.reaches is not None:
            under = sheet.turned(self._root(sums.reaches))
            findings.settle(under, "below_floor")
        top, scale = self._top(sums.base)
        freed = self._holding("exempt", base_only=True)
        zero = [t for e, t in self.reliefs if e.relief.effect == "multiply" and e.factor == 0]
        freeing = sheet.joined([freed, *map(sheet.surely, zero)], every=False)
        nothing = sheet.compared(top, "eq", 0)
        findings.settle(sheet.joined((freeing, nothing), every=True), "exempt")
        if line.form == "guided":
            findings.settle(True, "guided")
            return under, apart
        if sums.low is not None and line.form != "floor":
            apart = sheet.keep_truth(_differing(sheet, self._top(sums.low), (top, scale)))
        findings.settle(True if line.form == "ceiling" else apart, "ceiling")
        if line.line.provisional:
            findings.settle(True, "provisional")
        applied = sheet.joined([freed, self._holding("multiply")], every=False)
        findings.settle(applied, "reduced")
        findings.settle(True, "due")
        return under, apart

    # ---- the figures

    def _figures(self, code: Sql | int, under: Truth, apart: Truth) -> tuple[Number, ...]:
        """Give amount and bounds where the finding has them; the amount is zero elsewhere."""
        sums, codes = self.line.sums, self.findings.codes
        told = [CODES[each, ""] for each in FIGURED if CODES[each, ""] in codes]
        if not told:
            return 0, None, None
        if self.line.form == "range":
            here = self._is(code, "range")
            return 0, self._told(here, sums.low), self._told(here, sums.high)
        amount = self._fen(sums.base)
        if under is not False:
            amount = self.sheet.where(under, self._fen(sums.low), amount)
        amount = self.sheet.where(_coded(code, told), amount, 0)
        if self.line.form == "guided":
            if sums.low is None or sums.high is None:
                return amount, None, None
            here = self._is(code, "guided")
            return amount, self._told(here, sums.low), self._told(here, sums.high)
        capped = self._is(code, "ceiling")
        if capped is False:
            return amount, None, None
        amount = self.sheet.keep_number(amount)
        low: Number = None
        if apart is not False:
            both = self.sheet.joined((capped, apart), every=True)
            low = self.sheet.where(both, self._fen(sums.low), None)
        return amount, low, self.sheet.where(capped, amount, None)

    def _is(self, code: Sql | int, outcome: Outcome) -> Truth:
        wanted = CODES[outcome, ""]
        return _coded(code, [wanted]) if wanted in self.findings.codes else False

    def _told(self, where: Truth, index: int | None) -> Number:
        return self.sheet.where(where, self._fen(index), None)

    def _top(self, index: int | None) -> tuple[Number, int]:
        """Give an amount after reliefs over its divisor: scaled integers, and their scale."""
        if index is None:
            raise TypeError(self.line.line.id)
        sums, sheet, program = self.line.sums, self.sheet, self.line.program
        top, scale = self.walk.number(index), program[index].scale
        top, scale = self._multiplied(top, scale, base_only=True)
        freed = self._holding("exempt", base_only=True)
        if freed is not False:
            top = sheet.where(freed, 0, top)
        if sums.rest is not None and index == sums.base:
            rest, under = self.walk.number(sums.rest), program[sums.rest].scale
            wide = max(scale, under)
            top = sheet.added(
                sheet.times(top, unit_of(wide - scale)), sheet.times(rest, unit_of(wide - under))
            )
            scale = wide
        top, scale = self._multiplied(top, scale, base_only=False)
        return sheet.keep_number(top), scale

    def _multiplied(self, top: Number, scale: int, *, base_only: bool) -> tuple[Number, int]:
        """Multiply by the factors of the reliefs that hold, by one where they do not."""
        for each, truth in self.reliefs:
            if each.relief.effect == "multiply" and each.relief.base_only == base_only:
                unit = unit_of(each.factor_scale)
                top = self.sheet.times(top, self.sheet.where(truth, each.factor, unit))
                scale += each.factor_scale
        return top, scale

    def _fen(self, index: int | None) -> Number:
        """Divide once and round half up to whole fen (R-M2)."""
        top, scale = self._top(index)
        sums, sheet = self.line.sums, self.sheet
        under: Number = 1
        if sums.divisor is not None:
            scale -= self.line.program[sums.divisor].scale
            under = sheet.keep_number(self.walk.number(sums.divisor))
        shift = FEN_DECIMALS - scale
        top = sheet.times(top, unit_of(max(shift, 0)))
        under = sheet.times(under, unit_of(max(-shift, 0)))
        if isinstance(under, int):  # one, or a power of ten, so that its half is whole
            return sheet.divided(sheet.added(top, under // 2), under)
        return sheet.divided(sheet.added(sheet.times(2, top), under), sheet.times(2, under))


def _coded(code: Sql | int, wanted: Sequence[int]) -> Truth:
    if isinstance(code, int):
        return code in wanted
    return Sql(f"({code.text} IN ({', '.join(map(str, sorted(wanted)))}))", code.stage)


def _differing(sheet: Sheet, one: tuple[Number, int], other: tuple[Number, int]) -> Truth:
    """Write that two numbers differ, without ever bringing them to a larger scale.

    With n more decimals the one is k × 10**n + r; they are equal only if r is 0 and k is the other.
    """
    (a, a_scale), (b, b_scale) = sorted((one, other), key=lambda each: each[1])
    gap = unit_of(b_scale - a_scale)
    if a is None or b is None or gap > INT64_MAX:
        raise TypeError(f"{one} and {other} cannot be compared")
    cut = sheet.keep_number(sheet.divided(b, gap))
    same = sheet.compared(cut, "eq", a)
    if gap > 1:
        whole = sheet.compared(sheet.times(cut, gap), "eq", b)
        same = sheet.joined((same, whole), every=True)
    return sheet.turned(same)
