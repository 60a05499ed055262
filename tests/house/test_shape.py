"""Sizes that keep a file readable at one sitting."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "feeledger").rglob("*.py"))
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
WORKPLACE_WORDS = ("/work/", "farm-", "/tmp/brief", "shared/reference")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_and_its_functions_stay_short(path):
    text = path.read_text(encoding="utf-8")

    assert len(text.splitlines()) <= FILE_LINES_MAX
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < FUNCTION_LINES_MAX, node.name


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_no_float_is_written_in_the_code_that_counts():
    counting = ["money.py", "catalog", "assessment", "ledger", "payments", "notices"]
    counting += [
        "sharing",
        "refunds",
        "reliefs",
        "reassessments",
        "settlements",
        "unmatched",
        "vouchers",
        "reconciliation",
    ]
    found = []
    for name in counting:
        place = ROOT / "feeledger" / name
        for path in [place] if place.is_file() else sorted(place.glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, float):
                    found.append(f"{path.name}:{node.lineno}: {node.value}")
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "float":
                    found.append(f"{path.name}:{node.lineno}: float()")
    assert found == []


def test_the_storeys_hold():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_names_a_place_outside_the_project():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    found = []
    for name in tracked:
        path = ROOT / name
        if path == Path(__file__) or path.suffix not in {
            ".py",
            ".md",
            ".yaml",
            ".toml",
            ".typ",
            ".html",
            "",
        }:
            continue
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{name}: {word}" for word in WORKPLACE_WORDS if word in text]
    assert found == []
