"""Read one edition from its folder, strictly: every fault of every file in one go.

An edition is a flat folder: ``edition.yaml``, ``sources.yaml``, ``documents.yaml``,
``places.yaml``, ``facts.yaml`` and any number of item files; ``examples/`` is read by
``examples.py``, ``accepted.yaml`` by ``acceptances.py``. The format is described in docs/catalog-format.md.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from feeledger.catalog.building import PlanRefused, shape_of
from feeledger.catalog.canonical import seal_catalog
from feeledger.catalog.expressions import ExpressionRefused
from feeledger.catalog.faulting import Spot
from feeledger.catalog.items import Catalog, Fact, FeeItem
from feeledger.catalog.lints import judge_items
from feeledger.catalog.plan import plan_line
from feeledger.catalog.reader_edition import blank_edition, read_edition
from feeledger.catalog.reader_items import read_item
from feeledger.catalog.reader_parts import Known
from feeledger.catalog.reader_tables import (
    judge_derived,
    judge_twins,
    read_bounds,
    read_document_row,
    read_fact_row,
    read_place,
    read_source,
    read_table,
)
from feeledger.catalog.values import Findings, Section, Value
from feeledger.catalog.yamltext import MAX_BYTES, Node, Scalar, read_nodes
from feeledger.errors import Fault, FileRefused

TABLES = ("edition.yaml", "sources.yaml", "documents.yaml", "places.yaml", "facts.yaml")
ACCEPTED = "accepted.yaml"
BESIDE = frozenset({"examples", "README.md"})

Row = TypeVar("Row")
Roots = Mapping[str, Node | None]


def load_catalog(directory: Path) -> Catalog:
    """Read an edition that must be sound.

    Raises FileRefused with every fault.
    """
    catalog, faults = read_catalog(directory)
    if catalog is None:
        raise FileRefused(faults)
    return catalog


@dataclass(frozen=True, slots=True)
class Reading:
    """An edition as far as it could be read, and every fault of it.

    ``items_followed``, ``facts_followed``: whether what the files define is known in full.
    ``spots`` says where each id stands, by its kind and name.
    """

    catalog: Catalog
    faults: tuple[Fault, ...]
    items_followed: bool
    facts_followed: bool
    spots: Mapping[tuple[str, str], Spot]


def read_catalog(directory: Path) -> tuple[Catalog | None, tuple[Fault, ...]]:
    """Read an edition: the catalog, or None and all faults in the order of files and lines."""
    reading = read_as_far(directory)
    return (None if reading.faults else reading.catalog), reading.faults


def read_as_far(directory: Path) -> Reading:
    """Read an edition to its end, whatever is wrong with it."""
    findings = Findings()
    return read_roots(read_folder(directory, findings), findings)


def read_roots(roots: Roots, findings: Findings) -> Reading:
    """Read an edition from the nodes of its files, named as faults call them."""
    known = _read_known(roots, findings)
    files = sorted(roots.keys() - set(TABLES))
    read = [_read_items(roots[file], file, known, findings) for file in files]
    items = [item for each in read for item in each]
    section = _root(roots, "edition.yaml", findings)
    edition = blank_edition()
    if section is not None:
        edition = read_edition(section.need("edition"), known)
        section.close()
    judge_items(items, known, findings)
    catalog = Catalog(
        edition=edition,
        items={item.id: item for item in sorted(items, key=lambda item: item.wire_code)},
        facts=dict(known.facts or {}),
        documents=dict(known.documents or {}),
        sources=dict(known.sources or {}),
        places=dict(known.places or {}),
    )
    _judge_plans(catalog, findings)
    faults = ordered_faults(findings.faults)
    return Reading(
        catalog=catalog if faults else seal_catalog(catalog),
        faults=faults,
        items_followed=bool(read) and all(read) and not _misnamed(faults),
        facts_followed=not any(fault.file == "facts.yaml" for fault in faults),
        spots=findings.ids,
    )


def _misnamed(faults: Iterable[Fault]) -> bool:
    """Say whether an id somewhere could not be read."""
    return any(fault.code == "id-malformed" for fault in faults)


def _judge_plans(catalog: Catalog, findings: Findings) -> None:
    """Refuse lines that cannot be compiled, of items and tables that were read whole."""
    if any(fault.file in TABLES for fault in findings.faults):
        return
    shapes = {name: shape_of(fact) for name, fact in catalog.facts.items()}
    for item in catalog.items.values():
        for line in item.lines if ("sound item", item.id) in findings.ids else ():
            try:
                plan_line(catalog, line, shapes)
            except (PlanRefused, ExpressionRefused) as refused:
                spot = findings.spot("rate of line", line.id)
                spot = findings.spot_within("expression", f"{spot.file}:{spot.line}", spot)
                findings.refuse("plan-refused", spot, line.id, detail=refused.detail)


def ordered_faults(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Put faults in the order of files and lines; the same fault is told once."""
    return tuple(dict.fromkeys(sorted(faults, key=lambda fault: (fault.file, fault.line))))


