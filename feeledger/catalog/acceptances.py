"""Why findings of a review are accepted: ``accepted.yaml`` beside an edition, no part of its hash.

An entry gives a code, the places it is about and one reason, zh and en. The reader of an edition
skips the file; the reasons are offered to whoever reviews, who may write others.
"""

from collections.abc import Iterable
from pathlib import Path

from feeledger.catalog.faulting import Spot
from feeledger.catalog.lint_texts import LINT_TEXTS
from feeledger.catalog.linting import Lint
from feeledger.catalog.reader import ACCEPTED, ordered_faults, read_file_nodes
from feeledger.catalog.values import Findings, Value
from feeledger.errors import Fault


def read_acceptances(
    directory: Path, lints: Iterable[Lint]
) -> tuple[dict[str, str], tuple[Fault, ...]]:
    """Read the reasons by finding; a reason for a finding that is not there is a fault."""
    path = directory / ACCEPTED
    return read_reasons(path, lints) if path.exists() else ({}, ())


def read_reasons(path: Path, lints: Iterable[Lint]) -> tuple[dict[str, str], tuple[Fault, ...]]:
    """Read a file of reasons, wherever it lies."""
    findings = Findings()
    node = read_file_nodes(path, path.name, findings)
    reasons: dict[str, str] = {}
    if node is not None:
        known = {lint.key: lint for lint in lints}
        section = Value(node, Spot(path.name, 1), findings).section()
        for each in section.need("accepted").each():
            reasons |= _read_entry(each, known)
        section.close()
    return reasons, ordered_faults(findings.faults)


def _read_entry(value: Value, known: dict[str, Lint]) -> dict[str, str]:
    """Read one entry: its code, its places, its reason."""
    section = value.section()
    code = section.need("code").choice(tuple(LINT_TEXTS))
    places = [(each, each.text()) for each in section.need("at").each()]
    why = section.need("why").pair()
    section.close()
    found = {}
    for each, place in places:
        lint = known.get(f"{code} {place}")
        if lint is None:
            each.refuse("acceptance-idle", place, finding=code)
        elif lint.grave:
            each.refuse("acceptance-grave", place, finding=code)
        else:
            found[lint.key] = f"{why.zh} · {why.en}"
    return found
