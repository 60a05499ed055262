"""What changed between two editions, per item and field, as data and as sentences in zh and en.

A new version of a price is told as the change it is: "price 2.00 → 1.20 from 2025-07-01,
document …". A correction of a version that stands in both editions is told field by field.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from feeledger.catalog.canonical import encode_row
from feeledger.catalog.changewords import LABELS, SUBJECTS
from feeledger.catalog.items import Catalog, Event, FeeItem, Line, Relief
from feeledger.errors import Text

Kind = Literal["added", "removed", "changed"]
Flat = dict[str, str]

# Parts that are told one by one, and what only says where a thing stands.
_APART = frozenset({"lines", "reliefs", "events", "item", "series", "sha256"})
_PRICED_BY = ("rate", "applies_when", "adjustments", "rounding", "place", "period", "provisional")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a change is of: item, line, relief, event, fact, document, source, place, edition."""

    sort: str
    item: str
    id: str
    name: Text


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a subject.

    ``field``, ``old`` and ``new`` are empty for what is added or removed as a whole. ``since`` is
    the first day of the new price, where that is what changed.
    """

    kind: Kind
    subject: Subject
    sentence: Text
    field: str = ""
    old: str = ""
    new: str = ""
    since: date | None = None


def changes_between(old: Catalog, new: Catalog) -> tuple[Change, ...]:
    """Give every change from one edition to another, in the order of the new one's items."""
    edition = Subject("edition", "", new.edition.id, new.edition.title)
    changes = list(_changes_of_row(edition, old.edition, new.edition))
    for name in dict.fromkeys([*new.items, *old.items]):
        before, after = old.items.get(name), new.items.get(name)
        if before is not None and after is not None:
            changes += _changes_of_item(before, after)
        elif after is not None:
            changes.append(_added(_subject_of_item(after), "、".join(after.basis.documents)))
        elif before is not None:
            changes.append(_removed(_subject_of_item(before)))
    for sort in ("fact", "document", "source", "place"):
        changes += _changes_of_table(sort, getattr(old, f"{sort}s"), getattr(new, f"{sort}s"))
    return tuple(changes)


def change_document(change: Change, language: str) -> dict[str, str | None]:
    """Give a change as JSON data with its sentence in one language."""
    return {
        "kind": change.kind,
        "subject": change.subject.sort,
        "item": change.subject.item,
        "id": change.subject.id,
        "field": change.field,
        "old": change.old,
        "new": change.new,
        "since": None if change.since is None else f"{change.since}",
        "sentence": change.sentence.to(language),
    }


def _subject_of_item(item: FeeItem) -> Subject:
    return Subject("item", item.id, item.id, item.name)


def _subject_of_line(line: Line) -> Subject:
    return Subject("line", line.item, line.id, line.name)


def _changes_of_item(old: FeeItem, new: FeeItem) -> Iterator[Change]:
    """Give the changes within an item: its own fields, lines, reliefs, events."""
    if old == new:
        return
    yield from _changes_of_row(_subject_of_item(new), old, new)
    yield from _changes_of_lines(old, new)
    yield from _changes_of_reliefs(old, new)
    for event in old.events:
        if event not in new.events:
            yield _removed(_subject_of_event(new, event))
    for event in new.events:
        if event not in old.events:
            yield _added(_subject_of_event(new, event), event.document or "")


def _subject_of_event(item: FeeItem, event: Event) -> Subject:
    """Name an event by its item, kind and day."""
    label = label_of(event.kind)
    when = "" if event.day is None else f" {event.day}"
    name = Text(f"{item.name.zh} {label.zh}{when}", f"{item.name.en} {label.en}{when}")
    return Subject("event", item.id, event.kind, name)


def _changes_of_lines(old: FeeItem, new: FeeItem) -> Iterator[Change]:
    """Give new, dropped and corrected lines; a new version is held against the one before it."""
    before = {line.id: line for line in old.lines}
    after = {line.id for line in new.lines}
    for line in new.lines:
        earlier = _version_before(new, line)
        if line.id in before:
            yield from _changes_of_row(_subject_of_line(line), before[line.id], line)
        elif earlier is None:
            yield _added(_subject_of_line(line), _paper_of(line))
        else:
            yield from _changes_of_price(earlier, line)
    for line in old.lines:
        if line.id not in after:
            yield _removed(_subject_of_line(line))


def _version_before(item: FeeItem, line: Line) -> Line | None:
    """Give the version of the same price that a line takes over from."""
    first = line.window.first
    if first is None:
        return None
    earlier = [
        other
        for other in item.lines
        if other.series == line.series
        and other.window.end is not None
        and other.window.end <= first
    ]
    return max(earlier, key=lambda other: other.window.end or date.min, default=None)


def _changes_of_price(old: Line, new: Line) -> Iterator[Change]:
    """Tell a new version as the change of its price, condition and scope from a day on."""
    subject, paper = _subject_of_line(new), _paper_of(new)
    told = [
        _changed(subject, difference, new.window.begin, paper)
        for difference in _differences(_flat(encode_row(old)), _flat(encode_row(new)))
        if difference[0].partition(".")[0].partition("[")[0] in _PRICED_BY
    ]
    yield from told or [_added(subject, paper)]


