"""Fields of messages: each takes exactly one written form, and says in two languages what is wrong.

marshmallow's own fields guess (numbers from text, dates of many forms, rounded decimals); these do
not. Every fault is a ``Text``; ``load_message`` turns a schema's faults into MessageRefused.
"""

import base64
import binascii
import re
from abc import abstractmethod
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from marshmallow import RAISE, Schema, ValidationError, fields

from feeledger.api.refusals import MessageRefused
from feeledger.errors import Text
from feeledger.money import AmountRefused, Money, parse_amount

AMOUNT_PATTERN = r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?$"
DAY_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
INSTANT_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})$"
)
DAY_FORM = re.compile(DAY_PATTERN[1:-1])
INSTANT_FORM = re.compile(INSTANT_PATTERN[1:-1])
SHOWN_LENGTH = 40

REQUIRED = Text("缺少此项", "is missing")
NULL = Text("不得为 null", "must not be null")
UNKNOWN = Text("没有这一项；请核对名称", "is not a field here; check its name")
NOT_AN_OBJECT = Text("须为 JSON 对象", "must be a JSON object")
NOT_A_LIST = Text("须为 JSON 数组", "must be a JSON array")
NOT_TEXT = Text("须为文本（加引号）", "must be text, in quotes")

Loaded = TypeVar("Loaded")


class StrictField(fields.Field[Loaded]):
    """A field whose faults are ``Text``; ``read`` reads a value that is not null, or refuses it."""

    default_error_messages: dict[str, Any] = {  # noqa: RUF012 (declared so by marshmallow)
        "required": REQUIRED,
        "null": NULL,
        "validator_failed": Text("不符合要求", "is not allowed"),
    }

    @abstractmethod
    def read(self, value: Any) -> Loaded:
        """Read a value of a message. Raises ValidationError."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Loaded:
        return self.read(value)


class MoneyField(StrictField[Money]):
    """An amount in yuan, as text by the grammar of R-M1; out with two decimals."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else str(value)

    def read(self, value: Any) -> Money:
        """Take an amount written as R-M1 says."""
        if not isinstance(value, str):
            raise _fault(
                '金额须为文本，如 "12.30"（不得为 JSON 数值）',
                'an amount is text such as "12.30", not a JSON number',
            )
        try:
            return parse_amount(value)
        except AmountRefused as refused:
            raise ValidationError([refused.detail]) from refused


class DayField(StrictField[date]):
    """A day: ``2026-11-24``."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else value.isoformat()

    def read(self, value: Any) -> date:
        """Take a day of the calendar."""
        if not isinstance(value, str) or not DAY_FORM.fullmatch(value):
            raise _no_day(value)
        try:
            return date.fromisoformat(value)
        except ValueError as refused:
            raise _no_day(value) from refused


class InstantField(StrictField[datetime]):
    """An instant with its offset: ``2026-11-24T10:30:00+08:00``."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else value.isoformat()

    def read(self, value: Any) -> datetime:
        """Take an instant that names its offset."""
        if not isinstance(value, str) or not INSTANT_FORM.fullmatch(value):
            raise _no_instant(value)
        try:
            return datetime.fromisoformat(value)
        except ValueError as refused:
            raise _no_instant(value) from refused


class CodeField(StrictField[str]):
    """A code by a pattern; ``means`` says in two languages what is expected."""

    def __init__(self, pattern: str, *, means: Text, **kwargs: Any) -> None:
        """Keep the pattern (anchored) for reading and for the description of the API."""
        metadata = {"pattern": pattern} | kwargs.pop("metadata", {})
        super().__init__(metadata=metadata, **kwargs)
        self.pattern = re.compile(pattern[1:-1])
        self.means = means

    def read(self, value: Any) -> str:
        """Take a text that fits the pattern whole."""
        if not isinstance(value, str) or not self.pattern.fullmatch(value):
            raise _fault(
                f"{_shown(value)} 不符合格式，须为{self.means.zh}",
                f"{_shown(value)} does not fit, {self.means.en} is expected",
            )
        return value


class WordsField(StrictField[str]):
    """Free text, trimmed, of bounded length; empty only where ``least`` is 0.

    It is one line, unless ``many_lines``.
    """

    def __init__(
        self, *, least: int = 1, most: int, many_lines: bool = False, **kwargs: Any
    ) -> None:
        """Keep the bounds, in characters."""
        metadata = {"minLength": least, "maxLength": most} | kwargs.pop("metadata", {})
        super().__init__(metadata=metadata, **kwargs)
        self.least = least
        self.most = most
        self.breaks = "\r\n\t" if many_lines else ""

    def read(self, value: Any) -> str:
        """Take a text, trimmed."""
        if not isinstance(value, str):
            raise ValidationError([NOT_TEXT])
        text = value.strip()
        seen = text.translate(dict.fromkeys(map(ord, self.breaks), " "))
        if not self.least <= len(text) <= self.most or not seen.isprintable():
            raise _fault(
                f"须为 {self.least} 至 {self.most} 个可见字符",
                f"must be {self.least} to {self.most} visible characters",
            )
        return text


