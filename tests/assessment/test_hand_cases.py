"""Cases worked by hand from the facts alone, asked of ``feeledger assess --json`` in one run.

``hand_cases.jsonl`` holds on each line a request, what must come of it, and the arithmetic in
words. ``left_out_or_not_applicable`` is what the catalog's rules allow for a line of another day
or place: no answer, or one without an amount.
"""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from feeledger.cli import root
from feeledger.settings import DEFAULT_CATALOG

TEXTS = (Path(__file__).parent / "hand_cases.jsonl").read_text(encoding="utf-8").splitlines()
CASES = {case["request"]["ref"]: case for case in map(json.loads, TEXTS)}
NOTHING = "left_out_or_not_applicable"


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Ask every case; the requests go out as they are written, digit by digit."""
    requests = [text[len('{"request": ') : text.index(', "expected": ')] for text in TEXTS]
    file = tmp_path_factory.mktemp("hand") / "requests.jsonl"
    file.write_text("\n".join(requests), encoding="utf-8")
    arguments = ["assess", "--facts", str(file), "--catalog", str(DEFAULT_CATALOG), "--json"]

    result = CliRunner().invoke(root, arguments)

    assert result.exit_code == 1, "some of the cases are refused, and all are answered"
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each["ref"] for each in told] == list(CASES)
    return {each["ref"]: each for each in told}


@pytest.mark.parametrize("ref", CASES)
def test_a_case_worked_by_hand_comes_out(answers, ref):
    expected, told = CASES[ref]["expected"], answers[ref]

    if "errors" in expected:
        found = [(each["code"], each["field"]) for each in told["errors"]]
        assert sorted(found) == sorted((e["code"], e["field"]) for e in expected["errors"])
        return
    for key in ("total", "complete"):
        assert told[key] == expected.get(key, told[key]), CASES[ref]["arithmetic"]
    for line in expected["lines"]:
        assert told_of(told, line) == line, CASES[ref]["arithmetic"]


def told_of(told, line):
    """Give of an answered line the keys that a case speaks of."""
    item = line.get("item")
    found = [
        each
        for each in told["lines"]
        if each["line"] == line["line"] and item in (None, each["item"])
    ]
    if line["outcome"] == NOTHING:
        silent = all(e["outcome"] == "not_applicable" and e["amount"] is None for e in found)
        return line if silent else found
    if len(found) != 1:
        return found
    spoken = {key: found[0].get(key) for key in line} | {"line": line["line"]}
    if "needs" in line:
        spoken["needs"] = sorted((e["fact"] for e in found[0]["needs"]), key=line["needs"].index)
    if found[0].get("alternative"):
        spoken["alternative"] = True
    return spoken
