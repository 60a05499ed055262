"""The auditor stands alone, and its document names every kind of finding."""

import ast
import re
from pathlib import Path

import pytest

from feeledger.auditor.hashing import form_bytes, form_writer, quoted

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "feeledger" / "auditor").glob("*.py"))
KIND = re.compile(r'"([a-z]+(?:-[a-z]+)+)"')


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_imports_nothing_of_feeledger_but_itself(path):
    named = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            named.append(node.module)
        elif isinstance(node, ast.Import):
            named += [each.name for each in node.names]

    ours = [name for name in named if name.partition(".")[0] == "feeledger"]
    assert [name for name in ours if not name.startswith("feeledger.auditor")] == []


def test_every_kind_is_explained_and_no_other():
    made = {kind for path in FILES for kind in KIND.findall(path.read_text(encoding="utf-8"))}
    made -= {"refund-approval", "refund-payment", "first-approve"}  # of entries, of a step
    table = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8").partition("## 种类")[2]
    told = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", table))

    assert len(made) > 50
    assert made == told


def test_forms_that_come_by_the_million_are_written_as_all_others():
    told = {"a": 'quo"te \\ \x01\n{}%s', "b": "石家庄市\u2028", "c": "\U00020bb7"}
    written = form_writer(*told)(*[quoted(value) for value in told.values()])

    assert written.encode() == form_bytes(told)
    with pytest.raises(ValueError, match="b"):
        form_writer("b", "a")