def read_folder(directory: Path, findings: Findings) -> dict[str, Node | None]:
    """Read the text of every file of a folder; None where a text could not be followed."""
    paths = list_folder(directory, str(directory), findings)
    if paths is None:
        return {}
    roots = {}
    for path, name in (each for each in paths if each[1] != ACCEPTED):
        if path.suffix == ".yaml" and name.isprintable() and not is_folder(path):
            roots[name] = read_file_nodes(path, name, findings)
        elif name == "examples" and not is_folder(path):
            findings.refuse("file-unreadable", Spot(name, 1), name)
        elif name not in BESIDE:
            findings.refuse("file-unexpected", Spot(ascii(name)[1:-1], 1), ascii(name)[1:-1])
    for name in TABLES:
        if name not in roots:
            findings.refuse("file-missing", Spot(name, 1), name)
    return roots


def list_folder(folder: Path, name: str, findings: Findings) -> list[tuple[Path, str]] | None:
    """Give the paths of a folder with their names, in order; None where it cannot be listed."""
    try:
        if is_folder(folder):
            return [(path, path.name) for path in sorted(folder.iterdir())]
        findings.refuse("folder-missing", Spot(name, 1), name)
    except OSError as error:
        findings.refuse("file-unreadable", Spot(name, 1), error.strerror or str(error))
    return None


def is_folder(path: Path) -> bool:
    """Say whether a path is a folder; what may not be looked at is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def read_file_nodes(path: Path, name: str, findings: Findings) -> Node | None:
    """Read one file's nodes; ``name`` is how faults call it."""
    try:
        if not path.is_file():  # a link to nowhere or to itself, a pipe, a device
            findings.refuse("file-unreadable", Spot(name, 1), name)
            return None
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        findings.refuse("file-unreadable", Spot(name, 1), error.strerror or str(error))
        return None
    node, faults = read_nodes(data, name)
    findings.faults.extend(faults)
    if node is None and not faults:
        node = Scalar("", 1, quoted=True)
    return node


def _root(roots: Roots, file: str, findings: Findings) -> Section | None:
    """Give the mapping of a file; None where its text could not be followed."""
    node = roots.get(file)
    return None if node is None else Value(node, Spot(file, 1), findings).section()


def _read_known(roots: Roots, findings: Findings) -> Known:
    """Read the four tables, each knowing those before it."""
    known = Known()
    known = replace(known, sources=_table(roots, "sources", findings, read_source))
    known = replace(
        known,
        documents=_table(roots, "documents", findings, lambda s: read_document_row(s, known)),
        places=_table(roots, "places", findings, read_place),
    )
    judge_twins(known.documents or {}, findings)
    facts = _read_facts(roots, findings)
    return replace(known, facts=facts)


def _table(
    roots: Roots, key: str, findings: Findings, read: Callable[[Section], tuple[str, Row]]
) -> dict[str, Row] | None:
    """Read one table file; None where its text could not be followed."""
    section = _root(roots, f"{key}.yaml", findings)
    if section is None or section.void:
        return None
    rows = read_table(section.need(key), key.removesuffix("s"), read)
    section.close()
    return rows


def _read_facts(roots: Roots, findings: Findings) -> dict[str, Fact] | None:
    """Read the facts with the bounds of their types."""
    section = _root(roots, "facts.yaml", findings)
    if section is None or section.void:
        return None
    bounds = read_bounds(section.need("bounds"))
    facts = read_table(section.need("facts"), "fact", lambda s: read_fact_row(s, bounds))
    section.close()
    judge_derived(facts, findings)
    return facts


def _read_items(node: Node | None, file: str, known: Known, findings: Findings) -> list[FeeItem]:
    """Read the items of one file."""
    if node is None:
        return []
    section = Value(node, Spot(file, 1), findings).section()
    read = [read_item(each, known) for each in section.need("items").each()]
    section.close()
    return [item for item in read if item is not None]
