"""One reading statement without a session around it, for the one answer that is measured closely.

``GET`` of a notice's JSON is held against an empty page under the same server. A session with its
transaction took three ways to PostgreSQL and two thirds of the answer's time; a glance is one way,
and the statement is compiled once. It reads and writes values by the same column types.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Select

from feeledger.store import Store

Processor = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class _Plan:
    """A statement compiled for one kind of database, and how its values are turned."""

    text: str
    order: tuple[str, ...] | None
    binders: Mapping[str, Processor]
    readers: tuple[Processor, ...]

    def parameters(self, values: Mapping[str, object]) -> Any:
        """Give the values as the driver wants them: in order, or by name."""
        turned = {
            name: values[name] if turn is None else turn(values[name])
            for name, turn in self.binders.items()
        }
        return turned if self.order is None else tuple(turned[name] for name in self.order)

    def row(self, found: tuple[Any, ...]) -> tuple[Any, ...]:
        """Give the values of a row as the columns' types read them."""
        return tuple(
            value if turn is None else turn(value)
            for turn, value in zip(self.readers, found, strict=True)
        )


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
            plan = self._plans[store.dialect] = self._plan_for(store.prompt.dialect)
        with store.prompt_connection() as driver:
            found = driver.execute(plan.text, plan.parameters(values)).fetchone()
        return None if found is None else plan.row(found)

    def _plan_for(self, dialect: Dialect) -> _Plan:
        compiled = self.statement.compile(dialect=dialect)
        return _Plan(
            text=str(compiled),
            order=tuple(compiled.positiontup or ()) if compiled.positional else None,
            binders={
                name: bound.type.dialect_impl(dialect).bind_processor(dialect)
                for name, bound in compiled.binds.items()
            },
            readers=tuple(
                column.type.dialect_impl(dialect).result_processor(dialect, None)
                for column in self.statement.selected_columns
            ),
        )