def _changes_of_reliefs(old: FeeItem, new: FeeItem) -> Iterator[Change]:
    """Give new, dropped and corrected reliefs."""
    before = {relief.id: relief for relief in old.reliefs}
    after = {relief.id: relief for relief in new.reliefs}
    for name in dict.fromkeys([*after, *before]):
        subject = Subject("relief", new.id, name, Text(name, name))
        was, now = before.get(name), after.get(name)
        if was is not None and now is not None:
            yield from _changes_of_row(subject, was, now)
        else:
            yield _removed(subject) if now is None else _added(subject, _paper_of(now))


def _changes_of_table(
    sort: str, old: Mapping[str, object], new: Mapping[str, object]
) -> Iterator[Change]:
    """Give what was added to, dropped from or changed in a table."""
    for name in dict.fromkeys([*new, *old]):
        subject = Subject(sort, "", name, Text(name, name))
        if name in old and name in new:
            yield from _changes_of_row(subject, old[name], new[name])
        else:
            yield _added(subject) if name in new else _removed(subject)


def _changes_of_row(subject: Subject, old: object, new: object) -> Iterator[Change]:
    """Give the fields that differ between two values of one kind."""
    if old == new:
        return
    for difference in _differences(_flat(encode_row(old)), _flat(encode_row(new))):
        yield _changed(subject, difference)


def _differences(old: Flat, new: Flat) -> Iterator[tuple[str, str, str]]:
    """Give the fields in which two flattened values differ."""
    for field in dict.fromkeys([*old, *new]):
        was, now = old.get(field, ""), new.get(field, "")
        if was != now:
            yield field, was, now


def _flat(data: Mapping[str, object]) -> Flat:
    """Flatten JSON data to paths and texts; what is told apart is left out at the top."""
    found: Flat = {}
    for key, value in data.items():
        if key not in _APART:
            _flatten(key, value, found)
    return found


def _flatten(path: str, value: object, found: Flat) -> None:
    """Put one value under its path: parts of objects and lists have paths of their own."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            _flatten(f"{path}.{key}", part, found)
    elif isinstance(value, list) and any(isinstance(part, dict | list) for part in value):
        for index, part in enumerate(value):
            _flatten(f"{path}[{index}]", part, found)
    elif isinstance(value, list):
        found[path] = "、".join(str(part) for part in value)
    elif path.endswith("window.end"):
        found[path] = f"{date.fromisoformat(str(value)) - timedelta(days=1)}"
    else:
        found[path] = str(value)


def _paper_of(row: Line | Relief) -> str:
    """Name the documents a line or relief rests on."""
    return "、".join(row.basis.documents)


def _added(subject: Subject, paper: str = "") -> Change:
    """Tell something added as a whole."""
    sort, after = SUBJECTS[subject.sort], _after_paper(paper)
    zh = f"新增{sort.zh}：{subject.name.zh}{after.zh}"
    en = f"{sort.en} added: {subject.name.en}{after.en}"
    return Change("added", subject, Text(zh, en))


def _removed(subject: Subject) -> Change:
    """Tell something dropped as a whole."""
    sort = SUBJECTS[subject.sort]
    zh, en = f"删去{sort.zh}：{subject.name.zh}", f"{sort.en} removed: {subject.name.en}"
    return Change("removed", subject, Text(zh, en))


def _changed(
    subject: Subject,
    difference: tuple[str, str, str],
    since: date | None = None,
    paper: str = "",
) -> Change:
    """Tell one field that changed."""
    field, old, new = difference
    label, after = label_of(field), _after_paper(paper)
    day = Text("", "") if since is None else Text(f"自 {since} 起，", f"from {since}, ")
    zh = f"{subject.name.zh}：{day.zh}{label.zh} {old or '（无）'} → {new or '（无）'}{after.zh}"
    en = f"{subject.name.en}: {day.en}{label.en} {old or '(none)'} → {new or '(none)'}{after.en}"
    return Change("changed", subject, Text(zh, en), field, old, new, since)


def label_of(field: str) -> Text:
    """Name a field as people call it; a part of a list keeps its place (from 1)."""
    names = [part.partition("[") for part in field.split(".")]
    known = [LABELS.get(name, Text(name, name)) for name, _, _ in names]
    places = [_place_of(index) for _, _, index in names]
    return Text(
        "·".join(label.zh + place for label, place in zip(known, places, strict=True)),
        " · ".join(label.en + place for label, place in zip(known, places, strict=True)),
    )


def _place_of(index: str) -> str:
    """Turn the rest of ``[2][0]`` into places counted from 1."""
    places = [str(int(part) + 1) for part in index.rstrip("]").split("][") if part]
    return f" {'.'.join(places)}" if places else ""


def _after_paper(paper: str) -> Text:
    """Say the documents behind a change."""
    return Text(f"（{paper}）", f" ({paper})") if paper else Text("", "")
