"""Texts in two languages, and the four kinds of business error.

Every text that a person reads is written once as a pair: Chinese first, English beside it
(docs/decisions/0001). A text cannot exist in one language only.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

Language = Literal["zh", "en"]
# Signs that turn the direction of what stands behind them, unseen: a text from outside could show
# another number, name or address than it holds (U+061C, 200E-200F, 202A-202E, 2066-2069).
STEERING: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Text:
    """One text in Chinese and in English; both are required."""

    zh: str
    en: str

    def to(self, language: str) -> str:
        """Give the text in a language: "en" gives English, anything else Chinese."""
        return self.en if language == "en" else self.zh


def show_steering(text: str) -> str:
    """Show signs that steer the direction of writing as what they are; all else stays as it is.

    >>> show_steering("1\u202e23元")
    '1[U+202E]23元'
    """
    if text.isascii():
        return text
    return STEERING.sub(lambda sign: f"[U+{ord(sign[0]):04X}]", text)


class FeeLedgerError(Exception):
    """A caller's mistake: a stable code, a title, a detail with the values and the remedy."""

    code: ClassVar[str] = "error"
    title: ClassVar[Text] = Text("请求无法处理", "The request cannot be carried out")

    def __init__(self, detail: Text, /, **facts: object) -> None:
        """Keep the detail in both languages, and facts that are safe to show."""
        super().__init__(detail.en)
        self.detail = detail
        self.facts = facts


class Missing(FeeLedgerError):
    """What was asked for does not exist (404)."""


class Conflict(FeeLedgerError):
    """The state of things forbids it (409)."""


class Invalid(FeeLedgerError):
    """The input breaks a rule (422)."""


class Refused(FeeLedgerError):
    """The caller may not do this (403)."""


class FieldsRefused(Invalid):
    """A form or message cannot be taken; ``errors`` pairs each field with its fault, all at once."""

    def __init__(self, errors: Sequence[tuple[str, Text]]) -> None:
        """Keep every fault with its field."""
        super().__init__(
            Text(
                "；".join(fault.zh for _, fault in errors) + "。",
                "; ".join(fault.en for _, fault in errors) + ".",
            ),
            fields=[name for name, _ in errors],
        )
        self.errors = tuple(errors)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a file: where it stands, what is wrong, what to do."""

    code: str
    file: str
    line: int
    path: str
    value: str
    problem: Text
    remedy: Text

    def __post_init__(self) -> None:
        """Show what a file holds to steer the writing: its faults are read in tables and lists."""
        for name in ("file", "path", "value"):
            object.__setattr__(self, name, show_steering(getattr(self, name)))
        told = Text(show_steering(self.problem.zh), show_steering(self.problem.en))
        object.__setattr__(self, "problem", told)

    def to(self, language: str) -> str:
        """Give the fault as one line: ``file:line: path: problem；remedy``."""
        mark = ": " if language == "en" else "："
        stop = ". " if language == "en" else "；"
        place = f"{self.file}:{self.line}: {self.path}" if self.path else f"{self.file}:{self.line}"
        return f"{place}{mark}{self.problem.to(language)}{stop}{self.remedy.to(language)}"


class FileRefused(Invalid):
    """A file was refused; all its faults at once."""

    code = "file-refused"
    title = Text("文件未通过检查", "The file was refused")

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        """Keep every fault."""
        count = len(faults)
        super().__init__(
            Text(
                f"共 {count} 处错误，须全部改正。", f"{count} faults, all of them must be mended."
            ),
            faults=count,
        )
        self.faults = faults
