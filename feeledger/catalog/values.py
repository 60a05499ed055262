"""A value of a catalog file and the place where it stands, read as the type that is wanted.

Every method gives a usable value and notes a fault where the text is not what is wanted, so that
a whole file is read to its end. An absent value is *void*: it was told once as missing and gives
neutral values without further faults.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeVar

from feeledger.catalog.faulting import Spot, fault_of, list_names, nearest_names
from feeledger.catalog.yamltext import Listing, Node, Scalar, Table
from feeledger.errors import Fault, Text

DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
AMOUNT_HIGH = Decimal(10) ** 13
FIRST_YEAR, LAST_YEAR = 1949, 2100
NEAREST_TOLD = 100

Shape = TypeVar("Shape", Scalar, Listing, Table)
_SHAPES: dict[type, Text] = {
    Scalar: Text("一个值", "one value"),
    Listing: Text("列表", "a list"),
    Table: Text("键与值", "a mapping"),
}


@dataclass(slots=True)
class Findings:
    """What one reading of an edition collects: the faults, and where each id stands."""

    faults: list[Fault] = field(default_factory=list)
    ids: dict[tuple[str, str], Spot] = field(default_factory=dict)

    def refuse(self, code: str, spot: Spot, value: str = "", **words: str | Text) -> None:
        """Note one fault."""
        self.faults.append(fault_of(code, spot, value, **words))

    def nearest(self, name: str, known: Collection[str]) -> Text:
        """Say which known names are nearest, while the faults are few enough to be read."""
        few = len(self.faults) < NEAREST_TOLD
        return nearest_names(name, known) if few else Text("", "")

    def claim(self, kind: str, name: str, spot: Spot, code: str = "id-duplicate") -> bool:
        """Keep where an id stands; refuse one that is taken."""
        first = self.ids.setdefault((kind, name), spot)
        if first is spot:
            return True
        self.refuse(code, spot, name, first=f"{first.file}:{first.line}")
        return False

    def mark(self, kind: str, name: str, spot: Spot) -> None:
        """Keep where something stands; the first place stays."""
        self.ids.setdefault((kind, name), spot)

    def spot(self, kind: str, name: str) -> Spot:
        """Give the place where an id stands."""
        return self.ids[kind, name]

    def spot_within(self, kind: str, name: str, around: Spot) -> Spot:
        """Give the place of a part, or of what is around it where the part is not there."""
        return self.ids.get((kind, name), around)


@dataclass(frozen=True, slots=True)
class Value:
    """One node at its place; ``node`` None is void."""

    node: Node | None
    spot: Spot
    findings: Findings

    @property
    def void(self) -> bool:
        """Say whether there is nothing here."""
        return self.node is None

    def refuse(self, code: str, value: str = "", **words: str | Text) -> None:
        """Note a fault of this value."""
        self.findings.refuse(code, self.spot, value, **words)

    def _scalar(self) -> Scalar | None:
        return self._of(Scalar)

    def _of(self, shape: type[Shape]) -> Shape | None:
        """Give the node where it has a shape; note a fault where it has another."""
        if self.node is None:
            return None
        if not isinstance(self.node, shape):
            self.refuse("wrong-shape", wanted=_SHAPES[shape])
            return None
        return self.node

    def word(self) -> str | None:
        """Give a non-empty text; None after a fault."""
        node = self._scalar()
        if node is None:
            return None
        if not node.value.strip():
            self.refuse("text-empty")
            return None
        if node.read_as != "str":
            self.refuse("implicit-type", node.value, type=node.read_as)
            return None
        return node.value.strip()

    def text(self) -> str:
        """Give a text; "" after a fault."""
        return self.word() or ""

    def pair(self) -> Text:
        """Give a text in both languages."""
        section = self.section()
        found = Text(section.need("zh").text(), section.need("en").text())
        section.close()
        return found

    def number(self, low: Decimal = Decimal(0), high: Decimal = AMOUNT_HIGH) -> Decimal | None:
        """Give a quoted decimal within bounds, both included; None after a fault."""
        node = self._scalar()
        if node is None:
            return None
        if not DECIMAL.fullmatch(node.value):
            self.refuse("number-malformed", node.value)
            return None
        if not node.quoted:
            self.refuse("number-unquoted", node.value)
            return None
        value = Decimal(node.value)
        if not low <= value <= high:
            self.refuse("number-out-of-bounds", node.value, low=f"{low:f}", high=f"{high:f}")
            return None
        return value

    def amount(self, low: Decimal = Decimal(0), high: Decimal = AMOUNT_HIGH) -> Decimal:
        """Give a quoted decimal within bounds; 0 after a fault."""
        found = self.number(low, high)
        return Decimal(0) if found is None else found

    def flag(self) -> bool:
        """Give true or false, written unquoted."""
        node = self._scalar()
        if node is None:
            return False
        if node.quoted or node.value not in ("true", "false"):
            self.refuse("flag-malformed", node.value)
            return False
        return node.value == "true"

    def day(self) -> date | None:
        """Give a quoted day of the calendar; None after a fault."""
        node = self._scalar()
        if node is None:
            return None
        try:
            day = date.fromisoformat(node.value) if DAY.fullmatch(node.value) else None
        except ValueError:
            day = None
        if day is None:
            self.refuse("date-unreadable", node.value)
        elif not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.refuse("date-out-of-bounds", node.value, low=f"{FIRST_YEAR}", high=f"{LAST_YEAR}")
            return None
        elif not node.quoted:
            self.refuse("date-unquoted", node.value)
        return day

    def choice(self, options: Collection[str]) -> str:
        """Give one of the options; the first after a fault."""
        word = self.word()
        if word is None:
            return next(iter(options))
        if word not in options:
            near = self.findings.nearest(word, options)
            self.refuse("choice-unknown", word, near=near, known=list_names(options))
            return next(iter(options))
        return word

    def name(self, pattern: re.Pattern[str]) -> str:
        """Give a text of a pattern; "" after a fault."""
        word = self.word()
        if word is not None and not pattern.fullmatch(word):
            self.refuse("id-malformed", word, pattern=pattern.pattern)
            return ""
        return word or ""

    def listed(self, known: Collection[str] | None, code: str) -> str:
        """Give a name that must exist; ``known`` None: its file could not be read."""
        word = self.word()
        if word is not None and known is not None and word not in known:
            self.refuse(code, word, near=self.findings.nearest(word, known))
            return ""
        return word or ""

    def is_word(self, word: str) -> bool:
        """Say whether the value is one plain word, such as open."""
        return isinstance(self.node, Scalar) and self.node.value == word

    def each(self) -> tuple["Value", ...]:
        """Give the elements of a list that is not empty."""
        node = self._of(Listing)
        if node is None:
            return ()
        if not node.items:
            self.refuse("list-empty")
        return self._elements()

    def _elements(self) -> tuple["Value", ...]:
        items = self.node.items if isinstance(self.node, Listing) else ()
        return tuple(
            Value(item, self.spot.at(index, item.line), self.findings)
            for index, item in enumerate(items)
        )

    def distinct(self, read: Iterable[str]) -> tuple[str, ...]:
        """Keep the words of this list; refuse one that stands twice, drop the unreadable."""
        found: list[str] = []
        for word, each in zip(read, self._elements(), strict=False):
            if word and word in found:
                each.refuse("entry-duplicate", word)
            elif word:
                found.append(word)
        return tuple(found)

    def section(self) -> "Section":
        """Give the mapping to be read key by key."""
        node = self._of(Table)
        entries = {} if node is None else {k.value: (k, n) for k, n in node.entries}
        return Section(entries, self.spot, self.findings, void=node is None)


@dataclass(slots=True)
class Section:
    """A mapping read key by key; ``close`` refuses the keys nobody asked for."""

    entries: dict[str, tuple[Scalar, Node]]
    spot: Spot
    findings: Findings
    void: bool = False
    asked: dict[str, None] = field(default_factory=dict)

    def get(self, key: str) -> Value | None:
        """Give the value of an optional key, or None."""
        self.asked[key] = None
        if key not in self.entries:
            return None
        written, node = self.entries[key]
        line = node.line if isinstance(node, Scalar) else written.line
        return Value(node, self.spot.below(key, line), self.findings)

    def need(self, key: str) -> Value:
        """Give the value of a key that must be there; void after the fault."""
        found = self.get(key)
        if found is not None:
            return found
        if not self.void:
            self.findings.refuse("key-missing", self.spot, key)
        return Value(None, self.spot.below(key, self.spot.line), self.findings)

    def maybe(self, key: str) -> Value:
        """Give the value of an optional key; void where it is absent."""
        found = self.get(key)
        line = self.spot.line
        return found or Value(None, self.spot.below(key, line), self.findings)

    def has(self, key: str) -> bool:
        """Say whether a key is there."""
        self.asked[key] = None
        return key in self.entries

    def close(self) -> None:
        """Refuse every key that nobody asked for."""
        for key, (written, _) in self.entries.items():
            if key not in self.asked:
                spot = self.spot.below(key, written.line)
                near = self.findings.nearest(key, self.asked)
                known = list_names(self.asked)
                self.findings.refuse("key-unknown", spot, key, near=near, known=known)
