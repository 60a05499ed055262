"""Strict YAML: bytes into nodes that know their line, with every fault of the text at once.

What YAML can do beyond plain data is refused: anchors, aliases, tags, several documents, tabs,
duplicate keys, keys that YAML 1.1 takes for something else (``on:``, ``1:``). The text is read
event by event, so that no depth and no length of a hostile file can exhaust the machine.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

from feeledger.catalog.faulting import Spot, fault_of
from feeledger.errors import Fault

MAX_BYTES = 1_048_576
MAX_DEPTH = 24
MAX_VALUES = 60_000
MAX_SCALAR = 4_000

# Control, format, private and invisible characters: none belongs in a name or a number.
HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u0600-\u0605\u061c\u180e\u2000-\u200f\u2028-\u202f"
    "\u205f-\u206f\u3000\ue000-\uf8ff\ufeff\ufff0-\uffff\U000e0000-\U0010ffff]"
)
ESCAPED = re.compile("[\t\r\ud800-\udfff]")
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER = Resolver()
_TEXT_TAG = "tag:yaml.org,2002:str"


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as written; ``quoted`` says whether it stood in quotes."""

    value: str
    line: int
    quoted: bool

    @property
    def read_as(self) -> str:
        """Name the type that YAML takes an unquoted value for: "str" where it is a text."""
        return "str" if self.quoted else type_of_plain(self.value)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of nodes."""

    items: tuple["Node", ...]
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping in the order of the file; no key stands twice."""

    entries: tuple[tuple[Scalar, "Node"], ...]
    line: int


Node = Scalar | Listing | Table


@lru_cache(maxsize=4096)
def type_of_plain(value: str) -> str:
    """Name what YAML 1.1 reads an unquoted value as: str, bool, int, float, null, timestamp…"""
    tag = str(_RESOLVER.resolve(ScalarNode, value, (True, False)))  # type: ignore[no-untyped-call]
    return "str" if tag == _TEXT_TAG else tag.rpartition(":")[2]


