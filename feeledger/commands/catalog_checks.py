"""What ``feeledger catalog`` says of an edition before it is published: faults, then findings."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feeledger.errors import Fault, FileRefused, Text

if TYPE_CHECKING:
    from feeledger.catalog.faulting import Spot
    from feeledger.catalog.items import Catalog
    from feeledger.catalog.linting import Lint

Document = dict[str, Any]
KINDS = ("line", "relief", "item", "document")


def findings_of(
    directory: Path, read: "Catalog"
) -> tuple[tuple["Lint", ...], dict[str, str], tuple[Fault, ...]]:
    """Give the findings of an edition, the reasons beside it, and the faults of those."""
    from feeledger.catalog.acceptances import read_acceptances
    from feeledger.catalog.linting import lints_of

    lints = lints_of(read)
    reasons, faults = read_acceptances(directory, lints)
    return lints, reasons, faults


def loaded_edition(directory: Path, language: str) -> "Catalog":
    """Read an edition; print its faults and exit 1 where it is not sound."""
    from feeledger.catalog.reader import load_catalog

    try:
        return load_catalog(directory)
    except FileRefused as refused:
        print_faults(refused.faults, language, err=True)
        sys.exit(1)


def print_findings(
    lints: Iterable["Lint"],
    reasons: Mapping[str, str],
    spots: Mapping[tuple[str, str], "Spot"],
    language: str,
) -> None:
    """Print what is not settled, with file and line, equal findings once; and how many there are."""
    from feeledger.catalog.linting import gather_lints, unsettled_of

    lints = tuple(lints)
    left = unsettled_of(lints, reasons)
    for same in gather_lints(left, {}):
        click.echo(_located(same.lint, spots) + same.lint.to(language, count=len(same.each)))
        for lint in same.each[1:]:
            click.echo(f"  {_located(lint, spots)}{lint.place}")
    grave = sum(lint.grave for lint in left)
    settled = len(lints) - len(left)
    said = Text(
        f"检查意见 {len(lints)} 条：错误 {grave}，待处理提醒 {len(left) - grave}，"
        f"已写明理由接受 {settled}。",
        f"Findings of the review: {grave} errors, {len(left) - grave} warnings to settle, "
        f"{settled} accepted with a reason.",
    )
    click.echo(said.to(language))


def _located(lint: "Lint", spots: Mapping[tuple[str, str], "Spot"]) -> str:
    spot = spot_of(lint.place, spots)
    return "" if spot is None else f"{spot.file}:{spot.line}: "


def finding_documents(
    lints: Iterable["Lint"],
    reasons: Mapping[str, str],
    spots: Mapping[tuple[str, str], "Spot"],
    language: str,
) -> list[Document]:
    """Give findings as JSON data."""
    return [_finding_document(lint, reasons, spots, language) for lint in lints]


def _finding_document(
    lint: "Lint",
    reasons: Mapping[str, str],
    spots: Mapping[tuple[str, str], "Spot"],
    language: str,
) -> Document:
    spot = spot_of(lint.place, spots)
    return {
        "code": lint.code,
        "place": lint.place,
        "grave": lint.grave,
        "file": None if spot is None else spot.file,
        "line": None if spot is None else spot.line,
        "problem": lint.problem.to(language),
        "remedy": lint.remedy.to(language),
        "accepted": reasons.get(lint.key),
    }


def spot_of(place: str, spots: Mapping[tuple[str, str], "Spot"]) -> "Spot | None":
    """Give where the first id of a finding stands that is known."""
    for name in place.split(" + "):
        for kind in KINDS:
            spot = spots.get((kind, name))
            if spot is not None:
                return spot
    return None


def print_faults(faults: Sequence[Fault], language: str, *, err: bool = False) -> None:
    """Print faults, a line each."""
    for fault in faults:
        click.echo(fault.to(language), err=err)


def print_json(document: Document) -> None:
    """Print one JSON object on one line."""
    click.echo(json.dumps(document, ensure_ascii=False))


def fault_document(fault: Fault, language: str) -> Document:
    """Give a fault as JSON data."""
    return {
        "code": fault.code,
        "file": fault.file,
        "line": fault.line,
        "path": fault.path,
        "value": fault.value,
        "problem": fault.problem.to(language),
        "remedy": fault.remedy.to(language),
    }
