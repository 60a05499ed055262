"""What a published catalog says: items, lines, reliefs, events, facts, documents, places.

Everything here is a frozen value made by ``reader.py``. Windows are half-open in here (``end`` is
the first day *not* covered), while documents and files print both ends inclusive; the reader
converts once. Amounts are yuan as exact decimals.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from feeledger.catalog.rates import Rate
from feeledger.errors import Text

Category = Literal["administrative", "government_fund", "operating_service"]
CollectedBy = Literal["notice", "tax", "grid", "water", "railway", "court", "central", "seller"]
Kind = Literal["publication", "compilation"]
FactType = Literal["int", "decimal", "money", "bool", "enum"]
Operator = Literal["eq", "in", "lt", "lte", "gt", "gte"]
Sureness = Literal["high", "medium", "low"]
Source = Literal["government", "news", "mirror", "article", "code"]

# Events that end an item from their date on; all others close nothing.
ENDING_EVENTS = frozenset(
    {
        "cancelled",
        "cancelled_or_suspended",
        "suspended",
        "stopped",
        "exempt_all",
        "rate_set_to_zero",
        "merged_and_stopped",
        "converted_to_tax",
        "superseded_by",
        "government_pricing_ended",
    }
)


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure the compilers are, and what they noted."""

    level: Sureness
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Basis:
    """What an item, version or relief rests on: documents, or ``unseen`` (why none was seen).

    An unseen basis names the sources in which the price stands without its document.
    """

    documents: tuple[str, ...] = ()
    clause: str = ""
    unseen: Text | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """Days covered, half-open: ``begin`` ≤ day < ``end``; None is unknown or open.

    An unknown begin counts from ``not_before``, or since ever where that is None too.
    ``*_basis`` is seen, inferred, unknown or "".
    """

    begin: date | None = None
    end: date | None = None
    not_before: date | None = None
    begin_basis: str = ""
    end_basis: str = ""

    @property
    def first(self) -> date | None:
        """The first day covered, as far as known."""
        return self.begin if self.begin is not None else self.not_before

    def covers(self, day: date) -> bool:
        """Say whether a day lies in the window."""
        first = self.first
        return (first is None or first <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison of a fact with a value; numbers are compared as numbers."""

    fact: str
    op: Operator
    value: Decimal | bool | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """``all`` or ``any`` of its tests, three-valued; an empty ``all`` is true."""

    kind: Literal["all", "any"]
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Rounding:
    """A quantity is rounded up to whole steps of ``size`` before anything else."""

    size: Decimal


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A multiplier that chains with the others while its condition holds."""

    id: str
    when: Condition
    multiply: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """One published price of an item, in one version, for one place.

    ``series`` names the price that the versions share: their windows never overlap in one place,
    and a hole between two of them is declared. ``standard`` is the price as printed (Chinese).
    """

    id: str
    series: str
    item: str
    name: Text
    place: str
    window: Window
    period: str
    rate: Rate
    standard: str
    basis: Basis
    confidence: Confidence
    applies_when: Condition | None = None
    rounding: Rounding | None = None
    adjustments: tuple[Adjustment, ...] = ()
    provisional: bool = False
    provisional_document: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relief:
    """An exemption or reduction. ``factor`` goes with multiply; ``lines`` empty: every line.

    ``base_only``: it touches the base amount of a base_plus_excess rate, not the excess.
    ``place`` None: wherever the line holds. ``series`` is shared by the versions of one relief.
    """

    id: str
    series: str
    item: str
    effect: Literal["exempt", "multiply", "not_charged_twice", "unknown_reduction"]
    when: Condition
    window: Window
    basis: Basis
    confidence: Confidence
    factor: Decimal | None = None
    base_only: bool = False
    lines: tuple[str, ...] = ()
    place: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """A dated change of a whole item, with the document that made it.

    ``document`` is None where it was not seen; ``unseen`` then says why.
    """

    kind: str
    day: date | None
    document: str | None
    sources: tuple[str, ...]
    confidence: Sureness
    unseen: Text | None = None
    note: Text | None = None
    announced_on: date | None = None

    @property
    def ends(self) -> bool:
        """Say whether the event closes its item from its day on."""
        return self.kind in ENDING_EVENTS and self.day is not None


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Lines that price the same thing in different classes.

    ``class_fact`` is a fact of our own whose value names the class; ``classes`` pairs its values
    with the lines they choose (a value may choose several lines, told apart by their conditions;
    a value without a pair here leaves the group unchosen, as if it had not been given). Both are empty where nothing but
    the caller can choose.
    """

    by: Text
    lines: tuple[str, ...]
    class_fact: str | None = None
    classes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class NoRate:
    """A declared hole between two versions of the same price (``series``), and why it is there."""

    series: str
    window: Window
    why: Text


@dataclass(frozen=True, slots=True)
class FeeItem:
    """One item of the catalog with everything known of it.

    ``aliases`` are common names in use beside the official one; they are ours, not a source's.
    ``funds`` is where the money goes as published; ``*_basis`` seen, inferred, not_seen or
    not_applicable.
    """

    id: str
    name: Text
    category: Category
    department: Text
    collected_by: CollectedBy
    collected_by_basis: str
    funds: Text
    funds_basis: str
    status: str
    wire_code: str
    basis: Basis
    lines: tuple[Line, ...]
    reliefs: tuple[Relief, ...] = ()
    events: tuple[Event, ...] = ()
    alternatives: tuple[Alternatives, ...] = ()
    no_rate: tuple[NoRate, ...] = ()
    pricing: str = ""
    aliases: tuple[str, ...] = ()
    note: Text | None = None

    def ending(self, day: date) -> Event | None:
        """Give the earliest ending event whose date has come on a day."""
        past = [e for e in self.events if e.ends and e.day is not None and e.day <= day]
        return min(past, key=lambda e: e.day or date.min, default=None)


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact an assessment may use: its type, unit, bounds (inclusive) and who supplies it.

    ``values`` are those of an enum. ``derived`` names numerator and denominator. ``class_fact``
    is true for facts of ours that only choose among alternatives. ``divisor_low`` is the lower
    bound that holds only where an asked line divides by the fact (a zero is refused there).
    """

    name: str
    type: FactType
    unit: str
    label: Text
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(10) ** 12
    decimals: int = 6
    divisor_low: Decimal | None = None
    values: tuple[str, ...] = ()
    value_labels: tuple[Text, ...] = ()
    derived: tuple[str, str] | None = None
    supplied_by: str = "enterprise"
    class_fact: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A document a basis can name; ``irregular`` keeps an old printed form (R-V7).

    ``number_status``: seen, inferred, or title_only (the key is a title, no number was seen).
    """

    key: str
    title: Text
    seen_in: tuple[str, ...]
    number_status: str
    irregular: bool = False
    issued: date | None = None
    effective: date | None = None
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class SourceText:
    """Where something was read; only government addresses are ever linked."""

    id: str
    kind: Source
    url: str
    what: Text

    @property
    def link(self) -> str:
        """Give the address where it may be linked, else nothing."""
        return self.url if self.kind == "government" else ""


@dataclass(frozen=True, slots=True)
class Place:
    """A named place and the division codes it stands for."""

    name: str
    codes: tuple[str, ...]
    label_en: str
    basis: str = ""
    note: Text | None = None

    def covers(self, region: str) -> bool:
        """Say whether a division lies in the place, by the digits of its code."""
        return any(region.startswith(stem_of_region(code)) for code in self.codes)

    def lies_below(self, region: str) -> bool:
        """Say whether the place lies below a division (and not in or above it)."""
        stem = stem_of_region(region)
        return not self.covers(region) and any(code.startswith(stem) for code in self.codes)


@dataclass(frozen=True, slots=True)
class UnlistedEnding:
    """A notice that ended many charges at once whose list of names was not readable.

    ``day`` is a day or a month ("2013-06") as far as it is known.
    """

    day: str
    what: Text
    item_list: Text
    document: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Edition:
    """Which catalog this is: its id, kind, publication and gaps; ``sha256`` is of its content.

    ``medium``, ``number`` (of the issue), ``published_on`` and ``document`` (文号) belong to a
    publication. ``notice`` is said on every page and in every answer.
    """

    id: str
    kind: Kind
    title: Text
    province: str
    compiled_on: date
    gaps: tuple[Text, ...]
    sha256: str
    notice: Text | None = None
    unlisted: tuple[UnlistedEnding, ...] = ()
    medium: str = ""
    number: str = ""
    document: str = ""
    published_on: date | None = None
    author: str = ""
    reviewer: str = ""


@dataclass(frozen=True, slots=True)
class Catalog:
    """One edition in full, every mapping keyed by id; items stand in the order of wire codes."""

    edition: Edition
    items: Mapping[str, FeeItem]
    facts: Mapping[str, Fact]
    documents: Mapping[str, Document]
    sources: Mapping[str, SourceText]
    places: Mapping[str, Place]

    def line(self, line_id: str) -> Line | None:
        """Find a line by its id."""
        for item in self.items.values():
            for line in item.lines:
                if line.id == line_id:
                    return line
        return None


def stem_of_region(code: str) -> str:
    """Give the leading digits that every division in or under a code shares.

    >>> stem_of_region("130000"), stem_of_region("130100"), stem_of_region("000000")
    ('13', '1301', '')
    """
    if code == "000000":
        return ""
    if code.endswith("0000"):
        return code[:2]
    return code[:4] if code.endswith("00") else code
