"""Reading a flat message by its schema's own fields, without marshmallow's walk around them.

For messages that come in hundreds: the walk cost more than the reading. A message that is not good as
it stands gives None, and ``load_message`` then says what is wrong with it; so there is one judgement,
and one text for every fault.
"""

from collections.abc import Callable
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, missing

from feeledger.api.fields import StrictField


class FlatReader:
    """Reads messages of one schema that consists of strict fields alone."""

    def __init__(self, schema: Schema) -> None:
        """Take the fields of a schema; raise TypeError where it does more than they do."""
        if any(type(schema).resolve_hooks().values()):
            raise TypeError(f"{type(schema).__name__} has hooks")
        self._readers: Final = {name: _reader(each) for name, each in schema.fields.items()}
        self._required: Final = {name for name, each in schema.fields.items() if each.required}
        self._defaults: Final = {
            name: each.load_default
            for name, each in schema.fields.items()
            if each.load_default is not missing
        }

    def read(self, message: object) -> dict[str, Any] | None:
        """Give what the schema would load; None where it would refuse."""
        if not isinstance(message, dict) or not self._required <= message.keys():
            return None
        loaded = self._defaults.copy()
        try:
            for name, value in message.items():
                loaded[name] = self._readers[name](value)
        except (KeyError, ValidationError):
            return None
        return loaded


def _reader(field: fields.Field[Any]) -> Callable[[Any], Any]:
    is_plain = not (field.validators or field.data_key or field.attribute)
    if not isinstance(field, StrictField) or not is_plain or callable(field.load_default):
        raise TypeError(f"{field.name} is more than a strict field")
    read = field.read
    return (lambda value: value if value is None else read(value)) if field.allow_none else read
