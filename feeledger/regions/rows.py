"""Strict reading of the small reference files: plain data with line numbers, all faults at once.

Only mappings, lists and scalars are read; anchors, aliases, tags and a second document are
refused, and so are unknown, missing and duplicate keys. Dates and codes stand in quotes, so that
YAML cannot take them for something else.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NoReturn, TypeVar

import yaml
from yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from feeledger.errors import Fault, FileRefused, Text

_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
CONTENT = (ScalarEvent, SequenceStartEvent, MappingStartEvent)
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DEEPEST = 6
SAY_WHAT = Text("请按本目录其他文件的写法改正", "Write it as the other files of this folder do")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar as written."""

    text: str
    quoted: bool
    line: int


@dataclass(frozen=True, slots=True)
class Branch:
    """A mapping, in the order of the file."""

    entries: dict[str, "Node"]
    line: int


@dataclass(frozen=True, slots=True)
class Rows:
    """A list."""

    items: tuple["Node", ...]
    line: int


Node = Leaf | Branch | Rows
Value = TypeVar("Value")


class _Unreadable(Exception):
    """The text cannot be followed to its end; the fault is noted already."""


@dataclass(slots=True)
class Reading:
    """One file being read, and the faults found so far."""

    file: str
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, code: str, line: int, path: str, value: str, problem: Text) -> None:
        """Note a fault."""
        self.faults.append(Fault(code, self.file, line, path, value, problem, SAY_WHAT))

    def root_of(self, text: str) -> Branch | None:
        """Read the text into a mapping; None where it cannot be followed."""
        try:
            events = _events(text)
            first = next(events, None)
            root = self._node(first, events, 0) if first is not None else None
            if next(events, None) is not None:
                self._give_up(1, Text("只能有一个文档", "one document only"))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            self._note_syntax(mark.line + 1 if mark else 1, error.problem or "")
            return None
        except (yaml.YAMLError, _Unreadable) as error:
            if not isinstance(error, _Unreadable):
                self._note_syntax(1, str(error).partition("\n")[0])
            return None
        if isinstance(root, Branch):
            return root
        self.refuse("value-type", 1, "", "", Text("文件应为键值表", "the file should be a mapping"))
        return None

    def keys_of(self, branch: Branch, path: str, *, needed: set[str], optional: set[str]) -> bool:
        """Check the keys of a mapping; True where none is missing."""
        for key in branch.entries.keys() - needed - optional:
            names = "、".join(sorted(needed | optional))
            self.refuse(
                "key-unknown",
                branch.line,
                path,
                key,
                Text(f"未知的键“{key}”，可用：{names}", f"unknown key {key!r}; known: {names}"),
            )
        missing = sorted(needed - branch.entries.keys())
        for key in missing:
            self.refuse(
                "key-missing", branch.line, path, key, Text(f"缺少“{key}”", f"{key!r} is missing")
            )
        return not missing

    def text_of(self, node: Node | None, path: str, *, quoted: bool = False) -> str:
        """Read a text that is not empty; in quotes where YAML might take it for a number."""
        if isinstance(node, Leaf) and node.text and (node.quoted or not quoted):
            return node.text
        wanted = (
            Text("应为带引号的文本", "should be a text in quotes")
            if quoted
            else Text("应为文本", "should be a text")
        )
        self._refuse_type(node, path, wanted)
        return ""

    def day_of(self, node: Node | None, path: str) -> date | None:
        """Read a date: quoted, YYYY-MM-DD, on the calendar."""
        if isinstance(node, Leaf) and node.quoted and ISO_DAY.fullmatch(node.text):
            try:
                return date.fromisoformat(node.text)
            except ValueError:
                pass
        self._refuse_type(
            node, path, Text('应为带引号的日期 "YYYY-MM-DD"', 'should be a date, "YYYY-MM-DD"')
        )
        return None

    def flag_of(self, node: Node | None, path: str) -> bool:
        """Read ``true`` or ``false``, written so."""
        if isinstance(node, Leaf) and not node.quoted and node.text in {"true", "false"}:
            return node.text == "true"
        self._refuse_type(node, path, Text("应为 true 或 false", "should be true or false"))
        return False

    def rows_of(self, node: Node | None, path: str) -> tuple[Node, ...]:
        """Read a list."""
        if isinstance(node, Rows):
            return node.items
        self._refuse_type(node, path, Text("应为列表", "should be a list"))
        return ()

    def _refuse_type(self, node: Node | None, path: str, problem: Text) -> None:
        value = node.text if isinstance(node, Leaf) else ""
        self.refuse("value-type", node.line if node else 1, path, value, problem)

    def _note_syntax(self, line: int, problem: str) -> None:
        self.refuse(
            "yaml-syntax",
            line,
            "",
            "",
            Text(f"YAML 语法错误：{problem}", f"YAML syntax: {problem}"),
        )

    def _give_up(self, line: int, problem: Text) -> NoReturn:
        self.refuse("yaml-syntax", line, "", "", problem)
        raise _Unreadable

    def _node(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        """Build one node from its first event on."""
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        if depth > DEEPEST:
            self._give_up(line, Text("嵌套过深", "nested too deep"))
        if not isinstance(event, CONTENT) or event.anchor is not None:
            self._give_up(line, Text("不得使用锚点或别名", "no anchors or aliases"))
        if event.tag is not None and event.tag != "!":
            self._give_up(line, Text("不得使用标签", "no tags"))
        if isinstance(event, ScalarEvent):
            return Leaf(event.value, event.style in {'"', "'"}, line)
        if isinstance(event, SequenceStartEvent):
            return Rows(tuple(self._items(events, depth)), line)
        return Branch(self._entries(events, depth), line)

    def _items(self, events: Iterator[Event], depth: int) -> Iterator[Node]:
        while not isinstance(event := next(events), SequenceEndEvent):
            yield self._node(event, events, depth + 1)

    def _entries(self, events: Iterator[Event], depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            key = self._node(event, events, depth + 1)
            value = self._node(next(events), events, depth + 1)
            if not isinstance(key, Leaf):
                self._give_up(key.line, Text("键应为文本", "a key should be a text"))
            elif key.text in entries:
                self.refuse(
                    "key-duplicate",
                    key.line,
                    key.text,
                    key.text,
                    Text(f"键“{key.text}”重复", f"the key {key.text!r} stands twice"),
                )
            else:
                entries[key.text] = value
        return entries


def _events(text: str) -> Iterator[Event]:
    """Give the events of the documents' content, without the frame around them."""
    content = (*CONTENT, SequenceEndEvent, MappingEndEvent, AliasEvent)
    for event in yaml.parse(text, Loader=_PARSER):
        if isinstance(event, content):
            yield event


def read_folder(
    folder: Path, read: Callable[[str, str], tuple[Value | None, tuple[Fault, ...]]]
) -> list[Value]:
    """Read every YAML file of a folder; raises FileRefused with the faults of all of them."""
    values: list[Value] = []
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yaml")):
        value, found = read(path.read_text(encoding="utf-8"), f"{folder.name}/{path.name}")
        faults.extend(found)
        values.extend([value] if value is not None else [])
    if not values and not faults:
        problem = Text(
            "目录不存在或没有 YAML 文件", "there is no such folder, or no YAML file in it"
        )
        faults.append(Fault("folder-empty", str(folder), 1, "", "", problem, SAY_WHAT))
    if faults:
        raise FileRefused(tuple(faults))
    return values
