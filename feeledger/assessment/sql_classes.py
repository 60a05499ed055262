"""Alternatives as SQL: which class a row chose, judged once for each choice there can be.

What a choice means is decided by ``selection.py``; here its verdicts are written as a CASE.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from feeledger.assessment.outcomes import Given, Request
from feeledger.assessment.selection import Selected, class_chosen, unpriced_class
from feeledger.assessment.sql_expressions import Number, Sheet, Sql, Truth
from feeledger.catalog.plan import LinePlan, Plan

Choice = Mapping[str, Given]


class SqlChoices:
    """The choices of class there can be, over the columns of the class facts."""

    def __init__(
        self, plan: Plan, request: Request, sheet: Sheet, columns: Mapping[str, Number]
    ) -> None:
        """Prepare."""
        self.plan = plan
        self.request = request
        self.sheet = sheet
        self.columns = columns

    def chosen(self, line: LinePlan) -> Truth:
        """Write where a line of alternatives is chosen, is not, or nothing chose."""
        if not line.groups:
            return True
        names = dict.fromkeys(group.class_fact for group in line.groups if group.class_fact)
        judged = self._judged(names, lambda given: class_chosen(line, self.request, given)[0])
        verdicts = {verdict for _, verdict in judged}
        if len(verdicts) == 1:
            only: bool | None = verdicts.pop()
            return only
        whens = " ".join(
            f"WHEN {self._where(choice)} THEN {self.sheet.truth(verdict)}"
            for choice, verdict in judged
            if verdict is not None
        )
        return Sql(f"CASE {whens} ELSE {self.sheet.truth(None)} END")

    def unpriced(self, selected: Selected) -> Iterator[tuple[Selected, Truth]]:
        """Give why a class that can be chosen has no line in force, and where it is chosen."""
        names = dict.fromkeys(
            group.class_fact for group in selected.item.alternatives if group.class_fact
        )
        judged = self._judged(
            names, lambda given: unpriced_class(self.plan, selected, self.request, given)
        )
        for choice, unpriced in judged:
            if unpriced is not None:
                yield unpriced, Sql(self._where(choice))

    def _judged(
        self, names: Iterable[str], judge: Callable[[Choice], Any]
    ) -> list[tuple[Mapping[str, int | None], Any]]:
        """Judge every choice of the class facts that have a column, absence included."""
        told = [name for name in names if self.columns.get(name) is not None]
        facts = self.plan.catalog.facts
        found: list[tuple[Mapping[str, int | None], Any]] = []
        for codes in product(*((None, *range(len(facts[name].values))) for name in told)):
            choice = dict(zip(told, codes, strict=True))
            given = {
                name: Given(facts[name].values[code], code, 0)
                for name, code in choice.items()
                if code is not None
            }
            found.append((choice, judge(given)))
        return found

    def _where(self, choice: Mapping[str, int | None]) -> str:
        """Write that a row made a choice."""
        parts = []
        for name, code in choice.items():
            column = self.columns[name]
            known = self.sheet.compared(column, "eq", code)
            parts.append(self.sheet.truth(self.sheet.unknown(column) if code is None else known))
        return " AND ".join(parts) or "TRUE"
