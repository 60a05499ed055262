"""Alternatives over columns: which class each row chose, asked once for each choice that occurs.

What a choice means is decided by ``selection.py``; here only the rows are sorted by their choices.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feeledger.assessment.column_facts import Taken
from feeledger.assessment.column_walk import ABSENT, ALWAYS, NEVER, UNKNOWN, Mask, Truth, spread
from feeledger.assessment.outcomes import Given, Request
from feeledger.assessment.selection import Selected, class_chosen, unpriced_class
from feeledger.catalog.plan import LinePlan, Plan

Choice = Mapping[str, Given]


class Choices:
    """The choices of class that occur in a chunk, by the class facts looked at."""

    def __init__(self, plan: Plan, request: Request, taken: Taken) -> None:
        """Prepare; nothing is sorted before it is asked for."""
        self.plan = plan
        self.request = request
        self.taken = taken
        self._sorted: dict[tuple[str, ...], tuple[NDArray[np.intp] | None, list[Choice]]] = {}

    def chosen(self, line: LinePlan) -> Truth:
        """Say where a line of alternatives is chosen, is not, or nothing chose."""
        if not line.groups:
            return ALWAYS
        names = tuple(dict.fromkeys(g.class_fact for g in line.groups if g.class_fact))
        verdicts, places = self._judged(
            names, lambda choice: class_chosen(line, self.request, choice)[0]
        )
        if places is None:
            return ALWAYS if verdicts[0] else UNKNOWN if verdicts[0] is None else NEVER
        sure = np.array([verdict is True for verdict in verdicts])
        maybe = np.array([verdict is not False for verdict in verdicts])
        return Truth(sure[places], maybe[places])

    def unpriced(self, selected: Selected) -> list[tuple[Selected, Mask]]:
        """Give why the class chosen has no line in force, and for which rows."""
        names = tuple(
            dict.fromkeys(g.class_fact for g in selected.item.alternatives if g.class_fact)
        )
        reasons, places = self._judged(
            names, lambda choice: unpriced_class(self.plan, selected, self.request, choice)
        )
        return [
            (reason, True if places is None else places == place)
            for place, reason in enumerate(reasons)
            if reason is not None
        ]

    def _judged(
        self, names: tuple[str, ...], judge: Callable[[Choice], Any]
    ) -> tuple[list[Any], NDArray[np.intp] | None]:
        if names not in self._sorted:
            self._sorted[names] = self._sort(names)
        places, choices = self._sorted[names]
        return [judge(choice) for choice in choices], places

    def _sort(self, names: tuple[str, ...]) -> tuple[NDArray[np.intp] | None, list[Choice]]:
        """Give each row the number of its choice; no numbers where all rows choose alike."""
        facts, rows = self.plan.catalog.facts, self.taken.rows
        told = [name for name in names if self.taken.numbers.get(name, ABSENT).known is not False]
        if not told:
            return None, [{}]
        key = np.zeros(rows, np.int64)
        for name in told:
            number = self.taken.numbers[name]
            code = np.where(spread(number.known, rows), number.values, len(facts[name].values))
            key = key * (len(facts[name].values) + 1) + code
        found, places = np.unique(key, return_inverse=True)
        return places, [self._choice(told, int(each)) for each in found]

    def _choice(self, told: Iterable[str], key: int) -> Choice:
        choice = {}
        for name in reversed(list(told)):
            values = self.plan.catalog.facts[name].values
            key, code = divmod(key, len(values) + 1)
            if code < len(values):
                choice[name] = Given(values[code], code, 0)
        return choice
