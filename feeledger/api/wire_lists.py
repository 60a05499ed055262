"""The lists inside ``wp.*`` messages: many lines, each judged, none of them half read.

A list may hold a bank's whole day, so it is read line by line and reading stops at the twentieth
line that is wrong: what is wrong is told, and nothing is lost, for the message is refused whole.
"""

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields

from feeledger.api.fields import NOT_A_LIST, NOT_AN_OBJECT
from feeledger.errors import Text

LINES_MAX: Final = 20_000
FAULTY_MOST: Final = 20


class TransListField(fields.Field[list[dict[str, Any]]]):
    """A list of objects, each read by one schema; so many at most."""

    default_error_messages: dict[str, Any] = {  # noqa: RUF012 (declared so by marshmallow)
        "required": Text("缺少此项", "is missing"),
        "null": Text("不得为 null", "must not be null"),
    }

    def __init__(self, line: type[Schema], *, most: int = LINES_MAX, **kwargs: Any) -> None:
        """Keep the schema of a line, and how many there may be."""
        super().__init__(**kwargs)
        self.line = line
        self.most = most

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise ValidationError([NOT_A_LIST])
        if len(value) > self.most:
            raise ValidationError([_too_many(len(value), self.most)])
        return read_each(self.line(), value)


def read_each(schema: Schema, lines: list[Any]) -> list[dict[str, Any]]:
    """Read every line. Raises ValidationError with the faults of the first twenty that are wrong."""
    found: list[dict[str, Any]] = []
    faults: dict[int, Any] = {}
    for number, line in enumerate(lines):
        if not isinstance(line, dict):
            faults[number] = [NOT_AN_OBJECT]
        else:
            try:
                found.append(schema.load(line))
            except ValidationError as fault:
                faults[number] = fault.messages
        if len(faults) == FAULTY_MOST:
            break
    if faults:
        raise ValidationError(faults)
    return found


def _too_many(count: int, most: int) -> Text:
    return Text(
        f"有 {count} 笔，至多 {most} 笔；请分批，各用一个批次号或流水号",
        f"holds {count} lines, {most} at most; send several, each under a number of its own",
    )
