"""One reading statement without a session around it, for the one answer that is measured closely.

``GET`` of a notice's JSON is held against an empty page under the same server. A session with its
transaction took three ways to PostgreSQL and two thirds of the answer's time; a glance is one way,
and the statement is compiled and prepared once. It reads and writes values by the same column types.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Dialect, Select

from feeledger.engines import Lone
from feeledger.store import Store

if TYPE_CHECKING:
    from feeledger.prompts import Prompt

Processor = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A statement compiled for one kind of database, and how its values are turned."""

    text: str
    prompt: "Prompt | None"
    order: tuple[str, ...]
    binders: tuple[tuple[str, Processor], ...]
    readers: tuple[tuple[int, Processor], ...]

    def ask(self, lone: Lone, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        """Give the first row as the driver reads it."""
        turned = dict(values)
        for name, turn in self.binders:
            turned[name] = turn(values[name])
        if self.prompt is not None:
            return self.prompt.first_row(lone, turned)
        ordered = [turned[name] for name in self.order]
        found: tuple[Any, ...] | None = lone.driver.execute(self.text, ordered).fetchone()
        return found

    def row(self, found: tuple[Any, ...]) -> tuple[Any, ...]:
        """Give the values of a row as the columns' types read them."""
        turned = list(found)
        for place, turn in self.readers:
            turned[place] = turn(found[place])
        return tuple(turned)


class Glance:
    """A statement with named parameters, to be asked for its first row again and again."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        """Keep the statement; it is compiled when it is first asked of a kind of database."""
        self.statement = statement
        self._plans: dict[str, _Plan] = {}

    def first_row(self, store: Store, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        """Ask in a transaction of its own; None where there is no row."""
        plan = self._plans.get(store.dialect)
        if plan is None:
            plan = self._plans[store.dialect] = self._plan_for(store.reader.dialect)
        with store.lone_connection() as lone:
            found = plan.ask(lone, values)
        return None if found is None else plan.row(found)

    def _plan_for(self, dialect: Dialect) -> _Plan:
        compiled = self.statement.compile(dialect=dialect)
        text = str(compiled)
        return _Plan(
            text=text,
            prompt=_prompt(text) if dialect.name == "postgresql" else None,
            order=tuple(compiled.positiontup or ()),
            binders=tuple(
                (name, turn)
                for name, bound in compiled.binds.items()
                if (turn := bound.type.dialect_impl(dialect).bind_processor(dialect))
            ),
            readers=tuple(
                (place, turn)
                for place, column in enumerate(self.statement.selected_columns)
                if (turn := column.type.dialect_impl(dialect).result_processor(dialect, None))
            ),
        )


def _prompt(text: str) -> "Prompt":
    from feeledger.prompts import Prompt  # loads the driver of PostgreSQL

    return Prompt(text)
