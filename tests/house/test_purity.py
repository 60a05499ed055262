"""Every file but those that may touch the world is pure."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "feeledger"
CAPABILITIES = (
    "catalog",
    "enterprises",
    "people",
    "regions",
    "assessment",
    "notices",
    "ledger",
    "payments",
    "reconciliation",
    "supervision",
    "vouchers",
    "outbox",
    "sharing",
    "unmatched",
    "refunds",
    "reliefs",
    "reassessments",
    "settlements",
    "burden",
    "callers",
    "intake",
    "projects",
    "quotas",
    "whatif",
)
# Doors touch the world; these files of theirs do not.
PURE_AT_THE_DOORS = (
    "gateway/fields.py",
    "gateway/frames.py",
    "gateway/payinfo.py",
    "gateway/refusals.py",
    "gateway/results.py",
    "gateway/vouchers.py",
)
MAY_TOUCH_THE_DATABASE = {"tables.py", "actions.py", "queries.py", "batches.py", "sealing.py"}
WORLD = {"sqlalchemy", "flask", "marshmallow", "alembic", "psycopg", "os", "time", "requests"}
CLOCK_CALLS = {"now", "today", "utcnow"}


def pure_files():
    yield from (ROOT / name for name in PURE_AT_THE_DOORS)
    for capability in CAPABILITIES:
        for path in sorted((ROOT / capability).glob("*.py")):
            stem = path.name
            if not any(
                stem == name or stem.endswith(f"_{name}") for name in MAY_TOUCH_THE_DATABASE
            ):
                yield path


def faults_of(source):
    tree = ast.parse(source)
    faults = []
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        faults += [f"line {node.lineno}: imports {n}" for n in names if n.split(".")[0] in WORLD]
        faults += [
            f"line {node.lineno}: imports {n}"
            for n in names
            if n.startswith("feeledger.") and n.rsplit(".", 1)[-1] in {"tables", "actions", "store"}
        ]
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in CLOCK_CALLS
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in {"datetime", "date"}
        ):
            faults.append(f"line {node.lineno}: reads the clock")
    return faults


@pytest.mark.parametrize("path", list(pure_files()), ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_pure_file_touches_no_world(path):
    assert faults_of(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import sqlalchemy",
        "from os import environ",
        "from datetime import date\ndate.today()",
        "from feeledger.ledger.tables import EntryRow",
    ],
)
def test_the_check_of_purity_notices_a_fault(source):
    assert faults_of(source)