def read_nodes(data: bytes, file: str) -> tuple[Node | None, tuple[Fault, ...]]:
    """Read one file's bytes; None where its text cannot be followed to the end."""
    text, faults = _decode(data, file)
    if text is None:
        return None, faults
    builder = _Builder(file=file, faults=list(faults))
    try:
        builder.follow(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        builder.refuse("yaml-syntax", line, error.problem or error.context or "")
        return None, tuple(builder.faults)
    except yaml.YAMLError as error:
        builder.refuse("yaml-syntax", 1, str(error).splitlines()[0])
        return None, tuple(builder.faults)
    return builder.root, tuple(builder.faults)


def _decode(data: bytes, file: str) -> tuple[str | None, tuple[Fault, ...]]:
    """Bytes into text, judged for size, encoding, tabs and hidden characters."""
    if len(data) > MAX_BYTES:
        spot = Spot(file, 1)
        return None, (fault_of("file-too-large", spot, f"{len(data)}", limit=f"{MAX_BYTES}"),)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        wrong = f"0x{data[error.start]:02X}"
        return None, (fault_of("file-not-utf8", Spot(file, line), wrong),)
    faults = _refuse_characters(text, file)
    return (None if faults else text), faults


def _refuse_characters(text: str, file: str) -> tuple[Fault, ...]:
    """One fault for each line that holds a tab or a hidden character."""
    if "\t" not in text and HIDDEN.search(text) is None:
        return ()
    faults = []
    for number, line in enumerate(text.split("\n"), 1):
        hidden = HIDDEN.search(line)
        if "\t" in line:
            faults.append(fault_of("tab", Spot(file, number), line))
        elif hidden:
            faults.append(
                fault_of("character-refused", Spot(file, number), f"U+{ord(hidden[0]):04X}")
            )
    return tuple(faults)


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    line: int
    is_table: bool
    nodes: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class _Builder:
    """Turns events into nodes without recursion."""

    file: str
    faults: list[Fault]
    root: Node | None = None
    stack: list[_Open] = field(default_factory=list)
    values: int = 0
    documents: int = 0

    def refuse(self, code: str, line: int, value: str = "", **words: str) -> None:
        """Note one fault of the text."""
        self.faults.append(fault_of(code, Spot(self.file, line), value, **words))

    def follow(self, text: str) -> None:
        """Follow the events until the end, or until the text is beyond its limits."""
        for event in yaml.parse(text, Loader=_PARSER):
            line = 1 if event.start_mark is None else event.start_mark.line + 1
            if isinstance(event, DocumentStartEvent):
                self.documents += 1
                if self.documents > 1:
                    self.refuse("several-documents", line)
                    return
            elif not self._take(event, line):
                self.root = None
                return

    def _take(self, event: Event, line: int) -> bool:
        """Take one event; False where the text is too deep or too long to go on."""
        if isinstance(event, AliasEvent):
            self.refuse("alias", line, f"*{event.anchor}")
            self._put(Scalar("", line, quoted=True))
        elif isinstance(event, ScalarEvent):
            self._judge_marks(event, line)
            self._put(self._scalar(event, line))
        elif isinstance(event, (SequenceStartEvent, MappingStartEvent)):
            self._judge_marks(event, line)
            self.stack.append(_Open(line, isinstance(event, MappingStartEvent)))
        elif isinstance(event, (SequenceEndEvent, MappingEndEvent)):
            self._put(self._close(self.stack.pop()))
        return self._within_limits(line)

    def _within_limits(self, line: int) -> bool:
        """Refuse what is nested too deep or holds too many values."""
        if len(self.stack) > MAX_DEPTH:
            self.refuse("too-deep", line, limit=str(MAX_DEPTH))
            return False
        if self.values > MAX_VALUES:
            self.refuse("too-many-values", line, limit=str(MAX_VALUES))
            return False
        return True

    def _judge_marks(
        self, event: ScalarEvent | SequenceStartEvent | MappingStartEvent, line: int
    ) -> None:
        """Refuse anchors and tags."""
        if event.anchor is not None:
            self.refuse("anchor", line, f"&{event.anchor}")
        if event.tag is not None:
            self.refuse("tag", line, event.tag)

    def _scalar(self, event: ScalarEvent, line: int) -> Scalar:
        """Make a value with its quotes told; cut one that is too long.

        An escape in double quotes brings in what the text itself may not hold.
        """
        value = event.value
        hidden = HIDDEN.search(value) or ESCAPED.search(value)
        if hidden:
            self.refuse("character-refused", line, f"U+{ord(hidden[0]):04X}")
            value = HIDDEN.sub("", value)
        if len(value) > MAX_SCALAR:
            self.refuse("value-too-long", line, value, limit=str(MAX_SCALAR))
            value = value[:MAX_SCALAR]
        return Scalar(value, line, quoted=bool(event.style))

    def _put(self, node: Node) -> None:
        """Put a finished node into what holds it."""
        self.values += 1
        if self.stack:
            self.stack[-1].nodes.append(node)
        else:
            self.root = node

    def _close(self, opened: _Open) -> Node:
        """Make the node of a list or mapping that has come to its end."""
        if not opened.is_table:
            return Listing(tuple(opened.nodes), opened.line)
        entries: dict[str, tuple[Scalar, Node]] = {}
        for key, node in zip(opened.nodes[::2], opened.nodes[1::2], strict=True):
            if self._key_stands(key, entries) and isinstance(key, Scalar):
                entries[key.value] = (key, node)
        return Table(tuple(entries.values()), opened.line)

    def _key_stands(self, key: Node, entries: dict[str, tuple[Scalar, Node]]) -> bool:
        """Judge one key: a text, not taken by YAML for something else, not there already."""
        if not isinstance(key, Scalar):
            self.refuse("key-not-text", key.line)
            return False
        if key.read_as != "str":
            self.refuse("key-implicit", key.line, key.value, type=key.read_as)
        if key.value in entries:
            first = str(entries[key.value][0].line)
            self.refuse("key-duplicate", key.line, key.value, first=first)
            return False
        return True
