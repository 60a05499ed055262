"""Expressions of the plan as SQL, in stages: what is used twice is worked out once, as a column.

A number or a truth is a text, or a value known already when the text is written; None is unknown
for every row. SQL's own NULL is the unknown of the plan, and its AND, OR and NOT are three-valued
as the plan's are. What the database would treat otherwise (least and greatest skip NULL) is
written out. Every number is proved to fit 64 bits before it is written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from feeledger.assessment.sql_dialects import Dialect
from feeledger.catalog.nodes import Bands, Comparison

OPERATORS: dict[Comparison, str] = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "eq": "="}
NO_NUMBER = "CAST(NULL AS BIGINT)"
NO_TRUTH = "CAST(NULL AS BOOLEAN)"


@dataclass(frozen=True, slots=True)
class Sql:
    """A text, the stage whose columns it reads, and whether it is the bare name of a column."""

    text: str
    stage: int = 0
    bare: bool = False


Number = Sql | int | None
Truth = Sql | bool | None


class Sheet:
    """The columns of one query, stage by stage; each stage reads the one before it."""

    def __init__(self, dialect: Dialect) -> None:
        """Start without columns."""
        self.dialect = dialect
        self.stages: list[dict[str, str]] = []
        self._named = 0

    def keep(self, value: Sql) -> Sql:
        """Make a text a column of the next stage, once, and give its name."""
        if value.bare:
            return value
        while len(self.stages) <= value.stage:
            self.stages.append({})
        stage = self.stages[value.stage]
        if value.text not in stage:
            stage[value.text] = f"x{self._named}"
            self._named += 1
        return Sql(stage[value.text], value.stage + 1, bare=True)

    def keep_number(self, value: Number) -> Number:
        """Keep a number that is a text."""
        return self.keep(value) if isinstance(value, Sql) else value

    def keep_truth(self, value: Truth) -> Truth:
        """Keep a truth that is a text."""
        return self.keep(value) if isinstance(value, Sql) else value

    def number(self, value: Number) -> str:
        """Write a number."""
        if isinstance(value, Sql):
            return value.text
        return NO_NUMBER if value is None else self.dialect.number(value)

    def truth(self, value: Truth) -> str:
        """Write a truth."""
        if isinstance(value, Sql):
            return value.text
        return NO_TRUTH if value is None else str(value).upper()

    def query(self, base: str, columns: Sequence[tuple[str, str]]) -> str:
        """Write the query: the base, the stages over it, the columns asked for."""
        text = base + self.dialect.fence
        for place, stage in enumerate(self.stages):
            made = ", ".join(f"{expression} AS {name}" for expression, name in stage.items())
            text = f"SELECT *, {made} FROM ({text}) AS s{place}{self.dialect.fence}"
        asked = ", ".join(f"{expression} AS {name}" for expression, name in columns)
        return f"SELECT uscc, {asked} FROM ({text}) AS answered"

    # ---- numbers

    def added(self, a: Number, b: Number) -> Number:
        """Write a sum."""
        if isinstance(a, int) and isinstance(b, int):
            return a + b
        return b if a == 0 else a if b == 0 else self._two(a, "+", b)

    def less(self, a: Number, b: Number) -> Number:
        """Write a difference."""
        if isinstance(a, int) and isinstance(b, int):
            return a - b
        return a if b == 0 else self._two(a, "-", b)

    def times(self, a: Number, b: Number) -> Number:
        """Write a product."""
        if isinstance(a, int) and isinstance(b, int):
            return a * b
        return b if a == 1 else a if b == 1 else self._two(a, "*", b)

    def _two(self, a: Number, sign: str, b: Number) -> Number:
        if a is None or b is None:
            return None
        return Sql(f"({self.number(a)} {sign} {self.number(b)})", _stage(a, b))

    def divided(self, top: Number, bottom: Number) -> Number:
        """Write a quotient of numbers not below zero, cut to a whole number."""
        if top is None or bottom is None:
            return None
        if isinstance(top, int) and isinstance(bottom, int):
            return top // bottom
        if bottom == 1:
            return top
        return Sql(self.dialect.divided(self.number(top), self.number(bottom)), _stage(top, bottom))

    def extreme(self, numbers: Iterable[Number], op: Comparison) -> Number:
        """Write the least (``lte``) or greatest (``gte``) of numbers; unknown where one is."""
        first, *others = numbers
        for each in others:
            if first is None or each is None:
                return None
            if isinstance(first, int) and isinstance(each, int):
                first = min(first, each) if op == "lte" else max(first, each)
                continue
            a, b = self.keep_number(first), self.keep_number(each)
            left, right = self.number(a), self.number(b)
            other = "<" if op == "gte" else ">"
            first = Sql(
                f"CASE WHEN {left} {OPERATORS[op]} {right} THEN {left} "
                f"WHEN {left} {other} {right} THEN {right} END",
                _stage(a, b),
            )
        return first

    def steps(self, x: Number, size: int, *, below_zero: bool) -> Number:
        """Write how many steps of a size cover a number, which may be below zero only if said."""
        if x is None:
            return None
        if isinstance(x, int):
            return -(-x // size)
        x = self.keep(x)
        rounded = self.divided(self.added(x, size - 1), size)
        if not below_zero:
            return rounded
        under = self.dialect.divided(f"(-{x.text})", self.dialect.number(size))
        return Sql(f"CASE WHEN {x.text} > 0 THEN {self.number(rounded)} ELSE -{under} END", x.stage)

    def banded(self, x: Number, bands: Bands) -> Number:
        """Write a function by bands."""
        if x is None:
            return None
        if isinstance(x, int):
            return bands.at(x)
        x = self.keep(x)
        values = [
            self.number(self.added(intercept, self.times(slope, x) if slope else 0))
            for intercept, slope in zip(bands.intercepts, bands.slopes, strict=True)
        ]
        whens = [
            f"WHEN {x.text} <= {self.dialect.number(upto)} THEN {value}"
            for upto, value in zip(bands.uptos, values, strict=False)
        ]
        return Sql(
            f"CASE WHEN {x.text} IS NULL THEN NULL {' '.join(whens)} ELSE {values[-1]} END", x.stage
        )

    def chosen(self, key: Number, options: Sequence[Number]) -> Number:
        """Write the option whose place is a code."""
        if key is None:
            return None
        if isinstance(key, int):
            return options[key] if 0 <= key < len(options) else None
        whens = " ".join(f"WHEN {n} THEN {self.number(each)}" for n, each in enumerate(options))
        return Sql(f"CASE {key.text} {whens} END", _stage(key, *options))

    def selected(self, truth: Truth, then: Number, other: Number) -> Number:
        """Write one of two numbers by a truth; unknown where the truth is."""
        if truth is None:
            return None
        if isinstance(truth, bool):
            return then if truth else other
        truth = self.keep(truth)
        return Sql(
            f"CASE WHEN {truth.text} THEN {self.number(then)} "
            f"WHEN NOT {truth.text} THEN {self.number(other)} END",
            _stage(truth, then, other),
        )

    def where(self, truth: Truth, then: Number, other: Number) -> Number:
        """Write one number where a truth surely holds, another everywhere else."""
        if not isinstance(truth, Sql):
            return then if truth else other
        return Sql(
            f"CASE WHEN {truth.text} THEN {self.number(then)} ELSE {self.number(other)} END",
            _stage(truth, then, other),
        )

    # ---- truths

    def compared(self, a: Number, op: Comparison, b: Number) -> Truth:
        """Write a comparison."""
        if a is None or b is None:
            return None
        if isinstance(a, int) and isinstance(b, int):
            return {"lt": a < b, "lte": a <= b, "gt": a > b, "gte": a >= b, "eq": a == b}[op]
        return Sql(f"({self.number(a)} {OPERATORS[op]} {self.number(b)})", _stage(a, b))

    def among(self, key: Number, codes: Iterable[int]) -> Truth:
        """Write that a code is one of some."""
        told = sorted(codes)
        if key is None:
            return None
        if isinstance(key, int):
            return key in told
        listed = ", ".join(map(self.dialect.number, told)) or "NULL"
        text = f"({key.text} IN ({listed}))" if told else f"({key.text} IS NULL AND NULL)"
        return Sql(text, key.stage)

    def joined(self, truths: Iterable[Truth], *, every: bool) -> Truth:
        """Write that all truths hold, or that at least one does."""
        told: list[Truth] = []
        for each in truths:
            if each is (not every):
                return each
            if each is not every and each not in told:
                told.append(each)
        if not told:
            return every
        if len(told) == 1:
            return told[0]
        sign = " AND " if every else " OR "
        return Sql(f"({sign.join(map(self.truth, told))})", _stage(*told))

    def turned(self, truth: Truth) -> Truth:
        """Write that a truth does not hold."""
        if isinstance(truth, Sql):
            return Sql(f"(NOT {truth.text})", truth.stage)
        return None if truth is None else not truth

    def first_known(self, truths: Iterable[Truth]) -> Truth:
        """Write the first truth that is known."""
        told: list[Truth] = []
        for each in truths:
            if each is None:
                continue
            told.append(each)
            if isinstance(each, bool):
                break
        if len(told) <= 1:
            return told[0] if told else None
        return Sql(f"COALESCE({', '.join(map(self.truth, told))})", _stage(*told))

    def unknown(self, value: Number | Truth) -> Truth:
        """Write that a number or a truth is not known."""
        if isinstance(value, Sql):
            return Sql(f"({value.text} IS NULL)", value.stage)
        return value is None

    def surely(self, truth: Truth) -> Truth:
        """Write that a truth is known to hold."""
        if isinstance(truth, Sql):
            return Sql(f"COALESCE({truth.text}, FALSE)", truth.stage)
        return truth is True


def _stage(*values: Number | Truth) -> int:
    return max((each.stage for each in values if isinstance(each, Sql)), default=0)
