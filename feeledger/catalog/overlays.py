"""An overlay: an edition as it would be with some items or lines replaced, added or taken out.

Nothing of it is kept. It is laid over the nodes of the edition's files, and the whole is read as
strictly as any edition: what an overlay breaks is a fault at its own place. It names what it
replaces; what it names must be there, and what it adds must not. docs/whatif.md describes it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from feeledger.catalog.faulting import Spot
from feeledger.catalog.items import Catalog
from feeledger.catalog.reader import TABLES, Roots, ordered_faults, read_folder, read_roots
from feeledger.catalog.values import Findings, Section, Value
from feeledger.catalog.yamltext import Listing, Node, Scalar, Table, read_nodes
from feeledger.errors import Fault, FileRefused, Text

NAME: Final = "overlay.yaml"
DOCUMENTS: Final = "documents.yaml"
PARTS: Final = (
    "replace_items",
    "add_items",
    "remove_items",
    "replace_lines",
    "add_lines",
    "remove_lines",
)


@dataclass(frozen=True, slots=True)
class Overlaid:
    """The edition with the overlay in it, what the overlay calls itself, and the items it touches."""

    catalog: Catalog
    title: Text
    items: frozenset[str]


@dataclass(slots=True)
class _Work:
    """The overlay being laid: the items of the edition by id, those touched, those taken out."""

    items: dict[str, Table]
    findings: Findings
    touched: dict[str, Table] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    named: set[tuple[str, str]] = field(default_factory=set)
    documents: tuple[Node, ...] = ()

    def item(self, value: Value) -> str:
        """Give the id of an item that is there and not taken out; "" after a fault."""
        word = value.word() or ""
        if word and word not in self.items:
            value.refuse(
                "overlay-unknown", word, near=self.findings.nearest(word, self.items.keys())
            )
            return ""
        return word

    def name_once(self, value: Value, item: str, line: str = "") -> None:
        """Refuse an item, or a line of one, that the overlay has named before."""
        if (item, line) in self.named:
            value.refuse("overlay-twice", line or item)
        self.named.add((item, line))

    def now(self, item: str) -> Table:
        """Give an item as the overlay has left it so far."""
        return self.touched.get(item, self.items[item])

    def put(self, value: Value, item: str, table: Table) -> None:
        """Let an item stand as given; one that was taken out stays out, with a fault."""
        if item in self.removed:
            value.refuse("overlay-twice", item)
        self.touched[item] = table


def read_overlay(directory: Path, data: bytes, name: str = NAME) -> Overlaid:
    """Lay an overlay over the edition of a folder. Raises FileRefused with every fault."""
    findings = Findings()
    roots = read_folder(directory, findings)
    node, faults = read_nodes(data, name)
    findings.faults.extend(faults)
    if node is None or findings.faults:
        raise FileRefused(ordered_faults(findings.faults) or _empty(name))
    work = _Work({each: table for each, table in _items_of(roots)}, findings)  # noqa: C416
    section = Value(node, Spot(name, 1), findings).section()
    header = section.need("overlay").section()
    base, title = header.need("base"), header.need("title").pair()
    header.close()
    _lay(section, work)
    section.close()
    return _read_whole(roots, work, base, title, name)


def _read_whole(roots: Roots, work: _Work, base: Value, title: Text, name: str) -> Overlaid:
    """Read the edition with the overlay in it. Raises FileRefused."""
    findings = Findings()
    reading = read_roots(_merged(roots, work, name), findings)
    if base.word() != reading.catalog.edition.id:
        base.refuse("overlay-base", base.word() or "", edition=reading.catalog.edition.id)
    known = _documents_in(roots)
    faults = ordered_faults(
        (*work.findings.faults, *(_placed(fault, known, name) for fault in reading.faults))
    )
    if faults:
        raise FileRefused(faults)
    return Overlaid(reading.catalog, title, frozenset(work.touched) | frozenset(work.removed))


def _lay(section: Section, work: _Work) -> None:
    """Do what the overlay says, part by part; refuse one that says nothing."""
    if not any(section.has(part) for part in PARTS):
        work.findings.refuse(
            "overlay-empty", section.spot, known=Text(", ".join(PARTS), ", ".join(PARTS))
        )
    for each in section.maybe("remove_items").each():
        if item := work.item(each):
            work.name_once(each, item)
            work.removed.add(item)
    for each in section.maybe("replace_items").each():
        _put_item(each, work, known=True)
    for each in section.maybe("add_items").each():
        _put_item(each, work, known=False)
    for part in ("remove_lines", "replace_lines", "add_lines"):
        for each in section.maybe(part).each():
            _change_line(each, work, part)
    documents = section.maybe("add_documents")
    work.documents = tuple(each.node for each in documents.each() if each.node is not None)


def _put_item(value: Value, work: _Work, *, known: bool) -> None:
    """Replace an item by another of its id, or add one whose id is new."""
    section = value.section()
    named = section.need("id")
    if not isinstance(value.node, Table) or named.void:
        return
    word = work.item(named) if known else named.word()
    if not known and word in work.items:
        named.refuse("overlay-there", word)
    elif word:
        if word not in work.removed:
            work.name_once(named, word)
        work.put(named, word, value.node)


def _change_line(value: Value, work: _Work, part: str) -> None:
    """Take a line of an item out, put another of its id in its place, or add one."""
    section = value.section()
    item = work.item(section.need("item"))
    line = section.need("line")
    section.close()
    if not item or line.void:
        return
    table = work.now(item)
    lines = _lines_of(table)
    if part == "remove_lines":
        word, node = line.word() or "", None
    else:
        word, node = line.section().need("id").word() or "", line.node
    if not word:
        return
    if part == "add_lines":
        if word in lines:
            line.refuse("overlay-there", word)
            return
    elif word not in lines:
        line.refuse("overlay-unknown", word, near=work.findings.nearest(word, lines.keys()))
        return
    work.name_once(line, item, word)
    work.put(line, item, _with_line(table, word, node))


def _with_line(table: Table, word: str, node: Node | None) -> Table:
    """Give an item's table with one line replaced, added behind the others, or taken out."""
    lines = _lines_of(table)
    if node is None:
        del lines[word]
    else:
        lines[word] = node
    listing = Listing(tuple(lines.values()), table.line)
    entries = tuple((key, listing if key.value == "lines" else each) for key, each in table.entries)
    if not any(key.value == "lines" for key, _ in entries):
        entries += ((Scalar("lines", table.line, quoted=False), listing),)
    return Table(entries, table.line)


