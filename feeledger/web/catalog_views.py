"""What the catalog's pages show of an item: its standing on a day, prices, reliefs, papers. Pure."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from feeledger.assessment.charge_words import PAID_THROUGH
from feeledger.catalog.items import (
    Alternatives,
    Basis,
    Catalog,
    Confidence,
    Event,
    FeeItem,
    Line,
    Relief,
    SourceText,
)
from feeledger.catalog.rates import NotEstablished
from feeledger.errors import Text
from feeledger.hanzi import simplify
from feeledger.web.condition_words import words_of_condition
from feeledger.web.formats import format_rate
from feeledger.web.rate_words import RateWords, words_of_rate
from feeledger.web.wording import (
    CATEGORIES,
    EVENTS,
    PERIODS,
    PRICINGS,
    SOURCE_KINDS,
    STANDING_TONES,
    STANDINGS,
    marked,
    named,
    words_of_window,
)

BRACKETS = str.maketrans("[]()（）【】［］", "〔〕〔〕〔〕〔〕〔〕")


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether an item may be charged on a day: in_force, no_rate or ended (by which event)."""

    code: str
    ending: Event | None = None

    @property
    def name(self) -> Text:
        """The standing in words."""
        return STANDINGS[self.code]

    @property
    def tone(self) -> str:
        """The tone of its tag."""
        return STANDING_TONES[self.code]


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as shown: its number, its title, where it was seen, and government addresses."""

    key: str
    title: Text
    seen: Text
    links: tuple[SourceText, ...]
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Support:
    """What a price or relief rests on, and how sure the compilers are."""

    papers: tuple[Paper, ...]
    unseen: Text | None
    sources: tuple[SourceText, ...]
    confidence: Confidence | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """One version of one price as shown."""

    line: Line
    place: Text
    window: Text
    period: Text
    words: RateWords
    condition: Text
    riders: tuple[Text, ...]
    support: Support


@dataclass(frozen=True, slots=True)
class Remission:
    """One relief as shown."""

    relief: Relief
    effect: Text
    condition: Text
    window: Text
    limits: tuple[Text, ...]
    support: Support


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of an item as shown."""

    event: Event
    name: Text
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item in a list."""

    item: FeeItem
    standing: Standing
    category: Text
    collector: Text
    price: Text
    prices: int


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Everything the page of an item shows."""

    row: ItemRow
    funds: Text
    pricing: Text | None
    legal: Support
    ending: Happening | None
    now: tuple[Price, ...]
    others: tuple[Price, ...]
    remissions: tuple[Remission, ...]
    happenings: tuple[Happening, ...]
    choices: tuple[tuple[Alternatives, tuple[Text, ...]], ...]
    papers: tuple[Paper, ...]
    sources: tuple[SourceText, ...] = field(default=())


def standing_of(item: FeeItem, day: date) -> Standing:
    """Judge an item on a day: ended by an event, priced by a line in force, or without a price."""
    ending = item.ending(day)
    if ending is not None:
        return Standing("ended", ending)
    return Standing("in_force" if priced_lines(item, day) else "no_rate")


def priced_lines(item: FeeItem, day: date) -> list[Line]:
    """Give the lines in force on a day that have a figure."""
    return [
        line
        for line in item.lines
        if line.window.covers(day) and not isinstance(line.rate, NotEstablished)
    ]


def row_of_item(item: FeeItem, day: date, catalog: Catalog) -> ItemRow:
    """Give an item as it stands in a list."""
    lines = priced_lines(item, day)
    standing = standing_of(item, day)
    shown = lines[0] if lines and standing.code == "in_force" else None
    return ItemRow(
        item=item,
        standing=standing,
        category=named(CATEGORIES, item.category),
        collector=named(PAID_THROUGH, item.collected_by),
        price=words_of_rate(shown.rate, catalog.facts).summary if shown else Text("", ""),
        prices=len(lines) if shown else 0,
    )


def page_of_item(item: FeeItem, day: date, catalog: Catalog) -> ItemPage:
    """Give everything that the page of an item shows on a day."""
    prices = [_price(line, catalog) for line in item.lines]
    in_force = {line.id for line in item.lines if line.window.covers(day)}
    row = row_of_item(item, day, catalog)
    if row.standing.code == "ended":
        in_force = set()
    happenings = tuple(_happening(event, catalog) for event in item.events)
    return ItemPage(
        row=row,
        funds=_with_mark(item.funds, item.funds_basis),
        pricing=named(PRICINGS, item.pricing) if item.pricing else None,
        legal=support_of(item.basis, None, catalog),
        ending=next((h for h in happenings if h.event is row.standing.ending), None),
        now=tuple(price for price in prices if price.line.id in in_force),
        others=tuple(price for price in prices if price.line.id not in in_force),
        remissions=tuple(_remission(relief, catalog) for relief in item.reliefs),
        happenings=happenings,
        choices=tuple((group, _names_of_lines(item, group.lines)) for group in item.alternatives),
        papers=_papers_of_item(item, catalog),
        sources=_sources(sorted({s for line in item.lines for s in line.sources}), catalog),
    )


def support_of(basis: Basis, confidence: Confidence | None, catalog: Catalog) -> Support:
    """Give the papers of a basis, or why none was seen."""
    papers = tuple(paper_of(key, catalog, clause=basis.clause) for key in basis.documents)
    return Support(papers, basis.unseen, _sources(basis.sources, catalog), confidence)