class ChoiceField(StrictField[str]):
    """One of a few words."""

    def __init__(self, *choices: str, **kwargs: Any) -> None:
        """Keep the choices, in order."""
        metadata = {"enum": list(choices)} | kwargs.pop("metadata", {})
        super().__init__(metadata=metadata, **kwargs)
        self.choices = choices

    def read(self, value: Any) -> str:
        """Take one of the words."""
        if not isinstance(value, str) or value not in self.choices:
            words = ", ".join(self.choices)
            raise _fault(f"{_shown(value)} 须为 {words} 之一", f"{_shown(value)}: use {words}")
        return value


class CountField(StrictField[int]):
    """A whole number within bounds, from a query's text or a JSON integer."""

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        """Keep the bounds."""
        metadata = {"minimum": least, "maximum": most} | kwargs.pop("metadata", {})
        super().__init__(metadata=metadata, **kwargs)
        self.least = least
        self.most = most

    def read(self, value: Any) -> int:
        """Take a whole number, or its digits."""
        sound = isinstance(value, str) and re.fullmatch(r"0|[1-9][0-9]{0,9}", value)
        number = int(value) if sound else value
        if type(number) is not int or not self.least <= number <= self.most:
            raise _fault(
                f"{_shown(value)} 须为 {self.least} 至 {self.most} 的整数",
                f"{_shown(value)}: a whole number from {self.least} to {self.most} is expected",
            )
        return number


class FlagField(StrictField[bool]):
    """A JSON true or false, nothing else."""

    def read(self, value: Any) -> bool:
        """Take a truth value."""
        if not isinstance(value, bool):
            raise _fault("须为 true 或 false", "must be true or false")
        return value


class Base64Field(StrictField[bytes]):
    """Bytes, as base64 of the standard alphabet with its padding."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else base64.b64encode(value).decode()

    def read(self, value: Any) -> bytes:
        """Take base64 and give its bytes."""
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError, TypeError) as refused:
            raise _fault("不是 base64 编码", "is not base64") from refused


class ObjectField(StrictField[Mapping[str, Any]]):
    """A JSON object whose content is judged elsewhere, such as facts."""

    def read(self, value: Any) -> Any:
        """Take an object as it is."""
        if not isinstance(value, dict):
            raise ValidationError([NOT_AN_OBJECT])
        return value


class ListField(fields.List[Any]):
    """A list of bounded length."""

    default_error_messages: dict[str, Any] = {  # noqa: RUF012 (declared so by marshmallow)
        "required": REQUIRED,
        "null": NULL,
        "invalid": NOT_A_LIST,
    }

    def __init__(self, inner: fields.Field[Any], *, most: int, **kwargs: Any) -> None:
        """Keep the greatest length."""
        super().__init__(inner, metadata={"maxItems": most}, **kwargs)
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > self.most:
            raise _fault(f"至多 {self.most} 项", f"at most {self.most} entries")
        return super()._deserialize(value, attr, data, **kwargs)


class MessageSchema(Schema):
    """The base of all messages: unknown fields are refused, faults are ``Text``."""

    error_messages: dict[str, Any] = {  # noqa: RUF012 (declared so by marshmallow)
        "unknown": UNKNOWN,
        "type": NOT_AN_OBJECT,
    }

    class Meta:
        """Refuse what no field takes."""

        unknown = RAISE


def load_message(
    schema: Schema, value: object, *, refusal: type[MessageRefused] = MessageRefused
) -> Any:
    """Read a message by its schema.

    Raises the refusal with every fault and its place (a JSON pointer).
    """
    try:
        return schema.load(value)  # type: ignore[arg-type]  # the schema itself refuses other types
    except ValidationError as fault:
        raise refusal(tuple(_faults_at("", fault.messages))) from fault


def _faults_at(place: str, found: object) -> list[tuple[str, Text]]:
    """Flatten marshmallow's nested faults to (JSON pointer, text)."""
    if isinstance(found, dict):
        faults: list[tuple[str, Text]] = []
        for name, below in found.items():
            step = (
                "" if name == "_schema" else "/" + str(name).replace("~", "~0").replace("/", "~1")
            )
            faults += _faults_at(place + step, below)
        return faults
    if isinstance(found, list):
        return [fault for one in found for fault in _faults_at(place, one)]
    return [(place, found if isinstance(found, Text) else Text(str(found), str(found)))]


def _fault(zh: str, en: str) -> ValidationError:
    return ValidationError([Text(zh, en)])


def _no_day(value: object) -> ValidationError:
    return _fault(
        f"{_shown(value)} 不是日期，如 2026-11-24", f"{_shown(value)} is no day such as 2026-11-24"
    )


def _no_instant(value: object) -> ValidationError:
    return _fault(
        f"{_shown(value)} 不是带时区的时间，如 2026-11-24T10:30:00+08:00",
        f"{_shown(value)} is no instant with its offset, such as 2026-11-24T10:30:00+08:00",
    )


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    cut = text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}…"
    return f'"{cut}"' if cut.isprintable() else ascii(cut)