def _merged(roots: Roots, work: _Work, name: str) -> dict[str, Node | None]:
    """Give the nodes of the files with the overlay's in their place."""
    gone = work.touched.keys() | work.removed
    merged: dict[str, Node | None] = {}
    for file, root in roots.items():
        if file in TABLES or not isinstance(root, Table):
            merged[file] = root
            continue
        kept = tuple(each for each in _listed(root, "items") if _id_of(each) not in gone)
        if kept:
            merged[file] = _with_list(root, "items", kept)
    root = merged.get(DOCUMENTS)
    if work.documents and isinstance(root, Table):
        documents = (*_listed(root, "documents"), *work.documents)
        merged[DOCUMENTS] = _with_list(root, "documents", documents)
    if work.touched:
        items = Listing(tuple(work.touched.values()), 1)
        merged[name] = Table(((Scalar("items", 1, quoted=False), items),), 1)
    return merged


def _items_of(roots: Roots) -> Iterator[tuple[str, Table]]:
    for file, root in roots.items():
        if file not in TABLES and isinstance(root, Table):
            for each in _listed(root, "items"):
                if isinstance(each, Table):
                    yield _id_of(each), each


def _lines_of(table: Table) -> dict[str, Node]:
    return {_id_of(each): each for each in _listed(table, "lines")}


def _listed(table: Table, key: str) -> tuple[Node, ...]:
    found = next((node for word, node in table.entries if word.value == key), None)
    return found.items if isinstance(found, Listing) else ()


def _with_list(table: Table, key: str, nodes: tuple[Node, ...]) -> Table:
    entries = tuple(
        (word, Listing(nodes, node.line) if word.value == key else node)
        for word, node in table.entries
    )
    return Table(entries, table.line)


def _id_of(node: Node) -> str:
    entries = node.entries if isinstance(node, Table) else ()
    found = next((value for word, value in entries if word.value == "id"), None)
    return found.value if isinstance(found, Scalar) else ""


def _documents_in(roots: Roots) -> int:
    root = roots.get(DOCUMENTS)
    return len(_listed(root, "documents")) if isinstance(root, Table) else 0


def _placed(fault: Fault, documents: int, name: str) -> Fault:
    """Say of a document that the overlay added that it stands in the overlay."""
    index = fault.path.removeprefix("documents[").partition("]")[0]
    added = fault.file == DOCUMENTS and index.isdecimal() and int(index) >= documents
    if not added:
        return fault
    return Fault(
        code=fault.code,
        file=name,
        line=fault.line,
        path=fault.path,
        value=fault.value,
        problem=fault.problem,
        remedy=fault.remedy,
    )


def _empty(name: str) -> tuple[Fault, ...]:
    findings = Findings()
    findings.refuse("overlay-empty", Spot(name, 1), known=Text(", ".join(PARTS), ", ".join(PARTS)))
    return tuple(findings.faults)