def paper_of(key: str, catalog: Catalog, *, clause: str = "") -> Paper:
    """Give a document by its key; only government addresses become links."""
    document = catalog.documents.get(key)
    if document is None:
        return Paper(key, Text("", ""), Text("", ""), (), clause)
    sources = _sources(document.seen_in, catalog)
    kinds = list(dict.fromkeys(source.kind for source in sources))
    names = [named(SOURCE_KINDS, kind) for kind in kinds]
    seen = Text(
        f"见于{'、'.join(n.zh for n in names)}" if names else "未见原文",
        f"seen in {', '.join(n.en for n in names)}" if names else "text not seen",
    )
    if document.number_status == "inferred":
        seen = Text(f"{seen.zh}；文号系推断", f"{seen.en}; number inferred")
    links = tuple(source for source in sources if source.link)
    return Paper(key, document.title, seen, links, clause)


def folded(text: str) -> str:
    """Fold a text for searching: width, case, script, brackets of document numbers, blanks."""
    plain = simplify(unicodedata.normalize("NFKC", text)).lower().translate(BRACKETS)
    return "".join(plain.split())


def words_to_search(item: FeeItem) -> str:
    """Give everything of an item that a search may hit, folded."""
    keys: list[str] = list(item.basis.documents)
    for basis in (*(x.basis for x in item.lines), *(x.basis for x in item.reliefs)):
        keys += basis.documents
    keys += [event.document for event in item.events if event.document]
    names = [item.name.zh, item.name.en, item.department.zh, item.department.en, item.id]
    lines = [text for line in item.lines for text in (line.name.zh, line.name.en)]
    return " ".join(folded(text) for text in (*names, *item.aliases, *lines, *dict.fromkeys(keys)))


def matches(item: FeeItem, query: str) -> bool:
    """Say whether an item has every word of a query."""
    words = [folded(word) for word in query.split()]
    text = words_to_search(item)
    return all(word in text for word in words)


def _price(line: Line, catalog: Catalog) -> Price:
    place = catalog.places.get(line.place)
    return Price(
        line=line,
        place=Text(line.place, place.label_en if place else line.place),
        window=words_of_window(line.window),
        period=named(PERIODS, line.period),
        words=words_of_rate(line.rate, catalog.facts),
        condition=words_of_condition(line.applies_when, catalog.facts),
        riders=tuple(_riders(line, catalog)),
        support=support_of(line.basis, line.confidence, catalog),
    )


def _riders(line: Line, catalog: Catalog) -> Iterable[Text]:
    if line.rounding is not None:
        size = format_rate(line.rounding.size, "en")
        yield Text(f"数量不足 {size} 的按 {size} 计", f"quantities are rounded up to whole {size}s")
    for adjustment in line.adjustments:
        when = words_of_condition(adjustment.when, catalog.facts)
        factor = format_rate(adjustment.multiply, "en")
        yield Text(f"{when.zh}的，乘以 {factor}", f"times {factor} where {when.en}")
    if line.provisional:
        yield Text(
            "暂按此标准计算，新标准公布后多退少补",
            "provisional: trued up when a new standard is published",
        )


def _remission(relief: Relief, catalog: Catalog) -> Remission:
    return Remission(
        relief=relief,
        effect=_effect(relief),
        condition=words_of_condition(relief.when, catalog.facts),
        window=words_of_window(relief.window),
        limits=tuple(_limits(relief, catalog)),
        support=support_of(relief.basis, relief.confidence, catalog),
    )


def _effect(relief: Relief) -> Text:
    if relief.effect == "exempt":
        effect = Text("免征", "exempt")
    elif relief.effect == "multiply" and relief.factor is not None:
        percent = format_rate(relief.factor * 100, "en")
        effect = Text(f"按 {percent}% 征收", f"charged at {percent}%")
    elif relief.effect == "not_charged_twice":
        effect = Text("不重复收取", "not charged twice")
    else:
        effect = Text("有减免，幅度未查得", "a reduction of unknown size")
    if not relief.base_only:
        return effect
    return Text(f"{effect.zh}（仅基本部分）", f"{effect.en} (the base amount only)")


def _limits(relief: Relief, catalog: Catalog) -> Iterable[Text]:
    if relief.place is not None:
        place = catalog.places.get(relief.place)
        yield Text(f"限{relief.place}", f"only in {place.label_en if place else relief.place}")
    if relief.lines:
        item = catalog.items[relief.item]
        names = _names_of_lines(item, relief.lines)
        yield Text(
            f"限：{'；'.join(n.zh for n in names)}", f"only: {'; '.join(n.en for n in names)}"
        )


def _names_of_lines(item: FeeItem, ids: tuple[str, ...]) -> tuple[Text, ...]:
    by_id = {line.id: line.name for line in item.lines}
    return tuple(dict.fromkeys(by_id[line] for line in ids if line in by_id))


def _happening(event: Event, catalog: Catalog) -> Happening:
    papers = (paper_of(event.document, catalog),) if event.document else ()
    return Happening(event, named(EVENTS, event.kind), papers)


def _papers_of_item(item: FeeItem, catalog: Catalog) -> tuple[Paper, ...]:
    keys = list(item.basis.documents)
    for basis in (*(x.basis for x in item.lines), *(x.basis for x in item.reliefs)):
        keys += basis.documents
    keys += [event.document for event in item.events if event.document]
    return tuple(paper_of(key, catalog) for key in dict.fromkeys(keys))


def _sources(ids: Iterable[str], catalog: Catalog) -> tuple[SourceText, ...]:
    return tuple(catalog.sources[name] for name in ids if name in catalog.sources)


def _with_mark(text: Text, basis: str) -> Text:
    mark = marked(basis)
    return Text(f"{text.zh}{mark.zh}", f"{text.en}{mark.en}")
